/* Questions outside an exam: what their public part and their key look like. */
#ifndef SLIPWAY_QUIZZES_CLASSD_BROWSE_H
#define SLIPWAY_QUIZZES_CLASSD_BROWSE_H

#include "quizzes/classd/requests.h"

/* EBUSY while the asking person sits an exam: then nobody tells them what is right. */
int sits_no_exam(const struct request *request, struct error *err);

/* The newest revision of a bank; a question of it. ENOENT. */
int bank_newest(const struct request *request, const char *bank, int64_t *rev, struct error *err);
int question_find(const struct request *request, const char *bank, const char *id, int64_t *rev, int64_t *position,
                  struct error *err);

/* A row of `question` with these columns, and its options, as bank.items gives them. NULL on failure. */
#define QUESTION_COLUMNS "position, id, type, level, topic, objective, stem"
json_t *question_json(struct store *store, int64_t rev, sqlite3_stmt *row, struct error *err);

#endif
