/* A mount of another container (--ipc container: shares its /dev/shm), fetched by a child that enters its mount namespace. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

const char *setup_foreign(const char *source, pid_t *owner)
{
    static const char front[] = "/proc/", middle[] = "/root/";
    char *end;
    if (!str_starts(source, front))
        return NULL;
    long pid = strtol(source + strlen(front), &end, 10);
    if (pid <= 0 || !str_starts(end, middle))
        return NULL;
    *owner = (pid_t)pid;
    return end + strlen(middle) - 1;
}

/* In the child, which holds nothing of the host's but these descriptors. */
static int fetch(int namespace, const char *inside, const struct mount_options *options, struct error *err)
{
    struct open_how how = {.flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    struct statfs system;
    if (setns(namespace, CLONE_NEWNS) < 0)
        return error_errno(err, errno, "enter the other container's mount namespace");
    int place = (int)syscall(SYS_openat2, AT_FDCWD, inside, &how, sizeof how);
    if (place < 0)
        return error_errno(err, errno, "open %s of the other container", inside);
    if (fstatfs(place, &system) < 0 || system.f_type != TMPFS_MAGIC)
        return error_set(err, EINVAL, "%s of the other container is not the tmpfs that was mounted there", inside);
    return mount_copy(place, "", options, inside, err);
}

_Noreturn static void fetch_main(int channel, int namespace, const char *inside, const struct mount_options *options)
{
    struct error err = ERROR_INIT;
    int tree = fetch(namespace, inside, options, &err);
    channel_send(channel, tree < 0 ? 'E' : 'R', tree < 0 ? &err : NULL, &tree, tree < 0 ? 0 : 1);
    _exit(0);
}

int setup_foreign_copy(pid_t owner, const char *inside, const struct mount_options *options, struct error *err)
{
    char *path cleanup_free = str_format("/proc/%d/ns/mnt", (int)owner);
    int namespace cleanup_close = open(path, O_RDONLY | O_CLOEXEC), channels[2], tree = -EBADF;
    size_t count = 1;
    if (namespace < 0)
        return error_errno(err, errno, "open %s", path);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
        return error_errno(err, errno, "make a socket pair");
    pid_t child = fork();
    if (child == 0)
        fetch_main(channels[1], namespace, inside, options);
    int failed = child < 0 ? errno : 0;
    fd_close(channels[1]);
    int kind = failed ? 0 : channel_receive(channels[0], err, &tree, &count);
    fd_close(channels[0]);
    if (child > 0)
        waitpid(child, NULL, 0);
    if (failed)
        return error_errno(err, failed, "fork");
    if (kind == 'R' && count == 1)
        return tree;
    return kind == 'E' ? -err->code : error_set(err, EIO, "fetch %s of the other container", inside);
}
