/* Namespaces: the table of kinds, clone3(2) with them, joining, and the id maps of a user namespace (namespaces(7)). */
#ifndef SLIPWAY_KERNEL_NAMESPACES_H
#define SLIPWAY_KERNEL_NAMESPACES_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

enum { NAMESPACE_KINDS = 8 };

struct namespace_kind {
    const char *name; /* as config.json says it: "mount", "network" */
    const char *file; /* in /proc/PID/ns: "mnt", "net" */
    unsigned long flag;
};

/* In the order in which they are joined: user first, so that its rights are there for the others. */
extern const struct namespace_kind namespace_kinds[NAMESPACE_KINDS];
/* By either name; NULL when there is none. */
const struct namespace_kind *namespace_kind(const char *name);
/* Does this kernel have them? */
bool namespace_known(const struct namespace_kind *kind);

/* clone3 without shared memory. `cgroup` is a v2 directory for CLONE_INTO_CGROUP or negative. 0 in the child, the pid in the
 * parent, whose *pidfd is close-on-exec. The child's steps carry its pid as seen here. */
pid_t namespace_clone(struct steps *steps, unsigned long flags, int cgroup, int *pidfd, struct error *err);
/* The same, born in the pid namespace of `init`, which may be the caller's own: only a child of a process that points at one is, so
 * the caller points there for the time of the clone, and at nothing else than before afterwards. */
pid_t namespace_clone_in(struct steps *steps, int init_pidfd, pid_t init, int cgroup, int *pidfd, struct error *err);

/* The same by way of a process that first goes where its maker could not come back from: `enter` runs in it, and what it leaves
 * is a child of the caller like any other. 0 in the child. `line` is the descriptor by which the process in between answers. */
typedef int namespace_enter(void *context, int line, struct error *err);
pid_t namespace_clone_through(struct steps *steps, namespace_enter *enter, void *context, unsigned long flags, int cgroup,
                              int *pidfd, struct error *err);
/* The same in half the time, with no process to be copied but the child: the one in between has the caller's memory, and the caller
 * waits for it. What `enter` changes there stays. It must not go into a user namespace, where that memory would be another's to
 * look into, nor into a time namespace, which the memory is of; nor shall it allocate, as it may be killed at any moment. Where the
 * kernel kills a group as one (cgroup_dies_as_one) it would kill the caller too. The child runs `become`. */
typedef void namespace_become(void *context); /* does not come back */
pid_t namespace_clone_borrowed(struct steps *steps, namespace_enter *enter, namespace_become *become, void *context, int cgroup,
                               int *pidfd, struct error *err);

/* A descriptor of the namespace at `path`; EINVAL when it is none, or of another kind. */
int namespace_open(const struct namespace_kind *kind, const char *path, struct error *err);
/* Is the caller in it? Is process 1, as the caller sees it? */
bool namespace_is_own(const struct namespace_kind *kind, int fd);
bool namespace_is_first(const struct namespace_kind *kind, int fd);

/* CLONE_NEW* of the namespaces in which `pid` is and the caller is not, or may not be: of one that has ended, or may not be looked
 * at, those that cannot be told; to enter them is an error then, and not to stay outside. */
unsigned long namespaces_apart(pid_t pid);
/* setns(2) takes several kinds at once with a pidfd, and checks them together. */
int namespaces_enter(struct steps *steps, int pidfd, pid_t pid, unsigned long flags, struct error *err);

/* setns(2) with a descriptor of a namespace. `shown` is its path, for people. */
int namespace_join(struct steps *steps, int fd, const struct namespace_kind *kind, const char *shown, struct error *err);
int namespace_unshare(struct steps *steps, unsigned long flags, struct error *err);

/* linux.timeOffsets: {"monotonic":{"secs":N,"nanosecs":N},"boottime":{...}} for the time namespace that `pid` has unshared and not
 * entered yet (time_namespaces(7)); NULL for none. namespace_time_check: EINVAL for what cannot be. */
int namespace_time_check(const json_t *offsets, struct error *err);
int namespace_time_offsets(struct steps *steps, pid_t pid, const json_t *offsets, struct error *err);
/* The caller goes into the time namespace that it has unshared. */
int namespace_enter_time(struct steps *steps, struct error *err);

/* "lo" of a network namespace that is new is down. */
int namespace_loopback_up(struct steps *steps, struct error *err);

/* Has the caller CAP_SYS_ADMIN, the right to make and enter namespaces of any kind? */
bool namespace_privileged(void);

/* Is this process in a user namespace of somebody's making? There nobody can make device nodes, overlayfs keeps its marks in user.*
 * attributes, and the devices controller is not to be had (user_namespaces(7)). Asked once, remembered. */
bool namespace_confined(void);

/* How many ids from 0 up this user namespace has; UINT32_MAX in the first. */
unsigned namespace_ids(void);
/* fchownat(2) of the link `name` in the directory `at`, or of `at` itself for "". In a user namespace that has no such owner or
 * group the file stays its maker's: there is nobody else it could belong to. */
int namespace_chown(int at, const char *name, uid_t uid, gid_t gid);

/* A new user namespace with these maps and nobody in it: what an idmapped mount goes by (mount_setattr(2)). A descriptor. */
int namespace_of_maps(struct steps *steps, const json_t *uids, const json_t *gids, struct error *err);
/* The id outside that `id` inside is mapped to; `id` itself when nothing maps it. */
unsigned namespace_outer_id(const json_t *mappings, unsigned id);

#endif
