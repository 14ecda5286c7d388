/* The lesson reader: the page, a shell beside it, and what each command changed. */
#include "tui/reader.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/changes.h"
#include "tui/format.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/pageview.h"
#include "tui/pane.h"

#include <string.h>

enum side { SIDE_TERMINAL, SIDE_CHANGES };

struct reader {
    struct lesson *lesson;
    char slug[80];
    size_t page;
    struct pageview view;
    struct pane *pane;
    struct changes changes;
    bool in_terminal;
    enum side side; /* what the narrow layout shows below the page */
    char error[300];
};

static const struct page *page_of(const struct reader *reader) { return &lesson_pages(reader->lesson)->list[reader->page]; }

static void store_progress(struct app *app, const struct reader *reader)
{
    int pages = (int)lesson_pages(reader->lesson)->count, step = (int)reader->page + 1;
    if (model_done(app, "lesson", reader->slug) || step <= model_step(app, "lesson", reader->slug))
        return;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:i,s:i,s:b}", "op", "progress.set", "kind", "lesson", "id", reader->slug, "step", step,
                          "steps", pages, "done", step == pages),
                NULL, NULL);
    model_want_progress(app);
}

static void turn_to(struct app *app, struct reader *reader, size_t page)
{
    reader->page = page;
    reader->view = (struct pageview){.command = page_commands(page_of(reader)) ? 0 : -1};
    store_progress(app, reader);
    app_dirty(app);
}

static void open_reader(struct app *app, void *state, const void *argument)
{
    struct reader *reader = state;
    reader->lesson = lesson_find(library()->lessons, library()->lesson_count, argument);
    copy_text(reader->slug, sizeof reader->slug, argument);
    if (!reader->lesson || lesson_pages(reader->lesson)->count == 0) {
        reader->lesson = NULL;
        copy_text(reader->error, sizeof reader->error, "this lesson has no pages");
        return;
    }
    int step = model_step(app, "lesson", reader->slug);
    bool done = model_done(app, "lesson", reader->slug);
    turn_to(app, reader, !done && step > 1 && step <= (int)lesson_pages(reader->lesson)->count ? (size_t)step - 1 : 0);
    struct error err = ERROR_INIT;
    reader->pane = pane_shell(app, &err);
    copy_text(reader->error, sizeof reader->error, err.message);
    app_ran(app, "slipway lesson show %s", reader->slug);
}

void reader_show(struct app *app, const char *slug)
{
    struct view *top = &app->stack[TAB_LEARN][app->depth[TAB_LEARN] - 1];
    if (top->screen != &screen_reader || !str_equal(((struct reader *)top->state)->slug, slug)) {
        app_home_of(app, TAB_LEARN);
        app_push(app, TAB_LEARN, &screen_reader, slug);
    }
    app_go(app, TAB_LEARN);
}

static void draw_page(struct reader *reader, struct area area)
{
    char note[48], title[160];
    const struct page *page = page_of(reader);
    snprintf(note, sizeof note, "%zu of %zu", reader->page + 1, lesson_pages(reader->lesson)->count);
    snprintf(title, sizeof title, "%s", str_or(page->title, reader->lesson->title));
    struct area inside = draw_box(area, title, note, reader->in_terminal ? S_DIM : S_ACCENT);
    pageview_draw(&reader->view, page, inside);
}

static void draw_terminal(struct reader *reader, struct area area)
{
    if (!reader->pane) {
        draw_wrapped(draw_box(area, "Terminal", NULL, S_DIM), 0, 0, S_WARN, reader->error);
        return;
    }
    bool focus = reader->in_terminal && pane_alive(reader->pane);
    struct area inside = draw_box(area, "Terminal", focus ? "the keyboard is here" : "Ctrl-] types here", focus ? S_ACCENT : S_DIM);
    pane_draw(reader->pane, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2}, focus);
}

static void draw_changes(struct app *app, struct reader *reader, struct area area)
{
    char note[160];
    changes_line(app, &reader->changes, note, sizeof note);
    struct area inside = draw_box(area, "What changed", note, reader->changes.fresh ? S_CHANGED : S_DIM);
    changes_draw(app, &reader->changes, inside);
}

static void draw_reader(struct app *app, void *state, struct area area)
{
    struct reader *reader = state;
    if (!reader->lesson) {
        draw_wrapped(area, 1, 2, S_WARN, reader->error);
        return;
    }
    if (area.w >= 112) {
        int left = area.w * 9 / 20, upper = area.h * 11 / 20;
        left = left > 84 ? 84 : left;
        struct area right = area_columns(area, left, area.w);
        draw_page(reader, area_columns(area, 0, left));
        draw_terminal(reader, area_rows(right, 0, upper));
        draw_changes(app, reader, area_rows(right, upper, right.h));
        return;
    }
    int upper = reader->in_terminal ? area.h * 2 / 5 : area.h * 11 / 20;
    draw_page(reader, area_rows(area, 0, upper));
    if (reader->side == SIDE_CHANGES && !reader->in_terminal)
        draw_changes(app, reader, area_rows(area, upper, area.h));
    else
        draw_terminal(reader, area_rows(area, upper, area.h));
}

/* A new shell when the old one was left. */
static bool ensure_shell(struct app *app, struct reader *reader)
{
    if (reader->pane && pane_alive(reader->pane))
        return true;
    pane_close(reader->pane);
    struct error err = ERROR_INIT;
    reader->pane = pane_shell(app, &err);
    copy_text(reader->error, sizeof reader->error, err.message);
    if (!reader->pane)
        app_note(app, S_BAD, "%s", err.message);
    return reader->pane != NULL;
}

static void run_command(struct app *app, struct reader *reader)
{
    const struct page *page = page_of(reader);
    if (reader->view.command < 0) {
        app_note(app, S_DIM, "this page has no command to run; n turns the page");
        return;
    }
    if (!ensure_shell(app, reader))
        return;
    const char *text = page_command(page, reader->view.command);
    cleanup_free char *typed = xstrdup(text);
    size_t len = strlen(typed);
    while (len && typed[len - 1] == '\n')
        typed[--len] = 0;
    changes_begin(app, &reader->changes, typed);
    app_ran(app, "%s", typed);
    for (char *at = typed; *at; at++)
        if (*at == '\n')
            *at = '\r';
    pane_type(reader->pane, typed);
    pane_type(reader->pane, "\r");
    reader->view.ran |= reader->view.command < 64 ? 1ull << reader->view.command : 0;
    if (reader->view.command + 1 < page_commands(page))
        pageview_select(&reader->view, page, reader->view.command + 1);
    reader->side = SIDE_TERMINAL;
}

static void finish(struct app *app)
{
    app_pop(app);
    app_note(app, S_OK, "%s lesson finished; Home shows what comes next", glyph(G_CHECK));
    model_want_progress(app);
}

static void run_selected(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->lesson)
        run_command(app, reader);
}

static void select_command(struct app *app, void *state, int by)
{
    struct reader *reader = state;
    (void)app;
    if (!reader->lesson)
        return;
    int next = reader->view.command + by;
    pageview_select(&reader->view, page_of(reader), next < page_commands(page_of(reader)) ? next : 0);
}

static void next_command(struct app *app, void *state) { select_command(app, state, 1); }
static void command_before(struct app *app, void *state) { select_command(app, state, -1); }

static void next_page(struct app *app, void *state)
{
    struct reader *reader = state;
    if (!reader->lesson)
        return;
    if (reader->page + 1 < lesson_pages(reader->lesson)->count)
        turn_to(app, reader, reader->page + 1);
    else
        finish(app);
}

static void page_before(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->lesson && reader->page > 0)
        turn_to(app, reader, reader->page - 1);
}

/* The arrows do not finish a lesson: a page too far is soon turned. */
static void page_right(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->lesson && reader->page + 1 < lesson_pages(reader->lesson)->count)
        next_page(app, state);
}

static void show_changes(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    reader->side = reader->side == SIDE_CHANGES ? SIDE_TERMINAL : SIDE_CHANGES;
}

static void changes_down(struct app *app, void *state)
{
    (void)app;
    ((struct reader *)state)->changes.top += 3;
}

static void changes_up(struct app *app, void *state)
{
    struct changes *changes = &((struct reader *)state)->changes;
    (void)app;
    changes->top = changes->top > 3 ? changes->top - 3 : 0;
}

static bool key_reader(struct app *app, void *state, keycode key)
{
    struct reader *reader = state;
    (void)app;
    return reader->lesson && scroll_key(&reader->view.top, key, reader->view.lines, reader->view.rows);
}

/* What the learner types is followed like a command of the page. */
static void entered_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    cleanup_free char *line = pane_line(reader->pane);
    if (!str_empty(line))
        changes_begin(app, &reader->changes, line);
}

static void tick_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    model_want_overview(app);
    changes_tick(app, &reader->changes);
}

/* Often after a command; rarely while the learner reads. */
static int interval_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    bool typed = reader->pane && clock_mono_ns() - pane_last_output(reader->pane) < 5000000000;
    return changes_busy(&reader->changes) ? 400 : typed ? 1000 : reader->changes.begun ? 5000 : 0;
}

static void close_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    work_forget(app->work, &reader->changes);
    changes_free(&reader->changes);
    pane_close(reader->pane);
}

static struct pane *pane_of_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    return reader->in_terminal && reader->pane && pane_alive(reader->pane) ? reader->pane : NULL;
}

static void swap_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    reader->in_terminal = !reader->in_terminal || !pane_alive(reader->pane);
    if (reader->in_terminal)
        reader->in_terminal = ensure_shell(app, reader);
    app_dirty(app);
}

static const char *where_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    return reader->lesson ? reader->lesson->title : NULL;
}

static const struct action actions[] = {
    {"reader.run", "Enter r", "run", "type the selected command into the terminal and press Enter there", run_selected, NULL},
    {"reader.command", "Tab", "command", "select the next command of the page", next_command, NULL},
    {"reader.command-before", "Shift-Tab", NULL, "select the command before", command_before, NULL},
    {"reader.page", "n", "page", "next and previous page; n on the last one finishes the lesson", next_page, NULL},
    {"reader.page-before", "p Left h", "page", "next and previous page; n on the last one finishes the lesson", page_before, NULL},
    {"reader.page-right", "Right l", NULL, "the next page, but not past the last", page_right, NULL},
    {"reader.changes", "w", "changes", "below the page: the terminal or what changed (a wide terminal shows both)", show_changes,
     NULL},
    {"app.swap", NULL, "terminal", "the keyboard to the terminal, and back", NULL, NULL},
    {"move.down", NULL, NULL, "scroll the page; Space goes on by a screenful", NULL, NULL},
    {"move.up", NULL, NULL, "scroll the page; Space goes on by a screenful", NULL, NULL},
    {"reader.changes-down", "J", NULL, "scroll what changed", changes_down, NULL},
    {"reader.changes-up", "K", NULL, "scroll what changed", changes_up, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "A page of a lesson, and a real shell of yours whose docker and slipway speak to this engine. After each command the changes "
     "are shown: which containers came and went, their namespaces, and every act on the kernel that the engine recorded meanwhile, "
     "each with the command that would do the same by hand.",
     "man 1 slipway, man 7 namespaces", NULL},
};

const struct screen screen_reader = {
    .name = "reader",
    .title = "Learn",
    .about = "A lesson with a real shell beside it. Its commands act on the real engine; after each one you see what came, what "
             "went, and every "
             "act on the kernel that made it so.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct reader),
    .open = open_reader,
    .draw = draw_reader,
    .key = key_reader,
    .tick = tick_reader,
    .interval = interval_reader,
    .close = close_reader,
    .pane = pane_of_reader,
    .swap = swap_reader,
    .entered = entered_reader,
    .where = where_reader,
};
