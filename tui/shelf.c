/* The table of a shelf and its keys. */
#include "tui/shelf.h"

#include "base/strings.h"
#include "tui/app.h"

#include <stdio.h>

enum { C_STATE, C_TITLE, C_PARTS, C_MINUTES, C_DOMAIN, C_COUNT };
enum { TABLE_LEAST = 6, SHELF_MAX = 256 };

static void draw_state(const struct table *table, struct area area, int y, bool on, bool done, bool begun)
{
    enum style style = done ? S_OK : begun ? S_WARN : S_DIM;
    enum glyph mark = done ? G_CHECK : begun ? G_PAUSE : G_RING;
    table_cell(table, area, y, C_STATE, on ? S_SELECT : style, glyph(mark));
}

static void draw_row(struct app *app, const struct table *table, struct area area, int y, const char *kind,
                     const struct shelf_item *item, bool on)
{
    enum style row = table_row(area, y, on);
    bool done = model_done(app, kind, item->slug);
    int step = model_step(app, kind, item->slug);
    char text[48];
    draw_state(table, area, y, on, done, step != 0);
    table_cell(table, area, y, C_TITLE, on ? row : S_STRONG, item->title);
    if (step && !done)
        snprintf(text, sizeof text, "%d of %zu", step, item->parts);
    else
        snprintf(text, sizeof text, "%zu", item->parts);
    table_cell(table, area, y, C_PARTS, row, text);
    snprintf(text, sizeof text, "%d", item->minutes);
    table_cell(table, area, y, C_MINUTES, row, text);
    table_cell(table, area, y, C_DOMAIN, on ? row : S_DIM, str_or(item->domain, ""));
}

static void draw_nothing(struct area area, const struct shelf *shelf, const struct library *books)
{
    if (books->error[0])
        put_fit(area, 0, 0, area.w, S_WARN, books->error);
    else
        putf(area, 0, 0, S_DIM, books->loaded ? "no %s are installed" : "reading the %s", shelf->things);
}

/* The books that match what is looked for. */
static int shown(const struct shelf *shelf, const struct shelf_view *view, size_t rows[SHELF_MAX])
{
    const struct library *books = library();
    int count = 0;
    for (size_t i = 0; i < shelf->count(books) && count < SHELF_MAX; i++) {
        struct shelf_item item = shelf->item(books, i);
        if (filter_match(&view->filter, item.title, item.slug, str_or(item.domain, ""), NULL))
            rows[count++] = i;
    }
    return count;
}

void shelf_draw(struct app *app, const struct shelf *shelf, struct shelf_view *view, void *state, struct area area)
{
    const struct library *books = library();
    size_t rows[SHELF_MAX];
    int all = (int)shelf->count(books), count = shown(shelf, view, rows), upper = all + 3 + filter_on(&view->filter);
    upper = upper > area.h / 2 ? area.h / 2 : upper < TABLE_LEAST ? TABLE_LEAST : upper;
    struct area inside = draw_box(area_rows(area, 0, upper), shelf->title, NULL, S_DIM);
    if (all == 0) {
        draw_nothing(inside, shelf, books);
        return;
    }
    const struct column columns[C_COUNT] = {
        [C_STATE] = {"", 1, false, 0},
        [C_TITLE] = {shelf->item_head, 0, false, 0},
        [C_PARTS] = {shelf->parts_head, 8, true, 0},
        [C_MINUTES] = {"MINUTES", 7, true, 0},
        [C_DOMAIN] = {"DOMAIN", 20, false, 100},
    };
    inside = filter_draw(&view->filter, inside);
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    struct table table = table_begin(wide, columns, C_COUNT);
    struct area body = area_rows(wide, 1, wide.h);
    int top = list_fit(&view->list, body, count);
    for (int y = 0; y < body.h && top + y < count; y++) {
        struct shelf_item item = shelf->item(books, rows[top + y]);
        draw_row(app, &table, body, y, shelf->kind, &item, list_selected(&view->list, top + y));
    }
    if (count)
        shelf->draw_about(app, state, area_rows(area, upper, area.h), books, rows[view->list.selected]);
    else
        putf(body, 0, 2, S_DIM, "nothing matches \"%s\"", view->filter.edit.text);
}

void shelf_open(struct app *app, const struct shelf *shelf, const struct shelf_view *view)
{
    size_t rows[SHELF_MAX];
    if (view->list.selected < shown(shelf, view, rows))
        shelf->open(app, shelf->item(library(), rows[view->list.selected]).slug);
}

bool shelf_key(const struct shelf *shelf, struct shelf_view *view, keycode key)
{
    size_t rows[SHELF_MAX];
    return list_key(&view->list, key, shown(shelf, view, rows));
}

void shelf_draw_objectives(struct area area, int y, const char *head, char **objectives)
{
    if (objectives && y + 1 < area.h)
        put(area, y++, 0, S_TITLE, head);
    for (; objectives && *objectives && y < area.h; objectives++) {
        put(area, y, 0, S_ACCENT, glyph(G_BULLET));
        y += draw_wrapped(area_columns(area_rows(area, y, area.h), 2, area.w), 0, 0, S_TEXT, *objectives);
    }
}
