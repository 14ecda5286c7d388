/* Detached copies of everything that a container takes from the host: its root, bind mounts, its view of its cgroups. They are
 * made before clone, with the host's rights and in the host's namespaces, and carry their options from the start. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* What stands at the source, not what a link there leads to. A link with "copy-symlink" is read, and nothing is bound. */
static int link_source(struct setup_mount *mount, struct error *err)
{
    char target[PATH_MAX];
    int found cleanup_close = open(mount->from, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (found < 0)
        return error_errno(err, errno, "open %s", mount->from);
    ssize_t len = readlinkat(found, "", target, sizeof target - 1);
    if (mount->copy_link && len > 0) {
        target[len] = 0;
        mount->link = xstrdup(target);
        return -EBADF;
    }
    return mount->source_nofollow ? mount_copy(found, "", &mount->options, mount->destination, err)
                                  : mount_copy(AT_FDCWD, mount->from, &mount->options, mount->destination, err);
}

static int source_tree(struct setup_mount *mount, struct error *err)
{
    pid_t owner;
    const char *inside = setup_foreign(mount->source, &owner);
    if (inside)
        return setup_foreign_copy(owner, inside, &mount->options, err);
    if (mount->subpath)
        return mount_copy_beneath(mount->from, mount->subpath, &mount->options, mount->destination, err);
    if (mount->copy_link || mount->source_nofollow)
        return link_source(mount, err);
    return mount_copy(AT_FDCWD, mount->from, &mount->options, mount->destination, err);
}

/* A user namespace of the mount's own maps, or that of the container that is joined. */
static int map_owners(struct setup *setup, struct setup_mount *mount, struct error *err)
{
    int userns cleanup_close = -EBADF;
    if (setup->unprivileged)
        return error_set(err, EPERM, "the owners of %s can be mapped with root's rights only", mount->from);
    for (size_t i = 0; i < setup->join_count && !mount->uids; i++)
        if (setup->joins[i].kind->flag == CLONE_NEWUSER)
            userns = fcntl(setup->joins[i].fd, F_DUPFD_CLOEXEC, 3);
    if (mount->uids)
        userns = namespace_of_maps(setup->steps, mount->uids, mount->gids, err);
    return userns < 0 ? userns : mount_map_tree(setup->steps, mount->tree, userns, mount->ridmap, mount->from, err);
}

static int bind_source(struct setup *setup, struct setup_mount *mount, struct error *err)
{
    struct stat status;
    mount->tree = source_tree(mount, err);
    if (mount->link)
        return 0;
    if (mount->tree < 0)
        return mount->tree;
    mount->a_file = fstat(mount->tree, &status) == 0 && !S_ISDIR(status.st_mode);
    return mount->idmap || mount->ridmap ? map_owners(setup, mount, err) : 0;
}

int setup_bind_sources(struct setup *setup, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < setup->mount_count && !rc; i++) {
        struct setup_mount *mount = &setup->mounts[i];
        if (!mount->options.bind || mount->remount || mount->on_disk)
            continue;
        rc = bind_source(setup, mount, err);
        if (rc < 0 && !mount->subpath)
            error_prefix(err, "error mounting \"%s\" to rootfs at \"%s\"", mount->source, mount->destination);
    }
    return rc;
}

/* With a user namespace the layers are reached by descriptors: its root may not search the directories that lead to them. */
static int layer_sources(struct setup *setup, struct error *err)
{
    struct setup_root *root = &setup->root;
    struct mount_options plain = {.as_given = (char *)""};
    root->lower_trees = xmalloc((strv_len(root->lower) + 1) * sizeof *root->lower_trees);
    for (size_t i = 0; root->lower[i]; i++)
        root->lower_trees[i] = -EBADF;
    for (size_t i = 0; root->lower[i] && !root->idmap; i++)
        if ((root->lower_trees[i] = mount_copy(AT_FDCWD, root->lower[i], &plain, "a layer", err)) < 0)
            return root->lower_trees[i];
    if (!root->upper)
        return 0;
    if (root->disk)
        return setup_disk(setup, err);
    char *parent cleanup_free = xstrndup(root->upper, (size_t)(strrchr(root->upper, '/') - root->upper));
    size_t len = strlen(parent);
    if (strncmp(root->work, parent, len) || root->work[len] != '/' || strchr(root->work + len + 1, '/'))
        return error_set(err, EINVAL, "overlay upper %s and work %s must lie in one directory", root->upper, root->work);
    root->upper_tree = mount_copy(AT_FDCWD, parent, &plain, "the upper layer", err);
    if (root->upper_tree < 0)
        return root->upper_tree;
    root->upper_fd = openat(root->upper_tree, root->upper + len + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
    root->work_fd = openat(root->upper_tree, root->work + len + 1, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (root->upper_fd < 0 || root->work_fd < 0)
        return error_errno(err, errno, "open the upper layer %s", root->upper);
    return 0;
}

static int root_source(struct setup *setup, struct error *err)
{
    struct setup_root *root = &setup->root;
    if (root->lower)
        return setup->user_namespace ? layer_sources(setup, err) : 0;
    struct mount_options plain = {.recursive_bind = true, .as_given = (char *)""};
    /* Even "shared" is not shared with the host: what is mounted in the container shall not show there. */
    if (rootfs_is_slave(setup)) {
        plain.propagation = MS_SLAVE;
        plain.propagation_recursive = true;
    }
    root->tree = mount_copy(AT_FDCWD, root->path, &plain, "/", err);
    struct stat status;
    if (root->tree >= 0 && fstat(root->tree, &status) == 0 && !S_ISDIR(status.st_mode))
        return error_set(err, ENOTDIR, "invalid rootfs: %s is not a directory", root->path);
    return root->tree < 0 ? error_prefix(err, "invalid rootfs") : 0;
}

int setup_sources(struct setup *setup, struct error *err)
{
    int rc = root_source(setup, err);
    return rc ? rc : setup_bind_sources(setup, err);
}

int setup_host_sources(struct setup *setup, struct error *err)
{
    int rc = setup_views(setup, err);
    return rc ? rc : setup_devices(setup, err);
}

int setup_idmapped(struct setup *setup, int userns, struct error *err)
{
    struct setup_root *root = &setup->root;
    for (size_t i = 0; root->lower && root->lower[i]; i++) {
        root->lower_trees[i] = mount_idmapped(setup->steps, root->lower[i], userns, err);
        if (root->lower_trees[i] < 0)
            return root->lower_trees[i];
    }
    int rc = root->disk ? mount_map_owners(setup->steps, root->upper_tree, userns, root->disk, err) : 0;
    for (size_t i = 0; i < setup->mount_count && !rc; i++)
        if (setup->mounts[i].lent)
            rc = mount_map_owners(setup->steps, setup->mounts[i].tree, userns, setup->mounts[i].source, err);
    return rc;
}
