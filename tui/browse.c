/* Ordering, marking and drawing rows. */
#include "tui/browse.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"

#include <stdlib.h>
#include <string.h>

void browse_open(struct browse *browse, const struct browse_column *columns, int count, int sort)
{
    *browse = (struct browse){.columns = columns, .column_count = count, .sort = sort, .marks = json_object()};
    browse->rows = json_array();
}

void browse_close(struct browse *browse)
{
    json_decref(browse->rows);
    json_decref(browse->marks);
    free(browse->order);
    *browse = (struct browse){0};
}

static const char *id_of(const json_t *row) { return json_str(row, "id", ""); }

/* What a cell shows. */
static const char *cell_text(const struct browse_column *column, const json_t *row, char *out)
{
    json_t *value = json_object_get(row, column->key);
    if (!json_is_integer(value))
        return str_or(json_string_value(value), "-");
    if (column->text)
        return str_or(column->text(json_integer_value(value), out), "-");
    snprintf(out, UNITS_TEXT, "%lld", (long long)json_integer_value(value));
    return out;
}

/* By all that its columns show. */
static bool is_wanted(const struct browse *browse, const json_t *row)
{
    cleanup_buf struct buf text = BUF_INIT;
    char cell[UNITS_TEXT];
    if (!browse->filter.edit.text[0])
        return true;
    for (int i = 0; i < browse->column_count; i++)
        if (browse->columns[i].key)
            buf_printf(&text, "%s\n", cell_text(&browse->columns[i], row, cell));
    return filter_match(&browse->filter, text.data, NULL);
}

static int compare_values(const json_t *a, const json_t *b)
{
    if (json_is_number(a) || json_is_number(b)) {
        double x = json_is_number(a) ? json_number_value(a) : -1, y = json_is_number(b) ? json_number_value(b) : -1;
        return x < y ? -1 : x > y;
    }
    return strcasecmp(str_or(json_string_value(a), ""), str_or(json_string_value(b), ""));
}

/* Equal ones keep the order of their ids, so that no refresh swaps them. */
static int compare_rows(const void *left, const void *right, void *data)
{
    const struct browse *browse = data;
    const struct browse_column *column = &browse->columns[browse->sort];
    const json_t *a = json_array_get(browse->rows, *(const size_t *)left),
                 *b = json_array_get(browse->rows, *(const size_t *)right);
    int order = compare_values(json_object_get(a, column->key), json_object_get(b, column->key));
    if (order)
        return column->from_most != browse->reversed ? -order : order;
    return strcmp(id_of(a), id_of(b));
}

static void arrange(struct browse *browse);

static void follow_selection(struct browse *browse)
{
    for (int i = 0; i < browse->shown; i++)
        if (str_equal(id_of(browse_row(browse, i)), browse->selected))
            browse->list.selected = i;
    if (browse->list.selected >= browse->shown)
        browse->list.selected = browse->shown ? browse->shown - 1 : 0;
    browse_selected(browse);
}

static void arrange(struct browse *browse)
{
    size_t index, total = json_array_size(browse->rows);
    json_t *row;
    browse->order = xrealloc(browse->order, (total ? total : 1) * sizeof *browse->order);
    browse->shown = 0;
    copy_text(browse->filtered, sizeof browse->filtered, browse->filter.edit.text);
    json_array_foreach(browse->rows, index, row)
    {
        if (is_wanted(browse, row))
            browse->order[browse->shown++] = index;
    }
    if (browse->sort >= 0)
        qsort_r(browse->order, (size_t)browse->shown, sizeof *browse->order, compare_rows, browse);
    follow_selection(browse);
}

static void drop_marks(struct browse *browse)
{
    cleanup_json json_t *kept = json_object();
    size_t index;
    json_t *row;
    json_array_foreach(browse->rows, index, row)
    {
        if (browse_marked(browse, row))
            json_object_set_new(kept, id_of(row), json_true());
    }
    json_decref(browse->marks);
    browse->marks = json_incref(kept);
}

void browse_take(struct browse *browse, json_t *rows)
{
    json_incref(rows);
    json_decref(browse->rows);
    browse->rows = rows;
    drop_marks(browse);
    arrange(browse);
}

/* The filter is written by the app, between two drawings. */
static void follow_filter(struct browse *browse)
{
    if (!str_equal(browse->filtered, browse->filter.edit.text))
        arrange(browse);
}

json_t *browse_row(const struct browse *browse, int shown)
{
    return shown >= 0 && shown < browse->shown ? json_array_get(browse->rows, browse->order[shown]) : NULL;
}

json_t *browse_selected(struct browse *browse)
{
    follow_filter(browse);
    json_t *row = browse_row(browse, browse->list.selected);
    if (row)
        copy_text(browse->selected, sizeof browse->selected, id_of(row));
    return row;
}

bool browse_marked(const struct browse *browse, const json_t *row) { return json_object_get(browse->marks, id_of(row)) != NULL; }

static void set_mark(struct browse *browse, const json_t *row, bool on)
{
    if (on)
        json_object_set_new(browse->marks, id_of(row), json_true());
    else
        json_object_del(browse->marks, id_of(row));
}

void browse_mark(struct browse *browse)
{
    json_t *row = browse_selected(browse);
    if (!row)
        return;
    set_mark(browse, row, !browse_marked(browse, row));
    if (browse->list.selected + 1 < browse->shown)
        browse->list.selected++;
    browse_selected(browse);
}

void browse_mark_all(struct browse *browse)
{
    follow_filter(browse);
    bool all = true;
    for (int i = 0; i < browse->shown; i++)
        all = all && browse_marked(browse, browse_row(browse, i));
    for (int i = 0; i < browse->shown; i++)
        set_mark(browse, browse_row(browse, i), !all);
}

json_t *browse_chosen(struct browse *browse)
{
    json_t *chosen = json_array(), *row;
    size_t index;
    json_array_foreach(browse->rows, index, row)
    {
        if (browse_marked(browse, row))
            json_array_append(chosen, row);
    }
    if (json_array_size(chosen) == 0 && (row = browse_selected(browse)))
        json_array_append(chosen, row);
    return chosen;
}

void browse_sort(struct browse *browse, int column)
{
    browse->reversed = column == browse->sort && !browse->reversed;
    browse->sort = column;
    arrange(browse);
}

void browse_sort_next(struct browse *browse)
{
    do
        browse->sort = (browse->sort + 1) % browse->column_count;
    while (!browse->columns[browse->sort].key);
    browse->reversed = false;
    arrange(browse);
}

bool browse_key(struct browse *browse, keycode key)
{
    follow_filter(browse);
    if (!list_key(&browse->list, key, browse->shown))
        return false;
    browse_selected(browse);
    return true;
}

/* The column that orders the rows: ▲ from the least, ▼ from the greatest. */
static void draw_order(const struct browse *browse, const struct table *table, struct area area)
{
    const struct browse_column *column = &browse->columns[browse->sort];
    int width = table->width[browse->sort], x = table->x[browse->sort];
    if (width <= 0)
        return;
    table_cell(table, area, 0, browse->sort, S_ACCENT, column->look.title);
    x += column->look.right ? width : text_width(column->look.title);
    put(area, 0, x, S_ACCENT, glyph(column->from_most != browse->reversed ? G_DOWN : G_UP));
}

static void draw_row(const struct browse *browse, const struct table *table, struct area area, int y, int shown)
{
    const json_t *row = browse_row(browse, shown);
    bool on = list_selected(&browse->list, shown), marked = browse_marked(browse, row);
    enum style style = table_row(area, y, on);
    char cell[UNITS_TEXT];
    if (marked) /* before the cells, which leave the place alone */
        put(area, y, 1, on ? style : S_CHANGED, glyph(G_CHECK));
    if (browse->draw) {
        browse->draw(browse->data, table, area, y, row, on);
        return;
    }
    for (int i = 0; i < browse->column_count; i++) {
        enum style own = i == 0 ? S_STRONG : marked ? S_CHANGED : S_TEXT;
        table_cell(table, area, y, i, on ? style : own, cell_text(&browse->columns[i], row, cell));
    }
}

void browse_draw(struct browse *browse, struct area area)
{
    follow_filter(browse);
    struct column looks[COLUMNS_MAX];
    int count = browse->column_count < COLUMNS_MAX ? browse->column_count : COLUMNS_MAX;
    for (int i = 0; i < count; i++)
        looks[i] = browse->columns[i].look;
    struct area wide = {area.y, area.x - 1, area.h, area.w + 2};
    struct table table = table_begin(wide, looks, count);
    table.columns = looks;
    if (browse->sort >= 0)
        draw_order(browse, &table, wide);
    struct area body = area_rows(wide, 1, wide.h);
    int top = list_fit(&browse->list, body, browse->shown);
    for (int y = 0; y < body.h && top + y < browse->shown; y++)
        draw_row(browse, &table, body, y, top + y);
}

void browse_note(const struct browse *browse, char *out, size_t room)
{
    size_t total = json_array_size(browse->rows), marked = json_object_size(browse->marks);
    int used =
        browse->filter.edit.text[0] ? snprintf(out, room, "%d of %zu", browse->shown, total) : snprintf(out, room, "%zu", total);
    if (marked && used > 0 && (size_t)used < room)
        snprintf(out + used, room - (size_t)used, ", %zu marked", marked);
}
