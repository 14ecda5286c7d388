/* libtsm behind our interface. Its cursor is hidden while cells are read, because ours is the real one; colours beyond sixteen come
 * as RGB from it and are matched to the 256 that terminals share. */
#include "tui/terminal.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/palette.h"

#include <libtsm.h>
#include <stdio.h>
#include <string.h>

struct terminal {
    struct tsm_screen *screen;
    struct tsm_vte *vte;
    terminal_reply reply;
    void *data;
    int columns, rows, scrolled;
};

static void on_write(struct tsm_vte *vte, const char *bytes, size_t len, void *data)
{
    struct terminal *terminal = data;
    (void)vte;
    if (terminal->reply)
        terminal->reply(terminal->data, bytes, len);
}

static int no_less(int value, int least) { return value < least ? least : value > 500 ? 500 : value; }

struct terminal *terminal_new(int columns, int rows, terminal_reply reply, void *data)
{
    struct terminal *terminal = xcalloc(1, sizeof *terminal);
    terminal->reply = reply;
    terminal->data = data;
    if (tsm_screen_new(&terminal->screen, NULL, NULL) < 0 ||
        tsm_vte_new(&terminal->vte, terminal->screen, on_write, terminal, NULL, NULL) < 0)
        xmalloc((size_t)-1); /* only memory can be missing: ends with the usual message */
    tsm_screen_set_max_sb(terminal->screen, TERMINAL_SCROLLBACK);
    terminal_resize(terminal, columns, rows);
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (!terminal)
        return;
    tsm_vte_unref(terminal->vte);
    tsm_screen_clear_sb(terminal->screen); /* its lines are not freed with the screen */
    tsm_screen_unref(terminal->screen);
    free(terminal);
}

void terminal_feed(struct terminal *terminal, const char *bytes, size_t len) { tsm_vte_input(terminal->vte, bytes, len); }

/* When a screen loses rows, libtsm scrolls by all of them, also where the lower ones are blank, and the text is gone from sight.
 * Text above the cursor is first moved down by what is too much, so that only blanks scroll away. */
static void keep_text(struct terminal *terminal, int rows)
{
    int lost = terminal->rows - rows, cursor = (int)tsm_screen_get_cursor_y(terminal->screen);
    int needed = cursor >= rows ? cursor - rows + 1 : 0, spare = lost - needed;
    if (lost <= 0 || spare <= 0)
        return;
    tsm_screen_set_margins(terminal->screen, 0, 0);
    tsm_screen_scroll_down(terminal->screen, (unsigned)spare);
    tsm_screen_move_to(terminal->screen, tsm_screen_get_cursor_x(terminal->screen), (unsigned)(cursor + spare));
}

void terminal_resize(struct terminal *terminal, int columns, int rows)
{
    columns = no_less(columns, TERMINAL_MIN_COLUMNS);
    rows = no_less(rows, TERMINAL_MIN_ROWS);
    if (columns == terminal->columns && rows == terminal->rows)
        return;
    keep_text(terminal, rows);
    terminal->columns = columns;
    terminal->rows = rows;
    tsm_screen_resize(terminal->screen, (unsigned)columns, (unsigned)rows);
}

void terminal_size(const struct terminal *terminal, int *columns, int *rows)
{
    *columns = terminal->columns;
    *rows = terminal->rows;
}

/* What screen-256color promises for keys that are not characters. Arrows depend on the cursor key mode, which the emulator knows.
 */
static const struct {
    keycode key;
    const char *sends;
} special[] = {
    {K_HOME, "\033[1~"},
    {K_END, "\033[4~"},
    {K_INSERT, "\033[2~"},
    {K_DELETE, "\033[3~"},
    {K_PAGE_UP, "\033[5~"},
    {K_PAGE_DOWN, "\033[6~"},
    {K_SHIFT_TAB, "\033[Z"},
    {K_F1, "\033OP"},
    {K_F1 + 1, "\033OQ"},
    {K_F1 + 2, "\033OR"},
    {K_F1 + 3, "\033OS"},
    {K_F1 + 4, "\033[15~"},
    {K_F1 + 5, "\033[17~"},
    {K_F1 + 6, "\033[18~"},
    {K_F1 + 7, "\033[19~"},
    {K_F1 + 8, "\033[20~"},
    {K_F1 + 9, "\033[21~"},
    {K_F1 + 10, "\033[23~"},
    {K_F1 + 11, "\033[24~"},
    {K_SHIFT_PAGE_UP, "\033[5;2~"},
    {K_SHIFT_PAGE_DOWN, "\033[6;2~"},
};

enum { XKB_LEFT = 0xff51, XKB_UP, XKB_RIGHT, XKB_DOWN };

void terminal_key(struct terminal *terminal, keycode key)
{
    if (terminal->scrolled)
        terminal_scroll(terminal, 0);
    bool alt = key & K_ALT;
    key &= ~(keycode)K_ALT;
    static const uint32_t arrows[] = {
        [K_UP - K_BASE] = XKB_UP, [K_DOWN - K_BASE] = XKB_DOWN, [K_LEFT - K_BASE] = XKB_LEFT, [K_RIGHT - K_BASE] = XKB_RIGHT};
    if (key >= K_UP && key <= K_RIGHT) {
        tsm_vte_handle_keyboard(terminal->vte, arrows[key - K_BASE], TSM_VTE_INVALID, alt ? TSM_ALT_MASK : 0, TSM_VTE_INVALID);
        return;
    }
    char out[24] = "";
    size_t len = 0;
    if (alt)
        out[len++] = '\033';
    if (key < K_BASE) {
        len += tsm_ucs4_to_utf8(key, out + len);
    } else if (key >= K_MODIFIED && key <= K_MODIFIED_LAST) {
        int index = (int)(key - K_MODIFIED);
        len += (size_t)snprintf(out + len, sizeof out - len, "\033[1;%d%c", index / 6 + 2, "ABCDHF"[index % 6]);
    } else {
        for (size_t i = 0; i < ARRAY_LEN(special); i++)
            if (special[i].key == key)
                len += (size_t)snprintf(out + len, sizeof out - len, "%s", special[i].sends);
    }
    if (len > (alt ? 1u : 0u))
        on_write(terminal->vte, out, len, terminal);
}

void terminal_scroll(struct terminal *terminal, int lines)
{
    if (lines > 0) {
        terminal->scrolled += lines;
        tsm_screen_sb_up(terminal->screen, (unsigned)lines);
    } else if (lines < 0) {
        terminal->scrolled = terminal->scrolled + lines < 0 ? 0 : terminal->scrolled + lines;
        tsm_screen_sb_down(terminal->screen, (unsigned)-lines);
    }
    if (lines == 0 || terminal->scrolled == 0) {
        terminal->scrolled = 0;
        tsm_screen_sb_reset(terminal->screen);
    }
}

bool terminal_scrolled(const struct terminal *terminal) { return terminal->scrolled > 0; }

/* The nearest of the 6x6x6 cube or the greys. */
static int match_colour(uint8_t red, uint8_t green, uint8_t blue)
{
    static const int steps[] = {0, 95, 135, 175, 215, 255};
    int best[3], distance = 0;
    const uint8_t want[3] = {red, green, blue};
    for (int part = 0; part < 3; part++) {
        best[part] = 0;
        for (int i = 1; i < 6; i++)
            if (abs(steps[i] - want[part]) < abs(steps[best[part]] - want[part]))
                best[part] = i;
        int off = steps[best[part]] - want[part];
        distance += off * off;
    }
    int level = ((red + green + blue) / 3 - 8 + 5) / 10;
    level = level < 0 ? 0 : level > 23 ? 23 : level;
    int grey = 8 + level * 10, grey_distance = 0;
    for (int part = 0; part < 3; part++)
        grey_distance += (grey - want[part]) * (grey - want[part]);
    return grey_distance < distance ? 232 + level : 16 + 36 * best[0] + 6 * best[1] + best[2];
}

struct reading {
    terminal_show show;
    void *data;
};

static int on_cell(struct tsm_screen *screen, uint64_t id, const uint32_t *signs, size_t len, unsigned width, unsigned x,
                   unsigned y, const struct tsm_screen_attr *attr, tsm_age_t age, void *data)
{
    (void)screen, (void)id, (void)age;
    struct reading *reading = data;
    if (width == 0)
        return 0; /* the second half of a wide character */
    struct terminal_cell cell = {.width = width, .count = (unsigned)(len < ARRAY_LEN(cell.signs) ? len : ARRAY_LEN(cell.signs))};
    for (unsigned i = 0; i < cell.count; i++)
        cell.signs[i] = signs[i];
    int fg = attr->fccode, bg = attr->bccode;
    cell.foreground = fg < 0 ? match_colour(attr->fr, attr->fg, attr->fb) : fg >= TSM_COLOR_FOREGROUND ? -1 : fg;
    cell.background = bg < 0 ? match_colour(attr->br, attr->bg, attr->bb) : bg >= TSM_COLOR_FOREGROUND ? -1 : bg;
    cell.look = (attr->bold ? LOOK_BOLD : 0u) | (attr->underline ? LOOK_UNDERLINE : 0u) | (attr->inverse ? LOOK_REVERSE : 0u);
    reading->show(reading->data, (int)y, (int)x, &cell);
    return 0;
}

void terminal_draw(struct terminal *terminal, terminal_show show, void *data)
{
    bool hidden = tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_HIDE_CURSOR;
    tsm_screen_set_flags(terminal->screen, TSM_SCREEN_HIDE_CURSOR);
    struct reading reading = {show, data};
    tsm_screen_draw(terminal->screen, on_cell, &reading);
    if (!hidden)
        tsm_screen_reset_flags(terminal->screen, TSM_SCREEN_HIDE_CURSOR);
}

bool terminal_cursor(const struct terminal *terminal, int *y, int *x)
{
    *y = (int)tsm_screen_get_cursor_y(terminal->screen);
    *x = (int)tsm_screen_get_cursor_x(terminal->screen);
    if (*x >= terminal->columns)
        *x = terminal->columns - 1;
    return !terminal->scrolled && !(tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_HIDE_CURSOR);
}

struct text_rows {
    struct buf *rows;
    int count;
};

static void add_text(void *data, int y, int x, const struct terminal_cell *cell)
{
    struct text_rows *text = data;
    (void)x;
    if (y >= text->count)
        return;
    char out[8];
    if (cell->count == 0 || cell->signs[0] == 0)
        buf_putc(&text->rows[y], ' ');
    for (unsigned i = 0; i < cell->count && cell->signs[0]; i++)
        buf_add(&text->rows[y], out, tsm_ucs4_to_utf8(cell->signs[i], out));
}

char *terminal_text(struct terminal *terminal)
{
    struct text_rows text = {xcalloc((size_t)terminal->rows, sizeof(struct buf)), terminal->rows};
    terminal_draw(terminal, add_text, &text);
    struct buf all = BUF_INIT;
    for (int y = 0; y < terminal->rows; y++) {
        while (text.rows[y].len && text.rows[y].data[text.rows[y].len - 1] == ' ')
            text.rows[y].len--;
        buf_add(&all, text.rows[y].data, text.rows[y].len);
        buf_putc(&all, '\n');
        buf_free(&text.rows[y]);
    }
    free(text.rows);
    return buf_take(&all);
}
