/* calls NUMBER[,ARGUMENT...]...: each system call by its number, and what came of it, a line each: the result, or "errno N". A
 * number that begins with "i386:" is called through the 32-bit entry of x86. For tests of seccomp filters inside a container. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long entry32(long number)
{
#if defined(__x86_64__)
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11");
    return result;
#else
    (void)number;
    return -ENOSYS;
#endif
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        unsigned long value[7] = {0};
        int n = 0;
        if (!strncmp(argv[i], "i386:", 5)) {
            printf("%ld\n", entry32(atol(argv[i] + 5)) >= 0 ? 0L : -1L);
            continue;
        }
        for (char *word = strtok(argv[i], ","); word && n < 7; word = strtok(NULL, ","))
            value[n++] = strtoul(word, NULL, 0);
        long result = syscall((long)value[0], value[1], value[2], value[3], value[4], value[5], value[6]);
        if (result < 0)
            printf("errno %d\n", errno);
        else
            printf("%ld\n", result);
        fflush(stdout);
    }
    return 0;
}
