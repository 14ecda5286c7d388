/* The questions of an attempt as the learner sees them: drawn, options shuffled, letters given in the order shown. */
#ifndef SLIPWAY_QUIZZES_CLASSD_ITEMS_H
#define SLIPWAY_QUIZZES_CLASSD_ITEMS_H

#include "quizzes/classd/answers.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/review.h"

enum { ITEMS_REPLY_MAX = 220 << 10 };

/* ENOENT when there is no such slot. */
int item_find(struct store *store, int64_t attempt, int64_t slot, struct drawn *out, struct error *err);

/* Items from slot `from` to slot `to` (0: to the end), as many as fit into a message; *next is the slot to go on from, 0 when that
 * was all. */
int items_json(struct store *store, const struct attempt *attempt, int64_t from, int64_t to, unsigned review, json_t *out,
               int64_t *next, struct error *err);

/* For a question that no attempt drew: as the bank has it. */
int item_of_bank(struct store *store, int64_t rev, int64_t position, struct drawn *out, struct error *err);
/* Adds "options", and for matching "counterparts", in the order shown; `most` options at most. */
int item_add_options(struct store *store, const struct drawn *item, size_t most, json_t *out, struct error *err);
/* Adds "key", "explanations" or "patterns", "rubric", "proof"; with `answer` also which pattern it met. */
int item_add_secret(struct store *store, const struct drawn *item, const char *answer, unsigned review, json_t *out,
                    struct error *err);

#endif
