/* Sealing before the C library is there; see seal.h. To run a program of glibc's costs some hundred CPUID instructions before main,
 * each of which is a way out to the hypervisor on a virtual machine: together a millisecond, a tenth of the start of a container.
 * The first of the two runs needs nothing of the library, so it ends here, at the program's entry: a few system calls by hand.
 *
 * Nothing in here may call a function of the library, not even memset, whose right version is not chosen yet. */
#include "kernel/seal.h"

#include <fcntl.h>
#include <linux/mount.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
static inline long call(long number, long a, long b, long c, long d, long e)
{
    register long r10 __asm__("r10") = d, r8 __asm__("r8") = e;
    long result;
    __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
    return result;
}

/* The stack is aligned as at a call, and left as the kernel made it; rdx is for the library. */
__asm__(".globl seal_entry\n"
        ".type seal_entry, @function\n"
        "seal_entry:\n"
        "    mov %rsp, %rdi\n"
        "    push %rdx\n"
        "    sub $8, %rsp\n"
        "    call seal_before_main\n"
        "    add $8, %rsp\n"
        "    pop %rdx\n"
        "    jmp _start\n");
#elif defined(__aarch64__)
static inline long call(long number, long a, long b, long c, long d, long e)
{
    register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b, x2 __asm__("x2") = c, x3 __asm__("x3") = d,
                     x4 __asm__("x4") = e;
    __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
    return x0;
}

__asm__(".globl seal_entry\n"
        ".type seal_entry, %function\n"
        "seal_entry:\n"
        "    mov x19, x0\n"
        "    mov x0, sp\n"
        "    bl seal_before_main\n"
        "    mov x0, x19\n"
        "    b _start\n");
#endif

#if defined(__x86_64__) || defined(__aarch64__)
void seal_before_main(const long *stack);

/* Here the mount of the program would take the place of a stream that is closed. */
__attribute__((no_stack_protector)) static bool streams_open(void)
{
    for (long fd = 0; fd < 3; fd++)
        if (call(SYS_fcntl, fd, F_GETFD, 0, 0, 0) < 0 && call(SYS_openat, AT_FDCWD, (long)"/dev/null", O_RDWR, 0, 0) != fd)
            return false; /* seal_self tells of it */
    return true;
}

/* `stack`: the number of arguments, the arguments, NULL, the environment, NULL. */
__attribute__((no_stack_protector, used)) void seal_before_main(const long *stack)
{
    struct statfs where;
    struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
    long argv = (long)(stack + 1), environment = (long)(stack + 1 + stack[0] + 1);
    if (!streams_open() || call(SYS_statfs, (long)"/proc/self/exe", (long)&where, 0, 0, 0) < 0 || where.f_flags & ST_RDONLY)
        return;
    long tree = call(SYS_open_tree, AT_FDCWD, (long)"/proc/self/exe", OPEN_TREE_CLONE, 0, 0);
    if (tree < 0)
        return;
    if (call(SYS_mount_setattr, tree, (long)"", AT_EMPTY_PATH, (long)&attr, sizeof attr) == 0)
        call(SYS_execveat, tree, (long)"", argv, environment, AT_EMPTY_PATH);
    call(SYS_close, tree, 0, 0, 0, 0);
}
#endif
