/* namespace_clone_borrowed: to a pid namespace by way of a process that has no memory of its own; see namespaces.h. To copy a
 * process costs more than all that the one in between does. The caller stands still meanwhile (CLONE_VFORK), and its stack is not
 * used.
 *
 * The one in between may be killed at any moment, as it sits in the container's group, and the caller goes on with what it leaves
 * of the memory: so it must not touch the heap, and the caller records its steps. */
#include "kernel/namespaces.h"
#include "kernel/process.h"

#include <errno.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct passage {
    struct steps *steps;
    namespace_enter *enter;
    namespace_become *become;
    void *context;
    int64_t start; /* of the child's clone; 0: it did not come to that */
    pid_t pid;     /* of the child that is left, or a negative errno with its error */
    struct error error;
};

/* AddressSanitizer knows nothing of such a stack, and complains. */
#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(__SANITIZE_ADDRESS__)
enum { STACK = 256 * 1024, GUARD = 64 * 1024 /* the largest page there is */ };

_Noreturn static void pass(struct passage *passage)
{
    int fd = -EBADF;
    pid_t pid = passage->enter(passage->context, -EBADF, &passage->error);
    if (!pid) {
        passage->start = step_start();
        pid = namespace_clone(NULL, CLONE_PARENT, -EBADF, &fd, &passage->error);
        if (!pid)
            passage->become(passage->context);
    }
    passage->pid = pid;
    _exit(0);
}

/* The child begins at `pass`, with nothing on its stack. */
static long clone_to_pass(struct clone_args *args, struct passage *passage)
{
#if defined(__x86_64__)
    register void (*begin)(struct passage *) __asm__("r12") = pass;
    register struct passage *with __asm__("r13") = passage;
    long result;
    __asm__ volatile("syscall\n"
                     "test %%rax, %%rax\n"
                     "jnz 1f\n"
                     "xor %%ebp, %%ebp\n"
                     "mov %%r13, %%rdi\n"
                     "call *%%r12\n"
                     "hlt\n"
                     "1:"
                     : "=a"(result)
                     : "a"(SYS_clone3), "D"(args), "S"(sizeof *args), "r"(begin), "r"(with)
                     : "rcx", "r11", "memory", "cc");
    return result;
#else
    register long number __asm__("x8") = SYS_clone3, result __asm__("x0") = (long)args, size __asm__("x1") = sizeof *args;
    register void (*begin)(struct passage *) __asm__("x19") = pass;
    register struct passage *with __asm__("x20") = passage;
    __asm__ volatile("svc 0\n"
                     "cbnz x0, 1f\n"
                     "mov x29, xzr\n"
                     "mov x0, x20\n"
                     "blr x19\n"
                     "brk 0\n"
                     "1:"
                     : "+r"(result)
                     : "r"(number), "r"(size), "r"(begin), "r"(with)
                     : "memory", "cc");
    return result;
#endif
}

/* Below it lies what nobody may write to, rather than memory of the caller's. */
static char *stack_new(struct error *err)
{
    char *room = mmap(NULL, GUARD + STACK, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (room != MAP_FAILED && mprotect(room + GUARD, STACK, PROT_READ | PROT_WRITE) == 0)
        return room + GUARD;
    error_errno(err, errno, "a stack for the process that goes ahead");
    if (room != MAP_FAILED)
        munmap(room, GUARD + STACK);
    return NULL;
}

static int send_ahead(struct passage *passage, int cgroup, struct error *err)
{
    char *stack = stack_new(err);
    if (!stack)
        return -ENOMEM;
    struct clone_args args = {.flags = CLONE_VM | CLONE_VFORK | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
                              .exit_signal = SIGCHLD,
                              .stack = (uintptr_t)stack,
                              .stack_size = STACK,
                              .cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0};
    int64_t start = step_start();
    long guide = clone_to_pass(&args, passage);
    step_record(passage->steps, start, guide < 0 ? (int)guide : 0, "clone3", "a process that goes ahead", "");
    if (guide > 0)
        waitpid((pid_t)guide, NULL, 0);
    munmap(stack - GUARD, GUARD + STACK);
    return guide < 0 ? error_errno(err, (int)-guide, "clone3 of the process that goes ahead") : 0;
}

/* What cannot be held is not left to run without anybody to see to it. */
static pid_t hold(pid_t pid, int *pidfd, struct error *err)
{
    *pidfd = process_open(pid);
    if (*pidfd >= 0)
        return pid;
    int rc = error_errno(err, -*pidfd, "hold the process %d", (int)pid);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    return rc;
}

pid_t namespace_clone_borrowed(struct steps *steps, namespace_enter *enter, namespace_become *become, void *context, int cgroup,
                               int *pidfd, struct error *err)
{
    struct passage passage = {
        .steps = steps, .enter = enter, .become = become, .context = context, .pid = -ECHILD, .error = ERROR_INIT};
    error_set(&passage.error, ECHILD, "the process that goes ahead into the namespaces died");
    int rc = send_ahead(&passage, cgroup, err);
    if (rc < 0)
        return rc;
    if (passage.start)
        step_record(steps, passage.start, passage.pid < 0 ? passage.pid : 0, "clone3", "process", "unshare --fork");
    if (passage.pid < 0 && err)
        *err = passage.error;
    return passage.pid > 0 ? hold(passage.pid, pidfd, err) : passage.pid;
}
#else
pid_t namespace_clone_borrowed(struct steps *steps, namespace_enter *enter, namespace_become *become, void *context, int cgroup,
                               int *pidfd, struct error *err)
{
    pid_t pid = namespace_clone_through(steps, enter, context, 0, cgroup, pidfd, err);
    if (pid == 0)
        become(context);
    return pid;
}
#endif
