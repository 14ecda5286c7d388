/* Spaced repetition against the reference implementations' own test vectors: py-fsrs (tests/test_basic.py), ts-fsrs
 * (__tests__/FSRS-6.test.ts, algorithm.test.ts) and fsrs-rs (src/model.rs, src/inference.rs), all with the default weights. */
#include "base/clock.h"
#include "base/memory.h"
#include "quizzes/classd/fsrs.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define near(value, expected, within) near_at(value, expected, within, __LINE__)

static void near_at(double value, double expected, double within, int line)
{
    if (!(fabs(value - expected) <= within))
        fail_msg("line %d: %.10f, expected %.10f", line, value, expected);
}

static void recall_falls_along_the_published_curve(void **state)
{
    (void)state;
    static const double days[] = {0, 1, 2, 3, 4, 5}, stability[] = {1, 2, 3, 4, 4, 2};
    static const double recall[] = {1.0, 0.9403443, 0.9253786, 0.9185229, 0.9, 0.8261359}; /* fsrs-rs */
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        near(fsrs_recall(days[i], stability[i]), recall[i], 1e-6);
}

/* ts-fsrs, which computes with 64 bits as we do, differs from fsrs-rs in the first only: 3116769 instead of 3116766. */
static void intervals_are_those_of_each_retention(void **state)
{
    (void)state;
    static const long days[] = {3116769, 34793, 2508, 387, 90, 27, 9, 3, 1, 0};
    for (size_t i = 0; i < ARRAY_LEN(days); i++)
        near(round(fsrs_interval(1, (double)(i + 1) / 10)), (double)days[i], i ? 0 : 1);
}

static void first_answers_set_stability_and_difficulty(void **state)
{
    (void)state;
    static const double stability[] = {0.212, 1.2931, 2.3065, 8.2956}, difficulty[] = {6.4133, 5.11217071, 2.11810397, 1};
    static const int64_t wait_ms[] = {60000, 330000, 600000, 8LL * FSRS_DAY_MS};
    for (int rating = FSRS_AGAIN; rating <= FSRS_EASY; rating++) {
        struct fsrs_card card = {0};
        fsrs_review(&card, rating, 1000);
        near(card.stability, stability[rating - 1], 1e-9);
        near(card.difficulty, difficulty[rating - 1], 1e-8);
        assert_int_equal(card.state, rating == FSRS_EASY ? FSRS_REVIEW : FSRS_LEARNING);
        assert_int_equal(card.due_ms - 1000, wait_ms[rating - 1]);
    }
}

static void stability_grows_and_falls_as_in_the_reference(void **state)
{
    (void)state;
    static const double recalled[] = {25.60252118, 28.22657096, 58.65599107, 127.2266925}; /* ts-fsrs */
    static const double forgotten[] = {1.05253961, 1.18943295, 1.36808387, 1.58498896};
    static const double same_day[] = {1.596818, 5, 5, 8.12960956};
    static const double recall[] = {0.9, 0.8, 0.7, 0.6};
    for (int rating = FSRS_AGAIN; rating <= FSRS_EASY; rating++) {
        struct fsrs_card card = {.stability = 5, .difficulty = 5, .state = FSRS_REVIEW};
        fsrs_remember(&card, 0, rating);
        near(card.stability, same_day[rating - 1], 1e-8);
        near(fsrs_after_recall(rating, 5, recall[rating - 1], rating), recalled[rating - 1], 1e-7);
        near(fsrs_after_forgetting(rating, 5, recall[rating - 1]), forgotten[rating - 1], 1e-8);
    }
}

static void difficulty_moves_less_the_nearer_it_is_to_its_end(void **state)
{
    (void)state;
    static const double difficulty[] = {8.341763, 6.6659956, 4.990228, 3.3144615}; /* fsrs-rs */
    for (int rating = FSRS_AGAIN; rating <= FSRS_EASY; rating++) {
        struct fsrs_card card = {.stability = 5, .difficulty = 5, .state = FSRS_REVIEW};
        fsrs_remember(&card, 3, rating);
        near(card.difficulty, difficulty[rating - 1], 1e-6);
    }
}

static void a_history_gives_the_published_memory(void **state)
{
    (void)state;
    static const enum fsrs_rating ratings[] = {FSRS_AGAIN, FSRS_GOOD, FSRS_GOOD, FSRS_GOOD, FSRS_GOOD, FSRS_GOOD};
    static const int days[] = {0, 0, 1, 3, 8, 21};
    struct fsrs_card card = {0};
    int64_t now = 1669725000000;
    for (size_t i = 0; i < ARRAY_LEN(ratings); i++)
        fsrs_review(&card, ratings[i], now += days[i] * (int64_t)FSRS_DAY_MS);
    near(card.stability, 53.62691, 1e-4);
    near(card.difficulty, 6.3574867, 1e-6);
}

static void a_history_gives_the_published_intervals(void **state)
{
    (void)state;
    static const enum fsrs_rating ratings[] = {3, 3, 3, 3, 3, 3, 1, 1, 3, 3, 3, 3, 3};
    static const int days[] = {0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21};
    struct fsrs_card card = {0};
    int64_t now = 1669725000000;
    for (size_t i = 0; i < ARRAY_LEN(ratings); i++) {
        fsrs_review(&card, ratings[i], now);
        assert_int_equal((card.due_ms - now) / FSRS_DAY_MS, days[i]);
        now = card.due_ms;
    }
}

static void a_question_always_known_becomes_easy_one_always_forgotten_stays(void **state)
{
    (void)state;
    struct fsrs_card easy = {0}, hard = {0};
    for (int i = 0; i < 10; i++)
        fsrs_review(&easy, FSRS_EASY, 1669725000000);
    near(easy.difficulty, 1, 0);
    int64_t now = 1669725000000;
    for (int i = 0; i < 1000; i++) {
        fsrs_review(&hard, FSRS_AGAIN, now);
        assert_true(hard.stability >= 0.001);
        now = hard.due_ms + FSRS_DAY_MS;
    }
    near(hard.difficulty, 10, 0.1);
}

static void what_is_forgotten_comes_back_the_same_day(void **state)
{
    (void)state;
    struct fsrs_card card = {0};
    fsrs_review(&card, FSRS_EASY, 0);
    fsrs_review(&card, FSRS_AGAIN, card.due_ms);
    assert_int_equal(card.state, FSRS_RELEARNING);
    assert_int_equal(card.due_ms - card.at_ms, 600000);
    struct fsrs_card hard = card;
    fsrs_review(&hard, FSRS_HARD, hard.due_ms);
    assert_int_equal(hard.due_ms - hard.at_ms, 900000);
    fsrs_review(&card, FSRS_GOOD, card.due_ms + FSRS_DAY_MS);
    assert_int_equal(card.state, FSRS_REVIEW);
    assert_true(card.due_ms - card.at_ms >= FSRS_DAY_MS);
}

static void a_clock_that_went_back_counts_as_the_same_moment(void **state)
{
    (void)state;
    struct fsrs_card card = {0}, same;
    fsrs_review(&card, FSRS_EASY, 1000LL * FSRS_DAY_MS);
    same = card;
    fsrs_review(&card, FSRS_GOOD, 1);
    fsrs_review(&same, FSRS_GOOD, same.at_ms);
    near(card.stability, same.stability, 0);
    assert_int_equal(card.at_ms, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recall_falls_along_the_published_curve),
        cmocka_unit_test(intervals_are_those_of_each_retention),
        cmocka_unit_test(first_answers_set_stability_and_difficulty),
        cmocka_unit_test(stability_grows_and_falls_as_in_the_reference),
        cmocka_unit_test(difficulty_moves_less_the_nearer_it_is_to_its_end),
        cmocka_unit_test(a_history_gives_the_published_memory),
        cmocka_unit_test(a_history_gives_the_published_intervals),
        cmocka_unit_test(a_question_always_known_becomes_easy_one_always_forgotten_stays),
        cmocka_unit_test(what_is_forgotten_comes_back_the_same_day),
        cmocka_unit_test(a_clock_that_went_back_counts_as_the_same_moment),
    };
    return cmocka_run_group_tests_name("fsrs", tests, NULL, NULL);
}
