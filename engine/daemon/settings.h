/* What the daemon was configured with: the flags of slipwayd and /etc/slipway/daemon.json together, with every default filled in.
 *
 * A document whose keys are those of Docker's daemon.json: "log-driver" (string), "log-opts" (object of strings), "live-restore"
 * (boolean), "default-ulimits" (object: name -> {"Name","Hard","Soft"}), "dns", "dns-search", "dns-opts", "labels",
 * "insecure-registries", "registry-mirrors" (arrays of strings), "debug" (boolean), "shutdown-timeout" (seconds)...
 * A document that was handed out never changes: a reload (SIGHUP) puts a new one in its place.
 */
#ifndef SLIPWAY_DAEMON_SETTINGS_H
#define SLIPWAY_DAEMON_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>

struct engine;

/* The defaults alone; a new document. */
json_t *settings_defaults(void);

/* A new reference to what holds now. */
json_t *engine_settings(struct engine *engine);

/* Takes `settings` over. */
void engine_settings_replace(struct engine *engine, json_t *settings);

/* One value of what holds now: a new reference; NULL when the key is none. */
json_t *engine_setting(struct engine *engine, const char *key);
bool engine_setting_true(struct engine *engine, const char *key);

#endif
