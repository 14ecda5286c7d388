/* Mounts by descriptor: open_tree(2), fsopen(2), mount_setattr(2), move_mount(2).
 *
 * A root filesystem is hostile: its directories may be symbolic links that lead out, or be exchanged while we look. So a target is
 * opened once, below a descriptor of the root, with openat2's RESOLVE_IN_ROOT, and everything is mounted onto that descriptor;
 * no path is walked a second time. Sources are detached mounts that get their attributes before anybody can reach them.
 */
#ifndef SLIPWAY_KERNEL_MOUNT_MOUNT_H
#define SLIPWAY_KERNEL_MOUNT_MOUNT_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Options of one mount, taken apart (runtime-spec config.md#mounts, mount(8)). */
struct mount_options {
    uint64_t set, clear;                     /* MOUNT_ATTR_* of this mount */
    uint64_t recursive_set, recursive_clear; /* "rro" and so on: of all mounts below as well */
    uint64_t propagation;                    /* MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE or 0 */
    bool propagation_recursive;
    bool bind, recursive_bind;
    char **whole;   /* words for the whole file system: "sync", "lazytime"; NULL-terminated, owned; not for bind mounts */
    char **data;    /* the file system's own options: "size=64k", "newinstance"; NULL-terminated, owned */
    char *as_given; /* joined by commas, for people */
};

/* `options` is a JSON array of strings, may be NULL. Cannot fail: what no table knows belongs to the file system. */
void mount_options_parse(const json_t *options, struct mount_options *out);
void mount_options_free(struct mount_options *options);
/* The options that the tables know, in turn; NULL after the last. */
const char *mount_option_name(int i);

/* A new detached instance of a file system. `shown` is the target, for the error. Needs the new namespaces that the file system
 * reflects (proc: pid, sysfs: net, mqueue: ipc, cgroup: cgroup) to be the caller's. */
int mount_new(const char *type, const char *source, const struct mount_options *options, const char *shown, struct error *err);

/* "remount": other options for what is mounted at `target`, which is the root of a mount; those of the file system only without
 * `bind`. EINVAL when nothing is mounted there. */
int mount_again(struct steps *steps, int target, const struct mount_options *options, const char *shown, struct error *err);

/* Unmount what was mounted last at `path` below `root`, and all below it, whoever is in it. EINVAL: nothing is. */
int mount_remove(struct steps *steps, int root, const char *path, struct error *err);

/* mount_setattr(2) on what `tree` stands for, and with `recursive` on all below; nothing to do is success. -1 and errno. */
int mount_set(int tree, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive);

/* A detached copy of what is mounted at `path` below `dirfd` ("" for dirfd itself), attributes and propagation set. Without a word
 * on propagation it is private. */
int mount_copy(int dirfd, const char *path, const struct mount_options *options, const char *shown, struct error *err);

/* The same of what stands at `path` in `directory`, whatever links lie there and whoever exchanges them meanwhile: what was found
 * is held by descriptor. ENOENT; EXDEV when it leads out. An empty `path` is the directory. */
int mount_copy_beneath(const char *directory, const char *path, const struct mount_options *options, const char *shown,
                       struct error *err);

/* Attach a detached mount onto the file or directory `target`; records the step that began at `start_ns`. */
int mount_attach(struct steps *steps, int64_t start_ns, int tree, int target, const char *object, const char *command,
                 struct error *err);

/* mount_new and mount_attach, onto `path` below `root`; the target is made when missing. */
int mount_at(struct steps *steps, int root, const char *type, const char *source, const char *path,
             const struct mount_options *options, struct error *err);

/* mount(2) with MS_SHARED... on a whole tree. */
int mount_propagation(struct steps *steps, const char *path, unsigned long flags, struct error *err);

/* Make what stands at `path` below `root` read-only, with a mount of its own; missing is success. `shown` is the path as people
 * know it. */
int mount_read_only(struct steps *steps, int root, const char *path, const char *shown, struct error *err);

/* Open below `root`, every link resolved as if `root` were "/"; magic links refused. Negative errno on failure, no message. */
int root_open(int root, const char *path, int flags);
/* The same, with no link in any component (ELOOP). */
int root_open_plain(int root, const char *path, int flags);

/* The same, but what leads out of it is refused (EXDEV), absolute links included, instead of being turned back. */
int beneath_open(int root, const char *path, int flags);

/* As root_open, for a target that may be missing: directories and, with `file`, an empty last component are made, also where a
 * link leads that dangles. O_PATH descriptor. */
int root_make(int root, const char *path, bool file, mode_t mode, struct error *err);

/* Overlay with the given layers (top first) at `target` (a path of the caller's own mount namespace). Paths are used as they are
 * while they fit into a page; otherwise, or with `by_descriptor`, through /proc/self/fd. */
struct overlay {
    char *const *lower;
    const char *upper, *work; /* NULL: read-only */
    bool user_xattr;          /* always so in a user namespace */
};
int mount_overlay(struct steps *steps, const struct overlay *overlay, const char *target, struct error *err);

/* A descriptor of the overlay's root, for reading, without it ever being mounted where anybody can see it. `place`: any directory.
 * Works in a process of many threads. */
int mount_overlay_view(struct steps *steps, const struct overlay *overlay, const char *place, struct error *err);

/* An idmapped detached copy of the read-only directory `path` for the user namespace `userns`. */
int mount_idmapped(struct steps *steps, const char *path, int userns, struct error *err);

/* The same for a detached mount that the caller has already, and with `recursive` for those in it, which stay as writable as they
 * are. Needs the host's rights over the file system; mount_map_owners is for what a confined caller has in its own ids anyway. */
int mount_map_tree(struct steps *steps, int tree, int userns, bool recursive, const char *shown, struct error *err);
int mount_map_owners(struct steps *steps, int tree, int userns, const char *shown, struct error *err);

/* Make `root`, a mount, the root of the calling mount namespace and let go of the old one. */
int mount_pivot(struct steps *steps, int root, bool no_pivot, struct error *err);
/* Instead of that: unmount it again, with all that is mounted below. */
int mount_let_go(struct steps *steps, int root, struct error *err);

#endif
