/* What proxy.c (the thread and its register), proxy_tcp.c and proxy_udp.c share. Everything here is used with the proxy's lock
 * held. */
#ifndef SLIPWAY_NETWORK_PROXY_LOOP_H
#define SLIPWAY_NETWORK_PROXY_LOOP_H

#include "network/proxy.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>

/* Something that epoll reports on. What has ended stays in memory, marked dead, until the events at hand are worked off, for
 * one of them may still point at it. */
struct watched {
    void (*ready)(struct proxy *proxy, struct watched *watched, uint32_t events);
    int fd;
    bool dead;
    void *memory; /* what to free; NULL when another `watched` has it */
    struct watched *next_dead;
};

struct tcp_flow;
struct udp_client;

/* One published port. */
struct service {
    struct watched watched;
    const void *owner;
    struct sockaddr_in backend;
    struct tcp_flow *flows;
    struct udp_client *clients;
    unsigned client_count;
    bool starved; /* out of descriptors: connections wait in the backlog */
    struct service *next;
};

struct proxy {
    pthread_mutex_t lock;
    pthread_t thread;
    int epoll;
    int wake;
    bool stop;
    struct service *services;
    struct tcp_flow *again; /* flows that had more to do than one turn allows */
    struct watched *dead;
    unsigned udp_clients;
    int64_t next_sweep_ns;
    char datagram[65536];
};

int proxy_watch(struct proxy *proxy, struct watched *watched, uint32_t events);
/* Close its descriptor and bury it. */
void proxy_bury(struct proxy *proxy, struct watched *watched);

void tcp_accept(struct proxy *proxy, struct watched *service, uint32_t events);
void tcp_close_all(struct proxy *proxy, struct service *service);
void tcp_again(struct proxy *proxy); /* another turn for those on proxy->again */

void udp_from_client(struct proxy *proxy, struct watched *service, uint32_t events);
void udp_close_all(struct proxy *proxy, struct service *service);
void udp_expire(struct proxy *proxy);
void udp_prepare(int socket); /* ask for the local address of each datagram */

#endif
