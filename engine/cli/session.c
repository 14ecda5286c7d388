/* One poll loop over the stream, stdin, signals and the feed of steps. Signals arrive through a signalfd, so that nothing runs
 * in a handler; a terminal is put back by tty.c whatever happens. */
#include "cli/session.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/tty.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCH_STREAM, WATCH_INPUT, WATCH_SIGNAL, WATCH_FEED, WATCHES };

struct loop {
    struct session *session;
    struct pollfd watch[WATCHES];
    struct demux demux;
    struct tty_keys keys;
    struct buf pending; /* typed, and not yet taken by the engine: sending must never keep us from reading */
    bool ended, detached, input_ended;
    int interrupts;
    struct error *err;
};

/* Those that a person or a supervisor sends, as Docker proxies them; SIGWINCH means a resize. */
static const struct {
    int number;
    const char *name;
} PROXIED[] = {{SIGHUP, "HUP"},   {SIGINT, "INT"},   {SIGQUIT, "QUIT"}, {SIGTERM, "TERM"}, {SIGUSR1, "USR1"},
               {SIGUSR2, "USR2"}, {SIGALRM, "ALRM"}, {SIGCONT, "CONT"}, {SIGTSTP, "TSTP"}, {SIGIO, "IO"}};

static void signal_set(sigset_t *set, bool proxied)
{
    sigemptyset(set);
    sigaddset(set, SIGWINCH);
    for (size_t i = 0; proxied && i < ARRAY_LEN(PROXIED); i++)
        sigaddset(set, PROXIED[i].number);
}

void session_block_signals(void)
{
    sigset_t set;
    signal_set(&set, true);
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static void tell_size(const char *host, const char *object, unsigned more)
{
    unsigned rows, columns;
    if (!tty_size(STDIN_FILENO, &rows, &columns) && !tty_size(STDOUT_FILENO, &rows, &columns))
        return;
    cleanup_free char *path = str_format("%s/resize?h=%u&w=%u", object, rows + more, columns + more);
    struct client *client = client_new(host);
    client_call(client, "POST", path, NULL, NULL, NULL); /* a process that is gone needs no size */
    client_free(client);
}

void session_resize(const char *host, const char *object) { tell_size(host, object, 0); }

void session_redraw(const char *host, const char *object)
{
    tell_size(host, object, 1);
    tell_size(host, object, 0);
}

static void pass_signal(struct session *session, int number)
{
    for (size_t i = 0; i < ARRAY_LEN(PROXIED); i++) {
        if (PROXIED[i].number != number)
            continue;
        cleanup_free char *path = str_format("%s/kill?signal=%s", session->object, PROXIED[i].name);
        struct client *client = client_new(session->host);
        client_call(client, "POST", path, NULL, NULL, NULL);
        client_free(client);
    }
}

static void on_signal(struct loop *loop)
{
    struct signalfd_siginfo info;
    if (read(loop->watch[WATCH_SIGNAL].fd, &info, sizeof info) != sizeof info)
        return;
    if (info.ssi_signo == SIGWINCH) {
        if (loop->session->tty)
            session_resize(loop->session->host, loop->session->object);
        return;
    }
    if ((info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM) && ++loop->interrupts >= 3) {
        fprintf(stderr, "\ngot 3 SIGTERM/SIGINTs, forcefully exiting\n");
        exit(1);
    }
    pass_signal(loop->session, (int)info.ssi_signo);
}

static int on_stream(struct loop *loop)
{
    char bytes[64 * 1024];
    struct session *session = loop->session;
    ssize_t n = read(session->stream, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return 0;
    if (n <= 0) {
        loop->ended = true;
        return 0;
    }
    if (session->no_output)
        return 0;
    if (session->tty)
        return write_full(STDOUT_FILENO, bytes, (size_t)n) < 0 ? error_errno(loop->err, EPROTO, "write the output") : 0;
    return demux_stdio(&loop->demux, bytes, (size_t)n, loop->err);
}

static void stop_input(struct loop *loop)
{
    loop->input_ended = true;
    buf_clear(&loop->pending);
}

static void on_input(struct loop *loop)
{
    char bytes[16 * 1024];
    ssize_t n = read(STDIN_FILENO, bytes, sizeof bytes);
    if (n < 0 && (errno == EINTR || errno == EAGAIN))
        return;
    if (n <= 0)
        loop->input_ended = true;
    else if (loop->session->tty)
        loop->detached = tty_keys_filter(&loop->keys, bytes, (size_t)n, &loop->pending);
    else
        buf_add(&loop->pending, bytes, (size_t)n);
}

/* What the socket takes now; the rest waits for poll to say that there is room. */
static void send_pending(struct loop *loop)
{
    while (loop->pending.len) {
        ssize_t sent = send(loop->session->stream, loop->pending.data, loop->pending.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0) {
            if (errno != EAGAIN)
                stop_input(loop); /* nobody reads it any more; what is left to print still comes */
            return;
        }
        buf_consume(&loop->pending, (size_t)sent);
    }
    if (loop->input_ended && loop->session->input) {
        shutdown(loop->session->stream, SHUT_WR);
        loop->session->input = false;
    }
}

static void on_feed(struct loop *loop)
{
    char bytes[16 * 1024];
    long n;
    while ((n = client_feed_read(loop->session->feed, bytes, sizeof bytes, NULL)) > 0)
        loop->session->on_feed(loop->session->feed_data, bytes, (size_t)n);
    if (n < 0)
        loop->watch[WATCH_FEED].fd = -1;
}

static int turn(struct loop *loop)
{
    bool sending = loop->pending.len > 0;
    loop->watch[WATCH_INPUT].fd = loop->session->input && !sending && !loop->input_ended ? STDIN_FILENO : -1;
    loop->watch[WATCH_STREAM].events = sending ? POLLIN | POLLOUT : POLLIN;
    if (poll(loop->watch, WATCHES, -1) < 0)
        return errno == EINTR ? 0 : error_errno(loop->err, EPROTO, "poll");
    if (loop->watch[WATCH_FEED].revents)
        on_feed(loop);
    if (loop->watch[WATCH_SIGNAL].revents)
        on_signal(loop);
    if (loop->watch[WATCH_INPUT].revents)
        on_input(loop);
    if (loop->session->input)
        send_pending(loop);
    return loop->watch[WATCH_STREAM].revents & ~POLLOUT ? on_stream(loop) : 0;
}

int session_run(struct session *session, struct error *err)
{
    struct loop loop = {.session = session, .err = err};
    int r = tty_keys_parse(str_or(session->detach_keys, "ctrl-p,ctrl-q"), &loop.keys, err);
    if (r < 0)
        return r;
    sigset_t set;
    signal_set(&set, session->signals);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (!session->signals) { /* then a signal means us, not the process */
        sigset_t ours;
        signal_set(&ours, true);
        sigdelset(&ours, SIGWINCH);
        sigprocmask(SIG_UNBLOCK, &ours, NULL);
    }
    cleanup_close int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    loop.watch[WATCH_STREAM] = (struct pollfd){.fd = session->stream, .events = POLLIN};
    loop.watch[WATCH_INPUT] = (struct pollfd){.fd = -1, .events = POLLIN};
    loop.watch[WATCH_SIGNAL] = (struct pollfd){.fd = signals, .events = POLLIN};
    loop.watch[WATCH_FEED] = (struct pollfd){.fd = session->feed ? client_feed_fd(session->feed) : -1, .events = POLLIN};
    bool raw = session->tty && session->input && tty_raw(STDIN_FILENO);
    if (session->feed)
        on_feed(&loop); /* bytes that came with the head of its answer */
    while (r == 0 && !loop.ended && !loop.detached)
        r = turn(&loop);
    if (raw)
        tty_restore();
    buf_free(&loop.pending);
    return r < 0 ? r : loop.detached ? SESSION_DETACHED : SESSION_DONE;
}
