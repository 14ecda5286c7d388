/* The arithmetic of a container's life: back-off of restarts, what a health check's results mean, names and signals. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const int64_t second = 1000000000;

static void delays_double_up_to_a_minute(void **state)
{
    (void)state;
    static const int expected[] = {100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000, 60000};
    int delay = 0;
    for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
        delay = restart_delay(delay, 9 * second);
        assert_int_equal(delay, expected[i]);
    }
    assert_int_equal(restart_delay(60000, 10 * second - 1), 60000);
    assert_int_equal(restart_delay(60000, 10 * second), 100);
}

static struct health_config config_of(const char *text, json_t **keep)
{
    struct health_config config;
    *keep = json_loads(text, 0, NULL);
    assert_non_null(*keep);
    assert_true(health_config_read(*keep, &config));
    return config;
}

static void a_check_has_docker_s_defaults(void **state)
{
    (void)state;
    cleanup_json json_t *doc = NULL;
    struct health_config config = config_of("{\"Healthcheck\":{\"Test\":[\"CMD-SHELL\",\"a b\"]}}", &doc);
    assert_int_equal(config.interval_ns, 30 * second);
    assert_int_equal(config.timeout_ns, 30 * second);
    assert_int_equal(config.start_period_ns, 0);
    assert_int_equal(config.retries, 3);
    cleanup_json json_t *words = health_command(doc, &config);
    cleanup_free char *text = json_text(words);
    assert_string_equal(text, "[\"/bin/sh\",\"-c\",\"a b\"]");
    json_object_set_new(doc, "Shell", json_pack("[s,s]", "/bin/bash", "-ec"));
    cleanup_json json_t *other = health_command(doc, &config);
    cleanup_free char *with = json_text(other);
    assert_string_equal(with, "[\"/bin/bash\",\"-ec\",\"a b\"]");
}

static void endless_times_stay_times(void **state)
{
    (void)state;
    struct health_config config;
    cleanup_json json_t *doc = json_loads(
        "{\"Healthcheck\":{\"Test\":[\"CMD\",\"x\"],\"Interval\":9223372036854775807,\"Timeout\":9223372036854775807}}", 0, NULL);
    assert_true(health_config_read(doc, &config));
    assert_true(clock_mono_ns() + config.interval_ns > 0 && clock_wall_ns() + config.timeout_ns > 0);
}

static void no_check_is_no_check(void **state)
{
    (void)state;
    static const char *const none[] = {"{}", "{\"Healthcheck\":{}}", "{\"Healthcheck\":{\"Test\":[]}}",
                                       "{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", "{\"Healthcheck\":{\"Interval\":1000000000}}"};
    for (size_t i = 0; i < ARRAY_LEN(none); i++) {
        struct health_config config;
        cleanup_json json_t *doc = json_loads(none[i], 0, NULL);
        assert_false(health_config_read(doc, &config));
    }
}

static void bad_checks_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *health, *message;
    } cases[] = {{"{\"Test\":[\"CMD\",\"a\"],\"Interval\":999999}", "Interval in Healthcheck cannot be less than 1ms"},
                 {"{\"Test\":[\"CMD\",\"a\"],\"Timeout\":-1}", "Timeout in Healthcheck cannot be less than 1ms"},
                 {"{\"Test\":[\"CMD\",\"a\"],\"StartPeriod\":5}", "StartPeriod in Healthcheck cannot be less than 1ms"},
                 {"{\"Retries\":-2}", "Retries in Healthcheck cannot be negative"},
                 {"{\"Test\":[\"CMD\"]}", "has no command"},
                 {"{\"Test\":[\"CMD\",7]}", "cannot unmarshal"},
                 {"{\"Test\":\"CMD\"}", "cannot unmarshal"},
                 {"{\"Test\":[\"CMD\",\"a\"],\"Interval\":\"1s\"}", "cannot unmarshal"},
                 {"{\"Test\":[\"CMD\",\"a\"],\"StartInterval\":1000000000}", "requires API version 1.44"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *health = json_loads(cases[i].health, 0, NULL), *doc = json_pack("{s:O}", "Healthcheck", health);
        assert_int_equal(health_config_check(doc, &err), -EINVAL);
        if (!strstr(err.message, cases[i].message))
            fail_msg("%s: %s", cases[i].health, err.message);
    }
}

static void what_is_not_said_comes_from_the_image(void **state)
{
    (void)state;
    cleanup_json json_t *image = json_loads("{\"Test\":[\"CMD\",\"a\"],\"Interval\":5000000000,\"Retries\":7}", 0, NULL);
    cleanup_json json_t *own = json_loads("{\"Healthcheck\":{\"Retries\":2}}", 0, NULL), *none = json_object();
    cleanup_json json_t *off = json_loads("{\"Healthcheck\":{\"Test\":[\"NONE\"]}}", 0, NULL);
    health_config_merge(own, image);
    health_config_merge(none, image);
    health_config_merge(off, image);
    assert_int_equal(json_num(own, "Healthcheck.Retries", 0), 2);
    assert_int_equal(json_num(own, "Healthcheck.Interval", 0), 5 * second);
    assert_true(json_equal(json_object_get(none, "Healthcheck"), image));
    struct health_config config;
    assert_false(health_config_read(off, &config));
}

static void results_count_as_docker_counts_them(void **state)
{
    (void)state;
    cleanup_json json_t *doc = NULL;
    struct health_config config =
        config_of("{\"Healthcheck\":{\"Test\":[\"CMD\",\"a\"],\"Retries\":2,\"StartPeriod\":10000000000}}", &doc);
    struct health_count count = {HEALTH_STARTING, 0};
    count = health_judge(count, &config, 1, 9 * second); /* within the start period */
    assert_int_equal(count.status, HEALTH_STARTING);
    assert_int_equal(count.failing_streak, 0);
    count = health_judge(count, &config, 1, 10 * second);
    assert_int_equal(count.status, HEALTH_STARTING);
    assert_int_equal(count.failing_streak, 1);
    count = health_judge(count, &config, -1, 11 * second);
    assert_int_equal(count.status, HEALTH_UNHEALTHY);
    count = health_judge(count, &config, 0, 12 * second);
    assert_int_equal(count.status, HEALTH_HEALTHY);
    assert_int_equal(count.failing_streak, 0);
    count = health_judge(count, &config, 5, 1 * second); /* well once: the start period is over */
    assert_int_equal(count.status, HEALTH_HEALTHY);
    assert_int_equal(count.failing_streak, 1);
}

static void durations_read_as_go_writes_them(void **state)
{
    (void)state;
    static const struct {
        int64_t ns;
        const char *text;
    } cases[] = {{0, "0s"},
                 {1, "1ns"},
                 {1500, "1.5µs"},
                 {250000000, "250ms"},
                 {1000000000, "1s"},
                 {1500000000, "1.5s"},
                 {90000000000, "1m30s"},
                 {60000000000, "1m0s"},
                 {3600000000000, "1h0m0s"},
                 {5430500000000, "1h30m30.5s"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char text[DURATION_TEXT];
        duration_text(cases[i].ns, text);
        assert_string_equal(text, cases[i].text);
    }
}

static void names_are_checked_and_made_up(void **state)
{
    (void)state;
    static const char *const good[] = {"ab", "A.b_c-D", "0name", "x1"}, *const bad[] = {"",    "a",   ".ab", "-ab",
                                                                                        "a b", "a/b", "_ab", "é1"};
    for (size_t i = 0; i < ARRAY_LEN(good); i++)
        assert_true(name_valid(good[i]));
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(name_valid(bad[i]));
    for (int i = 0; i < 200; i++) {
        cleanup_free char *name = name_generate(i % 3);
        assert_true(name_valid(name));
        assert_non_null(strchr(name, '_'));
        assert_int_equal(isdigit((unsigned char)name[strlen(name) - 1]) != 0, i % 3 != 0);
    }
}

static void signals_have_many_names(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int number;
    } cases[] = {{"TERM", SIGTERM},
                 {"SIGTERM", SIGTERM},
                 {"sigterm", SIGTERM},
                 {"15", 15},
                 {"kill", SIGKILL},
                 {"RTMIN", SIGRTMIN},
                 {"SIGRTMIN+3", SIGRTMIN + 3},
                 {"rtmax-2", SIGRTMAX - 2},
                 {"CLD", SIGCHLD},
                 {"POLL", SIGPOLL},
                 {"IO", SIGIO},
                 {"IOT", SIGABRT},
                 {"STKFLT", SIGSTKFLT},
                 {"", 0},
                 {"0", 0},
                 {"65", 0},
                 {"SIGSIGTERM", 0},
                 {"RTMIN+16", 0},
                 {"RTMAX-15", 0},
                 {"FOO", 0}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++)
        if (signal_number(cases[i].text) != cases[i].number)
            fail_msg("%s is %d, not %d", cases[i].text, signal_number(cases[i].text), cases[i].number);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(delays_double_up_to_a_minute),
        cmocka_unit_test(a_check_has_docker_s_defaults),
        cmocka_unit_test(endless_times_stay_times),
        cmocka_unit_test(no_check_is_no_check),
        cmocka_unit_test(bad_checks_are_refused),
        cmocka_unit_test(what_is_not_said_comes_from_the_image),
        cmocka_unit_test(results_count_as_docker_counts_them),
        cmocka_unit_test(durations_read_as_go_writes_them),
        cmocka_unit_test(names_are_checked_and_made_up),
        cmocka_unit_test(signals_have_many_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
