/* Host ports that this process holds for its containers. A port is held by a bound socket (listening, for tcp), so that a
 * port taken by anybody else is found before the container starts; the userland proxy then serves that socket. The register
 * is one for the process, as in dockerd, and locked. */
#ifndef SLIPWAY_NETWORK_PORTS_H
#define SLIPWAY_NETWORK_PORTS_H

#include "network/network.h"

struct held_port {
    struct port_mapping mapping;
    int socket;             /* of the mapping's own address; moved to the proxy when one serves it */
    int socket6;            /* of [::], with mapping.also_ipv6; -EBADF otherwise */
    struct held_port *next; /* of the same number */
};

/* Fills in what the mapping leaves open (port 0, address ""). NULL with EADDRINUSE when taken; texts are dockerd's, beginning
 * with "Bind for ..." or "Error starting userland proxy: ...". */
struct held_port *ports_hold(struct port_mapping *mapping, struct error *err);
void ports_release(struct held_port *held);

#endif
