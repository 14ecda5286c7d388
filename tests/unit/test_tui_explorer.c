/* The explorer: tables that sort, filter, mark and act; the tree, the charts, the logs' search; and each screen against
 * tests/tui/expected, as test_tui_screens.c does. */
#include "tui_approved.h"

#include "tui/browse.h"
#include "tui/chart.h"
#include "tui/tree_view.h"

#define LOOKS_10 "4444444444"
static const struct approved screens[] = {
    {"images", "4\t", NULL},
    {"images-marked", "4\t * D", NULL},
    {"image", "4\tjj\nj", NULL},
    {"image-files", "4\tjj\n\n", NULL},
    {"image-history", "4\tjj\n\t\t", NULL},
    {"files", "4\njtj\njjjj", NULL},
    {"image-tree", "4\tjj\nto", NULL},
    {"volumes", "4\t\t", NULL},
    {"networks", "4\t\t\t", NULL},
    {"events", "4\t\t\t\t", "exitCode=137"},
    {"inspect", "4i/env\n", NULL},
    {"logs-search", "4l/two\n", NULL},
    {"stats", "4S" LOOKS_10 LOOKS_10 LOOKS_10 LOOKS_10 LOOKS_10, NULL},
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

/* --- the table --- */

static const struct browse_column columns[] = {
    {{"NAME", 0, false, 0}, "name", NULL, false},
    {{"SIZE", 6, true, 0}, "size", NULL, true},
};

static json_t *sample_rows(void)
{
    return json_pack("[{s:s,s:s,s:i},{s:s,s:s,s:i},{s:s,s:s,s:i}]", "id", "1", "name", "beta", "size", 9, "id", "2", "name",
                     "Alpha", "size", 100, "id", "3", "name", "gamma", "size", 20);
}

static void order_is(struct browse *browse, const char *wanted)
{
    char got[16] = "";
    for (int i = 0; i < browse->shown; i++)
        strcat(got, json_str(browse_row(browse, i), "id", "?"));
    assert_string_equal(got, wanted);
}

static void a_table_is_ordered_by_any_column_both_ways(void **state)
{
    (void)state;
    struct browse browse;
    cleanup_json json_t *rows = sample_rows();
    browse_open(&browse, columns, ARRAY_LEN(columns), 0);
    browse_take(&browse, rows);
    order_is(&browse, "213"); /* case does not count */
    browse_sort(&browse, 0);
    order_is(&browse, "312");
    browse_sort_next(&browse);
    order_is(&browse, "231"); /* sizes as numbers, the greatest first */
    browse_sort(&browse, 1);
    order_is(&browse, "132");
    browse_close(&browse);
}

static void marks_and_the_selection_follow_the_things(void **state)
{
    (void)state;
    struct browse browse;
    cleanup_json json_t *rows = sample_rows();
    browse_open(&browse, columns, ARRAY_LEN(columns), 0);
    browse_take(&browse, rows);
    browse_mark(&browse); /* 2, and on to 1 */
    assert_string_equal(json_str(browse_selected(&browse), "id", ""), "1");
    browse_sort_next(&browse);
    assert_string_equal(json_str(browse_selected(&browse), "id", ""), "1");
    browse_mark(&browse);
    cleanup_json json_t *both = browse_chosen(&browse);
    assert_int_equal(json_array_size(both), 2);
    cleanup_json json_t *fewer = sample_rows();
    json_array_remove(fewer, 1);
    browse_take(&browse, fewer);
    cleanup_json json_t *left = browse_chosen(&browse);
    assert_int_equal(json_array_size(left), 1);
    assert_string_equal(json_str(json_array_get(left, 0), "id", ""), "1");
    browse_mark_all(&browse);
    cleanup_json json_t *all = browse_chosen(&browse);
    assert_int_equal(json_array_size(all), 2);
    browse_mark_all(&browse);
    assert_int_equal(json_object_size(browse.marks), 0);
    browse_close(&browse);
}

static void an_action_without_marks_is_for_the_selected_one(void **state)
{
    (void)state;
    struct browse browse;
    cleanup_json json_t *rows = sample_rows();
    browse_open(&browse, columns, ARRAY_LEN(columns), 0);
    browse_take(&browse, rows);
    browse_key(&browse, 'j');
    cleanup_json json_t *one = browse_chosen(&browse);
    assert_int_equal(json_array_size(one), 1);
    assert_string_equal(json_str(json_array_get(one, 0), "id", ""), "1");
    browse_close(&browse);
}

/* --- the tables against an engine --- */

static void all_marked_are_removed_after_one_question(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\t\t");
    world.posts[0] = 0;
    world_keys(" D");
    cleanup_free char *one = world_text();
    assert_non_null(strstr(one, "Remove the volume"));
    world_keys("n D");
    cleanup_free char *two = world_text();
    assert_non_null(strstr(two, "Remove 2 volumes"));
    assert_string_equal(world.posts, "");
    world_keys("y");
    assert_non_null(strstr(world.posts, "/volumes/pgdata\n"));
    assert_null(strstr(world.posts, "/volumes/web-cache\n"));
    cleanup_free char *after = world_text();
    assert_non_null(strstr(after, "2 volumes removed"));
    world_close();
}

static void containers_that_are_marked_are_acted_on_together(void **state)
{
    (void)state;
    world_open(24, 80);
    world.posts[0] = 0;
    world_keys("4  p");
    assert_non_null(strstr(world.posts, "1234567890abcdef/pause"));
    assert_non_null(strstr(world.posts, "2468acf121579bde/pause"));
    cleanup_free char *paused = world_text();
    assert_non_null(strstr(paused, "ran: slipway pause web db"));
    assert_non_null(strstr(paused, "2 marked"));
    world.posts[0] = 0;
    world_keys("D");
    cleanup_free char *asked = world_text();
    assert_non_null(strstr(asked, "Remove web, db?"));
    world_keys("n");
    assert_string_equal(world.posts, "");
    world_close();
}

static void containers_are_ordered_on_demand(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4oO"); /* by name, the last first */
    cleanup_free char *text = world_text();
    assert_true(strstr(text, "web  ") < strstr(text, "job  ") && strstr(text, "job  ") < strstr(text, "cache  "));
    world_keys("ooo");
    cleanup_free char *used = world_text();
    assert_non_null(strstr(used, "CPU%▼"));
    world_close();
}

static void a_list_is_asked_for_again_when_an_event_says_so_and_not_before(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\t");
    assert_true(WORLD_UNTIL(world.listener));
    settle();
    assert_int_equal(world.app.clock_ms, 0);
    int asked = world.lists;
    assert_true(asked >= 1);
    for (int64_t end = clock_mono_ns() + 300000000; clock_mono_ns() < end;)
        app_turn(&world.app, 50);
    assert_int_equal(world.lists, asked);
    dprintf(world.listener, "{\"Type\":\"image\",\"Action\":\"tag\",\"Actor\":{\"ID\":\"x\",\"Attributes\":{}}}\n");
    assert_true(WORLD_UNTIL(world.lists != asked));
    assert_int_equal(world.lists, asked + 1);
    settle();
    dprintf(world.listener, "{\"Type\":\"container\",\"Action\":\"exec_start: sh\",\"Actor\":{\"ID\":\"x\",\"Attributes\":{}}}\n");
    for (int i = 0; i < 20; i++)
        app_turn(&world.app, 10);
    assert_int_equal(world.lists, asked + 1);
    world_close();
}

static void a_new_tag_goes_to_the_image_that_is_selected(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\t");
    world.posts[0] = 0;
    world_keys("jjttest.local/app:2\n");
    assert_non_null(strstr(world.posts, "/tag?repo=test.local%2Fapp&tag=2"));
    cleanup_free char *text = world_text();
    assert_non_null(strstr(text, "ran: slipway tag"));
    world_close();
}

static void a_docker_engine_has_the_tables_and_the_history(void **state)
{
    (void)state;
    world.docker = true;
    world_open(24, 80);
    world_keys("4\t");
    cleanup_free char *list = world_text();
    assert_non_null(strstr(list, "nginx:alpine"));
    assert_non_null(strstr(list, "from-docker"));
    world_keys("\n");
    cleanup_free char *image = world_text();
    assert_non_null(strstr(image, "RUN apk add nginx"));
    assert_non_null(strstr(image, "Docker's engine does not show its layers"));
    world_close();
    world.docker = false;
}

static void events_stand_still_on_demand(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4\t\t\t\t");
    wait_text("exitCode=137");
    world_keys("p");
    dprintf(world.listener,
            "{\"Type\":\"volume\",\"Action\":\"destroy\",\"Actor\":{\"ID\":\"gone\",\"Attributes\":{}},\"time\":1767322999}\n");
    wait_text("stands still, 1 waiting");
    cleanup_free char *still = world_text();
    assert_null(strstr(still, "destroy"));
    world_keys("p");
    wait_text("destroy");
    world_keys("/web-cache\n");
    cleanup_free char *filtered = world_text();
    assert_null(strstr(filtered, "exitCode=137"));
    assert_non_null(strstr(filtered, "driver=local"));
    world_close();
}

/* --- the tree --- */

static json_t *sample_document(void)
{
    return json_loads("{\"Name\":\"/web\",\"State\":{\"Pid\":7,\"Health\":{\"Log\":[{\"Exit\":3}]}},"
                      "\"Labels\":{\"a.b/c\":\"x\"},\"Args\":[\"one\",\"two\"],\"Empty\":{}}",
                      0, NULL);
}

static void template_is(const struct tree *tree, const char *wanted)
{
    cleanup_free char *got = tree_template(tree);
    assert_string_equal(got, wanted);
}

static void a_tree_folds_and_unfolds(void **state)
{
    (void)state;
    struct tree tree = {0};
    cleanup_json json_t *doc = sample_document();
    tree_take(&tree, doc);
    assert_int_equal(tree.line_count, 5);
    tree_key(&tree, 'j');
    tree_toggle(&tree);
    assert_int_equal(tree.line_count, 7);
    tree_in(&tree); /* to Pid */
    template_is(&tree, "{{.State.Pid}}");
    tree_toggle(&tree); /* a number has nothing to fold */
    assert_int_equal(tree.line_count, 7);
    tree_out(&tree);
    template_is(&tree, "{{json .State}}");
    tree_out(&tree);
    assert_int_equal(tree.line_count, 5);
    tree_open_all(&tree, true);
    assert_int_equal(tree.line_count, 13);
    tree_open_all(&tree, false);
    assert_int_equal(tree.line_count, 5);
    tree_close(&tree);
}

static void a_search_opens_what_hides_the_match_and_tells_the_template(void **state)
{
    (void)state;
    struct tree tree = {0};
    int at;
    cleanup_json json_t *doc = sample_document();
    tree_take(&tree, doc);
    tree_search(&tree, "exit");
    assert_true(tree_next(&tree, 1));
    template_is(&tree, "{{(index .State.Health.Log 0).Exit}}");
    assert_int_equal(tree_matches(&tree, &at), 1);
    assert_int_equal(at, 1);
    tree_search(&tree, "TWO");
    assert_true(tree_next(&tree, 1));
    template_is(&tree, "{{index .Args 1}}");
    tree_search(&tree, "a.b");
    assert_true(tree_next(&tree, -1));
    template_is(&tree, "{{index .Labels \"a.b/c\"}}");
    tree_search(&tree, "nowhere");
    assert_false(tree_next(&tree, 1));
    tree_close(&tree);
}

static void a_new_document_keeps_what_is_open_and_selected(void **state)
{
    (void)state;
    struct tree tree = {0};
    cleanup_json json_t *doc = sample_document(), *later = json_loads("{\"New\":1,\"State\":{\"Pid\":8,\"Health\":null}}", 0, NULL);
    tree_take(&tree, doc);
    tree_search(&tree, "pid");
    tree_next(&tree, 1);
    tree_take(&tree, later);
    assert_int_equal(tree.line_count, 4);
    template_is(&tree, "{{.State.Pid}}");
    tree_close(&tree);
}

static void a_tree_without_members_has_nothing_selected(void **state)
{
    (void)state;
    struct tree tree = {0};
    cleanup_json json_t *doc = json_object();
    assert_null(tree_template(&tree));
    tree_take(&tree, doc);
    assert_null(tree_selected(&tree));
    tree_search(&tree, "x");
    assert_false(tree_next(&tree, 1));
    tree_toggle(&tree);
    tree_in(&tree);
    tree_out(&tree);
    tree_open_all(&tree, true);
    assert_null(tree_template(&tree));
    tree_close(&tree);
}

/* --- charts --- */

static char *row_of(const char *text, int row)
{
    while (row-- > 0)
        text = strchr(text, '\n') + 1;
    return xstrndup(text, strcspn(text, "\n"));
}

static void a_chart_fills_from_its_edge_in_dots(void **state)
{
    (void)state;
    static const double values[] = {0, 4, 8, 2};
    struct area area = {0, 0, 2, 2};
    resizeterm(24, 80);
    erase();
    assert_true(draw_chart(area, values, 4, 0, false, S_TEXT) == 8);
    cleanup_free char *text = world_cells(), *upper = row_of(text, 0), *lower = row_of(text, 1);
    assert_string_equal(upper, " ⡇"); /* only the 8 reaches up here */
    assert_string_equal(lower, "⢸⣧"); /* nothing, 4 of 4; 4 of 4, 2 of 4 */
    erase();
    draw_chart(area, values, 4, 8, true, S_TEXT);
    cleanup_free char *hanging = world_cells(), *first = row_of(hanging, 0);
    assert_string_equal(first, "⢸⡟");
}

static void a_chart_in_ascii_has_the_greater_of_two(void **state)
{
    (void)state;
    static const double values[] = {0, 4, 8, 2};
    glyph_ascii(true);
    erase();
    draw_chart((struct area){0, 0, 2, 2}, values, 4, 8, false, S_TEXT);
    cleanup_free char *text = world_cells(), *upper = row_of(text, 0), *lower = row_of(text, 1);
    glyph_ascii(false);
    assert_string_equal(upper, " #");
    assert_string_equal(lower, "##");
}

static void a_chart_shows_the_newest_at_the_right_and_what_is_not_nothing(void **state)
{
    (void)state;
    static const double values[] = {100, 0, 0, 0.001};
    erase();
    draw_chart((struct area){0, 0, 1, 1}, values, 4, 100, false, S_TEXT);
    cleanup_free char *text = world_cells(), *row = row_of(text, 0);
    assert_string_equal(row, "⢀");
}

/* --- logs --- */

static void logs_are_searched_and_stand_still(void **state)
{
    (void)state;
    world_open(24, 80);
    world_keys("4l");
    wait_text("two");
    world_keys("/ONE\n");
    cleanup_free char *found = world_text();
    assert_non_null(strstr(found, "1 of 1 found"));
    /* From the end backwards; n goes on downwards, round the end. */
    static const struct {
        const char *keys, *at;
    } ways[] = {
        {"/o\n", "2 of 2 found"}, {"n", "1 of 2 found"}, {"n", "2 of 2 found"}, {"N", "1 of 2 found"}, {"e", "2 of 2 found"}};
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        world_keys(ways[i].keys);
        cleanup_free char *text = world_text();
        assert_non_null(strstr(text, ways[i].at));
    }
    world_keys("/absent\n");
    cleanup_free char *none = world_text();
    assert_non_null(strstr(none, "no line has \"absent\""));
    world_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(screens_look_as_approved_at_80x24),
        cmocka_unit_test(screens_look_as_approved_at_120x40),
        cmocka_unit_test(screens_look_as_approved_at_200x60),
        cmocka_unit_test(no_size_crashes_any_screen),
        cmocka_unit_test(a_table_is_ordered_by_any_column_both_ways),
        cmocka_unit_test(marks_and_the_selection_follow_the_things),
        cmocka_unit_test(an_action_without_marks_is_for_the_selected_one),
        cmocka_unit_test(all_marked_are_removed_after_one_question),
        cmocka_unit_test(containers_that_are_marked_are_acted_on_together),
        cmocka_unit_test(containers_are_ordered_on_demand),
        cmocka_unit_test(a_list_is_asked_for_again_when_an_event_says_so_and_not_before),
        cmocka_unit_test(a_new_tag_goes_to_the_image_that_is_selected),
        cmocka_unit_test(a_docker_engine_has_the_tables_and_the_history),
        cmocka_unit_test(events_stand_still_on_demand),
        cmocka_unit_test(a_tree_folds_and_unfolds),
        cmocka_unit_test(a_search_opens_what_hides_the_match_and_tells_the_template),
        cmocka_unit_test(a_new_document_keeps_what_is_open_and_selected),
        cmocka_unit_test(a_tree_without_members_has_nothing_selected),
        cmocka_unit_test(a_chart_fills_from_its_edge_in_dots),
        cmocka_unit_test(a_chart_in_ascii_has_the_greater_of_two),
        cmocka_unit_test(a_chart_shows_the_newest_at_the_right_and_what_is_not_nothing),
        cmocka_unit_test(logs_are_searched_and_stand_still),
    };
    return cmocka_run_group_tests(tests, world_set_up, world_tear_down);
}
