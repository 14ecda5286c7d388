/* Lists and tables. */
#include "tui/list.h"

#include "base/strings.h"
#include "tui/action.h"
#include "tui/hit.h"

#include <stdarg.h>
#include <string.h>

/* The place from 0 to `last` that a motion leads to from `*at`; false when it is none. */
static bool move(int *at, enum motion motion, int page, int last)
{
    const int to[] = {[MOVE_NONE] = *at,           [MOVE_DOWN] = *at + 1, [MOVE_UP] = *at - 1, [MOVE_PAGE_DOWN] = *at + page,
                      [MOVE_PAGE_UP] = *at - page, [MOVE_TOP] = 0,        [MOVE_BOTTOM] = last};
    if (motion == MOVE_NONE)
        return false;
    *at = to[motion] > last ? last : to[motion];
    *at = *at < 0 ? 0 : *at;
    return true;
}

/* A page keeps one row of what was on show before. */
static int page_of(int rows) { return rows > 1 ? rows - 1 : 1; }

bool list_key(struct list *list, keycode key, int count)
{
    return move(&list->selected, motion_of(key), page_of(list->rows), count - 1);
}

bool scroll_key(int *top, keycode key, int total, int rows)
{
    return move(top, key == ' ' ? MOVE_PAGE_DOWN : motion_of(key), page_of(rows), total - rows);
}

int list_fit(struct list *list, struct area area, int count)
{
    list->rows = area.h;
    if (list->selected >= count)
        list->selected = count > 0 ? count - 1 : 0;
    if (list->selected < list->top)
        list->top = list->selected;
    if (list->selected >= list->top + area.h)
        list->top = list->selected - area.h + 1;
    if (list->top > count - area.h)
        list->top = count - area.h;
    if (list->top < 0)
        list->top = 0;
    hit_list(area, list, list->top, count);
    if (list->top > 0)
        put(area, 0, area.w - 1, S_DIM, glyph(G_UP));
    if (list->top + area.h < count)
        put(area, area.h - 1, area.w - 1, S_DIM, glyph(G_DOWN));
    return list->top;
}

bool list_selected(const struct list *list, int row) { return list->selected == row; }

int scroll_fit(int *top, struct area area, int total)
{
    int last = total > area.h ? total - area.h : 0;
    *top = *top > last ? last : *top;
    return last;
}

void scroll_marks(struct area area, int top, int last)
{
    if (top > 0)
        put(area, 0, area.w - 1, S_DIM, glyph(G_UP));
    if (top < last)
        put(area, area.h - 1, area.w - 1, S_ACCENT, glyph(G_DOWN));
}

bool filter_on(const struct filter *filter) { return filter->typing || filter->edit.text[0]; }

bool filter_match(const struct filter *filter, const char *text, ...)
{
    char words[EDIT_MAX], *rest = words;
    memcpy(words, filter->edit.text, sizeof words);
    for (char *word; (word = strsep(&rest, " "));) {
        va_list texts;
        va_start(texts, text);
        bool found = false;
        for (const char *at = text; at && !found; at = va_arg(texts, const char *))
            found = strcasestr(at, word) != NULL;
        va_end(texts);
        if (!found)
            return false;
    }
    return true;
}

bool filter_key(struct filter *filter, keycode key)
{
    if (!filter->typing && key == K_ESC && filter->edit.text[0]) {
        edit_set(&filter->edit, "");
        return true;
    }
    if (!filter->typing)
        return false;
    if (key == K_ENTER || key == K_ESC) {
        filter->typing = false;
        if (key == K_ESC)
            edit_set(&filter->edit, "");
        return true;
    }
    return edit_key(&filter->edit, key);
}

struct area filter_draw(const struct filter *filter, struct area area)
{
    if (!filter_on(filter))
        return area;
    const char *hint = filter->typing ? "Enter keeps it, Esc clears it" : "Esc clears it";
    int y = area.h - 1, x = put(area, y, 0, S_KEY, "/");
    x += edit_draw(&filter->edit, area, y, x, area.w - 2, S_STRONG, filter->typing);
    if (x + 3 + text_width(hint) <= area.w)
        put(area, y, x + 3, S_DIM, hint);
    return area_rows(area, 0, area.h - 1);
}

struct table table_begin(struct area area, const struct column *columns, int count)
{
    struct table table = {.columns = columns, .count = count < COLUMNS_MAX ? count : COLUMNS_MAX};
    int used = 0, flexible = -1, gap = area.w < 100 ? 1 : 2;
    for (int i = 0; i < table.count; i++) {
        if (area.w < columns[i].from)
            continue;
        if (columns[i].width == 0)
            flexible = i;
        table.width[i] = columns[i].width;
        used += columns[i].width + gap;
    }
    if (flexible >= 0)
        table.width[flexible] = area.w - 2 - used > 4 ? area.w - 2 - used : 4;
    int x = 2;
    for (int i = 0; i < table.count; i++) {
        table.x[i] = x;
        if (table.width[i])
            x += table.width[i] + gap;
        table_cell(&table, area, 0, i, S_DIM, columns[i].title);
    }
    return table;
}

enum style table_row(struct area area, int y, bool selected)
{
    if (!selected)
        return S_TEXT;
    put_fill(area, y, 0, area.w - 1, S_SELECT);
    put(area, y, 0, S_SELECT, glyph(G_BAR));
    return S_SELECT;
}

void table_cell(const struct table *table, struct area area, int y, int column, enum style style, const char *text)
{
    int width = table->width[column];
    if (width <= 0)
        return;
    int used = text_width(text), x = table->x[column];
    if (table->columns[column].right && used < width)
        x += width - used;
    put_fit(area, y, x, width - (x - table->x[column]), style, text);
}
