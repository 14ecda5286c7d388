/* Time: nanoseconds since the epoch (wall) or since boot (monotonic), RFC 3339 text, and the durations
 * that people read ("3 minutes ago"), worded as Docker words them. */
#ifndef SLIPWAY_BASE_CLOCK_H
#define SLIPWAY_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

enum { CLOCK_TEXT = 40 };
#define CLOCK_ZERO "0001-01-01T00:00:00Z" /* Go's zero time, which the API shows for "never" */

int64_t clock_wall_ns(void);
int64_t clock_mono_ns(void);

/* "2026-11-21T09:12:47.277979451Z", trailing zeros of the fraction dropped as Go's RFC3339Nano does; UTC. */
void clock_rfc3339(int64_t wall_ns, char out[CLOCK_TEXT]);

/* Any RFC 3339 text, with fraction and offset; false when malformed. Go's zero time parses to INT64_MIN. */
bool clock_parse(const char *text, int64_t *wall_ns);

/* Go duration text: "1h30m", "10s", "1.5m", "250ms"; false when malformed. */
bool clock_parse_duration(const char *text, int64_t *ns);

/* "Less than a second", "5 seconds", "About a minute", "3 hours", "2 weeks" ... */
void clock_human(int64_t ns, char out[CLOCK_TEXT]);

#endif
