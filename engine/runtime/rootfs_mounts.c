/* What config.mounts asks for, one entry after the other (runtime-spec config.md#mounts). Each target is opened below the root,
 * once, and everything goes by that descriptor. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/copy_tree.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

/* File systems that show a namespace. Where it is not this user namespace's own, the kernel mounts no new one, and the host's is
 * bound. They stand on real directories: what must be theirs could otherwise be had elsewhere (CVE-2019-19921). */
static const struct shown {
    const char *type, *place;
    bool plain;
} shown[] = {{"proc", "/proc", true}, {"sysfs", "/sys", true}, {"mqueue", "/dev/mqueue", false}};

static const struct shown *shown_of(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(shown); i++)
        if (!strcmp(shown[i].type, type))
            return &shown[i];
    return NULL;
}

/* What somebody may put over files of a procfs: figures that are a container's rather than the machine's (lxcfs). Anything else
 * could pass for what the kernel says (CVE-2019-16884). */
static const char *const over_proc[] = {"cpuinfo",
                                        "diskstats",
                                        "meminfo",
                                        "stat",
                                        "swaps",
                                        "uptime",
                                        "loadavg",
                                        "slabinfo",
                                        "sys/kernel/ns_last_pid",
                                        "sys/crypto/fips_enabled"};

enum { PROC_ROOT = 1 }; /* the inode of a procfs's root */

static bool one_place(int root, const char *path, const struct stat *status)
{
    struct stat other;
    int fd cleanup_close = root_open(root, path, O_PATH | O_CLOEXEC);
    return fd >= 0 && fstat(fd, &other) == 0 && other.st_dev == status->st_dev && other.st_ino == status->st_ino;
}

static int refuse_inside_proc(int root, int target, const struct setup_mount *mount, struct error *err)
{
    struct statfs system;
    struct stat status;
    if (fstatfs(target, &system) < 0 || system.f_type != PROC_SUPER_MAGIC || fstat(target, &status) < 0 ||
        status.st_ino == PROC_ROOT)
        return 0;
    for (size_t i = 0; i < ARRAY_LEN(over_proc); i++) {
        char *path cleanup_free = str_format("/proc/%s", over_proc[i]);
        if (one_place(root, path, &status))
            return 0;
    }
    return error_set(err, EPERM, "\"%s\" cannot be mounted because it is inside /proc", mount->destination);
}

static bool is_root(int root, int target)
{
    struct statx a, b;
    const unsigned mask = STATX_INO | STATX_MNT_ID;
    return statx(root, "", AT_EMPTY_PATH, mask, &a) == 0 && statx(target, "", AT_EMPTY_PATH, mask, &b) == 0 &&
           a.stx_mnt_id == b.stx_mnt_id && a.stx_ino == b.stx_ino;
}

static int find_target(int root, const struct setup_mount *mount)
{
    const struct shown *kind = mount->options.bind ? NULL : shown_of(mount->type);
    int flags = O_PATH | O_CLOEXEC;
    if (kind && kind->plain)
        return root_open_plain(root, mount->destination, flags);
    return root_open(root, mount->destination, flags | (mount->destination_nofollow ? O_NOFOLLOW : 0));
}

static int make_target(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    bool file = mount->options.bind && mount->a_file;
    int target = root_make(root, mount->destination, file, 0755, err);
    step_recordf(setup->steps, start, target < 0 ? target : 0, file ? "create" : "mkdir", mount->destination,
                 file ? "install -D /dev/null %s" : "mkdir -p %s", mount->destination);
    return target;
}

/* `made`, unless NULL: it was missing. */
static int open_target(struct setup *setup, int root, const struct setup_mount *mount, bool *made, struct error *err)
{
    int found = find_target(root, mount);
    if (found == -ELOOP && shown_of(mount->type))
        return error_set(err, ELOOP, "filesystem \"%s\" must be mounted on ordinary directory", mount->type);
    int target cleanup_close = found == -ENOENT ? make_target(setup, root, mount, err) : found;
    if (made)
        *made = found == -ENOENT;
    if (target < 0)
        return found == -ENOENT ? target : error_errno(err, -target, "open %s in the root filesystem", mount->destination);
    int rc = refuse_inside_proc(root, target, mount, err);
    return rc < 0 ? rc : move_fd(target);
}

/* A mount over the root is the root from now on. */
static int attach(struct setup *setup, int *root, int64_t start, const struct setup_mount *mount, int tree, int target,
                  const char *command, struct error *err)
{
    bool whole = is_root(*root, target);
    int rc = mount_attach(setup->steps, start, tree, target, mount->destination, command, err);
    if (!rc && whole) {
        fd_close(*root);
        *root = fcntl(tree, F_DUPFD_CLOEXEC, 3);
    }
    if (!rc)
        rootfs_hold(setup, mount->destination, tree);
    return rc;
}

/* A directory whose owners are mapped into the user namespace belongs to its root, and "read-only" is but a flag of a mount that
 * this root may change. So it is never mounted as itself: an overlay without an upper layer is read-only as a whole, whatever
 * mount(8) says to it. The kernel wants two layers then; the other is empty. */
static int lend(struct setup *setup, int target, const struct setup_mount *mount, struct error *err)
{
    const char *stage = rootfs_stage(setup);
    char *place cleanup_free = str_format("%s/lent-%zu", stage, (size_t)(mount - setup->mounts));
    char *empty cleanup_free = str_format("%s/empty", stage), *fd cleanup_free = str_format("/proc/self/fd/%d", target);
    char *layer cleanup_free = str_format("/proc/self/fd/%d", mount->tree);
    char *command cleanup_free = str_format("mount --bind %s %s", mount->source, place);
    char *lower[] = {layer, empty, NULL};
    const struct overlay overlay = {.lower = lower, .user_xattr = true};
    mkdir(place, 0755);
    mkdir(empty, 0755);
    int rc = rootfs_attach_path(setup, mount->tree, place, command, err);
    return rc ? rc : mount_overlay(setup->steps, &overlay, fd, err);
}

static int bind_one(struct setup *setup, int *root, struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    struct stat status;
    /* The disk is part of this mount namespace now; before, nobody could have taken a piece of it. */
    if (mount->on_disk && setup->root.disk)
        mount->tree = mount_copy(setup->root.upper_tree, mount->source, &mount->options, mount->destination, err);
    if (mount->tree < 0)
        return mount->tree;
    int target cleanup_close = open_target(setup, *root, mount, NULL, err);
    if (target < 0)
        return target;
    if (fstat(target, &status) == 0 && mount->a_file == S_ISDIR(status.st_mode))
        return error_set(err, ENOTDIR, "mount a %s onto a %s: not a directory", mount->a_file ? "file" : "directory",
                         mount->a_file ? "directory" : "file");
    if (mount->lent)
        return lend(setup, target, mount, err);
    const char *given = mount->options.as_given;
    char *command cleanup_free = str_format("mount --%sbind%s%s %s %s", mount->options.recursive_bind ? "r" : "",
                                            *given ? " -o " : "", given, mount->source, mount->destination);
    return attach(setup, root, start, mount, mount->tree, target, command, err);
}

/* A source that is a link, made anew. */
static int copy_link(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    const char *slash = strrchr(mount->destination, '/'), *name = slash ? slash + 1 : mount->destination;
    char *directory cleanup_free = xstrndup(mount->destination, (size_t)(name - mount->destination)), there[PATH_MAX];
    int parent cleanup_close = root_make(root, *directory ? directory : "/", false, 0755, err), rc = 0;
    if (parent < 0)
        return parent;
    if (symlinkat(mount->link, parent, name) < 0) {
        int code = errno;
        ssize_t len = code == EEXIST ? readlinkat(parent, name, there, sizeof there - 1) : -1;
        there[len < 0 ? 0 : len] = 0;
        if (strcmp(there, mount->link) != 0)
            rc = error_errno(err, code, "make the link %s to %s", mount->destination, mount->link);
    }
    step_recordf(setup->steps, start, rc, "symlink", mount->destination, "ln -s %s %s", mount->link, mount->destination);
    return rc;
}

static int remount_one(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int target cleanup_close = root_open(root, mount->destination, O_PATH | O_CLOEXEC);
    if (target < 0)
        return error_errno(err, -target, "open %s in the root filesystem", mount->destination);
    return mount_again(setup->steps, target, &mount->options, mount->destination, err);
}

static bool has_key(char *const *data, const char *key)
{
    for (size_t i = 0; data && data[i]; i++)
        if (str_starts(data[i], key))
            return true;
    return false;
}

static char **without_key(char *const *data, const char *key)
{
    char **rest = NULL;
    for (size_t i = 0; data && data[i]; i++)
        if (!str_starts(data[i], key))
            strv_add(&rest, data[i]);
    return rest;
}

/* The host's own, in place of one that the kernel does not give; what is asked of it goes for all that lies below. */
static int host_copy(const struct setup_mount *mount, const char *place, struct error *err)
{
    struct mount_options options = mount->options;
    options.recursive_bind = true;
    options.recursive_set |= options.set;
    options.set = options.clear = 0;
    return mount_copy(AT_FDCWD, place, &options, mount->destination, err);
}

/* With what this user namespace cannot have left out: the host's namespaces, and the group that terminals have. */
static int new_tree(const struct setup *setup, const struct setup_mount *mount, const struct mount_options *options, char **command,
                    struct error *err)
{
    const struct shown *kind = shown_of(mount->type);
    bool confined = setup->user_namespace || namespace_confined();
    struct error first = ERROR_INIT;
    int tree = mount_new(mount->type, mount->source, options, mount->destination, &first);
    *command = str_format("mount -t %s%s%s %s %s", mount->type, *options->as_given ? " -o " : "", options->as_given,
                          str_or(mount->source, mount->type), mount->destination);
    if (tree == -EPERM && confined && kind) {
        free(*command);
        *command = str_format("mount --rbind %s %s", kind->place, mount->destination);
        tree = host_copy(mount, kind->place, &first);
    } else if (tree == -EINVAL && confined && !strcmp(mount->type, "devpts") && has_key(options->data, "gid=")) {
        struct mount_options rest = *options;
        char **data cleanup_strv = without_key(options->data, "gid=");
        rest.data = data;
        tree = mount_new(mount->type, mount->source, &rest, mount->destination, &first);
    }
    if (tree < 0 && err)
        *err = first;
    return tree;
}

static int copy_up(struct setup *setup, int target, int tree, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    int from cleanup_close = openat(target, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int to cleanup_close = openat(tree, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = from < 0 || to < 0 ? error_errno(err, errno, "copy up %s", mount->destination) : copy_tree(from, to, err);
    step_recordf(setup->steps, start, rc, "copy", mount->destination, "cp -a %s/. TMPFS", mount->destination);
    return rc;
}

/* A tmpfs looks like the directory that it hides; and it is writable until everything is mounted in it. */
static void fit_tmpfs(struct setup_mount *mount, struct mount_options *options, int target, bool made)
{
    struct stat status;
    if (strcmp(mount->type, "tmpfs"))
        return;
    if (!made && !has_key(options->data, "mode=") && fstat(target, &status) == 0)
        strv_take(&options->data, str_format("mode=%03o", (unsigned)status.st_mode & 07777));
    mount->read_only_later = options->set & MOUNT_ATTR_RDONLY;
    options->set &= ~(uint64_t)MOUNT_ATTR_RDONLY;
}

static int new_one(struct setup *setup, int *root, struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    bool made;
    char *command cleanup_free = NULL;
    int target cleanup_close = open_target(setup, *root, mount, &made, err);
    if (target < 0)
        return target;
    if (mount->copy_up && is_root(*root, target))
        return error_set(err, EINVAL, "\"tmpcopyup\" is not possible for the root");
    fit_tmpfs(mount, &mount->options, target, made);
    int tree cleanup_close = new_tree(setup, mount, &mount->options, &command, err);
    if (tree < 0)
        return tree;
    int rc = mount->copy_up ? copy_up(setup, target, tree, mount, err) : 0;
    if (!rc)
        rc = attach(setup, root, start, mount, tree, target, command, err);
    if (!rc && mount->read_only_later)
        mount->tree = move_fd(tree);
    return rc;
}

static int mount_one(struct setup *setup, int *root, struct setup_mount *mount, struct error *err)
{
    if (mount->remount)
        return remount_one(setup, *root, mount, err);
    if (mount->link)
        return copy_link(setup, *root, mount, err);
    if (mount->options.bind)
        return bind_one(setup, root, mount, err);
    return str_starts(mount->type, "cgroup") ? rootfs_cgroup(setup, *root, mount, err) : new_one(setup, root, mount, err);
}

int rootfs_mounts(struct setup *setup, int *root, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < setup->mount_count && !rc; i++) {
        struct setup_mount *mount = &setup->mounts[i];
        rc = mount_one(setup, root, mount, err);
        if (rc < 0)
            error_prefix(err, "error mounting \"%s\" to rootfs at \"%s\"", str_or(mount->source, mount->type), mount->destination);
    }
    return rc;
}
