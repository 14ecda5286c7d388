/* What is set to the class, and what follows from it for those who sit exams. In a school of one none of this does anything. */
#ifndef SLIPWAY_QUIZZES_CLASSD_ASSIGN_H
#define SLIPWAY_QUIZZES_CLASSD_ASSIGN_H

#include "quizzes/classd/requests.h"

#include <stdbool.h>

/* What an exam is started with; a quiz that was assigned settles all but `assignment`. */
struct exam_terms {
    int64_t assignment; /* 0: none */
    char bank[72];      /* or "quiz:NAME" */
    long long count, seconds, closes;
};

/* In a class a student sits a kept bank, or a quiz, only as an assignment of theirs, in its window and as often as it allows. Fills
 * the terms from the request's "assignment", or from what was set of the "quiz" that it names. `name`: what is asked for without
 * one, a bank or "quiz:NAME". One that runs goes on: then the bank is filled in alone. */
int assign_terms(const struct request *request, const char *name, struct exam_terms *terms, struct error *err);
bool assign_is_quiz(const struct request *request);  /* the request's assignment is of a quiz with settings of its own */
int64_t assign_named(const struct request *request); /* the assignment that a request means; 0 for none */

/* Right after the attempt was made, in the same transaction: whose work it is, and what was drawn goes into the chain. */
int assign_began(const struct request *request, const struct exam_terms *terms, int64_t attempt, struct error *err);

/* When the results of a student's attempt will be out; 0 when they are, or when they are kept from nobody. */
int64_t assign_withheld(struct store *store, int64_t person, int64_t attempt);

/* EACCES for a student and a bank that is kept for exams, or set as a quiz whose results are not out yet. */
int assign_bank_open(const struct request *request, const char *bank, struct error *err);

/* The banks that are closed to the one who asks, as a JSON list; allocated. */
char *assign_closed(const struct request *request);

/* Whether people confirm what the student's own program reports in this attempt: it is set to a class that does not trust it. */
bool assign_confirms(struct store *store, int64_t attempt);

/* When the work of `person` is due: with their extension. */
int64_t assign_due(struct store *store, int64_t assignment, int64_t person);

/* SHA-256 over what an attempt drew, as it stands in the event "exam.items". */
int assign_items_digest(struct store *store, int64_t attempt, char out[80], struct error *err);

#endif
