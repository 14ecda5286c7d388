/* The glass box's memory: the last steps of each container and the last 4096 of the whole engine, kept as JSON text. */
#ifndef SLIPWAY_DAEMON_STEPS_H
#define SLIPWAY_DAEMON_STEPS_H

#include "base/strings.h"
#include "daemon/engine.h"
#include "kernel/step.h"

struct step_list;
struct step_ring;

struct step_list *step_list_new(struct instance *instance);
void step_list_free(struct step_list *list);
struct step_ring *step_ring_new(void);

/* Add an array as steps_json gives it (taken over; may be NULL). `phase` is "create", "network", "start", "exec", "stop", "kill",
 * "pause" or "remove". */
void steps_add(struct instance *instance, const char *phase, json_t *array);
/* The same from the daemon's own log, which is emptied. */
void steps_add_log(struct instance *instance, const char *phase, struct steps *log);

/* JSON objects of `instance` from position `*next` on, each followed by `separator`; moves `*next`. */
void steps_read(struct instance *instance, size_t *next, const char *separator, struct buf *out);

/* Those of the engine's ring with a number above `since`, separated by commas; gives the last number used. */
uint64_t steps_read_ring(struct engine *engine, uint64_t since, struct buf *out);
uint64_t steps_last(struct engine *engine);

#endif
