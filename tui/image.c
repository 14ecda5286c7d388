/* One image from inside: its layers, the lowest at the bottom, each with what made it, its size and what later layers hide of it;
 * and its history. Docker's engine tells the history only.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/files.h"
#include "tui/format.h"

#include <errno.h>
#include <string.h>

enum { DETAIL_ROWS = 9, FILES_PAGE = 200, AHEAD = 60 };
enum image_view { VIEW_LAYERS, VIEW_FILES, VIEW_HISTORY, VIEW_COUNT };

struct image {
    char id[200], name[200], error[300];
    json_t *layers, *history;
    json_t *files;       /* what the selected layer changes, as far as it was asked for */
    long long files_of;  /* its number */
    long long files_all; /* how many there are */
    bool asking_files, foreign;
    enum image_view view;
    struct list lists[VIEW_COUNT];
};

static const char *const views[VIEW_COUNT] = {"Layers", "Files", "History"};

static json_t *layer_list(const struct image *image) { return json_object_get(image->layers, "layers"); }

static void tell_command(struct app *app, const struct image *image)
{
    if (image->view == VIEW_HISTORY)
        app_ran(app, "slipway history %s", image->name);
    else if (image->view == VIEW_FILES)
        app_ran(app, "curl --unix-socket /run/slipway.sock 'http://d/slipway/images/%s/layers?layer=%lld'", image->name,
                image->files_of);
    else
        app_ran(app, "curl --unix-socket /run/slipway.sock http://d/slipway/images/%s/layers", image->name);
}

static void want_files(struct app *app, struct image *image);

static void got_files(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct image *image = owner;
    image->asking_files = false;
    long long known = (long long)json_array_size(image->files);
    json_t *changes = json_object_get(answer, "changes");
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    else if (json_num(answer, "offset", 0) == known)
        json_array_extend(image->files, changes);
    image->files_all = json_array_size(changes) ? json_num(answer, "total", 0) : known; /* no more comes: ask no more */
    app_dirty(app);
    want_files(app, image);
}

/* Of the layer that is selected: the first page when it comes to be, the next ones as the list is gone through. */
static void want_files(struct app *app, struct image *image)
{
    const json_t *layer = json_array_get(layer_list(image), (size_t)image->lists[VIEW_LAYERS].selected);
    long long number = json_num(layer, "number", 0);
    if (!layer || image->asking_files)
        return;
    if (number != image->files_of) {
        json_decref(image->files);
        image->files = json_array();
        image->files_of = number;
        image->files_all = FILES_PAGE;
        image->lists[VIEW_FILES] = (struct list){0};
    }
    long long known = (long long)json_array_size(image->files);
    if (known >= image->files_all || image->lists[VIEW_FILES].selected + AHEAD < known)
        return;
    image->asking_files = true;
    cleanup_free char *id = client_escape(image->id);
    cleanup_free char *path =
        str_format("/slipway/images/%s/layers?layer=%lld&offset=%lld&limit=%d", id, number, known, FILES_PAGE);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_files, image);
}

static void got_layers(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct image *image = owner;
    image->foreign = err && err->code == ENOENT && app->model.docker;
    if (image->foreign)
        image->view = VIEW_HISTORY;
    else if (err)
        copy_text(image->error, sizeof image->error, err->message);
    else
        image->layers = json_incref(answer);
    tell_command(app, image);
    want_files(app, image);
}

static void got_history(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct image *image = owner;
    if (err)
        copy_text(image->error, sizeof image->error, err->message);
    else
        image->history = json_incref(answer);
    app_dirty(app);
}

static void open_image(struct app *app, void *state, const void *argument)
{
    struct image *image = state;
    copy_text(image->id, sizeof image->id, json_str(argument, "image", ""));
    copy_text(image->name, sizeof image->name, json_str(argument, "name", ""));
    cleanup_free char *id = client_escape(image->id);
    cleanup_free char *layers = str_format("/slipway/images/%s/layers", id), *history = str_format("/images/%s/history", id);
    tell_command(app, image);
    work_engine(app->work, LANE_LIVE, "GET", layers, NULL, got_layers, image);
    work_engine(app->work, LANE_LIVE, "GET", history, NULL, got_history, image);
}

static void close_image(struct app *app, void *state)
{
    struct image *image = state;
    (void)app;
    json_decref(image->layers);
    json_decref(image->history);
    json_decref(image->files);
}

/* --- drawing --- */

static const struct column layer_columns[] = {
    {"NO", 2, true, 0},
    {"MADE BY", 0, false, 0},
    {"SIZE", 7, true, 0},
    {"FILES", 6, true, 0},
    {"+ADDED ~CHANGED -REMOVED", 24, false, 110},
    {"HIDDEN", 7, true, 0},
    {"SHARED WITH", 22, false, 100},
};
enum { L_NUMBER, L_BY, L_SIZE, L_FILES, L_CHANGES, L_HIDDEN, L_SHARED };

const char *explore_made_by(const json_t *layer, char *out, size_t room)
{
    static const char shell[] = "/bin/sh -c ", kept[] = "#(nop) ";
    const char *by = str_or(json_str(layer, "created_by", json_str(layer, "CreatedBy", "")),
                            str_or(json_str(layer, "comment", json_str(layer, "Comment", "")), "imported"));
    bool run = str_starts(by, shell);
    by += run ? strlen(shell) : 0;
    bool other = run && str_starts(by, kept);
    by += other ? strlen(kept) : 0;
    by += strspn(by, " ");
    snprintf(out, room, "%s%.400s", run && !other ? "RUN " : "", by);
    return out;
}

static void names_in(const json_t *names, char *out, size_t room)
{
    size_t index, used = 0;
    json_t *name;
    out[0] = 0;
    json_array_foreach(names, index, name)
    {
        int added = snprintf(out + used, room - used, "%s%s", index ? " " : "", str_or(json_string_value(name), ""));
        if (added < 0 || (used += (size_t)added) >= room)
            return;
    }
}

static void draw_layer(const struct table *table, struct area area, int y, const json_t *layer, bool on)
{
    enum style row = table_row(area, y, on), plain = on ? row : S_TEXT;
    char text[440], bytes[UNITS_TEXT];
    long long hidden = json_num(layer, "hidden", 0);
    snprintf(text, sizeof text, "%lld", json_num(layer, "number", 0));
    table_cell(table, area, y, L_NUMBER, on ? row : S_STRONG, text);
    table_cell(table, area, y, L_BY, on ? row : S_CODE, explore_made_by(layer, text, sizeof text));
    table_cell(table, area, y, L_SIZE, plain, format_bytes(json_num(layer, "size", 0), bytes));
    table_cell(table, area, y, L_FILES, plain, format_count(json_num(layer, "files", 0), bytes));
    snprintf(text, sizeof text, "+%lld ~%lld -%lld", json_num(layer, "added", 0), json_num(layer, "changed", 0),
             json_num(layer, "removed", 0));
    table_cell(table, area, y, L_CHANGES, plain, text);
    table_cell(table, area, y, L_HIDDEN, on ? row : hidden ? S_WARN : S_DIM, hidden ? format_bytes(hidden, bytes) : "-");
    names_in(json_object_get(layer, "shared_with"), text, sizeof text);
    table_cell(table, area, y, L_SHARED, on ? row : S_DIM, str_or(text, "-"));
}

/* The first of them, with room for a few; or the list, with one selected. */
static void draw_files(struct image *image, struct area area, struct list *list)
{
    int count = (int)json_array_size(image->files), top = list ? list_fit(list, area, count) : 0;
    char bytes[UNITS_TEXT];
    if (count == 0)
        put(area, 0, 2, S_DIM, image->asking_files ? "looking" : "it changes no file");
    for (int y = 0; y < area.h && top + y < count; y++) {
        const json_t *change = json_array_get(image->files, (size_t)(top + y));
        const char *kind = json_str(change, "kind", "?");
        enum style row = list ? table_row(area, y, list_selected(list, top + y)) : S_TEXT;
        put(area, y, 2, row == S_SELECT ? row : *kind == 'A' ? S_OK : *kind == 'D' ? S_BAD : S_WARN, kind);
        put_fit(area, y, 4, area.w - 14, row, json_str(change, "path", ""));
        if (*kind != 'A' && area.w >= 60)
            putf(area, y, area.w - 22, row == S_SELECT ? row : S_DIM, "was in %lld", json_num(change, "layer", 0));
        if (json_num(change, "size", 0) > 0)
            put_right(area, y, area.w - 1, row == S_SELECT ? row : S_DIM, format_bytes(json_num(change, "size", 0), bytes));
    }
}

static void draw_all_files(struct image *image, struct area area)
{
    char title[300], by[200], note[80];
    const json_t *layer = json_array_get(layer_list(image), (size_t)image->lists[VIEW_LAYERS].selected);
    snprintf(title, sizeof title, "Layer %lld: %s", image->files_of, explore_made_by(layer, by, sizeof by));
    snprintf(note, sizeof note, "%d of %lld, A added C changed D gone", image->lists[VIEW_FILES].selected + 1, image->files_all);
    struct area inside = draw_box(area, title, note, S_DIM);
    draw_files(image, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2}, &image->lists[VIEW_FILES]);
}

static void draw_waste(const struct image *image, struct area area)
{
    char bytes[UNITS_TEXT], note[64];
    size_t index;
    json_t *path;
    int y = 0;
    if (json_array_size(json_at(image->layers, "waste.largest")) == 0)
        put_fit(area, y, 0, area.w, S_DIM, "nothing that a later layer hides");
    json_array_foreach(json_at(image->layers, "waste.largest"), index, path)
    {
        snprintf(note, sizeof note, "%s  in %lld, hidden by %lld", format_bytes(json_num(path, "bytes", 0), bytes),
                 json_num(path, "layer", 0), json_num(path, "by", 0));
        put_fit(area, y, 0, area.w - text_width(note) - 2, S_TEXT, json_str(path, "path", ""));
        put_right(area, y++, area.w, S_DIM, note);
    }
}

static void draw_layers(struct image *image, struct area area)
{
    char note[120], bytes[UNITS_TEXT];
    struct list *list = &image->lists[VIEW_LAYERS];
    json_t *layers = layer_list(image);
    int count = (int)json_array_size(layers);
    snprintf(note, sizeof note, "%s, efficiency %.1f %%", format_bytes(json_num(image->layers, "size", 0), bytes),
             100 * json_real_value(json_object_get(image->layers, "efficiency")));
    int below = area.h - count - 3 > DETAIL_ROWS ? area.h - count - 3 : DETAIL_ROWS;
    struct area upper = area_rows(area, 0, area.h - below), lower = area_rows(area, area.h - below, below);
    struct area inside = draw_box(upper, "Layers, the last on top", note, S_DIM);
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2}, body = area_rows(wide, 1, wide.h);
    struct table table = table_begin(wide, layer_columns, ARRAY_LEN(layer_columns));
    int top = list_fit(list, body, count);
    for (int y = 0; y < body.h && top + y < count; y++)
        draw_layer(&table, body, y, json_array_get(layers, (size_t)(top + y)), list_selected(list, top + y));
    int left = lower.w / 2;
    char title[60];
    snprintf(title, sizeof title, "What layer %lld changes", image->files_of);
    inside = draw_box(area_columns(lower, 0, left), title, "A added C changed D gone", S_DIM);
    draw_files(image, (struct area){inside.y, inside.x - 2, inside.h, inside.w + 3}, NULL);
    snprintf(note, sizeof note, "%s in %lld files", format_bytes(json_num(image->layers, "waste.bytes", 0), bytes),
             json_num(image->layers, "waste.files", 0));
    draw_waste(image, draw_box(area_columns(lower, left, lower.w), "Hidden by later layers", note, S_DIM));
}

static const struct column history_columns[] = {
    {"MADE BY", 0, false, 0}, {"SIZE", 7, true, 0}, {"AGE", 7, true, 0}, {"TAGS", 24, false, 90}};

static void draw_history(struct image *image, struct area area)
{
    struct list *list = &image->lists[VIEW_HISTORY];
    int count = (int)json_array_size(image->history);
    struct area inside =
        draw_box(area, "History, the last on top", image->foreign ? "Docker's engine does not show its layers" : NULL, S_DIM);
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2}, body = area_rows(wide, 1, wide.h);
    struct table table = table_begin(wide, history_columns, ARRAY_LEN(history_columns));
    int top = list_fit(list, body, count);
    for (int y = 0; y < body.h && top + y < count; y++) {
        const json_t *step = json_array_get(image->history, (size_t)(top + y));
        bool on = list_selected(list, top + y);
        enum style row = table_row(body, y, on), plain = on ? row : S_TEXT;
        char text[440], figure[UNITS_TEXT];
        table_cell(&table, body, y, 0, on ? row : S_CODE, explore_made_by(step, text, sizeof text));
        table_cell(&table, body, y, 1, plain, format_bytes(json_num(step, "Size", 0), figure));
        table_cell(&table, body, y, 2, plain, str_or(explore_age(json_num(step, "Created", 0), figure), "-"));
        names_in(json_object_get(step, "Tags"), text, sizeof text);
        table_cell(&table, body, y, 3, on ? row : S_ACCENT, text);
    }
}

static void draw_image(struct app *app, void *state, struct area area)
{
    struct image *image = state;
    int x = 1;
    (void)app;
    for (int i = 0; i < VIEW_COUNT; i++) {
        bool on = i == (int)image->view;
        if (on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        x += put(area, 0, x, on ? S_STRONG : S_DIM, views[i]) + 3;
    }
    char names[300];
    names_in(json_at(image->layers, "image.names"), names, sizeof names);
    put_fit(area, 0, x + 2, area.w - x - 3, S_DIM, names);
    area = area_rows(area, 1, area.h);
    const json_t *doc = image->view == VIEW_HISTORY ? image->history : image->layers;
    if (!doc)
        draw_wrapped(area_inset(area, 1, 2), 0, 0, image->error[0] ? S_WARN : S_DIM,
                     image->error[0] ? image->error : "looking at its layers");
    else if (image->view == VIEW_LAYERS)
        draw_layers(image, area);
    else if (image->view == VIEW_FILES)
        draw_all_files(image, area);
    else
        draw_history(image, area);
}

/* --- keys --- */

static void show_view(struct app *app, struct image *image, int view)
{
    image->view = (enum image_view)((view + VIEW_COUNT) % VIEW_COUNT);
    if (image->foreign) {
        image->view = VIEW_HISTORY;
        app_note(app, S_DIM, "This engine is not Slipway's own and does not show what is in its layers.");
    }
    tell_command(app, image);
}

static void next_view(struct app *app, void *state) { show_view(app, state, (int)((struct image *)state)->view + 1); }
static void view_before(struct app *app, void *state) { show_view(app, state, (int)((struct image *)state)->view - 1); }
static void show_files(struct app *app, void *state) { show_view(app, state, VIEW_FILES); }

static bool on_layers(struct app *app, void *state)
{
    (void)app;
    return ((struct image *)state)->view == VIEW_LAYERS && !((struct image *)state)->foreign;
}

static bool key_image(struct app *app, void *state, keycode key)
{
    struct image *image = state;
    const json_t *of[VIEW_COUNT] = {layer_list(image), image->files, image->history};
    if (!list_key(&image->lists[image->view], key, (int)json_array_size(of[image->view])))
        return false;
    want_files(app, image);
    return true;
}

static void inspect(struct app *app, void *state)
{
    struct image *image = state;
    explore_look_into(app, &(struct thing){"image", image->id, image->name});
}

static void open_tree(struct app *app, void *state)
{
    struct image *image = state;
    const json_t *layer = json_array_get(layer_list(image), (size_t)image->lists[VIEW_LAYERS].selected);
    files_show(app, "images", image->id, image->name, json_num(layer, "number", 0));
}

static bool has_layers(struct app *app, void *state)
{
    (void)app;
    return json_array_size(layer_list(state)) > 0;
}

static const char *where_image(struct app *app, void *state)
{
    (void)app;
    return ((struct image *)state)->name;
}

static int part_of_image(struct app *app, void *state)
{
    (void)app;
    return ((struct image *)state)->view;
}

static const struct action actions[] = {
    {"image.files", "Enter", "files", "all that the selected layer adds, changes and removes", show_files, on_layers},
    {"image.view", "Tab", "next view", "the layers, the files of one, the history", next_view, NULL},
    {"image.view-before", "Shift-Tab", NULL, "the layers, the files of one, the history", view_before, NULL},
    {"image.tree", "t", "tree", "the files as one tree, up to the selected layer: which layer each is from, and sizes", open_tree,
     has_layers},
    {"image.inspect", "i", "inspect", "all that the engine knows of it, as a tree", inspect, NULL},
    {"move.down", NULL, "next", "the next layer or file, and the one before", NULL, NULL},
    {"move.up", NULL, "next", "the next layer or file, and the one before", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[VIEW_COUNT] = {
    {"Layers",
     "The layers of the image as they lie upon each other, the first at the bottom. HIDDEN is what a layer holds that a later one "
     "replaces or removes: it is stored and transferred, but no container sees it. Efficiency is the part of all bytes that can be "
     "seen. A layer that other images have too is stored once.",
     "the OCI image-spec, the kernel's overlayfs.rst", NULL},
    {"Files",
     "What one layer adds (A), changes (C) and removes (D) against those below it, in the order of their paths. A removed file is "
     "a "
     "whiteout: an entry of the layer that hides what lies below. Where there was something before, the layer that had it is "
     "named.",
     "the kernel's overlayfs.rst, the OCI image-spec (layer.md)", NULL},
    {"History",
     "What the configuration of the image says of how it was made, the last step on top. Steps that only set something (ENV, CMD) "
     "have no layer and no size.",
     "man 1 slipway-history", NULL},
};

const struct screen screen_image = {
    .name = "image",
    .title = "Image",
    .about = "One image from inside: its layers and its history.",
    .actions = actions,
    .parts = parts,
    .part_count = VIEW_COUNT,
    .part = part_of_image,
    .size = sizeof(struct image),
    .open = open_image,
    .draw = draw_image,
    .key = key_image,
    .close = close_image,
    .where = where_image,
};
