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

static struct buf rows;

static void take_row(void *data, int y, int x, const struct terminal_cell *cell)
{
    (void)data;
    if (x == 0)
        buf_printf(&rows, y ? "\n%d:" : "%d:", y);
    if (cell->count && cell->signs[0] > ' ')
        cell_text(cell, &rows);
}

static void losing_rows_keeps_the_text_in_sight(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 10);
    feed(terminal, "one\r\ntwo\r\n$ ");
    terminal_resize(terminal, 20, 4);
    assert_text(terminal, "one\ntwo\n$\n\n");
    assert_int_equal(terminal_history(terminal, take_row, NULL), 4); /* no blanks */
    buf_free(&rows);
    int y, x;
    terminal_cursor(terminal, &y, &x);
    assert_int_equal(y, 2);
    terminal_resize(terminal, 20, 2);
    assert_text(terminal, "two\n$\n");
    terminal_free(terminal);
}

static void history_is_given_from_its_oldest_row_to_the_screen(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(10, 3);
    assert_int_equal(terminal_history(terminal, take_row, NULL), 3);
    buf_free(&rows);
    feed(terminal, "\033[7mL0\033[m");
    for (int i = 1; i < 8; i++) {
        char line[16];
        snprintf(line, sizeof line, "\r\nL%d", i);
        feed(terminal, line);
    }
    assert_int_equal(terminal_history(terminal, take_row, NULL), 8);
    assert_string_equal(rows.data, "0:L0\n1:L1\n2:L2\n3:L3\n4:L4\n5:L5\n6:L6\n7:L7");
    buf_free(&rows);
    for (int i = 0; i < TERMINAL_SCROLLBACK + 100; i++)
        feed(terminal, "\r\nsame");
    assert_int_equal(terminal_history(terminal, take_row, NULL), TERMINAL_SCROLLBACK + 3);
    assert_text(terminal, "same\nsame\nsame\n");
    buf_free(&rows);
    terminal_free(terminal);
}

static void wide_and_combining_characters_keep_their_cells(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 2);
    feed(terminal, "\xe6\x97\xa5x e\xcc\x81y \xf0\x9f\x98\x80z");
    assert_text(terminal, "\xe6\x97\xa5x e\xcc\x81y \xf0\x9f\x98\x80z\n\n");
    int y, x;
    terminal_cursor(terminal, &y, &x);
    assert_int_equal(x, 2 + 1 + 1 + 1 + 1 + 1 + 2 + 1);
    terminal_free(terminal);
    terminal = fresh(10, 2); /* in the last column, several marks, the mark in a piece of its own, none over a title's letters */
    feed(terminal, "123456789o");
    feed(terminal, "\xcc\x82");
    feed(terminal, "\xcc\xa3"
                   "x");
    feed(terminal, "\033]0;e\xcc\x81\007"
                   "y");
    assert_text(terminal, "123456789o\xcc\x82\xcc\xa3\nxy\n");
    terminal_free(terminal);
}

static void the_mouse_is_reported_as_the_program_asked(void **state)
{
    (void)state;
    static const struct {
        const char *asks;
        struct mouse mouse;
        const char *sends; /* NULL: the program does not want it */
    } table[] = {
        {"", {MOUSE_PRESS, 1, 2, 4, false, false, false}, NULL},
        {"\033[?1000h", {MOUSE_PRESS, 1, 2, 4, false, false, false}, "\033[M %#"},
        {"\033[?1000h", {MOUSE_RELEASE, 1, 2, 4, false, false, false}, "\033[M#%#"},
        {"\033[?1000h", {MOUSE_DRAG, 1, 2, 4, false, false, false}, NULL},
        {"\033[?1000h\033[?1006h", {MOUSE_PRESS, 3, 2, 4, false, false, true}, "\033[<18;5;3M"},
        {"\033[?1000;1006h", {MOUSE_RELEASE, 3, 2, 4, false, false, false}, "\033[<2;5;3m"},
        {"\033[?1002;1006h", {MOUSE_DRAG, 1, 2, 4, false, false, false}, "\033[<32;5;3M"},
        {"\033[?1002;1006h", {MOUSE_DRAG, 4, 2, 4, false, false, false}, NULL},
        {"\033[?1003;1006h", {MOUSE_DRAG, 4, 2, 4, false, false, false}, "\033[<35;5;3M"},
        {"\033[?1000;1006h", {MOUSE_WHEEL_UP, 0, 2, 4, false, false, false}, "\033[<64;5;3M"},
        {"\033[?1000;1006h", {MOUSE_WHEEL_DOWN, 0, 99, 400, false, false, false}, "\033[<65;20;3M"}, /* the terminal is 20x3 */
        {"\033[?1000;1006h\033[?1000l", {MOUSE_PRESS, 1, 2, 4, false, false, false}, NULL},
        {"\033[?1000;1006h\033c", {MOUSE_PRESS, 1, 2, 4, false, false, false}, NULL},
        {"\033[?9h", {MOUSE_RELEASE, 1, 2, 4, false, false, false}, NULL},
        {"\033[1000h", {MOUSE_PRESS, 1, 2, 4, false, false, false}, NULL},   /* not a private mode */
        {"\033[?1000$p", {MOUSE_PRESS, 1, 2, 4, false, false, false}, NULL}, /* a question only */
        {"\033[?10\030"
         "00h",
         {MOUSE_PRESS, 1, 2, 4, false, false, false},
         NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct terminal *terminal = fresh(20, 3);
        for (const char *at = table[i].asks; *at; at++) /* also when it comes in pieces */
            terminal_feed(terminal, at, 1);
        buf_free(&replies);
        assert_int_equal(terminal_mouse(terminal, &table[i].mouse), table[i].sends != NULL);
        assert_string_equal(replies.data ? replies.data : "", table[i].sends ? table[i].sends : "");
        terminal_free(terminal);
    }
}

static void what_is_pasted_is_marked_when_asked_for_and_holds_no_keys(void **state)
{
    (void)state;
    struct terminal *terminal = fresh(20, 3);
    terminal_paste(terminal, "one\ntwo\003\033[201~rm");
    assert_string_equal(replies.data, "one\rtwo[201~rm");
    buf_free(&replies);
    feed(terminal, "\033[?2004h");
    terminal_paste(terminal, "one\033[201~\n");
    assert_string_equal(replies.data, "\033[200~one[201~\r\033[201~");
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
        cmocka_unit_test(history_is_given_from_its_oldest_row_to_the_screen),
        cmocka_unit_test(wide_and_combining_characters_keep_their_cells),
        cmocka_unit_test(the_mouse_is_reported_as_the_program_asked),
        cmocka_unit_test(what_is_pasted_is_marked_when_asked_for_and_holds_no_keys),
        cmocka_unit_test(a_flood_of_rubbish_changes_nothing_but_cells),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    buf_free(&replies);
    return failed;
}
