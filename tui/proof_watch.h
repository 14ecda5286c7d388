/* A question's proof, run in a lab machine of its own while one looks on. */
#ifndef SLIPWAY_TUI_PROOF_WATCH_H
#define SLIPWAY_TUI_PROOF_WATCH_H

#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct app;

struct proof_watch {
    bool open, running;
    int failures;
    char *said; /* by the prover; NULL before the end */
    int64_t began_ns;
};

void proof_watch_start(struct app *app, struct proof_watch *proof, const json_t *item, const json_t *verdict);
void proof_watch_close(struct app *app, struct proof_watch *proof);
int proof_watch_draw(const struct proof_watch *proof, const json_t *verdict, struct area area, int y); /* rows used */

#endif
