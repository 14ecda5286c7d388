/* The palette: its entries are made when it opens, and ordered at each letter. */
#include "tui/finder.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/edit.h"
#include "tui/explore.h"
#include "tui/format.h"
#include "tui/help.h"
#include "tui/hit.h"
#include "tui/library.h"
#include "tui/list.h"
#include "tui/reader.h"

#include <ctype.h>
#include <ncurses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum entry_kind {
    ENTRY_HERE,
    ENTRY_EVERYWHERE,
    ENTRY_COMMAND,
    ENTRY_LESSON,
    ENTRY_LAB,
    ENTRY_CONTAINER,
    ENTRY_IMAGE,
    ENTRY_VOLUME,
    ENTRY_NETWORK
};
static const char *const kinds[] = {"here", "general", "command", "lesson", "lab", "container", "image", "volume", "network"};

struct entry {
    enum entry_kind kind;
    char title[140], note[48];
    const struct action *action;
    const struct typed *typed;
    char id[80]; /* slug or container */
    int score;
};

enum { ENTRIES_MAX = 2048 };

struct finder {
    struct edit edit;
    struct list list;
    struct entry *entries;
    int count, shown;
    bool hurried; /* Enter was pressed while lessons and labs were still being read, and nothing else matched */
    int order[ENTRIES_MAX];
};

static struct history history;

int finder_score(const char *text, const char *wanted)
{
    int score = 1, run = 0;
    const char *at = text;
    for (; *wanted; wanted++) {
        if (*wanted == ' ') {
            run = 0;
            continue;
        }
        const char *from = at;
        while (*at && tolower((unsigned char)*at) != tolower((unsigned char)*wanted))
            at++;
        if (!*at)
            return 0;
        bool start = at == text || !isalnum((unsigned char)at[-1]);
        run = at == from && at != text ? run + 1 : 0;
        score += 1 + (start ? 6 : 0) + run * 4;
        at++;
    }
    return 1 + score * 64 / (64 + (int)strlen(text) / 4);
}

static struct entry *add(struct finder *finder, enum entry_kind kind, const char *title)
{
    static struct entry spare;
    struct entry *entry = finder->count < ENTRIES_MAX ? &finder->entries[finder->count++] : &spare;
    *entry = (struct entry){.kind = kind};
    copy_text(entry->title, sizeof entry->title, title);
    return entry;
}

static void add_actions(struct app *app, struct finder *finder, const struct action *action, enum entry_kind kind)
{
    void *state = app_view(app)->state;
    for (; action && action->id; action++) {
        char title[140];
        if (!action->run || !action_offered(app, state, action))
            continue;
        snprintf(title, sizeof title, "%s: %s", action->id, action->help);
        struct entry *entry = add(finder, kind, title);
        entry->action = action;
        struct action alone[] = {*action, {NULL, NULL, NULL, NULL, NULL, NULL}};
        action_group(alone, true, true, entry->note, sizeof entry->note);
    }
}

static void add_books(struct finder *finder)
{
    const struct library *books = library();
    for (size_t i = 0; i < books->lesson_count; i++)
        copy_text(add(finder, ENTRY_LESSON, books->lessons[i].title)->id, 80, books->lessons[i].slug);
    for (size_t i = 0; i < books->lab_count; i++)
        copy_text(add(finder, ENTRY_LAB, books->labs[i].title)->id, 80, books->labs[i].slug);
}

static void add_rest(struct app *app, struct finder *finder)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        char title[140];
        snprintf(title, sizeof title, "%s (%s)", json_str(container, "name", ""), json_str(container, "image", ""));
        struct entry *entry = add(finder, ENTRY_CONTAINER, title);
        copy_text(entry->id, sizeof entry->id, json_str(container, "id", ""));
        copy_text(entry->note, sizeof entry->note, json_str(container, "state", ""));
    }
    for (const struct typed *typed = typed_commands; typed->name; typed++) {
        char title[140];
        snprintf(title, sizeof title, "%s %s: %s", typed->name, typed->arguments, typed->help);
        add(finder, ENTRY_COMMAND, title)->typed = typed;
    }
}

static int by_score(const void *a, const void *b, void *data)
{
    const struct finder *finder = data;
    int left = *(const int *)a, right = *(const int *)b;
    int order = finder->entries[right].score - finder->entries[left].score;
    return order ? order : left - right;
}

/* A command that is written out goes before what merely looks alike. */
static bool written(const struct entry *entry, const char *line)
{
    size_t len = entry->typed ? strlen(entry->typed->name) : 0;
    return len && strncmp(line, entry->typed->name, len) == 0 && (line[len] == 0 || line[len] == ' ');
}

static void sort(struct finder *finder)
{
    const char *line = finder->edit.text;
    int best = 0;
    finder->shown = 0;
    for (int i = 0; i < finder->count; i++) {
        struct entry *entry = &finder->entries[i];
        entry->score = finder_score(entry->title, line);
        best = entry->score > best ? entry->score : best;
        entry->score = written(entry, line) ? 10000 : entry->score;
    }
    /* What merely has the letters somewhere is left out when something has them together. */
    for (int i = 0; i < finder->count; i++)
        if (finder->entries[i].score && finder->entries[i].score * 3 >= best)
            finder->order[finder->shown++] = i;
    if (*line)
        qsort_r(finder->order, (size_t)finder->shown, sizeof finder->order[0], by_score, finder);
    finder->list.selected = finder->list.top = 0;
}

static struct entry *add_thing(struct finder *finder, enum entry_kind kind, const char *name, const char *id)
{
    struct entry *entry = add(finder, kind, name);
    copy_text(entry->id, sizeof entry->id, id);
    return entry;
}

/* What is here already stays where it is; what came is found by the next letter, or now. */
static void more_came(struct app *app, struct finder *finder)
{
    int selected = finder->list.selected, top = finder->list.top;
    sort(finder);
    finder->list.selected = selected;
    finder->list.top = top;
    app_dirty(app);
}

static void got_images(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    size_t i, k;
    json_t *image, *tag;
    if (err)
        return;
    json_array_foreach(answer, i, image)
    {
        json_array_foreach(json_object_get(image, "RepoTags"), k, tag)
        {
            if (!str_starts(str_or(json_string_value(tag), "<none>"), "<none>"))
                add_thing(owner, ENTRY_IMAGE, json_string_value(tag), json_str(image, "Id", ""));
        }
    }
    more_came(app, owner);
}

static void got_volumes(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    size_t i;
    json_t *volume;
    if (err)
        return;
    json_array_foreach(json_object_get(answer, "Volumes"), i, volume)
    {
        add_thing(owner, ENTRY_VOLUME, json_str(volume, "Name", ""), json_str(volume, "Name", ""));
    }
    more_came(app, owner);
}

static void got_networks(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    size_t i;
    json_t *network;
    if (err)
        return;
    json_array_foreach(answer, i, network)
    {
        add_thing(owner, ENTRY_NETWORK, json_str(network, "Name", ""), json_str(network, "Id", ""));
    }
    more_came(app, owner);
}

void finder_open(struct app *app)
{
    finder_close(app);
    struct finder *finder = app->finder = xcalloc(1, sizeof *finder);
    finder->entries = xcalloc(ENTRIES_MAX, sizeof *finder->entries);
    struct action_set set = actions_now(app);
    for (int i = 0; set.tables[i]; i++)
        add_actions(app, finder, set.tables[i], set.tables[i] == general_actions ? ENTRY_EVERYWHERE : ENTRY_HERE);
    add_books(finder);
    add_rest(app, finder);
    history.at = history.count;
    sort(finder);
    app_cover(app, OVER_FINDER);
    work_engine(app->work, LANE_LIVE, "GET", "/images/json", NULL, got_images, finder);
    work_engine(app->work, LANE_LIVE, "GET", "/volumes", NULL, got_volumes, finder);
    work_engine(app->work, LANE_LIVE, "GET", "/networks", NULL, got_networks, finder);
}

void finder_close(struct app *app)
{
    if (!app->finder)
        return;
    hit_clear(); /* its list may be what was drawn last */
    work_forget(app->work, app->finder);
    free(app->finder->entries);
    free(app->finder);
    app->finder = NULL;
}

static void run_line(struct app *app, const char *line)
{
    struct error err = ERROR_INIT;
    if (typed_run(app, line, &err) < 0)
        app_note(app, S_BAD, "%s", err.message);
}

static void open_container(struct app *app, const char *id)
{
    json_t *container = model_container(app, id);
    if (!container)
        return;
    app_ran(app, "slipway xray %s layers", json_str(container, "name", ""));
    app_push(app, TAB_CONTAINERS, &screen_xray, container);
    app_go(app, TAB_CONTAINERS);
}

static void open_image(struct app *app, const struct entry *entry)
{
    cleanup_json json_t *row = json_pack("{s:s,s:s,s:s}", "id", entry->title, "name", entry->title, "image", entry->id);
    app_push(app, TAB_CONTAINERS, &screen_image, row);
    app_go(app, TAB_CONTAINERS);
}

/* The palette is gone by the time that its choice is done: that may open a dialogue, or the palette again. */
static void run(struct app *app)
{
    struct finder *finder = app->finder;
    char line[EDIT_MAX];
    struct entry entry = {0};
    copy_text(line, sizeof line, finder->edit.text);
    history_add(&history, line);
    bool any = finder->list.selected < finder->shown;
    if (any)
        entry = finder->entries[finder->order[finder->list.selected]];
    app_cover(app, OVER_NONE);
    if (!any)
        app_note(app, S_WARN, "nothing here is called \"%s\"", line);
    else if (entry.action)
        action_run(app, app_view(app)->state, entry.action);
    else if (entry.typed)
        run_line(app, written(&entry, line) ? line : entry.typed->name);
    else if (entry.kind == ENTRY_LESSON)
        reader_show(app, entry.id);
    else if (entry.kind == ENTRY_LAB)
        lab_show(app, entry.id);
    else if (entry.kind == ENTRY_IMAGE)
        open_image(app, &entry);
    else if (entry.kind == ENTRY_CONTAINER)
        open_container(app, entry.id);
    else
        explore_look_into(app, &(struct thing){kinds[entry.kind], entry.id, entry.title});
}

void finder_books_came(struct app *app)
{
    struct finder *finder = app->finder;
    if (!finder)
        return;
    add_books(finder);
    more_came(app, finder);
    if (finder->hurried)
        run(app);
}

void finder_key(struct app *app, keycode key)
{
    struct finder *finder = app->finder;
    keycode arrow = key == K_UP || key == K_DOWN || key == K_PAGE_UP || key == K_PAGE_DOWN ? key : K_NONE;
    bool too_early = !finder->shown && !library()->loaded;
    app_dirty(app);
    finder->hurried = key == K_ENTER && too_early;
    if (finder->hurried)
        return;
    if (key == K_ESC || key == 3)
        app_cover(app, OVER_NONE);
    else if (key == K_ENTER)
        run(app);
    else if (arrow)
        list_key(&finder->list, arrow, finder->shown);
    else if (history_key(&history, &finder->edit, key) || edit_key(&finder->edit, key))
        sort(finder);
}

static void draw_entry(struct area area, int y, const struct entry *entry, bool on)
{
    enum style row = table_row(area, y, on);
    put(area, y, 2, on ? row : S_DIM, kinds[entry->kind]);
    put_right(area, y, area.w - 2, on ? row : S_KEY, entry->note);
    put_fit(area, y, 13, area.w - 16 - text_width(entry->note), row, entry->title);
}

void finder_draw(struct app *app)
{
    struct finder *finder = app->finder;
    struct area inside = draw_over(LINES - 6, COLS < 110 ? COLS - 6 : 100, "Find and do");
    int x = put(inside, 0, 0, S_KEY, ":") + 1;
    edit_draw(&finder->edit, inside, 0, x, inside.w - x, S_STRONG, true);
    struct area body = {inside.y + 2, inside.x - 1, inside.h - 4, inside.w + 2};
    int top = list_fit(&finder->list, body, finder->shown);
    for (int y = 0; y < body.h && top + y < finder->shown; y++)
        draw_entry(body, y, &finder->entries[finder->order[top + y]], list_selected(&finder->list, top + y));
    if (!finder->shown)
        put(body, 0, 2, S_DIM, library()->loaded ? "nothing matches" : "lessons and labs are being read");
    put(inside, inside.h - 1, 0, S_DIM, "Enter does it  Up Down choose  Ctrl-P Ctrl-N history  Esc closes");
}
