/* All that the engine knows of one thing, as a tree. The line at the foot says how to have the selected value from a command. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/explore.h"
#include "tui/format.h"
#include "tui/tree_view.h"

#include <string.h>

static const struct subject {
    const char *kind, *path, *command;
} subjects[] = {
    {"container", "/containers/%s/json", "slipway inspect"},
    {"image", "/images/%s/json", "slipway image inspect"},
    {"volume", "/volumes/%s", "slipway volume inspect"},
    {"network", "/networks/%s", "slipway network inspect"},
};

struct inspect {
    const struct subject *subject;
    char id[256], name[256], error[300];
    struct tree tree;
    struct news news;
    struct ask ask;
    bool asking, again;
};

static void tell_command(struct app *app, const struct inspect *inspect)
{
    cleanup_free char *template = tree_template(&inspect->tree);
    if (template)
        app_ran(app, "%s -f '%s' %s", inspect->subject->command, template, inspect->name);
    else
        app_ran(app, "%s %s", inspect->subject->command, inspect->name);
}

static void look(struct app *app, struct inspect *inspect);

static void got_document(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct inspect *inspect = owner;
    inspect->asking = false;
    copy_text(inspect->error, sizeof inspect->error, err ? err->message : "");
    if (!err && answer && (!inspect->tree.doc || !json_equal(inspect->tree.doc, answer)))
        tree_take(&inspect->tree, answer);
    app_dirty(app);
    if (inspect->again)
        look(app, inspect);
}

static void look(struct app *app, struct inspect *inspect)
{
    inspect->again = inspect->asking;
    if (inspect->asking)
        return;
    inspect->asking = true;
    cleanup_free char *id = client_escape(inspect->id), *path = str_format(inspect->subject->path, id);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_document, inspect);
}

/* An event of the thing itself, or of a container that comes to a network or goes. */
static void happened(struct app *app, void *owner, json_t *event)
{
    struct inspect *inspect = owner;
    const char *actor = json_str(event, "Actor.ID", ""), *name = json_str(event, "Actor.Attributes.name", "");
    if (!event || str_equal(actor, inspect->id) || str_equal(actor, inspect->name) || str_equal(name, inspect->name))
        look(app, inspect);
}

static void open_inspect(struct app *app, void *state, const void *argument)
{
    struct inspect *inspect = state;
    const struct thing *thing = argument;
    inspect->subject = &subjects[0];
    for (size_t i = 0; i < ARRAY_LEN(subjects); i++)
        if (str_equal(subjects[i].kind, thing->kind))
            inspect->subject = &subjects[i];
    copy_text(inspect->id, sizeof inspect->id, thing->id);
    copy_text(inspect->name, sizeof inspect->name, str_or(thing->name, thing->id));
    inspect->news = (struct news){.event = happened, .owner = inspect};
    app_ran(app, "%s %s", inspect->subject->command, inspect->name);
    look(app, inspect);
}

static void close_inspect(struct app *app, void *state)
{
    struct inspect *inspect = state;
    news_close(app, &inspect->news);
    tree_close(&inspect->tree);
}

static void tick_inspect(struct app *app, void *state) { news_want(app, &((struct inspect *)state)->news); }

static int interval_inspect(struct app *app, void *state)
{
    (void)app;
    return news_open(&((struct inspect *)state)->news) ? 0 : 1000;
}

static void draw_inspect(struct app *app, void *state, struct area area)
{
    struct inspect *inspect = state;
    char title[300], note[100] = "";
    int at, found = tree_matches(&inspect->tree, &at);
    snprintf(title, sizeof title, "The %s %.200s", inspect->subject->kind, inspect->name);
    if (inspect->tree.search[0])
        snprintf(note, sizeof note, "%d of %d found", at, found);
    else if (inspect->tree.doc)
        snprintf(note, sizeof note, "line %d of %d", inspect->tree.list.selected + 1, inspect->tree.line_count);
    struct area inside = draw_box(area, title, note, S_DIM);
    inside = ask_draw(&inspect->ask, inside, inspect->tree.search);
    if (inspect->error[0]) {
        put_fit(inside, 0, 0, inside.w, S_WARN, inspect->error);
        inside = area_rows(inside, 1, inside.h);
    }
    if (inspect->tree.doc)
        tree_draw(&inspect->tree, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2});
    else if (!inspect->error[0])
        put(inside, 0, 0, S_DIM, app->model.link == LINK_DOWN ? "the engine does not answer" : "asking the engine");
}

static bool typing(struct app *app, void *state)
{
    (void)app;
    return ((struct inspect *)state)->ask.open;
}

static void go_to(struct app *app, struct inspect *inspect, int by)
{
    if (inspect->tree.search[0] && !tree_next(&inspect->tree, by))
        app_note(app, S_WARN, "nothing here has \"%s\"", inspect->tree.search);
    tell_command(app, inspect);
}

static bool key_inspect(struct app *app, void *state, keycode key)
{
    struct inspect *inspect = state;
    if (inspect->ask.open) {
        enum ask_end end = ask_key(&inspect->ask, key);
        if (end != ASK_GOES_ON)
            tree_search(&inspect->tree, end == ASK_GIVEN ? inspect->ask.edit.text : "");
        if (end == ASK_GIVEN)
            go_to(app, inspect, 1);
        return true;
    }
    if (key == K_ESC && inspect->tree.search[0]) {
        tree_search(&inspect->tree, "");
        return true;
    }
    if (!tree_key(&inspect->tree, key))
        return false;
    tell_command(app, inspect);
    return true;
}

/* What is the tree's own, and then the command of where it led. */
#define TREE_ACTION(name, deed)                                                                                                    \
    static void name(struct app *app, void *state)                                                                                 \
    {                                                                                                                              \
        struct inspect *inspect = state;                                                                                           \
        deed;                                                                                                                      \
        tell_command(app, inspect);                                                                                                \
    }
TREE_ACTION(toggle, tree_toggle(&inspect->tree))
TREE_ACTION(go_in, tree_in(&inspect->tree))
TREE_ACTION(go_out, tree_out(&inspect->tree))
TREE_ACTION(open_all, tree_open_all(&inspect->tree, true))
TREE_ACTION(fold_all, tree_open_all(&inspect->tree, false))

static void search(struct app *app, void *state)
{
    (void)app;
    ask_begin(&((struct inspect *)state)->ask, "/", "");
}

static void next_match(struct app *app, void *state) { go_to(app, state, 1); }
static void match_before(struct app *app, void *state) { go_to(app, state, -1); }

static const char *where_inspect(struct app *app, void *state)
{
    (void)app;
    return ((struct inspect *)state)->name;
}

static const struct action actions[] = {
    {"inspect.toggle", "Enter Space", "fold", "fold it, or unfold it", toggle, NULL},
    {"inspect.in", "l Right", "in and out", "unfold and go in; fold and go out", go_in, NULL},
    {"inspect.out", "h Left", "in and out", "unfold and go in; fold and go out", go_out, NULL},
    {"inspect.open-all", "e", "all", "unfold everything; c folds everything", open_all, NULL},
    {"inspect.fold-all", "c", "all", "unfold everything; c folds everything", fold_all, NULL},
    {"inspect.search", "/", "search", "look for a key or a value", search, NULL},
    {"inspect.next", "n", "found", "the next that was found, and the one before", next_match, NULL},
    {"inspect.before", "N", "found", "the next that was found, and the one before", match_before, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The document that the engine gives for this thing, the same that docker inspect prints. A line that is folded shows its "
     "beginning. The command at the foot gives just the selected value, by a template of the language Go. It is asked for again "
     "when an event tells that something has happened to the thing.",
     "man 1 slipway-inspect", NULL},
};

const struct screen screen_inspect = {
    .name = "inspect",
    .title = "Inspect",
    .about = "All that the engine knows of one thing, as a tree that folds.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct inspect),
    .open = open_inspect,
    .draw = draw_inspect,
    .key = key_inspect,
    .typing = typing,
    .tick = tick_inspect,
    .interval = interval_inspect,
    .close = close_inspect,
    .where = where_inspect,
};
