/* The lesson reader: pages that are read, commands that are run from them, questions before and after, and how far the reader is.
 */
#include "tui/reader.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/pane.h"
#include "tui/reader_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const struct page *reader_page(const struct reader *reader) { return &lesson_pages(reader->lesson)->list[reader->page]; }

/* --- the way through the pages --- */

/* Time counts from one sign of life to the next. */
static void touch(struct app *app, const struct reader *reader, bool begin)
{
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:b}", "op", "progress.touch", "kind", "lesson", "id", reader->slug, "begin", begin), NULL,
                NULL);
}

static void store_progress(struct app *app, const struct reader *reader)
{
    int pages = (int)reader->lesson->page_count, step = (int)reader->page + 1;
    if (model_done(app, "lesson", reader->slug) || step <= model_step(app, "lesson", reader->slug)) {
        touch(app, reader, false);
        return;
    }
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:i,s:i,s:b}", "op", "progress.set", "kind", "lesson", "id", reader->slug, "step", step,
                          "steps", pages, "done", step == pages),
                NULL, NULL);
    model_want_progress(app);
}

static void turn_to(struct app *app, struct reader *reader, size_t page)
{
    reader->ran[reader->page] = reader->view.ran;
    reader->page = page;
    reader->view = (struct pageview){.ran = reader->ran[page], .picks = reader->picks};
    pageview_select(&reader->view, reader_page(reader), 0);
    reader->view.follow = false;
    store_progress(app, reader);
    app_dirty(app);
}

static size_t count_predictions(const struct pages *pages)
{
    size_t count = 0;
    for (size_t i = 0; i < pages->count; i++)
        for (size_t j = 0; j < pages->list[i].count; j++)
            count += pages->list[i].blocks[j].kind == BLOCK_PREDICT;
    return count;
}

static bool begin_lesson(struct reader *reader)
{
    const struct pages *pages = reader->lesson ? lesson_pages(reader->lesson) : NULL;
    if (!pages || pages->count == 0) {
        reader->lesson = NULL;
        copy_text(reader->error, sizeof reader->error, "this lesson has no pages");
        return false;
    }
    size_t predictions = count_predictions(pages);
    reader->ran = xcalloc(pages->count, sizeof *reader->ran);
    reader->picks = xcalloc(predictions + 1, 1);
    memset(reader->picks, -1, predictions);
    return true;
}

static void open_reader(struct app *app, void *state, const void *argument)
{
    struct reader *reader = state;
    reader->machine.lease = -EBADF;
    reader->lesson = lesson_find(library()->lessons, library()->lesson_count, argument);
    copy_text(reader->slug, sizeof reader->slug, argument);
    if (!begin_lesson(reader))
        return;
    int step = model_step(app, "lesson", reader->slug);
    bool done = model_done(app, "lesson", reader->slug);
    touch(app, reader, true);
    turn_to(app, reader, !done && step > 1 && step <= (int)reader->lesson->page_count ? (size_t)step - 1 : 0);
    if (reader->lesson->machine)
        reader_want_machine(app, reader);
    else
        reader_shell(app, reader);
    app_ran(app, "slipway lesson show %s", reader->slug);
    if (reader->lesson->machine && reader->page > 0)
        app_note(app, S_TEXT, "your lab machine is a new one: R runs again what the pages before ran");
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

/* --- commands and questions of the page --- */

static void act(struct app *app, void *state) { reader_act(app, state); }

static bool can_answer(struct app *app, void *state)
{
    (void)app;
    return reader_asks(state);
}

static void answer_a(struct app *app, void *state) { reader_answer(app, state, 0); }
static void answer_b(struct app *app, void *state) { reader_answer(app, state, 1); }
static void answer_c(struct app *app, void *state) { reader_answer(app, state, 2); }
static void answer_d(struct app *app, void *state) { reader_answer(app, state, 3); }
static void answer_e(struct app *app, void *state) { reader_answer(app, state, 4); }
static void answer_f(struct app *app, void *state) { reader_answer(app, state, 5); }

static void select_stop(struct reader *reader, int by)
{
    if (!reader->lesson || reader->recall.open)
        return;
    int count = page_stops(reader_page(reader)), next = reader->view.stop + by;
    pageview_select(&reader->view, reader_page(reader), next < count ? next : 0);
}

static void next_stop(struct app *app, void *state) { (void)app, select_stop(state, 1); }
static void stop_before(struct app *app, void *state) { (void)app, select_stop(state, -1); }

static void finish(struct app *app)
{
    app_pop(app);
    app_note(app, S_OK, "%s lesson finished; Home shows what comes next", glyph(G_CHECK));
    model_want_progress(app);
}

static void next_page(struct app *app, void *state)
{
    struct reader *reader = state;
    if (!reader->lesson)
        return;
    lesson_recall_close(app, &reader->recall);
    if (reader->page + 1 < reader->lesson->page_count)
        turn_to(app, reader, reader->page + 1);
    else
        finish(app);
}

static void page_before(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->recall.open)
        lesson_recall_close(app, &reader->recall);
    else if (reader->lesson && reader->page > 0)
        turn_to(app, reader, reader->page - 1);
}

/* The arrows do not finish a lesson: a page too far is soon turned. */
static void page_right(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->lesson && reader->page + 1 < reader->lesson->page_count)
        next_page(app, state);
}

/* --- what lies beside the page --- */

static void other_side(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    if (!reader->lesson)
        return;
    reader->side = (reader->side + 1) % (*reader->picture.kind ? SIDE_PICTURE + 1 : SIDE_PICTURE);
    if (reader->lesson->machine && reader->side == SIDE_CHANGES) /* what changes in it, the outer engine does not tell */
        reader->side = *reader->picture.kind ? SIDE_PICTURE : SIDE_TERMINAL;
}

static void zoom(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    reader->zoom = (reader->zoom + 1) % READER_ZOOMS;
}

static void scroll_side(struct reader *reader, int by)
{
    if (*reader->picture.kind && reader->side == SIDE_PICTURE)
        lesson_picture_scroll(&reader->picture, by);
    else
        reader->changes.top = reader->changes.top + by > 0 ? reader->changes.top + by : 0;
}

static void side_down(struct app *app, void *state) { (void)app, scroll_side(state, 3); }
static void side_up(struct app *app, void *state) { (void)app, scroll_side(state, -3); }

static void catch_up(struct app *app, void *state)
{
    struct reader *reader = state;
    if (reader->lesson)
        reader_catch_up(app, reader);
}

static bool have_manuals(void)
{
    cleanup_strv char **folders = str_split(str_or(getenv("PATH"), ""), ':');
    for (char **folder = folders; *folder; folder++) {
        cleanup_free char *path = path_join(*folder, "man");
        if (access(path, X_OK) == 0)
            return true;
    }
    return false;
}

/* The manual pages of the lesson's reading, one after the other. */
static void read_on(struct app *app, void *state)
{
    struct reader *reader = state;
    char **list = reader->lesson ? reader->lesson->reading : NULL;
    if (!list || !*list) {
        app_note(app, S_DIM, "this lesson names nothing to read on");
        return;
    }
    const char *text = list[reader->reading++ % strv_len(list)];
    if (!str_starts(text, "man ") || !(reader->lesson->machine || have_manuals())) {
        app_note(app, S_TEXT, "to read on: %s", text);
        return;
    }
    if (!reader_shell(app, reader))
        return;
    reader_type(reader, text);
    reader->side = SIDE_TERMINAL;
    app_note(app, S_DIM, "%s: Ctrl-] brings the keyboard there, q ends it", text);
}

/* --- the screen --- */

static void draw_reader(struct app *app, void *state, struct area area) { reader_draw(app, state, area); }

static bool key_reader(struct app *app, void *state, keycode key)
{
    struct reader *reader = state;
    (void)app;
    if (reader->recall.open && key == K_ESC) {
        lesson_recall_close(app, &reader->recall);
        return true;
    }
    if (reader->recall.open)
        return scroll_key(&reader->recall.top, key, reader->recall.lines, reader->recall.rows);
    return reader->lesson && scroll_key(&reader->view.top, key, reader->view.lines, reader->view.rows);
}

/* What the learner types is followed like a command of the page, and counts as it when it is the same. */
static void entered_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    cleanup_free char *line = pane_line(reader->pane);
    if (str_empty(line))
        return;
    changes_begin(app, &reader->changes, line);
    const struct block *block;
    for (int i = 0; (block = page_stop(reader_page(reader), i)); i++)
        if (block->kind == BLOCK_COMMAND && str_equal(block->text, str_trim(line)))
            reader_ran(reader, i);
}

static void tick_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    model_want_overview(app);
    changes_tick(app, &reader->changes);
    lesson_picture_tick(app, &reader->picture);
}

/* Often after a command; rarely while the learner reads. A picture is alive. */
static int interval_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    bool typed = reader->pane && clock_mono_ns() - pane_last_output(reader->pane) < 5000000000;
    if (changes_busy(&reader->changes))
        return 400;
    return typed || *reader->picture.kind ? 1000 : reader->changes.begun ? 5000 : 0;
}

static void close_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    work_forget(app->work, reader);
    work_forget(app->work, &reader->changes);
    changes_free(&reader->changes);
    lesson_picture_close(app, &reader->picture);
    lesson_recall_close(app, &reader->recall);
    pane_close(reader->pane);
    machine_close(&reader->machine);
    free(reader->ran);
    free(reader->picks);
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
    if (!reader->lesson)
        return;
    reader->in_terminal = !reader->in_terminal || !reader->pane || !pane_alive(reader->pane);
    if (reader->in_terminal)
        reader->in_terminal = reader_shell(app, reader);
    app_dirty(app);
}

static const char *where_reader(struct app *app, void *state)
{
    struct reader *reader = state;
    (void)app;
    return reader->lesson ? reader->lesson->title : NULL;
}

#define ANSWER "answer the question with the option of this letter"

static const struct action actions[] = {
    {"reader.run", "Enter r", "run",
     "type the selected command into the terminal and press Enter there; begin the questions at the end", act, NULL},
    {"reader.a", "a", "answer", ANSWER, answer_a, can_answer},
    {"reader.b", "b", "answer", ANSWER, answer_b, can_answer},
    {"reader.c", "c", "answer", ANSWER, answer_c, can_answer},
    {"reader.d", "d", NULL, ANSWER, answer_d, can_answer},
    {"reader.e", "e", NULL, ANSWER, answer_e, can_answer},
    {"reader.f", "f", NULL, ANSWER, answer_f, can_answer},
    {"reader.command", "Tab", "command", "select the next command or question of the page", next_stop, NULL},
    {"reader.command-before", "Shift-Tab", NULL, "select the one before", stop_before, NULL},
    {"reader.page", "n", "page", "next and previous page; n on the last one finishes the lesson", next_page, NULL},
    {"reader.page-before", "p Left h", "page", "next and previous page; n on the last one finishes the lesson", page_before, NULL},
    {"reader.page-right", "Right l", NULL, "the next page, but not past the last", page_right, NULL},
    {"reader.changes", "w", "beside", "beside the page: the terminal, what changed, the picture of this place", other_side, NULL},
    {"app.swap", NULL, "terminal", "the keyboard to the terminal, and back", NULL, NULL},
    {"reader.zoom", "z", NULL, "the page alone, what lies beside it alone, both", zoom, NULL},
    {"reader.catch-up", "R", NULL,
     "run again what the pages before ran: for a lab machine that is new, or an engine that was cleaned", catch_up, NULL},
    {"reader.more", "m", NULL, "read on: the manual pages that the lesson names, one after the other", read_on, NULL},
    {"move.down", NULL, NULL, "scroll the page; Space goes on by a screenful", NULL, NULL},
    {"move.up", NULL, NULL, "scroll the page; Space goes on by a screenful", NULL, NULL},
    {"reader.changes-down", "J", NULL, "scroll what changed, or the picture", side_down, NULL},
    {"reader.changes-up", "K", NULL, "scroll what changed, or the picture", side_up, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "A page of a lesson, and a real shell: yours, whose docker and slipway speak to this engine, or one in a lab machine of your "
     "own. "
     "Before a command that shows something new you say what you expect, then you run it and read why it is so. After each command "
     "the "
     "changes are shown: which containers came and went, their namespaces, and every act on the kernel that the engine recorded "
     "meanwhile, each with the command that would do the same by hand.",
     "man 1 slipway, man 7 namespaces", NULL},
};

const struct screen screen_reader = {
    .name = "reader",
    .title = "Learn",
    .about = "A lesson with a real shell beside it. Its commands act on the real engine; after each one you see what came, what "
             "went, and every act on the kernel that made it so.",
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
