/* The control group of a container and those below it, as a document: where they are, what their files say, and the figures in
 * them. */
#include "observe/observe.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/figures.h"
#include "observe/group.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

enum { DEEPEST = 5, CHILDREN_MOST = 64, VALUE_MOST = 2048 };

/* The files worth a look, per controller; those of the other version are simply not there. */
static const struct {
    const char *controller;
    const char *files[16];
} shown[] = {
    {"memory",
     {"memory.limit_in_bytes", "memory.usage_in_bytes", "memory.max_usage_in_bytes", "memory.memsw.limit_in_bytes",
      "memory.failcnt", "memory.oom_control", "memory.swappiness", "memory.max", "memory.high", "memory.current", "memory.peak",
      "memory.swap.max", "memory.events", "memory.oom.group"}},
    {"cpu", {"cpu.cfs_quota_us", "cpu.cfs_period_us", "cpu.shares", "cpu.max", "cpu.weight", "cpu.stat"}},
    {"cpuacct", {"cpuacct.usage", "cpuacct.stat"}},
    {"cpuset", {"cpuset.cpus", "cpuset.mems", "cpuset.cpus.effective", "cpuset.effective_cpus"}},
    {"pids", {"pids.max", "pids.current", "pids.events"}},
    {"freezer", {"freezer.state"}},
    {"devices", {"devices.list"}},
    {"blkio",
     {"blkio.weight", "blkio.throttle.read_bps_device", "blkio.throttle.write_bps_device", "blkio.throttle.io_service_bytes"}},
    {"io", {"io.max", "io.weight", "io.stat"}},
    {"hugetlb", {"hugetlb.2MB.limit_in_bytes", "hugetlb.2MB.max", "hugetlb.2MB.current"}},
    {"cgroup",
     {"cgroup.procs", "cgroup.subtree_control", "cgroup.freeze", "cgroup.events", "cgroup.type", "cpu.pressure", "memory.pressure",
      "io.pressure"}},
};

static json_t *files_of(const char *directory, const char *const *names)
{
    json_t *out = json_array();
    for (size_t i = 0; i < ARRAY_LEN(shown[0].files) && names[i]; i++) {
        cleanup_free char *path = path_join(directory, names[i]);
        size_t len = 0;
        cleanup_free char *text = file_read(path, &len, NULL);
        if (!text)
            continue;
        const char *value = str_trim(text);
        len = strlen(value);
        json_array_append_new(
            out, json_pack("{s:s,s:o}", "name", names[i], "value", json_text_value(value, len < VALUE_MOST ? len : VALUE_MOST)));
    }
    return out;
}

static json_t *controllers_of(const struct group *group)
{
    json_t *out = json_array();
    for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
        const char *directory = group_directory(group, shown[i].controller);
        if (!directory)
            continue;
        json_t *files = files_of(directory, shown[i].files);
        json_array_append_new(out, json_pack("{s:s,s:s,s:o}", "name", shown[i].controller, "directory", directory, "files", files));
    }
    return out;
}

static json_t *version_of(const struct group *group)
{
    bool first = false, second = false;
    for (size_t i = 0; i < group->machine.count; i++) {
        second |= group->machine.hierarchies[i].unified;
        first |= !group->machine.hierarchies[i].unified;
    }
    return first && second ? json_string("hybrid") : json_integer(second ? 2 : 1);
}

/* A group of version 1 may be in one hierarchy and not in the next, so the names of all are put together. */
static char **names_below(const struct group *group)
{
    char **names = NULL;
    for (size_t i = 0; i < group->machine.count; i++) {
        cleanup_dir DIR *dir = group->directories[i] ? opendir(group->directories[i]) : NULL;
        for (struct dirent *entry; dir && (entry = readdir(dir));)
            if (entry->d_type == DT_DIR && entry->d_name[0] != '.' && !strv_has(names, entry->d_name) &&
                strv_len(names) < CHILDREN_MOST)
                strv_add(&names, entry->d_name);
    }
    return names;
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static json_t *describe(const struct group *group, const char *name, int depth)
{
    json_t *children = json_array();
    cleanup_strv char **names = depth < DEEPEST ? names_below(group) : NULL;
    if (names)
        qsort(names, strv_len(names), sizeof *names, by_name);
    for (char **child = names; child && *child; child++) {
        struct group below;
        group_below(group, *child, &below);
        json_array_append_new(children, describe(&below, *child, depth + 1));
        group_close(&below);
    }
    json_t *out = name ? json_pack("{s:o}", "name", json_text_value(name, strlen(name))) : json_object();
    json_object_set_new(out, "version", version_of(group));
    json_object_set_new(out, "path", json_text_value(group_path(group), strlen(group_path(group))));
    json_object_set_new(out, "controllers", controllers_of(group));
    json_object_set_new(out, "memory", figures_memory(group));
    json_object_set_new(out, "cpu", figures_cpu(group));
    json_object_set_new(out, "pids", figures_pids(group));
    json_object_set_new(out, "frozen", json_boolean(figures_frozen(group)));
    json_object_set_new(out, "children", children);
    return out;
}

json_t *observe_cgroup(pid_t pid, struct error *err)
{
    struct group group;
    json_t *out = group_open(pid, &group, err) < 0 ? NULL : describe(&group, NULL, 0);
    group_close(&group);
    return out;
}
