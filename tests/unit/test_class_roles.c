/* Who may ask what in a class: the whole table of requests by role, and what becomes of those who may not. */
#include "class_world.h"

#include "quizzes/classd/events.h"
#include "quizzes/classd/roles.h"

#include <errno.h>

enum { TEACHER = 500, GRADER = 501, ANN = 1001, BOB = 1002, STRANGER = 6666 };

static void enrol(struct class_world *world, uid_t uid, const char *role)
{
    cleanup_json json_t *reply = class_ask_as(
        world, TEACHER, json_pack("{s:s,s:[{s:i,s:s}]}", "op", "class.enrol", "members", "uid", (int)uid, "role", role));
    assert_true(json_flag(reply, "ok", false));
}

static int setup(void **state)
{
    class_setup(state);
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    if (class_found(&world->store, "Containers", TEACHER, &err) < 0)
        fail_msg("%s", err.message);
    enrol(world, GRADER, "grader");
    enrol(world, ANN, "student");
    enrol(world, BOB, "student");
    return 0;
}

/* The table, by hand: a request that is new has to be thought about here too. S student, G grader, I instructor. */
static const struct {
    const char *op, *who;
} table[] = {
    {"bank.list", "SGI"},       {"bank.items", "SGI"},   {"item.key", "SGI"},       {"practice.draw", "SGI"},
    {"practice.answer", "SGI"}, {"exam.start", "SGI"},   {"exam.answer", "SGI"},    {"exam.flag", "SGI"},
    {"exam.finish", "SGI"},     {"exam.result", "SGI"},  {"exam.list", "SGI"},      {"exam.open", "SGI"},
    {"progress.set", "SGI"},    {"progress.get", "SGI"}, {"progress.touch", "SGI"}, {"progress.export", "SGI"},
    {"lab.seed", "SGI"},        {"lab.go", "SGI"},       {"lab.step", "SGI"},       {"lab.hint", "SGI"},
    {"learn.due", "SGI"},       {"standing", "SGI"},     {"class.info", "SGI"},     {"class.assignments", "SGI"},
    {"class.inbox", "SGI"},     {"class.marks", "SGI"},  {"class.roster", "GI"},    {"class.board", "GI"},
    {"class.message", "GI"},    {"progress.erase", ""},  {"class.queue", "GI"},     {"class.grade", "GI"},
    {"class.gradebook", "GI"},  {"class.confirm", "GI"}, {"exam.go", "SGI"},        {"quiz.list", "SGI"},
    {"class.peek", "GI"},       {"class.screen", "SGI"},
};

static const char *who_may(const char *op)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].op, op))
            return table[i].who;
    return "I";
}

static void every_request_is_refused_to_whom_it_is_not_for(void **state)
{
    struct class_world *world = *state;
    static const struct {
        char letter;
        uid_t uid;
    } roles[] = {{'S', ANN}, {'G', GRADER}, {'I', TEACHER}, {'-', STRANGER}};
    for (size_t i = 0; request_name(i); i++)
        for (size_t k = 0; k < ARRAY_LEN(roles); k++) {
            const char *op = request_name(i);
            cleanup_json json_t *reply = class_ask_as(world, roles[k].uid, json_pack("{s:s}", "op", op));
            bool refused = json_num(reply, "code", 0) == EACCES, may = strchr(who_may(op), roles[k].letter) != NULL;
            if (refused == may)
                fail_msg("%s by %c: %s", op, roles[k].letter, json_str(reply, "error", "no refusal"));
        }
}

static void a_stranger_is_told_where_to_go_and_leaves_no_trace(void **state)
{
    struct class_world *world = *state;
    int64_t before = store_number(&world->store, -1, "SELECT count(*) FROM person", "");
    cleanup_json json_t *reply = class_ask_as(world, STRANGER, json_pack("{s:s}", "op", "bank.list"));
    assert_string_equal(json_str(reply, "error", ""),
                        "user 6666 (6666) is on no roster of the class \"Containers\"; ask its instructor, or "
                        "set SLIPWAY_CLASS=none to learn on your own");
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM person", ""), before);
}

static void who_is_removed_is_out_at_once_and_comes_back_with_all_they_had(void **state)
{
    struct class_world *world = *state;
    json_t *progress = json_pack("{s:s,s:s,s:s,s:i,s:i}", "op", "progress.set", "kind", "lab", "id", "wire", "step", 2, "steps", 3);
    json_decref(class_ask_as(world, ANN, progress));
    json_decref(class_ask_as(world, TEACHER, json_pack("{s:s,s:i}", "op", "class.remove", "uid", ANN)));
    cleanup_json json_t *out = class_ask_as(world, ANN, json_pack("{s:s}", "op", "progress.get"));
    assert_int_equal(json_num(out, "code", 0), EACCES);
    enrol(world, ANN, "student");
    cleanup_json json_t *back = class_ask_as(world, ANN, json_pack("{s:s}", "op", "progress.get"));
    assert_int_equal(json_num(json_array_get(json_object_get(back, "progress"), 0), "step", 0), 2);
}

static void a_class_keeps_an_instructor(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *reply = class_ask_as(world, TEACHER, json_pack("{s:s,s:i}", "op", "class.remove", "uid", TEACHER));
    assert_int_equal(json_num(reply, "code", 0), EBUSY);
    cleanup_json json_t *demoted = class_ask_as(
        world, TEACHER, json_pack("{s:s,s:[{s:i,s:s}]}", "op", "class.enrol", "members", "uid", TEACHER, "role", "student"));
    assert_int_equal(json_num(demoted, "code", 0), EBUSY);
    enrol(world, GRADER, "instructor");
    cleanup_json json_t *now = class_ask_as(world, GRADER, json_pack("{s:s,s:i}", "op", "class.remove", "uid", TEACHER));
    assert_true(json_flag(now, "ok", false));
}

static void a_roster_is_taken_whole_or_not_at_all(void **state)
{
    struct class_world *world = *state;
    static const char *const bad[] = {"{\"uid\":-1}",
                                      "{\"uid\":65534}",
                                      "{\"uid\":\"1\"}",
                                      "{\"uid\":1,\"role\":\"root\"}",
                                      "{\"uid\":1,\"name\":\"a\\u001b[2Jb\"}",
                                      "{\"uid\":1,\"name\":\"a\\u009b2Jb\"}",
                                      "{\"uid\":1,\"name\":\"a\\u202eb\"}",
                                      "{\"uid\":1,\"extra\":-5}",
                                      "{\"uid\":1,\"extra\":9999}"};
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        json_t *request = json_pack("{s:s,s:[{s:i,s:s},o]}", "op", "class.enrol", "members", "uid", 3000, "role", "student",
                                    json_loads(bad[i], 0, NULL));
        cleanup_json json_t *reply = class_ask_as(world, TEACHER, request);
        if (json_num(reply, "code", 0) != EINVAL)
            fail_msg("%s was taken", bad[i]);
    }
    assert_int_equal(role_of(&world->store, 3000), ROLE_NONE);
}

static void sql_in_a_name_stays_a_name(void **state)
{
    struct class_world *world = *state;
    static const char name[] = "Robert'); DROP TABLE member; --";
    json_decref(class_ask_as(
        world, TEACHER,
        json_pack("{s:s,s:[{s:i,s:s,s:s}]}", "op", "class.enrol", "members", "uid", 3001, "role", "student", "name", name)));
    cleanup_json json_t *reply = class_ask_as(world, TEACHER, json_pack("{s:s}", "op", "class.roster"));
    cleanup_free char *text = json_text(reply);
    assert_non_null(strstr(text, name));
}

static void a_school_of_one_has_no_class(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *reply = class_ask_as(world, 1000, json_pack("{s:s}", "op", "class.info"));
    assert_int_equal(json_num(reply, "code", 0), ENOTSUP);
    json_decref(class_get(world, json_pack("{s:s}", "op", "audit")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_request_is_refused_to_whom_it_is_not_for, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_stranger_is_told_where_to_go_and_leaves_no_trace, setup, class_teardown),
        cmocka_unit_test_setup_teardown(who_is_removed_is_out_at_once_and_comes_back_with_all_they_had, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_class_keeps_an_instructor, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_roster_is_taken_whole_or_not_at_all, setup, class_teardown),
        cmocka_unit_test_setup_teardown(sql_in_a_name_stays_a_name, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_school_of_one_has_no_class, class_setup, class_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
