/* Learning by repetition: of each question that somebody answered a card, which says when to ask it again (fsrs.h).
 *
 * What was right is rated good, what was partly right hard, what was wrong again: nobody is asked how it felt. Practice counts at
 * once, an exam when its marks may be seen, and then only what was answered. A card belongs to the question, not to a revision of
 * its bank.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_CARDS_H
#define SLIPWAY_QUIZZES_CLASSD_CARDS_H

#include "quizzes/classd/attempt.h"
#include "quizzes/classd/fsrs.h"

/* A review now; *due_ms is when it is due next. `share` is how much of the mark was got, 0 to 1. */
int card_answered(struct store *store, int64_t person, const char *bank, const char *question, double share, int64_t *due_ms,
                  struct error *err);

/* An attempt has ended: when its marks may be seen, each question that was answered counts as a review at the time it ended.
 * Until then its cards wait: when a card is due would tell whether the answer was right. */
int cards_of_attempt(struct store *store, const struct attempt *attempt, struct error *err);

/* Adds a time under `name`, and "wait": the seconds until then, 0 when it has come. */
void card_tell(struct store *store, json_t *object, const char *name, int64_t at_ms);

/* Of the questions that are true for the engine ("" for any): adds "due", and "next" and "wait" of the first, to each of `domains`
 * that has cards. Gives the sum, negative on failure. */
int64_t cards_due(const struct request *request, const char *engine, json_t *domains, struct error *err);

/* Rows of the caller for their own data: "cards":[{"bank","id","due","reviews","lapses"}]. */
int cards_export(const struct request *request, json_t *reply, struct error *err);

#endif
