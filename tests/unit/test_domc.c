/* Discrete option multiple choice: its rules, and what a guesser and a knower get out of it. */
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/domc.h"
#include "quizzes/classd/draw.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void it_ends_as_soon_as_it_is_decided(void **state)
{
    (void)state;
    static const struct {
        const char *keys, *said;
        enum domc_state state;
        size_t decided;
    } cases[] = {
        {"c", "", DOMC_OPEN, 0},       {"c", "a-b-", DOMC_OPEN, 2},  {"c", "a-c+", DOMC_RIGHT, 2},    {"c", "a+", DOMC_WRONG, 1},
        {"c", "a-c-", DOMC_WRONG, 2},  {"ac", "a+", DOMC_OPEN, 1},   {"ac", "a+b-c+", DOMC_RIGHT, 3}, {"ac", "a+b+", DOMC_WRONG, 2},
        {"ac", "c+a-", DOMC_WRONG, 2}, {"c", "c+a-", DOMC_RIGHT, 1}, {"c", "c+a+", DOMC_RIGHT, 1},    {"c", "a+c+", DOMC_WRONG, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t decided;
        assert_int_equal(domc_judge(cases[i].keys, cases[i].said, &decided), cases[i].state);
        assert_int_equal(decided, cases[i].decided);
    }
}

static void one_more_option_may_follow_the_decision(void **state)
{
    (void)state;
    assert_int_equal(domc_shown("c", "", 5, true), 1);
    assert_int_equal(domc_shown("c", "a-", 5, true), 2);
    assert_true(domc_over("c", "c+", 5, false));
    assert_false(domc_over("c", "c+", 5, true));
    assert_int_equal(domc_shown("c", "c+", 5, true), 2);
    assert_true(domc_over("c", "c+a+", 5, true));
    assert_true(domc_over("c", "a-b-d-e-c+", 5, true)); /* none is left */
}

struct tally {
    double right, decided, shown;
};

/* `items` items of `options` options with one key, their order and the extra option drawn as attempts are. */
static struct tally simulate(size_t options, int items, bool knows)
{
    struct tally tally = {0};
    for (int i = 0; i < items; i++) {
        unsigned char seed[DRAW_SEED];
        size_t order[8], extra, coins[8], key;
        draw_seed("a school", 8, i, seed);
        draw(seed, "options:1:1", options, options, order);
        draw(seed, "domc:1:1", 2, 1, &extra);
        draw(seed, "key", options, 1, &key);
        for (size_t k = 0; k < options; k++) {
            cleanup_free char *label = str_format("coin:%zu", k);
            draw(seed, label, 2, 1, &coins[k]);
        }
        char keys[2] = {(char)('a' + key)}, said[20] = "";
        size_t decided, count;
        for (count = 0; !domc_over(keys, said, options, extra); count++) {
            char letter = (char)('a' + order[count]);
            bool yes = knows ? letter == keys[0] : coins[count];
            said[2 * count] = letter;
            said[2 * count + 1] = yes ? '+' : '-';
        }
        tally.right += domc_judge(keys, said, &decided) == DOMC_RIGHT;
        tally.decided += (double)decided;
        tally.shown += (double)count;
    }
    return (struct tally){tally.right / items, tally.decided / items, tally.shown / items};
}

/* With 200,000 items the standard deviation of the guesser's share is 0.0009, that of the knower's options 0.0032. */
static void a_guesser_gets_a_fifth_and_a_knower_sees_three_options(void **state)
{
    (void)state;
    struct tally guesser = simulate(5, 200000, false), knower = simulate(5, 200000, true);
    print_message("of 200000 items with 5 options a guesser gets %.4f right; a knower %.4f after %.3f options, and sees %.3f\n",
                  guesser.right, knower.right, knower.decided, knower.shown);
    assert_in_range(guesser.right * 10000, 1938 - 36, 1938 + 36); /* (1 - 2^-5) / 5 */
    assert_true(knower.right == 1);
    assert_in_range(knower.decided * 1000, 3000 - 13, 3000 + 13);
    assert_in_range(knower.shown * 1000, 3400 - 20, 3400 + 20); /* and half an option more where one is left: 4 of 5 times */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_ends_as_soon_as_it_is_decided),
        cmocka_unit_test(one_more_option_may_follow_the_decision),
        cmocka_unit_test(a_guesser_gets_a_fifth_and_a_knower_sees_three_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
