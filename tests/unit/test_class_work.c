/* Assignments, the board, messages and marks of a class. */
#include "class_world.h"

#include "quizzes/classd/events.h"
#include "quizzes/classd/gradebook.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <math.h>

enum { TEACHER = 500, GRADER = 501, SECOND = 502, ANN = 1001, BOB = 1002 };
static const int64_t HOUR = 3600000, DAY = 24 * 3600000LL;

static const char bank[] = "---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 1\nlicence: MIT\n---\n"
                           "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n"
                           "## two {type=single level=1 topic=t}\n\nTwo?\n\n- [ ] Left\n  > y\n- [x] Right\n  > n\n";
static const char corrected[] = "---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 2\nlicence: MIT\n---\n"
                                "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n"
                                "## two {type=single level=1 topic=t}\n\nTwo?\n\n- [x] Left\n  > y\n- [ ] Right\n  > n\n";

static const char written[] = "---\nid: finals\ntitle: Finals\ndomain: foundations\nversion: 3\nlicence: MIT\n---\n"
                              "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n"
                              "## two {type=essay level=1 topic=t}\n\nTwo?\n\n```rubric\n4: all of it\n```\n";

static json_t *as(struct class_world *world, uid_t uid, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_error_t why;
    json_t *request = json_vpack_ex(&why, 0, format, args);
    va_end(args);
    if (!request)
        fail_msg("%s", why.text);
    return class_ask_as(world, uid, request);
}

static void must(json_t *reply)
{
    if (!json_flag(reply, "ok", false))
        fail_msg("%s", json_str(reply, "error", "?"));
    json_decref(reply);
}

static void refused(json_t *reply, int code)
{
    if (json_num(reply, "code", 0) != code)
        fail_msg("wanted %d, got %lld: %s", code, json_num(reply, "code", 0), json_str(reply, "error", "no refusal"));
    json_decref(reply);
}

static void enrol(struct class_world *world, uid_t uid, const char *role, int extra)
{
    must(as(world, TEACHER, "{s:s,s:[{s:i,s:s,s:i}]}", "op", "class.enrol", "members", "uid", (int)uid, "role", role, "extra",
            extra));
}

static int setup(void **state)
{
    class_setup(state);
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    if (class_found(&world->store, "Containers", TEACHER, &err) < 0)
        fail_msg("%s", err.message);
    enrol(world, GRADER, "grader", 0);
    enrol(world, SECOND, "grader", 0);
    enrol(world, ANN, "student", 50);
    enrol(world, BOB, "student", 0);
    must(as(world, TEACHER, "{s:s,s:s,s:b}", "op", "bank.import", "text", bank, "keep", 1));
    return 0;
}

static long long assign(struct class_world *world, int64_t opens, int64_t due, int64_t closes, double late, int attempts)
{
    cleanup_json json_t *reply =
        as(world, TEACHER, "{s:s,s:s,s:s,s:I,s:I,s:I,s:f,s:i,s:i,s:i}", "op", "class.assign", "kind", "quiz", "ref", "finals",
           "opens", (json_int_t)(class_now.real_ms + opens), "due", (json_int_t)(class_now.real_ms + due), "closes",
           (json_int_t)(class_now.real_ms + closes), "late", late, "count", 2, "seconds", 600, "attempts", attempts);
    if (!json_flag(reply, "ok", false))
        fail_msg("%s", json_str(reply, "error", "?"));
    return json_num(reply, "assignment", 0);
}

static json_t *start(struct class_world *world, uid_t uid, long long assignment)
{
    return as(world, uid, "{s:s,s:I}", "op", "exam.start", "assignment", (json_int_t)assignment);
}

/* Sits the whole assignment; `one` and `two` are texts of options. The attempt. */
static long long sit(struct class_world *world, uid_t uid, long long assignment, const char *one, const char *two)
{
    cleanup_json json_t *started = start(world, uid, assignment);
    if (!json_flag(started, "ok", false))
        fail_msg("%s", json_str(started, "error", "?"));
    long long attempt = json_num(started, "attempt", 0);
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(started, "items"), i, item)
        must(as(world, uid, "{s:s,s:I,s:O,s:[s],s:s}", "op", "exam.answer", "attempt", (json_int_t)attempt, "slot",
                json_object_get(item, "slot"), "answer", str_equal(json_str(item, "id", ""), "one") ? one : two, "by", "source"));
    must(as(world, uid, "{s:s,s:I}", "op", "exam.finish", "attempt", (json_int_t)attempt));
    return attempt;
}

static double course_of(struct class_world *world, uid_t uid)
{
    cleanup_json json_t *book = as(world, TEACHER, "{s:s}", "op", "class.gradebook");
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(book, "students"), i, row) if (json_num(row, "uid", 0) == (long long)uid)
    {
        const json_t *course = json_object_get(row, "course");
        return json_is_number(course) ? json_number_value(course) : NAN;
    }
    fail_msg("no student %u", uid);
    return NAN;
}

static void a_kept_bank_is_neither_read_nor_practised_nor_sat_alone(void **state)
{
    struct class_world *world = *state;
    refused(as(world, ANN, "{s:s,s:s}", "op", "bank.items", "bank", "finals"), EACCES);
    refused(as(world, ANN, "{s:s,s:s,s:s}", "op", "item.key", "bank", "finals", "id", "one"), EACCES);
    refused(as(world, ANN, "{s:s,s:s,s:s,s:[s]}", "op", "practice.answer", "bank", "finals", "id", "one", "answer", "a"), EACCES);
    refused(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "bank", "finals"), EACCES);
    cleanup_json json_t *drawn =
        as(world, ANN, "{s:s,s:s,s:i,s:[s]}", "op", "practice.draw", "topic", "t", "count", 5, "questions", "finals/one");
    assert_int_equal(json_array_size(json_object_get(drawn, "items")), 0);
    must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.items", "bank", "finals"));
}

static void an_assignment_has_a_window_and_a_number_of_attempts(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, HOUR, 2 * HOUR, 3 * HOUR, 0, 1);
    refused(start(world, BOB, id), EAGAIN);
    class_pass(HOUR);
    sit(world, BOB, id, "Yes", "Right");
    refused(start(world, BOB, id), EDQUOT);
    must(as(world, TEACHER, "{s:s,s:I,s:i,s:i,s:s}", "op", "class.extend", "assignment", (json_int_t)id, "uid", BOB, "attempts", 1,
            "reason", "the power went"));
    sit(world, BOB, id, "Yes", "Right");
    refused(start(world, BOB, id), EDQUOT);
    class_pass(2 * HOUR);
    refused(start(world, ANN, id), ETIME);
    must(as(world, TEACHER, "{s:s,s:I,s:i,s:I,s:s}", "op", "class.extend", "assignment", (json_int_t)id, "uid", ANN, "due",
            (json_int_t)(class_now.real_ms + DAY), "reason", "ill"));
    sit(world, ANN, id, "Yes", "Right");
}

static void extra_time_is_given_and_nothing_runs_past_the_closing(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, 0, HOUR, HOUR, 0, 2);
    cleanup_json json_t *ann = start(world, ANN, id), *bob = start(world, BOB, id);
    assert_int_equal(json_num(ann, "seconds", 0), 900);
    assert_int_equal(json_num(bob, "seconds", 0), 600);
    must(as(world, BOB, "{s:s,s:O}", "op", "exam.finish", "attempt", json_object_get(bob, "attempt")));
    class_pass(HOUR - 100000);
    cleanup_json json_t *late = start(world, BOB, id);
    assert_int_equal(json_num(late, "seconds", 0), 100);
}

static void results_are_withheld_until_they_are_out(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, 0, HOUR, HOUR, 0, 1), attempt = sit(world, BOB, id, "Yes", "Left");
    static const char *const ops[] = {"exam.result",     "exam.finish", "exam.list",  "progress.get",
                                      "progress.export", "standing",    "class.marks"};
    for (size_t i = 0; i < ARRAY_LEN(ops); i++) {
        cleanup_json json_t *reply = as(world, BOB, "{s:s,s:I}", "op", ops[i], "attempt", (json_int_t)attempt);
        cleanup_free char *text = json_text(reply);
        static const char *const words[] = {"\"key\"",     "\"explanations\"", "\"score\"",
                                            "\"percent\"", "\"right\":1",      "\"marks\":[50"};
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            if (strstr(text, words[k]))
                fail_msg("%s tells %s: %s", ops[i], words[k], text);
    }
    cleanup_json json_t *early = as(world, BOB, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt);
    assert_int_equal(strlen(json_str(early, "receipt", "")), 64);
    class_pass(HOUR);
    cleanup_json json_t *result = as(world, BOB, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt);
    assert_int_equal(json_num(result, "percent", 0), 50);
    assert_non_null(json_object_get(json_array_get(json_object_get(result, "items"), 0), "key"));
    refused(as(world, ANN, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt), ENOENT);
    refused(
        as(world, TEACHER, "{s:s,s:I,s:i,s:[s]}", "op", "exam.answer", "attempt", (json_int_t)attempt, "slot", 1, "answer", "a"),
        ENOENT);
}

static void lateness_costs_by_the_day(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, 0, HOUR, 10 * DAY, 10, 1);
    class_pass(HOUR + DAY + 1000);
    sit(world, BOB, id, "Yes", "Right");
    assert_true(fabs(course_of(world, BOB) - 80) < 0.01);
    assert_true(fabs(course_of(world, ANN) - 0) < 0.01);
}

static void the_best_attempt_counts(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, 0, HOUR, HOUR, 0, 3);
    sit(world, BOB, id, "Yes", "Right");
    sit(world, BOB, id, "No", "Left");
    assert_true(fabs(course_of(world, BOB) - 100) < 0.01);
    assert_true(isnan(course_of(world, ANN)));
}

/* By hand: homework 40, 80, 90 with weights 1, 1, 2, the lowest dropped: (80 + 180) / 3 = 86.667; exam 50; homework weighs 1, the
 * exam 3: (86.667 + 150) / 4 = 59.1667. */
static void the_course_mark_is_weighted_and_drops_the_lowest(void **state)
{
    (void)state;
    const struct book_mark marks[] = {{"homework", 40, 1, true},
                                      {"homework", 80, 1, true},
                                      {"homework", 90, 2, true},
                                      {"homework", 0, 1, false},
                                      {"exam", 50, 1, true}};
    const struct mark_category categories[] = {{"exam", 3, 0}, {"homework", 1, 1}};
    assert_true(fabs(course_mark(marks, ARRAY_LEN(marks), categories, 2) - 59.166667) < 1e-5);
    const struct mark_category all[] = {{"exam", 1, 9}};
    assert_true(fabs(course_mark(marks, ARRAY_LEN(marks), all, 1) - 50) < 1e-9);
    assert_true(isnan(course_mark(marks, 0, all, 1)));
}

static void a_corrected_key_regrades_with_a_reason_and_leaves_the_first_mark(void **state)
{
    struct class_world *world = *state;
    long long id = assign(world, 0, HOUR, HOUR, 0, 1), attempt = sit(world, BOB, id, "Yes", "Left");
    assert_true(fabs(course_of(world, BOB) - 50) < 0.01);
    must(as(world, TEACHER, "{s:s,s:s,s:b}", "op", "bank.import", "text", corrected, "keep", 1));
    refused(as(world, TEACHER, "{s:s,s:s}", "op", "class.regrade", "bank", "finals"), EINVAL);
    cleanup_json json_t *reply =
        as(world, TEACHER, "{s:s,s:s,s:s}", "op", "class.regrade", "bank", "finals", "reason", "Left it was");
    assert_int_equal(json_array_size(json_object_get(reply, "changes")), 1);
    assert_true(fabs(course_of(world, BOB) - 100) < 0.01);
    assert_int_equal(store_number(&world->store, 0, "SELECT score FROM attempt WHERE id = ?", "i", (int64_t)attempt), 1);
    cleanup_json json_t *again = as(world, TEACHER, "{s:s,s:s,s:s}", "op", "class.regrade", "bank", "finals", "reason", "twice");
    assert_int_equal(json_array_size(json_object_get(again, "changes")), 0);
    struct error err = ERROR_INIT;
    if (audit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(store_run(&world->store, &err, "UPDATE regrade SET score = 2", "") < 0);
}

static void free_text_is_marked_blind_and_by_two(void **state)
{
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    must(as(world, TEACHER, "{s:s,s:s,s:b}", "op", "bank.import", "text", written, "keep", 1));
    cleanup_json json_t *made = as(world, TEACHER, "{s:s,s:s,s:s,s:I,s:i,s:i,s:b}", "op", "class.assign", "kind", "quiz", "ref",
                                   "finals", "due", (json_int_t)(class_now.real_ms + HOUR), "count", 2, "graders", 2, "blind", 1);
    long long attempt = sit(world, BOB, json_num(made, "assignment", 0), "Yes", "Left");
    cleanup_json json_t *queue = as(world, GRADER, "{s:s}", "op", "class.queue");
    json_t *item = json_array_get(json_object_get(queue, "queue"), 0);
    assert_true(json_is_null(json_object_get(item, "student")));
    json_t *slot = json_object_get(item, "slot");
    static const char grade[] = "{s:s,s:I,s:O,s:f,s:f,s:s}";
    refused(as(world, GRADER, grade, "op", "class.grade", "attempt", (json_int_t)attempt, "slot", slot, "points", 5.0, "most", 4.0,
               "comment", ""),
            EINVAL);
    must(as(world, GRADER, grade, "op", "class.grade", "attempt", (json_int_t)attempt, "slot", slot, "points", 4.0, "most", 4.0,
            "comment", "good"));
    cleanup_json json_t *mine = as(world, GRADER, "{s:s}", "op", "class.queue"),
                        *other = as(world, SECOND, "{s:s}", "op", "class.queue");
    assert_int_equal(json_array_size(json_object_get(mine, "queue")), 0);
    assert_int_equal(json_array_size(json_object_get(other, "queue")), 1);
    must(as(world, SECOND, grade, "op", "class.grade", "attempt", (json_int_t)attempt, "slot", slot, "points", 2.0, "most", 4.0,
            "comment", "so so"));
    cleanup_json json_t *done = as(world, TEACHER, "{s:s}", "op", "class.queue");
    assert_int_equal(json_array_size(json_object_get(done, "queue")), 0);
    assert_true(fabs(course_of(world, BOB) - 87.5) < 0.01);
    refused(as(world, BOB, grade, "op", "class.grade", "attempt", (json_int_t)attempt, "slot", slot, "points", 4.0, "most", 4.0,
               "comment", ""),
            EACCES);
    if (audit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
}

static void the_board_shows_where_everybody_is_and_how_long(void **state)
{
    struct class_world *world = *state;
    must(as(world, ANN, "{s:s,s:s,s:s,s:i}", "op", "lab.go", "lab", "wire", "machine", "m1", "steps", 4));
    must(as(world, ANN, "{s:s,s:s,s:s,s:s,s:i}", "op", "lab.step", "lab", "wire", "machine", "m1", "step", "10-a", "steps", 4));
    class_pass(300000);
    must(as(world, ANN, "{s:s,s:s,s:s,s:s,s:i,s:i}", "op", "lab.hint", "lab", "wire", "machine", "m1", "step", "20-b", "hint", 2,
            "steps", 4));
    class_pass(60000);
    must(start(world, BOB, assign(world, 0, HOUR, HOUR, 0, 1)));
    cleanup_json json_t *board = as(world, GRADER, "{s:s}", "op", "class.board");
    json_t *ann = json_array_get(json_object_get(board, "students"), 0),
           *bob = json_array_get(json_object_get(board, "students"), 1);
    assert_string_equal(json_str(ann, "where", ""), "wire");
    assert_int_equal(json_num(ann, "step", 0), 1);
    assert_int_equal(json_num(ann, "hints", 0), 2);
    assert_int_equal(json_num(ann, "stuck_seconds", 0), 360);
    assert_int_equal(json_num(ann, "seen_seconds", 0), 60);
    assert_string_equal(json_str(bob, "kind", ""), "exam");
    assert_int_equal(json_num(bob, "steps", 0), 2);
}

static void a_message_reaches_whom_it_is_for(void **state)
{
    struct class_world *world = *state;
    must(as(world, TEACHER, "{s:s,s:s}", "op", "class.message", "text", "Ten minutes left"));
    must(as(world, GRADER, "{s:s,s:s,s:i}", "op", "class.message", "text", "See me", "uid", ANN));
    cleanup_json json_t *ann = as(world, ANN, "{s:s}", "op", "class.inbox"), *bob = as(world, BOB, "{s:s}", "op", "class.inbox");
    assert_int_equal(json_array_size(json_object_get(ann, "messages")), 2);
    assert_int_equal(json_array_size(json_object_get(bob, "messages")), 1);
    assert_true(json_flag(json_array_get(json_object_get(ann, "messages"), 1), "personal", false));
    must(as(world, ANN, "{s:s,s:i}", "op", "class.inbox", "seen", 2));
    cleanup_json json_t *later = as(world, ANN, "{s:s}", "op", "class.inbox");
    assert_false(json_flag(json_array_get(json_object_get(later, "messages"), 1), "new", true));
    refused(as(world, BOB, "{s:s,s:s}", "op", "class.message", "text", "party"), EACCES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, class_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_kept_bank_is_neither_read_nor_practised_nor_sat_alone),
        TEST(an_assignment_has_a_window_and_a_number_of_attempts),
        TEST(extra_time_is_given_and_nothing_runs_past_the_closing),
        TEST(results_are_withheld_until_they_are_out),
        TEST(lateness_costs_by_the_day),
        TEST(the_best_attempt_counts),
        cmocka_unit_test(the_course_mark_is_weighted_and_drops_the_lowest),
        TEST(a_corrected_key_regrades_with_a_reason_and_leaves_the_first_mark),
        TEST(free_text_is_marked_blind_and_by_two),
        TEST(the_board_shows_where_everybody_is_and_how_long),
        TEST(a_message_reaches_whom_it_is_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
