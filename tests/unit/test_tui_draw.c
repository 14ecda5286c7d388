/* Drawing: text is cut where the area ends, wrapped at blanks, and can hold nothing but text. */
#include "tui_world.h"

#include "tui/format.h"
#include "tui/list.h"
#include "tui/pageview.h"

static char *row(int y)
{
    static char text[1024];
    cleanup_free char *all = world_cells();
    char *at = all;
    while (y-- > 0)
        at = strchr(at, '\n') + 1;
    snprintf(text, sizeof text, "%.*s", (int)strcspn(at, "\n"), at);
    return text;
}

static void blank(void)
{
    style_on(S_TEXT);
    erase();
}

static void wrapping_is_at_blanks_and_hard_where_there_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int width;
        const char *lines;
    } table[] = {
        {"one two three", 7, "one two|three|"},
        {"one two three", 8, "one two|three|"},
        {"abcdefghij", 4, "abcd|efgh|ij|"},
        {"a\n\nb", 10, "a||b|"},
        {"\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80 x", 3, "\xe2\x94\x80\xe2\x94\x80\xe2\x94\x80|x|"},
        {"", 5, ""},
        {"x", 0, "x|"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        cleanup_buf struct buf got = BUF_INIT;
        const char *text = table[i].text, *line;
        size_t len;
        while (text_wrap(&text, table[i].width, &line, &len)) {
            buf_add(&got, line, len);
            buf_putc(&got, '|');
        }
        assert_string_equal(got.data ? got.data : "", table[i].lines);
    }
}

static void bad_bytes_become_replacement_characters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t first;
    } table[] = {
        {"a", 'a'},       {"\xc3\xa9", 0xe9},   {"\xf0\x9f\x99\x82", 0x1f642}, {"\xff", 0xfffd},
        {"\xc3", 0xfffd}, {"\xc0\x80", 0xfffd}, {"\xed\xa0\x80", 0xfffd},      {"", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        const char *text = table[i].text;
        assert_int_equal(utf8_next(&text), table[i].first);
        assert_true(text <= table[i].text + strlen(table[i].text));
    }
}

static void nothing_is_drawn_outside_its_area(void **state)
{
    (void)state;
    blank();
    struct area area = {1, 5, 2, 4};
    put(area, 0, 0, S_TEXT, "abcdefgh");
    put(area, 1, -2, S_TEXT, "12345");
    put(area, 2, 0, S_TEXT, "below");
    put(area, -1, 0, S_TEXT, "above");
    assert_string_equal(row(0), "");
    assert_string_equal(row(1), "     abcd");
    assert_string_equal(row(2), "     345");
    assert_string_equal(row(3), "");
}

static void control_characters_are_shown_not_sent(void **state)
{
    (void)state;
    blank();
    put((struct area){0, 0, 1, 40}, 0, 0, S_TEXT,
        "a\033[31mb\x07\xc2\x9b"
        "c");
    assert_string_equal(row(0), "a?[31mb??c");
}

static void what_turns_the_writing_is_shown_not_sent(void **state)
{
    (void)state;
    blank();
    put((struct area){0, 0, 1, 40}, 0, 0, S_TEXT, "a\u202eb\u2066c\u2069d\u05d0");
    assert_string_equal(row(0), "a?b?c?d\u05d0");
}

static void a_cut_text_ends_with_an_ellipsis(void **state)
{
    (void)state;
    blank();
    struct area area = {0, 0, 3, 20};
    assert_int_equal(put_fit(area, 0, 0, 5, S_TEXT, "abcdefgh"), 5);
    assert_string_equal(row(0), "abcd\xe2\x80\xa6");
    put_fit(area, 1, 0, 5, S_TEXT, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
    assert_string_equal(row(1), "\xe6\x97\xa5\xe6\x9c\xac\xe2\x80\xa6");
}

static void a_list_keeps_its_selection_in_sight(void **state)
{
    (void)state;
    struct list list = {0};
    struct area area = {0, 0, 5, 10};
    list_key(&list, 'G', 100);
    assert_int_equal(list_fit(&list, area, 100), 95);
    list_key(&list, K_PAGE_UP, 100);
    assert_int_equal(list.selected, 95);
    assert_int_equal(list_fit(&list, area, 3), 0);
    assert_int_equal(list.selected, 2);
    assert_int_equal(list_fit(&list, area, 0), 0);
    assert_int_equal(list.selected, 0);
}

static void marks_of_a_page_become_styles_and_take_no_room(void **state)
{
    (void)state;
    blank();
    struct area area = {0, 0, 5, 12};
    int rows = draw_rich(area, 0, 0, S_TEXT, "see \001code here\017 and \002strong\017");
    assert_int_equal(rows, 3);
    assert_string_equal(row(0), "see code");
    assert_string_equal(row(1), "here and");
    assert_string_equal(row(2), "strong");
}

static void figures_are_short(void **state)
{
    (void)state;
    char text[UNITS_TEXT];
    assert_string_equal(format_bytes(0, text), "0B");
    assert_string_equal(format_bytes(10 << 20, text), "10.0M");
    assert_string_equal(format_bytes(1023, text), "1023B");
    assert_string_equal(format_count(1207, text), "1.2k");
    assert_string_equal(format_ago("", text), "");
    char cut[4];
    copy_text(cut, sizeof cut,
              "a\xe2\x94\x80"
              "b");
    assert_string_equal(cut, "a");
}

static int set_up(void **state)
{
    (void)state;
    world_terminal();
    resizeterm(24, 80);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    endwin();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(wrapping_is_at_blanks_and_hard_where_there_are_none),
        cmocka_unit_test(bad_bytes_become_replacement_characters),
        cmocka_unit_test(nothing_is_drawn_outside_its_area),
        cmocka_unit_test(control_characters_are_shown_not_sent),
        cmocka_unit_test(what_turns_the_writing_is_shown_not_sent),
        cmocka_unit_test(a_cut_text_ends_with_an_ellipsis),
        cmocka_unit_test(a_list_keeps_its_selection_in_sight),
        cmocka_unit_test(marks_of_a_page_become_styles_and_take_no_room),
        cmocka_unit_test(figures_are_short),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
