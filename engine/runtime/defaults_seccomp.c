/* Docker's default seccomp profile, as conditions on system calls, and its resolution for one set of capabilities. What no row
 * allows is refused with EPERM; what is newer than every system call named here answers ENOSYS (kernel/seccomp.h). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"

#include <errno.h>
#include <string.h>

/* Harmless for every container: files, memory, processes, time, sockets, signals. */
/* clang-format off */
static const char *const always[] = {
    "accept", "accept4", "access", "adjtimex", "alarm", "bind", "brk", "capget", "capset", "chdir", "chmod", "chown", "chown32",
    "clock_adjtime", "clock_adjtime64", "clock_getres", "clock_getres_time64", "clock_gettime", "clock_gettime64",
    "clock_nanosleep", "clock_nanosleep_time64", "close", "close_range", "connect", "copy_file_range", "creat", "dup", "dup2",
    "dup3", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_ctl_old", "epoll_pwait", "epoll_pwait2", "epoll_wait",
    "epoll_wait_old", "eventfd", "eventfd2", "execve", "execveat", "exit", "exit_group", "faccessat", "faccessat2", "fadvise64",
    "fadvise64_64", "fallocate", "fanotify_mark", "fchdir", "fchmod", "fchmodat", "fchown", "fchown32", "fchownat", "fcntl",
    "fcntl64", "fdatasync", "fgetxattr", "flistxattr", "flock", "fork", "fremovexattr", "fsetxattr", "fstat", "fstat64",
    "fstatat64", "fstatfs", "fstatfs64", "fsync", "ftruncate", "ftruncate64", "futex", "futex_time64", "futex_waitv",
    "futimesat", "getcpu", "getcwd", "getdents", "getdents64", "getegid", "getegid32", "geteuid", "geteuid32", "getgid",
    "getgid32", "getgroups", "getgroups32", "getitimer", "getpeername", "getpgid", "getpgrp", "getpid", "getppid",
    "getpriority", "getrandom", "getresgid", "getresgid32", "getresuid", "getresuid32", "getrlimit", "get_robust_list",
    "getrusage", "getsid", "getsockname", "getsockopt", "get_thread_area", "gettid", "gettimeofday", "getuid", "getuid32",
    "getxattr", "inotify_add_watch", "inotify_init", "inotify_init1", "inotify_rm_watch", "io_cancel", "ioctl", "io_destroy",
    "io_getevents", "io_pgetevents", "io_pgetevents_time64", "ioprio_get", "ioprio_set", "io_setup", "io_submit",
    "io_uring_enter", "io_uring_register", "io_uring_setup", "ipc", "kill", "landlock_add_rule", "landlock_create_ruleset",
    "landlock_restrict_self", "lchown", "lchown32", "lgetxattr", "link", "linkat", "listen", "listxattr", "llistxattr",
    "_llseek", "lremovexattr", "lseek", "lsetxattr", "lstat", "lstat64", "madvise", "membarrier", "memfd_create",
    "memfd_secret", "mincore", "mkdir", "mkdirat", "mknod", "mknodat", "mlock", "mlock2", "mlockall", "mmap", "mmap2",
    "mprotect", "mq_getsetattr", "mq_notify", "mq_open", "mq_timedreceive", "mq_timedreceive_time64", "mq_timedsend",
    "mq_timedsend_time64", "mq_unlink", "mremap", "msgctl", "msgget", "msgrcv", "msgsnd", "msync", "munlock", "munlockall",
    "munmap", "nanosleep", "newfstatat", "_newselect", "open", "openat", "openat2", "pause", "pidfd_open", "pidfd_send_signal",
    "pipe", "pipe2", "poll", "ppoll", "ppoll_time64", "prctl", "pread64", "preadv", "preadv2", "prlimit64", "process_mrelease",
    "pselect6", "pselect6_time64", "pwrite64", "pwritev", "pwritev2", "read", "readahead", "readlink", "readlinkat", "readv",
    "recv", "recvfrom", "recvmmsg", "recvmmsg_time64", "recvmsg", "remap_file_pages", "removexattr", "rename", "renameat",
    "renameat2", "restart_syscall", "rmdir", "rseq", "rt_sigaction", "rt_sigpending", "rt_sigprocmask", "rt_sigqueueinfo",
    "rt_sigreturn", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64", "rt_tgsigqueueinfo", "sched_getaffinity",
    "sched_getattr", "sched_getparam", "sched_get_priority_max", "sched_get_priority_min", "sched_getscheduler",
    "sched_rr_get_interval", "sched_rr_get_interval_time64", "sched_setaffinity", "sched_setattr", "sched_setparam",
    "sched_setscheduler", "sched_yield", "seccomp", "select", "semctl", "semget", "semop", "semtimedop", "semtimedop_time64",
    "send", "sendfile", "sendfile64", "sendmmsg", "sendmsg", "sendto", "setfsgid", "setfsgid32", "setfsuid", "setfsuid32",
    "setgid", "setgid32", "setgroups", "setgroups32", "setitimer", "setpgid", "setpriority", "setregid", "setregid32",
    "setresgid", "setresgid32", "setresuid", "setresuid32", "setreuid", "setreuid32", "setrlimit", "set_robust_list", "setsid",
    "setsockopt", "set_thread_area", "set_tid_address", "setuid", "setuid32", "setxattr", "shmat", "shmctl", "shmdt", "shmget",
    "shutdown", "sigaltstack", "signalfd", "signalfd4", "sigprocmask", "sigreturn", "socket", "socketcall", "socketpair",
    "splice", "stat", "stat64", "statfs", "statfs64", "statx", "symlink", "symlinkat", "sync", "sync_file_range", "syncfs",
    "sysinfo", "tee", "tgkill", "time", "timer_create", "timer_delete", "timer_getoverrun", "timer_gettime", "timer_gettime64",
    "timer_settime", "timer_settime64", "timerfd_create", "timerfd_gettime", "timerfd_gettime64", "timerfd_settime",
    "timerfd_settime64", "times", "tkill", "truncate", "truncate64", "ugetrlimit", "umask", "uname", "unlink", "unlinkat",
    "utime", "utimensat", "utimensat_time64", "utimes", "vfork", "vmsplice", "wait4", "waitid", "waitpid", "write", "writev"
};
/* clang-format on */

/* Only with the capability, without which most of them would be refused anyway. */
static const struct {
    const char *capability;
    const char *names[25];
} with_capability[] = {
    {"CAP_DAC_READ_SEARCH", {"open_by_handle_at"}},
    {"CAP_SYS_ADMIN",
     {"bpf",
      "clone",
      "clone3",
      "fanotify_init",
      "fsconfig",
      "fsmount",
      "fsopen",
      "fspick",
      "lookup_dcookie",
      "mount",
      "mount_setattr",
      "move_mount",
      "name_to_handle_at",
      "open_tree",
      "perf_event_open",
      "quotactl",
      "quotactl_fd",
      "setdomainname",
      "sethostname",
      "setns",
      "syslog",
      "umount",
      "umount2",
      "unshare"}},
    {"CAP_SYS_BOOT", {"reboot"}},
    {"CAP_SYS_CHROOT", {"chroot"}},
    {"CAP_SYS_MODULE", {"delete_module", "init_module", "finit_module"}},
    {"CAP_SYS_PACCT", {"acct"}},
    {"CAP_SYS_PTRACE", {"kcmp", "pidfd_getfd", "process_madvise", "process_vm_readv", "process_vm_writev", "ptrace"}},
    {"CAP_SYS_RAWIO", {"iopl", "ioperm"}},
    {"CAP_SYS_TIME", {"settimeofday", "stime", "clock_settime"}},
    {"CAP_SYS_TTY_CONFIG", {"vhangup"}},
    {"CAP_SYS_NICE", {"get_mempolicy", "mbind", "set_mempolicy"}},
    {"CAP_SYSLOG", {"syslog"}},
};

/* Only on some processors; names that another one lacks are skipped when the profile is compiled. */
#if defined(__x86_64__)
static const char *const here[] = {"arch_prctl", "modify_ldt", NULL};
static const char *const architectures[] = {"SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32", NULL};
#elif defined(__aarch64__)
static const char *const here[] = {
    "arm_fadvise64_64", "arm_sync_file_range", "sync_file_range2", "breakpoint", "cacheflush", "set_tls", NULL};
static const char *const architectures[] = {"SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", NULL};
#else
static const char *const here[] = {NULL};
static const char *const architectures[] = {NULL};
#endif

/* personality(2) may ask for Linux, 32-bit Linux, the two with randomization off (UNAME26), or for what it is. */
static const unsigned long long personalities[] = {0x0, 0x8, 0x20000, 0x20008, 0xffffffff};

/* The namespace flags of clone(2), NEWNS to NEWNET, without NEWTIME: all must be absent. */
enum { NAMESPACE_FLAGS = 0x7e020000 };

static json_t *rule(const char *action, json_t *names) { return json_pack("{so ss}", "names", names, "action", action); }

static void add_condition(json_t *syscalls, const char *name, unsigned long long value, unsigned long long second, const char *op)
{
    json_t *entry = rule("SCMP_ACT_ALLOW", json_pack("[s]", name));
    json_object_set_new(
        entry, "args",
        json_pack("[{si sI sI ss}]", "index", 0, "value", (json_int_t)value, "valueTwo", (json_int_t)second, "op", op));
    json_array_append_new(syscalls, entry);
}

static bool has(const json_t *list, const char *capability)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (str_equal(json_string_value(item), capability))
            return true;
    }

    return false;
}

static json_t *allowed_names(const json_t *capabilities)
{
    json_t *names = json_array();
    for (size_t i = 0; i < ARRAY_LEN(always); i++)
        json_array_append_new(names, json_string(always[i]));
    json_array_append_new(names, json_string("ptrace")); /* since Linux 4.8 it cannot get around the filter */
    for (size_t i = 0; here[i]; i++)
        json_array_append_new(names, json_string(here[i]));
    for (size_t i = 0; i < ARRAY_LEN(with_capability); i++)
        for (size_t k = 0; has(capabilities, with_capability[i].capability) && with_capability[i].names[k]; k++)
            json_array_append_new(names, json_string(with_capability[i].names[k]));
    return names;
}

static json_t *profile(const char *default_action, json_t *syscalls)
{
    json_t *list = json_array();
    for (size_t i = 0; architectures[i]; i++)
        json_array_append_new(list, json_string(architectures[i]));
    json_t *document = json_pack("{ss so so}", "defaultAction", default_action, "architectures", list, "syscalls", syscalls);
    if (!strcmp(default_action, "SCMP_ACT_ERRNO"))
        json_object_set_new(document, "defaultErrnoRet", json_integer(EPERM));
    return document;
}

json_t *runtime_default_seccomp(json_t *capabilities)
{
    json_t *list cleanup_json = capabilities ? json_incref(capabilities) : runtime_default_capabilities();
    json_t *syscalls = json_array();
    json_array_append_new(syscalls, rule("SCMP_ACT_ALLOW", allowed_names(list)));
    for (size_t i = 0; i < ARRAY_LEN(personalities); i++)
        add_condition(syscalls, "personality", personalities[i], 0, "SCMP_CMP_EQ");
    if (!has(list, "CAP_SYS_ADMIN")) {
        add_condition(syscalls, "clone", NAMESPACE_FLAGS, 0, "SCMP_CMP_MASKED_EQ");
        /* clone3 hides its flags behind a pointer that no filter can follow; ENOSYS makes libc fall back to clone. */
        json_t *entry = rule("SCMP_ACT_ERRNO", json_pack("[s]", "clone3"));
        json_object_set_new(entry, "errnoRet", json_integer(ENOSYS));
        json_array_append_new(syscalls, entry);
    }
    return profile("SCMP_ACT_ERRNO", syscalls);
}

static const char *const dangerous[] = {"bpf",
                                        "io_uring_setup",
                                        "io_uring_enter",
                                        "io_uring_register",
                                        "userfaultfd",
                                        "kexec_load",
                                        "kexec_file_load",
                                        "init_module",
                                        "finit_module",
                                        "delete_module",
                                        "keyctl",
                                        "add_key",
                                        "request_key",
                                        "perf_event_open",
                                        "open_by_handle_at",
                                        "reboot",
                                        "swapon",
                                        "swapoff",
                                        "acct",
                                        "syslog",
                                        "quotactl",
                                        "quotactl_fd",
                                        "nfsservctl",
                                        "socketcall", /* of 32-bit programs: its families cannot be told apart */
                                        "lookup_dcookie",
                                        "settimeofday",
                                        "clock_settime",
                                        "iopl",
                                        "ioperm"};

/* Families of sockets that know no network namespace, or that nobody needs and many have broken out through. */
static const int families[] = {38 /* AF_ALG */, 40 /* AF_VSOCK: the way to the host of a virtual machine */};

static json_t *refusal(json_t *names)
{
    json_t *entry = rule("SCMP_ACT_ERRNO", names);
    json_object_set_new(entry, "errnoRet", json_integer(EPERM));
    return entry;
}

json_t *runtime_sandbox_seccomp(void)
{
    json_t *names = json_array(), *syscalls = json_array();
    for (size_t i = 0; i < ARRAY_LEN(dangerous); i++)
        json_array_append_new(names, json_string(dangerous[i]));
    json_array_append_new(syscalls, refusal(names));
    for (size_t i = 0; i < ARRAY_LEN(families); i++) {
        json_t *entry = refusal(json_pack("[s]", "socket"));
        json_object_set_new(entry, "args", json_pack("[{s:i, s:i, s:s}]", "index", 0, "value", families[i], "op", "SCMP_CMP_EQ"));
        json_array_append_new(syscalls, entry);
    }
    return profile("SCMP_ACT_ALLOW", syscalls);
}
