/* Several machines of one lab on one network ("hosts": ["web", "db"]): each further host is a machine of its own beside the main
 * one, "lab". A bridge lan0 in the main machine joins them: the main one is 10.99.0.1 there, the others have an eth0
 * each, 10.99.0.2 and so on in the order in which they are named, and /etc/hosts of all knows all names. There is no way out and no
 * default route. The others live as long as the main machine.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_LAN_H
#define SLIPWAY_DAEMON_SANDBOX_LAN_H

#include "daemon/engine.h"

enum { LAN_HOSTS_MOST = 8, LAN_NAME_MOST = 12 };

/* EINVAL for a list that is not one of at most LAN_HOSTS_MOST host names of at most LAN_NAME_MOST characters. */
int sandbox_lan_check(const json_t *hosts, struct error *err);
/* The lines of /etc/hosts; NULL without hosts; owned. */
char *sandbox_lan_names(const json_t *hosts);
/* Connects the running machine `peer`, host number `i`, with the running `main`. The first makes the bridge. */
int sandbox_lan_join(struct instance *main, struct instance *peer, size_t i, struct error *err);

#endif
