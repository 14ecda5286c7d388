/* The shelf of labs. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/reader.h"
#include "tui/shelf.h"

enum { TWO_COLUMNS = 100 }; /* from this width on, what a lab teaches stands beside its steps */

struct labs {
    struct shelf_view view;
};

static size_t lab_count(const struct library *library) { return library->lab_count; }

static struct shelf_item lab_item(const struct library *library, size_t index)
{
    const struct lab *lab = &library->labs[index];
    return (struct shelf_item){lab->slug, lab->title, lab->domain, lab->step_count, lab->minutes};
}

static void draw_about(struct area area, const struct library *library, size_t index)
{
    const struct lab *lab = &library->labs[index];
    struct area inside = draw_box(area, lab->title, NULL, S_DIM), left = inside, right = inside;
    bool beside = inside.w >= TWO_COLUMNS;
    if (beside) {
        left = area_columns(inside, 0, inside.w / 2 - 2);
        right = area_columns(inside, inside.w / 2, inside.w);
    }
    int top = draw_wrapped(inside, 0, 0, S_TEXT, str_or(lab->summary, "")) + 1, y = top;
    put(left, y++, 0, S_TITLE, "Steps");
    for (size_t i = 0; i < lab->step_count && y < inside.h; i++)
        putf(left, y++, 0, S_TEXT, "%zu  %s", i + 1, lab->steps[i].title);
    shelf_draw_objectives(right, beside ? top : y + 1, "You learn to", lab->objectives);
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
    shelf_draw(app, &shelf, &labs->view, area);
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
};
