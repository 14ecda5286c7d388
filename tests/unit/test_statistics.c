/* Item statistics against the numbers of Moodle's own tests, which come from spreadsheets that were made independently of its code:
 * mod/quiz/report/statistics/tests/fixtures/results00.csv with qstats00.csv and stats_from_steps_walkthrough_test.php (a quiz of 25
 * attempts), and mdl_question_states.csv with statistics_test.php (22 attempts). */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/statistics.h"
#include "quizzes/exam_figures.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define near(value, expected, within) near_at(value, expected, within, #value, __LINE__)

static void near_at(double value, double expected, double within, const char *what, int line)
{
    if (isnan(expected) ? !isnan(value) : !(fabs(value - expected) <= within))
        fail_msg("line %d: %s is %.10f, expected %.10f", line, what, value, expected);
}

enum { WALK_ATTEMPTS = 25, WALK_ITEMS = 7 };

/* clang-format off */
static double walk[WALK_ATTEMPTS * WALK_ITEMS] = {
    1, 1, 1, 1, 1, 0, 1,
    1, 1, 1, 1, 0.5, 1, 0,
    1, 1, 1, 1, 0.5, 0, 1,
    0, 0, 1, 1, 1, 0, 0,
    1, 0, 1, 0, 0, 1, 0.5,
    1, 1, 1, 1, 0.5, 0, 0.5,
    0, 1, 1, 1, 0.5, 1, 0.5,
    1, 1, 1, 0, 0.5, 1, 0.5,
    1, 0, 1, 1, 1, 1, 1,
    0, 1, 1, 0, 0.5, 1, 0.5,
    0.8, 0, 1, 1, 0.5, 1, 0.5,
    1, 1, 1, 0, 0.5, 1, 1,
    1, 0, 1, 1, 0.5, 1, 0.5,
    1, 0, 1, 1, 1, 0, 0.5,
    0, 0, 1, 1, 0, 1, 1,
    1, 0, 1, 0, 0.5, 1, 1,
    0.8, 0, 1, 1, 0.5, 0, 1,
    1, 0, 1, 1, 0, 1, 0.5,
    1, 0, 1, 1, 0.5, 0, 0.5,
    0, 1, 1, 0, 0.5, 1, 0,
    1, 1, 0.3333333, 1, 0.5, 0, 0.5,
    1, 1, 1, 0, 0.5, 0, 0.5,
    1, 1, 1, 1, 0, 1, 0.5,
    0, 0, 1, 0, 0.5, 1, 1,
    0, 0, 1, 1, 1, 1, 1};
/* clang-format on */

static double ones[32];

static struct marks marks_of(double *marks, size_t attempts, size_t items, double *most)
{
    for (size_t i = 0; i < ARRAY_LEN(ones); i++)
        ones[i] = 1;
    return (struct marks){.attempts = attempts, .items = items, .marks = marks, .most = most ? most : ones};
}

/* To the digits that are printed there; Moodle itself allows a hundred thousandth part. */
static void items_agree_with_moodles_spreadsheet(void **state)
{
    (void)state;
    static const struct {
        double facility, sd, weight, covariance, variance, others, index, most, efficiency;
    } expected[WALK_ITEMS] = {
        {0.704, 0.4513682901, 21.2922742344, -0.022555556, 0.2037333333, 0.5002777794, -7.0650767526, 0.2385555565, -9.4550536967},
        {0.48, 0.5099019514, 18.8979800309, -0.1172777785, 0.26, 0.6334555578, -28.8982125772, 0.318833334, -36.7834118938},
        {0.973333332, 0.13333334, 4.443012573, -0.0098888894, 0.0177777796, 0.6609, -9.1230674268, 0.045666669, -21.6545012165},
        {0.68, 0.4760952286, 18.9347251357, -0.0833888893, 0.2266666667, 0.5990111128, -22.6306444113, 0.2652222232,
         -31.4411395613},
        {0.52, 0.3055050463, 11.1450138688, -0.0436944444, 0.0933333333, 0.6529555563, -17.6997047674, 0.2063055556,
         -21.1794802584},
        {0.64, 0.4898979486, 9.8081339177, -0.2015555547, 0.24, 0.8220111101, -45.3785178421, 0.3539999995, -56.9365974439},
        {0.62, 0.331662479, 15.4788602394, -0.0142499998, 0.11, 0.5774000005, -5.6543166602, 0.2190833335, -6.5043742058}};
    struct marks marks = marks_of(walk, WALK_ATTEMPTS, WALK_ITEMS, NULL);
    struct statistics_item items[WALK_ITEMS];
    struct statistics_test test;
    statistics_compute(&marks, items, &test);
    for (size_t i = 0; i < WALK_ITEMS; i++) {
        near(items[i].facility, expected[i].facility, 1e-8);
        near(items[i].deviation, expected[i].sd, 1e-7);
        near(items[i].effective, expected[i].weight, 2e-5);
        near(items[i].covariance, expected[i].covariance, 1e-7);
        near(items[i].variance, expected[i].variance, 1e-7);
        near(items[i].others_variance, expected[i].others, 1e-6);
        near(items[i].discrimination, expected[i].index, 1e-4);
        near(items[i].covariance_most, expected[i].most, 1e-6);
        near(items[i].efficiency, expected[i].efficiency, 1e-4);
        near(items[i].intended, 100.0 / WALK_ITEMS, 1e-9);
        assert_int_equal(items[i].count, WALK_ATTEMPTS);
    }
}

static void the_test_agrees_with_moodles_spreadsheet(void **state)
{
    (void)state;
    struct marks marks = marks_of(walk, WALK_ATTEMPTS, WALK_ITEMS, NULL);
    struct statistics_item items[WALK_ITEMS];
    struct statistics_test test;
    statistics_compute(&marks, items, &test);
    near(test.median, 4.5, 1e-9);
    near(test.mean, 4.617333332, 1e-8);
    near(test.deviation, 0.8117265554, 1e-6);
    near(test.skewness, -0.092502502, 1.5e-6);
    near(test.kurtosis, -0.7073968557, 1.1e-5);
    near(test.consistency, -87.2230935542, 1.4e-3);
    near(test.error_ratio, 136.8294900795, 1e-3);
    near(test.standard_error, 1.1106813066, 1e-5);
}

enum { BIG_ATTEMPTS = 22, BIG_ITEMS = 13 };

/* One of eight marks; the others of one. In the order of slots 8 to 12, 19, 20, 17, 18, 14, 15, 16, 13 there. */
/* clang-format off */
static double big[BIG_ATTEMPTS * BIG_ITEMS] = {
    5.5, 0.3, 0.9, 1, 0.3, 0, 1, 1, 0, 0, 0, 1, 1,
    1, 0.9, 0.9, 0.3, 0.3, 0, 1, 0, 1, 0, 0, 1, 1,
    2.5, 1, 0.9, 0.3, 1, 1, 1, 1, 1, 0, 1, 1, 0,
    4, 0.3, 0.9, 1, 0.3, 0, 1, 1, 0, 0, 0, 0, 0,
    3, 0.9, 0.3, 0.9, 1, 1, 0, 1, 1, 1, 0, 0, 0,
    4.5, 0.9, 1, 1, 0.9, 0, 0, 0, 0, 1, 1, 1, 0,
    3, 0.3, 0.3, 0.3, 0.3, 1, 1, 1, 1, 0, 1, 1, 1,
    6, 0.9, 0.9, 1, 0.3, 0, 1, 1, 0, 1, 1, 1, 0,
    0.5, 0.9, 1, 0.9, 0.3, 0, 1, 1, 1, 1, 1, 0, 0,
    5.5, 0.9, 1, 0.9, 0.3, 0, 0, 1, 0, 1, 0, 0, 1,
    2.5, 0.9, 1, 1, 0.9, 0, 1, 1, 0, 1, 0, 0, 0,
    4, 0.9, 0.3, 0.9, 1, 0, 1, 1, 1, 1, 1, 1, 0,
    4, 0.9, 0.3, 0.3, 1, 1, 0, 0, 1, 1, 1, 0, 1,
    3, 1, 1, 0.3, 1, 1, 0, 1, 1, 1, 0, 1, 0,
    1, 1, 0.9, 0.3, 0.3, 0, 0, 0, 0, 0, 1, 0, 1,
    1, 0.3, 0.3, 0.3, 0.9, 0, 1, 0, 0, 0, 0, 1, 0,
    1.5, 1, 0.3, 0.9, 1, 0, 0, 1, 0, 1, 0, 1, 1,
    4, 0.9, 1, 0.9, 1, 0, 0, 0, 1, 1, 1, 1, 0,
    2, 0.9, 0.9, 0.3, 0.9, 0, 0, 0, 0, 1, 0, 0, 0,
    1, 1, 0.3, 0.3, 0.3, 0, 0, 1, 0, 1, 1, 0, 0,
    6, 0.9, 1, 1, 0.9, 1, 1, 0, 0, 0, 0, 1, 0,
    7, 0.9, 0.3, 0.3, 0.3, 0, 0, 1, 1, 0, 1, 1, 1};
/* clang-format on */

static void items_of_different_marks_agree_with_moodles_spreadsheet(void **state)
{
    (void)state;
    static const struct {
        double facility, sd, weight, index, efficiency;
    } expected[BIG_ITEMS] = {{41.19318182, 1912.733589, 26.58464457, 25.88327077, 27.23492723},
                             {81.36363636, 251.2738111, 3.368456046, 1.170256965, 1.382386552},
                             {71.36363636, 322.6312277, 3.253955259, -4.207816809, -4.691171307},
                             {65.45454545, 333.4199022, 7.584083694, 28.16930644, 31.12404354},
                             {65.90909091, 337.5811591, 3.79658376, -2.513606859, -2.877487579},
                             {27.27272727, 455.8423058, 7.946277111, 15.52451404, 22.06477733},
                             {50, 511.7663157, 4.769500946, -8.396734802, -10},
                             {63.63636364, 492.3659639, 8.381139345, 15.18945843, 17.4790556},
                             {45.45454545, 509.6471914, 8.727645713, 16.21079629, 20.14359793},
                             {59.09090909, 503.2362797, 4.532356904, -8.900638238, -10.27568922},
                             {50, 511.7663157, 7.78856243, 8.670004606, 10.86956522},
                             {59.09090909, 503.2362797, 10.08351572, 29.63337745, 34.58997279},
                             {36.36363636, 492.3659639, 3.183278505, -12.99017581, -17.5074184}};
    static double most[BIG_ITEMS] = {8, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    struct marks marks = marks_of(big, BIG_ATTEMPTS, BIG_ITEMS, most);
    struct statistics_item items[BIG_ITEMS];
    struct statistics_test test;
    statistics_compute(&marks, items, &test);
    for (size_t i = 0; i < BIG_ITEMS; i++) {
        near(items[i].facility * 100, expected[i].facility, 1e-6);
        near(items[i].deviation * 1000, expected[i].sd, 1e-6);
        near(items[i].effective, expected[i].weight, 1e-6);
        near(items[i].discrimination, expected[i].index, 1e-6);
        near(items[i].efficiency, expected[i].efficiency, 1e-6);
        near(items[i].intended, i ? 5 : 40, 1e-9);
    }
}

static void what_cannot_be_computed_is_no_number(void **state)
{
    (void)state;
    double none[] = {0, 1, 0, 1, 0, 1}, worthless[] = {0, 0};
    struct marks marks = marks_of(none, 3, 2, NULL);
    struct statistics_item items[2];
    struct statistics_test test;
    statistics_compute(&marks, items, &test);
    near(items[0].facility, 0, 0);
    near(items[0].deviation, 0, 0);
    near(items[0].discrimination, NAN, 0);
    near(items[0].efficiency, NAN, 0);
    near(test.consistency, NAN, 0);
    marks = marks_of(none, 3, 2, worthless);
    statistics_compute(&marks, items, &test);
    near(items[1].facility, NAN, 0);
    near(items[1].intended, NAN, 0);
    marks = marks_of(none, 0, 2, NULL);
    statistics_compute(&marks, items, &test);
    near(test.mean, NAN, 0);
    near(items[0].facility, NAN, 0);
}

/* Random draws: an item counts where it was asked, and nothing is claimed of a test that was another for each. */
static void attempts_may_have_different_questions(void **state)
{
    (void)state;
    double drawn[] = {1, 1, NAN, 0, NAN, 0, 1, 0, NAN, NAN, 1, 1};
    struct marks marks = marks_of(drawn, 4, 3, NULL);
    struct statistics_item items[3];
    struct statistics_test test;
    statistics_compute(&marks, items, &test);
    assert_int_equal(items[0].count, 3);
    near(items[0].facility, 2.0 / 3, 1e-9);
    assert_int_equal(items[2].count, 2);
    near(items[2].facility, 0.5, 1e-9);
    near(test.mean, 1.25, 1e-9);
    near(test.consistency, NAN, 0);
}

static void guessing_gives_what_chance_gives(void **state)
{
    (void)state;
    near(statistics_guess(QUESTION_SINGLE, SCORING_ALL, 4, 1), 0.25, 1e-9);
    near(statistics_guess(QUESTION_TRUEFALSE, SCORING_ALL, 2, 1), 0.5, 1e-9);
    near(statistics_guess(QUESTION_MULTIPLE, SCORING_ALL, 4, 2), 1.0 / 16, 1e-9);
    near(statistics_guess(QUESTION_MULTIPLE, SCORING_PENALTY, 2, 1), 0.25, 1e-9); /* of four ways only the key alone gives a mark */
    near(statistics_guess(QUESTION_MULTIPLE, SCORING_PARTIAL, 2, 1), 0.375, 1e-9); /* 1, 1/2 for both, 0 twice */
    near(statistics_guess(QUESTION_MATCHING, SCORING_ALL, 4, 4), 0.25, 1e-9);
    near(statistics_guess(QUESTION_SHORT, SCORING_ALL, 0, 0), 0, 0);
    near(statistics_guess(QUESTION_ESSAY, SCORING_ALL, 0, 0), NAN, 0);
}

static void expect_warning(const struct statistics_item *item, double guess, const struct statistics_option *options, size_t count,
                           const char *words)
{
    cleanup_strv char **lines = statistics_warnings(item, guess, options, count);
    for (char **line = lines; line && *line; line++)
        if (words && strstr(*line, words))
            return;
    if (words)
        fail_msg("no warning says \"%s\"; the first: %s", words, lines ? *lines : "none");
    if (lines && *lines)
        fail_msg("a warning: %s", *lines);
}

static void suspicious_items_are_named_in_words(void **state)
{
    (void)state;
    struct statistics_item good = {.count = 100,
                                   .facility = 0.6,
                                   .facility_range = {0.5, 0.7},
                                   .discrimination = 40,
                                   .discrimination_range = {20, 55},
                                   .efficiency = 60,
                                   .intended = 10,
                                   .effective = 11};
    struct statistics_option options[] = {{true, 60, 0.7, 100}, {false, 30, 0.4, 100}, {false, 10, 0.3, 100}};
    expect_warning(&good, 0.33, options, 3, NULL);
    struct statistics_item item = good;
    item.count = 5;
    expect_warning(&item, 0.33, options, 3, "only 5 attempts");
    item = good, item.facility = 0.97;
    expect_warning(&item, 0.33, options, 3, "almost everybody");
    item = good, item.facility = 0.02;
    expect_warning(&item, 0.33, options, 3, "almost nobody");
    item = good, item.facility = 0.2, item.facility_range[1] = 0.28;
    expect_warning(&item, 0.33, options, 3, "than by guessing");
    item = good, item.discrimination = -30, item.discrimination_range[1] = -10;
    expect_warning(&item, 0.33, options, 3, "does worse here");
    item = good, item.against = true, item.effective = NAN;
    expect_warning(&item, 0.33, options, 3, "against the total");
    item = good, item.effective = 25;
    expect_warning(&item, 0.33, options, 3, "twice as much");
    options[1].mean = 0.8;
    expect_warning(&good, 0.33, options, 3, "who chose b did better");
    options[1].mean = 0.4, options[2].count = 0;
    expect_warning(&good, 0.33, options, 3, "nobody of 100 chose c");
}

/* Two pages of exam.mastery: the first attempt of 3 ended one page, the second began the next. */
static void a_student_on_two_pages_of_mastery_is_one_student(void **state)
{
    (void)state;
    cleanup_json json_t *whole = json_loads("{\"students\":[{\"person\":3,\"name\":\"=Bob\\u001b\",\"objectives\":["
                                            "{\"topic\":\"K01\",\"objective\":\"wires\",\"answers\":2,\"points\":0.5}]}],"
                                            "\"objectives\":[{\"topic\":\"K01\",\"objective\":\"wires\",\"answers\":4,"
                                            "\"points\":2.5}]}",
                                            0, NULL);
    cleanup_json json_t *page = json_loads("{\"students\":[{\"person\":3,\"objectives\":["
                                           "{\"topic\":\"K01\",\"objective\":\"wires\",\"answers\":1,\"points\":1},"
                                           "{\"topic\":\"K02\",\"objective\":\"wires\",\"answers\":1,\"points\":0}]},"
                                           "{\"person\":5,\"user\":\"ann\",\"objectives\":["
                                           "{\"topic\":\"K01\",\"objective\":\"wires\",\"answers\":1,\"points\":1}]}]}",
                                           0, NULL);
    mastery_join(whole, page);
    cleanup_free char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    mastery_csv(out, whole);
    fclose(out);
    assert_string_equal(text, "who,topic,objective,answers,points\n"
                              "all,K01,wires,4,2.5\n"
                              "\"'=Bob?\",K01,wires,3,1.5\n"
                              "\"'=Bob?\",K02,wires,1,0\n"
                              "ann,K01,wires,1,1\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_agree_with_moodles_spreadsheet),
        cmocka_unit_test(the_test_agrees_with_moodles_spreadsheet),
        cmocka_unit_test(items_of_different_marks_agree_with_moodles_spreadsheet),
        cmocka_unit_test(what_cannot_be_computed_is_no_number),
        cmocka_unit_test(attempts_may_have_different_questions),
        cmocka_unit_test(guessing_gives_what_chance_gives),
        cmocka_unit_test(suspicious_items_are_named_in_words),
        cmocka_unit_test(a_student_on_two_pages_of_mastery_is_one_student),
    };
    return cmocka_run_group_tests_name("statistics", tests, NULL, NULL);
}
