/* Limits of single devices and processes: --device, --device-cgroup-rule, --blkio-weight-device, the four throttles, --ulimit,
 * --gpus. */
#include "cli/cli.h"
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <stdlib.h>
#include <string.h>

static json_t *list_of(json_t *host, const char *key)
{
    json_t *list = json_object_get(host, key);
    if (!list)
        json_object_set_new(host, key, list = json_array());
    return list;
}

/* "/dev/sda:1mb" cut at its last colon; NULL when it is no such thing, which has been said. */
static char *device_of(struct run_request *request, const char *flag, const char *text, const char **value)
{
    const char *colon = strrchr(text, ':');
    if (!colon || colon == text)
        return run_bad(request, flag, text, "bad format: %s", text), NULL;
    if (!str_starts(text, "/dev/"))
        return run_bad(request, flag, text, "bad format for device path: %s", text), NULL;
    *value = colon + 1;
    return xstrndup(text, (size_t)(colon - text));
}

/* `bytes`: sizes with units, else plain numbers. */
static bool set_throttle(struct run_request *request, char *const *list, const char *flag, const char *key, bool bytes)
{
    for (; list && *list; list++) {
        long long rate = 0;
        int64_t size = 0;
        const char *value;
        cleanup_free char *path = device_of(request, flag, *list, &value);
        if (!path)
            return false;
        if (bytes ? !units_parse_bytes(value, &size) : (!str_to_int(value, &rate) || rate < 0))
            return run_bad(request, flag, *list, "invalid rate for device: %s. The correct format is <device-path>:<number>%s",
                           *list,
                           bytes ? "[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb"
                                 : ". Number must be a positive integer");
        json_array_append_new(list_of(request->host, key),
                              json_pack("{s:s, s:I}", "Path", path, "Rate", (json_int_t)(bytes ? size : rate)));
    }
    return true;
}

static bool set_weights(struct run_request *request)
{
    for (char **text = request->options->blkio_weight_device; text && *text; text++) {
        const char *value;
        long long weight;
        cleanup_free char *path = device_of(request, "blkio-weight-device", *text, &value);
        if (!path)
            return false;
        if (!str_to_int(value, &weight) || (weight && (weight < 10 || weight > 1000)))
            return run_bad(request, "blkio-weight-device", *text, "invalid weight for device: %s", *text);
        json_array_append_new(list_of(request->host, "BlkioWeightDevice"),
                              json_pack("{s:s, s:I}", "Path", path, "Weight", (json_int_t)weight));
    }
    return true;
}

static int by_name(const json_t *a, const json_t *b) { return strcmp(json_str(a, "Name", ""), json_str(b, "Name", "")); }

/* The last word for a limit counts. */
static bool set_ulimits(struct run_request *request)
{
    cleanup_json json_t *limits = json_array();
    for (char **text = request->options->ulimit; text && *text; text++) {
        struct error why = ERROR_INIT;
        json_t *limit = run_parse_ulimit(*text, &why), *before;
        size_t i;
        if (!limit)
            return run_bad(request, "ulimit", *text, "%s", why.message);
        json_array_foreach(limits, i, before)
        {
            if (by_name(before, limit) == 0)
                break;
        }
        if (i < json_array_size(limits))
            json_array_set_new(limits, i, limit);
        else
            json_array_append_new(limits, limit);
    }
    if (json_array_size(limits))
        json_object_set_new(request->host, "Ulimits", cli_sorted(limits, by_name));
    return true;
}

static bool set_nodes(struct run_request *request)
{
    const struct run_options *options = request->options;
    for (char **text = options->device; text && *text; text++) {
        struct error why = ERROR_INIT;
        json_t *device = run_parse_device(*text, &why);
        if (!device)
            return run_refuse(request, "%s", why.message);
        json_array_append_new(list_of(request->host, "Devices"), device);
    }
    for (char **text = options->device_cgroup_rule; text && *text; text++)
        if (!run_device_rule_valid(*text))
            return run_bad(request, "device-cgroup-rule", *text, "invalid device cgroup format '%s'", *text);
    return true;
}

static bool gpu_count(const char *text, long long *count)
{
    *count = -1;
    return str_equal(text, "all") || str_to_int(text, count);
}

/* "all", "2", "device=0,driver=nvidia": which devices, said to the engine as a request. */
bool run_gpus(struct run_request *request)
{
    const char *text = request->options->gpus;
    if (!text)
        return true;
    cleanup_strv char **fields = str_split(text, ',');
    cleanup_json json_t *ids = json_null(), *capabilities = json_array();
    cleanup_free char *driver = NULL;
    long long count = 0;
    bool counted = false;
    for (size_t i = 0; fields[i]; i++) {
        char *field = str_trim(fields[i]), *equals = strchr(field, '=');
        const char *value = equals ? equals + 1 : field;
        size_t key = equals ? (size_t)(equals - field) : 0;
        if (!equals || (key == 5 && str_starts(field, "count"))) {
            if (!gpu_count(value, &count))
                return run_bad(request, "gpus", text, "invalid count (%s): value must be either \"all\" or an integer", value);
            counted = true;
        } else if (key == 6 && str_starts(field, "device")) {
            json_decref(ids);
            ids = json_pack("[s]", value);
        } else if (key == 6 && str_starts(field, "driver")) {
            free(driver);
            driver = xstrdup(value);
        } else if (key == 12 && str_starts(field, "capabilities")) {
            json_array_append_new(capabilities, json_string(value));
        } else {
            return run_bad(request, "gpus", text, "unexpected key '%.*s' in '%s'", (int)key, field, field);
        }
    }
    if (!counted && json_is_null(ids))
        count = 1;
    json_array_append_new(capabilities, json_string("gpu"));
    json_object_set_new(request->host, "DeviceRequests",
                        json_pack("[{s:s, s:I, s:O, s:[O], s:{}}]", "Driver", str_or(driver, ""), "Count", (json_int_t)count,
                                  "DeviceIDs", ids, "Capabilities", capabilities, "Options"));
    return true;
}

bool run_devices(struct run_request *request)
{
    const struct run_options *options = request->options;
    return set_ulimits(request) && set_nodes(request) && set_weights(request) && run_gpus(request) &&
           set_throttle(request, options->device_read_bps, "device-read-bps", "BlkioDeviceReadBps", true) &&
           set_throttle(request, options->device_write_bps, "device-write-bps", "BlkioDeviceWriteBps", true) &&
           set_throttle(request, options->device_read_iops, "device-read-iops", "BlkioDeviceReadIOps", false) &&
           set_throttle(request, options->device_write_iops, "device-write-iops", "BlkioDeviceWriteIOps", false);
}
