/* From the entry of a static program to main, as glibc does it, but for its questions to the processor: seventy CPUID instructions,
 * each a way out to the hypervisor on a virtual machine, more than half a millisecond in all. What they are for is to choose among
 * ways to copy and to search memory; without answers it takes those that every x86-64 has.
 *
 * The order is that of csu/libc-start.c of glibc 2.36, whose inner names these are: with any other libc, or on any other processor,
 * the program begins at its own _start. */
#include "kernel/seal.h"

#include <elf.h>
#include <features.h>
#include <link.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__x86_64__) && defined(__GLIBC__) && __GLIBC__ == 2 && __GLIBC_MINOR__ == 36

int main(int argc, char **argv, char **environment);

extern char **__environ;
extern void *__libc_stack_end, *_dl_random;
extern int __libc_enable_secure;
void _dl_aux_init(const ElfW(auxv_t) * auxv);
void __tunables_init(char **environment);
void _dl_relocate_static_pie(void);
void __libc_setup_tls(void);
void __libc_early_init(bool first);
void __libc_init_first(int argc, char **argv, char **environment);
void __libc_check_standard_fds(void);
int __cxa_atexit(void (*function)(void *), void *argument, void *object);
void _init(void);
void _fini(void);

typedef void starter(int argc, char **argv, char **environment);
extern const ElfW(Rela) __rela_iplt_start[] __attribute__((weak)), __rela_iplt_end[] __attribute__((weak));
extern starter *const __preinit_array_start[], *const __preinit_array_end[], *const __init_array_start[], *const __init_array_end[];
extern void (*const __fini_array_start[])(void), (*const __fini_array_end[])(void);

/* From how many bytes on a copy is no longer kept in the cache: there is no use in less. The others of their kind have values of
 * their own when nobody asks. */
extern long __x86_shared_non_temporal_threshold, __x86_rep_movsb_stop_threshold;
enum { TOO_BIG_FOR_THE_CACHE = 3 << 18 };

static void finish(void *nothing)
{
    (void)nothing;
    for (size_t i = (size_t)(__fini_array_end - __fini_array_start); i-- > 0;)
        __fini_array_start[i]();
    _fini();
}

/* Which version of a function it is: each says so itself. */
static void choose_functions(void)
{
    for (const ElfW(Rela) *each = __rela_iplt_start; each < __rela_iplt_end; each++)
        *(uintptr_t *)each->r_offset = ((uintptr_t(*)(void))each->r_addend)();
}

/* What the compiler's checks of the stack and setjmp's of pointers compare with (tls.h: 0x28, 0x30). */
static void set_guards(void)
{
    const uintptr_t *random = _dl_random;
    uintptr_t stack = random[0] & ~(uintptr_t)0xff, pointers = random[1];
    __asm__ volatile("mov %0, %%fs:0x28" : : "r"(stack));
    __asm__ volatile("mov %0, %%fs:0x30" : : "r"(pointers));
}

static void call_all(starter *const *from, starter *const *to, int argc, char **argv)
{
    while (from < to)
        (*from++)(argc, argv, __environ);
}

__attribute__((no_stack_protector, used)) void seal_start(long *stack)
{
    int argc = (int)stack[0];
    char **argv = (char **)(stack + 1);
    __libc_stack_end = stack;
    __environ = argv + argc + 1;
    char **end = __environ;
    while (*end)
        end++;
    _dl_aux_init((const ElfW(auxv_t) *)(end + 1));
    __tunables_init(__environ);
    __x86_shared_non_temporal_threshold = __x86_rep_movsb_stop_threshold = TOO_BIG_FOR_THE_CACHE;
    _dl_relocate_static_pie();
    choose_functions();
    __libc_setup_tls();
    set_guards();
    __libc_early_init(true);
    __libc_init_first(argc, argv, __environ);
    __cxa_atexit(finish, NULL, NULL);
    if (__libc_enable_secure)
        __libc_check_standard_fds();
    call_all(__preinit_array_start, __preinit_array_end, argc, argv);
    _init();
    call_all(__init_array_start, __init_array_end, argc, argv);
    exit(main(argc, argv, __environ));
}

#elif defined(__x86_64__)
__asm__(".globl seal_start\nseal_start:\n    mov %rdi, %rsp\n    xor %edx, %edx\n    jmp _start\n");
#endif
