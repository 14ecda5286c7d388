/* Moments in every form that --since, --until and until= take. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static const int64_t second = 1000000000;

static void absolute_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds, fraction;
    } cases[] = {
        {"0", 0, 0},
        {"1136073600", 1136073600, 0},
        {"1136073600.000000001", 1136073600, 1},
        {"1136073600.5", 1136073600, 500000000},
        {"2006-01-02", 1136160000 - 2 * 3600, 0}, /* local: two hours east of Greenwich */
        {"2006-01-02Z", 1136160000, 0},
        {"2006-01-02+01:00", 1136160000 - 3600, 0},
        {"2006-01-02T15", 1136160000 + 13 * 3600, 0},
        {"2006-01-02T15:04", 1136160000 + 13 * 3600 + 240, 0},
        {"2006-01-02T15:04Z", 1136160000 + 15 * 3600 + 240, 0},
        {"2006-01-02T15:04:05", 1136160000 + 13 * 3600 + 245, 0},
        {"2006-01-02T15:04:05.25", 1136160000 + 13 * 3600 + 245, 250000000},
        {"2006-01-02T15:04:05Z", 1136160000 + 15 * 3600 + 245, 0},
        {"2006-01-02T15:04:05.999999999Z", 1136160000 + 15 * 3600 + 245, 999999999},
        {"2006-01-02T15:04:05-07:30", 1136160000 + 15 * 3600 + 245 + 27000, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ns = -1;
        if (!when_moment(cases[i].text, &ns) || ns != cases[i].seconds * second + cases[i].fraction)
            fail_msg("%s is %lld", cases[i].text, (long long)ns);
    }
}

static void relative_forms(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ago_ms;
    } cases[] = {{"0s", 0},      {"10m", 600000},  {"1h30m", 5400000}, {"1.5h", 5400000},
                 {"90s", 90000}, {"1500ms", 1500}, {"-5m", -300000}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        int64_t ns = 0, expected = clock_wall_ns() - cases[i].ago_ms * 1000000;
        assert_true(when_moment(cases[i].text, &ns));
        assert_true(llabs(ns - expected) < 2 * second);
    }
}

static void what_is_no_moment(void **state)
{
    (void)state;
    static const char *const bad[] = {"",    "yesterday", "1136073600.", "10x", "2006-13-40T", "2006-01-02T15:04:05+1", "12:30",
                                      "1 h", "."};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        int64_t ns;
        if (when_moment(bad[i], &ns))
            fail_msg("\"%s\" was taken for %lld", bad[i], (long long)ns);
    }
}

static void as_the_api_wants_it(void **state)
{
    (void)state;
    cleanup_free char *text = when_parse("1136073600.5");
    assert_string_equal(text, "1136073600.500000000");
    assert_null(when_parse("nonsense"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(absolute_forms), cmocka_unit_test(relative_forms),
                                       cmocka_unit_test(what_is_no_moment), cmocka_unit_test(as_the_api_wants_it)};
    setenv("TZ", "UTC-2", 1);
    tzset();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
