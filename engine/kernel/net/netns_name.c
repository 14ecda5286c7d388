/* Bind mounts of namespaces below /run/netns, made as ip-netns(8) makes them. */
#include "kernel/net/netns_name.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

/* Shared, so that the names are seen in, and can be removed from, every mount namespace. */
static int prepare_directory(struct error *err)
{
    if (mkdir(NETNS_DIRECTORY, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make %s", NETNS_DIRECTORY);
    if (mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) == 0)
        return 0;
    if (errno != EINVAL || mount(NETNS_DIRECTORY, NETNS_DIRECTORY, "none", MS_BIND | MS_REC, NULL) < 0 ||
        mount("", NETNS_DIRECTORY, "none", MS_SHARED | MS_REC, NULL) < 0)
        return error_errno(err, errno, "make %s a shared mount", NETNS_DIRECTORY);
    return 0;
}

static bool is_the_same(const char *path, int netns)
{
    struct stat there, ours;
    return stat(path, &there) == 0 && fstat(netns, &ours) == 0 && there.st_ino == ours.st_ino && there.st_dev == ours.st_dev;
}

static int bind_name(int netns, const char *path, struct error *err)
{
    int r = prepare_directory(err);
    if (r < 0)
        return r;
    int fd = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    if (fd < 0)
        return errno == EEXIST && is_the_same(path, netns) ? 0 : error_errno(err, errno, "name a network namespace %s", path);
    close(fd);
    cleanup_free char *from = str_format("/proc/self/fd/%d", netns);
    if (mount(from, path, "none", MS_BIND, NULL) == 0)
        return 0;
    int code = errno;
    unlink(path);
    return error_errno(err, code, "bind the network namespace to %s", path);
}

int netns_bind(struct steps *steps, int netns, pid_t pid, const char *name, struct error *err)
{
    int64_t start = step_start();
    cleanup_free char *path = str_format(NETNS_DIRECTORY "/%s", name);
    int r = bind_name(netns, path, err);
    step_recordf(steps, start, r, "mount", path, "ip netns attach %s %d", name, (int)pid);
    return r;
}

int netns_unbind(struct steps *steps, const char *name, struct error *err)
{
    int64_t start = step_start();
    cleanup_free char *path = str_format(NETNS_DIRECTORY "/%s", name);
    (void)umount2(path, MNT_DETACH); /* EINVAL: only the file is left */
    int r = unlink(path) < 0 && errno != ENOENT ? error_errno(err, errno, "remove %s", path) : 0;
    step_recordf(steps, start, r, "umount", path, "ip netns delete %s", name);
    return r;
}
