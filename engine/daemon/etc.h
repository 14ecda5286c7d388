/* The files that are bound over a container's /etc. Pure functions from texts to texts, so that they can be tested. */
#ifndef SLIPWAY_DAEMON_ETC_H
#define SLIPWAY_DAEMON_ETC_H

#include "base/error.h"
#include "daemon/engine.h"
#include "network/dns.h"

#include <jansson.h>
#include <stdbool.h>

/* What --dns, --dns-search and --dns-option say; an empty list leaves it to the host's file. */
struct resolver {
    const json_t *servers, *search, *options;
};

/* A container's resolv.conf from the host's. Name servers on the host's own loopback mean nothing in a network of its own; when
 * none is left there, public ones stand in, as in Docker. Allocated. */
char *resolv_conf(const char *host, const struct resolver *given, bool own_network);

/* The same for a container that has a name server at 127.0.0.11: the other servers are that one's upstreams. */
char *resolv_conf_embedded(const char *host, const struct resolver *given);
size_t resolv_conf_upstreams(const char *host, const struct resolver *given, struct dns_upstream out[DNS_UPSTREAMS_MOST]);
/* Was an "ndots" above 0 asked for? Then names without a dot are nobody else's business. */
bool resolv_conf_dotted(const struct resolver *given, const char *host);

/* A container's file, and what its name server needs to know. */
int resolv_conf_write(struct instance *instance, const json_t *host_config, struct error *err);
/* A running container has a name server now. A file that was changed by hand stays as it is. */
int resolv_conf_switch(struct instance *instance, const json_t *host_config, struct error *err);
size_t resolv_conf_service(struct instance *instance, const json_t *host_config, struct dns_upstream out[DNS_UPSTREAMS_MOST],
                           bool *dotted);

/* Of a running container: a line of /etc/hosts for one more address of its own, or that line taken out. */
void hosts_add_own(struct instance *instance, const char *address);
void hosts_drop_own(struct instance *instance, const char *address);
/* `hosts` without the lines of an address. Allocated. */
char *hosts_without(const char *hosts, const char *address);

/* "NAME:ADDRESS" of --add-host; EINVAL with dockerd's sentence. */
int extra_hosts_check(const json_t *extra, struct error *err);

#endif
