/* The mouse, and the borders that it takes along: in process, from canned answers. */
#include "tui_world.h"

#include "tui/frame.h"
#include "tui/hit.h"
#include "tui/lab_layout.h"
#include "tui/list.h"
#include "tui/settings.h"

/* Where a text stands on the screen. */
static struct mouse at_text(const char *wanted, enum mouse_kind kind)
{
    cleanup_free char *text = world_text();
    int y = 0;
    char *line = text;
    for (char *end; (end = strchr(line, '\n')); line = end + 1, y++) {
        *end = 0;
        char *found = strstr(line, wanted);
        if (!found)
            continue;
        *found = 0;
        return (struct mouse){.kind = kind, .button = 1, .y = y, .x = text_width(line)};
    }
    fail_msg("%s is not on the screen", wanted);
    return (struct mouse){0};
}

static void click(const char *text)
{
    struct mouse mouse = at_text(text, MOUSE_PRESS);
    app_mouse(&world.app, &mouse);
    settle();
}

static void the_mouse_chooses_opens_and_scrolls(void **state)
{
    (void)state;
    world_open(24, 80);
    click("Containers");
    assert_string_equal(app_view(&world.app)->screen->name, "containers");
    click("postgres");
    click("postgres");
    assert_string_equal(app_view(&world.app)->screen->name, "xray");
    click("back");
    assert_string_equal(app_view(&world.app)->screen->name, "containers");
    click("help");
    assert_int_equal(world.app.over, OVER_HELP);
    struct mouse wheel = {.kind = MOUSE_WHEEL_DOWN, .y = 10, .x = 40};
    app_mouse(&world.app, &wheel);
    assert_true(world.app.over_top > 0);
    struct mouse outside = {.kind = MOUSE_PRESS, .button = 1, .y = 5, .x = 0};
    app_mouse(&world.app, &outside);
    assert_int_equal(world.app.over, OVER_NONE);
    click("5 Exam");
    assert_int_equal(world.app.tab, TAB_EXAM);
    world_close();
}

static void the_way_back_is_first_that_of_what_is_open(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("5b");
    assert_true(world_shows(" order"));
    world_keys("\n");
    assert_false(world_shows(" order"));
    click("back");
    assert_string_equal(app_view(&world.app)->screen->name, "questions");
    assert_true(world_shows(" order"));
    click("back");
    assert_string_equal(app_view(&world.app)->screen->name, "exam");
    world_close();
}

/* The click came before the frame that would have shown that it has gone. */
static void a_click_where_the_palette_was_is_none_of_its(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4:go.labs");
    app_key(&world.app, K_ENTER);
    for (int y = 3; y < 20; y++)
        app_mouse(&world.app, &(struct mouse){.kind = MOUSE_PRESS, .button = 1, .y = y, .x = 40});
    assert_int_equal(world.app.tab, TAB_LABS);
    assert_int_equal(world.app.depth[TAB_LABS], 1);
    world_close();
}

static void the_mouse_writes_no_letters(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4/e");
    struct mouse wheel = {.kind = MOUSE_WHEEL_DOWN, .y = 8, .x = 20};
    app_mouse(&world.app, &wheel);
    cleanup_free char *filter = world_text();
    assert_non_null(strstr(filter, "/e_"));
    world_keys("\n\033:go.");
    app_mouse(&world.app, &wheel);
    click("go.labs");
    cleanup_free char *palette = world_text();
    assert_non_null(strstr(palette, ": go._"));
    click("go.labs");
    assert_int_equal(world.app.tab, TAB_LABS);
    world_close();
}

static void a_step_of_the_way_is_clicked(void **state)
{
    (void)state;
    world_open(40, 120);
    world_keys("4\n");
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "Containers > web > Layers"));
    click("Containers > web");
    assert_string_equal(app_view(&world.app)->screen->name, "containers");
    world_close();
}

static void drag(int y, int x, int to_y, int to_x)
{
    app_draw(&world.app);
    app_mouse(&world.app, &(struct mouse){.kind = MOUSE_PRESS, .button = 1, .y = y, .x = x});
    app_mouse(&world.app, &(struct mouse){.kind = MOUSE_DRAG, .button = 1, .y = (y + to_y) / 2, .x = (x + to_x) / 2});
    app_draw(&world.app);
    app_mouse(&world.app, &(struct mouse){.kind = MOUSE_DRAG, .button = 1, .y = to_y, .x = to_x});
    app_mouse(&world.app, &(struct mouse){.kind = MOUSE_RELEASE, .button = 1, .y = to_y, .x = to_x});
}

static void the_mouse_takes_a_labs_borders_along(void **state)
{
    (void)state;
    for (int arrangement = 0; arrangement < ARRANGEMENTS; arrangement++) {
        world_open(40, 120);
        world_keys("3\n");
        struct area area = {FRAME_HEAD, 0, 40 - FRAME_HEAD - FRAME_FOOT, 120};
        struct lab_layout *layout = lab_layout();
        *layout = (struct lab_layout){.arrangement = (enum arrangement)arrangement};
        struct lab_places at = lab_layout_places(layout, area, true);
        bool mirrored = at.terminal.x < at.page.x, above = at.picture.y < at.page.y;
        int column = mirrored ? at.page.x : at.terminal.x, row = above ? at.page.y : at.picture.y;
        drag(at.page.y + 2, column, at.page.y + 4, column + 8);
        assert_int_equal(layout->wider, mirrored ? -8 : 8);
        app_draw(&world.app);
        drag(row, at.picture.x + 3, row - 2, at.picture.x + 9);
        assert_int_equal(layout->higher, above ? -2 : 2);
        struct lab_layout before = *layout;
        drag(at.page.y + 3, at.page.x + 5, at.page.y + 9, at.page.x + 9); /* nothing was taken there */
        assert_memory_equal(&before, layout, sizeof before);
        drag(at.page.y + 2, column + 8, at.page.y + 2, 119); /* as far as the panes let it */
        at = lab_layout_places(layout, area, true);
        assert_true(at.terminal.w >= 30 && at.page.w >= 24);
        cleanup_free char *path = settings_path("layout"), *kept = file_read(path, NULL, NULL);
        cleanup_free char *wanted = str_format("lab %d %d %d\n", arrangement, layout->wider, layout->higher);
        assert_string_equal(kept, wanted);
        unlink(path);
        *layout = (struct lab_layout){0};
        world_close();
    }
}

static void check_places(struct lab_layout *layout, struct area area, bool picture)
{
    struct lab_places at = lab_layout_places(layout, area, picture);
    int cells = at.page.h * at.page.w + at.terminal.h * at.terminal.w + at.picture.h * at.picture.w;
    assert_int_equal(cells, area.h * area.w); /* nothing left over, and nothing twice */
    assert_true(at.page.w >= 24 && at.terminal.w >= 30 && at.page.h >= 5);
    assert_true(!picture || at.picture.h >= 5);
}

static void a_labs_panes_fill_the_screen_however_they_are_moved(void **state)
{
    static const struct area areas[] = {{2, 0, 20, 80}, {2, 0, 36, 120}, {2, 0, 56, 200}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(areas); i++)
        for (int arrangement = 0; arrangement < ARRANGEMENTS; arrangement++)
            for (int by = -300; by <= 300; by += 7) {
                struct lab_layout layout = {(enum arrangement)arrangement, by, by / 2};
                check_places(&layout, areas[i], true);
                struct lab_layout again = layout;
                lab_layout_places(&again, areas[i], true);
                assert_memory_equal(&again, &layout, sizeof layout);
                check_places(&layout, areas[i], false);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_mouse_chooses_opens_and_scrolls),
        cmocka_unit_test(the_way_back_is_first_that_of_what_is_open),
        cmocka_unit_test(a_click_where_the_palette_was_is_none_of_its),
        cmocka_unit_test(the_mouse_writes_no_letters),
        cmocka_unit_test(a_step_of_the_way_is_clicked),
        cmocka_unit_test(the_mouse_takes_a_labs_borders_along),
        cmocka_unit_test(a_labs_panes_fill_the_screen_however_they_are_moved),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
