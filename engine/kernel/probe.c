/* Sockets that send one packet; made by a thread that has joined the namespace. */
#include "kernel/probe.h"

#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

union name {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static socklen_t name_of(const struct probe *probe, const unsigned char *address, uint16_t port, union name *name)
{
    *name = (union name){0};
    if (probe->v6) {
        name->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons(port)};
        memcpy(&name->v6.sin6_addr, address, 16);
        return sizeof name->v6;
    }
    name->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&name->v4.sin_addr, address, 4);
    return sizeof name->v4;
}

static int open_socket(const struct probe *probe, int type, int protocol)
{
    int fd = socket(probe->v6 ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, protocol);
    return fd < 0 ? -errno : fd;
}

static void learn_source(struct probe *probe, int fd, bool port)
{
    union name name = {0};
    socklen_t size = sizeof name;
    getsockname(fd, &name.any, &size);
    memcpy(probe->source, probe->v6 ? (void *)&name.v6.sin6_addr : (void *)&name.v4.sin_addr, probe->v6 ? 16 : 4);
    if (port)
        probe->source_port = ntohs(probe->v6 ? name.v6.sin6_port : name.v4.sin_port);
}

/* A connected datagram socket sends nothing, but has looked the route up. */
static int find_source(struct probe *probe)
{
    union name to;
    socklen_t size = name_of(probe, probe->destination, probe->port ? probe->port : 9, &to);
    cleanup_close int fd = open_socket(probe, SOCK_DGRAM, 0);
    if (fd < 0)
        return fd;
    if (connect(fd, &to.any, size) < 0)
        return -errno;
    learn_source(probe, fd, false);
    return 0;
}

static int open_inside(void *context)
{
    struct probe *probe = context;
    bool tcp = probe->protocol == IPPROTO_TCP, echo = !tcp && probe->protocol != IPPROTO_UDP;
    int r = find_source(probe);
    if (r < 0)
        return r;
    cleanup_close int fd = echo ? open_socket(probe, SOCK_RAW, probe->v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP)
                                : open_socket(probe, tcp ? SOCK_STREAM : SOCK_DGRAM, 0);
    if (fd < 0)
        return fd;
    union name from, to;
    socklen_t size = name_of(probe, probe->source, 0, &from);
    if (bind(fd, &from.any, size) < 0)
        return -errno;
    int on = 1;
    setsockopt(fd, probe->v6 ? IPPROTO_IPV6 : IPPROTO_IP, probe->v6 ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
    size = name_of(probe, probe->destination, echo ? 0 : probe->port, &to);
    if (!tcp && connect(fd, &to.any, size) < 0)
        return -errno;
    learn_source(probe, fd, !echo);
    if (echo && getrandom(&probe->source_port, sizeof probe->source_port, 0) < 0)
        return -errno;
    probe->fd = move_fd(fd);
    return 0;
}

int probe_open(struct probe *probe, int netns, struct error *err)
{
    probe->fd = -EBADF;
    struct error local = ERROR_INIT;
    int r = netns_run(netns, open_inside, probe, &local);
    return r < 0 ? error_set(err, -r, "%s", *local.message ? local.message : strerror(-r)) : 0;
}

void probe_close(struct probe *probe)
{
    struct linger at_once = {.l_onoff = 1};
    if (probe->fd >= 0 && probe->protocol == IPPROTO_TCP)
        setsockopt(probe->fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    probe->fd = fd_close(probe->fd);
}

static uint16_t checksum(const uint16_t *words, size_t count)
{
    uint32_t sum = 0;
    while (count--)
        sum += *words++;
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t) ~(sum + (sum >> 16));
}

static int send_echo(const struct probe *probe)
{
    /* Both kinds of echo have the same shape; the kernel works out the checksum of ICMPv6. */
    uint16_t words[4] = {probe->v6 ? htons(ICMP6_ECHO_REQUEST << 8) : htons(ICMP_ECHO << 8), 0, htons(probe->source_port),
                         htons(1)};
    if (!probe->v6)
        words[1] = checksum(words, ARRAY_LEN(words));
    return send(probe->fd, words, sizeof words, 0) < 0 ? -errno : 0;
}

int probe_send(struct probe *probe)
{
    union name to;
    socklen_t size = name_of(probe, probe->destination, probe->port, &to);
    if (probe->protocol == IPPROTO_TCP)
        return connect(probe->fd, &to.any, size) < 0 && errno != EINPROGRESS ? -errno : 0;
    if (probe->protocol == IPPROTO_UDP)
        return send(probe->fd, "\n", 1, 0) < 0 ? -errno : 0;
    return send_echo(probe);
}

short probe_events(const struct probe *probe) { return probe->protocol == IPPROTO_TCP ? POLLOUT : POLLIN; }

static bool is_our_reply(const struct probe *probe, const unsigned char *bytes, size_t size)
{
    size_t at = probe->v6 ? 0 : (size_t)(bytes[0] & 15) * 4;
    if (size < at + 8)
        return false;
    uint16_t id = (uint16_t)(bytes[at + 4] << 8 | bytes[at + 5]);
    return bytes[at] == (probe->v6 ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY) && id == probe->source_port;
}

static int tcp_result(const struct probe *probe)
{
    struct pollfd ready = {.fd = probe->fd, .events = POLLOUT};
    int code = 0;
    socklen_t size = sizeof code;
    if (poll(&ready, 1, 0) <= 0)
        return 0;
    getsockopt(probe->fd, SOL_SOCKET, SO_ERROR, &code, &size);
    return code ? -code : ready.revents & POLLOUT ? 1 : 0;
}

int probe_result(struct probe *probe)
{
    unsigned char bytes[2048];
    if (probe->protocol == IPPROTO_TCP)
        return tcp_result(probe);
    for (;;) {
        ssize_t got = recv(probe->fd, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (probe->protocol == IPPROTO_UDP || is_our_reply(probe, bytes, (size_t)got))
            return 1;
    }
}
