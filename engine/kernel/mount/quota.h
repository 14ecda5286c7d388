/* Limits on what a directory may hold: project quota (man 2 quotactl_fd, ioctl_xfs_fssetxattr). The file system must have been
 * mounted for it (xfs with pquota, ext4 with prjquota). */
#ifndef SLIPWAY_KERNEL_MOUNT_QUOTA_H
#define SLIPWAY_KERNEL_MOUNT_QUOTA_H

#include "base/error.h"

#include <stdint.h>

/* Put `directory`, which should be empty, into a project of its own and limit it to `bytes`. ENOTSUP where the file system counts
 * no projects. The project's number is drawn from the directory's inode. */
int quota_limit(const char *const *directories, int64_t bytes, struct error *err);

/* The same for one directory and a size in words ("10m"). EINVAL with Docker's text where there is no quota. */
int quota_limit_text(const char *directory, const char *size, struct error *err);

#endif
