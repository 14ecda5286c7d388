/* libtsm behind our interface. Its cursor is hidden while cells are read, because ours is the real one; colours beyond sixteen come
 * as RGB from it and are matched to the 256 that terminals share. */
#include "tui/terminal.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/combine.h"
#include "tui/modes.h"
#include "tui/palette.h"

#include <libtsm.h>
#include <stdio.h>
#include <string.h>

struct terminal {
    struct tsm_screen *screen;
    struct tsm_vte *vte;
    terminal_reply reply;
    void *data;
    int columns, rows;
    struct modes modes;
    struct combine combine;
};

enum { FIRST_MARK = 0x300 };

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
        xmalloc((size_t)-1);                  /* only memory can be missing: ends with the usual message */
    terminal_resize(terminal, columns, rows); /* gives it a history too */
    return terminal;
}

void terminal_free(struct terminal *terminal)
{
    if (!terminal)
        return;
    tsm_vte_unref(terminal->vte);
    tsm_screen_clear_sb(terminal->screen); /* its lines are not freed with the screen */
    tsm_screen_unref(terminal->screen);
    combine_free(&terminal->combine);
    free(terminal);
}

/* Write what stands for the last character and its mark over that character. Not where inserting would move the rest, and not over
 * wide ones: their marks are dropped. */
static void add_mark(struct terminal *terminal, uint32_t mark)
{
    uint32_t base = terminal->combine.last;
    unsigned x = tsm_screen_get_cursor_x(terminal->screen);
    if (!base || x == 0 || tsm_ucs4_get_width(base) != 1 || tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_INSERT_MODE)
        return;
    uint32_t both = combine_with(&terminal->combine, base, mark);
    if (!both || both == base)
        return;
    char bytes[8];
    tsm_screen_move_left(terminal->screen, 1);
    if (x >= (unsigned)terminal->columns) /* it stood in the last column and the cursor behind that */
        tsm_screen_move_right(terminal->screen, 1);
    tsm_vte_input(terminal->vte, bytes, tsm_ucs4_to_utf8(both, bytes));
    terminal->combine.last = both;
}

void terminal_feed(struct terminal *terminal, const char *bytes, size_t len)
{
    size_t done = 0;
    for (size_t i = 0; i < len; i++) {
        bool text = terminal->modes.state == MODES_GROUND;
        modes_feed(&terminal->modes, bytes + i, 1);
        uint32_t code = combine_byte(&terminal->combine, (unsigned char)bytes[i], text && terminal->modes.state == MODES_GROUND);
        if (code >= FIRST_MARK && tsm_ucs4_get_width(code) == 0) {
            tsm_vte_input(terminal->vte, bytes + done, i + 1 - done); /* the mark itself has no effect in there */
            done = i + 1;
            add_mark(terminal, code);
        } else if (code) {
            terminal->combine.last = code;
        }
    }
    tsm_vte_input(terminal->vte, bytes + done, len - done);
}

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

static int history_lines(struct tsm_screen *screen);

void terminal_resize(struct terminal *terminal, int columns, int rows)
{
    columns = no_less(columns, TERMINAL_MIN_COLUMNS);
    rows = no_less(rows, TERMINAL_MIN_ROWS);
    if (columns == terminal->columns && rows == terminal->rows)
        return;
    /* The rows that scroll away would be a history of blanks where there is none yet. */
    bool blanks =
        rows < terminal->rows && (int)tsm_screen_get_cursor_y(terminal->screen) < rows && !history_lines(terminal->screen);
    keep_text(terminal, rows);
    terminal->columns = columns;
    terminal->rows = rows;
    if (blanks)
        tsm_screen_set_max_sb(terminal->screen, 0);
    tsm_screen_resize(terminal->screen, (unsigned)columns, (unsigned)rows);
    tsm_screen_set_max_sb(terminal->screen, TERMINAL_SCROLLBACK);
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

bool terminal_mouse(struct terminal *terminal, const struct mouse *mouse)
{
    char report[MODES_REPORT];
    struct mouse inside = *mouse;
    inside.y = inside.y >= terminal->rows ? terminal->rows - 1 : inside.y;
    inside.x = inside.x >= terminal->columns ? terminal->columns - 1 : inside.x;
    size_t len = modes_report(&terminal->modes, &inside, report);
    if (len)
        on_write(terminal->vte, report, len, terminal);
    return modes_want(&terminal->modes, mouse);
}

bool terminal_wants_mouse(const struct terminal *terminal) { return terminal->modes.mouse != MOUSE_OFF; }
bool terminal_wants_motion(const struct terminal *terminal) { return terminal->modes.mouse == MOUSE_MOTION; }
bool terminal_alternate(const struct terminal *terminal) { return tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_ALTERNATE; }

void terminal_paste_mark(struct terminal *terminal, bool begin)
{
    if (terminal->modes.paste)
        on_write(terminal->vte, begin ? "\033[200~" : "\033[201~", 6, terminal);
}

/* Control characters would act as keys; an ESC could end the paste early and the rest would be typed. */
void terminal_paste(struct terminal *terminal, const char *text)
{
    struct buf bytes = BUF_INIT;
    for (; *text; text++)
        if (*text == '\n' || *text == '\r')
            buf_putc(&bytes, '\r');
        else if (*text == '\t' || ((unsigned char)*text >= 0x20 && *text != 0x7f))
            buf_putc(&bytes, *text);
    terminal_paste_mark(terminal, true);
    if (bytes.len)
        on_write(terminal->vte, bytes.data, bytes.len, terminal);
    terminal_paste_mark(terminal, false);
    buf_free(&bytes);
}

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
    const struct combine *combine;
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
    const uint32_t *both = cell.count == 1 ? combine_signs(reading->combine, signs[0]) : NULL;
    if (both) {
        memcpy(cell.signs, both, sizeof cell.signs);
        cell.count = ARRAY_LEN(cell.signs);
    }
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
    struct reading reading = {show, data, &terminal->combine};
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
    return !(tsm_screen_get_flags(terminal->screen) & TSM_SCREEN_HIDE_CURSOR);
}

/* How far back the history goes, which libtsm does not tell: its oldest line is marked as selected, which turns its first cell's
 * colours around, and the view is moved until that cell is in the first row. */
static int first_inverse(struct tsm_screen *screen, uint64_t id, const uint32_t *signs, size_t len, unsigned width, unsigned x,
                         unsigned y, const struct tsm_screen_attr *attr, tsm_age_t age, void *data)
{
    (void)screen, (void)id, (void)signs, (void)len, (void)width, (void)age;
    if (x == 0 && y == 0)
        *(int *)data = attr->inverse;
    return 0;
}

static void look_back(struct tsm_screen *screen, int lines)
{
    tsm_screen_sb_reset(screen);
    if (lines > 0)
        tsm_screen_sb_up(screen, (unsigned)lines);
}

static bool reaches_oldest(struct tsm_screen *screen, int lines)
{
    int plain = 0, marked = 0;
    look_back(screen, lines);
    tsm_screen_draw(screen, first_inverse, &plain);
    look_back(screen, TERMINAL_SCROLLBACK + 1);
    tsm_screen_selection_start(screen, 0, 0);
    tsm_screen_selection_target(screen, 0, 0);
    look_back(screen, lines);
    tsm_screen_draw(screen, first_inverse, &marked);
    tsm_screen_selection_reset(screen);
    return plain != marked;
}

static int history_lines(struct tsm_screen *screen)
{
    int least = 0, most = TERMINAL_SCROLLBACK;
    while (least < most) {
        int middle = (least + most) / 2;
        if (reaches_oldest(screen, middle))
            most = middle;
        else
            least = middle + 1;
    }
    return least;
}

struct reading_back {
    terminal_show show;
    void *data;
    int from, rows;
};

static void show_back(void *data, int y, int x, const struct terminal_cell *cell)
{
    struct reading_back *back = data;
    if (y < back->rows)
        back->show(back->data, back->from + y, x, cell);
}

int terminal_history(struct terminal *terminal, terminal_show show, void *data)
{
    int lines = history_lines(terminal->screen);
    for (int left = lines; left > 0; left -= terminal->rows) {
        struct reading_back back = {show, data, lines - left, left < terminal->rows ? left : terminal->rows};
        look_back(terminal->screen, left);
        terminal_draw(terminal, show_back, &back);
    }
    tsm_screen_sb_reset(terminal->screen);
    struct reading_back back = {show, data, lines, terminal->rows};
    terminal_draw(terminal, show_back, &back);
    return lines + terminal->rows;
}

void cell_text(const struct terminal_cell *cell, struct buf *text)
{
    char sign[8];
    if (cell->count == 0 || cell->signs[0] == 0)
        buf_putc(text, ' ');
    for (unsigned i = 0; i < cell->count && cell->signs[i]; i++)
        buf_add(text, sign, tsm_ucs4_to_utf8(cell->signs[i], sign));
}

struct text_rows {
    struct buf *rows;
    int count;
};

static void add_text(void *data, int y, int x, const struct terminal_cell *cell)
{
    struct text_rows *text = data;
    (void)x;
    if (y < text->count)
        cell_text(cell, &text->rows[y]);
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
