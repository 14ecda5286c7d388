/* The class's files on the instructor's side: what is under way while something else is written, and files that are there already.
 * A bank that is a FIFO takes as long to read as a test likes. */
#include "tui_world.h"

#include "tui/class_room.h"
#include "tui/work.h"

#include <sys/stat.h>

#define DEMO  "tests/tui/content/quizzes/demo.md"
#define FILES "5c\t\t\t\t\t\tf"

static char fifo[96], there[96];

static void begin_slow(const char *action)
{
    world_hit(action);
    world_hit(fifo);
    world_hit("\n");
}

static void hand_over(const char *bank)
{
    int fd = -1;
    assert_true(WORLD_UNTIL(fd >= 0 || (fd = open(fifo, O_WRONLY | O_NONBLOCK | O_CLOEXEC)) >= 0));
    assert_int_equal(write(fd, bank, strlen(bank)), strlen(bank));
    close(fd);
    settle();
}

static void hand_over_demo(const char *more)
{
    cleanup_free char *demo = file_read(DEMO, NULL, NULL), *bank = str_format("%s%s", demo, more);
    hand_over(bank);
}

static const struct form *form(void) { return &((const struct class_room *)app_view(&world.app)->state)->form; }

static void what_is_written_meanwhile_is_left_alone_by_proofs(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys(FILES);
    begin_slow("p");
    world_hit("lmine.md");
    hand_over("no bank");
    assert_true(form()->open && world_shows("mine.md"));
    assert_string_equal(form()->error, "");
    assert_non_null(strstr(world.app.note, fifo));
    app_key(&world.app, K_ESC);
    begin_slow("p");
    world_hit("lmine.md");
    hand_over_demo("");
    assert_true(form()->open && world_shows("mine.md"));
    app_key(&world.app, K_ESC);
    assert_true(world_shows("0 proofs, 0 runs, 0 failed"));
    world_close();
}

static void a_form_waits_for_its_own_run_alone(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys(FILES);
    begin_slow("l");
    assert_true(form()->open);
    hand_over_demo("");
    assert_false(form()->open);
    begin_slow("l");
    app_key(&world.app, K_ESC);
    world_hit("vmine.md");
    hand_over_demo("");
    assert_true(form()->open && world_shows("mine.md"));
    world_close();
}

static void a_second_run_is_refused_in_words(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys(FILES);
    begin_slow("p");
    world_hit("lmine.md\n");
    assert_true(world_shows("a run is under way"));
    assert_true(str_starts(world.app.ran, "slipway quiz prove"));
    hand_over_demo("");
    world_hit("\n");
    assert_true(str_starts(world.app.ran, "slipway quiz lint"));
    assert_string_equal(form()->error, "");
    settle();
    assert_true(world_shows("mine.md: No such file"));
    world_close();
}

static void nothing(void *data, struct error *err) { (void)data, (void)err; }

static void note_that(struct app *app, void *owner, void *data, const struct error *err)
{
    (void)app, (void)owner, (void)err;
    *(bool *)data = true;
}

static void nothing_else_waits_for_proofs(void **state)
{
    bool done[LANE_PROOFS] = {0};
    (void)state;
    world_open(24, 80);
    world_keys(FILES);
    begin_slow("p");
    for (int lane = 0; lane < LANE_PROOFS; lane++) {
        work_run(world.app.work, (enum lane)lane, nothing, note_that, &done[lane], done);
        assert_true(WORLD_UNTIL(done[lane]));
    }
    hand_over_demo("");
    world_close();
}

static void who_leaves_the_screen_stops_the_proofs(void **state)
{
    static const char proven[] = "\n```proof\nexpect \"it is so\" true\n```\n";
    (void)state;
    world.posts[0] = 0;
    world_open(24, 80);
    world_keys(FILES);
    begin_slow("p");
    app_key(&world.app, K_ESC);
    assert_string_equal(app_view(&world.app)->screen->name, "class-banks");
    hand_over_demo(proven);
    assert_null(strstr(world.posts, "sandboxes"));
    world_close();
}

static void write_there(void) { assert_int_equal(file_write(there, "kept", 4, 0600, NULL), 0); }

static void check_there(const char *begins)
{
    cleanup_free char *text = file_read(there, NULL, NULL);
    if (!str_starts(text, begins))
        fail_msg("%s holds \"%s\"", there, text);
}

static void to_convert_asks_before_it_writes_over_a_file(void **state)
{
    (void)state;
    write_there();
    world_open(24, 80);
    world_keys(FILES "v" DEMO "\t");
    world_keys(there);
    world_keys("\tgift\n");
    assert_true(world_shows("Write over the file"));
    world_keys("n");
    check_there("kept");
    world_keys("\ny");
    assert_true(world_shows("is written to"));
    check_there("// ");
    world_close();
}

static void an_export_asks_before_it_writes_over_a_file(void **state)
{
    (void)state;
    write_there();
    world_open(24, 80);
    world_keys("5c\t\t\t\tGw\025");
    world_keys(there);
    world_keys("\t\02561039\n");
    assert_true(world_shows("Write over the file"));
    world_keys("n");
    assert_false(str_starts(world.app.ran, "slipway class export"));
    check_there("kept");
    world_keys("\ny");
    assert_true(str_starts(world.app.ran, "slipway class export 61039"));
    world_close();
}

static void what_a_table_writes_asks_before_it_writes_over_a_file(void **state)
{
    (void)state;
    write_there();
    world_open(24, 80);
    world_keys("5c\t\t\t\te\025\n");
    assert_true(world_shows("name a file"));
    world_keys(there);
    world_keys("\n");
    assert_true(world_shows("Write over the file"));
    world_keys("n");
    assert_false(str_starts(world.app.ran, "slipway class roster --csv"));
    check_there("kept");
    world_keys("\ny");
    assert_true(world_shows("written to"));
    assert_true(str_starts(world.app.ran, "slipway class roster --csv >"));
    check_there("user,role,name,extra");
    world_close();
}

static void nothing_is_written_in_the_place_of_a_link(void **state)
{
    (void)state;
    unlink(there);
    assert_int_equal(symlink("elsewhere", there), 0);
    world_open(24, 80);
    world_keys("5c\t\t\t\te\025");
    world_keys(there);
    world_keys("\ny");
    assert_non_null(strstr(form()->error, "is no ordinary file"));
    assert_int_equal(unlink(there), 0);
    world_close();
}

static void a_change_closes_the_form_that_asked_for_it_alone(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5c\t\t\t\t\t\t");
    begin_slow("i");
    assert_true(form()->open);
    hand_over_demo("");
    assert_false(form()->open);
    begin_slow("i");
    app_key(&world.app, K_ESC);
    world_hit("imine.md\n");
    assert_true(world_shows("another change is under way"));
    hand_over_demo("");
    assert_true(form()->open && world_shows("mine.md"));
    assert_non_null(strstr(world.app.note, "taken in"));
    world_hit("\n");
    assert_string_equal(form()->error, "");
    settle();
    assert_true(world_shows("mine.md: No such file"));
    world_close();
}

static int set_up(void **state)
{
    int r = world_set_up(state);
    world.classroom = true;
    snprintf(fifo, sizeof fifo, "%s/slow.md", world.dir);
    snprintf(there, sizeof there, "%s/there", world.dir);
    return r < 0 ? r : mkfifo(fifo, 0600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_meanwhile_is_left_alone_by_proofs),
        cmocka_unit_test(a_form_waits_for_its_own_run_alone),
        cmocka_unit_test(a_second_run_is_refused_in_words),
        cmocka_unit_test(nothing_else_waits_for_proofs),
        cmocka_unit_test(who_leaves_the_screen_stops_the_proofs),
        cmocka_unit_test(to_convert_asks_before_it_writes_over_a_file),
        cmocka_unit_test(an_export_asks_before_it_writes_over_a_file),
        cmocka_unit_test(what_a_table_writes_asks_before_it_writes_over_a_file),
        cmocka_unit_test(nothing_is_written_in_the_place_of_a_link),
        cmocka_unit_test(a_change_closes_the_form_that_asked_for_it_alone),
    };
    return cmocka_run_group_tests(tests, set_up, world_tear_down);
}
