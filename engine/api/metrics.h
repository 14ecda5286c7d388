/* GET /metrics: figures of the engine and of each container, in Prometheus' text format (version 0.0.4). */
#ifndef SLIPWAY_API_METRICS_H
#define SLIPWAY_API_METRICS_H

#include "api/http.h"

/* Serve /metrics and nothing else on `listen_fd` (--metrics-addr), for ever. */
int metrics_start(struct engine *engine, int listen_fd, struct error *err);

/* Count an answered request, if it is one that dockerd counts: creating, starting, removing a container, its changes, a commit. */
void metrics_request(const struct route *route, int64_t took_ns);

#endif
