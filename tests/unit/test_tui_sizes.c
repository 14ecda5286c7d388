/* Drawing: every screen at every size from 1x1 up, only what changed is sent, and random keys, clicks, pastes and sizes for
 * SLIPWAY_KEYS_SECONDS seconds (2; `make keys-test` takes an hour) from SLIPWAY_KEYS_SEED.
 *
 * Random keys reach whatever a person's keys reach. So the program runs as the first process of a PID namespace of its own, where
 * no number is another's process, in a directory of its own, against the canned engine, and with a shell that runs nothing.
 */
#include "tui_world.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

static FILE *sent; /* what goes to the terminal */

/* How to come to each screen. */
static const char *const ways[] = {
    "",   "2",   "3",  "3\n",   "4",      "4\n", "4\n\t", "4\n\t\t", "4\n\t\t\t", "4\n\t\t\t\t", "4\n\t\t\t\t\t", "4\n\t\t\t\t\t\t",
    "4l", "4n",  "4e", "4i",    "4S",     "4?",  "4D",    "4:",      "5",         "5\n",         "5\nR",          "5\t\n",
    ",",  "2\n", "5b", "5b\na", "4\ntj\n"};

/* The same where there is a class. */
static const char *const class_ways[] = {"5c",           "5c\n",         "5c\t",           "5c\t\n",          "5c\td",
                                         "5c\t\t",       "5c\t\t\n",     "5c\t\t\t",       "5c\t\t\t\n",      "5c\t\t\t\t",
                                         "5c\t\t\t\t\n", "5c\t\t\t\t\t", "5c\t\t\t\t\t\t", "5c\t\t\t\t\t\t\t"};
enum { WAYS = ARRAY_LEN(ways) + ARRAY_LEN(class_ways) };

static void go_way(size_t way)
{
    world.classroom = way >= ARRAY_LEN(ways);
    world_keys(world.classroom ? class_ways[way - ARRAY_LEN(ways)] : ways[way]);
}

static void every_screen_is_drawn_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < WAYS; i++) {
        world_open(40, 120);
        go_way(i);
        for (int rows = 1; rows <= 50; rows += rows < 26 ? 1 : 6)
            for (int columns = 1; columns <= 204; columns += columns < 12 ? 1 : columns < 90 ? 7 : 23) {
                resizeterm(rows, columns);
                app_draw(&world.app);
            }
        resizeterm(10, 40);
        cleanup_free char *small = world_text();
        assert_non_null(strstr(small, "too small"));
        world_close();
    }
}

static long bytes_of_a_frame(void)
{
    fflush(sent);
    long before = ftell(sent);
    app_dirty(&world.app);
    settle();
    fflush(sent);
    return ftell(sent) - before;
}

static void only_what_changed_is_sent(void **state)
{
    (void)state;
    world.busier = false;
    world_open(40, 120);
    world_keys("4");
    bytes_of_a_frame();
    assert_in_range(bytes_of_a_frame(), 0, 16); /* nothing changed: where the cursor is, at most */
    cleanup_free char *before = world_text();
    world.busier = true;
    model_want_overview(&world.app);
    long one = bytes_of_a_frame();
    cleanup_free char *after = world_text();
    assert_string_not_equal(before, after);
    print_message("one figure changed: %ld bytes\n", one);
    assert_in_range(one, 1, 200);
    clearok(curscr, TRUE);
    long all = bytes_of_a_frame();
    print_message("everything: %ld bytes\n", all);
    assert_true(all > 10 * one);
    world.busier = false;
    world_close();
}

static uint32_t seed = 1;
static uint32_t number(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % below;
}

static void random_act(void)
{
    static const keycode special[] = {K_UP,        K_DOWN,      K_LEFT, K_RIGHT,  K_HOME,          K_END,   K_PAGE_UP,
                                      K_PAGE_DOWN, K_INSERT,    K_TAB,  K_DELETE, K_SHIFT_PAGE_UP, K_ENTER, K_ESC,
                                      K_BACKSPACE, K_SHIFT_TAB, K_F1,   K_F1 + 5, K_CTRL_L,        K_ENTER, K_CTRL_BRACKET,
                                      K_PASTE,     K_PASTE_END, 0x65e5, 0x301,    K_PASTE_END,     K_CTRL_C};
    static const struct {
        int rows, columns;
    } sizes[] = {{24, 80}, {40, 120}, {60, 200}, {10, 40}, {1, 1}, {2, 300}, {24, 80}, {40, 120}};
    uint32_t kind = number(100);
    if (kind < 45) {
        app_key(&world.app, ' ' + number(95));
    } else if (kind < 85) {
        app_key(&world.app, special[number(ARRAY_LEN(special))]);
    } else if (kind < 96) {
        struct mouse mouse = {(enum mouse_kind)number(MOUSE_WHEEL_DOWN + 1),
                              1 + (int)number(3),
                              (int)number((uint32_t)LINES),
                              (int)number((uint32_t)COLS),
                              number(9) == 0,
                              false,
                              false};
        app_mouse(&world.app, &mouse);
    } else {
        uint32_t which = number(ARRAY_LEN(sizes));
        resizeterm(sizes[which].rows, sizes[which].columns);
        app_dirty(&world.app);
    }
}

static void random_keys_break_nothing(void **state)
{
    (void)state;
    const char *seconds = getenv("SLIPWAY_KEYS_SECONDS"), *begin = getenv("SLIPWAY_KEYS_SEED");
    seed = begin ? (uint32_t)strtoul(begin, NULL, 10) : 1;
    int64_t end = clock_mono_ns() + (seconds ? strtoll(seconds, NULL, 10) : 2) * 1000000000LL;
    unsigned long acts = 0;
    for (int round = 0; clock_mono_ns() < end; round++) {
        world_open(24, 80);
        go_way(number(WAYS));
        for (int i = 0; i < 400 && clock_mono_ns() < end; i++, acts++) {
            random_act();
            world.app.quit = false;
            if (i % 4 == 0)
                app_turn(&world.app, i % 40 == 0 ? 5 : 0);
        }
        settle();
        world_close();
    }
    print_message("%lu keys, clicks and sizes\n", acts);
    assert_true(acts > 0);
}

/* The tests' own directory as the working one, with a way to what is canned; and a shell that only gives back what it reads. */
static void move_away(void)
{
    char here[4096], path[256];
    assert_non_null(getcwd(here, sizeof here));
    cleanup_free char *tests = str_format("%s/tests", here);
    snprintf(path, sizeof path, "%s/tests", world.dir);
    assert_int_equal(symlink(tests, path), 0);
    assert_int_equal(chdir(world.dir), 0);
    static const char script[] = "#!/bin/sh\nexec cat\n";
    snprintf(path, sizeof path, "%s/only-cat", world.dir);
    assert_int_equal(file_write(path, script, strlen(script), 0755, NULL), 0);
    setenv("SHELL", path, 1);
    setenv("HOME", world.dir, 1);
    char *out = str_format("%s/sent", world.dir);
    sent = fopen(out, "w+");
    free(out);
    FILE *in = fopen("/dev/null", "r");
    assert_true(sent && in);
    assert_non_null(newterm("xterm-256color", sent, in));
    palette_open();
    input_open();
}

static int run(void)
{
    world_serve();
    world_terminal();
    move_away();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_screen_is_drawn_at_every_size),
        cmocka_unit_test(only_what_changed_is_sent),
        cmocka_unit_test(random_keys_break_nothing),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    fclose(sent);
    path_remove_tree(world.dir, NULL);
    return failed;
}

int main(void)
{
    if (unshare(CLONE_NEWPID | CLONE_NEWNS) < 0) {
        printf("skip: random keys need a PID namespace of their own, and that needs root (%s)\n", strerror(errno));
        return 0;
    }
    pid_t child = fork();
    if (child == 0) {
        setsid(); /* Ctrl-Z stops a process group, which must not be that of whoever runs the tests */
        if (mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 || mount("proc", "/proc", "proc", 0, NULL) < 0)
            exit(1);
        exit(run());
    }
    int status;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return 1;
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1); /* nothing of its own to check for leaks, and no namespace to do it in */
}
