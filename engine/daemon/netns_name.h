/* `network netns`: a container's network namespace under /run/netns, by the container's name, until it is taken away again, the
 * container ends, or a new daemon finds that it has ended. What was named is kept in <exec-root>/netns/<id>. */
#ifndef SLIPWAY_DAEMON_NETNS_NAME_H
#define SLIPWAY_DAEMON_NETNS_NAME_H

#include "daemon/engine.h"

/* {"name":"web","path":"/run/netns/web"}; EBUSY when it does not run, EEXIST when another namespace has the name. */
json_t *netns_name_put(struct instance *instance, struct error *err);
/* ENOENT when it was not named. */
int netns_name_remove(struct instance *instance, struct error *err);

void netns_name_ended(struct instance *instance); /* its container has */
void netns_names_settle(struct engine *engine);   /* at the start of a daemon, after recovery */

#endif
