/* A terminal pane as the person meets it: looking back, searching, marking, copying, pasting, the mouse, the one key it does not
 * get. The program in the pane is an exec that gives back what it is sent. */
#include "tui/clipboard.h"
#include "tui/pane.h"
#include "tui/terminal.h"
#include "tui_world.h"

static struct pane *pane(void)
{
    struct view *view = app_view(&world.app);
    return view->screen->pane ? view->screen->pane(&world.app, view->state) : NULL;
}

static void lacks(const char *unwanted)
{
    cleanup_free char *text = world_text();
    if (strstr(text, unwanted))
        fail_msg("seen: %s\n%s", unwanted, text);
}

static void open_pane(void)
{
    world_open(24, 80);
    world_keys("4e");
    wait_text("root@lab");
}

/* As the program would write it: it comes back from the exec. */
static void writes(const char *text, const char *wanted)
{
    pane_type(pane(), text);
    wait_text(wanted);
}

static void fifty_lines(void)
{
    struct buf text = BUF_INIT;
    for (int i = 0; i < 50; i++)
        buf_printf(&text, "\r\nline %d of Fifty", i);
    writes(text.data, "line 49 of");
    buf_free(&text);
}

static void key(keycode code)
{
    app_key(&world.app, code);
    settle();
}

static void looking_back_finds_marks_and_copies(void **state)
{
    (void)state;
    open_pane();
    fifty_lines();
    lacks("line 7 of");
    key(K_CTRL_BRACKET);
    assert_null(pane());
    world_keys("[");
    wait_text("looking back");
    world_keys("?line 7\n");
    wait_text("\"line 7\": 1 of 1");
    wait_text("line 7 of");
    world_keys("?line 9 of\nN");
    world_keys("?fifty\n");
    wait_text("of 50");
    world_keys("?FIFTY\n");
    wait_text("\"FIFTY\" is not in");
    world_keys("?line 7 of\nVj");
    world_keys("y");
    wait_text("copied");
    assert_string_equal(clipboard_text(), "line 7 of Fifty\nline 8 of Fifty\n");
    world_keys("0vlllly");
    assert_string_equal(clipboard_text(), "line ");
    world_keys("q");
    lacks("looking back");
    wait_text("line 49 of");
    world_close();
}

static void what_comes_meanwhile_moves_nothing(void **state)
{
    (void)state;
    open_pane();
    fifty_lines();
    key(K_SHIFT_PAGE_UP);
    wait_text("looking back");
    cleanup_free char *before = world_text();
    struct terminal *terminal = pane_terminal(pane());
    terminal_feed(terminal, "\r\nmeanwhile\r\nmeanwhile", 22);
    cleanup_free char *after = world_text();
    assert_string_equal(before, after);
    key(K_SHIFT_PAGE_DOWN);
    key(K_SHIFT_PAGE_DOWN);
    wait_text("meanwhile");
    world_close();
}

static void what_was_copied_is_pasted_between_marks(void **state)
{
    (void)state;
    clipboard_set("first\nsecond");
    open_pane();
    writes("\033[?2004hready", "ready");
    key(K_CTRL_BRACKET);
    world_keys("]");
    wait_text("second"); /* the marks came back as control sequences and are not seen */
    lacks("200~");
    assert_non_null(pane());
    world_close();
}

static void a_paste_from_outside_is_no_command(void **state)
{
    (void)state;
    open_pane();
    app_key(&world.app, K_PASTE);
    app_key(&world.app, K_CTRL_BRACKET);
    app_key(&world.app, 'x');
    app_key(&world.app, K_PASTE_END);
    assert_non_null(pane()); /* the keyboard is still there */
    key(K_SHIFT_PAGE_UP);
    app_key(&world.app, K_PASTE);
    app_key(&world.app, 'q');
    app_key(&world.app, K_PASTE_END);
    wait_text("looking back");
    world_close();
}

static void only_one_key_is_kept(void **state)
{
    (void)state;
    open_pane();
    wait_text("Ctrl-] leave the terminal");
    static const keycode keys[] = {K_F1, K_F1 + 5, K_F1 + 11, K_ESC, K_CTRL_L,  K_CTRL_C,   ':',
                                   '?',  'q',      '/',       K_TAB, K_PAGE_UP, K_BACKSPACE};
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        key(keys[i]);
        assert_non_null(pane());
        assert_int_equal(world.app.over, OVER_NONE);
    }
    key(K_CTRL_BRACKET);
    assert_null(pane());
    key(K_CTRL_BRACKET);
    assert_non_null(pane());
    world_close();
}

static void mouse(enum mouse_kind kind, int button, int y, int x)
{
    app_mouse(&world.app, &(struct mouse){.kind = kind, .button = button, .y = y, .x = x});
    settle();
}

static void the_mouse_leafs_marks_and_is_passed_on(void **state)
{
    (void)state;
    open_pane();
    fifty_lines();
    app_draw(&world.app);
    mouse(MOUSE_WHEEL_UP, 0, 10, 10);
    wait_text("looking back");
    mouse(MOUSE_WHEEL_DOWN, 0, 10, 10);
    mouse(MOUSE_WHEEL_DOWN, 0, 10, 10);
    lacks("looking back");
    app_draw(&world.app);
    /* The last line of the fifty is in the last row of the box. */
    int row = LINES - 4;
    mouse(MOUSE_PRESS, 1, row, 1);
    mouse(MOUSE_DRAG, 1, row, 7);
    mouse(MOUSE_RELEASE, 1, row, 7);
    assert_string_equal(clipboard_text(), "line 49");
    world_keys("q");
    writes("\033[?1002;1006hwants", "wants");
    mouse(MOUSE_PRESS, 1, row, 1); /* what it is sent comes back as a sequence; nothing is marked */
    mouse(MOUSE_DRAG, 1, row, 7);
    lacks("looking back");
    world_close();
}

static int set_up(void **state)
{
    (void)state;
    world_serve();
    world_terminal();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    clipboard_set("");
    return path_remove_tree(world.dir, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(looking_back_finds_marks_and_copies),
        cmocka_unit_test(what_comes_meanwhile_moves_nothing),
        cmocka_unit_test(what_was_copied_is_pasted_between_marks),
        cmocka_unit_test(a_paste_from_outside_is_no_command),
        cmocka_unit_test(only_one_key_is_kept),
        cmocka_unit_test(the_mouse_leafs_marks_and_is_passed_on),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
