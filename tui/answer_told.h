/* An answer that was typed, ordered or matched, with what was right: below each other, for results and for what was just judged. */
#ifndef SLIPWAY_TUI_ANSWER_TOLD_H
#define SLIPWAY_TUI_ANSWER_TOLD_H

#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>

/* `item` as exam.result has it, or an item with its verdict and "answer" in it. */
bool answer_apart(const json_t *item); /* it is told in this way, and not at its options */
int answer_told_draw(const json_t *item, struct area area, int y);

#endif
