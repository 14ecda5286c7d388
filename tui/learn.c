/* The shelf of lessons. */
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/reader.h"
#include "tui/shelf.h"

struct learn {
    struct shelf_view view;
};

static size_t lesson_count(const struct library *library) { return library->lesson_count; }

static struct shelf_item lesson_item(const struct library *library, size_t index)
{
    const struct lesson *lesson = &library->lessons[index];
    return (struct shelf_item){lesson->slug, lesson->title, lesson->domain, lesson->page_count, lesson->minutes};
}

static void draw_about(struct area area, const struct library *library, size_t index)
{
    const struct lesson *lesson = &library->lessons[index];
    struct area inside = draw_box(area, lesson->title, NULL, S_DIM);
    int y = draw_wrapped(inside, 0, 0, S_TEXT, str_or(lesson->summary, "")) + 1;
    shelf_draw_objectives(inside, y, "Afterwards you can", lesson->objectives);
}

static const struct shelf shelf = {
    .title = "Lessons",
    .things = "lessons",
    .kind = "lesson",
    .item_head = "LESSON",
    .parts_head = "PAGES",
    .count = lesson_count,
    .item = lesson_item,
    .draw_about = draw_about,
    .open = reader_show,
};

static void draw_learn(struct app *app, void *state, struct area area)
{
    struct learn *learn = state;
    shelf_draw(app, &shelf, &learn->view, area);
}

static void open_selected(struct app *app, void *state)
{
    struct learn *learn = state;
    shelf_open(app, &shelf, &learn->view);
}

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct learn *)state)->view.filter;
}

static bool key_learn(struct app *app, void *state, keycode key)
{
    struct learn *learn = state;
    (void)app;
    return shelf_key(&shelf, &learn->view, key);
}

static const struct action actions[] = {
    {"learn.read", "Enter", "read", "open the lesson where you left it", open_selected, NULL},
    {"move.down", NULL, "choose", "another lesson", NULL, NULL},
    {"move.up", NULL, "choose", "another lesson", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Every lesson there is: its pages, how long it takes, and how far you have come. Below, what the selected one teaches. "
     "Lessons are short and are meant to be read in their order; each has a real terminal beside it.",
     "man 1 slipway", NULL},
};

const struct screen screen_learn = {
    .name = "learn",
    .title = "Learn",
    .about = "Lessons to read with a terminal beside them: their commands are run from the page, and what they changed is shown.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct learn),
    .draw = draw_learn,
    .key = key_learn,
    .filter = filter_of,
};
