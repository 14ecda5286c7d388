/* Marking: an item is right when exactly its keys are chosen. */
#ifndef SLIPWAY_QUIZZES_CLASSD_SCORE_H
#define SLIPWAY_QUIZZES_CLASSD_SCORE_H

#include "quizzes/classd/store.h"

#include <stdbool.h>

/* Letters of the keys, sorted as in the bank file. */
int score_keys(struct store *store, int64_t rev, int64_t position, char keys[16], struct error *err);
bool score_item(const char *keys, const char *chosen);
int score_attempt(struct store *store, int64_t attempt, int64_t rev, int64_t *score, int64_t *max, struct error *err);
int64_t score_percent(int64_t score, int64_t max); /* rounded down: 64.9 is not 65 */

#endif
