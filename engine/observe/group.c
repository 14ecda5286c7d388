/* Finding control groups: /proc/<pid>/cgroup says where a process is, its mountinfo which part of each tree it can see (cgroups(7),
 * cgroup_namespaces(7)). Reads only. */
#include "observe/group.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* v1 says "no limit" with the largest multiple of a page, or of a counter. */
#define NO_LIMIT (INT64_C(1) << 60)

/* Does "memory" or "cpu,cpuacct" name this hierarchy? Version 2 has an empty list. */
static bool is_hierarchy(const struct hierarchy *hierarchy, const char *controllers)
{
    if (hierarchy->unified || !*controllers)
        return hierarchy->unified && !*controllers;
    cleanup_strv char **words = str_split(controllers, ',');
    return hierarchy->controllers && strv_has(words, hierarchy->controllers[0]);
}

/* "4:memory:/slipway/x" */
static void read_places(struct group *group, char *text)
{
    for (char *line; (line = strsep(&text, "\n"));) {
        char *controllers = strchr(line, ':');
        char *path = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!path)
            continue;
        *path++ = 0;
        for (size_t i = 0; i < group->machine.count; i++)
            if (!group->paths[i] && is_hierarchy(&group->machine.hierarchies[i], controllers + 1))
                group->paths[i] = xstrdup(path);
    }
}

static bool is_at_or_below(const char *path, const char *root)
{
    size_t len = strlen(root);
    return str_starts(path, root) && (!path[len] || path[len] == '/');
}

/* A mount of the tree inside the process's own mounts begins at the root of what it was given. */
static void climb_to_mount_root(struct group *group, char *mountinfo)
{
    for (char *line; (line = strsep(&mountinfo, "\n"));) {
        char *type = strstr(line, " - cgroup"), *fields[4], *rest = line;
        if (!type)
            continue;
        for (int i = 0; i < 4; i++)
            fields[i] = strsep(&rest, " ");
        const char *root = fields[3];
        bool unified = str_starts(type + 3, "cgroup2");
        const char *options = strrchr(type, ' ') + 1;
        if (!root || str_equal(root, "/"))
            continue;
        cleanup_strv char **words = str_split(options, ',');
        for (size_t i = 0; i < group->machine.count; i++) {
            const struct hierarchy *hierarchy = &group->machine.hierarchies[i];
            bool same = unified ? hierarchy->unified
                                : !hierarchy->unified && hierarchy->controllers && strv_has(words, hierarchy->controllers[0]);
            if (same && group->paths[i] && is_at_or_below(group->paths[i], root)) {
                free(group->paths[i]);
                group->paths[i] = xstrdup(root);
            }
        }
    }
}

static void find_directories(struct group *group)
{
    for (size_t i = 0; i < group->machine.count; i++) {
        struct stat st;
        if (!group->paths[i])
            continue;
        const char *path = str_equal(group->paths[i], "/") ? "" : group->paths[i];
        group->directories[i] = str_format("%s%s", group->machine.hierarchies[i].mount_point, path);
        if (stat(group->directories[i], &st) < 0)
            free(move_ptr(group->directories[i]));
    }
}

int group_open(pid_t pid, struct group *out, struct error *err)
{
    *out = (struct group){0};
    cleanup_free char *places = proc_read(pid, "cgroup", NULL, err);
    if (!places)
        return -ESRCH;
    int r = cgroup_open("/", &out->machine, err);
    if (r < 0)
        return r;
    read_places(out, places);
    cleanup_free char *mountinfo = proc_read(pid, "mountinfo", NULL, NULL);
    if (mountinfo)
        climb_to_mount_root(out, mountinfo);
    find_directories(out);
    return 0;
}

void group_below(const struct group *parent, const char *name, struct group *out)
{
    *out = (struct group){0};
    out->machine = parent->machine; /* lent: freed by the one that was opened */
    for (size_t i = 0; i < parent->machine.count; i++)
        if (parent->directories[i] && parent->paths[i])
            out->paths[i] = path_join(parent->paths[i], name);
    find_directories(out);
    for (size_t i = 0; i < parent->machine.count; i++)
        if (!out->directories[i])
            free(move_ptr(out->paths[i]));
    out->machine.path = NULL;
}

void group_close(struct group *group)
{
    for (size_t i = 0; i < HIERARCHIES_MOST; i++) {
        free(group->paths[i]);
        free(group->directories[i]);
    }
    if (group->machine.path)
        cgroup_close(&group->machine);
    *group = (struct group){0};
}

static ssize_t hierarchy_of(const struct group *group, const char *controller)
{
    ssize_t unified = -1;
    for (size_t i = 0; i < group->machine.count; i++) {
        const struct hierarchy *hierarchy = &group->machine.hierarchies[i];
        if (strv_has(hierarchy->controllers, controller))
            return (ssize_t)i;
        if (hierarchy->unified)
            unified = (ssize_t)i;
    }
    return str_equal(controller, "cgroup") ? unified : -1;
}

const char *group_directory(const struct group *group, const char *controller)
{
    ssize_t i = hierarchy_of(group, controller);
    return i < 0 ? NULL : group->directories[i];
}

bool group_unified(const struct group *group, const char *controller)
{
    ssize_t i = hierarchy_of(group, controller);
    return i >= 0 && group->machine.hierarchies[i].unified;
}

const char *group_path(const struct group *group)
{
    const char *best = "/";
    for (size_t i = 0; i < group->machine.count; i++)
        if (group->directories[i] && strlen(group->paths[i]) > strlen(best))
            best = group->paths[i];
    return best;
}

int64_t group_number(const char *directory, const char *file, int64_t missing)
{
    if (!directory)
        return missing;
    cleanup_free char *path = path_join(directory, file);
    cleanup_free char *text = file_read(path, NULL, NULL);
    if (!text || !*text)
        return missing;
    if (str_starts(text, "max"))
        return -1;
    int64_t number = strtoll(text, NULL, 10);
    return number >= NO_LIMIT ? -1 : number;
}

int64_t group_keyed(const char *text, const char *name, int64_t missing)
{
    size_t len = strlen(name);
    for (const char *line = text; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (!strncmp(line, name, len) && line[len] == ' ')
            return strtoll(line + len, NULL, 10);
    }
    return missing;
}
