/* TLS of the client: how it was configured, and connections that use it. For http.c; the rest of the program uses client.h. */
#ifndef SLIPWAY_CLIENT_SECURE_H
#define SLIPWAY_CLIENT_SECURE_H

#include "base/error.h"

#include <stdbool.h>

struct tls_link;

/* Was TLS asked for? Only tcp:// addresses use it. */
bool secure_wanted(void);

/* Replaces the connected *fd by one that speaks through TLS; closes it on failure. `host` is "tcp://name:port". Errors are as
 * tls_handshake's; `link` tells later why the connection broke. */
int secure_connect(int *fd, const char *host, struct tls_link **link, struct error *err);

#endif
