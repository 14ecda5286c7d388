/* Binding host ports, choosing random ones as dockerd does: the next of net.ipv4.ip_local_port_range, not the lowest, so that a
 * port just freed is not handed to somebody else at once. */
#include "network/ports.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { BACKLOG = 4096, SLOTS = 1024, BUSY_ATTEMPTS = 4, BUSY_MS = 5 };

/* By the host port's number: thousands may be held, and each new one is compared with those of its own number only. */
static struct {
    pthread_mutex_t lock;
    struct held_port *slots[SLOTS];
    uint16_t last_random;
} held_ports = {.lock = PTHREAD_MUTEX_INITIALIZER};

static const struct transport {
    const char *name;
    int type, protocol;
} transports[] = {{"tcp", SOCK_STREAM, IPPROTO_TCP}, {"udp", SOCK_DGRAM, IPPROTO_UDP}, {"sctp", SOCK_STREAM, IPPROTO_SCTP}};

static const struct transport *transport_of(const char *protocol)
{
    for (size_t i = 0; i < ARRAY_LEN(transports); i++)
        if (str_equal(transports[i].name, protocol))
            return &transports[i];
    return NULL;
}

static struct held_port **slot_of(uint16_t port) { return &held_ports.slots[port % SLOTS]; }

static bool any_address(const char *address) { return str_equal(address, "0.0.0.0") || str_equal(address, "::"); }

/* --- sockets --- */

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static int parse_address(const char *text, uint16_t port, union address *out, socklen_t *size)
{
    *out = (union address){0};
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *size = sizeof out->v4;
        return 0;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        *size = sizeof out->v6;
        return 0;
    }
    return -EINVAL;
}

static int open_socket(const char *host, uint16_t port, const struct transport *transport)
{
    union address address;
    socklen_t size;
    if (parse_address(host, port, &address, &size) < 0)
        return -EINVAL;
    bool udp = transport->type == SOCK_DGRAM;
    cleanup_close int fd = socket(address.any.sa_family, transport->type | SOCK_CLOEXEC | SOCK_NONBLOCK, transport->protocol);
    if (fd < 0)
        return -errno;
    int on = 1;
    if (address.any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    /* Not for datagrams: there it would let two sockets share the port. */
    if (!udp)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, &address.any, size) < 0 || (!udp && listen(fd, BACKLOG) < 0))
        return -errno;
    return move_fd(fd);
}

/* "listen tcp4 0.0.0.0:8080: bind: address already in use", as Go's net package words it. */
static int refuse(const char *host, uint16_t port, const struct transport *transport, int code, struct error *err)
{
    bool v6 = strchr(host, ':');
    if (code == EPROTONOSUPPORT || code == ESOCKTNOSUPPORT)
        return error_set(err, EPROTONOSUPPORT, "port %u cannot be published: this kernel has no %s", port, transport->name);
    cleanup_free char *reason = xstrdup(strerror(code));
    *reason = (char)tolower((unsigned char)*reason);
    return error_set(err, code, "Error starting userland proxy: listen %s%d %s%s%s:%u: bind: %s", transport->name, v6 ? 6 : 4,
                     v6 ? "[" : "", host, v6 ? "]" : "", port, reason);
}

/* A machine without IPv6 has nothing to bind there, which is no failure. */
static bool no_ipv6(int code) { return code == EAFNOSUPPORT || code == EADDRNOTAVAIL || code == EPROTONOSUPPORT; }

/* Bind `host_port` on the mapping's address, and on [::] when none was asked for. */
static int bind_port(const struct port_mapping *mapping, uint16_t port, struct held_port *held, struct error *err)
{
    const struct transport *transport = transport_of(mapping->protocol);
    const char *host = str_or(mapping->host_address, "0.0.0.0");
    cleanup_close int fd = open_socket(host, port, transport);
    if (fd < 0)
        return refuse(host, port, transport, -fd, err);
    held->socket6 = -EBADF;
    if (str_empty(mapping->host_address) || mapping->also_ipv6) {
        int fd6 = open_socket("::", port, transport);
        if (fd6 < 0 && !no_ipv6(-fd6))
            return refuse("::", port, transport, -fd6, err);
        held->socket6 = fd6 < 0 ? -EBADF : fd6;
    }
    held->socket = move_fd(fd);
    return 0;
}

/* --- the register; with the lock held --- */

static bool overlaps(const struct held_port *held, const struct port_mapping *wanted, const char *host, uint16_t port)
{
    const struct port_mapping *has = &held->mapping;
    if (has->host_port != port || !str_equal(has->protocol, wanted->protocol))
        return false;
    if (str_equal(has->host_address, host))
        return true;
    bool same_family = !strchr(has->host_address, ':') == !strchr(host, ':') || has->also_ipv6;
    return same_family && (any_address(has->host_address) || any_address(host));
}

static bool is_held(const struct port_mapping *wanted, const char *host, uint16_t port)
{
    for (const struct held_port *held = *slot_of(port); held; held = held->next)
        if (overlaps(held, wanted, host, port))
            return true;
    return false;
}

static void random_range(unsigned *low, unsigned *high)
{
    *low = 32768;
    *high = 60999;
    cleanup_free char *text = file_read("/proc/sys/net/ipv4/ip_local_port_range", NULL, NULL);
    unsigned from, to;
    if (text && sscanf(text, "%u %u", &from, &to) == 2 && from && from <= to && to <= 65535)
        *low = from, *high = to;
}

/* The first that is free from `next` on, going round between low and high. */
static int bind_first_free(const struct port_mapping *wanted, struct held_port *held, unsigned low, unsigned high, unsigned next,
                           uint16_t *port, struct error *err)
{
    const char *host = str_or(wanted->host_address, "0.0.0.0");
    for (unsigned tried = 0; tried <= high - low; tried++, next = next == high ? low : next + 1) {
        if (is_held(wanted, host, (uint16_t)next))
            continue;
        int r = bind_port(wanted, (uint16_t)next, held, err);
        if (r == -EADDRINUSE)
            continue;
        if (r == 0)
            *port = (uint16_t)next;
        return r;
    }
    return error_set(err, EADDRINUSE, "all ports are allocated");
}

static int bind_random(const struct port_mapping *wanted, struct held_port *held, uint16_t *port, struct error *err)
{
    unsigned low, high;
    random_range(&low, &high);
    unsigned next = held_ports.last_random >= low && held_ports.last_random < high ? held_ports.last_random + 1u : low;
    int r = bind_first_free(wanted, held, low, high, next, port, err);
    if (r == 0)
        held_ports.last_random = *port;
    return r;
}

/* A port that was let go a moment ago may still be open in a program that is just being started from here: it has our descriptors
 * until its exec. */
static int bind_patiently(const struct port_mapping *wanted, uint16_t port, struct held_port *held, struct error *err)
{
    struct error local = ERROR_INIT;
    for (int attempt = 1;; attempt++) {
        local = ERROR_INIT;
        int r = bind_port(wanted, port, held, &local);
        if (r != -EADDRINUSE || attempt == BUSY_ATTEMPTS)
            return r < 0 ? error_set(err, local.code, "%s", local.message) : 0;
        nanosleep(&(struct timespec){.tv_nsec = BUSY_MS * 1000000L}, NULL);
    }
}

static int bind_wanted(const struct port_mapping *wanted, struct held_port *held, uint16_t *port, struct error *err)
{
    const char *host = str_or(wanted->host_address, "0.0.0.0");
    *port = wanted->host_port;
    if (*port == 0)
        return bind_random(wanted, held, port, err);
    if (wanted->host_port_end > *port)
        return bind_first_free(wanted, held, *port, wanted->host_port_end, *port, port, err);
    if (is_held(wanted, host, *port)) {
        bool v6 = strchr(host, ':');
        return error_set(err, EADDRINUSE, "Bind for %s%s%s:%u failed: port is already allocated", v6 ? "[" : "", host,
                         v6 ? "]" : "", *port);
    }
    return bind_patiently(wanted, *port, held, err);
}

struct held_port *ports_hold(struct port_mapping *mapping, struct error *err)
{
    union address unused;
    socklen_t size;
    const char *host = str_or(mapping->host_address, "0.0.0.0");
    if (parse_address(host, 0, &unused, &size) < 0) {
        error_set(err, EINVAL, "invalid host address %s for port %u", host, mapping->container_port);
        return NULL;
    }
    if (!transport_of(mapping->protocol)) {
        error_set(err, EINVAL, "invalid protocol %s for port %u: tcp, udp and sctp can be published", mapping->protocol,
                  mapping->container_port);
        return NULL;
    }
    struct held_port *held = xcalloc(1, sizeof *held);
    held->socket = held->socket6 = -EBADF;
    uint16_t port;
    pthread_mutex_lock(&held_ports.lock);
    int r = bind_wanted(mapping, held, &port, err);
    if (r == 0) {
        if (str_empty(mapping->host_address))
            snprintf(mapping->host_address, sizeof mapping->host_address, "0.0.0.0");
        mapping->host_port = port;
        mapping->host_port_end = 0;
        mapping->also_ipv6 = held->socket6 >= 0;
        held->mapping = *mapping;
        held->next = *slot_of(port);
        *slot_of(port) = held;
    }
    pthread_mutex_unlock(&held_ports.lock);
    if (r < 0) {
        cleanup_free_p(&held);
        return NULL;
    }
    return held;
}

void ports_release(struct held_port *held)
{
    if (!held)
        return;
    pthread_mutex_lock(&held_ports.lock);
    struct held_port **link = slot_of(held->mapping.host_port);
    while (*link && *link != held)
        link = &(*link)->next;
    if (*link)
        *link = held->next;
    fd_close(held->socket);
    fd_close(held->socket6);
    pthread_mutex_unlock(&held_ports.lock);
    cleanup_free_p(&held);
}
