/* Moments as people write them, in all the forms that Docker's --since, --until and `until=` filters take. */
#ifndef SLIPWAY_BASE_WHEN_H
#define SLIPWAY_BASE_WHEN_H

#include <stdbool.h>
#include <stdint.h>

/* "1h30m" and "-5m" (counted back from now), "1136073600" and "1136073600.5" (seconds of Unix), "2006-01-02", "2006-01-02T15",
 * "2006-01-02T15:04", "2006-01-02T15:04:05", the last one with a fraction too; each date with "Z" or "+02:00", or else in local
 * time. */
bool when_moment(const char *text, int64_t *wall_ns);

/* The same as "SECONDS.NANOSECONDS", as the API wants it; allocated; NULL when `text` is no moment. */
char *when_parse(const char *text);

#endif
