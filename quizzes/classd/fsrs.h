/* FSRS-6: when a question is best asked again. Pure functions; knows neither database nor clock.
 *
 * The model and its default weights are those of the publication
 * (github.com/open-spaced-repetition/awesome-fsrs/wiki/The-Algorithm). A memory has a stability, in days: after that long it is
 * recalled with probability 0.9; and a difficulty from 1 to 10. A second review on one day changes stability by a rule of its own,
 * in which "hard" and better never lower it: as ts-fsrs and fsrs-rs have it, not py-fsrs. A new question comes back after 1, 6 or
 * 10 minutes until it is known (learning), one that was forgotten after 10 (relearning); from then on after whole days.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_FSRS_H
#define SLIPWAY_QUIZZES_CLASSD_FSRS_H

#include <stdint.h>

enum { FSRS_WEIGHTS = 21, FSRS_DAY_MS = 86400000, FSRS_DAYS_MAX = 36500 };

enum fsrs_rating { FSRS_AGAIN = 1, FSRS_HARD, FSRS_GOOD, FSRS_EASY };
enum fsrs_state { FSRS_NEW, FSRS_LEARNING, FSRS_REVIEW, FSRS_RELEARNING };

struct fsrs_card {
    double stability, difficulty; /* both 0 while new */
    enum fsrs_state state;
    int step;              /* of learning */
    int64_t due_ms, at_ms; /* when it is to be asked again, when it was asked last; since the epoch */
};

extern const double fsrs_weights[FSRS_WEIGHTS];

/* The probability that it is recalled after so many days. */
double fsrs_recall(double days, double stability);

/* Days until recall has fallen to `retention` (0 to 1): not rounded, not bounded. */
double fsrs_interval(double stability, double retention);

/* Stability after a review on a later day, by what recall had fallen to. */
double fsrs_after_recall(double difficulty, double stability, double recall, enum fsrs_rating rating);
double fsrs_after_forgetting(double difficulty, double stability, double recall);

/* What one review makes of a memory; `days` are whole days since the last, 0 for the same day. Ignored for a new card. */
void fsrs_remember(struct fsrs_card *card, int64_t days, enum fsrs_rating rating);

/* A review at `now_ms`: memory, state and the time of the next one, for a recall of 0.9. A clock that went back counts as none. */
void fsrs_review(struct fsrs_card *card, enum fsrs_rating rating, int64_t now_ms);

#endif
