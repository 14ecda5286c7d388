/* Times as people give them to --since and --until. */
#ifndef SLIPWAY_CLI_WHEN_H
#define SLIPWAY_CLI_WHEN_H

/* "10m" (ago), "2026-11-21T09:00:00Z", "2026-11-21", "1700000000.5" to seconds.nanoseconds since the epoch; allocated, NULL when it
 * is neither time nor duration. */
char *when_parse(const char *text);

#endif
