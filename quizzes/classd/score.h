/* Marking: from nothing to one point for each question, by its type and scoring. */
#ifndef SLIPWAY_QUIZZES_CLASSD_SCORE_H
#define SLIPWAY_QUIZZES_CLASSD_SCORE_H

#include "quizzes/classd/answers.h"

#include <stdbool.h>

struct mark {
    double points; /* 0 to 1 */
    bool right;    /* all of it */
    bool pending;  /* a person has to read it: an essay that was written, a task whose steps are not to be taken on trust */
};

/* Letters of the keys, sorted as in the bank file; of ordering and matching question_secret.key. "" for typed answers. */
int score_keys(struct store *store, int64_t rev, int64_t position, char keys[16], struct error *err);
bool score_item(const char *keys, const char *chosen);

/* `answer` as stored (answers.h). *number, which may be NULL: the pattern that decided about a typed answer, 0 for none. */
int score_answer(struct store *store, const struct drawn *item, const char *answer, struct mark *mark, int64_t *number,
                 struct error *err);
/* The rules for several options, of `options` in all: all or nothing, the share of options that are judged right, or a share for
 * each key less a share for each wrong one. */
double score_multiple(enum question_scoring scoring, const char *keys, const char *chosen, size_t options);
/* Share of the options that are followed by the one that is to follow; nothing given is nothing right. */
double score_ordering(const char *key, const char *given);
double score_matching(const char *key, const char *given);

/* `max` is the number of questions. */
int score_attempt(struct store *store, int64_t attempt, double *points, int64_t *max, struct error *err);
int64_t score_percent(double points, int64_t max); /* rounded down: 64.9 is not 65 */
json_t *score_json(double points);                 /* an integer when it is a whole number */

#endif
