/* The shelf of labs. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/abilities.h"
#include "labs/next.h"
#include "tui/app.h"
#include "tui/reader.h"
#include "tui/shelf.h"

enum { TWO_COLUMNS = 100 }; /* from this width on, what a lab teaches stands beside its steps */

struct labs {
    struct shelf_view view;
    json_t *abilities; /* of the engine's host, asked once */
    bool asked;
};

static size_t lab_count(const struct library *library) { return library->lab_count; }

static struct shelf_item lab_item(const struct library *library, size_t index)
{
    const struct lab *lab = &library->labs[index];
    return (struct shelf_item){lab->slug, lab->title, lab->domain, lab->step_count, lab->minutes};
}

static void got_abilities(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct labs *labs = owner;
    if (err || !answer)
        return;
    json_decref(labs->abilities);
    labs->abilities = json_incref(answer);
    app_dirty(app);
}

static const char *title_of(const struct library *library, const char *slug)
{
    for (size_t i = 0; i < library->lesson_count; i++)
        if (str_equal(library->lessons[i].slug, slug))
            return library->lessons[i].title;
    const struct lab *lab = lab_find(library->labs, library->lab_count, slug);
    return lab ? lab->title : slug;
}

/* "Before: ✓ What a container is, ○ A network by hand" */
static int draw_before(struct app *app, struct area area, int y, const struct library *library, const struct lab *lab)
{
    cleanup_buf struct buf text = BUF_INIT;
    bool open = false;
    for (char **slug = lab->prerequisites; slug && *slug; slug++) {
        bool done = progress_done(app->model.progress, "lesson", *slug) || progress_done(app->model.progress, "lab", *slug);
        open = open || !done;
        buf_printf(&text, "%s%s %s", text.len ? ", " : "Before: ", glyph(done ? G_CHECK : G_RING), title_of(library, *slug));
    }
    return text.len ? y + draw_wrapped(area, y, 0, open ? S_WARN : S_DIM, text.data) : y;
}

/* "Done with 2 hints, 1 step by its solution, in 12 min." */
static int draw_record(struct app *app, struct area area, int y, const struct lab *lab)
{
    const json_t *row = progress_row(app->model.progress, "lab", lab->slug);
    long long seconds = json_num(row, "seconds", 0), hints = json_num(row, "hints", 0), solved = json_num(row, "solved", 0);
    bool done = json_flag(row, "done", false);
    if (!row || (!done && !json_num(row, "step", 0) && seconds < 60))
        return y;
    cleanup_buf struct buf text = BUF_INIT;
    if (done)
        buf_printf(&text, "%s Done", glyph(G_CHECK));
    else
        buf_printf(&text, "%lld of %zu steps done", json_num(row, "step", 0), lab->step_count);
    if (hints)
        buf_printf(&text, ", with %lld hint%s", hints, hints == 1 ? "" : "s");
    if (solved)
        buf_printf(&text, ", %lld step%s by the solution", solved, solved == 1 ? "" : "s");
    if (seconds >= 60)
        buf_printf(&text, ", in %lld min", seconds / 60);
    return y + draw_wrapped(area, y, 0, done ? S_OK : S_TEXT, text.data);
}

/* What is not as with most labs. */
static int draw_kind(const struct labs *labs, struct area area, int y, const struct lab *lab)
{
    cleanup_free char *lacking = abilities_lacking(labs->abilities, lab);
    if (lacking) {
        cleanup_free char *text = str_format("This host cannot do it. It needs %s", lacking);
        y += draw_wrapped(area, y, 0, S_BAD, text);
    }
    cleanup_buf struct buf text = BUF_INIT;
    if (lab->timed)
        buf_printf(&text, "Against the clock: after %d minutes nothing counts. ", lab->minutes);
    if (lab->hosts)
        buf_printf(&text, "%zu machines on one network. ", strv_len(lab->hosts) + 1);
    if (lab->engine)
        buf_puts(&text, "With an engine of your own. ");
    if (str_equal(lab->order_of_steps, "free"))
        buf_puts(&text, "Steps in any order. ");
    return text.len ? y + draw_wrapped(area, y, 0, S_DIM, text.data) : y;
}

static void draw_about(struct app *app, void *state, struct area area, const struct library *library, size_t index)
{
    const struct lab *lab = &library->labs[index];
    struct area inside = draw_box(area, lab->title, lab->domain, S_DIM), left = inside, right = inside;
    bool beside = inside.w >= TWO_COLUMNS;
    if (beside) {
        left = area_columns(inside, 0, inside.w / 2 - 2);
        right = area_columns(inside, inside.w / 2, inside.w);
    }
    struct area upper = area_rows(inside, 0, inside.h - 1);
    int y = draw_wrapped(upper, 0, 0, S_TEXT, str_or(lab->summary, ""));
    y = draw_kind(state, upper, y, lab);
    y = draw_before(app, upper, y, library, lab);
    y = draw_record(app, upper, y, lab) + 1;
    int top = y;
    put(left, y++, 0, S_TITLE, "Steps");
    for (size_t i = 0; i < lab->step_count && y < inside.h - 1; i++)
        putf(left, y++, 0, S_TEXT, "%zu  %s", i + 1, lab->steps[i].title);
    shelf_draw_objectives(area_rows(right, 0, right.h - 1), beside ? top : y + 1, "You learn to", lab->objectives);
    put(inside, inside.h - 1, 0, S_DIM, "Enter makes a sandbox of your own. Leaving removes it; done steps are kept.");
}

static const struct shelf shelf = {
    .title = "Labs",
    .things = "labs",
    .kind = "lab",
    .item_head = "LAB",
    .parts_head = "STEPS",
    .count = lab_count,
    .item = lab_item,
    .draw_about = draw_about,
    .open = lab_show,
};

static void draw_labs(struct app *app, void *state, struct area area)
{
    struct labs *labs = state;
    if (!labs->asked && app->model.link == LINK_UP) {
        labs->asked = true;
        work_engine(app->work, LANE_SLOW, "GET", "/slipway/sandboxes/abilities", NULL, got_abilities, labs);
    }
    shelf_draw(app, &shelf, &labs->view, labs, area);
}

static void open_selected(struct app *app, void *state)
{
    struct labs *labs = state;
    shelf_open(app, &shelf, &labs->view);
}

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct labs *)state)->view.filter;
}

static bool key_labs(struct app *app, void *state, keycode key)
{
    struct labs *labs = state;
    (void)app;
    return shelf_key(&shelf, &labs->view, key);
}

static void close_labs(struct app *app, void *state)
{
    struct labs *labs = state;
    work_forget(app->work, labs);
    json_decref(labs->abilities);
}

static const struct action actions[] = {
    {"labs.start", "Enter", "start", "make the sandbox and begin", open_selected, NULL},
    {"move.down", NULL, "choose", "another lab", NULL, NULL},
    {"move.up", NULL, "choose", "another lab", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Every lab there is: its steps, how long it takes, and how far you have come. A lab is a task in a throw-away machine: a "
     "container with network, process and mount namespaces of its own. Whether a step is done is read from the state of its "
     "kernel.",
     "man 7 namespaces, man 1 slipway", NULL},
};

const struct screen screen_labs = {
    .name = "labs",
    .title = "Labs",
    .about = "Each lab runs in a throw-away machine in which you are root and from which nothing reaches this one.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct labs),
    .draw = draw_labs,
    .key = key_labs,
    .filter = filter_of,
    .close = close_labs,
};
