/* The daemon's configuration: what flags say and what daemon.json says, made into one document of settings (daemon/settings.h).
 *
 * A directive may stand in one of both places only. Errors are one line that dockerd prints in the same case: a file that is no
 * JSON, an unknown directive, a wrong type, a directive that is given twice, a value that makes no sense.
 */
#ifndef SLIPWAY_DAEMON_CONFIGURATION_H
#define SLIPWAY_DAEMON_CONFIGURATION_H

#include "base/error.h"
#include "daemon/engine.h"

#include <jansson.h>
#include <stdbool.h>

struct configuration {
    json_t *flags;      /* by key; what the command line gave and nothing else */
    const char *file;   /* "/etc/slipway/daemon.json" */
    bool file_required; /* it was named: that it is missing is an error */
};

/* All settings, defaults filled in; a new document. */
json_t *configuration_load(const struct configuration *configuration, struct error *err);

/* The directives of a file's text, checked against the flags; a new document with what stands there and nothing else. */
json_t *configuration_parse(const char *text, size_t len, const json_t *flags, struct error *err);

/* SIGHUP: read the file again and apply what can change while the engine runs. A bad file changes nothing. Logs what it did, and
 * emits the event "daemon reload". */
void configuration_reload(const struct configuration *configuration, struct engine *engine);

#endif
