/* Control groups, version 1, version 2 and both at once (cgroup-v1/, cgroup-v2.rst), behind one set of functions.
 *
 * A group is a path ("/slipway/<id>") that exists in every hierarchy that is mounted: one per controller on v1, one tree on v2.
 * Each controller is used where it is mounted. Nobody writes the pid of another process into a group (that waits for an RCU
 * grace period, some ten milliseconds): on v1 a child writes "0" into `tasks` files that were opened for it, on v2 it is cloned
 * into the group.
 */
#ifndef SLIPWAY_KERNEL_CGROUP_CGROUP_H
#define SLIPWAY_KERNEL_CGROUP_CGROUP_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum { HIERARCHIES_MOST = 24 };

struct hierarchy {
    char *mount_point;  /* "/sys/fs/cgroup/memory" */
    char **controllers; /* "memory"; v1 named hierarchies: "name=systemd"; v2: what cgroup.controllers lists */
    bool unified;       /* version 2 */
};

struct cgroup {
    char *path; /* relative to each hierarchy's root, starts with '/' */
    size_t count;
    struct hierarchy hierarchies[HIERARCHIES_MOST];
};

/* The group in which everything is that nobody put elsewhere: it can be looked at, but is never frozen, killed, limited or removed.
 * Those functions give EINVAL for it. */
bool cgroup_is_root(const char *path);

/* The hierarchies of this machine, with `path` as the group in each; nothing is made. EINVAL for an empty path. */
int cgroup_open(const char *path, struct cgroup *out, struct error *err);
void cgroup_close(struct cgroup *cgroup);

/* Make the group everywhere. Parents get what children need (cpuset values, subtree_control). */
int cgroup_make(struct steps *steps, const struct cgroup *cgroup, struct error *err);

/* Write the limits of a `linux.resources` object (runtime-spec config-linux.md#control-groups). A limit whose controller is not
 * mounted, or that the controller's version cannot express, is ENOTSUP and named; what asks for nothing needs no controller. */
int cgroup_limit(struct steps *steps, const struct cgroup *cgroup, const json_t *resources, struct error *err);

/* The same for a group in use: all or none. What was written before the kernel refused one is written back as it was. */
int cgroup_update(struct steps *steps, const struct cgroup *cgroup, const json_t *resources, struct error *err);

/* A group below, given to `uid` (man 7 cgroups, "delegation"), for the root of a user namespace. `inner` is opened. */
int cgroup_delegate(struct steps *steps, const struct cgroup *cgroup, const char *name, uid_t uid, gid_t gid, struct cgroup *inner,
                    struct error *err);

/* v2: the group itself to `uid`, to be the root of a container's own tree: the directory and the files that
 * /sys/kernel/cgroup/delegate names (config-linux.md#cgroup-ownership). Hierarchies of v1 stay as they are. */
int cgroup_give(struct steps *steps, const struct cgroup *cgroup, uid_t uid, struct error *err);

/* For somebody without privilege: the group of v2 below which `pid` may make groups, that is, whose directory and cgroup.procs it
 * may write: its group's parent (which can hand down controllers), or its group. Allocated; NULL: neither. */
char *cgroup_delegated(pid_t pid);
/* Forget hierarchies whose group `parent` the caller may not write into. */
void cgroup_keep_writable(struct cgroup *cgroup, const char *parent);

/* What a child needs to join: `tasks` files of v1, the directory of v2 for CLONE_INTO_CGROUP (-EBADF without v2). */
struct cgroup_seats {
    int tasks[HIERARCHIES_MOST];
    size_t count;
    int unified; /* O_PATH directory, also good for nothing else */
};
int cgroup_seats_open(const struct cgroup *cgroup, struct cgroup_seats *seats, struct error *err);
/* The same for the groups in which `pid` sits now (/proc/PID/cgroup). */
int cgroup_seats_of(pid_t pid, struct cgroup_seats *seats, struct error *err);
/* The groups below `cgroup` that `paths` say: one path for all hierarchies, or "controller[,controller]:path" each; a hierarchy
 * that no path speaks of is joined at `cgroup` itself. The groups must be there already. */
int cgroup_seats_below(const struct cgroup *cgroup, char *const *paths, struct cgroup_seats *seats, struct error *err);
void cgroup_seats_close(struct cgroup_seats *seats);
/* In the child; async-signal-safe. v2 is joined by clone. */
int cgroup_sit(struct steps *steps, const struct cgroup_seats *seats, const char *shown, struct error *err);
/* Does the kernel, out of memory, kill all that sits there (memory.oom.group, of the group of v2 or of one above)? Whoever shares
 * the memory of one of those is killed too, wherever it sits. */
bool cgroup_dies_as_one(const struct cgroup_seats *seats);
/* For a child that could not be cloned into its group of v2. */
int cgroup_seat_unified(struct steps *steps, const struct cgroup_seats *seats, pid_t pid, const char *shown, struct error *err);

/* Freeze or thaw everything in the group and below; returns when the kernel says that it is done (at most ten seconds). */
int cgroup_freeze(struct steps *steps, const struct cgroup *cgroup, bool frozen, struct error *err);

bool cgroup_frozen(const struct cgroup *cgroup);

/* Pids in the group and below; allocated, ends with 0. NULL: none or no such group. */
pid_t *cgroup_pids(const struct cgroup *cgroup);

/* SIGKILL to everything in it (cgroup.kill on v2), thawing it first where that is needed. */
int cgroup_kill(struct steps *steps, const struct cgroup *cgroup, int signal, struct error *err);

/* Thaws the group and all below it, which a learner may have frozen: in v1's freezer not even SIGKILL ends a frozen process, and
 * the init of a pid namespace is not gone before all of its processes are. Nothing to do on v2. */
void cgroup_thaw_all(const struct cgroup *cgroup);

/* Remove the group and all below in every hierarchy; waits up to two seconds for the last processes to be gone. Parents that our
 * own cgroup_make made stay. A group that is not there is success. */
int cgroup_remove(struct steps *steps, const struct cgroup *cgroup, struct error *err);

/* The same at once, when nobody is in it and nothing is below; false when something was in the way of a part. */
bool cgroup_remove_empty(struct steps *steps, const struct cgroup *cgroup);

/* How many times the OOM killer struck in it; 0 when unknown. */
long long cgroup_oom_kills(const struct cgroup *cgroup);

/* --- for cgroup_*.c ------------------------------------------------------------------------------------------------------- */

/* cgroup_hierarchies.c: fills in `hierarchies` and `count`. The second is what the first falls back to; it reads all that the
 * kernel says, and stands here as the measure of the first for the unit tests. */
int cgroup_hierarchies(struct cgroup *out, struct error *err);
int cgroup_search_mounts(struct cgroup *out, struct error *err);

/* cgroup_processes.c: what cgroup_oom_kills counts, by the group's directory where its memory is. */
long long cgroup_kills_in(const char *directory, bool unified);

/* One value for one file of a group. */
struct cgroup_value {
    char *controller;
    char *file, *value;
    const char *other;   /* the file where `file` is not there; NULL: none */
    const char *unless;  /* nothing to do where this file is there */
    const char *refused; /* this version has no such thing: why; nothing is written */
    const char *remark;  /* accepted and without effect, on every kernel of today: why; nothing is written */
    bool optional;       /* a kernel without this file does without */
    bool own;            /* only this version has a word for it, so it must be this version's controller */
    bool keep_first;     /* the first word in the file stays as it is: "<that> VALUE" is written */
};
struct cgroup_values {
    struct cgroup_value *list;
    size_t count;
};
/* `linux.resources` as file values, those that bound each other in the order that suits a new group. Devices are apart. */
void cgroup_v1_values(const json_t *resources, struct cgroup_values *out);
void cgroup_v2_values(const json_t *resources, struct cgroup_values *out);
/* Alike in both versions; `limit` is what the file of a page size ends with. */
void cgroup_hugepage_values(const json_t *list, const char *limit, struct cgroup_values *out);
void cgroup_rdma_values(const json_t *devices, struct cgroup_values *out);
/* Gives the new entry, to be changed until the next one is added. */
struct cgroup_value *cgroup_values_add(struct cgroup_values *values, const char *controller, const char *file, char *value);
void cgroup_values_free(struct cgroup_values *values);
/* cgroup_undo.c: what to write so that `file` says again what it said in `text`, before `value` was written. Allocated. */
char *cgroup_undo_text(const char *file, const char *text, const char *value);

/* cpu.shares 2..262144 to cpu.weight 1..10000 so that the default 1024 becomes the default 100, as runc (since 1.3.2) and crun
 * (since 1.23) do; blkio weight 10..1000 to io.weight 1..10000. */
unsigned long long cgroup_cpu_weight(unsigned long long shares);
unsigned long long cgroup_io_weight(unsigned long long weight);

/* Rules are applied in their order, the last that speaks of a device decides (config-linux.md#allowed-device-list). v1: the group's
 * list is changed where it differs. v2: one BPF program, which takes the place of the one before it at once. */
int cgroup_v1_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err);
int cgroup_v2_devices(struct steps *steps, const char *directory, const json_t *rules, struct error *err);

/* One more seat: in the group `path` of one hierarchy. */
int cgroup_seat_open(const struct hierarchy *hierarchy, const char *path, struct cgroup_seats *seats, struct error *err);

/* Write one control file, recorded as `echo value > file`. */
int cgroup_write(struct steps *steps, const char *directory, const char *file, const char *value, struct error *err);
char *cgroup_directory(const struct cgroup *cgroup, const struct hierarchy *hierarchy);
const struct hierarchy *cgroup_find(const struct cgroup *cgroup, const char *controller);

#endif
