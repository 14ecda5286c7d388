/* The clock of an exam: it runs on through restarts and reboots, and setting the wall clock gains nothing. */
#include "exam_world.h"

static void the_clock_runs_on_through_a_restart(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "b", 1)));
    store_close(&world->store); /* what kill -9 leaves: the file */
    class_pass(40000);
    class_open(world);
    cleanup_json json_t *again = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_true(json_flag(again, "resumed", false));
    assert_int_equal(json_num(again, "deadline_ms_left", 0), 20000);
    json_t *before = json_object_get(started, "items"), *after = json_object_get(again, "items");
    for (size_t i = 0; i < 3; i++)
        assert_true(json_equal(json_object_get(json_array_get(before, i), "options"),
                               json_object_get(json_array_get(after, i), "options")));
}

static void time_that_is_up_ends_the_attempt_by_itself(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "b", 1)));
    class_pass(59999);
    json_decref(class_get(world, answer_request(slot_of(started, "three"), "b", 1)));
    class_pass(1);
    refused(world, answer_request(slot_of(started, "two"), "a", 1), ETIME, "the time of attempt 1 is up");
    class_pass(1000000);
    cleanup_json json_t *list = class_get(world, json_pack("{s:s}", "op", "exam.list"));
    json_t *attempt = json_array_get(json_object_get(list, "attempts"), 0);
    assert_string_equal(json_str(attempt, "state", ""), "expired");
    assert_int_equal(json_num(attempt, "score", 0), 2);
    cleanup_json json_t *result = class_get(world, json_pack("{s:s,s:i}", "op", "exam.result", "attempt", 1));
    assert_int_equal(json_num(result, "used_seconds", 0), 60);
    assert_string_equal(json_str(result, "reason", ""), "expired");
    cleanup_json json_t *next = class_get(world, json_pack("{s:s,s:s}", "op", "exam.start", "bank", "demo"));
    assert_int_equal(json_num(next, "attempt", 0), 2);
    assert_false(json_flag(next, "resumed", true));
}

static void setting_the_wall_clock_gains_nothing_and_is_noted(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 60);
    class_pass(30000);
    class_now.real_ms -= 3600000;
    cleanup_json json_t *open = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(open, "deadline_ms_left", 0), 30000);
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM event WHERE kind = 'clock.jump'", ""), 1);
    class_pass(1000);
    json_decref(class_get(world, json_pack("{s:s}", "op", "exam.open")));
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM event WHERE kind = 'clock.jump'", ""), 1);
    class_now.real_ms += 3600000;
}

static void reboot(int64_t down_ms)
{
    class_now.real_ms += down_ms;
    class_now.boot_ms = 4000;
    strcpy(class_now.boot_id, str_equal(class_now.boot_id, "boot-two") ? "boot-three" : "boot-two");
}

static void the_clock_runs_on_through_a_reboot(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 600);
    class_pass(100000);
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "b", 1)));
    reboot(90000);
    cleanup_json json_t *open = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(open, "deadline_ms_left", 0), 600000 - 190000);
    class_pass(10000);
    cleanup_json json_t *then = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(then, "deadline_ms_left", 0), 600000 - 200000);
    assert_int_equal(store_number(&world->store, 0, "SELECT count(*) FROM event WHERE kind = 'clock.reboot'", ""), 1);
}

static void a_wall_clock_set_back_during_a_reboot_gains_nothing_either(void **state)
{
    struct class_world *world = *state;
    cleanup_json json_t *started = start(world, 600);
    class_pass(100000);
    json_decref(class_get(world, answer_request(slot_of(started, "one"), "b", 1)));
    reboot(-1000000);
    cleanup_json json_t *open = class_get(world, json_pack("{s:s}", "op", "exam.open"));
    assert_int_equal(json_num(open, "deadline_ms_left", 0), 500000);
    class_now.real_ms += 2000000;
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, class_setup, class_teardown)
    const struct CMUnitTest tests[] = {
        EACH(the_clock_runs_on_through_a_restart),
        EACH(time_that_is_up_ends_the_attempt_by_itself),
        EACH(setting_the_wall_clock_gains_nothing_and_is_noted),
        EACH(the_clock_runs_on_through_a_reboot),
        EACH(a_wall_clock_set_back_during_a_reboot_gains_nothing_either),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
