/* Moments in query parameters: "1795254899.573659896" seconds since the epoch, or RFC 3339. */
#ifndef SLIPWAY_API_TIMES_H
#define SLIPWAY_API_TIMES_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

/* NULL, "" and "0" give 0. */
bool time_parse(const char *text, int64_t *ns, struct error *err);

/* A timeout for poll(2) that ends at the moment `ns`: -1 when it is 0 (never), 0 when it is over. A far moment is cut to some
 * minutes: ask again after waiting. */
int time_left_ms(int64_t ns);

#endif
