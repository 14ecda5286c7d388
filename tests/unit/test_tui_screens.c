/* Every screen, drawn in process from canned answers and compared with tests/tui/expected. SLIPWAY_ACCEPT=1 writes what is drawn
 * there instead: look at the difference before you commit it. */
#include "tui_approved.h"

/* How to come to each screen. */
static const struct approved screens[] = {
    {"home", "", NULL},
    {"learn", "2", NULL},
    {"learn-topics", "2t", NULL},
    {"learn-part", "2\t", NULL},
    {"learn-found", "2/second\n", NULL},
    {"lesson", "2j\n", "root@lab"},
    {"lesson-waits", "2j\n\t\n", NULL},
    {"lesson-picked", "2j\na", NULL},
    {"lesson-explained", "2j\na\n", "# hostname"},
    {"lesson-withheld", "2j\nnn", NULL},
    {"lesson-shown", "2j\nnnb", NULL},
    {"lesson-picture", "2j\nn", NULL},
    {"lesson-recall", "2j\nn\t\n", NULL},
    {"lesson-judged", "2j\nn\t\nb", NULL},
    {"lesson-recalled", "2j\nn\t\nb\n", NULL},
    {"labs", "3", NULL},
    {"lab", "3\n", "root@lab"},
    {"containers", "4", NULL},
    {"layers", "4\n", NULL},
    {"namespaces", "4\n\t", NULL},
    {"cgroup", "4\n\t\t", NULL},
    {"network", "4\n\t\t\t", NULL},
    {"chains", "4\n\t\t\t\t", NULL},
    {"signals", "4\n\t\t\t\t\t", NULL},
    {"send-signal", "4\n\t\t\t\t\ts", NULL},
    {"privileges", "4\n\t\t\t\t\t\t", NULL},
    {"steps", "4\n\t\t\t\t\t\t\t", NULL},
    {"replay", "4\n\t\t\t\t\t\t\tnnnn", NULL},
    {"steps-beside", "4\n\t\t\t\t\t\t\tc\n", NULL},
    {"namespaces-beside", "4\n\tc\n", NULL},
    {"limit", "4\n\t\te", NULL},
    {"logs", "4l", NULL},
    {"map", "4n", NULL},
    {"exam", "5", NULL},
    {"figures", "5s", NULL},
    {"figures-open", "5sj\n", NULL},
    {"repeat", "5r", NULL},
    {"repeat-judged", "5rb", NULL},
    {"question", "5\n", NULL},
    {"review", "5\nR", NULL},
    {"results", "5\t\n", NULL},
    {"questions", "5b", NULL},
    {"questions-one", "5b\n", NULL},
    {"questions-answer", "5b\na", NULL},
    {"help", "4?", NULL},
    {"remove", "4D", NULL},
    {"settings", "4,", NULL},
    {"palette", "4:wire", NULL},
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

static void no_size_crashes_any_screen(void **state)
{
    (void)state;
    approved_at_every_size(screens, ARRAY_LEN(screens));
}

static void a_small_terminal_is_told_so(void **state)
{
    (void)state;
    world_open(10, 40);
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "needs 80x24"));
    world_close();
}

static void without_an_engine_a_banner_says_so_and_old_figures_stay(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4");
    world.app.model.link = LINK_DOWN;
    snprintf(world.app.model.reason, sizeof world.app.model.reason, "Cannot connect to the Docker daemon");
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "Cannot connect to the Docker daemon"));
    assert_non_null(strstr(text, "what is below is old"));
    assert_non_null(strstr(text, "web"));
    world_close();
}

static void an_unreachable_engine_is_told_in_one_line(void **state)
{
    (void)state;
    char host[128];
    snprintf(host, sizeof host, "unix://%s/nobody.sock", world.dir);
    struct error err = ERROR_INIT;
    resizeterm(24, 80);
    assert_int_equal(app_open(&world.app, host, &err), 0);
    settle();
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "Cannot connect to the Docker daemon"));
    assert_non_null(strstr(text, "no engine"));
    world_close();
}

static void a_file_that_is_copied_up_is_told_with_its_layer(void **state)
{
    (void)state;
    static const struct {
        int rows, columns;
        const char *list;
    } sizes[] = {{24, 80, NULL}, {40, 120, "C /etc/motd"}};
    for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
        world.copied_up = false;
        world_open(sizes[i].rows, sizes[i].columns);
        world_keys("4\n");
        cleanup_free char *quiet = world_text();
        assert_null(strstr(quiet, "motd copied up"));
        world.copied_up = true;
        wait_text("/etc/motd copied up from 2, COPY dir:0a1b");
        if (sizes[i].list)
            wait_text(sizes[i].list);
        world_close();
    }
    world.copied_up = false;
}

static void an_answer_is_stored_when_it_is_given(void **state)
{
    (void)state;
    world.answers = 0;
    world_open(24, 80);
    world_keys("5\n");
    world_keys("c");
    assert_int_equal(world.answers, 1);
    assert_non_null(strstr(world.last_answer, "\"answer\":[\"c\"]"));
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "all answers saved"));
    world_close();
}

static void an_answer_that_cannot_be_stored_is_marked_and_sent_again(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5\n");
    world.school_broken = true;
    world_keys("b");
    cleanup_free char *marked = world_text();
    assert_non_null(strstr(marked, "1 not saved, retrying"));
    assert_non_null(strstr(marked, "the disk is full"));
    world.school_broken = false;
    world.answers = 0;
    assert_true(WORLD_UNTIL(world.answers));
    settle();
    assert_int_equal(world.answers, 1);
    assert_non_null(strstr(world.last_answer, "\"answer\":[\"b\"]"));
    cleanup_free char *saved = world_text();
    assert_non_null(strstr(saved, "all answers saved"));
    world_close();
}

/* A key is asked for by hand, for one question, and gone with it; what the school refuses is told. */
static void the_answer_of_a_question_is_asked_for_and_forgotten(void **state)
{
    (void)state;
    world_open(40, 120);
    world.keys_asked = 0;
    world_keys("5b/namesp\n");
    cleanup_free char *table = world_text();
    assert_non_null(strstr(table, "namespaces"));
    assert_null(strstr(table, "cgroups"));
    world_keys("\033/nspid\n"); /* all of the text is looked through, not only what fits */
    cleanup_free char *code = world_text();
    assert_non_null(strstr(code, "cgroups"));
    world_keys("\033\n");
    cleanup_free char *one = world_text();
    assert_non_null(strstr(one, "The number that it has outside"));
    assert_null(strstr(one, "right\n"));
    assert_int_equal(world.keys_asked, 0);
    world_keys("a");
    cleanup_free char *answer = world_text();
    assert_non_null(strstr(answer, "The first proces"));
    assert_int_equal(world.keys_asked, 1);
    world_keys("np");
    cleanup_free char *again = world_text();
    assert_null(strstr(again, "The first proces"));
    world_keys("a15"); /* to another tab and back: an exam may have begun there */
    cleanup_free char *back = world_text();
    assert_non_null(strstr(back, "The number that it has outside"));
    assert_null(strstr(back, "The first proces"));
    world.exam_runs = true;
    world_keys("a");
    cleanup_free char *refused = world_text();
    assert_non_null(strstr(refused, "attempt 7 is running"));
    assert_null(strstr(refused, "The first proces"));
    world.exam_runs = false;
    world_close();
}

static void removing_asks_first(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4");
    world.posts[0] = 0;
    world_keys("Dn");
    assert_null(strstr(world.posts, "force=1"));
    world_keys("Dy");
    assert_non_null(strstr(world.posts, "force=1"));
    world_close();
}

static void the_filter_hides_what_does_not_match(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4/cach\n");
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "1 of 4"));
    assert_non_null(strstr(text, "redis:7"));
    assert_null(strstr(text, "postgres"));
    world_close();
}

static void a_signal_is_told_with_what_it_would_do_and_then_sent(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\n\t\t\t\t\t");
    world.posts[0] = 0;
    world_keys("s");
    cleanup_free char *menu = world_text();
    assert_non_null(strstr(menu, "TERM    dropped: pid 1 has no default action"));
    assert_non_null(strstr(menu, "CHLD    its handler runs"));
    world_keys("\n");
    assert_non_null(strstr(world.posts, "/kill?signal=TERM"));
    cleanup_free char *sent = world_text();
    assert_non_null(strstr(sent, "SIGTERM sent: dropped"));
    assert_non_null(strstr(sent, "ran: slipway kill -s TERM web"));
    assert_non_null(strstr(sent, "before "));
    assert_non_null(strstr(sent, "after  "));
    world.posts[0] = 0;
    world_keys("sj\n"); /* what would end it is asked about */
    assert_null(strstr(world.posts, "kill"));
    world_keys("n");
    assert_null(strstr(world.posts, "kill"));
    world_keys("sj\ny");
    assert_non_null(strstr(world.posts, "/kill?signal=KILL"));
    world_close();
}

static void a_limit_is_changed_after_asking(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\n\t\t");
    world.posts[0] = 0;
    world_keys("e\n64x\n");
    cleanup_free char *wrong = world_text();
    assert_non_null(strstr(wrong, "\"64x\" is not how much"));
    world_keys("e\n8m\n");
    cleanup_free char *question = world_text();
    assert_non_null(strstr(question, "Set memory of web to 8m (now 64.0M)?"));
    assert_non_null(strstr(question, "It uses more than that now."));
    assert_null(strstr(world.posts, "update"));
    world_keys("y");
    assert_non_null(strstr(world.posts, "/update"));
    cleanup_free char *done = world_text();
    assert_non_null(strstr(done, "memory: 8m, was 64.0M"));
    assert_non_null(strstr(done, "ran: slipway update --memory 8m --memory-swap 16777216 web"));
    world_close();
}

static void the_start_is_replayed_act_by_act(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\n\t\t\t\t\t\t\tnnn");
    cleanup_free char *third = world_text();
    assert_non_null(strstr(third, "act 3 of 41, network: netlink link add"));
    assert_non_null(strstr(third, "network             2 of 9"));
    assert_non_null(strstr(third, "program             0 of 1"));
    world_keys("pp");
    cleanup_free char *first = world_text();
    assert_non_null(strstr(first, "act 1 of 41"));
    assert_non_null(strstr(first, "network             0 of 9"));
    world_keys("t");
    cleanup_free char *line = world_text();
    assert_non_null(strstr(line, "41 acts on the kernel"));
    world_close();
}

static void the_marked_container_is_laid_beside_another(void **state)
{
    (void)state;
    world_open(40, 120);
    world_keys("4j\n\tm\033k\n\tc"); /* db is marked, web is looked at */
    cleanup_free char *beside = world_text();
    assert_non_null(strstr(beside, "NAMESPACE web"));
    assert_non_null(strstr(beside, "4026532204"));
    assert_non_null(strstr(beside, "one that the two share"));
    assert_non_null(strstr(beside, "each its own"));
    world_keys("u");
    cleanup_free char *alone = world_text();
    assert_non_null(strstr(alone, "a line joins"));
    world_close();
}

static void logs_never_pass_an_escape_sequence_on(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4l");
    wait_text("two ?[31mred");
    world_close();
}

static void a_command_of_the_page_runs_in_the_terminal(void **state)
{
    (void)state;
    world_open(40, 120);
    world_keys("2\n");
    world_keys("\n");
    wait_text("one-21");
    wait_text("6 kernel steps");
    world_close();
}

static void a_hidden_screen_does_not_ask_the_engine(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5");
    int frames = (int)world.app.frame;
    for (int64_t end = clock_mono_ns() + 1500000000; clock_mono_ns() < end;)
        app_turn(&world.app, 100);
    assert_int_equal(world.app.frame, frames);
    assert_int_equal(world.app.clock_ms, 0);
    world_close();
}

static void a_docker_engine_is_shown_too_with_less_in_it(void **state)
{
    (void)state;
    world.docker = true;
    world_open(24, 80);
    world_keys("4");
    cleanup_free char *list = world_text();
    assert_non_null(strstr(list, "from-docker"));
    world_keys("\n");
    cleanup_free char *xray = world_text();
    assert_non_null(strstr(xray, "not Slipway's own"));
    world_keys("\t\t\t\t\t");
    cleanup_free char *signals = world_text();
    assert_non_null(strstr(signals, "grep ^Sig /proc/$P/status"));
    world_close();
    world.docker = false;
}

static void nobody_leaves_an_exam_with_an_unsaved_answer(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5\n");
    world.school_broken = true;
    world_keys("b\033");
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "stay a moment: 1 answer is not saved yet"));
    world.school_broken = false;
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens_look_as_approved_at_80x24),
        cmocka_unit_test(screens_look_as_approved_at_120x40),
        cmocka_unit_test(no_size_crashes_any_screen),
        cmocka_unit_test(a_small_terminal_is_told_so),
        cmocka_unit_test(without_an_engine_a_banner_says_so_and_old_figures_stay),
        cmocka_unit_test(an_unreachable_engine_is_told_in_one_line),
        cmocka_unit_test(a_file_that_is_copied_up_is_told_with_its_layer),
        cmocka_unit_test(an_answer_is_stored_when_it_is_given),
        cmocka_unit_test(an_answer_that_cannot_be_stored_is_marked_and_sent_again),
        cmocka_unit_test(a_docker_engine_is_shown_too_with_less_in_it),
        cmocka_unit_test(nobody_leaves_an_exam_with_an_unsaved_answer),
        cmocka_unit_test(the_answer_of_a_question_is_asked_for_and_forgotten),
        cmocka_unit_test(removing_asks_first),
        cmocka_unit_test(the_filter_hides_what_does_not_match),
        cmocka_unit_test(a_signal_is_told_with_what_it_would_do_and_then_sent),
        cmocka_unit_test(a_limit_is_changed_after_asking),
        cmocka_unit_test(the_start_is_replayed_act_by_act),
        cmocka_unit_test(the_marked_container_is_laid_beside_another),
        cmocka_unit_test(logs_never_pass_an_escape_sequence_on),
        cmocka_unit_test(a_command_of_the_page_runs_in_the_terminal),
        cmocka_unit_test(a_hidden_screen_does_not_ask_the_engine),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
