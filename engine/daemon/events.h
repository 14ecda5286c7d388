/* What happened, for GET /events. As dockerd's, the last 256 events are there for whoever asks for the past; followers wait on the
 * bell and may fall behind by a thousand. */
#ifndef SLIPWAY_DAEMON_EVENTS_H
#define SLIPWAY_DAEMON_EVENTS_H

#include "daemon/engine.h"

struct event_log;

struct event_log *event_log_new(void);

/* `attributes` (taken over, may be NULL) are the actor's. Container events go through event_container, which adds image, name and
 * labels as Docker does; `extra` holds what the action adds ("exitCode"). */
void event_emit(struct engine *engine, const char *type, const char *action, const char *actor, json_t *attributes);
void event_container(struct instance *instance, const char *action, json_t *extra);

/* What a start and an end mean for the container's network ("connect", "disconnect") and its volumes ("create", "mount",
 * "unmount"). */
void event_network(struct instance *instance, const char *action);
void event_network_of(struct instance *instance, struct network *network, const char *action);
void event_volumes(struct instance *instance, const char *action);

/* Where a session begins to read: with the kept past, or with what comes from now on. */
uint64_t event_first(struct engine *engine, bool past);
/* The next event with a number above `*seen` (moved on), as a new reference, or NULL when there is none yet. */
json_t *event_next(struct engine *engine, uint64_t *seen);
struct bell *event_bell(struct engine *engine);
int event_followers(struct engine *engine);
void event_follow(struct engine *engine, int change); /* +1 when one comes, -1 when it leaves */

#endif
