/* Project quota; see quota.h. */
#include "kernel/mount/quota.h"

#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/dqblk_xfs.h>
#include <linux/fs.h>
#include <linux/quota.h>
#include <stdbool.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { BASIC_BLOCK = 512 };

static int quota_call(int fd, unsigned command, uint32_t project, struct fs_disk_quota *quota)
{
    return syscall(SYS_quotactl_fd, fd, QCMD(command, PRJQUOTA), project, quota) < 0 ? -errno : 0;
}

/* Counting without a limit would be a promise that is not kept: both must be on. */
static bool enforced(int fd)
{
    struct fs_quota_statv state = {.qs_version = FS_QSTATV_VERSION1};
    if (syscall(SYS_quotactl_fd, fd, QCMD(Q_XGETQSTATV, PRJQUOTA), 0, &state) < 0)
        return false;
    unsigned wanted = FS_QUOTA_PDQ_ACCT | FS_QUOTA_PDQ_ENFD;
    return (state.qs_flags & wanted) == wanted;
}

static int join(const char *directory, uint32_t project, struct error *err)
{
    struct fsxattr attributes;
    int fd cleanup_close = open(directory, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || ioctl(fd, FS_IOC_FSGETXATTR, &attributes) < 0)
        return error_errno(err, errno, "look at the project of %s", directory);
    attributes.fsx_projid = project;
    attributes.fsx_xflags |= FS_XFLAG_PROJINHERIT;
    if (ioctl(fd, FS_IOC_FSSETXATTR, &attributes) < 0)
        return error_errno(err, errno, "set the project of %s", directory);
    return 0;
}

int quota_limit(const char *const *directories, int64_t bytes, struct error *err)
{
    struct stat st;
    int fd cleanup_close = open(directories[0], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", directories[0]);
    if (!enforced(fd))
        return error_set(err, ENOTSUP, "the file system of %s has no project quota", directories[0]);
    /* An inode's number is nobody else's while the directory lives; small numbers are left to people's own projects. */
    uint32_t project = (uint32_t)st.st_ino | 0x40000000;
    struct fs_disk_quota quota = {.d_version = FS_DQUOT_VERSION,
                                  .d_id = project,
                                  .d_flags = FS_PROJ_QUOTA,
                                  .d_fieldmask = FS_DQ_BHARD | FS_DQ_BSOFT,
                                  .d_blk_hardlimit = (uint64_t)bytes / BASIC_BLOCK,
                                  .d_blk_softlimit = (uint64_t)bytes / BASIC_BLOCK};
    int rc = quota_call(fd, Q_XSETQLIM, project, &quota);
    if (rc < 0)
        return error_errno(err, -rc, "limit %s to %lld bytes", directories[0], (long long)bytes);
    for (size_t i = 0; directories[i]; i++)
        if ((rc = join(directories[i], project, err)) < 0)
            return rc;
    return 0;
}

int quota_limit_text(const char *directory, const char *size, struct error *err)
{
    int64_t bytes;
    const char *const one[] = {directory, NULL};
    if (!units_parse_bytes(size, &bytes))
        return error_set(err, EINVAL, "invalid size: '%s'", size);
    if (bytes <= 0)
        return 0;
    int rc = quota_limit(one, bytes, err);
    return rc == -ENOTSUP ? error_set(err, EINVAL, "quota size requested but no quota support") : rc;
}
