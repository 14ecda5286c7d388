/* The files that are bound over a container's /etc. Pure functions from texts to texts, so that they can be tested. */
#ifndef SLIPWAY_DAEMON_ETC_H
#define SLIPWAY_DAEMON_ETC_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

/* What --dns, --dns-search and --dns-option say; an empty list leaves it to the host's file. */
struct resolver {
    const json_t *servers, *search, *options;
};

/* A container's resolv.conf from the host's. Name servers on the host's own loopback mean nothing in a network of its own; when
 * none is left there, public ones stand in, as in Docker. Allocated. */
char *resolv_conf(const char *host, const struct resolver *given, bool own_network);

/* "NAME:ADDRESS" of --add-host; EINVAL with dockerd's sentence. */
int extra_hosts_check(const json_t *extra, struct error *err);

#endif
