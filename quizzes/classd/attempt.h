/* One attempt at an exam: its row, its clock, its end. */
#ifndef SLIPWAY_QUIZZES_CLASSD_ATTEMPT_H
#define SLIPWAY_QUIZZES_CLASSD_ATTEMPT_H

#include "quizzes/classd/requests.h"

#include <stdbool.h>

struct attempt {
    int64_t id, person, rev, seconds, started;
    int64_t boot_base, drift; /* see schema.c */
    int64_t ended, used, max; /* ended is 0 while it runs */
    double points;
    int64_t grace; /* seconds after the limit in which what is under way still counts */
    bool expired;
    bool forward; /* no way back to a question that was left */
    char bank[72];
    char boot_id[40];
    int64_t elapsed; /* milliseconds on its clock, as of the last attempt_clock */
};

/* Reads the caller's attempt; ENOENT when there is none of that number or it is somebody else's. */
int attempt_read(const struct request *request, int64_t id, struct attempt *out, struct error *err);

/* Brings `elapsed` up to now. After a reboot the clock goes on from CLOCK_REALTIME, never from before the last thing known, and a
 * jump of CLOCK_REALTIME against CLOCK_BOOTTIME of more than 5 s becomes an event. */
int attempt_clock(struct store *store, struct attempt *attempt, struct error *err);
int64_t attempt_left_ms(const struct attempt *attempt);
bool attempt_over(const struct attempt *attempt); /* limit and grace are */

/* For what needs a running attempt: reads it, and refuses with ETIME when its time is up, EALREADY when it is finished. */
int attempt_running(const struct request *request, int64_t id, struct attempt *out, struct error *err);

/* What its learner did becomes an event; `body` is taken over. */
int attempt_log(const struct request *request, int64_t attempt, int64_t slot, int64_t seq, const char *kind, json_t *body,
                struct error *err);

/* Score it and close it, by the learner's wish or by the clock. */
int attempt_end(struct store *store, struct attempt *attempt, bool expired, struct error *err);

/* End what has run out of time; looks at most five times a second. */
int attempts_sweep(struct store *store, struct error *err);
/* Milliseconds until the next running attempt is over; -1 when none runs. */
int64_t attempts_next_ms(struct store *store);

/* What is stored as the answer to a slot (answers.h), "" for none; allocated. *seq is the greatest seq, 0 for none. */
int attempt_answer(struct store *store, int64_t attempt, int64_t slot, char **answer, int64_t *seq, struct error *err);

/* The last question that may be seen: all of them, unless there is no way back. */
int64_t attempt_reached(struct store *store, const struct attempt *attempt);

/* The attempt's title and pass mark, of its quiz or of its bank. */
int attempt_title(struct store *store, const struct attempt *attempt, char **title, int64_t *pass, struct error *err);

#endif
