/* What marks say about questions and about a test, as Moodle documents its quiz statistics (docs.moodle.org/dev,
 * "Quiz statistics calculations"). Pure functions; knows no database.
 *
 * All variances are those of samples (n - 1). What cannot be computed is NAN: it is shown as nothing, never as 0. Attempts of one
 * test need not have the same questions: a question is judged by the attempts that had it, against the other marks of those. With
 * all questions in all attempts the figures are Moodle's.
 */
#ifndef SLIPWAY_QUIZZES_CLASSD_STATISTICS_H
#define SLIPWAY_QUIZZES_CLASSD_STATISTICS_H

#include "quizzes/bank/bank.h"

#include <stdbool.h>
#include <stddef.h>

struct marks {
    size_t attempts, items;
    double *marks; /* [attempt * items + item]; NAN where the attempt had no such question */
    double *most;  /* for each item the mark for a right answer */
};

struct statistics_item {
    size_t count;             /* attempts that had it */
    double facility;          /* mean mark, as a share of the most: 0 to 1 */
    double facility_range[2]; /* of 95 % confidence */
    double deviation;         /* standard deviation, in marks */
    double intended;          /* percent of all marks that it is meant to decide about */
    double effective;         /* percent that it does decide about; NAN when its marks run against the total */
    double discrimination;    /* correlation with the other marks, in percent */
    double discrimination_range[2];
    double efficiency; /* discrimination in percent of what the two lists of marks could give at best */
    bool against;      /* its marks run against the total */
    double covariance, covariance_most, variance, others_variance; /* what those are made of */
};

struct statistics_test {
    size_t attempts;
    double mean, median, deviation, skewness, kurtosis; /* of the sums of marks */
    double consistency;    /* coefficient of internal consistency (Cronbach's alpha), in percent; NAN when questions differ */
    double error_ratio;    /* the share of the deviation that is chance, in percent */
    double standard_error; /* in marks */
};

/* `items` has room for marks->items. */
void statistics_compute(const struct marks *marks, struct statistics_item *items, struct statistics_test *test);

/* The share of the mark that ticking at random gives: each option alone for single choice, each or not for multiple choice. NAN for
 * types where nobody can say. */
double statistics_guess(enum question_type type, enum question_scoring scoring, size_t options, size_t keys);

/* The same for options one at a time, yes or no at even chances: (1/k) times the sum of 2^-j for j = 1..k with one key of k
 * options; NAN with several keys. */
double statistics_guess_domc(size_t options, size_t keys);

/* What is odd about an item, in words, one a line as `warning: what to look at`; allocated, NULL-ended (strv_free). */
struct statistics_option {
    bool key;
    size_t count; /* who chose it */
    double mean;  /* of their total, as a share of the most they could get; NAN for nobody */
    size_t shown; /* how many saw it: not all, where options come one at a time */
};
char **statistics_warnings(const struct statistics_item *item, double guess, const struct statistics_option *options,
                           size_t option_count);

#endif
