/* Who is called what, on which network, and what one container may see of it. Not locked. */
#ifndef SLIPWAY_NETWORK_DNS_NAMES_H
#define SLIPWAY_NETWORK_DNS_NAMES_H

#include "network/dns.h"

struct dns_names;
struct dns_party; /* a container: what it sees */

struct dns_names *dns_names_new(void);
void dns_names_free(struct dns_names *names);

void dns_names_join(struct dns_names *names, const struct dns_place *place);
void dns_names_leave(struct dns_names *names, const char *endpoint);
void dns_names_rename(struct dns_names *names, const char *container, const char *name);

/* The one of a container, made when there is none; to be given back. */
struct dns_party *dns_party_hold(struct dns_names *names, const char *container);
void dns_party_release(struct dns_names *names, struct dns_party *party);
/* Is there a way out: is it on a network that is not internal? */
bool dns_party_outside(const struct dns_party *party);

enum { DNS_ADDRESSES_MOST = 2000 }; /* in one answer, so that it fits into a message */

struct dns_address {
    bool v6;
    unsigned char bytes[16];
};

struct dns_found {
    struct dns_address *list; /* allocated; NULL when there are none */
    size_t count;
};

/* All addresses behind a name ("web", "web.net"; no dot at the end, any case) on the first of the party's networks that knows it.
 * False: nobody is called that. */
bool dns_names_find(const struct dns_names *names, const struct dns_party *party, const char *name, struct dns_found *found);

enum { DNS_NAME_TEXT = 512 };
/* "web.net" */
bool dns_names_reverse(const struct dns_party *party, const struct dns_address *address, char out[DNS_NAME_TEXT]);

#endif
