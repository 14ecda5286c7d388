/* Connections over TLS, in front of the HTTP server: handed to it as plain ones once the client has shown who it is. */
#ifndef SLIPWAY_API_SERVER_TLS_H
#define SLIPWAY_API_SERVER_TLS_H

#include "base/tls.h"

#include <microhttpd.h>

/* Accept on `listen_fd` for ever, in a thread. `context` must outlive the process's connections. */
int server_tls_start(struct MHD_Daemon *http, int listen_fd, struct tls_context *context, struct error *err);

#endif
