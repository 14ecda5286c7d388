/* One container in memory: making, finding, counting references, and the small questions that everybody asks. */
#ifndef SLIPWAY_DAEMON_INSTANCE_H
#define SLIPWAY_DAEMON_INSTANCE_H

#include "daemon/engine.h"

struct instance *instance_new(struct engine *engine, const char id[ID_TEXT]); /* one reference, in no table */
struct instance *instance_ref(struct instance *instance);
void instance_unref(struct instance *instance);
void cleanup_instance_p(struct instance **instance);
#define cleanup_instance __attribute__((cleanup(cleanup_instance_p)))

/* By full id, name (with or without slash) or unique id prefix; a new reference. ENOENT "No such container: x". */
struct instance *table_find(struct engine *engine, const char *text, struct error *err);
/* Take the name and enter the table: EEXIST with Docker's conflict text. A NULL name draws a free one. */
int table_add(struct instance *instance, const char *name, struct error *err);
int table_rename(struct instance *instance, const char *name, struct error *err);
void table_remove(struct instance *instance);
/* References to all, oldest first; `*count` of them; free each and the array. */
struct instance **table_all(struct engine *engine, size_t *count);
void table_all_free(struct instance **all, size_t count);

/* Somebody's view changed: rings the instance's bell and the engine's. */
void instance_changed(struct instance *instance);

/* The HostConfig as it is now; a new reference. */
json_t *instance_host_config(struct instance *instance);

/* A copy of its name, which may be changed at any moment. */
char *instance_name(struct instance *instance);

/* A copy of the state; clear with state_clear. */
struct state instance_state(struct instance *instance);
void state_clear(struct state *state);
pid_t instance_running_pid(struct instance *instance); /* of its init, seen from here; 0 when it does not run */
const char *state_status(const struct state *state);   /* "created", "running", ... */
/* "Up 3 minutes (Paused)", "Exited (0) 5 seconds ago", "Created". */
char *state_sentence(const struct state *state);

/* The connection to its shim, kept alive until instance_shim_done. EBUSY "Container <id> is not running". */
struct shim *instance_shim(struct instance *instance, struct error *err);
void instance_shim_done(struct instance *instance);

bool instance_auto_remove(struct instance *instance);
char *instance_log_path(
    struct instance *instance); /* of json-file; NULL for other drivers, whose files are their own business: daemon/logging.h */
/* "none", "host", "bridge" (also for "default") or "container:<id>". */
const char *host_network_mode(const json_t *host_config);
bool name_valid(const char *name); /* [a-zA-Z0-9][a-zA-Z0-9_.-]+ */
char *name_generate(int attempt);  /* "brisk_curie"; a digit is appended when `attempt` is not 0 */

#endif
