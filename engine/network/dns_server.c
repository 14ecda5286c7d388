/* Servers: one a container, a UDP and a TCP socket in its namespace. What other parts of the engine call is here, and UDP. */
#include "base/log.h"
#include "base/memory.h"
#include "kernel/net/resolver.h"
#include "network/dns_internal.h"
#include "network/network_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { QUESTIONS_A_TURN = 16, PORTS_FROM = 32768, PORTS = 28000, UPSTREAM_PORT = 53 };

struct dns *dns_new(const struct iptables *iptables)
{
    struct dns *dns = xcalloc(1, sizeof *dns);
    pthread_mutex_init(&dns->queue, NULL);
    pthread_mutex_init(&dns->lock, NULL);
    dns->iptables = iptables;
    dns->names = dns_names_new();
    dns->epoll = dns->home = dns->wake.fd = -EBADF;
    return dns;
}

struct dns *networks_dns(struct networks *networks) { return networks->dns; }

/* --- places --- */

void dns_join(struct dns *dns, const struct dns_place *place)
{
    dns_lock(dns);
    dns_names_join(dns->names, place);
    dns_unlock(dns);
}

void dns_leave(struct dns *dns, const char *endpoint)
{
    dns_lock(dns);
    dns_names_leave(dns->names, endpoint);
    dns_unlock(dns);
}

void dns_rename(struct dns *dns, const char *container, const char *name)
{
    dns_lock(dns);
    dns_names_rename(dns->names, container, name);
    dns_unlock(dns);
}

/* --- beginning and ending --- */

static struct server *server_find(const struct dns *dns, const char *container)
{
    struct server *server = dns->servers;
    while (server && !str_equal(server->container, container))
        server = server->next;
    return server;
}

static bool upstream_parse(const struct dns_upstream *given, struct upstream *out)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)&out->address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&out->address;
    *out = (struct upstream){.from_host = given->from_host};
    if (inet_pton(AF_INET, given->address, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(UPSTREAM_PORT);
        out->length = sizeof *v4;
        /* In the container's namespace that is this very server. */
        return given->from_host || !str_equal(given->address, RESOLVER_ADDRESS);
    }
    if (inet_pton(AF_INET6, given->address, &v6->sin6_addr) != 1)
        return false;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(UPSTREAM_PORT);
    out->length = sizeof *v6;
    return true;
}

static bool same_upstream(const struct upstream *one, const struct upstream *other)
{
    return one->from_host == other->from_host && memcmp(&one->address, &other->address, sizeof one->address) == 0;
}

/* Questions that are under way with others are dropped; whoever asked asks again. */
static void set_upstreams(struct server *server, const struct dns_service *service)
{
    struct upstream upstreams[DNS_UPSTREAMS_MOST];
    size_t count = 0;
    for (size_t i = 0; i < service->upstream_count && count < DNS_UPSTREAMS_MOST; i++)
        if (upstream_parse(&service->upstreams[i], &upstreams[count]))
            count++;
    server->dotted = service->dotted;
    bool same = count == server->upstream_count;
    for (size_t i = 0; i < count && same; i++)
        same = same_upstream(&upstreams[i], &server->upstreams[i]);
    if (same)
        return;
    forwards_end(server);
    clients_end(server);
    memcpy(server->upstreams, upstreams, sizeof upstreams);
    server->upstream_count = count;
}

static void server_free(struct server *server)
{
    struct dns *dns = server->dns;
    forwards_end(server);
    clients_end(server);
    watch_end(dns, &server->udp);
    watch_end(dns, &server->tcp);
    fd_close(server->netns);
    if (server->party)
        dns_party_release(dns->names, server->party);
    free(server);
}

/* The same ports again after a restart of the daemon: what the kernel remembers of the container's sockets (conntrack) still leads
 * here. */
static uint16_t port_for(const char *container, uint32_t seed)
{
    for (; *container; container++)
        seed = (seed ^ (unsigned char)*container) * 16777619u;
    return (uint16_t)(PORTS_FROM + seed % PORTS);
}

/* With the lock held. */
static int enlist(struct dns *dns, const struct dns_service *service, struct resolver_place *place, struct error *err)
{
    struct server *server = xcalloc(1, sizeof *server);
    server->dns = dns;
    server->netns = fcntl(service->netns, F_DUPFD_CLOEXEC, 3);
    snprintf(server->container, sizeof server->container, "%s", service->container);
    int r = server->netns < 0 ? -errno : dns_start(dns, err);
    if (r == 0)
        r = watch_begin(dns, &server->udp, WATCH_UDP, move_fd(place->udp), EPOLLIN);
    if (r == 0)
        r = watch_begin(dns, &server->tcp, WATCH_TCP, move_fd(place->tcp), EPOLLIN);
    if (r < 0) {
        server_free(server);
        return error_errno(err, -r, "serve names");
    }
    server->party = dns_party_hold(dns->names, service->container);
    set_upstreams(server, service);
    server->next = dns->servers;
    dns->servers = server;
    return 0;
}

static bool renew(struct dns *dns, const struct dns_service *service)
{
    dns_lock(dns);
    struct server *server = server_find(dns, service->container);
    if (server)
        set_upstreams(server, service);
    dns_unlock(dns);
    return server;
}

int dns_serve(struct dns *dns, const struct dns_service *service, struct steps *steps, struct error *err)
{
    if (renew(dns, service))
        return 0;
    char label[16];
    snprintf(label, sizeof label, "%.12s", service->container);
    struct resolver_place place = {.iptables = dns->iptables,
                                   .label = label,
                                   .udp_port = port_for(service->container, 2166136261u),
                                   .tcp_port = port_for(service->container, 16777619u),
                                   .fresh = service->fresh};
    int r = resolver_open(service->netns, &place, steps, err);
    if (r < 0)
        return r;
    dns_lock(dns);
    r = enlist(dns, service, &place, err);
    dns_unlock(dns);
    if (place.udp >= 0)
        fd_close(place.udp);
    if (place.tcp >= 0)
        fd_close(place.tcp);
    return r;
}

void dns_end(struct dns *dns, const char *container)
{
    dns_lock(dns);
    struct server **at = &dns->servers;
    while (*at && !str_equal((*at)->container, container))
        at = &(*at)->next;
    struct server *server = *at;
    if (server) {
        *at = server->next;
        server_free(server);
    }
    dns_unlock(dns);
}

void dns_free(struct dns *dns)
{
    if (!dns)
        return;
    dns_stop(dns);
    while (dns->servers) {
        struct server *server = dns->servers;
        dns->servers = server->next;
        server_free(server);
    }
    dns_names_free(dns->names);
    free(dns->slots);
    pthread_mutex_destroy(&dns->queue);
    pthread_mutex_destroy(&dns->lock);
    free(dns);
}

/* --- UDP --- */

struct dns_asker server_asker(const struct server *server, bool tcp)
{
    return (struct dns_asker){.names = server->dns->names,
                              .party = server->party,
                              .tcp = tcp,
                              .forwards = server->upstream_count > 0,
                              .dotted = server->dotted};
}

void server_say(struct server *server, const struct sockaddr_in *peer, const uint8_t *wire, size_t length)
{
    /* A client whose buffer is full, or that is gone, asks again or does not care. */
    (void)!sendto(server->udp.fd, wire, length, MSG_DONTWAIT | MSG_NOSIGNAL, (const struct sockaddr *)peer, sizeof *peer);
}

void server_udp_ready(struct server *server)
{
    struct dns *dns = server->dns;
    struct dns_asker asker = server_asker(server, false);
    for (int i = 0; i < QUESTIONS_A_TURN; i++) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        ssize_t got = recvfrom(server->udp.fd, dns->buffer, DNS_MESSAGE_MOST, MSG_DONTWAIT, (struct sockaddr *)&peer, &size);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0 || size != sizeof peer)
            continue;
        struct dns_message reply;
        ldns_pkt *query;
        enum dns_verdict verdict = dns_answer(&asker, dns->buffer, (size_t)got, &reply, &query);
        if (verdict == DNS_REPLY)
            server_say(server, &peer, reply.wire, reply.length);
        else if (verdict == DNS_FORWARD)
            forward_begin(server, query, dns->buffer, (size_t)got, &peer, NULL);
        free(reply.wire);
    }
}
