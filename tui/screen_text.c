/* From cells to runs, and back onto another screen. */
#include "tui/screen_text.h"

#include "base/json.h"
#include "base/memory.h"
#include "tui/scrollback.h"
#include "tui/terminal.h"

#include <string.h>
#include <wchar.h>

struct writing {
    json_t *lines;
    struct buf text; /* of the run that is being written */
    struct terminal_cell like;
    int y, blanks; /* blanks: not written yet; they are only when something follows */
};

static void end_run(struct writing *writing)
{
    if (!writing->text.len)
        return;
    json_t *line = json_array_get(writing->lines, (size_t)writing->y);
    json_array_append_new(line, json_pack("[s#,i,i,i]", writing->text.data, (int)writing->text.len, writing->like.foreground,
                                          writing->like.background, (int)writing->like.look));
    writing->text.len = 0;
}

static bool looks_alike(const struct terminal_cell *a, const struct terminal_cell *b)
{
    return a->foreground == b->foreground && a->background == b->background && a->look == b->look;
}

static void add_cell(void *data, int y, int x, const struct terminal_cell *cell)
{
    struct writing *writing = data;
    (void)x;
    while ((int)json_array_size(writing->lines) <= y) {
        end_run(writing);
        writing->blanks = 0;
        json_array_append_new(writing->lines, json_array());
    }
    writing->y = y;
    if (!cell->width) /* the second half of a wide sign */
        return;
    bool blank = (!cell->count || !cell->signs[0] || cell->signs[0] == ' ') && cell->background < 0 &&
                 !(cell->look & (LOOK_REVERSE | LOOK_UNDERLINE));
    if (blank) {
        writing->blanks++;
        return;
    }
    for (; writing->blanks; writing->blanks--)
        buf_putc(&writing->text, ' '); /* as part of the run before, whose ground is not seen to differ */
    if (writing->text.len && !looks_alike(&writing->like, cell))
        end_run(writing);
    writing->like = *cell;
    cell_text(cell, &writing->text);
}

json_t *screen_text(struct terminal *terminal)
{
    struct writing writing = {.lines = json_array(), .like = {.foreground = -1, .background = -1}};
    int columns, rows, y, x;
    terminal_size(terminal, &columns, &rows);
    terminal_draw(terminal, add_cell, &writing);
    end_run(&writing);
    buf_free(&writing.text);
    json_t *screen = json_pack("{s:i,s:i,s:o}", "columns", columns, "rows", rows, "lines", writing.lines);
    if (terminal_cursor(terminal, &y, &x))
        json_object_set_new(screen, "cursor", json_pack("[i,i]", y, x));
    return screen;
}

/* --- drawing --- */

static int colour_of(const json_t *run, size_t at)
{
    json_int_t value = json_integer_value(json_array_get(run, at));
    return value < -1 || value > 255 ? -1 : (int)value;
}

static int draw_run(const json_t *run, struct area area, int y, int x)
{
    const char *text = json_string_value(json_array_get(run, 0));
    struct terminal_cell cell = {.count = 1,
                                 .foreground = colour_of(run, 1),
                                 .background = colour_of(run, 2),
                                 .look = (unsigned)json_integer_value(json_array_get(run, 3)) & 15};
    if (!text)
        return x;
    for (uint32_t sign; (sign = utf8_next(&text));) {
        int width = wcwidth((wchar_t)sign);
        if (width == 0) /* combines with the one before; left out rather than guessed */
            continue;
        cell.signs[0] = sign;
        cell.width = width < 1 ? 1 : (unsigned)width;
        if (x >= 0)
            cell_draw(area, y, x, &cell, 0);
        x += (int)cell.width;
    }
    return x;
}

void screen_text_draw(const json_t *screen, struct area area)
{
    const json_t *lines = json_object_get(screen, "lines"), *cursor = json_object_get(screen, "cursor"), *run;
    int count = (int)json_array_size(lines), at = (int)json_integer_value(json_array_get(cursor, 0));
    int top = count <= area.h ? 0 : at >= area.h ? at - area.h + 1 : 0;
    for (int y = 0; y < area.h && top + y < count; y++) {
        size_t i;
        int x = 0;
        json_array_foreach(json_array_get(lines, (size_t)(top + y)), i, run) { x = draw_run(run, area, y, x); }
    }
    int y = at - top, x = (int)json_integer_value(json_array_get(cursor, 1));
    if (cursor && y >= 0 && y < area.h && x >= 0 && x < area.w)
        put(area, y, x, S_SELECT, " ");
}
