/* The class's screens as its instructor has them: 40 students, 12 assignments, and names, messages and answers that hold control
 * characters, wide signs and more than fits. Drawn in process from tests/tui/canned/class and compared with tests/tui/expected. */
#include "tui_approved.h"

static const struct approved screens[] = {
    {"class-board", "5c", NULL},
    {"class-board-last", "5cG", NULL},
    {"class-board-found", "5c/tur\n", NULL},
    {"class-message", "5cGm", NULL},
    {"class-peek", "5c\n", NULL},
    {"class-grading", "5c\t", NULL},
    {"class-grading-hostile", "5c\tj", NULL},
    {"class-grading-points", "5c\tjj\n", NULL},
    {"class-grading-mark", "5c\t\n2\n5\n", NULL},
    {"class-grading-disputed", "5c\td", NULL},
    {"class-book", "5c\t\t", NULL},
    {"class-book-right", "5c\t\tGlllllllllllll", NULL},
    {"class-book-order", "5c\t\to", NULL},
    {"class-book-one", "5c\t\t\n", NULL},
    {"class-book-extend", "5c\t\tx", NULL},
    {"class-works", "5c\t\t\t", NULL},
    {"class-works-last", "5c\t\t\tG", NULL},
    {"class-works-new", "5c\t\t\tn", NULL},
    {"class-roster", "5c\t\t\t\t", NULL},
    {"class-roster-last", "5c\t\t\t\tG", NULL},
    {"class-roster-change", "5c\t\t\t\tG\n", NULL},
    {"class-roster-remove", "5c\t\t\t\tGD", NULL},
    {"class-roster-many", "5c\t\t\t\ti", NULL},
    {"class-roster-kept", "5c\t\t\t\tGw", NULL},
    {"class-roster-erase", "5c\t\t\t\tGE\tasked for it\t\02561039\n", NULL},
    {"class-messages", "5c\t\t\t\t\t", NULL},
    {"class-messages-long", "5c\t\t\t\t\tjjjj", NULL},
    {"class-banks", "5c\t\t\t\t\t\t", NULL},
    {"class-banks-figures", "5c\t\t\t\t\t\tjj\n", NULL},
    {"class-banks-regraded", "5c\t\t\t\t\t\tjjrkey\ny", NULL},
    {"class-figures-csv", "5c\t\t\t\t\t\tjj\nae", NULL},
    {"class-mastery", "5c\t\t\t\t\t\tjjm", NULL},
    {"class-mastery-order", "5c\t\t\t\t\t\tjjmoooo", NULL},
    {"class-mastery-people", "5c\t\t\t\t\t\tjjmjj\noooo", NULL},
    {"class-mastery-person", "5c\t\t\t\t\t\tjjmjj\njj\n", NULL},
    {"class-mastery-of-mark", "5c\t\tM", NULL},
    {"class-mastery-csv", "5c\t\t\t\t\t\tjme", NULL},
    {"class-banks-bank", "5c\t\t\t\t\t\tjj", NULL},
    {"class-files", "5c\t\t\t\t\t\tf", NULL},
    {"class-files-convert", "5c\t\t\t\t\t\tfv", NULL},
    {"class-files-prove", "5c\t\t\t\t\t\tfp", NULL},
    {"class-files-checked", "5c\t\t\t\t\t\tfltests/tui/content/quizzes/demo.md\n", NULL},
    {"class-files-wrong", "5c\t\t\t\t\t\tfltests/tui/canned/class/class.info.json\n", NULL},
    {"class-log", "5c\t\t\t\t\t\t\t", NULL},
    {"class-log-receipt", "5c\t\t\t\t\t\t\tr9c41e0b39c41e0b39c41e0b39c41e0b39c41e0b39c41e0b39c41e0b39c41e0b3\n", NULL},
    {"class-help", "5c\t\t?", NULL},
};

static void screens_look_as_approved_at_80x24(void **state)
{
    (void)state;
    approved_all(screens, ARRAY_LEN(screens), 24, 80);
}

static void screens_look_as_approved_at_120x40(void **state)
{
    (void)state;
    approved_all(screens, ARRAY_LEN(screens), 40, 120);
}

static void screens_look_as_approved_at_200x60(void **state)
{
    (void)state;
    approved_all(screens, ARRAY_LEN(screens), 60, 200);
}

static void no_size_crashes_any_screen(void **state)
{
    (void)state;
    approved_at_every_size(screens, ARRAY_LEN(screens));
}

static void a_class_does_not_need_an_engine(void **state)
{
    (void)state;
    char host[sizeof world.host];
    memcpy(host, world.host, sizeof host);
    snprintf(world.host, sizeof world.host, "unix://%s/nothing-here.sock", world.dir);
    world_open(24, 80);
    wait_text("The engine is away");
    world_keys("5c");
    for (int tab = 0; tab < 8; tab++) {
        cleanup_free char *text = world_text();
        assert_null(strstr(text, "The engine is away"));
        assert_non_null(strstr(text, "no engine")); /* the header has it, in two words */
        world_keys("\t");
    }
    world_keys("1");
    assert_true(world_shows("The engine is away"));
    world_close();
    memcpy(world.host, host, sizeof host);
}

/* The table is asked for anew while something is asked of the one who sits here. */
static void others_change_the_class(void)
{
    struct view *view = app_view(&world.app);
    world.class_moves = true;
    view->screen->tick(&world.app, view->state);
    settle();
    world.class_moves = false;
}

static void what_was_asked_about_is_changed(const char *keys, const char *asked, const char *answer, const char *change)
{
    world_open(24, 80);
    world_keys(keys);
    assert_true(world_shows(asked));
    others_change_the_class();
    world_keys(answer);
    assert_non_null(strstr(world.last_change, change));
    world_close();
}

static void the_quiz_that_was_asked_about_is_removed(void **state)
{
    (void)state;
    what_was_asked_about_is_changed("5c\t\t\t\t\t\tD", "begin \"Short one\"", "y", "\"quiz\":\"short\"");
}

static void the_assignment_that_the_form_names_is_confirmed(void **state)
{
    (void)state;
    what_was_asked_about_is_changed("5c\t\tlC", "Confirm \"Read it\"", "50\n\n", "\"assignment\":2");
}

static void what_is_no_number_is_not_confirmed(void **state)
{
    (void)state;
    world_open(24, 80);
    world.last_change[0] = 0;
    world_keys("5c\t\tlCnan\n\n");
    assert_true(world_shows("\"nan\" is no number"));
    assert_string_equal(world.last_change, "");
    world_close();
}

static void only_whole_figures_are_written_to_a_file(void **state)
{
    static const char *const tables[] = {"5c\t\t\t\t\t\tjj\n", "5c\t\t\t\t\t\tjjm"};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        world_open(24, 80);
        world_keys(tables[i]);
        world_hit("ae");
        assert_true(world_shows("asking the school") && !world_shows("as CSV"));
        settle();
        assert_true(world_shows("all attempts"));
        world.school_broken = true;
        world_keys("a");
        world.school_broken = false;
        world_keys("e");
        assert_true(world_shows("the disk is full") && !world_shows("as CSV"));
        world_keys("ae");
        assert_true(world_shows("as CSV"));
        world_close();
    }
}

static void who_is_on_show_stays_with_all_attempts(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5c\t\t\t\t\t\tjjmjj\njj\n");
    assert_true(world_shows("Allen, Claude"));
    world_hit("al");
    settle();
    assert_true(world_shows("all attempts") && world_shows("Allen, Claude") && world_shows("4 of 35"));
    world_keys("l");
    assert_true(world_shows("5 of 35"));
    world_close();
}

static void no_key_takes_part_of_the_people_for_all(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5c\t\t\t\t\t\tjjmjj\njj\n");
    world.holds = true;
    world.held = false;
    world_hit("a");
    assert_true(WORLD_UNTIL(world.held));
    assert_true(world_shows("asking the school"));
    world_hit("el\n");
    assert_false(world_shows("as CSV"));
    world.holds = false;
    settle();
    assert_true(world_shows("Allen, Claude") && world_shows("4 of 35"));
    world_close();
}

static int set_up(void **state)
{
    world.classroom = true;
    return world_set_up(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens_look_as_approved_at_80x24),
        cmocka_unit_test(screens_look_as_approved_at_120x40),
        cmocka_unit_test(screens_look_as_approved_at_200x60),
        cmocka_unit_test(no_size_crashes_any_screen),
        cmocka_unit_test(a_class_does_not_need_an_engine),
        cmocka_unit_test(the_quiz_that_was_asked_about_is_removed),
        cmocka_unit_test(the_assignment_that_the_form_names_is_confirmed),
        cmocka_unit_test(what_is_no_number_is_not_confirmed),
        cmocka_unit_test(only_whole_figures_are_written_to_a_file),
        cmocka_unit_test(who_is_on_show_stays_with_all_attempts),
        cmocka_unit_test(no_key_takes_part_of_the_people_for_all),
    };
    return cmocka_run_group_tests(tests, set_up, world_tear_down);
}
