/* Staying with a process in the foreground: signals are handed on, a terminal is relayed, the exit code is ours. */
#include "base/files.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

int oci_signal_number(const char *name)
{
    char *end;
    long number = strtol(name, &end, 10);
    if (*name && !*end)
        return number > 0 && number < NSIG ? (int)number : -1;
    if (!strncasecmp(name, "SIG", 3))
        name += 3;
    for (int i = 1; i < NSIG; i++)
        if (sigabbrev_np(i) && !strcasecmp(sigabbrev_np(i), name))
            return i;
    return -1;
}

int oci_terminal_open(struct oci_terminal *terminal, bool wanted, const char *console_socket, int *console, struct error *err)
{
    if (!wanted)
        return 0;
    if (console_socket) {
        terminal->sockets[0] = unix_connect(console_socket, SOCK_STREAM, err);
        *console = terminal->sockets[0];
        return *console < 0 ? *console : 0;
    }
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, terminal->sockets) < 0)
        return error_errno(err, errno, "make a socket pair");
    *console = terminal->sockets[0];
    return 0;
}

void oci_terminal_close(struct oci_terminal *terminal)
{
    fd_close(terminal->sockets[0]);
    fd_close(terminal->sockets[1]);
    *terminal = (struct oci_terminal){{-EBADF, -EBADF}};
}

static int receive_master(const struct oci_terminal *terminal)
{
    char text[64];
    int fd = -EBADF;
    size_t count = 1;
    if (terminal->sockets[1] < 0)
        return -EBADF;
    return fds_receive(terminal->sockets[1], text, sizeof text, &fd, &count) > 0 && count == 1 ? fd : -EBADF;
}

static void copy_size(int master)
{
    struct winsize size;
    if (master >= 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
        ioctl(master, TIOCSWINSZ, &size);
}

static bool copy(int from, int to)
{
    char block[8192];
    ssize_t n = read(from, block, sizeof block);
    return n > 0 && write_full(to, block, (size_t)n) == 0;
}

/* True once `pid` is gone, with its status. */
static bool reap(pid_t pid, int *status)
{
    int one;
    pid_t gone;
    bool found = false;
    while ((gone = waitpid(-1, &one, WNOHANG)) > 0)
        if (gone == pid) {
            *status = one;
            found = true;
        }
    return found;
}

static int relay(int master, int signals, pid_t pid)
{
    int status = 0;
    struct pollfd polled[3] = {{signals, POLLIN, 0}, {master, POLLIN, 0}, {master >= 0 ? 0 : -1, POLLIN, 0}};
    /* A child that ended before the signals were blocked sends none any more. */
    for (bool gone = reap(pid, &status); !gone;) {
        if (poll(polled, 3, -1) < 0 && errno != EINTR)
            break;
        struct signalfd_siginfo info;
        if (polled[0].revents && read(signals, &info, sizeof info) == sizeof info) {
            if (info.ssi_signo == SIGCHLD)
                gone = reap(pid, &status);
            else if (info.ssi_signo == SIGWINCH)
                copy_size(master);
            else
                kill(pid, (int)info.ssi_signo);
        }
        if (polled[1].revents && !copy(master, 1))
            polled[1].fd = -1;
        if (polled[2].revents && !copy(0, master))
            polled[2].fd = -1;
    }
    struct pollfd rest = {master, POLLIN, 0}; /* what it wrote last is still in the pty */
    while (master >= 0 && poll(&rest, 1, 0) > 0 && rest.revents & POLLIN && copy(master, 1))
        ;
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

int oci_foreground(struct oci_terminal *terminal, pid_t pid, struct error *err)
{
    int master cleanup_close = receive_master(terminal);
    struct termios before, raw;
    bool changed = master >= 0 && tcgetattr(0, &before) == 0;
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_BLOCK, &set, NULL);
    int signals cleanup_close = signalfd(-1, &set, SFD_CLOEXEC);
    if (signals < 0)
        return error_errno(err, errno, "watch signals");
    copy_size(master);
    if (changed) {
        raw = before;
        cfmakeraw(&raw);
        tcsetattr(0, TCSANOW, &raw);
    }
    int code = relay(master, signals, pid);
    if (changed)
        tcsetattr(0, TCSANOW, &before);
    return code;
}
