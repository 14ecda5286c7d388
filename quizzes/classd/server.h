/* The socket side of slipway-classd: clients, batches and the group commit. */
#ifndef SLIPWAY_QUIZZES_CLASSD_SERVER_H
#define SLIPWAY_QUIZZES_CLASSD_SERVER_H

#include "quizzes/classd/store.h"

/* Serve clients of `listener` (SOCK_SEQPACKET) until SIGTERM or SIGINT (which must be blocked), or until nobody was connected for
 * `idle_ms`. Requests that arrive together share one transaction; replies leave after its COMMIT. */
int server_run(int listener, struct store *store, int64_t idle_ms, struct error *err);

#endif
