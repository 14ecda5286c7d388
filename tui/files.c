/* The merged tree of an image's or a container's layers: directories fold, each thing with the layer it is from, what a layer
 * replaces and removes, and bars of the sizes. The engine is asked for a directory when it is unfolded, one at a time. */
#include "tui/files.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <errno.h>
#include <string.h>

enum { PAGE = 500, DETAIL_ROWS = 4, BAR_FROM = 64, FILES_FROM = 100, PATH_ROOM = 4200, DEEPEST = 200 };

/* One line: a thing, or (entry NULL) that a directory has more than was asked for. */
struct line {
    const json_t *entry;  /* borrowed from `directories` */
    const json_t *within; /* the document of the directory that it is in */
    char *path;           /* its own; of the directory when entry is NULL */
    int depth;
};

struct files {
    char kind[16], id[200], name[200], error[300];
    long long layer;      /* shown up to it; 0: all */
    long long shown, all; /* the layer on show, and how many there are, as last told */
    bool by_size;
    json_t *directories;       /* path -> the document as far as it was asked for */
    json_t *open;              /* path -> true */
    json_t *more;              /* path -> true: its next page is wanted */
    char *asked;               /* the path that is being asked for */
    unsigned turn, asked_turn; /* counts what makes earlier answers useless */
    struct line *lines;
    int count, room;
    char selected[PATH_ROOM];
    struct list list;
};

struct wish {
    const char *kind, *id, *name;
    long long layer;
};

void files_open(struct app *app, const char *kind, const char *id, const char *name, long long layer)
{
    app_push(app, TAB_CONTAINERS, &screen_files, &(struct wish){kind, id, name, layer});
}

static const json_t *root_of(const struct files *files) { return json_object_get(files->directories, "/"); }
static bool is_open(const struct files *files, const char *path) { return json_object_get(files->open, path) != NULL; }
static bool is_directory(const json_t *entry) { return *json_str(entry, "type", "") == 'd' && !json_object_get(entry, "gone"); }

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
    files->lines[files->count++] = (struct line){entry, within, path, depth};
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
        if (is_directory(entry) && depth < DEEPEST && is_open(files, path))
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

static const struct line *selected(const struct files *files)
{
    return files->list.selected < files->count ? &files->lines[files->list.selected] : NULL;
}

static void keep_selected(struct files *files)
{
    const struct line *line = selected(files);
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

/* --- drawing --- */

static const struct column columns[] = {
    {"NAME", 0, false, 0},          {"", 1, false, 0},
    {"FROM", 4, true, 0},           {"SIZE", 7, true, 0},
    {"FILES", 6, true, FILES_FROM}, {"OF ITS DIRECTORY", 20, false, BAR_FROM},
};
enum { C_NAME, C_MARK, C_FROM, C_SIZE, C_FILES, C_BAR };

/* What the layer did here: of the last one that has it. */
static char mark_of(const json_t *entry)
{
    return json_object_get(entry, "gone")         ? 'D'
           : json_flag(entry, "copied_up", false) ? 'U'
           : json_object_get(entry, "was")        ? 'C'
                                                  : 'A';
}

static enum style mark_style(char mark) { return mark == 'A' ? S_OK : mark == 'D' ? S_BAD : S_WARN; }

/* Everything has been added once: that is told of the layer on show alone. "*": something below is of that layer. */
static void mark_text(const json_t *entry, long long layer, char out[2], enum style *style)
{
    char mark = mark_of(entry);
    bool own = json_num(entry, mark == 'D' ? "gone" : "layer", 0) == layer;
    bool below = !own && mark != 'D' && json_num(entry, "newest", 0) == layer && layer > 1;
    out[0] = own || mark != 'A' ? mark : ' ';
    if (below && (mark == 'A' || mark == 'C'))
        out[0] = '*';
    out[1] = 0;
    *style = own ? mark_style(mark) : below ? S_WARN : S_DIM;
}

static void draw_bar(const struct table *table, struct area area, int y, const struct line *line, enum style style)
{
    long long most = json_num(line->within, "largest", 0), size = json_num(line->entry, "size", 0);
    int width = table->width[C_BAR];
    if (width <= 0 || most <= 0)
        return;
    int full = (int)((double)size * width / (double)most + 0.5);
    for (int i = 0; i < width && i < (full ? full : size > 0); i++)
        put(area, y, table->x[C_BAR] + i, style, glyph(G_FULL));
}

static void draw_name(const struct files *files, const struct table *table, struct area area, int y, const struct line *line,
                      enum style style)
{
    int x = table->x[C_NAME] + 2 * line->depth, right = table->x[C_NAME] + table->width[C_NAME];
    const char *name = json_str(line->entry, "name", ""), *type = json_str(line->entry, "type", "f");
    if (x + 3 > right) /* too deep for this width: its end is what matters */
        x = right - 3 > table->x[C_NAME] ? right - 3 : table->x[C_NAME];
    if (is_directory(line->entry))
        put(area, y, x, style == S_SELECT ? style : S_ACCENT, glyph(is_open(files, line->path) ? G_DOWN : G_PLAY));
    x += 2;
    x += put_fit(area, y, x, right - x - 1, style, name);
    static const char signs[] = "d/l@p|s=c%b%";
    const char *sign = strstr(signs, type);
    if (*type != 'f' && sign)
        putf(area, y, x, style == S_SELECT ? style : S_DIM, "%c", sign[1]);
}

static void draw_line(const struct files *files, const struct table *table, struct area area, int y, const struct line *line,
                      bool on)
{
    enum style row = table_row(area, y, on), style;
    char text[UNITS_TEXT], mark[2];
    if (!line->entry) {
        long long left = json_num(line->within, "total", 0) - (long long)json_array_size(json_object_get(line->within, "entries"));
        putf(area, y, table->x[C_NAME] + 2 * line->depth + 2, on ? row : S_DIM, "%lld more: Enter", left);
        return;
    }
    bool gone = json_object_get(line->entry, "gone") != NULL;
    enum style plain = on ? row : gone ? S_DIM : S_TEXT;
    draw_name(files, table, area, y, line, on ? row : gone ? S_DIM : is_directory(line->entry) ? S_STRONG : S_TEXT);
    mark_text(line->entry, files->shown, mark, &style);
    table_cell(table, area, y, C_MARK, on ? row : style, mark);
    snprintf(text, sizeof text, "%lld", json_num(line->entry, "layer", 0));
    table_cell(table, area, y, C_FROM, plain, text);
    table_cell(table, area, y, C_SIZE, plain, gone ? "-" : format_bytes(json_num(line->entry, "size", 0), text));
    table_cell(table, area, y, C_FILES, plain,
               is_directory(line->entry) ? format_count(json_num(line->entry, "files", 0), text) : "");
    draw_bar(table, area, y, line, on ? row : is_directory(line->entry) ? S_ACCENT : S_CODE);
}

static const char *made_by(const struct files *files, long long number, char *out, size_t room)
{
    size_t index;
    json_t *layer;
    json_array_foreach(json_object_get(root_of(files), "stack"), index, layer)
    {
        if (json_num(layer, "number", 0) == number)
            return explore_made_by(layer, out, room);
    }
    return "";
}

/* The selected thing in words. */
static void draw_detail(const struct files *files, struct area area, const struct line *line)
{
    char by[440], bytes[UNITS_TEXT];
    const json_t *entry = line ? line->entry : NULL;
    if (!entry)
        return;
    long long layer = json_num(entry, "layer", 0), was = json_num(entry, "was", 0), gone = json_num(entry, "gone", 0);
    cleanup_free char *from =
        str_format("%s layer %lld: %s", gone ? "was in" : "from", layer, made_by(files, layer, by, sizeof by));
    cleanup_free char *deed = NULL;
    if (gone)
        deed = str_format("removed by layer %lld: %s", gone, made_by(files, gone, by, sizeof by));
    else if (json_flag(entry, "copied_up", false))
        deed = str_format("copied up from layer %lld: %s", was, made_by(files, was, by, sizeof by));
    else if (was)
        deed = str_format("replaces what layer %lld has: %s", was, made_by(files, was, by, sizeof by));
    else if (json_num(entry, "newest", 0) > layer)
        deed = str_format("last changed below by layer %lld: %s", json_num(entry, "newest", 0),
                          made_by(files, json_num(entry, "newest", 0), by, sizeof by));
    int x = put_fit(area, 0, 0, area.w, S_TEXT, from);
    if (json_num(entry, "hides", 0))
        putf(area, 0, x + 2, S_WARN, "%s hidden here", format_bytes(json_num(entry, "hides", 0), bytes));
    put_fit(area, 1, 0, area.w, gone ? S_BAD : S_DIM, deed ? deed : "");
}

static void draw_files(struct app *app, void *state, struct area area)
{
    struct files *files = state;
    const json_t *root = root_of(files);
    char title[300], note[160], bytes[UNITS_TEXT], by[440];
    (void)app;
    if (!root) {
        draw_wrapped(area_inset(area, 1, 2), 0, 0, files->error[0] ? S_WARN : S_DIM,
                     files->error[0] ? files->error : "laying its layers upon each other");
        return;
    }
    snprintf(title, sizeof title, "Layers 1 to %lld%s", files->shown, files->shown < files->all ? ", not all" : "");
    snprintf(note, sizeof note, "%s in %lld files, by %s%s", format_bytes(json_num(root, "size", 0), bytes),
             json_num(root, "files", 0), files->by_size ? "size" : "name", json_flag(root, "truncated", false) ? ", not all" : "");
    put_fit(area, 0, 1, area.w - 2, S_CODE, made_by(files, files->shown, by, sizeof by));
    area = area_rows(area, 1, area.h);
    struct area inside = draw_box(area_rows(area, 0, area.h - DETAIL_ROWS), title, note, S_DIM);
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2}, body = area_rows(wide, 1, wide.h);
    struct table table = table_begin(wide, columns, ARRAY_LEN(columns));
    int top = list_fit(&files->list, body, files->count);
    for (int y = 0; y < body.h && top + y < files->count; y++)
        draw_line(files, &table, body, y, &files->lines[top + y], list_selected(&files->list, top + y));
    const struct line *line = selected(files);
    draw_detail(files,
                draw_box(area_rows(area, area.h - DETAIL_ROWS, DETAIL_ROWS), line ? line->path : "/",
                         area.w >= 78 ? "A added C changed U copied up D gone * below" : NULL, S_DIM),
                line);
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
    const struct line *line = selected(files);
    if (!line)
        return;
    if (!line->entry) {
        json_object_set_new(files->more, line->path, json_true());
        want(app, files);
    } else if (is_directory(line->entry)) {
        cleanup_free char *path = xstrdup(line->path);
        keep_selected(files);
        set_open(app, files, path, !is_open(files, path));
    }
}

static void unfold(struct app *app, void *state)
{
    struct files *files = state;
    const struct line *line = selected(files);
    if (line && (!line->entry || !is_open(files, line->path)))
        toggle(app, state);
    else if (line && files->list.selected + 1 < files->count && files->lines[files->list.selected + 1].depth > line->depth)
        files->list.selected++;
    keep_selected(files);
}

static void fold(struct app *app, void *state)
{
    struct files *files = state;
    const struct line *line = selected(files);
    if (!line)
        return;
    if (line->entry && is_open(files, line->path)) {
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
    .draw = draw_files,
    .key = key_files,
    .close = close_files,
};
