/* killer N PROGRAM [ARG...]: runs a program and kills it (SIGKILL) as it is about to make its Nth system call; exit code 137, or
 * the program's own when it ended before. N 0: only counts, and writes the number to descriptor 9. Its children are left alone. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

static int ended(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

static int follow(pid_t pid, long wanted)
{
    long stops = 0, signal = 0;
    int status;
    for (;;) {
        if (ptrace(PTRACE_SYSCALL, pid, 0, signal) < 0 || waitpid(pid, &status, 0) < 0)
            return 255;
        if (!WIFSTOPPED(status))
            break;
        signal = WSTOPSIG(status);
        if (signal == (SIGTRAP | 0x80)) {
            signal = 0;
            if (wanted && ++stops == 2 * wanted - 1)
                kill(pid, SIGKILL);
            else if (!wanted)
                stops++;
        } else if (signal == SIGTRAP) {
            signal = 0; /* it has exec'd */
        }
    }
    if (!wanted)
        dprintf(9, "%ld\n", stops / 2);
    return ended(status);
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    pid_t pid = fork();
    int status;
    if (pid == 0) {
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execvp(argv[2], argv + 2);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) < 0 || ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
        return 255;
    return follow(pid, atol(argv[1]));
}
