/* Connections through the proxy. Each direction is a pipe that splice(2) fills from one socket and empties into the other; when one
 * side has said all it had to say, the other is told so (shutdown), as for a direct connection. Events are edge-triggered:
 * after any, both directions are moved on until the kernel says EAGAIN. */
#include "network/proxy_loop.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PART = 65536, PARTS_IN_A_TURN = 16 };

struct direction {
    int from, to; /* the flow's own descriptors, borrowed */
    int pipe[2];
    size_t held; /* bytes in the pipe */
    bool ended;  /* `from` has no more */
    bool told;   /* and `to` has been told */
};

struct tcp_flow {
    struct watched client, backend;
    struct service *service;
    struct direction up, down;
    bool connected;
    bool in_again;
    struct tcp_flow *next, *next_again;
};

static void flow_close(struct proxy *proxy, struct tcp_flow *flow)
{
    struct tcp_flow **link = &flow->service->flows;
    while (*link && *link != flow)
        link = &(*link)->next;
    if (*link)
        *link = flow->next;
    for (link = &proxy->again; *link; link = &(*link)->next_again) {
        if (*link == flow) {
            *link = flow->next_again;
            break;
        }
    }
    for (int i = 0; i < 2; i++) {
        fd_close(flow->up.pipe[i]);
        fd_close(flow->down.pipe[i]);
    }
    /* The dead are freed last come, first served: the one that owns the memory of both goes in first. */
    flow->client.memory = flow;
    flow->backend.memory = NULL;
    proxy_bury(proxy, &flow->client);
    proxy_bury(proxy, &flow->backend);
}

/* A connection that is over leaves descriptors for those that wait. */
static void serve_starved(struct proxy *proxy)
{
    for (struct service *service = proxy->services; service; service = service->next) {
        if (service->starved) {
            service->starved = false;
            tcp_accept(proxy, &service->watched, EPOLLIN);
        }
    }
}

/* false when the connection is broken. *more: stopped only because the turn was over. */
static bool direction_move(struct direction *direction, bool *more)
{
    for (int part = 0; part < PARTS_IN_A_TURN; part++) {
        if (!direction->held && !direction->ended) {
            ssize_t got = splice(direction->from, NULL, direction->pipe[1], NULL, PART, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
            if (got < 0)
                return errno == EAGAIN || errno == EINTR;
            direction->ended = got == 0;
            direction->held = (size_t)got;
        }
        while (direction->held) {
            ssize_t put = splice(direction->pipe[0], NULL, direction->to, NULL, direction->held, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
            if (put < 0)
                return errno == EAGAIN || errno == EINTR;
            direction->held -= (size_t)put;
        }
        if (direction->ended) {
            if (!direction->told)
                shutdown(direction->to, SHUT_WR);
            direction->told = true;
            return true;
        }
    }
    *more = true;
    return true;
}

static void flow_move(struct proxy *proxy, struct tcp_flow *flow)
{
    bool more = false;
    bool whole = direction_move(&flow->up, &more) && direction_move(&flow->down, &more);
    if (!whole || (flow->up.told && flow->down.told)) {
        flow_close(proxy, flow);
        serve_starved(proxy);
        return;
    }
    if (more && !flow->in_again) {
        flow->in_again = true;
        flow->next_again = proxy->again;
        proxy->again = flow;
    }
}

void tcp_again(struct proxy *proxy)
{
    struct tcp_flow *last_of_turn = proxy->again;
    proxy->again = NULL;
    while (last_of_turn) {
        struct tcp_flow *flow = last_of_turn;
        last_of_turn = flow->next_again;
        flow->in_again = false;
        flow->next_again = NULL;
        flow_move(proxy, flow);
    }
}

/* false when the container does not answer on that port: the client sees its connection closed. */
static bool check_connected(struct tcp_flow *flow)
{
    int code = 0;
    socklen_t size = sizeof code;
    if (getsockopt(flow->backend.fd, SOL_SOCKET, SO_ERROR, &code, &size) < 0 || code)
        return false;
    flow->connected = true;
    return true;
}

static void flow_ready(struct proxy *proxy, struct tcp_flow *flow, bool backend, uint32_t events)
{
    if (!flow->connected) {
        if (!backend || !(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
            return;
        if (!check_connected(flow)) {
            flow_close(proxy, flow);
            serve_starved(proxy);
            return;
        }
    }
    flow_move(proxy, flow);
}

static void client_ready(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    flow_ready(proxy, (struct tcp_flow *)((char *)watched - offsetof(struct tcp_flow, client)), false, events);
}

static void backend_ready(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    flow_ready(proxy, (struct tcp_flow *)((char *)watched - offsetof(struct tcp_flow, backend)), true, events);
}

static void set_options(int fd)
{
    int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

/* Takes `client` over, also when it fails (-EMFILE and the like). */
static int flow_open(struct proxy *proxy, struct service *service, int client)
{
    struct tcp_flow *flow = xcalloc(1, sizeof *flow);
    int backend = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int code = backend < 0 ? errno : 0;
    flow->up = (struct direction){.from = client, .to = backend, .pipe = {-EBADF, -EBADF}};
    flow->down = (struct direction){.from = backend, .to = client, .pipe = {-EBADF, -EBADF}};
    if (!code && (pipe2(flow->up.pipe, O_CLOEXEC | O_NONBLOCK) < 0 || pipe2(flow->down.pipe, O_CLOEXEC | O_NONBLOCK) < 0))
        code = errno;
    flow->client = (struct watched){.ready = client_ready, .fd = client};
    flow->backend = (struct watched){.ready = backend_ready, .fd = backend};
    flow->service = service;
    flow->next = service->flows;
    service->flows = flow;
    if (!code) {
        set_options(client);
        set_options(backend);
        if (connect(backend, (struct sockaddr *)&service->backend, sizeof service->backend) < 0 && errno != EINPROGRESS)
            code = errno;
    }
    const uint32_t interest = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (!code)
        code = -proxy_watch(proxy, &flow->backend, interest);
    if (!code)
        code = -proxy_watch(proxy, &flow->client, interest);
    if (code)
        flow_close(proxy, flow);
    return -code;
}

void tcp_accept(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    struct service *service = (struct service *)watched; /* its first member */
    (void)events;
    for (;;) {
        int client = accept4(watched->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (client < 0) {
            service->starved = errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM;
            return;
        }
        int r = flow_open(proxy, service, client);
        if (r == -EMFILE || r == -ENFILE) {
            service->starved = true;
            return;
        }
    }
}

void tcp_close_all(struct proxy *proxy, struct service *service)
{
    while (service->flows)
        flow_close(proxy, service->flows);
}
