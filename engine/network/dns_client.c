/* Connections from containers: messages behind their lengths, several under way, answered in the order in which answers come
 * (RFC 7766). One that reads nothing is read no further; one that is silent is closed. */
#include "base/clock.h"
#include "base/memory.h"
#include "network/dns_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { IDLE_MS = 10000, CONNECTIONS_A_TURN = 8, OUT_MOST = 256 * 1024, IN_PART = 16384, PENDING_MOST = 64, LENGTH_BYTES = 2 };

/* --- the list --- */

static void list_remove(struct dns *dns, struct client *client)
{
    *(client->previous ? &client->previous->next : &dns->first_client) = client->next;
    *(client->next ? &client->next->previous : &dns->last_client) = client->previous;
    client->previous = client->next = NULL;
}

static void list_append(struct dns *dns, struct client *client)
{
    client->previous = dns->last_client;
    *(dns->last_client ? &dns->last_client->next : &dns->first_client) = client;
    dns->last_client = client;
    client->active_ns = clock_mono_ns();
}

static void client_end(struct client *client)
{
    struct dns *dns = client->server->dns;
    list_remove(dns, client);
    watch_end(dns, &client->watch);
    client->server->clients--;
    buf_free(&client->in);
    buf_free(&client->out);
    free(client);
}

static struct client *oldest_of(const struct server *server)
{
    struct client *client = server->dns->first_client;
    while (client && client->server != server)
        client = client->next;
    return client;
}

void client_accept(struct server *server)
{
    struct dns *dns = server->dns;
    for (int i = 0; i < CONNECTIONS_A_TURN; i++) {
        int fd = accept4(server->tcp.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        bool full = fd < 0 && (errno == EMFILE || errno == ENFILE);
        if (server->clients && (full || (fd >= 0 && server->clients == DNS_CLIENTS_MOST)))
            client_end(oldest_of(server));
        if (fd < 0)
            return;
        struct client *client = xcalloc(1, sizeof *client);
        client->server = server;
        server->clients++;
        list_append(dns, client);
        if (watch_begin(dns, &client->watch, WATCH_CLIENT, fd, EPOLLIN) < 0)
            client_end(client);
    }
}

/* --- saying --- */

static size_t unsent(const struct client *client) { return client->out.len - client->sent; }

void client_put(struct client *client, const uint8_t *wire, size_t length)
{
    const unsigned char head[LENGTH_BYTES] = {(unsigned char)(length >> 8), (unsigned char)length};
    buf_add(&client->out, head, sizeof head);
    buf_add(&client->out, wire, length);
}

static bool may_read(const struct client *client)
{
    return !client->ended && unsent(client) < OUT_MOST && client->waiting < PENDING_MOST;
}

/* Sends what it can and says what is waited for; false: the connection is over. */
static bool settle(struct client *client)
{
    while (unsent(client)) {
        ssize_t sent = send(client->watch.fd, client->out.data + client->sent, unsent(client), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno == EINTR)
            continue;
        if (sent < 0 && errno != EAGAIN)
            return false;
        if (sent < 0)
            break;
        client->sent += (size_t)sent;
    }
    if (!unsent(client)) {
        buf_clear(&client->out);
        client->sent = 0;
    }
    if (client->ended && !unsent(client) && !client->waiting)
        return false;
    watch_change(client->server->dns, &client->watch, (may_read(client) ? EPOLLIN : 0u) | (unsent(client) ? EPOLLOUT : 0u));
    return true;
}

/* --- hearing --- */

static void hear(struct client *client, const uint8_t *wire, size_t length)
{
    struct dns_asker asker = server_asker(client->server, true);
    struct dns_message reply;
    ldns_pkt *query;
    enum dns_verdict verdict = dns_answer(&asker, wire, length, &reply, &query);
    if (verdict == DNS_REPLY)
        client_put(client, reply.wire, reply.length);
    else if (verdict == DNS_FORWARD)
        forward_begin(client->server, query, wire, length, NULL, client);
    free(reply.wire);
}

/* Whole messages out of what has come. */
static void hear_all(struct client *client)
{
    size_t at = 0;
    while (may_read(client) || client->ended) {
        const unsigned char *head = (const unsigned char *)client->in.data + at;
        size_t left = client->in.len - at;
        size_t length = left < LENGTH_BYTES ? 0 : (size_t)head[0] << 8 | head[1];
        if (left < LENGTH_BYTES + length || left < LENGTH_BYTES)
            break;
        hear(client, head + LENGTH_BYTES, length);
        at += LENGTH_BYTES + length;
    }
    if (at)
        buf_consume(&client->in, at);
}

static bool read_some(struct client *client)
{
    struct dns *dns = client->server->dns;
    ssize_t got = recv(client->watch.fd, dns->buffer, IN_PART, MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0)
        client->ended = true;
    buf_add(&client->in, dns->buffer, (size_t)got);
    list_remove(dns, client);
    list_append(dns, client);
    return true;
}

void client_ready(struct client *client, uint32_t events)
{
    bool alive = !(events & EPOLLERR);
    if (alive && events & (EPOLLIN | EPOLLHUP) && !client->ended)
        alive = read_some(client);
    else if (alive && events & EPOLLHUP)
        alive = false;
    if (alive)
        hear_all(client);
    if (!alive || !settle(client))
        client_end(client);
}

void client_say(struct dns *dns, uint64_t key, const uint8_t *wire, size_t length)
{
    struct client *client = (struct client *)watch_find(dns, key, WATCH_CLIENT);
    if (!client)
        return;
    client->waiting--;
    if (length)
        client_put(client, wire, length);
    hear_all(client);
    if (!settle(client))
        client_end(client);
}

/* --- ending --- */

int clients_expire(struct dns *dns, int64_t now_ns)
{
    for (;;) {
        struct client *client = dns->first_client;
        if (!client)
            return -1;
        int64_t left = client->active_ns + IDLE_MS * INT64_C(1000000) - now_ns;
        if (left > 0)
            return (int)(left / 1000000) + 1;
        if (client->waiting) { /* an answer is on its way */
            list_remove(dns, client);
            list_append(dns, client);
        } else {
            client_end(client);
        }
    }
}

void clients_end(struct server *server)
{
    for (struct client *client = server->dns->first_client, *next; client; client = next) {
        next = client->next;
        if (client->server == server)
            client_end(client);
    }
}
