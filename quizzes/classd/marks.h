/* What an answer and an attempt are worth now: by the key that counts since the last regrade, and with what people gave.
 *
 * An attempt that has ended does not change: `attempt.points` is what it was worth then. Regrades and graders' marks are rows of
 * their own (schema_class.c), and here they are put together. Of the marks of several graders the mean counts, of each grader the
 * last one; once an instructor has settled it, that mark alone.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_MARKS_H
#define SLIPWAY_QUIZZES_CLASSD_MARKS_H

#include "quizzes/classd/score.h"

/* SQL: whether there is anything in a text for people to mark; "0/4" are no steps of a task. */
#define ANSWER_WRITTEN(text) "trim(" text ", ' ' || char(9, 10)) <> '' AND " text " NOT GLOB '0/[0-9]*'"

/* Makes `item` the question of the revision by which the attempt was regraded last; as it is when it never was. */
int mark_correct(struct store *store, int64_t attempt, struct drawn *item, struct error *err);
/* `item` in revision `rev` of its bank; false when that has other options there, and then it keeps its old key. */
bool mark_revise(struct store *store, struct drawn *item, int64_t rev);

/* As score_answer, for a slot of an attempt. An answer that people mark stays pending until each of its graders has. */
int mark_answer(struct store *store, int64_t attempt, const struct drawn *item, const char *answer, struct mark *mark,
                struct error *err);

/* The same with all that it takes: the question of that slot, and what was answered last (allocated). */
int mark_slot(struct store *store, int64_t attempt, int64_t slot, struct drawn *item, char **answer, struct mark *mark,
              struct error *err);

/* Of an ended attempt. *pending, which may be NULL: answers that still wait for a person. */
int mark_attempt(struct store *store, int64_t attempt, double *points, int64_t *max, int64_t *pending, struct error *err);
double mark_percent(struct store *store, int64_t attempt); /* 0 to 100 */

/* Several attempts at one thing: "highest", "average", "first" or "last" counts. Start with zeros. */
struct grade {
    double value, sum;
    int64_t count;
};
void grade_add(struct grade *grade, const char *method, double percent);

/* Adds "graded" to an item whose answer people have marked: {"points","most","settled":bool,"marks":[{"comment","points","most",
 * "criteria":[{"what","points","most"}]}]}, without who gave them. */
int mark_tell(struct store *store, int64_t attempt, const struct drawn *item, json_t *out, struct error *err);

/* SQL: the last mark of each grader for an answer, those that settle left out. Its table is g. */
#define LAST_MARKS(attempt_, slot_)                                                                                                \
    " FROM grading g WHERE g.attempt = " attempt_ " AND g.slot = " slot_                                                           \
    " AND NOT final AND id = (SELECT max(id) FROM grading n WHERE n.attempt = g.attempt AND n.slot = g.slot AND"                   \
    " n.grader = g.grader AND NOT n.final)"

#endif
