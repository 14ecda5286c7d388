/* The way of a static program from its entry to main: it asks the processor nothing, and main finds all as it should be. */
#include "base/memory.h"
#include "base/strings.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <features.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__x86_64__) && __GLIBC__ == 2 && __GLIBC_MINOR__ == 36
static bool is_static(const char *path)
{
    Elf64_Ehdr header;
    Elf64_Phdr part;
    FILE *file cleanup_file = fopen(path, "re");
    assert_non_null(file);
    assert_int_equal(fread(&header, sizeof header, 1, file), 1);
    assert_int_equal(fseek(file, (long)header.e_phoff, SEEK_SET), 0);
    for (int i = 0; i < header.e_phnum && fread(&part, sizeof part, 1, file) == 1; i++)
        if (part.p_type == PT_INTERP)
            return false;
    return true;
}

/* A sibling of this test's directory: build/NAME. */
static char *program(const char *name)
{
    char self[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    assert_true(len > 0);
    self[len] = 0;
    for (int i = 0; i < 2; i++)
        *strrchr(self, '/') = 0;
    return str_format("%s/%s", self, name);
}

/* Step by step, as ptrace(2) has it; the exit status goes to *status. */
static int count_cpuid(pid_t pid, int *status)
{
    int count = 0;
    while (waitpid(pid, status, 0) == pid && WIFSTOPPED(*status)) {
        struct user_regs_struct registers;
        int signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
        ptrace(PTRACE_GETREGS, pid, NULL, &registers);
        count += (ptrace(PTRACE_PEEKTEXT, pid, registers.rip, NULL) & 0xffff) == 0xa20f;
        ptrace(PTRACE_SINGLESTEP, pid, NULL, signal);
    }
    return count;
}

static void a_start_asks_the_processor_nothing(void **state)
{
    (void)state;
    char *path cleanup_free = program("slipway-oci");
    if (!is_static(path))
        skip();
    int status = 0, out[2];
    char said[512] = "";
    assert_int_equal(pipe(out), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(out[1], STDOUT_FILENO);
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
        execl(path, "slipway-oci", "--version", NULL);
        _exit(127);
    }
    close(out[1]);
    assert_int_equal(count_cpuid(pid, &status), 0);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(read(out[0], said, sizeof said - 1) > 0);
    assert_true(str_starts(said, "slipway-oci version "));
    close(out[0]);
}
#else
static void a_start_asks_the_processor_nothing(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_start_asks_the_processor_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
