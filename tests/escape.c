/* What a curious learner tries with system calls, one attempt a run: `escape NAME [ARG]`. It says "reached" when the kernel let it
 * through, and otherwise why not. Where the arguments are junk on purpose, any answer but a refusal means that it got through. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static long try_bpf(const char *arg)
{
    (void)arg;
    union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof attr);
}

static long try_perf(const char *arg)
{
    (void)arg;
    struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attr, .config = PERF_COUNT_SW_CPU_CLOCK};
    return syscall(SYS_perf_event_open, &attr, -1, 0, -1, 0);
}

static long try_uring(const char *arg)
{
    (void)arg;
    char params[256] = {0};
    return syscall(SYS_io_uring_setup, 1, params);
}

static long try_userfaultfd(const char *arg) { return (void)arg, syscall(SYS_userfaultfd, 0); }
static long try_keyring(const char *arg) { return (void)arg, syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_USER_KEYRING, 1); }
static long try_key(const char *arg) { return (void)arg, syscall(SYS_add_key, "user", "slt", "x", 1, KEY_SPEC_PROCESS_KEYRING); }
static long try_module(const char *arg) { return (void)arg, syscall(SYS_init_module, "junk", 4, ""); }
static long try_kexec(const char *arg) { return (void)arg, syscall(SYS_kexec_load, 0, 0, NULL, 0); }
static long try_kernel_log(const char *arg)
{
    static char text[64];
    (void)arg;
    return syscall(SYS_syslog, 3, text, sizeof text);
}

static long try_clock(const char *arg)
{
    struct timex timex = {0};
    (void)arg;
    if (adjtimex(&timex) < 0)
        return -1;
    timex.modes = ADJ_MAXERROR;
    return adjtimex(&timex);
}

static long try_swap(const char *arg) { return (void)arg, syscall(SYS_swapon, "/nonexistent", 0); }
static long try_accounting(const char *arg) { return (void)arg, syscall(SYS_acct, "/nonexistent"); }
static long try_ctrl_alt_del(const char *arg) { return (void)arg, syscall(SYS_reboot, 0xfee1dead, 672274793, 0, NULL); }
static long try_quota(const char *arg) { return (void)arg, syscall(SYS_quotactl, 0x80000100, NULL, 0, NULL); } /* Q_SYNC */
static long try_vsock(const char *arg) { return (void)arg, socket(40, SOCK_STREAM, 0); }
static long try_alg(const char *arg) { return (void)arg, socket(38, SOCK_SEQPACKET, 0); }
#ifdef SYS_iopl
static long try_ports(const char *arg) { return (void)arg, syscall(SYS_iopl, 3); }
#endif

/* The file's handle says only which inode is meant, not below which root. */
static long try_handle(const char *arg)
{
    char bytes[sizeof(struct file_handle) + MAX_HANDLE_SZ];
    struct file_handle *handle = (struct file_handle *)bytes;
    int id, root = open("/", O_RDONLY | O_DIRECTORY);
    (void)arg;
    handle->handle_bytes = 8;
    handle->handle_type = 1;
    memcpy(handle->f_handle, "\2\0\0\0\0\0\0\0", 8); /* the root directory of an ext4 */
    char own[sizeof bytes];
    struct file_handle *mine = (struct file_handle *)own;
    mine->handle_bytes = MAX_HANDLE_SZ;
    if (name_to_handle_at(AT_FDCWD, "/", mine, &id, 0) == 0)
        handle = mine;
    return open_by_handle_at(root, handle, O_RDONLY);
}

/* Only a process that has the marker in its command line: a number alone means another process in another pid namespace. */
static int marked(const char *arg)
{
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%s/cmdline", arg);
    int fd = open(path, O_RDONLY);
    ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0 || !memmem(text, (size_t)n, "987654", 6)) {
        errno = ESRCH;
        return -1;
    }
    return atoi(arg);
}

static long try_trace(const char *arg)
{
    int pid = marked(arg);
    if (pid < 0 || ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
        return -1;
    ptrace(PTRACE_DETACH, pid, NULL, NULL);
    return 0;
}

static long try_memory(const char *arg)
{
    int pid = marked(arg);
    char path[64], byte;
    snprintf(path, sizeof path, "/proc/%d/mem", pid);
    int fd = pid < 0 ? -1 : open(path, O_RDWR);
    (void)byte;
    return fd;
}

/* chroot(2) does not move who has a directory open outside. */
static long try_chroot(const char *arg)
{
    char place[] = "/tmp/escape-XXXXXX";
    struct stat st;
    if (!mkdtemp(place))
        return -1;
    int outside = open("/", O_RDONLY | O_DIRECTORY);
    if (chroot(place) < 0 || fchdir(outside) < 0)
        return -1;
    for (int i = 0; i < 64; i++)
        if (chdir("..") < 0)
            return -1;
    if (chroot(".") < 0)
        return -1;
    rmdir(place);
    return stat(arg, &st);
}

/* A descriptor of a directory outside that somebody forgot to close, here or in any process that can be seen. */
static long try_descriptors(const char *arg)
{
    char path[512];
    struct stat st;
    for (int pid = 0; pid < 4096; pid++)
        for (int fd = 0; fd < 64; fd++) {
            if (pid)
                snprintf(path, sizeof path, "/proc/%d/fd/%d/../../../../../../../../../..%s", pid, fd, arg);
            else
                snprintf(path, sizeof path, "/proc/self/fd/%d/../../../../../../../../../..%s", fd, arg);
            if (stat(path, &st) == 0)
                return 0;
        }
    errno = ENOENT;
    return -1;
}

/* Abstract names know no directories, but network namespaces. */
static long try_abstract(const char *arg)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "%s", arg);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    return connect(fd, (struct sockaddr *)&address, (socklen_t)(sizeof(sa_family_t) + 1 + strlen(arg)));
}

static const struct attempt {
    const char *name;
    long (*act)(const char *arg);
    int strict; /* only success counts */
} attempts[] = {
    {"bpf", try_bpf, 1},
    {"perf", try_perf, 1},
    {"io_uring", try_uring, 0},
    {"userfaultfd", try_userfaultfd, 1},
    {"keyring", try_keyring, 1},
    {"key", try_key, 1},
    {"module", try_module, 0},
    {"kexec", try_kexec, 0},
    {"log", try_kernel_log, 1},
    {"clock", try_clock, 1},
    {"swap", try_swap, 0},
    {"accounting", try_accounting, 0},
    {"reboot", try_ctrl_alt_del, 1},
    {"quota", try_quota, 0},
    {"vsock", try_vsock, 1},
    {"alg", try_alg, 1},
    {"handle", try_handle, 1},
    {"trace", try_trace, 1},
    {"memory", try_memory, 1},
    {"chroot", try_chroot, 1},
    {"descriptors", try_descriptors, 1},
    {"abstract", try_abstract, 1},
#ifdef SYS_iopl
    {"ports", try_ports, 1},
#endif
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof attempts / sizeof *attempts; i++) {
        if (strcmp(attempts[i].name, argv[1]))
            continue;
        errno = 0;
        long rc = attempts[i].act(argc > 2 ? argv[2] : "");
        int why = errno, refused = why == EPERM || why == EACCES || why == ENOSYS;
        puts(rc >= 0 || (!attempts[i].strict && !refused) ? "REACHED" : strerror(why));
        return 0;
    }
    fprintf(stderr, "escape: there is no attempt %s\n", argc > 1 ? argv[1] : "without a name");
    return 2;
}
