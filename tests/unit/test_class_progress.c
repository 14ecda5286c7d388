/* What slipway-classd keeps of lessons and labs: time by signs of life, goes at labs, one's own data; and what comes next. */
#include "class_world.h"
#include "labs/next.h"
#include "quizzes/classd/events.h"

#include <errno.h>

enum { MINUTE = 60000 };

static void class_refused(struct class_world *world, json_t *request, int code, const char *words)
{
    cleanup_json json_t *reply = class_ask(world, request);
    assert_false(json_flag(reply, "ok", false));
    assert_int_equal(json_num(reply, "code", 0), code);
    if (!strstr(json_str(reply, "error", ""), words))
        fail_msg("%s", json_str(reply, "error", ""));
}

static json_t *row_of(struct class_world *world, const char *kind, const char *id)
{
    cleanup_json json_t *progress = class_get(world, json_pack("{s:s}", "op", "progress.get"));
    return json_incref((json_t *)progress_row(progress, kind, id));
}

static long long field_of(struct class_world *world, const char *kind, const char *id, const char *field)
{
    cleanup_json json_t *row = row_of(world, kind, id);
    assert_non_null(row);
    return json_is_boolean(json_object_get(row, field)) ? json_flag(row, field, false) : json_num(row, field, -1);
}

static json_t *page(int step, int steps, bool done, bool begin)
{
    return json_pack("{s:s,s:s,s:s,s:i,s:i,s:b,s:b}", "op", "progress.set", "kind", "lesson", "id", "one", "step", step, "steps",
                     steps, "done", done, "begin", begin);
}

static void time_counts_between_signs_of_life(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, page(1, 3, false, true)));
    assert_int_equal(field_of(world, "lesson", "one", "seconds"), 0);
    class_pass(90000);
    json_decref(class_get(world, page(2, 3, false, false)));
    assert_int_equal(field_of(world, "lesson", "one", "seconds"), 90);
    class_pass(3 * 60 * MINUTE); /* away for lunch: ten minutes of it at most */
    json_decref(class_get(world, page(3, 3, false, false)));
    assert_int_equal(field_of(world, "lesson", "one", "seconds"), 90 + 600);
    class_pass(24 * 60 * MINUTE); /* comes back another day */
    json_decref(
        class_get(world, json_pack("{s:s,s:s,s:s,s:b}", "op", "progress.touch", "kind", "lesson", "id", "one", "begin", 1)));
    class_pass(400);
    json_decref(class_get(world, json_pack("{s:s,s:s,s:s}", "op", "progress.touch", "kind", "lesson", "id", "one")));
    class_pass(600); /* less than a second each, and yet they add up */
    json_decref(class_get(world, page(3, 3, true, false)));
    assert_int_equal(field_of(world, "lesson", "one", "seconds"), 90 + 600 + 1);
}

static void what_is_done_stays_done(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, page(3, 3, true, true)));
    cleanup_json json_t *first = row_of(world, "lesson", "one");
    class_pass(MINUTE);
    json_decref(class_get(world, page(1, 3, false, false)));
    cleanup_json json_t *row = row_of(world, "lesson", "one");
    assert_true(json_flag(row, "done", false));
    assert_int_equal(json_num(row, "step", 0), 1);
    assert_string_equal(json_str(row, "finished", ""), json_str(first, "finished", "-"));
    assert_string_equal(json_str(row, "first", ""), json_str(first, "at", "-"));
}

static json_t *go(const char *op, const char *machine, const char *step)
{
    json_t *request = json_pack("{s:s,s:s,s:s,s:i}", "op", op, "lab", "wire", "machine", machine, "steps", 2);
    if (step)
        json_object_set_new(request, "step", json_string(step));
    return request;
}

static json_t *hint(const char *machine, const char *step, int number)
{
    json_t *request = go("lab.hint", machine, step);
    json_object_set_new(request, "hint", json_integer(number));
    return request;
}

static void a_go_belongs_to_its_machine(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, go("lab.go", "m1", NULL)));
    class_pass(MINUTE);
    json_decref(class_get(world, hint("m1", "10-a", 2)));
    json_decref(class_get(world, hint("m1", "10-a", 1))); /* looked at again */
    cleanup_json json_t *step = class_get(world, go("lab.step", "m1", "10-a"));
    assert_true(json_flag(json_object_get(json_object_get(step, "steps"), "10-a"), "done", false));
    cleanup_json json_t *again = class_get(world, go("lab.go", "m1", NULL)); /* another program comes to the same machine */
    assert_int_equal(json_num(json_object_get(json_object_get(again, "steps"), "10-a"), "hints", 0), 2);
    assert_int_equal(field_of(world, "lab", "wire", "hints"), 2);
    assert_int_equal(field_of(world, "lab", "wire", "seconds"), 60);

    cleanup_json json_t *fresh = class_get(world, go("lab.go", "m2", NULL));
    assert_int_equal(json_object_size(json_object_get(fresh, "steps")), 0);
    class_refused(world, go("lab.step", "m1", "10-a"), ESTALE, "is not your last one");
    assert_int_equal(field_of(world, "lab", "wire", "step"), 0);
}

static void a_reset_step_keeps_those_that_were_brought_back(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, go("lab.go", "m1", NULL)));
    json_decref(class_get(world, go("lab.step", "m1", "10-a")));
    json_decref(class_get(world, hint("m1", "20-b", 1)));
    json_t *request = go("lab.go", "m2", NULL);
    json_object_set_new(request, "keep", json_pack("[s]", "10-a"));
    cleanup_json json_t *kept = class_get(world, request), *steps = json_incref(json_object_get(kept, "steps"));
    assert_true(json_flag(json_object_get(steps, "10-a"), "done", false));
    assert_false(json_flag(json_object_get(steps, "20-b"), "done", true));
    assert_int_equal(json_num(json_object_get(steps, "20-b"), "hints", 0), 1);
    json_decref(class_get(world, go("lab.step", "m2", "20-b")));
    assert_true(field_of(world, "lab", "wire", "done"));
}

static void help_counts_until_a_go_without_it(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, go("lab.go", "m1", NULL)));
    json_t *solved = go("lab.step", "m1", "10-a");
    json_object_set_new(solved, "solved", json_true());
    json_decref(class_get(world, solved));
    json_decref(class_get(world, hint("m1", "20-b", 2)));
    json_decref(class_get(world, go("lab.step", "m1", "20-b")));
    assert_int_equal(field_of(world, "lab", "wire", "hints"), 2);
    assert_int_equal(field_of(world, "lab", "wire", "solved"), 1);
    json_decref(class_get(world, go("lab.go", "m2", NULL)));
    json_decref(class_get(world, hint("m2", "10-a", 1))); /* another go that is not finished changes nothing */
    assert_int_equal(field_of(world, "lab", "wire", "hints"), 2);
    json_decref(class_get(world, go("lab.go", "m3", NULL)));
    json_decref(class_get(world, go("lab.step", "m3", "10-a")));
    json_decref(class_get(world, go("lab.step", "m3", "20-b")));
    assert_int_equal(field_of(world, "lab", "wire", "hints"), 0);
    assert_int_equal(field_of(world, "lab", "wire", "solved"), 0);
}

static json_t *timed(const char *op, const char *step)
{
    json_t *request = go(op, "m1", step);
    json_object_set_new(request, "minutes", json_integer(5));
    return request;
}

static void after_the_limit_nothing_counts(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *begun = class_get(world, timed("lab.go", NULL));
    assert_int_equal(json_num(begun, "left_ms", 0), 5 * MINUTE);
    class_pass(4 * MINUTE);
    cleanup_json json_t *later = class_get(world, timed("lab.step", "10-a"));
    assert_int_equal(json_num(later, "left_ms", 0), MINUTE);
    class_pass(2 * MINUTE);
    class_refused(world, timed("lab.step", "20-b"), ETIME, "the 5 minutes of this lab are over");
    cleanup_json json_t *over = class_get(world, timed("lab.go", NULL));
    assert_int_equal(json_num(over, "left_ms", -1), 0);
    assert_int_equal(field_of(world, "lab", "wire", "step"), 1);
}

static char *seed_for(struct class_world *world, uid_t uid, const char *lab)
{
    cleanup_json json_t *reply = class_ask_as(world, uid, json_pack("{s:s,s:s}", "op", "lab.seed", "lab", lab));
    return xstrdup(json_str(reply, "seed", ""));
}

static void a_seed_is_one_learners_for_one_lab(void **state)
{
    struct class_world *world = *state;
    cleanup_free char *one = seed_for(world, 1000, "wire"), *again = seed_for(world, 1000, "wire");
    cleanup_free char *other = seed_for(world, 1001, "wire"), *lab = seed_for(world, 1000, "fire");
    assert_int_equal(strlen(one), 64);
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
    assert_string_not_equal(one, lab);
}

static void ones_data_can_be_taken_away_and_erased(void **state)
{
    struct class_world *world = *state;
    json_decref(class_get(world, page(3, 3, true, true)));
    json_decref(class_get(world, go("lab.go", "m1", NULL)));
    json_decref(class_get(world, go("lab.step", "m1", "10-a")));
    json_decref(class_ask_as(world, 777, page(1, 3, false, true)));
    cleanup_json json_t *all = class_get(world, json_pack("{s:s}", "op", "progress.export"));
    assert_int_equal(json_array_size(json_object_get(all, "progress")), 2);
    assert_int_equal(json_array_size(json_object_get(all, "lab_steps")), 1);
    assert_int_equal(json_array_size(json_object_get(all, "events")), 3);
    assert_true(json_is_object(json_object_get(all, "person")) && json_is_array(json_object_get(all, "attempts")));

    cleanup_json json_t *erased = class_get(world, json_pack("{s:s}", "op", "progress.erase"));
    assert_int_equal(json_num(erased, "erased", 0), 2);
    cleanup_json json_t *left = class_get(world, json_pack("{s:s}", "op", "progress.export"));
    assert_int_equal(json_array_size(json_object_get(left, "progress")) + json_array_size(json_object_get(left, "lab_steps")), 0);
    assert_int_equal(json_array_size(json_object_get(left, "events")), 0);
    struct error err = ERROR_INIT;
    assert_int_equal(event_verify(&world->store, &err), 0); /* the chain holds */
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM person WHERE uid = 777", ""), 1);
    cleanup_json json_t *others = class_ask_as(world, 777, json_pack("{s:s}", "op", "progress.get"));
    assert_int_equal(json_array_size(json_object_get(others, "progress")), 1);
}

static void many_events_come_in_pieces(void **state)
{
    struct class_world *world = *state;
    for (int i = 0; i < 500; i++)
        json_decref(class_get(world, page(i % 3, 3, false, false)));
    long long from = 0;
    size_t seen = 0, pieces = 0;
    do {
        cleanup_json json_t *piece = class_get(world, json_pack("{s:s,s:I}", "op", "progress.export", "from", (json_int_t)from));
        seen += json_array_size(json_object_get(piece, "events"));
        from = json_num(piece, "next", 0);
        pieces++;
    } while (from > 0);
    assert_int_equal(seen, 500);
    assert_int_equal(pieces, 2);
}

static void wrong_requests_are_refused(void **state)
{
    struct class_world *world = *state;
    class_refused(world, json_pack("{s:s,s:s}", "op", "lab.seed", "lab", "../x"), EINVAL, "a seed is for a \"lab\"");
    class_refused(world, json_pack("{s:s,s:s}", "op", "lab.go", "lab", "wire"), EINVAL, "its \"machine\"");
    json_decref(class_get(world, go("lab.go", "m1", NULL)));
    class_refused(world, go("lab.step", "m1", "No Step"), EINVAL, "\"step\" is the name of a step");
    class_refused(world, hint("m1", "10-a", 0), EINVAL, "\"hint\" is the number of a hint");
    class_refused(world, json_pack("{s:s,s:s,s:s}", "op", "progress.touch", "kind", "cake", "id", "x"), EINVAL,
                  "\"lesson\" or a \"lab\"");
}

static struct next_step next_of(const char *rows)
{
    static char *first[] = {(char *)"first", NULL}, *wire[] = {(char *)"wire", NULL}, *second[] = {(char *)"second", NULL};
    struct lesson lessons[3] = {{.slug = (char *)"first", .title = (char *)"First", .labs = wire},
                                {.slug = (char *)"second", .title = (char *)"Second", .prerequisites = first},
                                {.slug = (char *)"third", .title = (char *)"Third", .prerequisites = wire}};
    struct lab labs[2] = {{.slug = (char *)"wire", .title = (char *)"Wire", .prerequisites = first},
                          {.slug = (char *)"deep", .title = (char *)"Deep", .prerequisites = second}};
    cleanup_free char *text = str_format("{\"progress\":[%s]}", rows);
    cleanup_json json_t *progress = json_loads(text, 0, NULL);
    struct next_step next = {.slug = ""};
    next_step(lessons, 3, labs, 2, progress, &next);
    return next;
}

#define ROW(kind, id, step, done) "{\"kind\":\"" kind "\",\"id\":\"" id "\",\"step\":" #step ",\"done\":" #done "}"

static void prerequisites_suggest_what_comes_next(void **state)
{
    (void)state;
    assert_string_equal(next_of("").slug, "first");
    struct next_step wire = next_of(ROW("lesson", "first", 3, true));
    assert_true(wire.lab);
    assert_string_equal(wire.slug, "wire");
    cleanup_free char *why = next_why(&wire);
    assert_string_equal(why, "it goes with the lesson \"First\", which you have read");
    assert_string_equal(next_of(ROW("lesson", "first", 3, true) "," ROW("lab", "wire", 1, false)).why, "you have begun it");
    assert_string_equal(next_of(ROW("lesson", "first", 3, true) "," ROW("lab", "wire", 4, true)).slug, "second");
    assert_string_equal(next_of(ROW("lesson", "second", 3, true)).slug, "first"); /* third still waits for the wire */
#define READ ROW("lesson", "first", 3, true) "," ROW("lesson", "second", 3, true) "," ROW("lab", "wire", 4, true)
    assert_string_equal(next_of(READ).slug, "deep"); /* it stands behind what it builds on */
    assert_string_equal(next_of(READ "," ROW("lab", "deep", 1, true)).slug, "third");
    assert_string_equal(next_of(READ "," ROW("lesson", "third", 1, true) "," ROW("lab", "deep", 1, true)).slug, "");
}

int main(void)
{
#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, class_setup, class_teardown)
    const struct CMUnitTest tests[] = {
        WITH_WORLD(time_counts_between_signs_of_life),
        WITH_WORLD(what_is_done_stays_done),
        WITH_WORLD(a_go_belongs_to_its_machine),
        WITH_WORLD(a_reset_step_keeps_those_that_were_brought_back),
        WITH_WORLD(help_counts_until_a_go_without_it),
        WITH_WORLD(after_the_limit_nothing_counts),
        WITH_WORLD(a_seed_is_one_learners_for_one_lab),
        WITH_WORLD(ones_data_can_be_taken_away_and_erased),
        WITH_WORLD(many_events_come_in_pieces),
        WITH_WORLD(wrong_requests_are_refused),
        cmocka_unit_test(prerequisites_suggest_what_comes_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
