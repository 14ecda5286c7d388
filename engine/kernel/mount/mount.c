/* Mounts by descriptor; see mount.h. New file systems are in mount_context.c, the overlay and pivot_root in mount_root.c, paths
 * below a root in root_path.c. */
#include "kernel/mount/mount.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int mount(const char *source, const char *target, const char *type, unsigned long flags, const void *data);
enum { RECURSIVE = 0x4000 /* MS_REC */ };

int mount_set(int tree, uint64_t set, uint64_t clear, uint64_t propagation, bool recursive)
{
    struct mount_attr attr = {.attr_set = set, .attr_clr = clear, .propagation = propagation};
    if (!set && !clear && !propagation)
        return 0;
    return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0), &attr, sizeof attr);
}

/* A copy of a shared mount is its peer, so "shared" has nothing more to do than to keep it. With one word for a whole tree, the
 * mounts below hear of the host's and tell it nothing. */
static int set_propagation(int tree, const struct mount_options *options)
{
    uint64_t kind = options->propagation ? options->propagation : MS_PRIVATE;
    bool recursive = !options->propagation || options->propagation_recursive;
    if (!recursive && kind != MS_SHARED && options->recursive_bind && mount_set(tree, 0, 0, MS_SLAVE, true) < 0)
        return -1;
    return mount_set(tree, 0, 0, kind, recursive);
}

int mount_copy(int dirfd, const char *path, const struct mount_options *options, const char *shown, struct error *err)
{
    unsigned flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | (options->recursive_bind ? AT_RECURSIVE : 0);
    int tree cleanup_close = (int)syscall(SYS_open_tree, dirfd, path, flags);
    if (tree < 0)
        return error_errno(err, errno, "bind %s on %s", str_empty(path) ? "descriptor" : path, shown);
    if (set_propagation(tree, options) < 0 || mount_set(tree, options->recursive_set, options->recursive_clear, 0, true) < 0 ||
        mount_set(tree, options->set, options->clear, 0, false) < 0)
        return error_errno(err, errno, "set options \"%s\" of the mount on %s", options->as_given, shown);
    return move_fd(tree);
}

int mount_copy_beneath(const char *directory, const char *path, const struct mount_options *options, const char *shown,
                       struct error *err)
{
    int top cleanup_close = open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return error_errno(err, errno, "bind %s on %s", directory, shown);
    int found cleanup_close = beneath_open(top, path, O_PATH | O_CLOEXEC);
    if (found == -EXDEV)
        return error_set(err, EXDEV, "cannot access path %s/%s: it leads out of the volume", directory, path);
    if (found < 0)
        return error_errno(err, -found, "cannot access path %s/%s", directory, path);
    return mount_copy(found, "", options, shown, err);
}

int mount_attach(struct steps *steps, int64_t start_ns, int tree, int target, const char *object, const char *command,
                 struct error *err)
{
    int rc = 0;
    if (syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
        rc = error_errno(err, errno, "mount on %s", object);
    step_record(steps, start_ns, rc, "mount", object, command);
    return rc;
}

int mount_at(struct steps *steps, int root, const char *type, const char *source, const char *path,
             const struct mount_options *options, struct error *err)
{
    int64_t start = step_start();
    int target cleanup_close = root_make(root, path, false, 0755, err);
    if (target < 0)
        return target;
    int tree cleanup_close = mount_new(type, source, options, path, err);
    if (tree < 0)
        return tree;
    const char *given = options ? options->as_given : "";
    char *command cleanup_free = str_format("mount -t %s%s%s %s %s", type, *given ? " -o " : "", given, str_or(source, type), path);
    return mount_attach(steps, start, tree, target, path, command, err);
}

int mount_propagation(struct steps *steps, const char *path, unsigned long flags, struct error *err)
{
    static const struct {
        unsigned long flag;
        const char *name;
    } words[] = {{1 << 20, "shared"}, {1 << 19, "slave"}, {1 << 18, "private"}, {1 << 17, "unbindable"}};
    int64_t start = step_start();
    const char *word = "private";
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (flags & words[i].flag)
            word = words[i].name;
    int rc = mount(NULL, path, NULL, flags, NULL) < 0 ? error_errno(err, errno, "make %s %s", path, word) : 0;
    step_recordf(steps, start, rc, "mount", path, "mount --make-%s%s %s", flags & RECURSIVE ? "r" : "", word, path);
    return rc;
}

int mount_read_only(struct steps *steps, int root, const char *path, const char *shown, struct error *err)
{
    int64_t start = step_start();
    int target cleanup_close = root_open(root, path, O_PATH | O_CLOEXEC);
    if (target == -ENOENT || target == -ENOTDIR)
        return 0;
    if (target < 0)
        return error_errno(err, -target, "open %s to make it read-only", shown);
    int tree cleanup_close =
        (int)syscall(SYS_open_tree, target, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE);
    if (tree < 0 || mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, true) < 0)
        return error_errno(err, errno, "make %s read-only", shown);
    char *command cleanup_free = str_format("mount --rbind -o ro %s %s", shown, shown);
    return mount_attach(steps, start, tree, target, shown, command, err);
}
