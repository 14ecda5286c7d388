/* Sockets and rules of a name server in a container's namespace; see resolver.h. All of it is done in one visit by one thread. */
#include "kernel/net/resolver.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/netlink.h"
#include "kernel/net/resolver_rules.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 64, NAME_PORT = 53 };

/* One socket on 127.0.0.11; *port is what was wanted and becomes what it is. */
static int open_socket(int type, uint16_t *port, bool only)
{
    cleanup_close int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t length = sizeof address;
    inet_pton(AF_INET, RESOLVER_ADDRESS, &address.sin_addr);
    if (fd < 0)
        return -errno;
    /* Connections that an earlier daemon had may linger on the same port. */
    if (type == SOCK_STREAM)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        address.sin_port = 0;
        if (only || errno != EADDRINUSE || bind(fd, (struct sockaddr *)&address, sizeof address) < 0)
            return -errno;
    }
    if ((type == SOCK_STREAM && listen(fd, BACKLOG) < 0) || getsockname(fd, (struct sockaddr *)&address, &length) < 0)
        return -errno;
    *port = ntohs(address.sin_port);
    return move_fd(fd);
}

static int open_sockets(struct resolver_place *place, bool only, struct error *err)
{
    place->udp = open_socket(SOCK_DGRAM, &place->udp_port, only);
    if (place->udp < 0)
        return error_errno(err, -place->udp, "open a UDP socket on " RESOLVER_ADDRESS);
    place->tcp = open_socket(SOCK_STREAM, &place->tcp_port, only);
    if (place->tcp < 0) {
        place->udp = fd_close(place->udp);
        return error_errno(err, -place->tcp, "open a TCP socket on " RESOLVER_ADDRESS);
    }
    return 0;
}

struct visit {
    struct resolver_place *place;
    struct steps *steps;
    struct error error;
};

/* Without rules the well-known port itself is served. */
static int serve_port_53(struct visit *visit)
{
    struct resolver_place *place = visit->place;
    place->udp = fd_close(place->udp);
    place->tcp = fd_close(place->tcp);
    place->udp_port = place->tcp_port = NAME_PORT;
    return open_sockets(place, true, &visit->error);
}

static int furnish(void *context)
{
    struct visit *visit = context;
    struct resolver_place *place = visit->place;
    int r = open_sockets(place, false, &visit->error);
    if (r < 0)
        return r;
    struct error why = ERROR_INIT;
    r = resolver_rules(place, visit->steps, &why);
    if (r == 0)
        return 0;
    if (r != -ENOENT)
        log_warn("name server in %s: %s; it is served on port 53 itself", place->label, why.message);
    return serve_port_53(visit);
}

int resolver_open(int netns, struct resolver_place *place, struct steps *steps, struct error *err)
{
    struct visit visit = {.place = place, .steps = steps, .error = ERROR_INIT};
    place->udp = place->tcp = -EBADF;
    int r = netns_run(netns, furnish, &visit, &visit.error);
    return r < 0 ? error_set(err, visit.error.code ? visit.error.code : -r, "%s", visit.error.message) : 0;
}

int netns_socket(int netns, int home, int family, int type)
{
    if (setns(netns, CLONE_NEWNET) < 0)
        return -errno;
    int fd = socket(family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int code = errno;
    if (setns(home, CLONE_NEWNET) < 0) {
        log_error("a thread cannot return to its network namespace");
        abort();
    }
    return fd < 0 ? -code : fd;
}
