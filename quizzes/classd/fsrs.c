/* The formulas of FSRS-6, each named as the publication names it. */
#include "quizzes/classd/fsrs.h"

#include <math.h>

const double fsrs_weights[FSRS_WEIGHTS] = {0.212,  1.2931, 2.3065, 8.2956, 6.4133, 0.8334, 3.0194, 0.001,  1.8722, 0.1666, 0.796,
                                           1.4835, 0.0614, 0.2629, 1.6483, 0.6014, 1.8729, 0.5425, 0.0912, 0.0658, 0.1542};
#define W fsrs_weights

static const double STABILITY_MIN = 0.001, RETENTION = 0.9;
static const int64_t MINUTE_MS = 60000;

/* Minutes after which each step of learning asks again. */
static const int learning[] = {1, 10}, relearning[] = {10};

static double between(double value, double least, double most) { return fmin(fmax(value, least), most); }
static double stability_between(double value) { return between(value, STABILITY_MIN, FSRS_DAYS_MAX); }

/* Such that recall is 0.9 when as many days have passed as stability has. */
static double factor(void) { return pow(0.9, -1 / W[20]) - 1; }

double fsrs_recall(double days, double stability) { return pow(1 + factor() * days / stability, -W[20]); }

double fsrs_interval(double stability, double retention) { return stability / factor() * (pow(retention, -1 / W[20]) - 1); }

static double first_difficulty(enum fsrs_rating rating) { return W[4] - exp(W[5] * ((int)rating - 1)) + 1; }

/* The nearer to 10, the less it grows; and a little of it goes back to that of an easy question. */
static double next_difficulty(double difficulty, enum fsrs_rating rating)
{
    double change = -W[6] * ((int)rating - (int)FSRS_GOOD);
    double next = difficulty + change * (10 - difficulty) / 9;
    return between(W[7] * first_difficulty(FSRS_EASY) + (1 - W[7]) * next, 1, 10);
}

static double after_same_day(double stability, enum fsrs_rating rating)
{
    double growth = exp(W[17] * ((int)rating - (int)FSRS_GOOD + W[18])) * pow(stability, -W[19]);
    return stability_between(stability * (rating >= FSRS_HARD ? fmax(growth, 1) : growth));
}

double fsrs_after_forgetting(double difficulty, double stability, double recall)
{
    double next = W[11] * pow(difficulty, -W[12]) * (pow(stability + 1, W[13]) - 1) * exp(W[14] * (1 - recall));
    return stability_between(fmin(next, stability / exp(W[17] * W[18])));
}

double fsrs_after_recall(double difficulty, double stability, double recall, enum fsrs_rating rating)
{
    double by_rating = rating == FSRS_HARD ? W[15] : rating == FSRS_EASY ? W[16] : 1;
    double growth = exp(W[8]) * (11 - difficulty) * pow(stability, -W[9]) * (exp(W[10] * (1 - recall)) - 1) * by_rating;
    return stability_between(stability * (1 + growth));
}

void fsrs_remember(struct fsrs_card *card, int64_t days, enum fsrs_rating rating)
{
    if (card->state == FSRS_NEW) {
        card->stability = stability_between(W[rating - 1]);
        card->difficulty = between(first_difficulty(rating), 1, 10);
        return;
    }
    double recall = fsrs_recall((double)days, card->stability);
    if (days < 1)
        card->stability = after_same_day(card->stability, rating);
    else if (rating == FSRS_AGAIN)
        card->stability = fsrs_after_forgetting(card->difficulty, card->stability, recall);
    else
        card->stability = fsrs_after_recall(card->difficulty, card->stability, recall, rating);
    card->difficulty = next_difficulty(card->difficulty, rating);
}

static void wait_days(struct fsrs_card *card, int64_t now_ms)
{
    card->state = FSRS_REVIEW;
    card->step = 0;
    card->due_ms = now_ms + FSRS_DAY_MS * (int64_t)between(round(fsrs_interval(card->stability, RETENTION)), 1, FSRS_DAYS_MAX);
}

static void wait_steps(struct fsrs_card *card, const int *minutes, int steps, enum fsrs_rating rating, int64_t now_ms)
{
    int64_t wait = minutes[0] * MINUTE_MS;
    if (rating == FSRS_EASY || (rating == FSRS_GOOD && card->step + 1 >= steps)) {
        wait_days(card, now_ms);
        return;
    }
    if (rating == FSRS_AGAIN)
        card->step = 0;
    else if (rating == FSRS_GOOD)
        wait = minutes[++card->step] * MINUTE_MS;
    else if (card->step == 0) /* hard: between this step and the one after it */
        wait = steps > 1 ? (minutes[0] + minutes[1]) * MINUTE_MS / 2 : wait * 3 / 2;
    else
        wait = minutes[card->step] * MINUTE_MS;
    card->due_ms = now_ms + wait;
}

void fsrs_review(struct fsrs_card *card, enum fsrs_rating rating, int64_t now_ms)
{
    int64_t passed = card->state == FSRS_NEW || now_ms < card->at_ms ? 0 : now_ms - card->at_ms;
    fsrs_remember(card, passed / FSRS_DAY_MS, rating);
    card->at_ms = now_ms;
    if (card->state == FSRS_REVIEW && rating != FSRS_AGAIN) {
        wait_days(card, now_ms);
        return;
    }
    if (card->state != FSRS_LEARNING && card->state != FSRS_RELEARNING) {
        card->state = card->state == FSRS_NEW ? FSRS_LEARNING : FSRS_RELEARNING;
        card->step = 0;
    }
    if (card->state == FSRS_LEARNING)
        wait_steps(card, learning, 2, rating, now_ms);
    else
        wait_steps(card, relearning, 1, rating, now_ms);
}
