/* The merged tree of an image's or a container's layers: directories fold, each thing with the layer it is from, what a layer
 * replaces and removes, and bars of the sizes. The engine is asked for a directory when it is unfolded, one at a time. */
#include "tui/files_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <errno.h>
#include <string.h>

enum { PAGE = 500, DEEPEST = 200 };

struct wish {
    const char *kind, *id, *name;
    long long layer;
};

void files_show(struct app *app, const char *kind, const char *id, const char *name, long long layer)
{
    app_push(app, TAB_CONTAINERS, &screen_files, &(struct wish){kind, id, name, layer});
}

const json_t *files_root(const struct files *files) { return json_object_get(files->directories, "/"); }
bool files_is_open(const struct files *files, const char *path) { return json_object_get(files->open, path) != NULL; }
bool files_is_directory(const json_t *entry) { return *json_str(entry, "type", "") == 'd' && !json_object_get(entry, "gone"); }

const struct files_line *files_selected(const struct files *files)
{
    return files->list.selected < files->count ? &files->lines[files->list.selected] : NULL;
}

/* --- the lines --- */

static void clear_lines(struct files *files)
{
    for (int i = 0; i < files->count; i++)
        free(files->lines[i].path);
    files->count = 0;
}

static void add_line(struct files *files, const json_t *entry, const json_t *within, char *path, int depth)
{
    if (files->count == files->room)
        files->lines = xrealloc(files->lines, (size_t)(files->room = files->room ? files->room * 2 : 64) * sizeof *files->lines);
    files->lines[files->count++] = (struct files_line){entry, within, path, depth};
}

static void add_directory(struct files *files, const char *directory, int depth)
{
    const json_t *doc = json_object_get(files->directories, directory), *entries = json_object_get(doc, "entries");
    size_t index;
    json_t *entry;
    json_array_foreach(entries, index, entry)
    {
        char *path = str_format("%s/%s", str_equal(directory, "/") ? "" : directory, json_str(entry, "name", ""));
        add_line(files, entry, doc, path, depth);
        if (files_is_directory(entry) && depth < DEEPEST && files_is_open(files, path))
            add_directory(files, path, depth + 1);
    }
    if (doc && (long long)json_array_size(entries) < json_num(doc, "total", 0))
        add_line(files, NULL, doc, xstrdup(directory), depth);
}

/* The selection stays on its path, also when that comes again only with a later answer. */
static void arrange(struct files *files)
{
    clear_lines(files);
    add_directory(files, "/", 0);
    for (int i = 0; i < files->count; i++)
        if (files->lines[i].entry && str_equal(files->lines[i].path, files->selected))
            files->list.selected = i;
}

static void keep_selected(struct files *files)
{
    const struct files_line *line = files_selected(files);
    copy_text(files->selected, sizeof files->selected, line && line->entry ? line->path : "");
}

/* --- asking --- */

static void tell_command(struct app *app, const struct files *files, const char *path)
{
    app_ran(app, "curl --unix-socket /run/slipway.sock 'http://d/slipway/%s/%s/tree?path=%s&layer=%lld&order=%s'", files->kind,
            files->name, path, files->layer, files->by_size ? "size" : "name");
}

static void want(struct app *app, struct files *files);

static void refused(struct app *app, struct files *files, const struct error *err)
{
    bool foreign = err->code == ENOENT && app->model.docker;
    if (str_equal(files->asked, "/"))
        copy_text(files->error, sizeof files->error,
                  foreign ? "This engine is not Slipway's own and does not show what is in its layers." : err->message);
    else if (json_object_get(files->directories, files->asked) || files->turn < 2)
        app_note(app, S_BAD, "%s", err->message);
    json_object_del(files->open, files->asked); /* as of a directory that an earlier layer does not have */
    json_object_del(files->more, files->asked);
}

static void take(struct files *files, json_t *answer)
{
    json_t *doc = json_object_get(files->directories, files->asked);
    json_t *entries = json_object_get(doc, "entries");
    if (doc && json_num(answer, "offset", 0) == (json_int_t)json_array_size(entries))
        json_array_extend(entries, json_object_get(answer, "entries"));
    else if (!json_num(answer, "offset", 0))
        json_object_set(files->directories, files->asked, answer);
    if (json_array_size(json_object_get(answer, "entries")) == 0 && doc) /* it has become shorter */
        json_object_set_new(doc, "total", json_integer((json_int_t)json_array_size(entries)));
    json_object_del(files->more, files->asked);
    if (str_equal(files->asked, "/")) {
        files->shown = json_num(answer, "layers", 0);
        files->all = (long long)json_array_size(json_object_get(answer, "stack"));
    }
}

static void got(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct files *files = owner;
    if (files->turn == files->asked_turn) {
        if (err)
            refused(app, files, err);
        else
            take(files, answer);
        arrange(files);
    }
    free(files->asked);
    files->asked = NULL;
    app_dirty(app);
    want(app, files);
}

/* The first directory that is open and not known, or of which more is wanted. */
static void want(struct app *app, struct files *files)
{
    const char *path;
    json_t *value;
    if (files->asked)
        return;
    json_object_foreach(files->open, path, value)
    {
        if (json_object_get(files->directories, path) && !json_object_get(files->more, path))
            continue;
        files->asked = xstrdup(path);
        files->asked_turn = files->turn;
        break;
    }
    if (!files->asked)
        return;
    size_t offset = json_array_size(json_object_get(json_object_get(files->directories, files->asked), "entries"));
    cleanup_free char *id = client_escape(files->id), *at = client_escape(files->asked);
    cleanup_free char *request = str_format("/slipway/%s/%s/tree?path=%s&layer=%lld&order=%s&offset=%zu&limit=%d", files->kind, id,
                                            at, files->layer, files->by_size ? "size" : "name", offset, PAGE);
    work_engine(app->work, LANE_LIVE, "GET", request, NULL, got, files);
}

static void ask_again(struct app *app, struct files *files)
{
    files->turn++;
    files->error[0] = 0;
    json_object_clear(files->directories);
    json_object_clear(files->more);
    json_object_set_new(files->open, "/", json_true());
    clear_lines(files);
    tell_command(app, files, "/");
    want(app, files);
}

static void open_files(struct app *app, void *state, const void *argument)
{
    struct files *files = state;
    const struct wish *wish = argument;
    files->directories = json_object();
    files->open = json_object();
    files->more = json_object();
    if (!wish)
        return;
    copy_text(files->kind, sizeof files->kind, wish->kind);
    copy_text(files->id, sizeof files->id, wish->id);
    copy_text(files->name, sizeof files->name, wish->name);
    files->layer = wish->layer;
    ask_again(app, files);
}

static void close_files(struct app *app, void *state)
{
    struct files *files = state;
    (void)app;
    clear_lines(files);
    free(files->lines);
    free(files->asked);
    json_decref(files->directories);
    json_decref(files->open);
    json_decref(files->more);
}

/* --- keys --- */

static void set_open(struct app *app, struct files *files, const char *path, bool open)
{
    if (open)
        json_object_set_new(files->open, path, json_true());
    else
        json_object_del(files->open, path);
    if (open)
        tell_command(app, files, path);
    arrange(files);
    want(app, files);
}

static void toggle(struct app *app, void *state)
{
    struct files *files = state;
    const struct files_line *line = files_selected(files);
    if (!line)
        return;
    if (!line->entry) {
        json_object_set_new(files->more, line->path, json_true());
        want(app, files);
    } else if (files_is_directory(line->entry)) {
        cleanup_free char *path = xstrdup(line->path);
        keep_selected(files);
        set_open(app, files, path, !files_is_open(files, path));
    }
}

static void unfold(struct app *app, void *state)
{
    struct files *files = state;
    const struct files_line *line = files_selected(files);
    if (line && (!line->entry || !files_is_open(files, line->path)))
        toggle(app, state);
    else if (line && files->list.selected + 1 < files->count && files->lines[files->list.selected + 1].depth > line->depth)
        files->list.selected++;
    keep_selected(files);
}

static void fold(struct app *app, void *state)
{
    struct files *files = state;
    const struct files_line *line = files_selected(files);
    if (!line)
        return;
    if (line->entry && files_is_open(files, line->path)) {
        toggle(app, state);
        return;
    }
    int at = files->list.selected;
    while (at > 0 && files->lines[at].depth >= line->depth)
        at--;
    files->list.selected = files->lines[at].depth < line->depth ? at : files->list.selected;
    keep_selected(files);
}

static void order(struct app *app, void *state)
{
    struct files *files = state;
    files->by_size = !files->by_size;
    ask_again(app, files);
}

static void show_layer(struct app *app, struct files *files, long long by)
{
    long long to = files->shown + by;
    if (to < 1 || to > files->all)
        return;
    files->layer = files->shown = to;
    ask_again(app, files);
}

static void layer_above(struct app *app, void *state) { show_layer(app, state, 1); }
static void layer_below(struct app *app, void *state) { show_layer(app, state, -1); }
static void again(struct app *app, void *state) { ask_again(app, state); }

static bool key_files(struct app *app, void *state, keycode key)
{
    struct files *files = state;
    (void)app;
    if (!list_key(&files->list, key, files->count))
        return false;
    keep_selected(files);
    return true;
}

static const struct action actions[] = {
    {"files.toggle", "Enter Space", "unfold", "unfold the directory, or fold it; get more of a long one", toggle, NULL},
    {"files.in", "Right l", NULL, "into the directory, and out of it", unfold, NULL},
    {"files.out", "Left h", NULL, "into the directory, and out of it", fold, NULL},
    {"files.order", "o", "order", "by size, the largest first, or by name", order, NULL},
    {"files.below", "p", "layer", "the tree as it was up to the layer below, and above", layer_below, NULL},
    {"files.above", "n", "layer", "the tree as it was up to the layer below, and above", layer_above, NULL},
    {"files.again", "r", "again", "ask the engine again: a container may have written", again, NULL},
    {"move.down", NULL, "next", "the next entry, and the one before", NULL, NULL},
    {"move.up", NULL, "next", "the next entry, and the one before", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The files as processes see them: the layers merged, up to the one on show. FROM is the number of the layer that a thing is "
     "from; A, C and D are what that layer added, changed and removed (a whiteout hides what lower layers have), U what the kernel "
     "copied up for a write, * a directory in which the layer on show did something. What other layers did is dim. The bars "
     "compare "
     "sizes within a directory.",
     "the kernel's overlayfs.rst, the OCI image-spec (layer.md)", NULL},
};

const struct screen screen_files = {
    .name = "files",
    .title = "Files",
    .about = "The merged tree of an image's or a container's layers, each entry with the layer it is from.",
    .actions = actions,
    .parts = parts,
    .part_count = 1,
    .size = sizeof(struct files),
    .open = open_files,
    .draw = files_draw,
    .key = key_files,
    .close = close_files,
};
