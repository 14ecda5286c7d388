/* All that is kept of one person: to take away, and to erase. */
#ifndef SLIPWAY_QUIZZES_CLASSD_OWN_DATA_H
#define SLIPWAY_QUIZZES_CLASSD_OWN_DATA_H

#include "quizzes/classd/requests.h"

/* Deletes what can be deleted and makes the number nobody's; events, attempts and marks stay under it. *rows: of progress. */
int own_erase(struct store *store, int64_t person, int64_t *rows, struct error *err);

#endif
