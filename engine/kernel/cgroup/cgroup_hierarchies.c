/* Which hierarchies there are, and where. Nearly everywhere each is at its usual place below /sys/fs/cgroup, and to look there
 * costs the same on every machine; the table of mounts, which says it all, is as long as the machine has containers. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#define PLACE "/sys/fs/cgroup"

/* Takes `found` over. Those of the host are not ours to make groups in when this engine runs without privilege. */
static void add(struct cgroup *out, struct hierarchy found)
{
    if (access(found.mount_point, namespace_confined() ? R_OK | W_OK | X_OK : R_OK | X_OK) == 0) {
        out->hierarchies[out->count++] = found;
        return;
    }
    free(found.mount_point);
    strv_free(found.controllers);
}

static char **controllers_unified(const char *mount_point)
{
    char *path cleanup_free = path_join(mount_point, "cgroup.controllers");
    char *text cleanup_free = file_read(path, NULL, NULL);
    return text && *str_trim(text) ? str_split(str_trim(text), ' ') : NULL;
}

/* --- at their usual places --- */

static bool is_a(long type, const char *place)
{
    struct statfs status;
    return statfs(place, &status) == 0 && (long)status.f_type == type;
}

static bool add_v1(struct cgroup *out, const char *controllers)
{
    const char *name = str_starts(controllers, "name=") ? controllers + strlen("name=") : controllers;
    char *place cleanup_free = str_format(PLACE "/%s", name);
    if (!is_a(CGROUP_SUPER_MAGIC, place))
        return false;
    add(out, (struct hierarchy){.mount_point = move_ptr(place), .controllers = str_split(controllers, ',')});
    return true;
}

/* In a hierarchy of version 1 each enabled controller has its number, "memory 4 617 1"; with 0 it is version 2's, or idle
 * (cgroups(7), /proc/cgroups). */
static bool v2_may_have_controllers(void)
{
    char *text cleanup_free = file_read("/proc/cgroups", NULL, NULL), *rest = text;
    for (char *line; (line = strsep(&rest, "\n"));) {
        unsigned hierarchy, enabled;
        if (sscanf(line, "%*s %u %*u %u", &hierarchy, &enabled) == 2 && !hierarchy && enabled)
            return true;
    }
    return !text;
}

/* Beside version 1 it may be there for the kernel and mounted nowhere, which is no loss when it has no controllers. */
static bool add_v2(struct cgroup *out)
{
    const char *place = is_a(CGROUP2_SUPER_MAGIC, PLACE)              ? PLACE
                        : is_a(CGROUP2_SUPER_MAGIC, PLACE "/unified") ? PLACE "/unified"
                                                                      : NULL;
    if (place)
        add(out, (struct hierarchy){.mount_point = xstrdup(place), .controllers = controllers_unified(place), .unified = true});
    return place || (out->count && !v2_may_have_controllers());
}

/* "4:memory:/docker/<id>", "0::/docker/<id>" (cgroups(7)): the oldest comes last, and first here. False when one of them is
 * somewhere else. */
static bool look_at_usual_places(struct cgroup *out)
{
    char *text cleanup_free = file_read("/proc/self/cgroup", NULL, NULL),
               **lines cleanup_strv = text ? str_split(text, '\n') : NULL;
    bool unified = false, found = lines;
    for (size_t i = strv_len(lines); found && i-- > 0 && out->count < HIERARCHIES_MOST;) {
        char *rest = lines[i], *controllers;
        (void)strsep(&rest, ":");
        if (!rest)
            continue;
        controllers = strsep(&rest, ":");
        unified |= !*controllers;
        found = !*controllers || add_v1(out, controllers);
    }
    return found && (!unified || out->count == HIERARCHIES_MOST || add_v2(out));
}

/* --- by the table of mounts --- */

/* Controllers of v1 as a mount's super options name them; anything else there ("rw", "xattr", "release_agent=...") is none. */
static const char *const v1_controllers[] = {"cpu",  "cpuacct", "cpuset",  "memory",   "devices",    "freezer", "blkio",
                                             "pids", "hugetlb", "net_cls", "net_prio", "perf_event", "rdma",    "misc"};

static char **controllers_of(const char *super_options)
{
    char **list = NULL, **words cleanup_strv = str_split(super_options, ',');
    for (size_t i = 0; words && words[i]; i++) {
        bool known = str_starts(words[i], "name=");
        for (size_t k = 0; k < ARRAY_LEN(v1_controllers); k++)
            known |= !strcmp(words[i], v1_controllers[k]);
        if (known)
            strv_add(&list, words[i]);
    }
    return list;
}

/* "36 35 98:0 / /mnt1 rw,noatime master:1 - ext3 /dev/root rw,errors=continue" (proc(5), mountinfo). */
static bool parse_mount(char *line, struct hierarchy *out)
{
    char *dash = strstr(line, " - cgroup");
    if (!dash)
        return false;
    char *fields[5], *rest = line;
    for (int i = 0; i < 5; i++)
        if (!(fields[i] = strsep(&rest, " ")))
            return false;
    char *type = dash + 3, *source, *options = type;
    type = strsep(&options, " ");
    source = strsep(&options, " ");
    if (!source || !options)
        return false;
    *out = (struct hierarchy){.mount_point = xstrdup(fields[4]), .unified = !strcmp(type, "cgroup2")};
    out->controllers = out->unified ? controllers_unified(out->mount_point) : controllers_of(options);
    return true;
}

/* The same hierarchy mounted twice counts once. */
static bool is_known(const struct cgroup *cgroup, const struct hierarchy *found)
{
    for (size_t i = 0; i < cgroup->count; i++) {
        const struct hierarchy *known = &cgroup->hierarchies[i];
        bool alike = known->controllers && found->controllers && !strcmp(known->controllers[0], found->controllers[0]);
        if (known->unified == found->unified && (found->unified || alike))
            return true;
    }
    return false;
}

int cgroup_search_mounts(struct cgroup *out, struct error *err)
{
    char *text cleanup_free = file_read("/proc/self/mountinfo", NULL, NULL), *rest = text;
    if (!text)
        return error_set(err, EIO, "cannot read /proc/self/mountinfo");
    for (char *line; (line = strsep(&rest, "\n")) && out->count < HIERARCHIES_MOST;) {
        struct hierarchy found;
        if (!parse_mount(line, &found))
            continue;
        if (!is_known(out, &found)) {
            add(out, found);
            continue;
        }
        free(found.mount_point);
        strv_free(found.controllers);
    }
    return 0;
}

int cgroup_hierarchies(struct cgroup *out, struct error *err)
{
    if (look_at_usual_places(out))
        return 0;
    struct cgroup again = {.path = move_ptr(out->path)};
    cgroup_close(out);
    *out = again;
    return cgroup_search_mounts(out, err);
}
