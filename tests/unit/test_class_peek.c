/* Looking at a student's terminal: only the staff may, never before the student's own screen says who, and nothing goes the other
 * way. */
#include "class_world.h"

#include "quizzes/classd/roles.h"

#include <errno.h>

enum { TEACHER = 500, GRADER = 501, ANN = 1001, BOB = 1002 };

static void enrol(struct class_world *world, uid_t uid, const char *role, const char *name)
{
    cleanup_json json_t *reply = class_ask_as(
        world, TEACHER,
        json_pack("{s:s,s:[{s:i,s:s,s:s}]}", "op", "class.enrol", "members", "uid", (int)uid, "role", role, "name", name));
    assert_true(json_flag(reply, "ok", false));
}

static int setup(void **state)
{
    class_setup(state);
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    if (class_found(&world->store, "Containers", TEACHER, &err) < 0)
        fail_msg("%s", err.message);
    enrol(world, GRADER, "grader", "Grace");
    enrol(world, ANN, "student", "Ann");
    enrol(world, BOB, "student", "Bob");
    return 0;
}

static json_t *peek(struct class_world *world, uid_t who, uid_t at)
{
    return class_ask_as(world, who, json_pack("{s:s,s:i}", "op", "class.peek", "uid", (int)at));
}

static void sees(struct class_world *world, uid_t who, const char *state, const char *text)
{
    cleanup_json json_t *reply = peek(world, who, ANN);
    assert_string_equal(json_str(reply, "state", json_str(reply, "error", "")), state);
    const json_t *lines = json_at(reply, "screen.lines");
    const char *first = json_string_value(json_array_get(json_array_get(json_array_get(lines, 0), 0), 0));
    assert_string_equal(str_or(first, ""), text);
}

/* What Ann's program says: in which lab, a line of its terminal (NULL: none is sent), and whom it has named. Who looks, by number:
 * "500 501". */
static char *screen(struct class_world *world, const char *where, const char *text, const char *told)
{
    cleanup_json json_t *named = json_loads(told, 0, NULL);
    json_t *request = json_pack("{s:s,s:s,s:O}", "op", "class.screen", "where", where, "told", named), *watcher;
    size_t i;
    if (text)
        json_object_set_new(request, "screen",
                            json_pack("{s:i,s:i,s:[[[s,i,i,i]]]}", "columns", 80, "rows", 24, "lines", text, -1, -1, 0));
    cleanup_json json_t *reply = class_ask_as(world, ANN, request);
    assert_true(json_flag(reply, "ok", false));
    struct buf names = BUF_INIT;
    json_array_foreach(json_object_get(reply, "watchers"), i, watcher)
    {
        buf_printf(&names, "%s%lld", i ? " " : "", json_num(watcher, "uid", 0));
    }
    return names.data ? buf_take(&names) : xstrdup("");
}

static void watchers(struct class_world *world, const char *where, const char *text, const char *told, const char *wanted)
{
    cleanup_free char *names = screen(world, where, text, told);
    assert_string_equal(names, wanted);
}

static void nobody_sees_a_screen_that_does_not_name_them(void **state)
{
    struct class_world *world = *state;
    sees(world, TEACHER, "away", "");
    watchers(world, "", NULL, "[]", "500");
    sees(world, TEACHER, "elsewhere", "");
    watchers(world, "wire", NULL, "[]", "500");
    sees(world, TEACHER, "waits", "");
    watchers(world, "wire", "$ secret", "[]", "500");
    sees(world, TEACHER, "waits", "");
    watchers(world, "wire", "$ ls", "[500]", "500");
    sees(world, TEACHER, "on", "$ ls");
    sees(world, GRADER, "waits", ""); /* came later, and is not on it */
    watchers(world, "wire", "$ ls -l", "[500,501]", "500 501");
    sees(world, GRADER, "on", "$ ls -l");
    watchers(world, "", NULL, "[]", "500 501"); /* another page: nothing of the terminal is left */
    sees(world, GRADER, "elsewhere", "");
}

static void nothing_is_kept_when_nobody_looks(void **state)
{
    struct class_world *world = *state;
    watchers(world, "wire", "$ before", "[500]", "");
    sees(world, TEACHER, "waits", "");
}

static void a_look_ends_by_word_or_by_silence(void **state)
{
    struct class_world *world = *state;
    sees(world, TEACHER, "away", "");
    watchers(world, "wire", "$ ls", "[500]", "500");
    cleanup_json json_t *end = class_ask_as(world, TEACHER, json_pack("{s:s,s:i,s:b}", "op", "class.peek", "uid", ANN, "end", 1));
    assert_true(json_flag(end, "ok", false));
    watchers(world, "wire", NULL, "[]", "");
    sees(world, TEACHER, "waits", "");
    class_pass(7000);
    watchers(world, "wire", NULL, "[]", "500");
    class_pass(1001);
    watchers(world, "wire", NULL, "[]", "");
    class_pass(20000);
    sees(world, TEACHER, "away", ""); /* her program has not asked for a while: it was killed, or she left */
    watchers(world, "wire", "$ again", "[500]", "500");
    sees(world, TEACHER, "on", "$ again");
}

static void only_the_staff_looks_and_only_at_students(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *student = peek(world, BOB, ANN), *teacher = peek(world, GRADER, TEACHER), *nobody = peek(world, GRADER, 7);
    assert_int_equal(json_num(student, "code", 0), EACCES);
    assert_string_equal(json_str(student, "error", ""),
                        "a student may not ask for class.peek; the class's graders and instructors may");
    assert_int_equal(json_num(teacher, "code", 0), ENOENT);
    assert_int_equal(json_num(nobody, "code", 0), ENOENT);
}

static void each_look_is_in_the_log_once(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *one = peek(world, TEACHER, ANN), *two = peek(world, TEACHER, ANN);
    cleanup_json json_t *end = class_ask_as(world, TEACHER, json_pack("{s:s,s:i,s:b}", "op", "class.peek", "uid", ANN, "end", 1));
    assert_true(json_flag(one, "ok", false) && json_flag(two, "ok", false) && json_flag(end, "ok", false));
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM event WHERE kind = 'class.peek'", ""), 1);
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM event WHERE kind = 'class.peek-end'", ""), 1);
    cleanup_json json_t *audit = class_ask_as(world, TEACHER, json_pack("{s:s}", "op", "audit"));
    assert_true(json_flag(audit, "intact", false));
}

static void a_screen_that_is_none_is_refused(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *long_text = xmalloc(100001);
    memset(long_text, 'x', 100000);
    long_text[100000] = 0;
    static const char *const wrong[] = {"[]", "{}", "{\"columns\":80,\"rows\":0,\"lines\":[]}",
                                        "{\"columns\":80,\"rows\":1,\"lines\":[[],[]]}"};
    for (size_t i = 0; i <= ARRAY_LEN(wrong); i++) {
        json_t *shown = i < ARRAY_LEN(wrong) ? json_loads(wrong[i], 0, NULL)
                                             : json_pack("{s:i,s:i,s:[[[s]]]}", "columns", 80, "rows", 24, "lines", long_text);
        cleanup_json json_t *reply =
            class_ask_as(world, ANN, json_pack("{s:s,s:s,s:o}", "op", "class.screen", "where", "wire", "screen", shown));
        assert_int_equal(json_num(reply, "code", 0), i < ARRAY_LEN(wrong) ? EINVAL : EMSGSIZE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nobody_sees_a_screen_that_does_not_name_them, setup, class_teardown),
        cmocka_unit_test_setup_teardown(nothing_is_kept_when_nobody_looks, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_look_ends_by_word_or_by_silence, setup, class_teardown),
        cmocka_unit_test_setup_teardown(only_the_staff_looks_and_only_at_students, setup, class_teardown),
        cmocka_unit_test_setup_teardown(each_look_is_in_the_log_once, setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_screen_that_is_none_is_refused, setup, class_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
