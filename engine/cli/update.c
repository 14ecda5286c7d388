/* update: other limits and another restart policy for containers that exist, running or not. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <stddef.h>

struct options {
    const char *cpus, *cpuset_cpus, *cpuset_mems, *memory, *memory_reservation, *memory_swap, *restart;
    long long blkio_weight, cpu_period, cpu_quota, cpu_rt_period, cpu_rt_runtime, cpu_shares, pids_limit;
};

#define AT(member) offsetof(struct options, member)

static const struct flag FLAGS[] = {
    {0, "blkio-weight", FLAG_INT, AT(blkio_weight), "uint16",
     "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)"},
    {0, "cpu-period", FLAG_INT, AT(cpu_period), NULL, "Period of the CFS scheduler in microseconds"},
    {0, "cpu-quota", FLAG_INT, AT(cpu_quota), NULL, "CPU time within a period, in microseconds"},
    {0, "cpu-rt-period", FLAG_INT, AT(cpu_rt_period), NULL, "Period of the real-time scheduler in microseconds"},
    {0, "cpu-rt-runtime", FLAG_INT, AT(cpu_rt_runtime), NULL, "Real-time CPU time within a period, in microseconds"},
    {'c', "cpu-shares", FLAG_INT, AT(cpu_shares), NULL, "CPU shares (relative weight)"},
    {0, "cpus", FLAG_STRING, AT(cpus), "decimal", "Number of CPUs"},
    {0, "cpuset-cpus", FLAG_STRING, AT(cpuset_cpus), NULL, "CPUs in which to allow execution (0-3, 0,1)"},
    {0, "cpuset-mems", FLAG_STRING, AT(cpuset_mems), NULL, "MEMs in which to allow execution (0-3, 0,1)"},
    {'m', "memory", FLAG_STRING, AT(memory), "bytes", "Memory limit"},
    {0, "memory-reservation", FLAG_STRING, AT(memory_reservation), "bytes", "Memory soft limit"},
    {0, "memory-swap", FLAG_STRING, AT(memory_swap), "bytes", "Swap limit equal to memory plus swap: -1 to enable unlimited swap"},
    {0, "pids-limit", FLAG_INT, AT(pids_limit), NULL, "Tune container pids limit (set -1 for unlimited)"},
    {0, "restart", FLAG_STRING, AT(restart), NULL, "Restart policy to apply when a container exits"},
    {0}};

static bool set_bytes(json_t *body, const char *key, const char *text, bool unlimited)
{
    int64_t bytes = 0;
    if (unlimited && str_equal(text, "-1"))
        bytes = -1;
    else if (text && !units_parse_bytes(text, &bytes))
        return false;
    json_object_set_new(body, key, json_integer(bytes));
    return true;
}

/* NULL after having said what is wrong. */
static json_t *request(const struct command_context *context, const char *name, const struct options *options, const bool *pids,
                       int *rc)
{
    struct error err = ERROR_INIT;
    const struct {
        const char *key, *flag, *text;
        bool unlimited;
    } sizes[] = {{"Memory", "-m, --memory", options->memory, false},
                 {"MemoryReservation", "--memory-reservation", options->memory_reservation, false},
                 {"MemorySwap", "--memory-swap", options->memory_swap, true}};
    json_t *body = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:s, s:s}", "BlkioWeight", (json_int_t)options->blkio_weight,
                             "CpuPeriod", (json_int_t)options->cpu_period, "CpuQuota", (json_int_t)options->cpu_quota,
                             "CpuRealtimePeriod", (json_int_t)options->cpu_rt_period, "CpuRealtimeRuntime",
                             (json_int_t)options->cpu_rt_runtime, "CpuShares", (json_int_t)options->cpu_shares, "CpusetCpus",
                             str_or(options->cpuset_cpus, ""), "CpusetMems", str_or(options->cpuset_mems, ""));
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
        if (!set_bytes(body, sizes[i].key, sizes[i].text, sizes[i].unlimited)) {
            *rc = cli_bad_flag(context, name, "invalid argument \"%s\" for \"%s\" flag: invalid size: '%s'", sizes[i].text,
                               sizes[i].flag, sizes[i].text);
            json_decref(body);
            return NULL;
        }
    long long nano = 0;
    const char *why = NULL;
    if (options->cpus && !run_parse_cpus(options->cpus, &nano, &why)) {
        *rc = cli_bad_flag(context, name, "invalid argument \"%s\" for \"--cpus\" flag: %s%s%s", options->cpus,
                           why ? why : "failed to parse ", why ? "" : options->cpus, why ? "" : " as a rational number");
        json_decref(body);
        return NULL;
    }
    json_object_set_new(body, "NanoCpus", json_integer(nano));
    if (*pids)
        json_object_set_new(body, "PidsLimit", json_integer(options->pids_limit));
    json_t *policy = json_pack("{s:s, s:i}", "Name", "", "MaximumRetryCount", 0), *given = NULL;
    if (options->restart && !run_parse_restart(options->restart, &given, &err)) {
        fprintf(stderr, "%s\n", err.message);
        *rc = 1;
        json_decref(policy);
        json_decref(body);
        return NULL;
    }
    if (given) {
        json_decref(policy);
        policy = given;
    }
    json_object_set_new(body, "RestartPolicy", policy);
    return body;
}

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, "/update");
    cleanup_json json_t *answer = NULL;
    int rc = client_call(client, "POST", path, (json_t *)data, &answer, err);
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(answer, "Warnings"), i, warning) { fprintf(stderr, "%s\n", json_string_value(warning)); }
    return rc;
}

int cmd_update(const struct command_context *context, int argc, char **argv)
{
    struct options options = {0};
    bool seen[ARRAY_LEN(FLAGS)] = {0}, any = false, pids = false;
    const char *name = argv[0];
    int rc = cli_parse(context, FLAGS, &options, seen, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    for (size_t i = 0; FLAGS[i].name; i++) {
        any |= seen[i];
        pids |= seen[i] && str_equal(FLAGS[i].name, "pids-limit");
    }
    if (!any)
        return fprintf(stderr, "you must provide one or more flags when using this command\n"), 1;
    cleanup_json json_t *body = request(context, name, &options, &pids, &rc);
    return body ? cli_for_each(context, argv, act, body, true) : rc;
}
