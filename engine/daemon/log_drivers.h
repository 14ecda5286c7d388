/* Options of logging drivers by name, and what is sent to log services; parts of daemon/logging.h. */
#ifndef SLIPWAY_DAEMON_LOG_DRIVERS_H
#define SLIPWAY_DAEMON_LOG_DRIVERS_H

#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>

const char *log_option(const json_t *options, const char *name); /* NULL when it is not set */

/* Leave the value alone when the option is not set. `err` may be NULL. Sizes are decimal ("10m" is ten million), as Docker's. */
int log_option_size(const json_t *options, const char *name, long long *bytes, struct error *err);
int log_option_count(const json_t *options, const char *name, int *count, struct error *err);
int log_option_bool(const json_t *options, const char *name, bool *value, struct error *err);

/* For shim/log_service.h; resolves names. */
json_t *log_service_config(const char *driver, const json_t *options, const char *tag, const json_t *facts, const json_t *attrs,
                           struct error *err);

#endif
