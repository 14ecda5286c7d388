/* Names: the name server at 127.0.0.11 of containers on networks that people made.
 *
 * Two things are told to it. Places: "this container is on that network, with these addresses, names and links" (dns_join,
 * dns_leave, dns_rename). And servers: "answer in this namespace for that container" (dns_serve, dns_end), which opens a UDP and a
 * TCP socket there and makes the NAT rules that lead 127.0.0.11:53 to them (kernel/resolver.h). One thread serves all of them.
 *
 * What a container may see is what its own networks hold: names of containers, --network-alias, short ids, each also as
 * NAME.NETWORK, and its own --link aliases; A, AAAA and PTR ("name.network."), 600 seconds, in random order. Other types of a name
 * that is known have no data. Everything else goes to the upstream servers, one after the other, from the container's namespace or
 * from the host's, and what they say is passed on as it is; a container whose networks are all internal gets SERVFAIL instead, as
 * one whose upstreams are silent does. What is told changes answers at once.
 *
 * Limits, per container: DNS_FORWARDS_MOST questions under way (beyond: REFUSED), DNS_CLIENTS_MOST connections; a turn of the loop
 * takes a few questions of each that has some, so that a flood from one does not starve another.
 *
 * Messages are read and written by ldns. RFC 1035, 6891 (EDNS), 7766 (TCP), 5452 (random ids and ports, answers from the asked
 * server alone). All functions may be called by several threads.
 */
#ifndef SLIPWAY_NETWORK_DNS_H
#define SLIPWAY_NETWORK_DNS_H

#include "base/error.h"
#include "kernel/net/iptables.h"
#include "kernel/step.h"
#include "network/network.h"

#include <stdbool.h>
#include <stdint.h>

enum { DNS_TTL = 600, DNS_FORWARDS_MOST = 128, DNS_CLIENTS_MOST = 64, DNS_UPSTREAMS_MOST = 8, DNS_PATIENCE_MS = 2000 };

struct dns;

/* `iptables` is kept. The thread begins with the first server. */
struct dns *dns_new(const struct iptables *iptables);
void dns_free(struct dns *dns); /* NULL is fine; closes every server */

/* The one of a set of networks. */
struct dns *networks_dns(struct networks *networks);

/* --- places --- */

struct dns_link {
    const char *alias, *name; /* --link NAME:ALIAS */
};

struct dns_place {
    const char *endpoint;  /* id */
    const char *container; /* full id */
    const char *name;      /* the container's */
    const char *network, *network_name;
    bool internal;                /* the network has no way out */
    bool plain;                   /* names mean nothing there (the default bridge): only a way out */
    const char *address;          /* IPv4, "" when none */
    const char *address6;         /* IPv6, "" or NULL when none */
    char *const *aliases;         /* NULL: none */
    const struct dns_link *links; /* seen by this container alone */
    size_t link_count;
};

void dns_join(struct dns *dns, const struct dns_place *place);
void dns_leave(struct dns *dns, const char *endpoint);
void dns_rename(struct dns *dns, const char *container, const char *name);

/* --- servers --- */

struct dns_upstream {
    char address[46];
    bool from_host; /* asked from the host's namespace: a server on the host's own loopback */
};

struct dns_service {
    const char *container;
    int netns;   /* descriptor of its namespace; the caller's */
    bool fresh;  /* the namespace is new */
    bool dotted; /* only names with a dot are forwarded (an "ndots" above 0 was asked for) */
    const struct dns_upstream *upstreams;
    size_t upstream_count;
};

/* A second time for the same container: only the upstreams change. */
int dns_serve(struct dns *dns, const struct dns_service *service, struct steps *steps, struct error *err);
/* Every descriptor in its namespace is closed when this returns. */
void dns_end(struct dns *dns, const char *container);

#endif
