/* The terminal of a pane: what a program writes becomes cells and nothing else, keys become what such a terminal sends. */
#include "tui/palette.h"
#include "tui/terminal.h"

#include "base/memory.h"
#include "base/strings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct buf replies;

static void collect(void *data, const char *bytes, size_t len)
{
    (void)data;
    buf_add(&replies, bytes, len);
}

static struct terminal *fresh(int columns, int rows)
{
    buf_free(&replies);
    return terminal_new(columns, rows, collect, NULL);
}

static void feed(struct terminal *terminal, const char *text) { terminal_feed(terminal, text, strlen(text)); }

static void assert_text(struct terminal *terminal, const char *wanted)
{
    cleanup_free char *text = terminal_text(terminal);
    assert_string_equal(text, wanted);
}

static void text_lands_in_cells(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 3);
    feed(terminal, "one\r\ntwo \xe2\x94\x80\xe2\x94\x80\r\n\xe6\x97\xa5\xe6\x9c\xac");
    assert_text(terminal, "one\ntwo \xe2\x94\x80\xe2\x94\x80\n\xe6\x97\xa5\xe6\x9c\xac\n");
    int y, x;
    assert_true(terminal_cursor(terminal, &y, &x));
    assert_int_equal(y, 2);
    assert_int_equal(x, 4);
    terminal_free(terminal);
}

static struct terminal_cell first_cell;

static void take_first(void *data, int y, int x, const struct terminal_cell *cell)
{
    (void)data;
    if (y == 0 && x == 0)
        first_cell = *cell;
}

static void colours_are_mapped_to_256(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int foreground, background;
        unsigned look;
    } table[] = {
        {"x", -1, -1, 0},
        {"\033[31mx", 1, -1, 0},
        {"\033[1;32;44mx", 10, 4, LOOK_BOLD},
        {"\033[38;5;208mx", 208, -1, 0},
        {"\033[48;5;236mx", -1, 236, 0},
        {"\033[4;7mx", -1, -1, LOOK_UNDERLINE | LOOK_REVERSE},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct terminal *terminal = fresh(10, 2);
        feed(terminal, table[i].text);
        terminal_draw(terminal, take_first, NULL);
        /* Bold may brighten one of the first eight colours. */
        assert_true(first_cell.foreground == table[i].foreground || first_cell.foreground + 8 == table[i].foreground);
        assert_int_equal(first_cell.background, table[i].background);
        assert_int_equal(first_cell.look, table[i].look);
        terminal_free(terminal);
    }
}

static void keys_are_sent_as_screen_sends_them(void **state)
{
    (void)state;
    static const struct {
        keycode key;
        const char *sends;
    } table[] = {
        {'a', "a"},
        {0xe9, "\xc3\xa9"},
        {K_ENTER, "\r"},
        {K_TAB, "\t"},
        {K_CTRL_C, "\003"},
        {K_BACKSPACE, "\177"},
        {K_UP, "\033[A"},
        {K_LEFT, "\033[D"},
        {K_HOME, "\033[1~"},
        {K_END, "\033[4~"},
        {K_DELETE, "\033[3~"},
        {K_F1, "\033OP"},
        {K_F1 + 4, "\033[15~"},
        {K_ALT | 'b', "\033b"},
        {K_SHIFT_TAB, "\033[Z"},
        {K_MODIFIED + 3 * 6 + 2, "\033[1;5C"},
        {K_PAGE_UP, "\033[5~"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct terminal *terminal = fresh(20, 3);
        terminal_key(terminal, table[i].key);
        assert_string_equal(replies.data ? replies.data : "", table[i].sends);
        terminal_free(terminal);
    }
}

static void arrows_follow_the_cursor_key_mode(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 3);
    feed(terminal, "\033[?1h");
    terminal_key(terminal, K_UP);
    assert_string_equal(replies.data, "\033OA");
    terminal_free(terminal);
}

static void it_is_never_smaller_than_ten_by_two(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(1, 1);
    int columns, rows;
    terminal_size(terminal, &columns, &rows);
    assert_int_equal(columns, 10);
    assert_int_equal(rows, 2);
    terminal_resize(terminal, -5, 0);
    terminal_size(terminal, &columns, &rows);
    assert_int_equal(columns, 10);
    terminal_free(terminal);
}

static void losing_rows_keeps_the_text_in_sight(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 10);
    feed(terminal, "one\r\ntwo\r\n$ ");
    terminal_resize(terminal, 20, 4);
    assert_text(terminal, "one\ntwo\n$\n\n");
    int y, x;
    terminal_cursor(terminal, &y, &x);
    assert_int_equal(y, 2);
    terminal_resize(terminal, 20, 2);
    assert_text(terminal, "two\n$\n");
    terminal_free(terminal);
}

static void history_can_be_looked_at(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 3);
    for (int i = 0; i < 20; i++) {
        char line[16];
        snprintf(line, sizeof line, "%sline %d", i ? "\r\n" : "", i);
        feed(terminal, line);
    }
    assert_text(terminal, "line 17\nline 18\nline 19\n");
    terminal_scroll(terminal, 2);
    assert_true(terminal_scrolled(terminal));
    assert_text(terminal, "line 15\nline 16\nline 17\n");
    terminal_key(terminal, 'x');
    assert_false(terminal_scrolled(terminal));
    assert_text(terminal, "line 17\nline 18\nline 19\n");
    terminal_free(terminal);
}

static void a_flood_of_rubbish_changes_nothing_but_cells(void **state)
{
    (void)state;
    uint32_t seed = 1;
    for (int round = 0; round < 40; round++) {
        struct terminal *terminal = fresh(10 + round, 2 + round % 30);
        for (int i = 0; i < 200; i++) {
            char bytes[128];
            for (size_t j = 0; j < sizeof bytes; j++) {
                seed = seed * 1103515245u + 12345u;
                bytes[j] = (char)(seed >> 16);
                if (seed % 7 == 0)
                    bytes[j] = "\033[;?0123456789ABCDHJKmhlr]P\\"[seed / 7 % 28];
            }
            terminal_feed(terminal, bytes, sizeof bytes);
            if (i % 20 == 0)
                terminal_resize(terminal, (int)(seed >> 8 & 255), (int)(seed >> 16 & 63));
        }
        free(terminal_text(terminal));
        terminal_free(terminal);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lands_in_cells),
        cmocka_unit_test(colours_are_mapped_to_256),
        cmocka_unit_test(keys_are_sent_as_screen_sends_them),
        cmocka_unit_test(arrows_follow_the_cursor_key_mode),
        cmocka_unit_test(it_is_never_smaller_than_ten_by_two),
        cmocka_unit_test(losing_rows_keeps_the_text_in_sight),
        cmocka_unit_test(history_can_be_looked_at),
        cmocka_unit_test(a_flood_of_rubbish_changes_nothing_but_cells),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&replies);
    return failed;
}
