/* A pid 1 that does what a kernel expects of one: adopts and reaps orphans, and passes signals on to its one child, which lives in
 * a process group of its own and, on a terminal, in the foreground. Runs inside containers: uses nothing but libc. */
#include "shim/container_init.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

bool container_init_called(const char *program)
{
    const char *name = program ? strrchr(program, '/') : NULL;
    return program && strcmp(name ? name + 1 : program, "docker-init") == 0;
}

static void become(char **command)
{
    sigset_t none;
    sigemptyset(&none);
    setpgid(0, 0);
    if (isatty(STDIN_FILENO)) {
        signal(SIGTTOU, SIG_IGN); /* a background group may not say who is in front, unless it does not mind */
        tcsetpgrp(STDIN_FILENO, getpgrp());
        signal(SIGTTOU, SIG_DFL);
    }
    sigprocmask(SIG_SETMASK, &none, NULL);
    execvp(command[0], command);
    int why = errno;
    fprintf(stderr, "docker-init: exec %s: %s\n", command[0], strerror(why));
    _exit(why == ENOENT ? 127 : 126);
}

/* Reap all that have ended; true and the exit code when the child is among them. */
static bool reap(pid_t child, int *code)
{
    bool over = false;
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid != child)
            continue;
        *code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        over = true;
    }
    return over;
}

int container_init_main(int argc, char **argv)
{
    char **command = argv + 1;
    sigset_t all;
    if (argc > 1 && strcmp(argv[1], "--") == 0)
        command++;
    if (!*command) {
        fputs("docker-init: no command was given\n", stderr);
        return 125;
    }
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL); /* our runtime starts us like that; others do not */
    pid_t child = fork();
    if (child < 0) {
        perror("docker-init: fork");
        return 125;
    }
    if (child == 0)
        become(command);
    for (int code = 0;;) {
        siginfo_t info;
        int signal = sigwaitinfo(&all, &info);
        if (signal == SIGCHLD) {
            if (reap(child, &code))
                return code;
        } else if (signal > 0 && signal != SIGTTIN && signal != SIGTTOU && signal != SIGTSTP) {
            kill(child, signal);
        }
    }
}
