/* Where the control group of a process lies in each hierarchy, and how its files are read; shared by cgroup.c, meter.c and proc.c.
 */
#ifndef SLIPWAY_OBSERVE_GROUP_H
#define SLIPWAY_OBSERVE_GROUP_H

#include "base/error.h"
#include "kernel/cgroup/cgroup.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct group {
    struct cgroup machine;               /* the hierarchies */
    char *paths[HIERARCHIES_MOST];       /* "/slipway/<id>", per hierarchy; NULL where it has none */
    char *directories[HIERARCHIES_MOST]; /* "/sys/fs/cgroup/memory/slipway/<id>" */
};

/* The group that `pid` sees as the root of its hierarchies: its own group, or the one above that is mounted inside its mount
 * namespace (a lab machine's init sits in a leaf of the group that was given to it). */
int group_open(pid_t pid, struct group *out, struct error *err);
/* The group `name` below `parent`, in the hierarchies that have it. */
void group_below(const struct group *parent, const char *name, struct group *out);
void group_close(struct group *group);

/* Directory of the hierarchy with `controller`; NULL when it is not mounted or has no such group. */
const char *group_directory(const struct group *group, const char *controller);
bool group_unified(const struct group *group, const char *controller);
const char *group_path(const struct group *group); /* the one to show */

/* A number alone in a file; `missing` when there is none. "max" and numbers that stand for "no limit" give -1. */
int64_t group_number(const char *directory, const char *file, int64_t missing);
/* "name 123" in a file of such lines (memory.stat, cpu.stat, memory.events). */
int64_t group_keyed(const char *text, const char *name, int64_t missing);

#endif
