/* Steps as people read them: `run --explain` while they happen, `xray ID steps` afterwards. */
#ifndef SLIPWAY_CLI_EXPLAIN_H
#define SLIPWAY_CLI_EXPLAIN_H

#include "base/strings.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct explain {
    FILE *out;
    bool colour;
    int count;
    long long total_ns;
    char phase[24];
    struct buf partial; /* a line that has not ended yet */
};

void explain_step(struct explain *explain, const json_t *step);
/* JSON lines in pieces of any size; the shape that session.h wants. */
void explain_feed(void *explain, const char *bytes, size_t len);
void explain_summary(struct explain *explain);
void explain_free(struct explain *explain);

#endif
