/* One question and what is said to it: pure functions from bytes and names to bytes. */
#ifndef SLIPWAY_NETWORK_DNS_ANSWER_H
#define SLIPWAY_NETWORK_DNS_ANSWER_H

#include "network/dns_names.h"

#include <ldns/ldns.h>

/* No question that is one is longer; so a hostile one costs little. */
enum { DNS_QUERY_MOST = 1232, DNS_UDP_LEAST = 512, DNS_UDP_MOST = 4096, DNS_MESSAGE_MOST = 65535 };

struct dns_asker {
    const struct dns_names *names;
    const struct dns_party *party;
    bool tcp;      /* the answer may be long */
    bool forwards; /* there is an upstream server that may be asked */
    bool dotted;   /* names without a dot are not for upstream servers */
};

struct dns_message {
    uint8_t *wire; /* free() */
    size_t length;
};

enum dns_verdict {
    DNS_IGNORE,  /* no question at all: an answer, noise */
    DNS_REPLY,   /* *reply is what to say */
    DNS_FORWARD, /* *query is for an upstream server; ldns_pkt_free */
};

enum dns_verdict dns_answer(const struct dns_asker *asker, const uint8_t *wire, size_t length, struct dns_message *reply,
                            ldns_pkt **query);

/* An answer without records. False when there is no memory for it. */
bool dns_refusal(const ldns_pkt *query, ldns_pkt_rcode rcode, bool truncated, struct dns_message *reply);

/* How long an answer over UDP may be. */
size_t dns_udp_limit(const ldns_pkt *query);

struct dns_upstream_says {
    bool accepted; /* it answers `query`, which was sent with `id` */
    ldns_pkt_rcode rcode;
};
/* Only the head and the question are read; records are the client's to judge. */
struct dns_upstream_says dns_check_answer(const ldns_pkt *query, uint16_t id, const uint8_t *wire, size_t length);

#endif
