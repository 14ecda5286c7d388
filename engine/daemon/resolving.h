/* Containers and the name server: what a container is called on which of its networks, and when it has a server at 127.0.0.11.
 *
 * A container has one from the moment it is on a network that people made until it ends; on the default bridge there is none. The
 * functions are called with the instance's `op` lock held (or by recovery), and not with the engine's.
 */
#ifndef SLIPWAY_DAEMON_RESOLVING_H
#define SLIPWAY_DAEMON_RESOLVING_H

#include "daemon/engine.h"
#include "daemon/membership.h"

/* Is any of its endpoints that are up on a network where names mean something? */
bool resolving_wanted(struct instance *instance);

/* An endpoint is up: its names are known from now on; or about to go. */
void resolving_join(struct instance *instance, struct membership *membership);
void resolving_leave(struct instance *instance, const struct membership *membership);

/* A server in the container's namespace, if it is wanted. A failure is logged: the container is better off without names than not
 * at all. `fresh`: nothing has run in the namespace yet. */
void resolving_begin(struct instance *instance, const json_t *host_config, int netns, bool fresh, struct steps *log);
/* The container runs and was put on one more network, or a new daemon takes it over: the server and its resolv.conf. */
void resolving_live(struct instance *instance, int netns, struct steps *log);
/* Nothing of the server is left in the namespace. */
void resolving_end(struct instance *instance);

void resolving_rename(struct instance *instance);

#endif
