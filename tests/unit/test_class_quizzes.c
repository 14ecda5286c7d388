/* Quizzes set to a class, what a student may see of them and when, and work that students report of themselves. */
#include "class_world.h"

#include "quizzes/classd/events.h"
#include "quizzes/classd/roles.h"
#include "quizzes/classd/rubric.h"

#include <errno.h>
#include <math.h>

enum { TEACHER = 500, GRADER = 501, ANN = 1001, BOB = 1002 };
static const int64_t HOUR = 3600000, DAY = 24 * 3600000LL;

#define FRONT(id, version) "---\nid: " id "\ntitle: t\ndomain: foundations\nversion: " version "\nlicence: MIT\n---\n"
#define ONE                "## one {type=single level=1 topic=t}\n\nOne?\n\n- [x] Yes\n  > y\n- [ ] No\n  > n\n\n"
#define TWO(left, right)   "## two {type=single level=1 topic=t}\n\nTwo?\n\n- [" left "] Left\n  > y\n- [" right "] Right\n  > n\n\n"

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

static json_t *done(json_t *reply)
{
    if (!json_flag(reply, "ok", false))
        fail_msg("%s", json_str(reply, "error", "?"));
    return reply;
}

static void must(json_t *reply) { json_decref(done(reply)); }

static void refused(json_t *reply, int code, const char *words)
{
    if (json_num(reply, "code", 0) != code || !strstr(json_str(reply, "error", ""), words))
        fail_msg("wanted %d \"%s\", got %lld: %s", code, words, json_num(reply, "code", 0), json_str(reply, "error", "no refusal"));
    json_decref(reply);
}

static int setup(void **state)
{
    class_setup(state);
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    if (class_found(&world->store, "Containers", TEACHER, &err) < 0)
        fail_msg("%s", err.message);
    static const struct {
        uid_t uid;
        const char *role;
    } members[] = {{GRADER, "grader"}, {ANN, "student"}, {BOB, "student"}};
    for (size_t i = 0; i < ARRAY_LEN(members); i++)
        must(as(world, TEACHER, "{s:s,s:[{s:i,s:s,s:i}]}", "op", "class.enrol", "members", "uid", (int)members[i].uid, "role",
                members[i].role, "extra", members[i].uid == ANN ? 50 : 0));
    must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.import", "text", FRONT("drill", "1") ONE TWO(" ", "x")));
    return 0;
}

static void set_quiz(struct class_world *world, json_t *settings)
{
    json_object_set_new(settings, "draw", json_pack("[{s:s,s:i}]", "bank", "drill", "count", 2));
    must(as(world, TEACHER, "{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week-1", "settings", settings));
}

static long long assign(struct class_world *world, json_t *more)
{
    json_t *request = json_pack("{s:s,s:s,s:s,s:I}", "op", "class.assign", "kind", "quiz", "ref", "week-1", "due",
                                (json_int_t)(class_now.real_ms + HOUR));
    json_object_update_new(request, more);
    cleanup_json json_t *reply = done(class_ask_as(world, TEACHER, request));
    return json_num(reply, "assignment", 0);
}

/* Both questions answered by the texts of their options, and handed in. */
static long long sit(struct class_world *world, uid_t uid, json_t *start, const char *one, const char *two)
{
    json_object_set_new(start, "op", json_string("exam.start"));
    cleanup_json json_t *started = done(class_ask_as(world, uid, start));
    json_t *attempt = json_object_get(started, "attempt"), *item;
    size_t i;
    json_array_foreach(json_object_get(started, "items"), i, item)
        must(as(world, uid, "{s:s,s:O,s:O,s:[s],s:s}", "op", "exam.answer", "attempt", attempt, "slot",
                json_object_get(item, "slot"), "answer", str_equal(json_str(item, "id", ""), "one") ? one : two, "by", "source"));
    must(as(world, uid, "{s:s,s:O}", "op", "exam.finish", "attempt", attempt));
    return json_integer_value(attempt);
}

static const json_t *row_of(const json_t *book, uid_t uid)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(book, "students"), i, row)
    {
        if (json_num(row, "uid", 0) == (long long)uid)
            return row;
    }
    fail_msg("no student %u", uid);
    return NULL;
}

static double course_of(struct class_world *world, uid_t uid)
{
    cleanup_json json_t *book = as(world, TEACHER, "{s:s}", "op", "class.gradebook");
    const json_t *course = json_object_get(row_of(book, uid), "course");
    return json_is_number(course) ? json_number_value(course) : NAN;
}

/* --- one way in which a class's quiz works */

static void a_quiz_is_sat_only_as_it_was_set_to_the_class(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_pack("{s:i,s:s,s:s}", "seconds", 100, "password", "sesame", "navigation", "forward"));
    refused(as(world, ANN, "{s:s,s:s,s:s}", "op", "exam.start", "quiz", "week-1", "password", "sesame"), EACCES,
            "is not set to the class");
    long long id = assign(world, json_pack("{s:i,s:s}", "attempts", 2, "title", "The first week"));
    refused(as(world, TEACHER, "{s:s,s:s}", "op", "quiz.remove", "quiz", "week-1"), EBUSY, "is set as assignment 1");
    cleanup_json json_t *list = done(as(world, ANN, "{s:s}", "op", "quiz.list"));
    assert_int_equal(json_array_size(json_object_get(list, "quizzes")), 0);
    cleanup_json json_t *works = done(as(world, ANN, "{s:s}", "op", "class.assignments"));
    const json_t *work = json_array_get(json_object_get(works, "assignments"), 0);
    assert_string_equal(json_str(work, "source", ""), "quiz");
    assert_true(json_flag(work, "password", false));
    assert_null(strstr(json_str(work, "password", ""), "sesame"));
    refused(as(world, ANN, "{s:s,s:I}", "op", "exam.start", "assignment", (json_int_t)id), EACCES, "has a password");
    cleanup_json json_t *ann =
        done(as(world, ANN, "{s:s,s:I,s:s}", "op", "exam.start", "assignment", (json_int_t)id, "password", "sesame"));
    assert_int_equal(json_num(ann, "seconds", 0), 150); /* with her extra time */
    assert_string_equal(json_str(ann, "navigation", ""), "forward");
    cleanup_json json_t *again = done(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "quiz", "week-1"));
    assert_true(json_flag(again, "resumed", false));
    cleanup_json json_t *bob = done(as(world, BOB, "{s:s,s:s,s:s}", "op", "exam.start", "quiz", "week-1", "password", "sesame"));
    assert_int_equal(json_num(bob, "seconds", 0), 100);
    assert_int_equal(
        store_number(&world->store, 0, "SELECT count(*) FROM assignment_attempt WHERE assignment = ?", "i", (int64_t)id), 2);
}

static void window_attempts_grading_and_lateness_are_the_assignments(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_pack("{s:s,s:i,s:I}", "grading", "average", "attempts", 9, "closes",
                              (json_int_t)(class_now.real_ms + 100 * DAY)));
    long long id =
        assign(world, json_pack("{s:i,s:f,s:I}", "attempts", 3, "late", 10.0, "closes", (json_int_t)(class_now.real_ms + 5 * DAY)));
    sit(world, BOB, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Right");
    sit(world, BOB, json_pack("{s:s}", "quiz", "week-1"), "Yes", "Left");
    assert_true(fabs(course_of(world, BOB) - 75) < 0.01);
    class_pass(HOUR + 1000);
    sit(world, BOB, json_pack("{s:I}", "assignment", (json_int_t)id), "No", "Right"); /* 50 less 10 % of it */
    assert_true(fabs(course_of(world, BOB) - (100 + 50 + 45) / 3.0) < 0.01);
    refused(as(world, BOB, "{s:s,s:s}", "op", "exam.start", "quiz", "week-1"), EDQUOT, "allows 3 attempts");
    class_pass(5 * DAY);
    refused(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "quiz", "week-1"), ETIME, "is closed");
}

static void what_a_quiz_sets_for_one_student_holds_in_the_class(void **state)
{
    struct class_world *world = *state;
    char login[16];
    snprintf(login, sizeof login, "%d", ANN);
    set_quiz(world, json_pack("{s:i,s:{s:{s:i,s:i}}}", "seconds", 100, "overrides", login, "seconds", 77, "attempts", 2));
    long long id = assign(world, json_object());
    for (int i = 0; i < 2; i++)
        sit(world, ANN, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Right");
    assert_int_equal(store_number(&world->store, 0, "SELECT min(seconds) FROM attempt WHERE mode = 'quiz'", ""), 77);
    sit(world, BOB, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Right");
    refused(as(world, BOB, "{s:s,s:I}", "op", "exam.start", "assignment", (json_int_t)id), EDQUOT, "allows");
}

/* --- nothing tells early what was right */

/* A card that is due again in minutes was wrong, one that is due in days was right. */
static void cards_do_not_tell_what_a_withheld_attempt_got_right(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_object());
    long long id = assign(world, json_object());
    static const char *const asked[] = {"learn.due", "standing", "progress.export", "exam.list", "progress.get"};
    cleanup_free char *before[ARRAY_LEN(asked)] = {NULL};
    for (int round = 0; round < 2; round++) { /* Ann is right, Bob wrong: nobody can tell */
        uid_t uid = round ? BOB : ANN;
        sit(world, uid, json_pack("{s:I}", "assignment", (json_int_t)id), round ? "No" : "Yes", round ? "Left" : "Right");
        for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
            cleanup_json json_t *reply = done(as(world, uid, "{s:s}", "op", asked[i]));
            json_object_del(reply, "events"); /* of these the hashes differ, as the answers do */
            json_object_del(reply, "person");
            json_t *attempt;
            size_t k;
            json_array_foreach(json_object_get(reply, "attempts"), k, attempt) json_object_del(attempt, "attempt");
            json_object_del(json_object_get(json_object_get(reply, "exams"), "last"), "attempt");
            char *text = json_text(reply);
            if (round && !str_equal(text, before[i]))
                fail_msg("%s tells right from wrong:\n%s\n%s", asked[i], before[i], text);
            free(before[i]);
            before[i] = text;
        }
    }
    for (size_t i = 1; i < ARRAY_LEN(before); i++)
        free(before[i]), before[i] = NULL;
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM card", ""), 0);
    class_pass(2 * HOUR); /* the results are out: now they count, as of when it ended */
    cleanup_json json_t *due = done(as(world, BOB, "{s:s}", "op", "learn.due"));
    assert_int_equal(json_num(due, "due", 0), 2);
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM card WHERE at = ?", "i", class_now.real_ms - 2 * HOUR),
                     2);
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM card_wait", ""), 1); /* Ann has not looked */
}

/* Of an attempt with one answer the mark tells whether it is right: none is shown while another one runs. */
static void one_attempt_is_no_oracle_for_another(void **state)
{
    struct class_world *world = *state;
    must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.import", "text", FRONT("twin", "1") ONE));
    sit(world, ANN, json_pack("{s:s}", "bank", "twin"), "No", "");
    json_decref(done(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "bank", "drill")));
    long long probe = sit(world, ANN, json_pack("{s:s}", "bank", "twin"), "Yes", "");
    static const char *const asked[] = {"exam.result", "exam.finish", "exam.list", "progress.get", "standing", "learn.due"};
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        cleanup_json json_t *reply = as(world, ANN, "{s:s,s:I}", "op", asked[i], "attempt", (json_int_t)probe);
        cleanup_free char *text = json_text(reply);
        static const char *const words[] = {"\"percent\":100", "\"best\":100", "\"right\":1", "\"score\":1", "\"passed\":true"};
        for (size_t k = 0; k < ARRAY_LEN(words); k++)
            if (strstr(text, words[k]))
                fail_msg("%s tells %s: %s", asked[i], words[k], text);
    }
    cleanup_json json_t *list = done(as(world, ANN, "{s:s}", "op", "exam.list"));
    assert_int_equal(json_num(json_array_get(json_object_get(list, "attempts"), 2), "percent", -1), 0); /* was known before */
    must(as(world, ANN, "{s:s,s:i}", "op", "exam.finish", "attempt", 2));
    cleanup_json json_t *now = done(as(world, ANN, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)probe));
    assert_int_equal(json_num(now, "percent", -1), 100);
}

static void questions_of_a_quiz_are_not_practised_before_its_results_are_out(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_object());
    assign(world, json_object());
    refused(as(world, ANN, "{s:s,s:s,s:s}", "op", "item.key", "bank", "drill", "id", "one"), EACCES, "results are not out");
    refused(as(world, ANN, "{s:s,s:s,s:s,s:[s]}", "op", "practice.answer", "bank", "drill", "id", "one", "answer", "a"), EACCES,
            "results are not out");
    refused(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "bank", "drill"), EACCES, "results are not out");
    refused(as(world, ANN, "{s:s,s:s}", "op", "exam.start", "mode", "mock"), ENOENT, "no bank has");
    cleanup_json json_t *due = done(as(world, ANN, "{s:s}", "op", "learn.due"));
    assert_int_equal(json_array_size(json_object_get(due, "items")), 0);
    class_pass(HOUR);
    must(as(world, ANN, "{s:s,s:s,s:s}", "op", "item.key", "bank", "drill", "id", "one"));
}

static void the_phases_of_a_quiz_hold_for_all_that_shows_marks(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_pack("{s:{s:[],s:[],s:[s,s]}}", "review", "after", "later", "closed", "points", "right"));
    long long id = assign(world, json_pack("{s:i}", "review", 1));
    long long attempt = sit(world, BOB, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Left");
    cleanup_json json_t *marks = done(as(world, BOB, "{s:s}", "op", "class.marks"));
    assert_true(json_is_null(json_array_get(json_object_get(row_of(marks, BOB), "marks"), 0)));
    cleanup_json json_t *early = done(as(world, BOB, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt));
    assert_null(json_object_get(early, "percent"));
    class_pass(HOUR);
    cleanup_json json_t *late = done(as(world, BOB, "{s:s,s:I}", "op", "exam.result", "attempt", (json_int_t)attempt));
    assert_int_equal(json_num(late, "percent", -1), 50);
    assert_null(json_object_get(json_array_get(json_object_get(late, "items"), 0), "key"));
    cleanup_json json_t *shown = done(as(world, BOB, "{s:s}", "op", "class.marks"));
    assert_true(fabs(json_number_value(json_array_get(json_object_get(row_of(shown, BOB), "marks"), 0)) - 50) < 0.01);
}

/* --- corrected keys */

static void a_corrected_key_reaches_every_kind_of_attempt(void **state)
{
    struct class_world *world = *state;
    must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.import", "text", FRONT("other", "1") ONE));
    json_t *settings = json_pack("{s:[{s:s,s:i},{s:s,s:i}]}", "draw", "bank", "other", "count", 1, "bank", "drill", "count", 2);
    must(as(world, TEACHER, "{s:s,s:s,s:o}", "op", "quiz.set", "quiz", "week-1", "settings", settings));
    long long id = assign(world, json_object());
    sit(world, BOB, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Left");
    assert_true(fabs(course_of(world, BOB) - 66.67) < 0.01);
    static const char *const versions[] = {FRONT("drill", "2") ONE TWO("x", " "), FRONT("drill", "1") ONE TWO(" ", "x")};
    static const double marks[] = {100, 66.67};
    for (size_t i = 0; i < ARRAY_LEN(versions); i++) { /* there, and back to what it was */
        must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.import", "text", versions[i]));
        cleanup_json json_t *reply =
            done(as(world, TEACHER, "{s:s,s:s,s:s}", "op", "class.regrade", "bank", "drill", "reason", "key"));
        assert_int_equal(json_array_size(json_object_get(reply, "changes")), 1);
        assert_true(fabs(course_of(world, BOB) - marks[i]) < 0.01);
    }
    struct error err = ERROR_INIT;
    if (audit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
}

/* --- what students report of themselves */

static void steps_that_a_student_reports_count_when_somebody_confirms_them(void **state)
{
    struct class_world *world = *state;
    for (int trust = 0; trust < 2; trust++)
        must(as(world, TEACHER, "{s:s,s:s,s:s,s:I,s:b,s:s}", "op", "class.assign", "kind", "lab", "ref", trust ? "easy" : "wire",
                "due", (json_int_t)(class_now.real_ms + DAY), "trust", trust, "category", "labs"));
    static const char *const labs[] = {"wire", "easy"};
    for (int i = 0; i < 2; i++) /* a hand-made client: nothing was done at all */
        must(as(world, ANN, "{s:s,s:s,s:s,s:i,s:i,s:b}", "op", "progress.set", "kind", "lab", "id", labs[i], "step", 4, "steps",
                4 + 4 * i, "done", 0));
    cleanup_json json_t *book = done(as(world, TEACHER, "{s:s}", "op", "class.gradebook"));
    const json_t *ann = row_of(book, ANN);
    assert_true(json_is_true(json_array_get(json_object_get(ann, "reported"), 0)));
    assert_true(json_is_false(json_array_get(json_object_get(ann, "reported"), 1)));
    assert_true(fabs(json_number_value(json_array_get(json_object_get(ann, "marks"), 0)) - 100) < 0.01);
    assert_true(fabs(course_of(world, ANN) - 50) < 0.01); /* of the trusted one alone */
    refused(as(world, ANN, "{s:s,s:i,s:i}", "op", "class.confirm", "assignment", 1, "uid", ANN), EACCES, "may not ask");
    refused(as(world, GRADER, "{s:s,s:i,s:i}", "op", "class.confirm", "assignment", 1, "uid", BOB), ENOENT, "nothing was reported");
    refused(as(world, GRADER, "{s:s,s:i,s:i,s:f}", "op", "class.confirm", "assignment", 1, "uid", ANN, "percent", 101.0), EINVAL,
            "0 to 100");
    must(as(world, GRADER, "{s:s,s:i,s:i}", "op", "class.confirm", "assignment", 1, "uid", ANN));
    assert_true(fabs(course_of(world, ANN) - 75) < 0.01);
    must(as(world, GRADER, "{s:s,s:i,s:i,s:f,s:s}", "op", "class.confirm", "assignment", 1, "uid", ANN, "percent", 20.0, "comment",
            "the bridge is missing"));
    assert_true(fabs(course_of(world, ANN) - 35) < 0.01);
    struct error err = ERROR_INIT;
    if (audit(&world->store, &err) < 0)
        fail_msg("%s", err.message);
    assert_true(store_run(&world->store, &err, "UPDATE confirmation SET percent = 100", "") < 0);
}

static void a_task_of_an_exam_waits_for_who_has_seen_the_machine(void **state)
{
    struct class_world *world = *state;
    must(as(world, TEACHER, "{s:s,s:s}", "op", "bank.import", "text",
            FRONT("doing", "1") "## act {type=task level=1 topic=t}\n\nDo it.\n\nlab: wire\n"));
    for (int trust = 0; trust < 2; trust++) {
        cleanup_json json_t *made =
            done(as(world, TEACHER, "{s:s,s:s,s:s,s:I,s:i,s:b}", "op", "class.assign", "kind", "quiz", "ref", "doing", "due",
                    (json_int_t)(class_now.real_ms + DAY), "count", 1, "trust", trust));
        cleanup_json json_t *started =
            done(as(world, ANN, "{s:s,s:O}", "op", "exam.start", "assignment", json_object_get(made, "assignment")));
        must(as(world, ANN, "{s:s,s:s,s:s,s:i}", "op", "lab.go", "lab", "wire", "machine", trust ? "m2" : "m1", "steps", 2));
        must(as(world, ANN, "{s:s,s:s,s:s,s:s,s:i}", "op", "lab.step", "lab", "wire", "machine", trust ? "m2" : "m1", "step",
                "10-a", "steps", 2));
        must(as(world, ANN, "{s:s,s:O}", "op", "exam.finish", "attempt", json_object_get(started, "attempt")));
        class_pass(1000);
    }
    assert_true(fabs(course_of(world, ANN) - 25) < 0.01); /* nothing and a half */
    cleanup_json json_t *queue = done(as(world, GRADER, "{s:s}", "op", "class.queue"));
    const json_t *waiting = json_array_get(json_object_get(queue, "queue"), 0);
    assert_int_equal(json_array_size(json_object_get(queue, "queue")), 1);
    assert_string_equal(json_str(waiting, "type", ""), "task");
    assert_string_equal(json_str(waiting, "answer", ""), "1/2");
    must(as(world, GRADER, "{s:s,s:i,s:i,s:f,s:f}", "op", "class.grade", "attempt", 1, "slot", 1, "points", 1.0, "most", 2.0));
    assert_true(fabs(course_of(world, ANN) - 50) < 0.01);
}

/* --- rubrics */

static void what_is_trusted_stays_once_an_exam_was_begun(void **state)
{
    struct class_world *world = *state;
    set_quiz(world, json_pack("{}"));
    long long id = assign(world, json_pack("{}"));
    must(as(world, TEACHER, "{s:s,s:I,s:b}", "op", "class.reassign", "assignment", (json_int_t)id, "trust", 1));
    must(as(world, TEACHER, "{s:s,s:I,s:b}", "op", "class.reassign", "assignment", (json_int_t)id, "trust", 0));
    sit(world, ANN, json_pack("{s:I}", "assignment", (json_int_t)id), "Yes", "Right");
    refused(as(world, TEACHER, "{s:s,s:I,s:b}", "op", "class.reassign", "assignment", (json_int_t)id, "trust", 1), EBUSY,
            "stays as it is");
    must(as(world, TEACHER, "{s:s,s:I,s:b,s:i}", "op", "class.reassign", "assignment", (json_int_t)id, "trust", 0, "weight", 2));
}

static void points_are_checked_against_the_rubric(void **state)
{
    (void)state;
    static const char rubric[] = "2: names it\n\n 3: says why\n";
    static const struct {
        const char *given;
        double points, most, wanted; /* -1: not given; wanted -1: refused */
    } cases[] = {{"[2,3]", -1, -1, 5}, {"[0.5,1]", -1, 5, 1.5}, {"[2,3]", 5, 5, 5},     {"[2,3]", 4, -1, -1},
                 {"[2]", -1, -1, -1},  {"[2,4]", -1, -1, -1},   {"[-1,3]", -1, -1, -1}, {"[2,\"3\"]", -1, -1, -1},
                 {"[2,3]", -1, 6, -1}, {"[]", 5, 5, -1}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        cleanup_json json_t *given = json_loads(cases[i].given, 0, NULL);
        struct error err = ERROR_INIT;
        double points = cases[i].points, most = cases[i].most;
        int r = rubric_check(rubric, given, &points, &most, &err);
        if ((r == 0) != (cases[i].wanted >= 0) || (r == 0 && (fabs(points - cases[i].wanted) > 1e-9 || most != 5)))
            fail_msg("case %zu: %g of %g, %s", i, points, most, err.message);
    }
    struct criterion criteria[CRITERIA_MOST];
    assert_int_equal(rubric_read_criteria(rubric, criteria), 2);
    assert_int_equal(criteria[1].len, strlen("says why"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, class_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_quiz_is_sat_only_as_it_was_set_to_the_class),
        TEST(window_attempts_grading_and_lateness_are_the_assignments),
        TEST(what_a_quiz_sets_for_one_student_holds_in_the_class),
        TEST(cards_do_not_tell_what_a_withheld_attempt_got_right),
        TEST(one_attempt_is_no_oracle_for_another),
        TEST(questions_of_a_quiz_are_not_practised_before_its_results_are_out),
        TEST(the_phases_of_a_quiz_hold_for_all_that_shows_marks),
        TEST(a_corrected_key_reaches_every_kind_of_attempt),
        TEST(steps_that_a_student_reports_count_when_somebody_confirms_them),
        TEST(a_task_of_an_exam_waits_for_who_has_seen_the_machine),
        TEST(what_is_trusted_stays_once_an_exam_was_begun),
        cmocka_unit_test(points_are_checked_against_the_rubric),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
