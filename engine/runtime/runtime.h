/* One container from one OCI bundle: the library behind slipway-oci and slipway-shim.
 *
 * Shapes follow the OCI runtime specification 1.3 (config.json). Beyond it, annotations that only our own daemon writes:
 *   "org.slipway.rootfs"   JSON text {"lower":["/abs/dir",...top first],"upper":"/abs","work":"/abs","userxattr":bool,
 *                          "idmap":bool}; root.path is then the mount point (merged). The overlay is mounted inside the
 *                          container's own mount namespace, so that it goes away with it. With "idmap" the lowers are
 *                          idmapped mounts for the user namespace of the config (read-only roots shared by many ranges).
 *                          "disk": an ext4 image or a directory, mounted with owners mapped likewise, in which upper, work and
 *                          the sources of mounts with "org.slipway.disk":true are names; "io": its speed in bytes a second.
 *   "org.slipway.sandbox"  "1": a lab machine: delegated inner cgroup, writable cgroup v1/v2 mounts inside, a second hidden
 *                          proc and sysfs, / made rshared, device nodes bound, limits on nested namespaces.
 *   "org.slipway.init"     "1": the exec'd pid 1 is the static init bound at /sbin/docker-init (docker run --init). It begins with
 *                          all signals blocked: a pid 1 that does not handle one yet loses it, and a stop may come at once.
 *
 * The container's init waits, after everything is set up, until runtime_start; so `create` and `start` are two calls, as
 * in the specification. Errors name the object; err->code tells the daemon what to answer: ENOENT on process.args[0]
 * is exit code 127, EACCES/ENOEXEC on it 126 (runtime_error_exit_code), all else 125.
 *
 * Messages are worded as runc's from "exec: " or "chdir to cwd" on, without the "unable to start container process: " and ":
 * unknown" that runc and containerd put around them. They come from runtime_create, as the file is looked for before init waits.
 *
 * The calling process must have one thread: the child that sets a container up goes on with a copy of its memory.
 *
 * Cost: no exec of helpers, no wait for an RCU grace period, seccomp from a ready-made program.
 */
#ifndef SLIPWAY_RUNTIME_RUNTIME_H
#define SLIPWAY_RUNTIME_RUNTIME_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

/* The version of the specification (runtime-spec) that configs are written for and states are told in. */
#define RUNTIME_SPEC "1.3.0"

struct runtime_stdio {
    int in, out, err;   /* the child's ends; -1 means /dev/null (in) or inherited as it is */
    int console_socket; /* receives the pty master by SCM_RIGHTS when process.terminal; -1 otherwise */
    int start_socket;   /* 0, or a listening SOCK_SEQPACKET socket at which init waits for a connection: `create` and `start` as
                         * two programs (runtime_commit; then put a connection into start_fd, and runtime_start) */
    int preserve;       /* so many descriptors from 3 up, which the caller inherited, the process inherits too */
    bool no_pivot;      /* move the root instead of pivot_root (an initramfs as root) */
    bool no_keyring;    /* stay with the caller's session keyring */
    char **cgroups;     /* exec: where below the container's group the process begins, as `runc exec --cgroup` has it: one path
                         * ("/" is the container's own group), or "controller[,controller]:path" for hierarchies of v1; NULL: where
                         * init is */
    /* create: called while init sets itself up, which is the time to get ready what needs its process id; may be NULL. An error
     * ends what was begun. */
    int (*cloned)(void *context, pid_t pid, const char *cgroup, const char *unit, const char *filter, struct error *err);
    void *context;
};

struct container {
    char *id;
    char *bundle;
    json_t *config;
    json_t *after; /* hooks and annotations, when there are hooks to be run later: they outlive container_forget_config */
    pid_t pid;     /* init, seen from here; 0 before create */
    int pidfd;
    int start_fd;          /* the channel to an init that waits; -EBADF after start */
    char *cgroup_path;     /* relative to each hierarchy's root: "/slipway/<id>"; NULL: it has none of its own */
    struct cgroup *cgroup; /* where this process made it: with its hierarchies, which need not be looked for again; else NULL */
    char *unit;            /* systemd's scope, when it made the group; otherwise NULL */
    struct seccomp_program *filter; /* of runtime_recall; NULL: what `config` says */
    struct steps *steps;
};

/* Seccomp programs are compiled once and kept as files below this directory, named by the hash of profile, architecture
 * and versions. Call before runtime_create; NULL (the default) compiles each time. */
void runtime_set_cache(const char *directory);

/* Who makes the groups of containers that are created from now on: "cgroupfs" (the default: this library),
 * "systemd" (a scope of it; linux.cgroupsPath is then "slice:prefix:name", and manager.h tells how), or "disabled" (nobody:
 * they stay in the caller's, and limits are refused). EINVAL for another name. */
int runtime_set_cgroup_manager(const char *name, struct error *err);

/* Fill `out` from `<bundle>/config.json` and make the container up to the point before exec. On failure nothing is left behind. */
int runtime_create(const char *id, const char *bundle, json_t *config, const struct runtime_stdio *io, struct steps *steps,
                   struct container *out, struct error *err);

/* With a start socket: the container is known on disk, init may wait for `start` now. Until then it ends when its maker does, so
 * that nothing is left of a maker that was killed. */
int runtime_commit(struct container *container, struct error *err);

/* Let init exec; returns when the exec has succeeded and the poststart hooks have been run, or with the reason why it did not, or
 * they failed (ENOTRECOVERABLE; so for startContainer): init is killed then, and runtime_destroy is what comes next. */
int runtime_start(struct container *container, struct error *err);

/* Another process in a running container: `process` is an OCI process object. Gives pid and pidfd once it has exec'd. */
int runtime_exec(const struct container *container, json_t *process, const struct runtime_stdio *io, pid_t *pid, int *pidfd,
                 struct error *err);

/* Mount more in a running container, or unmount it again, the last first: entries as of config.mounts, their sources the host's. */
int runtime_mount(const struct container *container, json_t *mounts, bool add, struct error *err);

int runtime_signal(const struct container *container, int signal, bool all, struct error *err);
int runtime_pause(const struct container *container, struct error *err);
int runtime_resume(const struct container *container, struct error *err);

/* Other limits: the members of a `linux.resources` object that are given. All of them, or none: when the kernel refuses one, those
 * that were written before it are written back as they were. */
int runtime_update(const struct container *container, const json_t *resources, struct error *err);

/* Kill what is left in the cgroup, remove it, and run the poststop hooks, once; the container's init must be gone or going. */
int runtime_destroy(struct container *container, struct error *err);
void container_free(struct container *container);

/* Let go of the parsed config (it is read again from the bundle where it is needed) and give the memory back to the kernel: for
 * a process that lives as long as the container. */
void container_forget_config(struct container *container);

/* Attach to a container made by another process: enough for exec, signal, pause, destroy. `config` is as it was when the container
 * was made, whatever the bundle's says by now; takes a reference. */
int runtime_load_config(const char *id, const char *bundle, json_t *config, pid_t pid, struct container *out, struct error *err);

/* What runtime_exec reads of a container's config, for a later process; not more than a quarter of the whole. "config" in it is for
 * runtime_load_config, and runtime_recall then finds the seccomp program that was made with the container; false when that is not
 * in the cache any more: the whole config is needed. */
json_t *runtime_brief(const json_t *config, const char *filter);
bool runtime_recall(const json_t *brief, struct container *container);

/* --- checkpoint and restore, by CRIU (criu(8)), which must be installed: ENOENT with what to install otherwise --- */

struct runtime_checkpoint {
    const char *image_path;  /* where the images go to, or come from; made when missing */
    const char *work_path;   /* CRIU's logs and statistics; NULL: image_path */
    const char *parent_path; /* dump: an earlier pre-dump, relative to image_path, of which only changes are written; NULL: none */
    bool leave_running;      /* dump: the container goes on */
    bool pre_dump;           /* dump: memory only, for a later dump with parent_path; the container goes on */
    bool tcp_established, ext_unix_sk, shell_job, file_locks;
    const char *manage_cgroups; /* "soft", "full", "strict", "ignore"; NULL: "soft" */
};

/* Write the processes of a running container to files; they are gone then, unless they were to go on. The error has CRIU's own
 * reason and the path of its log. */
int runtime_checkpoint(const struct container *container, const struct runtime_checkpoint *options, struct error *err);

/* A container out of those files: like runtime_create and runtime_start in one, `out` runs. The init is a child of the caller. */
int runtime_restore(const char *id, const char *bundle, json_t *config, const struct runtime_checkpoint *options,
                    const struct runtime_stdio *io, struct steps *steps, struct container *out, struct error *err);

/* The mount options that this library adds to those of kernel/mount/mount.h (mount_option_name), in turn; NULL after the last. */
const char *runtime_mount_option_name(int i);

int runtime_error_exit_code(const struct error *err); /* 125, 126 or 127 */

#endif
