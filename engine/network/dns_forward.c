/* Questions for upstream servers: one after the other until one has an answer, each time from a new socket (and so a new port) with
 * a new id. The socket is connected, so the kernel drops what comes from elsewhere; what comes is compared with what was asked. */
#include "base/clock.h"
#include "base/digest.h"
#include "base/memory.h"
#include "kernel/net/resolver.h"
#include "network/dns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { LENGTH_BYTES = 2, ANSWERS_A_TURN = 4 };

static const int64_t SILENCE_NS = 10 * INT64_C(1000000000);

/* --- the list --- */

static void list_remove(struct dns *dns, struct forward *forward)
{
    *(forward->previous ? &forward->previous->next : &dns->first_forward) = forward->next;
    *(forward->next ? &forward->next->previous : &dns->last_forward) = forward->previous;
    forward->previous = forward->next = NULL;
}

/* All wait equally long, so the order of deadlines is that of appending. */
static void list_append(struct dns *dns, struct forward *forward)
{
    forward->previous = dns->last_forward;
    *(dns->last_forward ? &dns->last_forward->next : &dns->first_forward) = forward;
    dns->last_forward = forward;
    forward->deadline_ns = clock_mono_ns() + DNS_PATIENCE_MS * INT64_C(1000000);
}

/* Its time is over. */
static void list_first(struct dns *dns, struct forward *forward)
{
    list_remove(dns, forward);
    forward->next = dns->first_forward;
    *(forward->next ? &forward->next->previous : &dns->last_forward) = forward;
    dns->first_forward = forward;
    forward->deadline_ns = 0;
}

static void forward_free(struct forward *forward)
{
    struct dns *dns = forward->server->dns;
    watch_end(dns, &forward->watch);
    list_remove(dns, forward);
    forward->server->forwards--;
    ldns_pkt_free(forward->query);
    free(forward->wire);
    free(forward->last.wire);
    buf_free(&forward->in);
    buf_free(&forward->out);
    free(forward);
}

/* --- the end of a question --- */

/* Frees it. `length` 0: say nothing. */
static void finish(struct forward *forward, const uint8_t *wire, size_t length)
{
    struct server *server = forward->server;
    struct dns *dns = server->dns;
    struct sockaddr_in peer = forward->peer;
    uint64_t client = forward->client;
    bool tcp = forward->tcp;
    struct dns_message shorter = {0};
    if (!tcp && length > dns_udp_limit(forward->query) && dns_refusal(forward->query, LDNS_RCODE_NOERROR, true, &shorter))
        wire = shorter.wire, length = shorter.length;
    cleanup_free uint8_t *copy = length ? memcpy(xmalloc(length), wire, length) : NULL;
    free(shorter.wire);
    forward_free(forward);
    if (tcp)
        client_say(dns, client, copy, length);
    else if (length)
        server_say(server, &peer, copy, length);
}

static void give_up(struct forward *forward)
{
    struct dns_message reply = {0};
    if (forward->last.length) {
        struct dns_message last = forward->last;
        forward->last = (struct dns_message){0};
        finish(forward, last.wire, last.length);
        free(last.wire);
        return;
    }
    (void)dns_refusal(forward->query, LDNS_RCODE_SERVFAIL, false, &reply);
    finish(forward, reply.wire, reply.length);
    free(reply.wire);
}

/* --- asking --- */

/* Those that answer lately come first, otherwise as they are listed. */
static void order_upstreams(const struct server *server, uint8_t order[DNS_UPSTREAMS_MOST])
{
    int64_t now = clock_mono_ns();
    size_t count = 0;
    for (int silent = 0; silent < 2; silent++)
        for (size_t i = 0; i < server->upstream_count; i++)
            if ((server->upstreams[i].silent_until_ns > now) == silent)
                order[count++] = (uint8_t)i;
}

static struct upstream *upstream_of(const struct forward *forward)
{
    return &forward->server->upstreams[forward->order[forward->attempt % forward->server->upstream_count]];
}

/* A single server is asked twice. */
static bool more_to_ask(const struct forward *forward)
{
    size_t count = forward->server->upstream_count;
    return forward->attempt < (count == 1 ? 2 : count);
}

static int send_question(struct forward *forward)
{
    struct server *server = forward->server;
    const struct upstream *upstream = upstream_of(forward);
    int netns = upstream->from_host ? server->dns->home : server->netns;
    int fd = netns_socket(netns, server->dns->home, upstream->address.ss_family, forward->tcp ? SOCK_STREAM : SOCK_DGRAM);
    if (fd < 0)
        return fd;
    int r = watch_begin(server->dns, &forward->watch, WATCH_FORWARD, fd, forward->tcp ? EPOLLOUT : EPOLLIN);
    if (r < 0)
        return r;
    if (connect(fd, (const struct sockaddr *)&upstream->address, upstream->length) < 0 && errno != EINPROGRESS)
        return -errno;
    random_bytes(&forward->id, sizeof forward->id);
    ldns_write_uint16(forward->wire, forward->id);
    forward->id = ldns_read_uint16(forward->wire);
    if (!forward->tcp)
        return send(fd, forward->wire, forward->length, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 ? -errno : 0;
    const unsigned char head[LENGTH_BYTES] = {(unsigned char)(forward->length >> 8), (unsigned char)forward->length};
    buf_clear(&forward->in);
    buf_clear(&forward->out);
    forward->sent = 0;
    buf_add(&forward->out, head, sizeof head);
    buf_add(&forward->out, forward->wire, forward->length);
    return 0;
}

/* To the first of the remaining servers that can be asked. */
static bool ask(struct forward *forward)
{
    struct dns *dns = forward->server->dns;
    for (; more_to_ask(forward); forward->attempt++) {
        list_remove(dns, forward);
        list_append(dns, forward);
        if (send_question(forward) == 0)
            return true;
        watch_end(dns, &forward->watch);
    }
    return false;
}

/* The question ends when there is nobody left. */
static void ask_next(struct forward *forward)
{
    watch_end(forward->server->dns, &forward->watch);
    forward->attempt++;
    if (!ask(forward))
        give_up(forward);
}

static void refuse(struct server *server, const ldns_pkt *query, const struct sockaddr_in *peer, struct client *client)
{
    struct dns_message reply = {0};
    if (!dns_refusal(query, LDNS_RCODE_REFUSED, false, &reply))
        return;
    if (peer)
        server_say(server, peer, reply.wire, reply.length);
    else
        client_put(client, reply.wire, reply.length);
    free(reply.wire);
}

void forward_begin(struct server *server, ldns_pkt *query, const uint8_t *wire, size_t length, const struct sockaddr_in *peer,
                   struct client *client)
{
    if (server->forwards >= DNS_FORWARDS_MOST) {
        refuse(server, query, peer, client);
        ldns_pkt_free(query);
        return;
    }
    struct forward *forward = xcalloc(1, sizeof *forward);
    forward->server = server;
    forward->query = query;
    forward->wire = memcpy(xmalloc(length), wire, length);
    forward->length = length;
    forward->tcp = client != NULL;
    if (peer)
        forward->peer = *peer;
    if (client) {
        forward->client = client->watch.key;
        client->waiting++;
    }
    server->forwards++;
    order_upstreams(server, forward->order);
    list_append(server->dns, forward);
    if (!ask(forward))
        list_first(server->dns, forward); /* the caller may be in the midst of its client: told at the end of this turn */
}

/* --- answers --- */

/* The question may be over after this: true. */
static bool take_answer(struct forward *forward, uint8_t *wire, size_t length)
{
    struct dns_upstream_says says = dns_check_answer(forward->query, forward->id, wire, length);
    if (!says.accepted)
        return false;
    upstream_of(forward)->silent_until_ns = 0;
    ldns_write_uint16(wire, ldns_pkt_id(forward->query));
    if (says.rcode != LDNS_RCODE_SERVFAIL && says.rcode != LDNS_RCODE_REFUSED) {
        finish(forward, wire, length);
        return true;
    }
    /* It has nothing to say; another may. */
    free(forward->last.wire);
    forward->last = (struct dns_message){memcpy(xmalloc(length), wire, length), length};
    ask_next(forward);
    return true;
}

static void udp_ready(struct forward *forward)
{
    struct dns *dns = forward->server->dns;
    for (int i = 0; i < ANSWERS_A_TURN; i++) {
        ssize_t got = recv(forward->watch.fd, dns->buffer, DNS_MESSAGE_MOST, MSG_DONTWAIT);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got < 0) { /* nobody listens there */
            ask_next(forward);
            return;
        }
        if (take_answer(forward, dns->buffer, (size_t)got))
            return;
    }
}

static void tcp_send(struct forward *forward)
{
    ssize_t sent =
        send(forward->watch.fd, forward->out.data + forward->sent, forward->out.len - forward->sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (sent < 0) {
        ask_next(forward);
        return;
    }
    forward->sent += (size_t)sent;
    if (forward->sent == forward->out.len)
        watch_change(forward->server->dns, &forward->watch, EPOLLIN);
}

static void tcp_receive(struct forward *forward)
{
    struct dns *dns = forward->server->dns;
    ssize_t got = recv(forward->watch.fd, dns->buffer, DNS_MESSAGE_MOST, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        ask_next(forward);
        return;
    }
    buf_add(&forward->in, dns->buffer, (size_t)got);
    const unsigned char *head = (const unsigned char *)forward->in.data;
    size_t length = forward->in.len < LENGTH_BYTES ? 0 : (size_t)head[0] << 8 | head[1];
    if (forward->in.len < LENGTH_BYTES || forward->in.len < LENGTH_BYTES + length)
        return;
    if (!take_answer(forward, (uint8_t *)forward->in.data + LENGTH_BYTES, length))
        ask_next(forward);
}

void forward_ready(struct forward *forward, uint32_t events)
{
    if (!forward->tcp)
        udp_ready(forward);
    else if (forward->sent < forward->out.len && !(events & EPOLLERR))
        tcp_send(forward);
    else
        tcp_receive(forward);
}

/* --- time, and the end --- */

int forwards_expire(struct dns *dns, int64_t now_ns)
{
    for (;;) {
        struct forward *forward = dns->first_forward;
        if (!forward)
            return -1;
        int64_t left = forward->deadline_ns - now_ns;
        if (left > 0)
            return (int)(left / 1000000) + 1;
        if (forward->watch.key)
            upstream_of(forward)->silent_until_ns = now_ns + SILENCE_NS;
        ask_next(forward);
    }
}

void forwards_end(struct server *server)
{
    for (struct forward *forward = server->dns->first_forward, *next; forward; forward = next) {
        next = forward->next;
        if (forward->server == server)
            forward_free(forward);
    }
}
