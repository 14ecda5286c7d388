/* How a lesson looks: the page, beside it the terminal, and below what is asked for or the live picture that the page speaks of. */
#include "tui/reader_state.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/pane.h"

#include <stdio.h>

enum { WIDE = 112, PAGE_WIDEST = 84 };

static void draw_page(struct reader *reader, struct area area)
{
    char note[64];
    const struct page *page = reader_page(reader);
    if (reader->recall.open) {
        lesson_recall_draw(&reader->recall, area);
        return;
    }
    snprintf(note, sizeof note, "%zu of %zu", reader->page + 1, reader->lesson->page_count);
    struct area inside = draw_box(area, str_or(page->title, reader->lesson->title), note, reader->in_terminal ? S_DIM : S_ACCENT);
    pageview_draw(&reader->view, page, inside);
}

/* What the page shows decides: a picture comes with its place, and goes with it. Its first look is asked for at once. */
static void follow_picture(struct app *app, struct reader *reader)
{
    const struct block *shown = reader->view.shown;
    if (shown == reader->seen)
        return;
    reader->seen = shown;
    if (shown) {
        lesson_picture_show(&reader->picture, shown->text, shown->name);
        reader->side = SIDE_PICTURE;
        lesson_picture_tick(app, &reader->picture);
    } else if (reader->side == SIDE_PICTURE) {
        lesson_picture_show(&reader->picture, NULL, NULL);
        reader->side = SIDE_TERMINAL;
    }
}

static void draw_terminal(struct reader *reader, struct area area)
{
    const char *title = reader->lesson->machine ? "Your lab machine" : "Terminal";
    if (!reader->pane) {
        const char *text =
            reader->making_machine ? "making your lab machine: a Linux of your own, with an engine in it" : reader->error;
        draw_wrapped(draw_box(area, title, NULL, S_DIM), 0, 0, reader->making_machine ? S_DIM : S_WARN, text);
        return;
    }
    bool focus = reader->in_terminal && pane_alive(reader->pane);
    struct area inside = draw_box(area, title, focus ? "the keyboard is here" : "Ctrl-] types here", focus ? S_ACCENT : S_DIM);
    pane_draw(reader->pane, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2}, focus);
}

static void draw_changes(struct app *app, struct reader *reader, struct area area)
{
    char note[160];
    changes_line(app, &reader->changes, note, sizeof note);
    struct area inside = draw_box(area, "What changed", note, reader->changes.fresh ? S_CHANGED : S_DIM);
    changes_draw(app, &reader->changes, inside);
}

static void draw_side(struct app *app, struct reader *reader, struct area area, enum side side)
{
    if (side == SIDE_PICTURE && *reader->picture.kind)
        lesson_picture_draw(app, &reader->picture, area);
    else if (side == SIDE_CHANGES)
        draw_changes(app, reader, area);
    else
        draw_terminal(reader, area);
}

/* At the right the terminal, below it the picture or what changed; a lab machine without a picture is all terminal. */
static void draw_wide(struct app *app, struct reader *reader, struct area area)
{
    int left = area.w * 9 / 20;
    left = left > PAGE_WIDEST ? PAGE_WIDEST : left;
    struct area right = area_columns(area, left, area.w);
    bool picture = *reader->picture.kind && reader->side != SIDE_CHANGES;
    int upper = reader->lesson->machine && !picture ? right.h : right.h * (picture ? 9 : 11) / 20;
    draw_page(reader, area_columns(area, 0, left));
    draw_terminal(reader, area_rows(right, 0, upper));
    if (upper < right.h)
        draw_side(app, reader, area_rows(right, upper, right.h), picture ? SIDE_PICTURE : SIDE_CHANGES);
}

static void draw_narrow(struct app *app, struct reader *reader, struct area area)
{
    int upper = reader->in_terminal ? area.h * 2 / 5 : area.h * 11 / 20;
    draw_page(reader, area_rows(area, 0, upper));
    follow_picture(app, reader); /* it may have come into view just now */
    draw_side(app, reader, area_rows(area, upper, area.h), reader->in_terminal ? SIDE_TERMINAL : reader->side);
}

void reader_draw(struct app *app, struct reader *reader, struct area area)
{
    if (!reader->lesson) {
        draw_wrapped(area, 1, 2, S_WARN, reader->error);
        return;
    }
    bool only_text = area.w < WIDE && page_stops(reader_page(reader)) == 0 && !*reader->picture.kind;
    if (reader->zoom == READER_PAGE || ((reader->recall.open || only_text) && !reader->in_terminal))
        draw_page(reader, area);
    else if (reader->zoom == READER_SIDE)
        draw_side(app, reader, area, reader->in_terminal ? SIDE_TERMINAL : reader->side);
    else if (area.w >= WIDE)
        draw_wide(app, reader, area);
    else
        draw_narrow(app, reader, area);
    follow_picture(app, reader);
}
