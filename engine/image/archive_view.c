/* How the archive process comes to see what the container sees. A running container's mount namespace is joined: volumes, bind
 * mounts and tmpfs are where the container has them. The layers of a stopped one are mounted in a namespace of our own; when they
 * are only read, over a scratch upper layer, so that the container may be started meanwhile. */
#include "image/archive_job.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PRIVATE_EVERYWHERE = 1 << 18 | 0x4000 /* MS_PRIVATE | MS_REC */ };

static int join(bool with_user, struct error *err)
{
    cleanup_close int user = with_user ? USER_NAMESPACE_FD : -EBADF, mounts = MOUNT_NAMESPACE_FD;
    if (with_user) {
        int r = namespace_join(NULL, user, namespace_kind("user"), "of the container", err);
        if (r < 0)
            return r;
        if (setresgid(0, 0, 0) < 0 || setresuid(0, 0, 0) < 0)
            return error_errno(err, errno, "become root of the container");
    }
    return namespace_join(NULL, mounts, namespace_kind("mount"), "of the container", err);
}

static int mount_layers(const json_t *job, char **where, struct error *err)
{
    const char *target = json_str(job, "target", "");
    cleanup_strv char **lower = json_to_strv(json_at(job, "lower"));
    struct overlay overlay = {.lower = lower, .upper = json_str(job, "upper", NULL), .work = json_str(job, "work", NULL)};
    cleanup_free char *upper = NULL, *work = NULL;
    int r = namespace_unshare(NULL, CLONE_NEWNS, err);
    if (r == 0)
        r = mount_propagation(NULL, "/", PRIVATE_EVERYWHERE, err);
    if (r < 0)
        return r;
    if (!json_flag(job, "scratch", false)) {
        *where = xstrdup(target);
        return mount_overlay(NULL, &overlay, target, err);
    }
    struct mount_options options = {.as_given = (char *)""};
    cleanup_close int tree = mount_new("tmpfs", "tmpfs", &options, target, err);
    cleanup_close int place = tree < 0 ? -EBADF : open(target, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (tree < 0 || place < 0)
        return tree < 0 ? tree : error_errno(err, errno, "open %s", target);
    r = mount_attach(NULL, 0, tree, place, target, "", err);
    overlay.upper = upper = str_format("%s/upper", target);
    overlay.work = work = str_format("%s/work", target);
    *where = str_format("%s/root", target);
    if (r == 0 && (mkdir(upper, 0755) < 0 || mkdir(work, 0755) < 0 || mkdir(*where, 0755) < 0))
        r = error_errno(err, errno, "make directories below %s", target);
    return r < 0 ? r : mount_overlay(NULL, &overlay, *where, err);
}

static int bind(int root, const json_t *entry, struct error *err)
{
    const char *source = json_str(entry, "source", ""), *destination = json_str(entry, "destination", ""),
               *subpath = json_str(entry, "subpath", "");
    cleanup_json json_t *words = json_pack("[s,s]", "rbind", json_flag(entry, "read_only", false) ? "ro" : "rw");
    struct mount_options options;
    struct stat st;
    if (stat(source, &st) < 0)
        return 0; /* a source that is gone hides nothing */
    mount_options_parse(words, &options);
    cleanup_close int tree = *subpath ? mount_copy_beneath(source, subpath, &options, destination, err)
                                      : mount_copy(AT_FDCWD, source, &options, destination, err);
    mount_options_free(&options);
    if (tree == -ENOENT && *subpath)
        return 0;
    if (tree < 0 || fstat(tree, &st) < 0)
        return tree < 0 ? tree : error_errno(err, errno, "look at %s", source);
    cleanup_close int target = root_make(root, destination, !S_ISDIR(st.st_mode), 0755, err);
    return target < 0 ? target : mount_attach(NULL, 0, tree, target, destination, "", err);
}

static int open_stopped(const json_t *job, bool bare, struct error *err)
{
    cleanup_free char *where = NULL;
    int r = mount_layers(job, &where, err);
    cleanup_close int root = r < 0 ? -EBADF : open(where, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (r < 0 || root < 0)
        return r < 0 ? r : error_errno(err, errno, "open %s", where);
    size_t i;
    json_t *entry;
    json_array_foreach(json_at(job, "mounts"), i, entry)
    {
        if (!bare && (r = bind(root, entry, err)) < 0)
            return r;
    }
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    if (json_flag(job, "read_only", false) && syscall(SYS_mount_setattr, root, "", AT_EMPTY_PATH, &attr, sizeof attr) < 0)
        return error_errno(err, errno, "make the root filesystem read-only");
    return move_fd(root);
}

int view_enter(const json_t *job, bool bare, struct error *err)
{
    bool running = json_flag(job, "running", false);
    int r = running ? join(json_flag(job, "user", false), err) : 0;
    if (r < 0)
        return r;
    int how = O_PATH | O_DIRECTORY | O_CLOEXEC;
    cleanup_close int root = !running ? open_stopped(job, bare, err)
                             : bare   ? (int)syscall(SYS_open_tree, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC)
                                      : open("/", how);
    if (root < 0)
        return running ? error_errno(err, errno, "open the root of the container") : root;
    if (fchdir(root) < 0 || chroot(".") < 0)
        return error_errno(err, errno, "enter the root of the container");
    return move_fd(root);
}
