/* Learning by repetition in slipway-classd: what becomes a card, when it is due, and to whom. */
#include "class_world.h"

#include <errno.h>

enum { MINUTE = 60000, DAY = 86400000 };

static const char bank[] = "---\nid: one\ntitle: t\ndomain: networking\nversion: 1\nlicence: MIT\n---\n"
                           "## easy {type=single level=1 topic=C01}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n"
                           "## middle {type=single level=2 topic=C01}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n"
                           "## hard {type=single level=3 topic=C01}\n\nWhich?\n\n- [x] A\n  > a\n- [ ] B\n  > b\n";

static json_t *learn(struct class_world *world, int fresh)
{
    return class_get(world, json_pack("{s:s,s:i,s:s}", "op", "learn.due", "new", fresh, "domain", "Networking"));
}

static void answer(struct class_world *world, const char *id, const char *letter)
{
    json_decref(class_get(world, json_pack("{s:s,s:s,s:s,s:[s],s:s}", "op", "practice.answer", "bank", "one", "id", id, "answer",
                                           letter, "about", "learn")));
}

/* "easy middle": the ids of the items, in order. */
static void asked(struct class_world *world, int fresh, const char *expected)
{
    cleanup_json json_t *reply = learn(world, fresh);
    cleanup_buf struct buf ids = BUF_INIT;
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(reply, "items"), i, item)
    {
        buf_printf(&ids, "%s%s", i ? " " : "", json_str(item, "id", ""));
    }
    assert_string_equal(ids.len ? ids.data : "", expected);
}

static long long due(struct class_world *world)
{
    cleanup_json json_t *reply = class_get(world, json_pack("{s:s}", "op", "standing"));
    json_t *domain = json_array_get(json_object_get(reply, "domains"), 0);
    assert_int_equal(json_num(domain, "due", -1), json_num(reply, "due", -2));
    return json_num(reply, "due", -1);
}

static void new_questions_come_easy_ones_first_and_only_as_many_as_asked_for(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    asked(world, 0, "");
    asked(world, 2, "easy middle");
    asked(world, 10, "easy middle hard");
}

static void what_was_wrong_comes_back_soon_what_was_right_later(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    answer(world, "easy", "a");
    answer(world, "middle", "b");
    asked(world, 0, "");
    class_pass(MINUTE);
    asked(world, 0, "middle");
    assert_int_equal(due(world), 1);
    class_pass(9 * MINUTE);
    asked(world, 0, "middle easy");
    assert_int_equal(due(world), 2);
    answer(world, "easy", "a"); /* known twice: from now on by days */
    asked(world, 0, "middle");
    class_pass(DAY);
    asked(world, 0, "middle");
    class_pass(DAY);
    asked(world, 0, "middle easy");
    asked(world, 1, "middle easy hard");
}

static void an_exam_makes_cards_of_what_was_answered_when_it_has_ended(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    cleanup_json json_t *exam = class_get(world, json_pack("{s:s,s:s,s:i}", "op", "exam.start", "bank", "one", "count", 3));
    json_int_t attempt = json_num(exam, "attempt", 0);
    json_decref(class_get(
        world, json_pack("{s:s,s:I,s:i,s:[s],s:i}", "op", "exam.answer", "attempt", attempt, "slot", 1, "answer", "a", "seq", 1)));
    static const char seen[] = "SELECT count(*) FROM card";
    assert_int_equal(store_number(&world->store, -1, seen, ""), 0);
    class_pass(DAY); /* the clock ends it, as of the time it was up */
    assert_int_equal(due(world), 1);
    assert_int_equal(store_number(&world->store, -1, seen, ""), 1);
    assert_true(store_number(&world->store, -1, "SELECT due - at FROM card", "") >= MINUTE);
}

static void cards_are_each_learners_own_and_go_with_their_data(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    answer(world, "easy", "b");
    class_pass(MINUTE);
    cleanup_json json_t *other = class_ask_as(world, 1001, json_pack("{s:s,s:i}", "op", "learn.due", "new", 0));
    assert_int_equal(json_array_size(json_object_get(other, "items")), 0);
    cleanup_json json_t *own = class_get(world, json_pack("{s:s}", "op", "progress.export"));
    assert_int_equal(json_array_size(json_object_get(own, "cards")), 1);
    json_decref(class_get(world, json_pack("{s:s}", "op", "progress.erase")));
    assert_int_equal(store_number(&world->store, -1, "SELECT count(*) FROM card", ""), 0);
}

static void a_question_that_the_bank_lost_is_not_asked_one_that_changed_is(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    answer(world, "easy", "b");
    answer(world, "hard", "b");
    class_pass(MINUTE);
    assert_int_equal(due(world), 2);
    class_bank(world, "---\nid: one\ntitle: t\ndomain: networking\nversion: 2\nlicence: MIT\n---\n"
                      "## easy {type=single level=1 topic=C01}\n\nWhich one?\n\n- [ ] B\n  > b\n- [x] A\n  > a\n");
    asked(world, 0, "easy");
    assert_int_equal(due(world), 1);
}

static void what_is_kept_for_exams_is_not_asked(void **state)
{
    struct class_world *world = *state;
    struct error err = ERROR_INIT;
    class_bank(world, bank);
    answer(world, "easy", "b");
    class_pass(MINUTE);
    assert_int_equal(store_run(&world->store, &err, "INSERT INTO bank_kept VALUES ('one')", ""), 0);
    assert_int_equal(due(world), 0);
    cleanup_json json_t *reply = class_get(world, json_pack("{s:s,s:i}", "op", "learn.due", "new", 10));
    assert_int_equal(json_array_size(json_object_get(reply, "items")), 0);
}

static void a_domain_that_there_is_not_is_refused(void **state)
{
    struct class_world *world = *state;
    class_bank(world, bank);
    cleanup_json json_t *reply = class_ask(world, json_pack("{s:s,s:s}", "op", "learn.due", "domain", "storage"));
    assert_int_equal(json_num(reply, "code", 0), ENOENT);
    cleanup_json json_t *many = class_ask(world, json_pack("{s:s,s:i}", "op", "learn.due", "count", 51));
    assert_int_equal(json_num(many, "code", 0), EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(new_questions_come_easy_ones_first_and_only_as_many_as_asked_for, class_setup,
                                        class_teardown),
        cmocka_unit_test_setup_teardown(what_was_wrong_comes_back_soon_what_was_right_later, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(an_exam_makes_cards_of_what_was_answered_when_it_has_ended, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(cards_are_each_learners_own_and_go_with_their_data, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_question_that_the_bank_lost_is_not_asked_one_that_changed_is, class_setup,
                                        class_teardown),
        cmocka_unit_test_setup_teardown(what_is_kept_for_exams_is_not_asked, class_setup, class_teardown),
        cmocka_unit_test_setup_teardown(a_domain_that_there_is_not_is_refused, class_setup, class_teardown),
    };
    return cmocka_run_group_tests_name("cards", tests, NULL, NULL);
}
