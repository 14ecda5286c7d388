/* What the kernel shows of itself: procfs and sysfs. They are mounted only where the root filesystem has a directory of that name,
 * not a link, and are held by descriptor. What is masked at /proc and /sys afterwards is masked in these very mounts, whoever
 * exchanges directories of a shared root filesystem meanwhile (CVE-2019-19921, CVE-2023-27561, CVE-2023-28642). */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const places[SETUP_KERNEL_TREES] = {"/proc", "/sys"};

bool rootfs_is_kernel(const struct setup_mount *mount)
{
    return !mount->options.bind && (str_equal(mount->type, "proc") || str_equal(mount->type, "sysfs"));
}

int rootfs_kernel_mount(struct setup *setup, int root, const struct setup_mount *mount, struct error *err)
{
    int64_t start = step_start();
    int made cleanup_close = root_make(root, mount->destination, false, 0755, err);
    if (made < 0)
        return made;
    int target cleanup_close = root_open_plain(root, mount->destination, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (target < 0)
        return error_set(err, -target, "mount %s on %s: it must be a directory of the root filesystem%s", mount->type,
                         mount->destination, target == -ELOOP ? ", not a symbolic link" : "");
    int tree cleanup_close = mount_new(mount->type, mount->source, &mount->options, mount->destination, err);
    if (tree < 0)
        return tree;
    int rc = mount_onto(setup->steps, start, tree, target, mount->type, mount->source, mount->destination, &mount->options, err);
    if (!rc)
        rootfs_hold(setup, mount->destination, tree);
    return rc;
}

void rootfs_hold(struct setup *setup, const char *destination, int tree)
{
    size_t len = strlen(destination);
    while (len > 1 && destination[len - 1] == '/')
        len--;
    for (size_t i = 0; i < SETUP_KERNEL_TREES; i++)
        if (strlen(places[i]) == len && !strncmp(destination, places[i], len)) {
            fd_close(setup->kernel_trees[i]);
            setup->kernel_trees[i] = tree < 0 ? -EBADF : fcntl(tree, F_DUPFD_CLOEXEC, 3);
        }
}

int rootfs_base(const struct setup *setup, int root, const char **path)
{
    for (size_t i = 0; i < SETUP_KERNEL_TREES; i++) {
        size_t len = strlen(places[i]);
        if (setup->kernel_trees[i] < 0 || strncmp(*path, places[i], len) || (*path)[len] != '/')
            continue;
        *path += len;
        return setup->kernel_trees[i];
    }
    return root;
}
