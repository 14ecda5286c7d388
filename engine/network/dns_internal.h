/* What the files of the name server share: the loop and its watches, servers, connections, questions under way. All of it under
 * dns->lock, which the loop holds while it works and not while it waits. */
#ifndef SLIPWAY_NETWORK_DNS_INTERNAL_H
#define SLIPWAY_NETWORK_DNS_INTERNAL_H

#include "base/strings.h"
#include "network/dns_answer.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>

/* A descriptor that the loop waits for. What an event names is looked up again, since whatever it was for may be gone by then. */
enum watch_kind { WATCH_NONE, WATCH_WAKE, WATCH_UDP, WATCH_TCP, WATCH_CLIENT, WATCH_FORWARD };

struct watch {
    enum watch_kind kind;
    int fd;       /* owned */
    uint64_t key; /* 0: not watched */
};

struct upstream {
    struct sockaddr_storage address;
    socklen_t length;
    bool from_host;
    int64_t silent_until_ns; /* did not answer in time: asked after the others until then */
};

struct server {
    struct watch udp, tcp;
    struct dns *dns;
    char container[65];
    struct dns_party *party;
    int netns; /* owned */
    struct upstream upstreams[DNS_UPSTREAMS_MOST];
    size_t upstream_count;
    bool dotted;
    unsigned forwards, clients; /* under way, connected */
    struct server *next;
};

/* A connection from a container. */
struct client {
    struct watch watch;
    struct server *server;
    struct buf in, out;
    size_t sent;      /* of `out` */
    unsigned waiting; /* questions of it that are with an upstream server */
    bool ended;       /* it sends no more */
    int64_t active_ns;
    struct client *previous, *next; /* least recently active first */
};

/* A question that is with an upstream server. */
struct forward {
    struct watch watch;
    struct server *server;
    ldns_pkt *query;
    uint8_t *wire;
    size_t length;
    bool tcp;
    struct sockaddr_in peer; /* UDP: who asked */
    uint64_t client;         /* TCP: the key of the connection */
    uint16_t id;
    uint8_t order[DNS_UPSTREAMS_MOST];
    unsigned attempt;
    struct dns_message last; /* a server's excuse, for when no other has an answer */
    struct buf out, in;      /* TCP */
    size_t sent;
    int64_t deadline_ns;
    struct forward *previous, *next; /* by deadline */
};

struct slot {
    struct watch *watch;
    uint32_t generation;
    uint32_t next_free;
};

struct dns {
    pthread_mutex_t queue, lock; /* `queue` is held while waiting for `lock`, so that a busy loop lets others in */
    const struct iptables *iptables;
    struct dns_names *names;
    pthread_t thread;
    bool running, stopping;
    int epoll, home; /* home: the namespace of the program */
    struct watch wake;
    struct slot *slots;
    uint32_t slot_room, slot_free;
    struct server *servers;
    struct client *first_client, *last_client;
    struct forward *first_forward, *last_forward;
    uint8_t *buffer; /* DNS_MESSAGE_MOST bytes */
};

void dns_lock(struct dns *dns);
void dns_unlock(struct dns *dns);

/* --- dns_loop.c --- */

int dns_start(struct dns *dns, struct error *err);
void dns_stop(struct dns *dns);
/* Takes the descriptor over; closed when it cannot be watched. */
int watch_begin(struct dns *dns, struct watch *watch, enum watch_kind kind, int fd, uint32_t events);
void watch_change(struct dns *dns, struct watch *watch, uint32_t events);
void watch_end(struct dns *dns, struct watch *watch); /* closes */
struct watch *watch_find(const struct dns *dns, uint64_t key, enum watch_kind kind);

/* --- dns_server.c --- */

struct dns_asker server_asker(const struct server *server, bool tcp);
void server_udp_ready(struct server *server);
void server_say(struct server *server, const struct sockaddr_in *peer, const uint8_t *wire, size_t length);

/* --- dns_client.c --- */

void client_accept(struct server *server);
void client_ready(struct client *client, uint32_t events);
/* Behind what is to be sent to it; sent when the turn of the connection ends. */
void client_put(struct client *client, const uint8_t *wire, size_t length);
/* A late answer, for a connection that may be gone. */
void client_say(struct dns *dns, uint64_t key, const uint8_t *wire, size_t length);
/* Milliseconds until the next is due; -1: none. */
int clients_expire(struct dns *dns, int64_t now_ns);
void clients_end(struct server *server);

/* --- dns_forward.c --- */

/* Takes `query` over. `peer` for UDP, `client` for TCP. */
void forward_begin(struct server *server, ldns_pkt *query, const uint8_t *wire, size_t length, const struct sockaddr_in *peer,
                   struct client *client);
void forward_ready(struct forward *forward, uint32_t events);
int forwards_expire(struct dns *dns, int64_t now_ns);
void forwards_end(struct server *server);

#endif
