/* Lab sandboxes: system containers in which a learner is root. Each has a user namespace of its own 65536 ids, new namespaces of
 * every kind, a delegated cgroup, a network with no way out, and a directory at /work in which overlays can be made.
 *
 * They are instances like any other, hidden from /containers/json, named lab-<slug>-<uid>, and vanish when their init ends.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_H
#define SLIPWAY_DAEMON_SANDBOX_H

#include "daemon/engine.h"

/* {"lab","image","memory","pids","cpus","engine"}; started when this returns. EEXIST when this user has one for the lab already.
 * `leased`: it belongs to a connection and does not survive the daemon. */
int sandbox_create(struct engine *engine, const json_t *request, uid_t owner, bool leased, struct instance **out,
                   struct error *err);

json_t *sandbox_describe(struct instance *instance); /* {"Id","Name","lab","uid","pid","created"} */
json_t *sandbox_spec(struct instance *instance, const struct rootfs *rootfs, const char *network, struct error *err);
int sandbox_network(struct instance *instance, char **path, struct error *err);

#endif
