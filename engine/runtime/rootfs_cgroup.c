/* /sys/fs/cgroup as a container sees it: its own groups, one directory a hierarchy, or the one tree of version 2. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int cgroup_view(struct setup *setup, int place, const struct setup_cgroup_view *view, const char *where, struct error *err)
{
    int64_t start = step_start();
    char *shown cleanup_free = str_format("%s/%s", where, view->name);
    char *command cleanup_free =
        str_format("mount -t cgroup -o %s cgroup %s", view->controllers ? view->controllers[0] : "", shown);
    if (mkdirat(place, view->name, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make %s", shown);
    int target cleanup_close = openat(place, view->name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (target < 0)
        return error_errno(err, errno, "open %s", shown);
    for (size_t i = 0; view->controllers && view->controllers[i]; i++)
        if (strcmp(view->controllers[i], view->name) && !strchr(view->controllers[i], '='))
            (void)symlinkat(view->name, place, view->controllers[i]);
    return mount_attach(setup->steps, start, view->tree, target, shown, command, err);
}

static int whole_view(struct setup *setup, int target, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    char *command cleanup_free = str_format("mount -t cgroup2 cgroup2 %s", mount->destination);
    if (setup->views[0].tree < 0)
        setup->views[0].tree = mount_new("cgroup2", "cgroup2", &mount->options, mount->destination, err);
    if (setup->views[0].tree < 0)
        return setup->views[0].tree;
    return mount_attach(setup->steps, start, setup->views[0].tree, target, mount->destination, command, err);
}

/* v1 and hybrid: a small tmpfs with one directory a hierarchy. v2 alone: the tree itself. */
int rootfs_cgroup(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    int target cleanup_close = root_make(root, mount->destination, false, 0755, err);
    if (target < 0)
        return target;
    if (setup->view_count == 1 && !*setup->views[0].name)
        return whole_view(setup, target, mount, err);
    char *data[] = {(char *)"mode=755", NULL};
    struct mount_options options = {
        .set = mount->options.set & ~(uint64_t)MOUNT_ATTR_RDONLY, .data = data, .as_given = (char *)"mode=755"};
    int tree cleanup_close = mount_new("tmpfs", "tmpfs", &options, mount->destination, err);
    if (tree < 0)
        return tree;
    int rc =
        mount_attach(setup->steps, start, tree, target, mount->destination, "mount -t tmpfs -o mode=755 tmpfs /sys/fs/cgroup", err);
    for (size_t i = 0; i < setup->view_count && !rc; i++)
        rc = cgroup_view(setup, tree, &setup->views[i], mount->destination, err);
    if (!rc && mount->options.set & MOUNT_ATTR_RDONLY && mount_set(tree, MOUNT_ATTR_RDONLY, 0, 0, false) < 0)
        rc = error_errno(err, errno, "make %s read-only", mount->destination);
    return rc;
}
