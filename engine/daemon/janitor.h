/* Work that nobody waits for: what a removed container leaves (its layer, its directories) is cleared away after the client has its
 * answer. What a crash interrupts is found and finished at the next start (daemon/recover.c). */
#ifndef SLIPWAY_DAEMON_JANITOR_H
#define SLIPWAY_DAEMON_JANITOR_H

#include "daemon/engine.h"

struct janitor;

struct janitor *janitor_new(struct engine *engine);
void janitor_clear(struct engine *engine, const char *container_id);
/* Wait until nothing is left to do, at most `timeout_ms`; false when time ran out. */
bool janitor_drain(struct engine *engine, int timeout_ms);

/* At once, in the caller's thread: the layer first, the directory with its name last, so that an interruption can be resumed. */
void janitor_clear_now(struct engine *engine, const char *container_id);

#endif
