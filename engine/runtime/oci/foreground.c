/* Staying with a process in the foreground: signals are handed on, a terminal and readiness are relayed, the exit code is ours. One
 * loop over poll(2) that never waits anywhere else: neither a reader who is slow nor one who has left holds it up or heats it. */
#include "runtime/oci/foreground.h"
#include "base/memory.h"
#include "kernel/process.h"
#include "runtime/oci/notify.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SIGNALS, NOTIFY, IN, OUT = IN + 2, POLLED = OUT + 2, AT_MOST_MS = 500 };

struct stay {
    struct oci_process process;
    int signals;
    bool gone;
    int status;
    struct terminal_session session;
};

/* With a subreaper's duty come children that are not ours. */
static void reap(struct stay *stay)
{
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
        if (pid == stay->process.pid) {
            stay->status = status;
            stay->gone = true;
        }
}

/* False when a signal came after the process had ended: whoever sent it is tired of waiting for the last lines to be read. */
static bool take_signal(struct stay *stay)
{
    struct signalfd_siginfo info;
    if (read(stay->signals, &info, sizeof info) != sizeof info)
        return true;
    int number = (int)info.ssi_signo;
    if (number == SIGCHLD)
        reap(stay);
    else if (number == SIGWINCH && stay->session.master >= 0)
        terminal_session_resize(&stay->session);
    else if (number == SIGPIPE || number == SIGURG)
        return true; /* our own business */
    else if (stay->gone)
        return false;
    else
        (void)process_signal(stay->process.pidfd, number);
    return true;
}

/* Until the process is gone and what it wrote has been handed on: its last lines are in the pty after it has ended, on their way to
 * us, and may be read slowly. The end of a session hangs its terminal up, so the end of file comes soon; the limit is for a
 * terminal that was never the process's own. */
static void turn(struct stay *stay)
{
    const struct relay *out = &stay->session.out;
    struct pollfd polled[POLLED];
    for (bool on = true; on;) {
        polled[SIGNALS] = (struct pollfd){stay->signals, POLLIN, 0};
        polled[NOTIFY] = (struct pollfd){stay->process.notify, POLLIN, 0};
        relay_poll(&stay->session.in, polled + IN);
        relay_poll(&stay->session.out, polled + OUT);
        int n = poll(polled, POLLED, !stay->gone || out->len ? -1 : out->ended ? 0 : AT_MOST_MS);
        if (n < 0 && errno != EINTR)
            break;
        if (polled[SIGNALS].revents && !take_signal(stay))
            break;
        if (polled[NOTIFY].revents)
            notify_forward(stay->process.notify);
        session_turn(&stay->session, polled + IN);
        on = !stay->gone || out->len || (n && !out->ended && !out->discarded);
    }
}

int oci_foreground(struct oci_terminal *terminal, const struct oci_process *process, struct error *err)
{
    struct stay *stay cleanup_free = xcalloc(1, sizeof *stay);
    sigset_t all;
    stay->process = *process;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, NULL);
    stay->signals = signalfd(-1, &all, SFD_CLOEXEC);
    if (stay->signals < 0)
        return error_errno(err, errno, "watch signals");
    reap(stay); /* a child that ended before the signals were blocked sends none any more */
    session_begin(&stay->session, terminal);
    turn(stay);
    session_end(&stay->session);
    fd_close(stay->signals);
    return WIFSIGNALED(stay->status) ? 128 + WTERMSIG(stay->status) : WEXITSTATUS(stay->status);
}
