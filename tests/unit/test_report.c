/* Statistics and mastery as slipway-classd gives them: from the answers of several people to the figures of a question. */
#include "class_world.h"

#include <errno.h>

static const char bank[] = "---\nid: one\ntitle: t\ndomain: networking\nversion: 1\nlicence: MIT\n---\n"
                           "## first {type=single level=1 topic=C01 objective=run}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n"
                           "- [ ] C\n  > c\n"
                           "## second {type=single level=1 topic=C02 objective=stop}\n\nWhich?\n\n- [ ] A\n  > a\n- [x] B\n  > b\n";

static json_t *get(struct class_world *world, uid_t uid, json_t *request)
{
    json_t *reply = class_ask_as(world, uid, request);
    if (!json_flag(reply, "ok", false))
        fail_msg("%s", json_str(reply, "error", "?"));
    return reply;
}

/* One sits the exam; letters of the bank for "first" and "second". */
static void sit(struct class_world *world, uid_t uid, const char *first, const char *second)
{
    cleanup_json json_t *exam = get(world, uid, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "one", "count", 2));
    json_int_t attempt = json_num(exam, "attempt", 0);
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(exam, "items"), i, item)
    {
        const char *letter = str_equal(json_str(item, "id", ""), "first") ? first : second;
        json_decref(get(world, uid,
                        json_pack("{s:s,s:I,s:I,s:[s],s:i,s:s}", "op", "exam.answer", "attempt", attempt, "slot",
                                  (json_int_t)json_num(item, "slot", 0), "answer", letter, "seq", 1, "by", "source")));
    }
    json_decref(get(world, uid, json_pack("{s:s,s:I}", "op", "exam.finish", "attempt", attempt)));
}

static json_t *statistics(struct class_world *world, const char *which)
{
    return get(world, 1000, json_pack("{s:s,s:s,s:s}", "op", "exam.statistics", "bank", "one", "attempts", which));
}

static const json_t *item_of(const json_t *reply, const char *id)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply, "items"), i, item)
    {
        if (str_equal(json_str(item, "id", ""), id))
            return item;
    }
    fail_msg("no item %s", id);
    return NULL;
}

static double value(const json_t *object, const char *name) { return json_number_value(json_object_get(object, name)); }

static void near(double got, double expected)
{
    if (got < expected - 1e-9 || got > expected + 1e-9)
        fail_msg("%.10f is not %.10f", got, expected);
}

static void marks_of_many_become_figures_of_a_question(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    sit(world, 1000, "a", "b");
    sit(world, 1001, "a", "b");
    sit(world, 1002, "a", "a");
    sit(world, 1003, "c", "a");
    cleanup_json json_t *reply = statistics(world, "first");
    const json_t *test = json_object_get(reply, "test"), *first = item_of(reply, "first"), *second = item_of(reply, "second");
    assert_int_equal(json_num(test, "attempts", 0), 4);
    near(value(test, "mean"), 1.25);
    near(value(first, "facility"), 0.75);
    near(value(second, "facility"), 0.5);
    near(value(first, "guess"), 1.0 / 3);
    near(value(second, "intended"), 50);
    near(value(first, "discrimination"), 100 / 1.7320508075688772);
    assert_true(json_is_number(json_object_get(test, "consistency")));
    const json_t *options = json_object_get(first, "options");
    assert_int_equal(json_num(json_array_get(options, 0), "count", -1), 3);
    assert_int_equal(json_num(json_array_get(options, 1), "count", -1), 0);
    assert_int_equal(json_num(json_array_get(options, 2), "count", -1), 1);
    near(value(json_array_get(options, 0), "mean"), 2.5 / 3);
    near(value(json_array_get(options, 2), "mean"), 0);
    assert_true(json_is_null(json_object_get(json_array_get(options, 1), "mean")));
    assert_non_null(strstr(json_string_value(json_array_get(json_object_get(first, "warnings"), 0)), "only 4 attempts"));
}

static void only_first_attempts_count_unless_all_are_wanted(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    sit(world, 1000, "b", "a");
    sit(world, 1000, "a", "b");
    cleanup_json json_t *first = statistics(world, "first"), *all = statistics(world, "all");
    near(value(item_of(first, "first"), "facility"), 0);
    near(value(item_of(all, "first"), "facility"), 0.5);
    assert_int_equal(json_num(json_object_get(all, "test"), "attempts", 0), 2);
}

static void mastery_is_told_of_the_class_and_of_each(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    sit(world, 1000, "a", "b");
    sit(world, 1001, "a", "a");
    cleanup_json json_t *reply = get(world, 1000, json_pack("{s:s,s:s}", "op", "exam.mastery", "bank", "one"));
    const json_t *objectives = json_object_get(reply, "objectives"), *students = json_object_get(reply, "students");
    assert_int_equal(json_array_size(objectives), 2);
    assert_int_equal(json_array_size(students), 2);
    for (size_t i = 0; i < 2; i++) {
        const json_t *entry = json_array_get(objectives, i);
        assert_int_equal(json_num(entry, "answers", 0), 2);
        near(value(entry, "points"), str_equal(json_str(entry, "objective", ""), "run") ? 2 : 1);
    }
}

static void no_figures_of_nothing_and_none_during_an_exam(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    cleanup_json json_t *nobody = class_ask(world, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "one"));
    assert_int_equal(json_num(nobody, "code", 0), ENOENT);
    sit(world, 1001, "a", "b");
    json_decref(class_get(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "one", "count", 2)));
    cleanup_json json_t *during = class_ask(world, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "one"));
    assert_int_equal(json_num(during, "code", 0), EBUSY);
}

/* By hand, of three questions in three banks and four people with 3, 2, 1 and 0 right: facilities 3/4, 1/2 and 1/4; variances 1/4,
 * 1/3 and 1/4, of the sums 5/3; consistency 3/2 (1 - (5/6) / (5/3)) = 0.75, error ratio 50 %, standard error 0.5 sqrt(5/3). The
 * first against the sum of the others: covariance 1/4, variances 1/4 and 11/12. */
static void a_mock_exam_is_judged_over_all_its_banks(void **state)
{
    struct class_world *world = *state;
    static const char *const domains[] = {"orchestration", "images", "installation"};
    for (size_t i = 0; i < 3; i++) {
        cleanup_free char *text =
            str_format("---\nid: %s\ntitle: t\ndomain: %s\nversion: 1\nlicence: MIT\n---\n## it {type=single level=1 topic=t}\n\n"
                       "Which?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n- [ ] C\n  > c\n",
                       domains[i], domains[i]);
        class_bank(world, text);
    }
    for (size_t person = 0; person < 4; person++) {
        cleanup_json json_t *exam =
            get(world, 1000 + (uid_t)person, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "mode", "mock", "count", 3));
        json_t *item;
        size_t i;
        assert_int_equal(json_array_size(json_object_get(exam, "items")), 3);
        json_array_foreach(json_object_get(exam, "items"), i, item)
        {
            size_t bank = 0;
            while (!str_equal(domains[bank], json_str(item, "bank", "")))
                bank++;
            json_decref(
                get(world, 1000 + (uid_t)person,
                    json_pack("{s:s,s:O,s:O,s:[s],s:s}", "op", "exam.answer", "attempt", json_object_get(exam, "attempt"), "slot",
                              json_object_get(item, "slot"), "answer", person + bank < 3 ? "A" : "B", "by", "source")));
        }
        json_decref(get(world, 1000 + (uid_t)person,
                        json_pack("{s:s,s:O}", "op", "exam.finish", "attempt", json_object_get(exam, "attempt"))));
    }
    cleanup_json json_t *reply = get(world, 1000, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "mock:dca"));
    const json_t *test = json_object_get(reply, "test"), *item;
    near(value(test, "mean"), 1.5);
    near(value(test, "consistency"), 75);
    near(value(test, "error_ratio"), 50);
    near(value(test, "standard_error"), 0.5 * 1.2909944487358056);
    size_t i;
    assert_int_equal(json_array_size(json_object_get(reply, "items")), 3);
    json_array_foreach(json_object_get(reply, "items"), i, item)
    {
        size_t bank = 0;
        while (!str_equal(domains[bank], json_str(item, "bank", "")))
            bank++;
        near(value(item, "facility"), 0.75 - 0.25 * (double)bank);
        if (bank == 0)
            near(value(item, "discrimination"), 100 * 0.25 / 0.47871355387816905);
        /* One at a time or not, who knew it chose A, and nobody else. */
        const json_t *options = json_object_get(item, "options");
        assert_int_equal(json_num(json_array_get(options, 0), "count", -1), 3 - bank);
        assert_int_equal(json_num(json_array_get(options, 2), "count", -1), 0);
        for (size_t k = 0; k < 3; k++)
            assert_true(json_num(json_array_get(options, k), "shown", 0) >= json_num(json_array_get(options, k), "count", 0));
    }
    cleanup_json json_t *part = get(world, 1000, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "images"));
    assert_int_equal(json_array_size(json_object_get(part, "items")), 1);
    cleanup_json json_t *none = class_ask(world, json_pack("{s:s,s:s}", "op", "exam.statistics", "bank", "quiz:none"));
    assert_int_equal(json_num(none, "code", 0), ENOENT);
}

/* Options one at a time: those that got a yes are the chosen ones, and who decided before an option came has not seen it. */
static void distractors_are_counted_one_at_a_time_too(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    enum { PEOPLE = 12 };
    for (uid_t person = 0; person < PEOPLE; person++) { /* half of them take B in "first" */
        cleanup_json json_t *exam =
            get(world, 2000 + person, json_pack("{s:s,s:s,s:i,s:b}", "op", "exam.start", "bank", "one", "count", 2, "domc", 1));
        json_t *item;
        size_t i;
        json_array_foreach(json_object_get(exam, "items"), i, item)
            json_decref(get(world, 2000 + person,
                            json_pack("{s:s,s:O,s:O,s:[s],s:s}", "op", "exam.answer", "attempt", json_object_get(exam, "attempt"),
                                      "slot", json_object_get(item, "slot"), "answer",
                                      str_equal(json_str(item, "id", ""), "second") || person % 2 ? "B" : "A", "by", "source")));
        json_decref(
            get(world, 2000 + person, json_pack("{s:s,s:O}", "op", "exam.finish", "attempt", json_object_get(exam, "attempt"))));
    }
    cleanup_json json_t *reply = statistics(world, "first");
    const json_t *first = item_of(reply, "first"), *options = json_object_get(first, "options");
    near(value(first, "facility"), 0.5);
    near(value(first, "guess"), (0.5 + 0.25 + 0.125) / 3);
    near(value(item_of(reply, "second"), "guess"), 0.375);
    int64_t said[3] = {0}, yes[3] = {0};
    for (int letter = 0; letter < 3; letter++) { /* against what is stored */
        char shown[3] = {(char)('a' + letter)}, chosen[3] = {(char)('a' + letter), '+'};
        static const char last[] =
            "SELECT sum(instr(json_extract(e.body, '$.answer'), ?) > 0) FROM event e JOIN attempt_item i ON"
            " i.attempt = e.attempt AND i.slot = e.slot WHERE i.position = 1 AND e.seq = (SELECT max(seq) FROM"
            " event n WHERE n.attempt = e.attempt AND n.slot = e.slot)";
        said[letter] = store_number(&world->store, 0, last, "t", shown);
        yes[letter] = store_number(&world->store, 0, last, "t", chosen);
        assert_int_equal(json_num(json_array_get(options, (size_t)letter), "shown", -1), said[letter]);
        assert_int_equal(json_num(json_array_get(options, (size_t)letter), "count", -1), yes[letter]);
    }
    assert_int_equal(yes[0], PEOPLE / 2);
    assert_true(yes[1] > 0 && said[2] < PEOPLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(marks_of_many_become_figures_of_a_question, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(only_first_attempts_count_unless_all_are_wanted, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(mastery_is_told_of_the_class_and_of_each, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_mock_exam_is_judged_over_all_its_banks, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(distractors_are_counted_one_at_a_time_too, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(no_figures_of_nothing_and_none_during_an_exam, class_setup, class_teardown),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
