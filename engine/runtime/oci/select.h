/* Which containers a command means: one by its id, or with --regex all whose ids an extended regular expression matches. */
#ifndef SLIPWAY_RUNTIME_OCI_SELECT_H
#define SLIPWAY_RUNTIME_OCI_SELECT_H

#include "base/error.h"

#include <stdbool.h>

/* `act` for each; with a pattern all are tried, and the first failure is the result. */
int oci_select(const char *text, bool regex, int (*act)(const char *id, const void *data, struct error *err), const void *data,
               struct error *err);

#endif
