/* Memory, cpu, pids and freezer figures: cgroup-v1/memory.rst, sched-bwc.rst, cgroup-v2.rst. */
#include "observe/figures.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static json_t *number_or_null(int64_t number) { return number < 0 ? json_null() : json_integer(number); }

static char *read_in(const char *directory, const char *file)
{
    cleanup_free char *path = path_join(directory, file);
    return file_read(path, NULL, NULL);
}

/* One row per figure: the file for each version, and the key in it where the file has several. */
struct figure {
    const char *name;
    const char *file1, *key1;
    const char *file2, *key2;
    int64_t missing; /* negative: null */
};

static const struct figure memory_figures[] = {
    {"usage", "memory.usage_in_bytes", NULL, "memory.current", NULL, 0},
    {"limit", "memory.limit_in_bytes", NULL, "memory.max", NULL, -1},
    {"swap_limit", "memory.memsw.limit_in_bytes", NULL, "memory.swap.max", NULL, -1},
    {"max_usage", "memory.max_usage_in_bytes", NULL, "memory.peak", NULL, 0},
    {"failcnt", "memory.failcnt", NULL, "memory.events", "max", 0},
    {"oom_kills", "memory.oom_control", "oom_kill", "memory.events", "oom_kill", 0},
    {"anon", "memory.stat", "rss", "memory.stat", "anon", 0},
    {"file", "memory.stat", "cache", "memory.stat", "file", 0},
    {"kernel", "memory.kmem.usage_in_bytes", NULL, "memory.stat", "kernel", 0},
};

static const struct figure pids_figures[] = {
    {"current", "pids.current", NULL, "pids.current", NULL, 0},
    {"limit", "pids.max", NULL, "pids.max", NULL, -1},
};

static int64_t read_figure(const struct figure *figure, const char *directory, bool unified)
{
    const char *file = unified ? figure->file2 : figure->file1, *key = unified ? figure->key2 : figure->key1;
    if (!key)
        return group_number(directory, file, figure->missing);
    cleanup_free char *text = read_in(directory, file);
    return group_keyed(text, key, figure->missing);
}

static json_t *read_figures(const struct group *group, const char *controller, const struct figure *figures, size_t count)
{
    const char *directory = group_directory(group, controller);
    cleanup_free char *first =
        directory ? path_join(directory, group_unified(group, controller) ? figures->file2 : figures->file1) : NULL;
    if (!first || !path_exists(first)) /* version 2 has a directory also where the controller is not passed down */
        return json_null();
    json_t *out = json_object();
    for (size_t i = 0; i < count; i++)
        json_object_set_new(out, figures[i].name,
                            number_or_null(read_figure(&figures[i], directory, group_unified(group, controller))));
    return out;
}

json_t *figures_memory(const struct group *group)
{
    json_t *out = read_figures(group, "memory", memory_figures, ARRAY_LEN(memory_figures));
    if (json_is_null(out))
        return out;
    /* Version 2 has no state in which tasks wait for memory: it always kills. */
    cleanup_free char *control =
        group_unified(group, "memory") ? NULL : read_in(group_directory(group, "memory"), "memory.oom_control");
    json_object_set_new(out, "under_oom", json_boolean(group_keyed(control, "under_oom", 0)));
    json_object_set_new(out, "effective_limit", number_or_null(figures_memory_limit(group)));
    return out;
}

json_t *figures_pids(const struct group *group) { return read_figures(group, "pids", pids_figures, ARRAY_LEN(pids_figures)); }

int64_t figures_memory_limit(const struct group *group)
{
    const char *directory = group_directory(group, "memory");
    const char *file = group_unified(group, "memory") ? "memory.max" : "memory.limit_in_bytes";
    int64_t least = -1;
    cleanup_free char *at = directory ? xstrdup(directory) : NULL;
    while (at) {
        int64_t limit = group_number(at, file, -2);
        if (limit == -2)
            break; /* above the root of the hierarchy, or the root of version 2, which has no limit */
        if (limit >= 0 && (least < 0 || limit < least))
            least = limit;
        char *slash = strrchr(at, '/');
        if (!slash || slash == at)
            break;
        *slash = 0;
    }
    return least;
}

/* "max 100000" or "50000 100000" */
static void bandwidth_v2(const char *directory, int64_t *quota, int64_t *period)
{
    cleanup_free char *text = read_in(directory, "cpu.max");
    char *rest = text;
    if (!text)
        return;
    *quota = str_starts(text, "max") ? -1 : strtoll(text, NULL, 10);
    rest += strcspn(text, " ");
    *period = strtoll(rest, NULL, 10);
}

static json_t *cpuset(const struct group *group)
{
    const char *directory = group_directory(group, "cpuset");
    const char *const files[] = {"cpuset.cpus.effective", "cpuset.effective_cpus", "cpuset.cpus"};
    for (size_t i = 0; directory && i < ARRAY_LEN(files); i++) {
        cleanup_free char *text = read_in(directory, files[i]);
        if (text)
            return json_string(str_trim(text));
    }
    return json_string("");
}

json_t *figures_cpu(const struct group *group)
{
    const char *directory = group_directory(group, "cpu");
    const char *account = group_directory(group, "cpuacct");
    bool unified = group_unified(group, "cpu");
    int64_t quota = -1, period = 0, usage = 0;
    /* Version 2 counts time in every group, also where the controller is off. */
    const char *core = directory || account ? directory : group_directory(group, "cgroup");
    if (!core && !account)
        return json_null();
    cleanup_free char *stat = core ? read_in(core, "cpu.stat") : NULL;
    if (unified || (!directory && !account)) {
        bandwidth_v2(core, &quota, &period);
        usage = group_keyed(stat, "usage_usec", 0) * 1000;
    } else {
        quota = group_number(directory, "cpu.cfs_quota_us", -1);
        period = group_number(directory, "cpu.cfs_period_us", 0);
        usage = group_number(account, "cpuacct.usage", 0);
    }
    return json_pack("{s:I,s:o,s:I,s:I,s:I,s:o}", "usage_ns", (json_int_t)usage, "quota_us", number_or_null(quota), "period_us",
                     (json_int_t)period, "throttled", (json_int_t)group_keyed(stat, "nr_throttled", 0), "periods",
                     (json_int_t)group_keyed(stat, "nr_periods", 0), "cpuset", cpuset(group));
}

bool figures_frozen(const struct group *group)
{
    const char *freezer = group_directory(group, "freezer");
    const char *core = group_directory(group, "cgroup");
    if (freezer) {
        cleanup_free char *state = read_in(freezer, "freezer.state");
        return state && str_starts(state, "FROZEN");
    }
    cleanup_free char *events = core ? read_in(core, "cgroup.events") : NULL;
    return group_keyed(events, "frozen", 0) == 1;
}
