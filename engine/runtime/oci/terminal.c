/* The terminal of a process in the foreground: its master comes to us over a socket of our own, unless somebody else takes it. */
#include "base/memory.h"
#include "base/sockets.h"
#include "runtime/oci/foreground.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

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
    *terminal = OCI_TERMINAL_INIT;
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

void terminal_session_resize(const struct terminal_session *session)
{
    struct winsize size;
    if (session->master >= 0 && ioctl(0, TIOCGWINSZ, &size) == 0)
        ioctl(session->master, TIOCSWINSZ, &size);
}

void session_begin(struct terminal_session *session, const struct oci_terminal *terminal)
{
    session->master = receive_master(terminal);
    session->changed = false;
    memset(&session->in, 0, offsetof(struct relay, ring));
    memset(&session->out, 0, offsetof(struct relay, ring));
    if (session->master < 0) {
        session->in.ended = session->out.ended = true;
        session->in.from = session->out.to = -EBADF;
        return;
    }
    fcntl(session->master, F_SETFL, fcntl(session->master, F_GETFL) | O_NONBLOCK);
    session->in.from = relay_open(0, O_RDONLY);
    session->in.to = session->out.from = session->master;
    session->out.to = relay_open(1, O_WRONLY);
    terminal_session_resize(session);
    struct termios raw;
    if (tcgetattr(0, &session->before) == 0) {
        raw = session->before;
        cfmakeraw(&raw);
        session->changed = tcsetattr(0, TCSANOW, &raw) == 0;
    }
}

void session_turn(struct terminal_session *session, const struct pollfd polled[4])
{
    struct termios line;
    bool before = session->in.ended;
    relay_turn(&session->in, polled);
    relay_turn(&session->out, polled + 2);
    /* A program that reads lines is told that there are no more, as it would be by whoever typed them. */
    if (!before && session->in.ended && tcgetattr(session->master, &line) == 0 && line.c_lflag & ICANON)
        relay_add(&session->in, (const char *)&line.c_cc[VEOF], 1);
}

void session_end(struct terminal_session *session)
{
    if (session->changed)
        tcsetattr(0, TCSANOW, &session->before);
    if (session->in.from > 0)
        close(session->in.from);
    if (session->out.to > 1)
        close(session->out.to);
    session->master = fd_close(session->master);
}
