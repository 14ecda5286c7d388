/* --device, --device-cgroup-rule and --gpus: what can be said to be wrong before the host is looked at. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"

#include <errno.h>
#include <string.h>

static const char *skip_number(const char *text)
{
    if (*text == '*')
        return text + 1;
    size_t digits = strspn(text, "0123456789");
    return digits && digits < 10 ? text + digits : NULL;
}

bool device_rule_valid(const char *text)
{
    if (!*text || !strchr("acb", *text) || text[1] != ' ')
        return false;
    const char *colon = skip_number(text + 2);
    const char *space = colon && *colon == ':' ? skip_number(colon + 1) : NULL;
    size_t access = space && *space == ' ' ? strspn(space + 1, "rwm") : 0;
    return access >= 1 && access <= 3 && !space[1 + access];
}

static int rules_check(const json_t *rules, struct error *err)
{
    size_t i;
    json_t *rule;
    json_array_foreach(rules, i, rule)
    {
        const char *text = json_is_string(rule) ? json_string_value(rule) : "";
        if (!device_rule_valid(text))
            return error_set(err, EINVAL, "invalid device cgroup rule format: '%s'", text);
    }
    return 0;
}

static int mode_check(const char *mode, struct error *err)
{
    if (strspn(mode, "rwm") != strlen(mode))
        return error_set(err, EINVAL, "bad mode specified: %s", mode);
    return 0;
}

/* No driver for any kind of device request is here; Docker says the same where the NVIDIA runtime is missing. */
static int requests_check(const json_t *requests, struct error *err)
{
    size_t i, k, n;
    json_t *request, *all, *one;
    json_array_foreach(requests, i, request)
    {
        cleanup_buf struct buf text = BUF_INIT;
        json_array_foreach(json_object_get(request, "Capabilities"), k, all)
        {
            buf_puts(&text, k ? " [" : "[");
            json_array_foreach(all, n, one) buf_printf(&text, "%s%s", n ? " " : "", str_or(json_string_value(one), ""));
            buf_puts(&text, "]");
        }
        return error_set(err, EINVAL, "could not select device driver \"%s\" with capabilities: [%s]",
                         json_str(request, "Driver", ""), text.data ? text.data : "");
    }
    return 0;
}

int devices_check(const json_t *host, struct error *err)
{
    size_t i;
    json_t *device;
    json_array_foreach(json_object_get(host, "Devices"), i, device)
    {
        int rc = mode_check(json_str(device, "CgroupPermissions", ""), err);
        if (rc < 0)
            return rc;
    }
    int rc = rules_check(json_object_get(host, "DeviceCgroupRules"), err);
    return rc ? rc : requests_check(json_object_get(host, "DeviceRequests"), err);
}
