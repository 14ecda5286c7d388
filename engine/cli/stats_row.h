/* A row of `stats` from the engine's answer. */
#ifndef SLIPWAY_CLI_STATS_ROW_H
#define SLIPWAY_CLI_STATS_ROW_H

#include <jansson.h>
#include <stdbool.h>

/* Texts by column; `asked` is how the container was named, `full`: the whole ID. A new object. */
json_t *stats_row(const json_t *stats, const char *asked, bool full);

#endif
