/* A library that `make valgrind-test` loads before all others into what it watches. What the installed valgrind does not know (to
 * which it says ENOSYS) is called past it, on the real processor: so all that a program does in its own memory is looked at, and
 * only what the kernel reads and writes there in these few calls is not. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <valgrind/valgrind.h>

/* What the program starts is not watched, and does not need it. */
__attribute__((constructor)) static void only_here(void)
{
    if (RUNNING_ON_VALGRIND)
        unsetenv("LD_PRELOAD");
}

struct call {
    long number, args[6], result;
};

/* Called past valgrind this is on a stack of its own, where nothing of the program's thread can be reached: no errno, no stack
 * protector. */
__attribute__((no_stack_protector, optimize("no-stack-protector"))) static long enter(long thread, struct call *call)
{
    (void)thread;
#if defined(__x86_64__)
    register long r10 __asm__("r10") = call->args[3], r8 __asm__("r8") = call->args[4], r9 __asm__("r9") = call->args[5];
    __asm__ volatile("syscall"
                     : "=a"(call->result)
                     : "a"(call->number), "D"(call->args[0]), "S"(call->args[1]), "d"(call->args[2]), "r"(r10), "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
#elif defined(__aarch64__)
    register long x8 __asm__("x8") = call->number, x0 __asm__("x0") = call->args[0], x1 __asm__("x1") = call->args[1],
                     x2 __asm__("x2") = call->args[2], x3 __asm__("x3") = call->args[3], x4 __asm__("x4") = call->args[4],
                     x5 __asm__("x5") = call->args[5];
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
    call->result = x0;
#endif
    return 0;
}

static long kernel(struct call *call, bool past_valgrind)
{
    if (past_valgrind)
        VALGRIND_NON_SIMD_CALL1(enter, call);
    else
        enter(0, call);
    if (call->result >= -4095 && call->result < 0) {
        errno = (int)-call->result;
        return -1;
    }
    return call->result;
}

/* In the child that was asked to begin in a cgroup. What comes of it is told to the parent, who would have had it from clone3. */
static void sit_down(int procs, int told)
{
    int code = write(procs, "0", 1) == 1 ? 0 : errno;
    if (code && write(told, &code, sizeof code))
        _exit(1);
    close(procs);
}

/* A process cannot be made past valgrind, which would not know of it; but clone(2) can do what clone3 is asked for here, two things
 * apart: the child goes to its cgroup itself before it returns, and its descriptor is opened afterwards. */
static long clone_for_clone3(const struct clone_args *args)
{
    uint64_t flags = args->flags & ~(uint64_t)(CLONE_PIDFD | CLONE_INTO_CGROUP);
    bool seated = args->flags & CLONE_INTO_CGROUP;
    int told[2], code = 0, procs = seated ? openat((int)args->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC) : -1;
    if ((seated && procs < 0) || pipe2(told, O_CLOEXEC) < 0)
        return -1;
    struct call call = {SYS_clone, {(long)(flags | args->exit_signal), 0, (long)args->parent_tid}, 0};
    long pid = kernel(&call, false);
    if (pid == 0 && seated)
        sit_down(procs, told[1]);
    close(told[1]);
    if (pid > 0 && read(told[0], &code, sizeof code) > 0) {
        waitpid((pid_t)pid, NULL, 0);
        pid = -1;
    }
    close(told[0]);
    if (pid > 0)
        *(int *)(uintptr_t)args->pidfd = (int)syscall(SYS_pidfd_open, pid, 0L);
    if (pid != 0 && seated)
        close(procs);
    errno = code ? code : errno;
    return pid;
}

long syscall(long number, ...)
{
    struct call call = {.number = number};
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        call.args[i] = va_arg(list, long);
    va_end(list);
    long result = kernel(&call, false);
    if (result != -1 || errno != ENOSYS || !RUNNING_ON_VALGRIND)
        return result;
    return number == SYS_clone3 ? clone_for_clone3((const struct clone_args *)call.args[0]) : kernel(&call, true);
}

/* Valgrind keeps some descriptors for itself, and grants no limit of them; what is run next may have the one that is asked for. */
int prlimit(pid_t pid, __rlimit_resource_t resource, const struct rlimit *next, struct rlimit *before)
{
    struct call call = {SYS_prlimit64, {pid, resource, (long)next, (long)before}, 0};
    return (int)kernel(&call, RUNNING_ON_VALGRIND);
}

/* The kernel sees valgrind's program run. No sealed copy is to be made of that (engine/kernel/seal.h), and to run oneself once more
 * is to run what valgrind runs (by name, and not watched). */
static const char self[] = "/proc/self/exe";

int statvfs(const char *path, struct statvfs *out)
{
    int (*next)(const char *, struct statvfs *) = dlsym(RTLD_NEXT, "statvfs");
    int rc = next(path, out);
    if (!rc && RUNNING_ON_VALGRIND && !strcmp(path, self))
        out->f_flag |= ST_RDONLY;
    return rc;
}

static const char *meant(const char *path)
{
    static char watched[PATH_MAX];
    ssize_t len = strcmp(path, self) ? 0 : readlink(self, watched, sizeof watched - 1); /* here valgrind says which it is */
    watched[len > 0 ? len : 0] = 0;
    return len > 0 ? watched : path;
}

int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                char *const argv[], char *const environment[])
{
    int (*next)(pid_t *, const char *, const posix_spawn_file_actions_t *, const posix_spawnattr_t *, char *const[],
                char *const[]) = dlsym(RTLD_NEXT, "posix_spawn");
    return next(pid, meant(path), actions, attributes, argv, environment);
}

/* Past valgrind, which would die where the kernel refuses; with the mask of signals and the limit that it keeps from the process.
 */
int execve(const char *path, char *const argv[], char *const environment[])
{
    uint64_t mask, watched;
    struct rlimit data;
    struct call call = {SYS_execve, {(long)meant(path), (long)argv, (long)environment}, 0},
                ask_mask = {SYS_rt_sigprocmask, {SIG_BLOCK, 0, (long)&mask, sizeof mask}, 0},
                set_mask = {SYS_rt_sigprocmask, {SIG_SETMASK, (long)&mask, (long)&watched, sizeof mask}, 0},
                reset_mask = {SYS_rt_sigprocmask, {SIG_SETMASK, (long)&watched, 0, sizeof mask}, 0},
                ask_data = {SYS_prlimit64, {0, RLIMIT_DATA, 0, (long)&data}, 0};
    bool watching = RUNNING_ON_VALGRIND;
    if (watching) {
        kernel(&ask_mask, false);
        kernel(&ask_data, false);
        prlimit(0, RLIMIT_DATA, &data, NULL);
        kernel(&set_mask, true);
    }
    kernel(&call, watching);
    int code = errno;
    if (watching)
        kernel(&reset_mask, true);
    errno = code;
    return -1;
}

int execv(const char *path, char *const argv[]) { return execve(meant(path), argv, environ); }

int execl(const char *path, const char *arg, ...)
{
    char *argv[16] = {(char *)arg};
    va_list list;
    va_start(list, arg);
    for (size_t i = 1; i < sizeof argv / sizeof *argv - 1 && (argv[i] = va_arg(list, char *)); i++)
        ;
    va_end(list);
    return execv(path, argv);
}
