/* engine/kernel/: steps, capabilities, mapped ids. */
#include "json_text.h"

#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/namespaces.h"
#include "kernel/step.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void a_step_says_what_was_done_and_how_it_ended(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    step_recordf(steps, step_start(), -EPERM, "mount", "/proc", "mount -t %s proc /proc", "proc");
    json_t *list cleanup_json = steps_json(steps), *step = json_array_get(list, 0);
    assert_int_equal(json_array_size(list), 1);
    assert_string_equal(json_str(step, "what", ""), "mount");
    assert_string_equal(json_str(step, "object", ""), "/proc");
    assert_string_equal(json_str(step, "command", ""), "mount -t proc proc /proc");
    assert_string_equal(json_str(step, "error", ""), "EPERM");
    assert_int_equal(json_num(step, "result", 0), -EPERM);
    assert_int_equal(json_num(step, "pid", 0), getpid());
    assert_true(json_num(step, "duration_ns", -1) >= 0);
    steps_free(steps);
}

static void steps_of_a_child_are_in_the_log_of_its_parent_in_order_of_start(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    int64_t first = step_start();
    pid_t child = fork();
    if (child == 0) {
        step_record(steps, step_start(), 0, "second", "", "");
        _exit(0);
    }
    waitpid(child, NULL, 0);
    step_record(steps, first, 0, "first", "", "");
    json_t *list cleanup_json = steps_json(steps);
    assert_string_equal(json_str(json_array_get(list, 0), "what", ""), "first");
    assert_string_equal(json_str(json_array_get(list, 1), "what", ""), "second");
    assert_int_equal(json_num(json_array_get(list, 1), "pid", 0), child);
    steps_clear(steps);
    json_t *none cleanup_json = steps_json(steps);
    assert_int_equal(json_array_size(none), 0);
    steps_free(steps);
}

static void a_full_log_counts_what_it_drops(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    for (int i = 0; i < 5000; i++)
        step_record(steps, step_start(), 0, "what", "an object of some length", "a command of some length as well");
    json_t *list cleanup_json = steps_json(steps);
    assert_int_equal(json_array_size(list) + steps_dropped(steps), 5000);
    assert_true(json_array_size(list) > 900);
    steps_free(steps);
}

static void text_cut_inside_a_character_stays_valid(void **state)
{
    (void)state;
    struct steps *steps = steps_new();
    char text[1100];
    memset(text, 'x', 999);
    strcpy(text + 999, "\xe2\x82\xac and more"); /* the euro sign straddles the limit */
    step_record(steps, step_start(), 0, "what", text, "");
    json_t *list cleanup_json = steps_json(steps);
    assert_int_equal(strlen(json_str(json_array_get(list, 0), "object", "")), 999);
    steps_free(steps);
}

static void capability_sets_are_cut_down_to_what_the_machine_has(void **state)
{
    (void)state;
    struct capability_sets sets = {0};
    char **left_out cleanup_strv = NULL, **unknown_names cleanup_strv = NULL;
    json_t *list cleanup_json = json_array();
    for (int i = 0; capability_name(i); i++)
        json_array_append_new(list, json_string(capability_name(i)));
    json_t *wanted cleanup_json = json_pack("{sO sO}", "bounding", list, "effective", list);
    capability_sets_parse(wanted, &sets, &left_out);
    assert_true(sets.bounding == (capability_bounding() & (((uint64_t)1 << CAPABILITY_COUNT) - 1)));
    assert_true(sets.effective == sets.bounding);
    assert_true(sets.inheritable == 0 && sets.ambient == 0);
    assert_int_equal(strv_len(left_out), CAPABILITY_COUNT - __builtin_popcountll(sets.bounding));
    json_t *unknown cleanup_json = json("{\"bounding\":[\"CAP_FLY\",\"CAP_CHOWN\"],\"ambient\":[\"CAP_FLY\"]}");
    capability_sets_parse(unknown, &sets, &unknown_names);
    assert_true(sets.bounding == (capability_bounding() & 1) && !sets.ambient);
    assert_string_equal(unknown_names[0], "CAP_FLY");
    assert_null(unknown_names[1]);
    assert_int_equal(capability_number("CAP_CHECKPOINT_RESTORE"), 40);
}

static void ids_are_mapped_by_range(void **state)
{
    (void)state;
    json_t *maps cleanup_json =
        json("[{\"containerID\":0,\"hostID\":100000,\"size\":10},{\"containerID\":10,\"hostID\":5,\"size\":1}]");
    assert_int_equal(namespace_outer_id(maps, 3), 100003);
    assert_int_equal(namespace_outer_id(maps, 10), 5);
    assert_int_equal(namespace_outer_id(maps, 11), 11);
    assert_string_equal(namespace_kind("network")->file, "net");
    assert_string_equal(namespace_kind("mnt")->name, "mount");
    assert_null(namespace_kind("weather"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_says_what_was_done_and_how_it_ended),
        cmocka_unit_test(steps_of_a_child_are_in_the_log_of_its_parent_in_order_of_start),
        cmocka_unit_test(a_full_log_counts_what_it_drops),
        cmocka_unit_test(text_cut_inside_a_character_stays_valid),
        cmocka_unit_test(capability_sets_are_cut_down_to_what_the_machine_has),
        cmocka_unit_test(ids_are_mapped_by_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
