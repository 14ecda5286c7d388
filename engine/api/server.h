/* The HTTP server, on as many sockets as the engine listens on. */
#ifndef SLIPWAY_API_SERVER_H
#define SLIPWAY_API_SERVER_H

#include "daemon/engine.h"

struct tls_context;

/* Serve what arrives on `listen_fd`, for ever; with `tls` (NULL: none) only clients that shake hands with it. */
int server_start(struct engine *engine, int listen_fd, struct tls_context *tls, struct error *err);

/* Pick the route for a path; exposed for tests. Gives NULL when none fits. `captured` receives allocated texts. */
struct route;
const struct route *route_find(const char *method, const char *path, char *captured[]);

/* "/v1.41/info" to 41 and "/info"; 0 when there is no prefix; negative when it is malformed. Exposed for tests. */
int version_split(const char *url, const char **rest);

#endif
