/* What the home screen says of a learner: the streak of days and how ready each domain is. */
#include "tui_world.h"

#include "tui/course.h"

static json_t *parsed(const char *text)
{
    json_t *doc = json_loads(text, 0, NULL);
    assert_non_null(doc);
    return doc;
}

static json_t *half_hours(const char *const *texts)
{
    json_t *active = json_array();
    for (int64_t at; *texts; texts++) {
        assert_true(clock_parse(*texts, &at));
        json_array_append_new(active, json_integer(at / 1000000000 / 1800));
    }
    return json_pack("{s:o}", "active", active);
}

static void days_in_a_row_are_counted_from_what_is_recorded(void **state)
{
    static const char *const days[] = {"2026-11-29T23:59:00Z", "2026-11-28T00:00:01Z", "2026-11-27T08:00:00Z",
                                       "2026-11-25T00:00:00Z", NULL};
    setenv("TZ", "UTC", 1);
    tzset();
    int64_t now;
    (void)state;
    assert_true(clock_parse("2026-11-30T10:00:00Z", &now));
    time_t today = (time_t)(now / 1000000000);
    cleanup_json json_t *standing = half_hours(days), *last = half_hours(&days[2]);
    assert_int_equal(course_streak(standing, today), 3);
    assert_int_equal(course_streak(last, today), 0);
    assert_int_equal(course_streak(last, today - 2 * 86400), 1);
    assert_int_equal(course_streak(standing, today + 86400), 0);
    assert_int_equal(course_streak(NULL, today), 0);
    setenv("TZ", "IST-5:30", 1); /* half an hour beside the others: the 25th is still the 25th, the 29th the 30th */
    tzset();
    assert_int_equal(course_streak(standing, today), 1);
    unsetenv("TZ");
    tzset();
}

static void a_domain_has_the_last_answers_and_no_figure_without_one(void **state)
{
    (void)state;
    world_open(24, 80);
    cleanup_json json_t *standing =
        parsed("{\"domains\":[{\"domain\":\"Networking\",\"questions\":20,\"pass\":65,\"seen\":3,\"right\":2,\"trend\":[70]}]}");
    cleanup_json json_t *progress = parsed("{\"progress\":[{\"kind\":\"lab\",\"id\":\"wire\",\"done\":true,\"step\":2}]}");
    struct domain domains[DOMAINS_MAX];
    size_t count = course_domains(progress, standing, domains);
    const struct domain *networking = NULL;
    for (size_t i = 0; i < count; i++)
        networking = strcasecmp(domains[i].name, "networking") == 0 ? &domains[i] : networking;
    assert_non_null(networking);
    assert_int_equal(networking->seen, 3);
    assert_int_equal(networking->percent, 66); /* rounded down */
    assert_int_equal(networking->done, 1);
    assert_int_equal(course_domains(progress, NULL, domains), count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(domains[i].seen, 0);
    int begun;
    assert_null(course_begun(progress, &begun));
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(days_in_a_row_are_counted_from_what_is_recorded),
        cmocka_unit_test(a_domain_has_the_last_answers_and_no_figure_without_one),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
