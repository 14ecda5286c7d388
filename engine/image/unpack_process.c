/* The process in which a tar is unpacked: this very program, started again (posix_spawn, the daemon is never forked) under the name
 * in HIDDEN_NAME. A constructor takes over before main, shuts the process into its directory, drops what it does not need, unpacks,
 * and writes one struct unpack_report to the pipe on its standard output. */
#include "image/unpack.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "image/confine.h"
#include "image/helper.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define HIDDEN_NAME "slipway-unpack"

enum { SPLIT_FD = 3, STOP_FD, ARGUMENTS = 7 };

static const struct unpack_limits generous = {.bytes = 64LL << 30, .entries = 4 << 20, .whiteouts = true};

static const cap_value_t kept_capabilities[] = {CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_FSETID, CAP_MKNOD, CAP_SETFCAP};

/* What the work needs; a decompressor with a large dictionary takes the most. Sanitizers map terabytes, so they are let be. */
static const struct {
    int resource;
    rlim_t most;
} limits_of_process[] = {
    {RLIMIT_CORE, 0},
    {RLIMIT_NOFILE, 64},
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    {RLIMIT_AS, 3UL << 30},
#endif
};

/* Only what we have can be kept: an engine inside a container may lack some of these, and then such entries fail by name. */
static int drop_capabilities(void)
{
    cap_t have = cap_get_proc(), keep = cap_init();
    for (size_t i = 0; have && i < ARRAY_LEN(kept_capabilities); i++) {
        cap_flag_value_t permitted = CAP_CLEAR;
        cap_get_flag(have, kept_capabilities[i], CAP_PERMITTED, &permitted);
        cap_set_flag(keep, CAP_PERMITTED, 1, &kept_capabilities[i], permitted);
        cap_set_flag(keep, CAP_EFFECTIVE, 1, &kept_capabilities[i], permitted);
    }
    int r = cap_set_proc(keep);
    cap_free(have);
    cap_free(keep);
    return r;
}

/* Its directory as a mount of its own, on which a device that it makes is no way to the machine's, and no file is a program. */
static bool enter(const char *directory)
{
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC};
    cleanup_close int tree = (int)syscall(SYS_open_tree, AT_FDCWD, directory, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
    return tree >= 0 && syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attr, sizeof attr) == 0 && fchdir(tree) == 0 &&
           chroot(".") == 0;
}

static const char *confine(const char *directory)
{
    umask(0);
    (void)namespace_confined();     /* asked now: there will be no /proc */
    setlocale(LC_CTYPE, "C.UTF-8"); /* names in pax headers are UTF-8 and shall stay what they are */
    if (!enter(directory))
        return "enter its directory";
    for (size_t i = 0; i < ARRAY_LEN(limits_of_process); i++)
        setrlimit(limits_of_process[i].resource, &(struct rlimit){limits_of_process[i].most, limits_of_process[i].most});
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return "no_new_privs";
    if (drop_capabilities() < 0)
        return "drop capabilities";
    return confine_system_calls(true) < 0 ? "seccomp" : NULL;
}

__attribute__((constructor)) static void unpack_process(int argc, char **argv)
{
    if (argc != ARGUMENTS || !str_equal(argv[0], HIDDEN_NAME))
        return;
    struct unpack_report report = {0};
    struct buf opaque = BUF_INIT;
    struct unpack_limits limits = {.bytes = atoll(argv[2]),
                                   .entries = atoll(argv[3]),
                                   .whiteouts = *argv[4] == 'w',
                                   .unpadded = strchr(argv[4], 'p'),
                                   .measure = strchr(argv[4], 'm')};
    const struct unpack_input input = {.fd = STDIN_FILENO,
                                       .part = strchr(argv[4], 'f'),
                                       .undigested = strchr(argv[4], 'n'),
                                       .from = atoll(argv[5]),
                                       .length = atoll(argv[6]),
                                       .stop = strchr(argv[4], 'g') ? STOP_FD : -EBADF};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, argv[0]); /* the kernel has called it by the number of a descriptor */
    const char *failed = confine(argv[1]);
    if (failed) {
        report.code = errno;
        snprintf(report.message, sizeof report.message, "confine the unpacking process: %s: %s", failed, strerror(errno));
    } else {
        unpack_here(&input, &limits, argv[4][1] == 's' ? SPLIT_FD : -EBADF, &report, &opaque);
    }
    report.opaque_bytes = report.code ? 0 : opaque.len;
    if (write_full(STDOUT_FILENO, &report, sizeof report) < 0 ||
        write_full(STDOUT_FILENO, str_or(opaque.data, ""), report.opaque_bytes) < 0)
        _exit(1);
    _exit(0);
}

static int spawn(const struct unpack_input *input, int result, int split, const char *directory, const struct unpack_limits *limits,
                 pid_t *pid)
{
    cleanup_free char *from = str_format("%lld", (long long)input->from);
    cleanup_free char *length = str_format("%lld", (long long)input->length);
    bool stops = input->part && input->stop >= 0;
    cleanup_free char *bytes = str_format("%lld", (long long)limits->bytes);
    cleanup_free char *entries = str_format("%lld", (long long)limits->entries);
    char flags[] = {
        limits->whiteouts ? 'w' : '-', split >= 0 ? 's' : '-', limits->unpadded ? 'p' : '-',  limits->measure ? 'm' : '-',
        input->part ? 'f' : '-',       stops ? 'g' : '-',      input->undigested ? 'n' : '-', 0};
    char *argv[] = {HIDDEN_NAME, (char *)directory, bytes, entries, flags, from, length, NULL};
    char *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input->fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, result, STDOUT_FILENO);
    if (split >= 0)
        posix_spawn_file_actions_adddup2(&actions, split, SPLIT_FD);
    if (stops)
        posix_spawn_file_actions_adddup2(&actions, input->stop, STOP_FD);
    posix_spawn_file_actions_addclosefrom_np(&actions, stops ? STOP_FD + 1 : split >= 0 ? SPLIT_FD + 1 : SPLIT_FD);
    return spawn_program(pid, helper_program(), &actions, POSIX_SPAWN_SETPGROUP, argv, environment);
}

/* The overlay's mark, set from outside: the process below has no right to. Its paths are only ever looked up below the layer. */
static int mark_opaque(const char *directory, int reading, size_t len, struct error *err)
{
    enum { PATHS_MOST = 16 << 20 };
    const struct open_how how = {.flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS};
    if (len > PATHS_MOST)
        return error_set(err, EFBIG, "the layer has too many opaque directories");
    cleanup_free char *paths = xmalloc(len + 1);
    if (read_full(reading, paths, len) != (ssize_t)len)
        return error_set(err, EIO, "the unpacking process ended without a report");
    paths[len] = 0;
    cleanup_close int root = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (const char *path = paths; path < paths + len; path += strlen(path) + 1) {
        cleanup_close int fd = (int)syscall(SYS_openat2, root, *path ? path : ".", &how, sizeof how);
        if (fd < 0 && errno == ENOENT)
            continue; /* replaced later in the same tar */
        if (fd < 0 || (fsetxattr(fd, "trusted.overlay.opaque", "y", 1, 0) < 0 &&
                       (errno != EPERM || fsetxattr(fd, "user.overlay.opaque", "y", 1, 0) < 0)))
            return error_errno(err, errno, "mark directory %s as opaque", path);
    }
    return 0;
}

int unpack_confined(const struct unpack_input *input, const char *directory, const struct unpack_limits *limits, int split,
                    struct unpack_report *report, struct error *err)
{
    int ends[2];
    *report = (struct unpack_report){0};
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    cleanup_close int reading = ends[0];
    pid_t pid;
    int r = spawn(input, ends[1], split, directory, limits ? limits : &generous, &pid);
    fd_close(ends[1]);
    if (r < 0)
        return error_errno(err, -r, "start the unpacking process");
    ssize_t got = read_full(reading, report, sizeof *report);
    if (got == (ssize_t)sizeof *report && report->opaque_bytes)
        r = mark_opaque(directory, reading, report->opaque_bytes, err);
    reading = fd_close(reading); /* still writing: it ends by SIGPIPE */
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (got != (ssize_t)sizeof *report) {
        *report = (struct unpack_report){0};
        return WIFSIGNALED(status) ? error_set(err, EINVAL, "corrupt tar: unpacking it ended by signal %d (%s)", WTERMSIG(status),
                                               strsignal(WTERMSIG(status)))
                                   : error_set(err, EIO, "the unpacking process ended without a report");
    }
    report->message[sizeof report->message - 1] = report->diff_id[DIGEST_TEXT - 1] = 0;
    return report->code ? error_set(err, report->code, "%s", report->message) : r;
}
