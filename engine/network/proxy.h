/* The userland proxy: what makes 127.0.0.1:PORT of the host reach a container, and the host's own addresses from the bridge,
 * where DNAT rules do not apply. One thread for any number of ports: tcp by splice(2) through a pipe for each direction, so that
 * bytes never enter this process; udp with one socket for each client, forgotten after 90 idle seconds. */
#ifndef SLIPWAY_NETWORK_PROXY_H
#define SLIPWAY_NETWORK_PROXY_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct proxy;

struct proxy *proxy_new(struct error *err);
void proxy_free(struct proxy *proxy); /* ends the thread and all connections */

/* Serve a bound (tcp: listening), non-blocking socket, which becomes the proxy's, by passing on to address:port (IPv4, network
 * byte order; host byte order). `owner` is only compared. */
int proxy_serve(struct proxy *proxy, const void *owner, int socket, bool udp, uint32_t address, uint16_t port, struct error *err);

/* Close the owner's sockets and connections; when it returns the ports are free. */
void proxy_drop(struct proxy *proxy, const void *owner);

#endif
