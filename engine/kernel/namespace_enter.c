/* Ways into namespaces: by a path that must be one, through a process that stays there, and what a new one needs first (its clocks'
 * offsets, its loopback). See namespaces.h. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int setns(int fd, int kind);

int namespace_open(const struct namespace_kind *kind, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open the %s namespace %s", kind->name, path);
    int type = ioctl(fd, NS_GET_NSTYPE);
    if (type == (int)kind->flag)
        return fd;
    fd_close(fd);
    return error_set(err, EINVAL, "%s is not a %s namespace", path, kind->name);
}

static bool is_of(const char *process, const struct namespace_kind *kind, int fd)
{
    struct stat own, other;
    char *path cleanup_free = str_format("/proc/%s/ns/%s", process, kind->file);
    return stat(path, &own) == 0 && fstat(fd, &other) == 0 && own.st_ino == other.st_ino && own.st_dev == other.st_dev;
}

bool namespace_is_own(const struct namespace_kind *kind, int fd) { return is_of("self", kind, fd); }
bool namespace_is_first(const struct namespace_kind *kind, int fd) { return is_of("1", kind, fd); }

static int open_kinds(pid_t pid)
{
    char path[64] = "/proc/self/ns";
    if (pid)
        snprintf(path, sizeof path, "/proc/%d/ns", (int)pid);
    return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* By what the links say ("net:[4026531840]"), which is had in half the time that the namespaces take to be looked at. What cannot
 * be read is not known to be the same; only a kind that this kernel lacks nobody is apart in. */
static bool is_apart(int own, int other, const char *file)
{
    char mine[64], theirs[64];
    ssize_t len = readlinkat(own, file, mine, sizeof mine);
    if (len < 0 && errno == ENOENT)
        return false;
    return len < 0 || readlinkat(other, file, theirs, sizeof theirs) != len || memcmp(mine, theirs, (size_t)len) != 0;
}

unsigned long namespaces_apart(pid_t pid)
{
    unsigned long flags = 0;
    int own cleanup_close = open_kinds(0), other cleanup_close = open_kinds(pid);
    for (size_t i = 0; i < NAMESPACE_KINDS; i++)
        if (is_apart(own, other, namespace_kinds[i].file))
            flags |= namespace_kinds[i].flag;
    return flags;
}

int namespaces_enter(struct steps *steps, int pidfd, pid_t pid, unsigned long flags, struct error *err)
{
    int64_t start = step_start();
    int rc = 0;
    if (flags && setns(pidfd, (int)flags) < 0)
        rc = error_errno(err, errno, "join the namespaces of process %d", (int)pid);
    step_recordf(steps, start, rc, "setns", "namespaces of init", "nsenter --target %d --all", (int)pid);
    return rc;
}

pid_t namespace_clone_in(struct steps *steps, int init_pidfd, pid_t init, int cgroup, int *pidfd, struct error *err)
{
    const struct namespace_kind *kind = namespace_kind("pid");
    if (!(namespaces_apart(init) & CLONE_NEWPID))
        return namespace_clone(steps, 0, cgroup, pidfd, err);
    int home cleanup_close = namespace_open(kind, "/proc/self/ns/pid", err);
    if (home < 0)
        return home;
    int rc = namespaces_enter(steps, init_pidfd, init, CLONE_NEWPID, err);
    if (rc < 0)
        return rc;
    pid_t pid = namespace_clone(steps, 0, cgroup, pidfd, err);
    if (pid != 0)
        (void)namespace_join(NULL, home, kind, "home", NULL);
    return pid;
}

bool namespace_privileged(void) { return capability_held(CAP_SYS_ADMIN); }

/* --- through another process --- */

struct passed {
    pid_t pid;
    struct error error;
};

/* The process in between; returns only in the child that it leaves. */
static pid_t pass(struct steps *steps, namespace_enter *enter, void *context, unsigned long flags, int sock)
{
    struct passed passed = {.error = ERROR_INIT};
    int fd = -EBADF;
    passed.pid = enter(context, sock, &passed.error);
    if (!passed.pid)
        passed.pid = namespace_clone(steps, flags | CLONE_PARENT, -1, &fd, &passed.error);
    if (passed.pid == 0) {
        fd_close(sock);
        return 0;
    }
    fds_send(sock, &passed, sizeof passed, &fd, passed.pid > 0);
    _exit(0);
}

static pid_t take(int sock, int *pidfd, struct error *err)
{
    struct passed passed;
    size_t count = 1;
    if (fds_receive(sock, &passed, sizeof passed, pidfd, &count) != sizeof passed)
        return error_set(err, ECHILD, "the process that goes ahead into the namespaces died");
    if (passed.pid < 0 && err)
        *err = passed.error;
    return passed.pid;
}

pid_t namespace_clone_through(struct steps *steps, namespace_enter *enter, void *context, unsigned long flags, int cgroup,
                              int *pidfd, struct error *err)
{
    int sockets[2], guide_fd cleanup_close = -EBADF;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets) < 0)
        return error_errno(err, errno, "make a socket pair");
    pid_t guide = namespace_clone(steps, 0, cgroup, &guide_fd, err), pid = guide;
    if (guide == 0) {
        fd_close(sockets[0]);
        return pass(steps, enter, context, flags, sockets[1]);
    }
    fd_close(sockets[1]);
    if (guide > 0) {
        pid = take(sockets[0], pidfd, err);
        waitpid(guide, NULL, 0);
    }
    fd_close(sockets[0]);
    return pid;
}

/* --- time --- */

static const char *const clocks[] = {"monotonic", "boottime"};

int namespace_time_check(const json_t *offsets, struct error *err)
{
    const char *name;
    json_t *offset;
    json_object_foreach((json_t *)offsets, name, offset)
    {
        long long nanoseconds = json_num(offset, "nanosecs", 0);
        if (strcmp(name, clocks[0]) != 0 && strcmp(name, clocks[1]) != 0)
            return error_set(err, EINVAL, "linux.timeOffsets: no clock \"%s\": monotonic and boottime are possible", name);
        if (nanoseconds < 0 || nanoseconds > 999999999)
            return error_set(err, EINVAL, "linux.timeOffsets.%s.nanosecs: %lld is not below a second", name, nanoseconds);
    }
    return 0;
}

int namespace_time_offsets(struct steps *steps, pid_t pid, const json_t *offsets, struct error *err)
{
    int64_t start = step_start();
    struct buf text cleanup_buf = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(clocks); i++) {
        const json_t *offset = json_object_get(offsets, clocks[i]);
        if (json_is_object(offset))
            buf_printf(&text, "%s %lld %lld\n", clocks[i], json_num(offset, "secs", 0), json_num(offset, "nanosecs", 0));
    }
    if (!text.len)
        return 0;
    char *path cleanup_free = str_format("/proc/%d/timens_offsets", (int)pid);
    int fd cleanup_close = open(path, O_WRONLY | O_CLOEXEC);
    int rc = 0;
    if (fd < 0 || write(fd, text.data, text.len) < 0)
        rc = error_errno(err, errno, "set the offsets of the time namespace");
    text.data[text.len - 1] = 0;
    step_recordf(steps, start, rc, "time offsets", path, "echo '%s' > %s", text.data, path);
    return rc;
}

int namespace_enter_time(struct steps *steps, struct error *err)
{
    static const char path[] = "/proc/self/ns/time_for_children";
    int fd cleanup_close = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    return namespace_join(steps, fd, namespace_kind("time"), path, err);
}

/* --- network --- */

int namespace_loopback_up(struct steps *steps, struct error *err)
{
    int64_t start = step_start();
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int fd cleanup_close = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    int rc = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0 ? error_errno(err, errno, "bring the loopback device up") : 0;
    step_record(steps, start, rc, "link up", "lo", "ip link set lo up");
    return rc;
}
