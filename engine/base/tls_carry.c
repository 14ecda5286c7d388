/* Between a TLS session and a plain socket: two flows, each of which holds at most one block, so that a slow side holds up the
 * other and nothing piles up. Ends are passed on one direction at a time, as TCP and TLS (close_notify) both have them. */
#include "base/memory.h"
#include "base/strings.h"
#include "base/tls_session.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct tls_link {
    atomic_int holders;
    pthread_mutex_t lock;
    char problem[128];
};

static void link_unref(struct tls_link *link)
{
    if (link && atomic_fetch_sub(&link->holders, 1) == 1)
        free(link);
}

void tls_link_tell(struct tls_link *link, const char *problem)
{
    if (!link)
        return;
    pthread_mutex_lock(&link->lock);
    snprintf(link->problem, sizeof link->problem, "%s", problem);
    pthread_mutex_unlock(&link->lock);
}

const char *tls_link_problem(struct tls_link *link)
{
    if (!link)
        return "";
    pthread_mutex_lock(&link->lock); /* written once, before the plain end shows its end */
    pthread_mutex_unlock(&link->lock);
    return link->problem;
}

void tls_link_free(struct tls_link *link) { link_unref(link); }

struct flow {
    char bytes[16 * 1024]; /* one TLS record */
    size_t start, end;
    bool ended;  /* the source has no more */
    bool passed; /* and the destination knows */
};

static bool empty(const struct flow *flow) { return flow->start == flow->end; }

static void fill(struct flow *flow, ssize_t got)
{
    flow->start = 0;
    flow->end = got > 0 ? (size_t)got : 0;
    flow->ended = got <= 0;
}

/* From the network. False when the connection is broken. */
static bool receive(struct tls_session *session, struct flow *in)
{
    const struct tls_library *gnutls = session->gnutls;
    ssize_t got = gnutls->gnutls_record_recv(session->state, in->bytes, sizeof in->bytes);
    if (got >= 0) {
        fill(in, got);
        return true;
    }
    if (!gnutls->gnutls_error_is_fatal((int)got))
        return true;
    if (got == GNUTLS_E_FATAL_ALERT_RECEIVED) {
        char text[96];
        snprintf(text, sizeof text, "remote error: tls: %s", tls_alert_name((int)gnutls->gnutls_alert_get(session->state)));
        tls_link_tell(session->link, text);
    }
    return false;
}

static bool transmit(struct tls_session *session, struct flow *out)
{
    ssize_t put = session->gnutls->gnutls_record_send(session->state, out->bytes + out->start, out->end - out->start);
    if (put >= 0)
        out->start += (size_t)put;
    return put >= 0 || !session->gnutls->gnutls_error_is_fatal((int)put);
}

static void read_plain(int plain, struct flow *out)
{
    ssize_t got = recv(plain, out->bytes, sizeof out->bytes, 0);
    if (got >= 0 || (errno != EAGAIN && errno != EINTR))
        fill(out, got);
}

static void write_plain(int plain, struct flow *in)
{
    ssize_t put = send(plain, in->bytes + in->start, in->end - in->start, MSG_NOSIGNAL);
    if (put >= 0)
        in->start += (size_t)put;
    else if (errno != EAGAIN && errno != EINTR)
        in->start = in->end; /* nobody reads it any more; what the other direction says still counts */
}

/* Moves what can be moved. False when the connection is broken. */
static bool turn(struct tls_session *session, int plain, struct flow *in, struct flow *out)
{
    if (empty(in) && !in->ended && !receive(session, in))
        return false;
    if (!empty(in))
        write_plain(plain, in);
    if (in->ended && !in->passed)
        in->passed = true, shutdown(plain, SHUT_WR);
    if (empty(out) && !out->ended)
        read_plain(plain, out);
    if (!empty(out) && !transmit(session, out)) {
        if (!in->ended) /* the other side may have said why, before it closed */
            receive(session, in);
        return false;
    }
    if (out->ended && !out->passed) {
        int rc = session->gnutls->gnutls_bye(session->state, GNUTLS_SHUT_WR);
        out->passed = rc != GNUTLS_E_AGAIN && rc != GNUTLS_E_INTERRUPTED;
    }
    return true;
}

/* Waits until a turn could move something. False when there is nothing more to wait for. */
static bool rest(struct tls_session *session, int plain, const struct flow *in, const struct flow *out)
{
    if (empty(in) && !in->ended && session->gnutls->gnutls_record_check_pending(session->state) > 0)
        return true;
    short network = 0, local = 0;
    if (empty(in) && !in->ended)
        network |= POLLIN;
    if (!empty(out) || (out->ended && !out->passed))
        network |= POLLOUT;
    if (!empty(in))
        local |= POLLOUT;
    if (empty(out) && !out->ended)
        local |= POLLIN;
    /* A plain end that hung up is only news when it was not known: else it would keep this loop awake. */
    bool watched = local || out->passed;
    struct pollfd fds[2] = {{.fd = session->fd, .events = network}, {.fd = watched ? plain : -1, .events = local}};
    if (poll(fds, 2, -1) < 0)
        return errno == EINTR;
    if (out->passed && fds[1].revents & POLLHUP)
        return false; /* closed, not only half */
    return !(fds[0].revents & (POLLERR | POLLNVAL));
}

void tls_carry(struct tls_session *session, int plain)
{
    struct flow *in = xcalloc(2, sizeof *in), *out = in + 1;
    fcntl(plain, F_SETFL, fcntl(plain, F_GETFL) | O_NONBLOCK);
    while (turn(session, plain, in, out) && !(in->passed && out->passed) && rest(session, plain, in, out))
        continue;
    free(in);
    session->gnutls->gnutls_deinit(session->state);
    fd_close(plain);
    fd_close(session->fd);
    link_unref(session->link);
    free(session);
}

struct ride {
    struct tls_session *session;
    int plain;
};

static void *carry(void *data)
{
    struct ride ride = *(struct ride *)data;
    free(data);
    tls_carry(ride.session, ride.plain);
    return NULL;
}

int tls_carry_apart(struct tls_session *session, int *plain, struct tls_link **link, struct error *err)
{
    int ends[2], rc;
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, errno, "socketpair");
    struct ride *ride = xmalloc(sizeof *ride);
    *ride = (struct ride){session, ends[1]};
    if (link) {
        *link = session->link = xcalloc(1, sizeof **link);
        atomic_init(&session->link->holders, 2);
        pthread_mutex_init(&session->link->lock, NULL);
    }
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    rc = pthread_create(&thread, &attributes, carry, ride);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    *plain = ends[0];
    if (rc == 0)
        return 0;
    session->fd = fd_close(session->fd); /* carrying over a closed socket ends at once, and frees all */
    fd_close(ends[0]);
    carry(ride);
    return error_errno(err, rc, "starting a thread for TLS");
}
