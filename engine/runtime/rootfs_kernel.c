/* What the kernel shows of itself, procfs and sysfs, is held by descriptor once it is mounted. What is masked at /proc and /sys
 * afterwards is masked in these very mounts, whoever exchanges directories of a shared root filesystem meanwhile (CVE-2019-19921,
 * CVE-2023-27561, CVE-2023-28642). */
#include "base/memory.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char *const places[SETUP_KERNEL_TREES] = {"/proc", "/sys"};

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
