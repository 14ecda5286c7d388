/* Sums over the matrix of marks. Letters as in Moodle's documentation: x a mark of the item, X the other marks of that attempt, S
 * their sum. */
#include "quizzes/classd/statistics.h"

#include "base/memory.h"
#include "base/strings.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const double CERTAIN = 1.959963985; /* standard deviations either side that hold 95 % */
static const size_t FEW_ATTEMPTS = 20, CHOOSERS = 5;

static int ascending(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a < b ? -1 : a > b;
}

static double mean_of(const double *list, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += list[i];
    return count ? sum / (double)count : NAN;
}

/* Of two lists, their means known; with the same list twice the variance. */
static double covariance_of(const double *a, const double *b, size_t count)
{
    double sum = 0, mean_a = mean_of(a, count), mean_b = mean_of(b, count);
    for (size_t i = 0; i < count; i++)
        sum += (a[i] - mean_a) * (b[i] - mean_b);
    return count > 1 ? sum / (double)(count - 1) : NAN;
}

static void sums_of(const struct marks *marks, double *sums)
{
    for (size_t a = 0; a < marks->attempts; a++) {
        sums[a] = 0;
        for (size_t i = 0; i < marks->items; i++)
            if (!isnan(marks->marks[a * marks->items + i]))
                sums[a] += marks->marks[a * marks->items + i];
    }
}

/* 95 % either side of a mean of shares. */
static void facility_range(struct statistics_item *item, double most)
{
    double half = CERTAIN * item->deviation / most / sqrt((double)item->count);
    item->facility_range[0] = fmax(0, item->facility - half);
    item->facility_range[1] = fmin(1, item->facility + half);
}

/* Of a correlation, by Fisher's transformation. */
static void discrimination_range(struct statistics_item *item)
{
    double r = item->discrimination / 100, half = CERTAIN / sqrt((double)item->count - 3);
    bool known = item->count > 3 && fabs(r) < 1;
    item->discrimination_range[0] = known ? 100 * tanh(atanh(r) - half) : NAN;
    item->discrimination_range[1] = known ? 100 * tanh(atanh(r) + half) : NAN;
}

/* x, X and S of the attempts that had the item; gives the covariance of x and S. */
static double compute_item(const struct marks *marks, size_t index, const double *sums, double *x, double *others,
                           struct statistics_item *item)
{
    size_t count = 0;
    for (size_t a = 0; a < marks->attempts; a++) {
        double mark = marks->marks[a * marks->items + index];
        if (isnan(mark))
            continue;
        x[count] = mark;
        others[count++] = sums[a] - mark;
    }
    double most = marks->most[index];
    *item = (struct statistics_item){.count = count, .effective = NAN};
    item->facility = count && most > 0 ? mean_of(x, count) / most : NAN;
    item->variance = covariance_of(x, x, count);
    item->others_variance = covariance_of(others, others, count);
    item->covariance = covariance_of(x, others, count);
    double with_sum = item->variance + item->covariance;
    item->deviation = sqrt(item->variance);
    item->against = with_sum < 0;
    item->discrimination = item->variance > 0 && item->others_variance > 0
                               ? 100 * item->covariance / sqrt(item->variance * item->others_variance)
                               : NAN;
    qsort(x, count, sizeof *x, ascending);
    qsort(others, count, sizeof *others, ascending);
    item->covariance_most = covariance_of(x, others, count);
    item->efficiency = item->covariance_most > 0 ? 100 * item->covariance / item->covariance_most : NAN;
    facility_range(item, most);
    discrimination_range(item);
    return with_sum;
}

static void compute_weights(const struct marks *marks, const double *with_sum, struct statistics_item *items)
{
    double all = 0, most = 0;
    for (size_t i = 0; i < marks->items; i++) {
        most += marks->most[i];
        all += with_sum[i] >= 0 ? sqrt(with_sum[i]) : 0;
    }
    for (size_t i = 0; i < marks->items; i++) {
        items[i].intended = most > 0 ? 100 * marks->most[i] / most : NAN;
        items[i].effective = all > 0 && with_sum[i] >= 0 ? 100 * sqrt(with_sum[i]) / all : NAN;
    }
}

/* The unbiased estimates k2, k3 and k4 of the distribution's cumulants. */
static void compute_shape(const double *sums, double s, struct statistics_test *test)
{
    double power[5] = {0};
    for (size_t a = 0; a < test->attempts; a++)
        for (int k = 2; k <= 4; k++)
            power[k] += pow(sums[a] - test->mean, k);
    double m2 = power[2] / s, m3 = power[3] / s, m4 = power[4] / s, k2 = s * m2 / (s - 1);
    double k3 = s * s * m3 / ((s - 1) * (s - 2));
    double k4 = s * s * ((s + 1) * m4 - 3 * (s - 1) * m2 * m2) / ((s - 1) * (s - 2) * (s - 3));
    test->deviation = s > 1 ? sqrt(k2) : NAN;
    test->skewness = s > 2 && k2 > 0 ? k3 / pow(k2, 1.5) : NAN;
    test->kurtosis = s > 3 && k2 > 0 ? k4 / (k2 * k2) : NAN;
}

static bool complete(const struct marks *marks)
{
    for (size_t i = 0; i < marks->attempts * marks->items; i++)
        if (isnan(marks->marks[i]))
            return false;
    return true;
}

static void compute_test(const struct marks *marks, const struct statistics_item *items, double *sums, struct statistics_test *test)
{
    double s = (double)marks->attempts, p = (double)marks->items, variances = 0;
    *test = (struct statistics_test){.attempts = marks->attempts, .consistency = NAN, .error_ratio = NAN, .standard_error = NAN};
    test->mean = mean_of(sums, marks->attempts);
    compute_shape(sums, s, test);
    qsort(sums, marks->attempts, sizeof *sums, ascending);
    size_t middle = marks->attempts / 2;
    test->median = !marks->attempts ? NAN : marks->attempts % 2 ? sums[middle] : (sums[middle - 1] + sums[middle]) / 2;
    for (size_t i = 0; i < marks->items; i++)
        variances += items[i].variance;
    if (marks->attempts < 3 || marks->items < 2 || !(test->deviation > 0) || !complete(marks))
        return;
    test->consistency = 100 * p / (p - 1) * (1 - variances / (test->deviation * test->deviation));
    test->error_ratio = 100 * sqrt(1 - test->consistency / 100);
    test->standard_error = test->error_ratio * test->deviation / 100;
}

void statistics_compute(const struct marks *marks, struct statistics_item *items, struct statistics_test *test)
{
    cleanup_free double *sums = xcalloc(marks->attempts + 1, sizeof *sums), *x = xcalloc(marks->attempts + 1, sizeof *x);
    cleanup_free double *others = xcalloc(marks->attempts + 1, sizeof *others);
    cleanup_free double *with_sum = xcalloc(marks->items + 1, sizeof *with_sum);
    sums_of(marks, sums);
    for (size_t i = 0; i < marks->items; i++)
        with_sum[i] = compute_item(marks, i, sums, x, others, &items[i]);
    compute_weights(marks, with_sum, items);
    compute_test(marks, items, sums, test);
}

static double choose(size_t n, size_t k)
{
    double ways = 1;
    for (size_t i = 1; i <= k; i++)
        ways = ways * (double)(n - k + i) / (double)i;
    return ways;
}

/* Each option ticked or not, at even chances: the mean over all pairs of right and wrong ticks. */
static double guess_multiple(enum question_scoring scoring, size_t options, size_t keys)
{
    size_t wrong = options - keys;
    double sum = 0;
    for (size_t hits = 0; hits <= keys; hits++)
        for (size_t misses = 0; misses <= wrong; misses++) {
            double ways = choose(keys, hits) * choose(wrong, misses);
            double all = hits == keys && misses == 0;
            double penalty = (double)hits / (double)keys - (wrong ? (double)misses / (double)wrong : 0);
            double partial =
                hits + misses ? (double)(hits + wrong - misses) / (double)options : 0; /* nothing ticked gives nothing */
            sum += ways * (scoring == SCORING_PENALTY ? fmax(0, penalty) : scoring == SCORING_PARTIAL ? partial : all);
        }
    return sum / pow(2, (double)options);
}

double statistics_guess(enum question_type type, enum question_scoring scoring, size_t options, size_t keys)
{
    if (!options || !keys || keys > options)
        return type == QUESTION_SHORT || type == QUESTION_NUMERIC || type == QUESTION_COMMAND ? 0 : NAN;
    if (type == QUESTION_SINGLE || type == QUESTION_TRUEFALSE)
        return (double)keys / (double)options;
    if (type == QUESTION_MULTIPLE)
        return guess_multiple(scoring, options, keys);
    if (type == QUESTION_MATCHING)
        return 1 / (double)options;
    return NAN;
}

double statistics_guess_domc(size_t options, size_t keys)
{
    return keys != 1 || !options ? NAN : (1 - pow(2, -(double)options)) / (double)options;
}

/* --- warnings --- */

static void warn(char ***list, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void warn(char ***list, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = str_vformat(format, arguments);
    va_end(arguments);
    strv_take(list, text);
}

/* Against the keys' best: an option that better learners prefer to the key, and one that nobody takes. */
static void warn_of_options(char ***list, const struct statistics_option *options, size_t count)
{
    double key = NAN;
    for (size_t i = 0; i < count; i++)
        if (options[i].key && options[i].count)
            key = isnan(key) ? options[i].mean : fmax(key, options[i].mean);
    for (size_t i = 0; i < count; i++) {
        char letter = (char)('a' + i);
        if (options[i].key)
            continue;
        if (options[i].count >= CHOOSERS && options[i].mean > key)
            warn(
                list,
                "who chose %c did better in the whole test (%.0f %%) than who chose the key (%.0f %%): the key may be wrong, or %c "
                "right too",
                letter, options[i].mean * 100, key * 100, letter);
        if (!options[i].count && options[i].shown >= FEW_ATTEMPTS)
            warn(list, "nobody of %zu chose %c: it misleads no one and could be replaced", options[i].shown, letter);
    }
}

char **statistics_warnings(const struct statistics_item *item, double guess, const struct statistics_option *options,
                           size_t option_count)
{
    char **list = NULL;
    if (item->count < FEW_ATTEMPTS) {
        warn(&list, "only %zu attempt%s: the figures say little yet", item->count, item->count == 1 ? "" : "s");
        return list;
    }
    if (item->facility >= 0.95)
        warn(&list, "almost everybody gets it right: it tells nobody apart");
    if (item->facility <= 0.05)
        warn(&list, "almost nobody gets it right: too hard, or its key is wrong");
    else if (item->facility_range[1] < guess)
        warn(&list, "fewer get it right than by guessing (%.0f %% against %.0f %%): something in it misleads", item->facility * 100,
             guess * 100);
    if (item->discrimination_range[1] < 0)
        warn(&list, "who does well in the test does worse here: look at its key and its wording first");
    else if (item->discrimination < 0)
        warn(&list, "its marks do not go with the others, as far as the few attempts can tell");
    else if (item->efficiency < 20)
        warn(&list, "it tells strong and weak learners hardly apart");
    if (item->against)
        warn(&list, "its marks run against the total: it has no effective weight");
    else if (item->effective > 2 * item->intended)
        warn(&list, "it decides about twice as much of the result as meant");
    warn_of_options(&list, options, option_count);
    return list;
}
