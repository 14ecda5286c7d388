/* The questions of an attempt as the learner sees them: drawn, options shuffled, letters given in the order shown. */
#ifndef SLIPWAY_QUIZZES_CLASSD_ITEMS_H
#define SLIPWAY_QUIZZES_CLASSD_ITEMS_H

#include "quizzes/classd/attempt.h"

enum { ITEMS_REPLY_MAX = 220 << 10 };

/* Draw `count` questions of the attempt's revision by its seed and store them. */
int items_draw(struct store *store, int64_t attempt, int64_t rev, const unsigned char *seed, size_t count, struct error *err);

/* Items from slot `from` on, as many as fit into a message; *next is the slot to go on from, 0 when that was all. With `secret`
 * the key, the explanations and whether it is right are added: only for an attempt that has ended. */
int items_json(struct store *store, const struct attempt *attempt, int64_t from, bool secret, json_t *out, int64_t *next,
               struct error *err);

/* "a" of what is shown to the letter in the bank file and back; 0 when there is no such letter. `ordering` is the stored one. */
char letter_to_source(const char *ordering, char shown);
char letter_to_shown(const char *ordering, char source);

/* How the options of a slot are ordered, and which question it is; ENOENT when there is no such slot. */
int item_ordering(struct store *store, int64_t attempt, int64_t slot, char ordering[16], int64_t *position, struct error *err);

#endif
