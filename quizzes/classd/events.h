/* The log of what happened, append-only and chained: each row's hash covers the row before it and all of its own columns, so that
 * a change, a removal or an insertion anywhere breaks every later row. The head of the chain stands on the learner's receipt. */
#ifndef SLIPWAY_QUIZZES_CLASSD_EVENTS_H
#define SLIPWAY_QUIZZES_CLASSD_EVENTS_H

#include "base/digest.h"
#include "quizzes/classd/store.h"

#include <jansson.h>

enum { EVENT_NONE = -1 }; /* for attempt, slot and seq when the event has none */

struct event {
    int64_t person;
    int64_t attempt;
    int64_t slot;
    int64_t seq;
    const char *kind;
    json_t *body; /* consumed */
};

/* Put on record when events were found missing at the end. */
#define EVENT_GAP "log.cut"

/* Inside a transaction. -EEXIST when (attempt, slot, seq) is there already. */
int event_append(struct store *store, const struct event *event, struct error *err);

/* Hash of the last row, or 64 zeros when there is none. */
int event_head(struct store *store, char out[ID_TEXT], int64_t *count, struct error *err);

/* Recompute the chain: 0 when it holds; -EBADMSG with the first row that does not fit in err. */
int event_verify(struct store *store, struct error *err);

/* Write down where the chain ends, so that rows cut off later are missed; store_commit does it for what was added. */
int event_end_write(struct store *store, struct error *err);

/* Everything that decides about marks against the chain (audit.c): as event_verify. */
int audit(struct store *store, struct error *err);

#endif
