/* Logging drivers: which there are, what options they take, and what a container's shim has to be told.
 *
 * json-file and local write files; syslog and journald send to a service, and keep a copy in local's format, so that `logs` can be
 * read whatever the driver ("dual logging"; the option cache-disabled turns it off). none keeps nothing. Messages and defaults are
 * those of dockerd: an option is checked for its name at creation, most values are read when the container starts.
 */
#ifndef SLIPWAY_DAEMON_LOGGING_H
#define SLIPWAY_DAEMON_LOGGING_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

struct engine;
struct instance;

json_t *log_drivers(void); /* names, for `info` */

/* EINVAL with dockerd's words for a driver or an option that there is not. `options` may be NULL. Also for daemon.json. */
int log_options_check(const char *driver, const json_t *options, struct error *err);

/* A request without a driver gets the daemon's, and the daemon's options with it that it has not set itself. */
void log_config_settle(struct engine *engine, bool driver_given, json_t *host_config);

struct log_plan {
    char *path; /* NULL: no file */
    bool local, compress;
    long long max_size; /* 0: no rotation */
    int max_files;
    json_t *more; /* as struct shim_options */
};

/* For a start; EIO "failed to initialize logging driver: ...". Makes directories. */
int log_plan(struct instance *instance, const json_t *host_config, struct log_plan *plan, struct error *err);
void log_plan_clear(struct log_plan *plan);

/* Where the log can be read; NULL: nowhere. `*local` says in which format. */
char *log_file(struct instance *instance, bool *local);

/* "{{.Name}}/{{.ID}}" with what is known of the container. `facts` is an object of texts. NULL with an error for anything that is
 * not known. Exposed for tests. */
char *log_tag(const char *pattern, const json_t *facts, struct error *err);

#endif
