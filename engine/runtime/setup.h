/* The inside of the runtime: what the parent prepares before clone, and what the child does with it afterwards.
 *
 * The child is a copy of the calling process, which must have one thread; it may allocate and read the config's JSON. Everything
 * that needs the host's view (bind sources, layers, device nodes, cgroup files, namespaces by path) is opened by the parent and
 * inherited as descriptors; everything that needs the container's view is done by the child.
 */
#ifndef SLIPWAY_RUNTIME_SETUP_H
#define SLIPWAY_RUNTIME_SETUP_H

#include "base/error.h"
#include "kernel/capabilities.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"
#include "kernel/seccomp.h"
#include "runtime/hooks.h"
#include "runtime/runtime.h"

#include <jansson.h>
#include <stdbool.h>

/* One entry of config.mounts. */
struct setup_mount {
    const char *type, *source, *destination; /* borrowed from the config */
    const char *subpath; /* bind: what of the source is meant; our own "org.slipway.subpath" beside the specification's members */
    bool on_disk;        /* bind: the source is a directory of the root's disk; our own "org.slipway.disk" */
    bool lent;           /* bind: a directory with its owners mapped into the new user namespace, for good read-only; our own
                            "org.slipway.idmap" */
    struct mount_options options;
    bool remount;              /* nothing new: other options for what is there */
    bool idmap, ridmap;        /* owners mapped, of this mount or of those below as well */
    const char *map_words;     /* "idmap=uids=...": maps within the options; borrowed */
    json_t *own_maps;          /* which are these then */
    const json_t *uids, *gids; /* by these; NULL: as the user namespace that is joined. Borrowed */
    bool copy_up;              /* a tmpfs begins with what it hides */
    bool copy_link;            /* a source that is a link is made anew rather than bound */
    bool source_nofollow, destination_nofollow;
    char *from;           /* bind: the source as an absolute path */
    char *link;           /* with copy_link: where it leads; there is no tree then */
    int tree;             /* bind: the detached copy. Else what was mounted, if more has to be done with it; or -EBADF */
    bool a_file;          /* bind of something that is no directory */
    bool read_only_later; /* a tmpfs that others are mounted into */
};

/* A hierarchy of cgroups as the container sees it. */
struct setup_cgroup_view {
    char *name;         /* "memory"; "" for one that is the whole of /sys/fs/cgroup */
    char **controllers; /* for links such as cpuacct -> cpu,cpuacct */
    int tree;           /* -EBADF: a new mount of version 2 */
};

struct setup_join {
    const struct namespace_kind *kind;
    char *path;
    int fd;
};

struct setup_device {
    char *path;
    char type;
    unsigned major, minor;
    unsigned mode, uid, gid;
    int tree; /* in a user namespace nobody can mknod: the host's node, bound in */
};

struct setup_root {
    char *path;         /* root.path, absolute */
    int tree;           /* without an overlay: the detached copy of the directory */
    char **lower;       /* overlay layers, top first; NULL without an overlay */
    char *upper, *work; /* absolute; NULL: read-only */
    char *disk;         /* an ext4 image, or a directory, in which `upper` and `work` are names; NULL: none */
    long long io;       /* bytes a second that may be read from the disk, and written; 0: as many as go */
    bool user_xattr, idmap;
    int *lower_trees; /* with a user namespace: detached copies */
    int upper_tree, upper_fd, work_fd;
};

/* What becomes of the process at the end, for init and exec alike. */
struct setup_program {
    json_t *process;             /* OCI process object, borrowed; NULL: a container that is made and cannot be started */
    const json_t *linux_section; /* of the container's config, borrowed */
    struct capability_sets capabilities;
    struct seccomp_program seccomp;
    char **args, **env;
    char *path;       /* found by program_find */
    bool keep_groups; /* the annotation "run.oci.keep_original_groups": the caller's, whatever their ids are inside */
    int preserve;     /* struct runtime_stdio */
    bool hold;        /* begins with all signals blocked: the annotation "org.slipway.init" */
};

enum { SETUP_KERNEL_TREES = 2 }; /* /proc and /sys */

struct setup {
    const char *id, *bundle;
    json_t *config;
    struct steps *steps;
    unsigned long fresh; /* CLONE_NEW* of namespaces that are the container's own and new */
    unsigned long own;   /* those, and the ones that it joins and the runtime is not in */
    bool unprivileged;   /* the caller is not root: what root does before the clone, init does in its user namespace */
    bool user_namespace; /* a new one, or one joined */
    bool joins_mounts;   /* the mount namespace is somebody's already: root.path and what is bound are looked for in there */
    bool sandbox;
    struct setup_join joins[NAMESPACE_KINDS];
    size_t join_count;
    struct cgroup cgroup, inner; /* `inner`: a lab machine's own below it, which it may divide; else it has no path */
    char *unit, *slice;          /* systemd's, when it makes the group */
    bool unit_started;
    pid_t keeper; /* a process that is in the scope until init is */
    struct cgroup_seats seats;
    struct setup_root root;
    struct setup_mount *mounts;
    size_t mount_count;
    struct setup_cgroup_view views[HIERARCHIES_MOST];
    size_t view_count;
    int kernel_trees[SETUP_KERNEL_TREES]; /* what is mounted at /proc and at /sys; the child's, -EBADF until then */
    struct setup_device *devices;
    size_t device_count;
    int nodes;      /* with a user namespace: a file system in which the parent made them, named by their index; or -EBADF */
    bool bound_dev; /* /dev is somebody else's: nothing is made there */
    struct setup_program program;
    struct runtime_stdio io;
    int channel;        /* the child's end */
    int parent_channel; /* the parent's end */
    bool committed;     /* init: whoever made the container has said so, and may go */
    bool hooks_begun;
};

/* Where init sits, and what it sees as the root of its cgroups; without a path where there is no group. */
static inline const struct cgroup *setup_seat(const struct setup *setup)
{
    return setup->inner.path ? &setup->inner : &setup->cgroup;
}

/* setup.c: fill from a config, parent's side; release. */
int setup_prepare(struct setup *setup, const char *bundle, struct error *err);
void setup_none(struct setup *setup);                             /* no descriptor is one yet; before everything else */
void setup_hand_over(struct setup *setup, struct container *out); /* it came about: all of `out` but its process */
void setup_close_inside(struct setup *setup);                     /* what only init needs, once it has its copy */
void setup_free(struct setup *setup);
const char *runtime_cache(void);

/* spaces.c: namespaces. spaces_clone gives 0 in init, which in the parent's eyes is in its group of v2 then; spaces_give is the
 * parent's answer to what spaces_enter asks for (message 'M'). */
int spaces_prepare(struct setup *setup, struct error *err);
pid_t spaces_clone(struct setup *setup, int *pidfd, struct error *err);
int spaces_give(struct setup *setup, pid_t pid, struct error *err);
int spaces_enter(struct setup *setup, struct error *err);

/* check.c: what cannot be done is refused before anything is made. check_process is for an exec's process too. */
int check_config(const json_t *config, struct error *err);
int check_process(const json_t *process, const json_t *linux_section, struct error *err);
/* setup_mounts.c; setup_idmap.c: whose map a mount's owners go by */
int setup_mount_mappings(const struct setup *setup, const json_t *item, struct setup_mount *mount, struct error *err);
int setup_mounts(struct setup *setup, const char *bundle, struct error *err);

/* setup_cgroup.c: which group (none: setup->cgroup has no path), making it with its limits and owner, and taking it away again. */
int setup_cgroup_find(struct setup *setup, struct error *err);
int setup_cgroup_make(struct setup *setup, struct error *err);
void setup_cgroup_settled(struct setup *setup); /* init is in its seat */
void setup_cgroup_undo(struct setup *setup);

/* setup_sources.c: detached copies of the root and of what is bound, and of what comes from the host whatever the config says: its
 * cgroups and devices. By the parent; by init where that is root, and the first where the mount namespace is joined. */
int setup_sources(struct setup *setup, struct error *err);
int setup_host_sources(struct setup *setup, struct error *err);
int setup_bind_sources(struct setup *setup, struct error *err); /* of these, what is bound */
/* setup_views.c: /sys/fs/cgroup */
int setup_views(struct setup *setup, struct error *err);
/* setup_foreign.c: "/proc/PID/root/dev/shm" lies in another mount namespace, of which the kernel copies nothing for us: a child
 * goes there. setup_foreign gives the path inside, NULL for any other path. Only a tmpfs is taken: whoever is there may have put
 * something else in its place. */
const char *setup_foreign(const char *source, pid_t *owner);
int setup_foreign_copy(pid_t owner, const char *inside, const struct mount_options *options, struct error *err);
/* setup_disk.c: root.disk. Nothing of it is anybody's before its owners are mapped, which is when the user namespace is there. */
int setup_disk(struct setup *setup, struct error *err);
/* setup_devices.c */
int setup_devices(struct setup *setup, struct error *err);
/* After the id maps are written: `userns` is a descriptor of the child's user namespace. */
int setup_idmapped(struct setup *setup, int userns, struct error *err);

/* channel.c: one message is one packet. */
enum { MESSAGE_TEXT = 1024 };
struct message {
    char kind; /* 'M' maps wanted/written, 'H' hooks wanted/run, 'N' a seccomp listener/taken, 'R' ready, 'C' committed, 'S' start,
                  'E' error */
    int code;
    char text[MESSAGE_TEXT];
};
int channel_send(int channel, char kind, const struct error *err, const int *fds, size_t count);
/* The kind, 0 for end of file, or -errno; 'E' fills `err`. */
int channel_receive(int channel, struct error *err, int *fds, size_t *count);

/* brief.c: the program of runtime_recall, or else out of the config's profile. `program` is the caller's. */
int runtime_filter(const struct container *container, const json_t *config, struct seccomp_program *program, struct error *err);

/* lifecycle.c: what of a config is needed when it has been forgotten; NULL when nothing is. */
json_t *container_after(const json_t *config);

/* init.c: the child; does not return. */
_Noreturn void init_main(struct setup *setup);
void init_clean_slate(void); /* signals, session, umask */

/* Closes every descriptor from 3 up but `a` and `b` (3 or more; they may be one), and of the first `preserve` those that the caller
 * had inherited itself: all that is ours closes on exec. Before the directory is entered and the file
 * found: both are the image's own words, and "/proc/self/fd/9/../.." must lead nowhere (CVE-2024-21626). Also, while init waits,
 * perhaps for long, it must not hold what its parent has open: connections would never end. */
void init_close_others(int a, int b, int preserve);

/* rootfs.c, rootfs_mounts.c, rootfs_cgroup.c, rootfs_hide.c, rootfs_dev.c, sandbox.c: parts of it. `root` is the mount that will be
 * "/", which an entry of config.mounts may replace. */
int rootfs_make(struct setup *setup, int *root, struct error *err);
int rootfs_check_propagation(const struct setup *setup, struct error *err); /* before the others below */
bool rootfs_is_slave(const struct setup *setup);
int rootfs_propagate(struct setup *setup, struct error *err);
int rootfs_mounts(struct setup *setup, int *root, struct error *err);
int rootfs_cgroup(struct setup *setup, int root, const struct setup_mount *mount, struct error *err);
const char *rootfs_stage(const struct setup *setup);
int rootfs_attach_path(struct setup *setup, int tree, const char *path, const char *command, struct error *err);
int rootfs_hide(struct setup *setup, int root, struct error *err);
int rootfs_seal(struct setup *setup, struct error *err); /* of that, the mounts that were writable for others */
int rootfs_devices(struct setup *setup, int root, struct error *err);
/* rootfs_kernel.c: procfs and sysfs. rootfs_hold remembers what is mounted last at /proc or /sys (-EBADF: unknown); rootfs_base
 * gives the descriptor below which `*path` is to be looked for, and leaves in `*path` what is below it. */
void rootfs_hold(struct setup *setup, const char *destination, int tree);
int rootfs_base(const struct setup *setup, int root, const char **path);
int sandbox_finish(struct setup *setup, int root, struct error *err);
bool sandbox_wanted(const json_t *config); /* the annotation "org.slipway.sandbox" */
/* Takes away what no process of a lab machine may have, be it init or an exec: with CAP_SYS_RESOURCE it could raise the bounds on
 * its namespaces again. */
void sandbox_capabilities(struct capability_sets *sets);

/* console.c: a pty of the container's own devpts becomes stdio and /dev/console; its master goes to the console socket. `console`:
 * bind it to /dev/console as well (init only). */
int console_open(struct steps *steps, int root, const json_t *process, int console_socket, bool console, struct error *err);

/* program.c: inside the container, after everything else. The `process` that is parsed may be NULL. */
int program_parse(json_t *process, const json_t *config, struct setup_program *program, struct error *err);
void program_free(struct setup_program *program);
/* In a user namespace that was entered: its root, with no groups from outside unless they are to be kept. */
int program_root_inside(const struct setup_program *program, struct error *err);
int program_stdio(const struct runtime_stdio *io, struct error *err);
int program_become(struct steps *steps, struct setup_program *program, struct error *err);
/* Returns only with an error. `channel`: to whoever takes a seccomp listener (agent.h). */
int program_exec(struct steps *steps, struct setup_program *program, int channel, struct error *err);

/* program_find.c: which file args[0] is, and why it cannot be run. */
int program_find(struct setup_program *program, struct error *err);
int program_failure(const struct setup_program *program, int code, struct error *err);

#endif
