/* One thread accepts; each connection has one more, which shakes hands within a deadline and then carries its bytes. Who has not
 * shown a good certificate has cost a thread for some seconds and has seen nothing of the engine. */
#include "api/server_tls.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/engine.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { HANDSHAKE_MS = 10000, HANDSHAKES = 256 };

struct gate {
    struct MHD_Daemon *http;
    struct tls_context *context;
    int listen_fd;
    atomic_int shaking; /* connections that have not shown yet who they are */
};

struct arrival {
    struct gate *gate;
    int fd;
    struct sockaddr_storage peer;
    socklen_t peer_len;
};

/* A client that forgot to ask for TLS is told so, in the plain HTTP that it speaks; anything else is left to the handshake. */
static bool plain_http(int fd)
{
    static const char *const starts[] = {"GET /", "HEAD ", "POST ", "PUT /", "DELET", "OPTIO"};
    static const char answer[] = "HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n";
    char first[6] = "", rest[4096];
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    if (poll(&wait, 1, HANDSHAKE_MS) <= 0 || recv(fd, first, 5, MSG_PEEK) != 5)
        return false;
    bool plain = false;
    for (size_t i = 0; i < ARRAY_LEN(starts); i++)
        plain |= str_equal(first, starts[i]);
    if (!plain)
        return false;
    write_full(fd, answer, sizeof answer - 1);
    shutdown(fd, SHUT_WR);
    while (recv(fd, rest, sizeof rest, MSG_DONTWAIT) > 0) /* unread bytes would turn the closing into a reset */
        continue;
    return true;
}

static void tell(const struct arrival *arrival, const struct error *err)
{
    char host[64] = "?", port[16] = "";
    getnameinfo((const struct sockaddr *)&arrival->peer, arrival->peer_len, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    log_info("http: TLS handshake error from %s:%s: %s", host, port, err->message);
}

static struct tls_session *admit(const struct arrival *arrival)
{
    struct error err = ERROR_INIT;
    if (plain_http(arrival->fd)) {
        fd_close(arrival->fd);
        error_set(&err, EPROTO, "client sent an HTTP request to an HTTPS server");
        tell(arrival, &err);
        return NULL;
    }
    struct tls_session *session = tls_handshake(arrival->gate->context, arrival->fd, NULL, HANDSHAKE_MS, &err);
    if (!session)
        tell(arrival, &err);
    return session;
}

static void *receive(void *data)
{
    cleanup_free struct arrival *arrival = data;
    struct gate *gate = arrival->gate;
    struct tls_session *session = admit(arrival);
    atomic_fetch_sub(&gate->shaking, 1);
    if (!session)
        return NULL;
    int ends[2] = {-EBADF, -EBADF};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        log_error("a connection over TLS: socketpair: %s", strerror(errno));
    else /* closes ends[1] itself when it fails */
        MHD_add_connection(gate->http, ends[1], (struct sockaddr *)&arrival->peer, arrival->peer_len);
    tls_carry(session, ends[0]);
    return NULL;
}

static void *accept_all(void *data)
{
    struct gate *gate = data;
    for (;;) {
        struct arrival *arrival = xcalloc(1, sizeof *arrival);
        arrival->gate = gate;
        arrival->peer_len = sizeof arrival->peer;
        arrival->fd = accept4(gate->listen_fd, (struct sockaddr *)&arrival->peer, &arrival->peer_len, SOCK_CLOEXEC);
        struct error err = ERROR_INIT;
        if (arrival->fd >= 0 && atomic_fetch_add(&gate->shaking, 1) < HANDSHAKES && engine_thread(receive, arrival, &err) == 0)
            continue;
        if (arrival->fd >= 0) /* too many at once, or no thread: this one has to come again */
            atomic_fetch_sub(&gate->shaking, 1);
        else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
            poll(NULL, 0, 50);
        fd_close(arrival->fd);
        free(arrival);
    }
    return NULL;
}

int server_tls_start(struct MHD_Daemon *http, int listen_fd, struct tls_context *context, struct error *err)
{
    struct gate *gate = xcalloc(1, sizeof *gate);
    *gate = (struct gate){.http = http, .context = context, .listen_fd = listen_fd};
    return engine_thread(accept_all, gate, err);
}
