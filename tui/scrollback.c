/* The snapshot, moving in it, marking and copying. */
#include "tui/scrollback.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/clipboard.h"
#include "tui/format.h"
#include "tui/outer.h"
#include "tui/scrollback_state.h"

#include <string.h>

enum { WHEEL = 3, CTRL_U = 'u' & 31, CTRL_D = 'd' & 31, CTRL_B = 'b' & 31, CTRL_F = 'f' & 31 };

static bool blank(const struct terminal_cell *cell)
{
    return (cell->count == 0 || cell->signs[0] == 0 || cell->signs[0] == ' ') && cell->background < 0 &&
           !(cell->look & (LOOK_REVERSE | LOOK_UNDERLINE));
}

static void take_cell(void *data, int y, int x, const struct terminal_cell *cell)
{
    struct scrollback *back = data;
    while (y >= back->count) {
        if (back->count == back->room) {
            back->room = back->room ? back->room * 2 : 64;
            back->lines = xrealloc(back->lines, (size_t)back->room * sizeof *back->lines);
        }
        back->lines[back->count++] = (struct back_line){0};
    }
    struct back_line *line = &back->lines[y];
    if (blank(cell) || x < line->count)
        return;
    int end = x + (cell->width > 1 ? 2 : 1);
    line->cells = xrealloc(line->cells, (size_t)end * sizeof *line->cells);
    for (int i = line->count; i < end; i++)
        line->cells[i] = (struct terminal_cell){.width = 1, .foreground = -1, .background = -1};
    line->cells[x] = *cell;
    if (cell->width > 1)
        line->cells[x + 1].width = 0;
    line->count = end;
}

struct scrollback *scrollback_new(struct terminal *terminal)
{
    struct scrollback *back = xcalloc(1, sizeof *back);
    int rows, columns, y, x;
    terminal_history(terminal, take_cell, back);
    terminal_size(terminal, &columns, &rows);
    terminal_cursor(terminal, &y, &x);
    back->rows = rows;
    back->width = columns;
    back->top = back->count - rows > 0 ? back->count - rows : 0;
    back->y = back->top + y < back->count ? back->top + y : back->count - 1;
    back->x = x;
    return back;
}

void scrollback_free(struct scrollback *back)
{
    if (!back)
        return;
    for (int i = 0; i < back->count; i++)
        free(back->lines[i].cells);
    free(back->lines);
    free(back);
}

bool marked(const struct scrollback *back, int y, int x)
{
    if (back->mark == MARK_NONE)
        return false;
    bool after = back->mark_y < back->y || (back->mark_y == back->y && back->mark_x <= back->x);
    int from_y = after ? back->mark_y : back->y, to_y = after ? back->y : back->mark_y;
    int from_x = after ? back->mark_x : back->x, to_x = after ? back->x : back->mark_x;
    if (y < from_y || y > to_y)
        return false;
    return back->mark == MARK_LINES || ((y > from_y || x >= from_x) && (y < to_y || x <= to_x));
}

static char *marked_text(const struct scrollback *back)
{
    struct buf text = BUF_INIT;
    int from = back->mark_y < back->y ? back->mark_y : back->y, to = back->mark_y < back->y ? back->y : back->mark_y;
    for (int y = from; y <= to; y++) {
        size_t start = text.len;
        for (int x = 0; x < back->lines[y].count; x++) {
            const struct terminal_cell *cell = &back->lines[y].cells[x];
            if (!marked(back, y, x) || cell->width == 0)
                continue;
            cell_text(cell, &text);
        }
        while (text.len > start && text.data[text.len - 1] == ' ')
            text.len--;
        if (y < to || back->mark == MARK_LINES)
            buf_putc(&text, '\n');
    }
    return buf_take(&text);
}

static void copy(struct scrollback *back, struct app *app, bool outside)
{
    if (back->mark == MARK_NONE) {
        app_note(app, S_WARN, "nothing is marked: v marks from here, V whole lines");
        return;
    }
    cleanup_free char *text = marked_text(back);
    clipboard_set(text);
    back->mark = MARK_NONE;
    if (!outside)
        app_note(app, S_OK, "%zu bytes copied, for Slipway's terminals", strlen(text));
    else if (!outer_takes_copies())
        app_note(app, S_OK, "%zu bytes copied, for Slipway's terminals; yours takes no copies", strlen(text));
    else if (clipboard_to_outer())
        app_note(app, S_OK, "%zu bytes copied, and offered to your terminal's clipboard (OSC 52)", strlen(text));
    else
        app_note(app, S_WARN, "%zu bytes copied, for Slipway's terminals; too many for your terminal's clipboard (%d)",
                 strlen(text), (int)CLIPBOARD_OUTER_MOST);
}

static void mark_from(struct scrollback *back, enum back_mark mark)
{
    back->mark = back->mark == mark ? MARK_NONE : mark;
    back->mark_y = back->y;
    back->mark_x = back->x;
}

static bool is_word(const struct scrollback *back, int y, int x)
{
    const struct back_line *line = &back->lines[y];
    return x < line->count && (line->cells[x].width == 0 || (line->cells[x].count && line->cells[x].signs[0] > ' '));
}

/* To the first sign of the next word, or of the one before. */
static void by_word(struct scrollback *back, int way)
{
    int x = back->x, y = back->y;
    if (way > 0) {
        while (is_word(back, y, x))
            x++;
        while (x < back->lines[y].count && !is_word(back, y, x))
            x++;
        if (x >= back->lines[y].count && y + 1 < back->count) {
            x = 0;
            y++;
        }
    } else {
        while (x > 0 && !is_word(back, y, x - 1))
            x--;
        if (x == 0 && y > 0) {
            y--;
            x = back->lines[y].count;
        }
        while (x > 0 && is_word(back, y, x - 1))
            x--;
    }
    back->y = y;
    back->x = x;
}

static bool move_key(struct scrollback *back, keycode key)
{
    int page = back->rows > 2 ? back->rows - 1 : 1, last = back->lines[back->y].count - 1;
    static const struct {
        keycode key;
        int y, x, pages, halves;
    } moves[] = {
        {'j', 1, 0, 0, 0},
        {K_DOWN, 1, 0, 0, 0},
        {'k', -1, 0, 0, 0},
        {K_UP, -1, 0, 0, 0},
        {'h', 0, -1, 0, 0},
        {K_LEFT, 0, -1, 0, 0},
        {'l', 0, 1, 0, 0},
        {K_RIGHT, 0, 1, 0, 0},
        {K_PAGE_UP, 0, 0, -1, 0},
        {CTRL_B, 0, 0, -1, 0},
        {K_PAGE_DOWN, 0, 0, 1, 0},
        {CTRL_F, 0, 0, 1, 0},
        {K_SHIFT_PAGE_UP, 0, 0, 0, -1},
        {CTRL_U, 0, 0, 0, -1},
        {K_SHIFT_PAGE_DOWN, 0, 0, 0, 1},
        {CTRL_D, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(moves); i++)
        if (moves[i].key == key) {
            back->y += moves[i].y + moves[i].pages * page + moves[i].halves * ((page + 1) / 2);
            back->x += moves[i].x;
            return true;
        }
    switch (key) {
    case 'g':
        back->y = back->x = 0;
        return true;
    case 'G':
        back->y = back->count - 1;
        return true;
    case '0':
    case K_HOME:
        back->x = 0;
        return true;
    case '$':
    case K_END:
        back->x = last < 0 ? 0 : last;
        return true;
    case 'w':
    case 'b':
        by_word(back, key == 'w' ? 1 : -1);
        return true;
    default:
        return false;
    }
}

static void stay_inside(struct scrollback *back)
{
    back->y = back->y < 0 ? 0 : back->y >= back->count ? back->count - 1 : back->y;
    back->x = back->x < 0 ? 0 : back->x >= back->width ? back->width - 1 : back->x;
    if (back->y < back->top)
        back->top = back->y;
    if (back->y >= back->top + back->rows)
        back->top = back->y - back->rows + 1;
}

static void asking_key(struct scrollback *back, struct app *app, keycode key)
{
    if (key == K_ENTER) {
        back->asking = false;
        if (back->edit.text[0])
            copy_text(back->wanted, sizeof back->wanted, back->edit.text);
        search_next(back, app, back->forward);
        stay_inside(back);
    } else if (key == K_ESC || key == K_CTRL_C || (key == K_BACKSPACE && !back->edit.text[0])) {
        back->asking = false;
    } else {
        edit_key(&back->edit, key);
    }
}

bool scrollback_key(struct scrollback *back, struct app *app, keycode key)
{
    if (back->asking) {
        asking_key(back, app, key);
        return true;
    }
    bool at_end = back->y >= back->count - 1;
    if (key == 'q' || key == K_CTRL_C || (key == K_SHIFT_PAGE_DOWN && at_end && back->mark == MARK_NONE))
        return false;
    if (key == K_ESC && back->mark == MARK_NONE)
        return false;
    if (key == K_ESC) {
        back->mark = MARK_NONE;
    } else if (key == '/' || key == '?') {
        back->asking = true;
        back->forward = key == '/';
        edit_set(&back->edit, "");
    } else if (key == 'n' || key == 'N') {
        search_next(back, app, back->forward == (key == 'n'));
    } else if (key == 'v' || key == ' ' || key == 'V') {
        mark_from(back, key == 'V' ? MARK_LINES : MARK_SIGNS);
    } else if (key == 'y' || key == K_ENTER || key == 'Y') {
        copy(back, app, key == 'Y');
    } else if (!move_key(back, key)) {
        app_note(app, S_DIM, "looking back: q returns to the program");
    }
    stay_inside(back);
    return true;
}

/* The wheel moves the view and takes the cursor along only when it would be left out of sight. */
static bool wheel(struct scrollback *back, int rows)
{
    int last = back->count - back->rows > 0 ? back->count - back->rows : 0;
    if (rows > 0 && back->top >= last && back->mark == MARK_NONE)
        return false;
    back->top = back->top + rows < 0 ? 0 : back->top + rows > last ? last : back->top + rows;
    back->y = back->y < back->top ? back->top : back->y >= back->top + back->rows ? back->top + back->rows - 1 : back->y;
    stay_inside(back);
    return true;
}

bool scrollback_mouse(struct scrollback *back, struct app *app, const struct mouse *mouse)
{
    if (mouse->kind == MOUSE_WHEEL_UP || mouse->kind == MOUSE_WHEEL_DOWN)
        return wheel(back, mouse->kind == MOUSE_WHEEL_UP ? -WHEEL : WHEEL);
    if (mouse->kind == MOUSE_RELEASE && back->mark == MARK_SIGNS && mouse->button == 1)
        copy(back, app, false);
    if (mouse->button != 1 || mouse->kind == MOUSE_RELEASE)
        return true;
    if (mouse->kind == MOUSE_PRESS)
        back->mark = MARK_NONE;
    else if (back->mark == MARK_NONE)
        mark_from(back, MARK_SIGNS);
    back->y = back->top + mouse->y;
    back->x = mouse->x;
    stay_inside(back);
    return true;
}
