/* The lines of the merged tree with bars of their sizes, and the selected one in words. */
#include "tui/files_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <string.h>

enum { DETAIL_ROWS = 4, BAR_FROM = 64, FILES_FROM = 100 };

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

static void draw_bar(const struct table *table, struct area area, int y, const struct files_line *line, enum style style)
{
    long long most = json_num(line->within, "largest", 0), size = json_num(line->entry, "size", 0);
    int width = table->width[C_BAR];
    if (width <= 0 || most <= 0)
        return;
    int full = (int)((double)size * width / (double)most + 0.5);
    for (int i = 0; i < width && i < (full ? full : size > 0); i++)
        put(area, y, table->x[C_BAR] + i, style, glyph(G_FULL));
}

static void draw_name(const struct files *files, const struct table *table, struct area area, int y, const struct files_line *line,
                      enum style style)
{
    int x = table->x[C_NAME] + 2 * line->depth, right = table->x[C_NAME] + table->width[C_NAME];
    const char *name = json_str(line->entry, "name", ""), *type = json_str(line->entry, "type", "f");
    if (x + 3 > right) /* too deep for this width: its end is what matters */
        x = right - 3 > table->x[C_NAME] ? right - 3 : table->x[C_NAME];
    if (files_is_directory(line->entry))
        put(area, y, x, style == S_SELECT ? style : S_ACCENT, glyph(files_is_open(files, line->path) ? G_DOWN : G_PLAY));
    x += 2;
    x += put_fit(area, y, x, right - x - 1, style, name);
    static const char signs[] = "d/l@p|s=c%b%";
    const char *sign = strstr(signs, type);
    if (*type != 'f' && sign)
        putf(area, y, x, style == S_SELECT ? style : S_DIM, "%c", sign[1]);
}

static void draw_line(const struct files *files, const struct table *table, struct area area, int y, const struct files_line *line,
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
    draw_name(files, table, area, y, line, on ? row : gone ? S_DIM : files_is_directory(line->entry) ? S_STRONG : S_TEXT);
    mark_text(line->entry, files->shown, mark, &style);
    table_cell(table, area, y, C_MARK, on ? row : style, mark);
    snprintf(text, sizeof text, "%lld", json_num(line->entry, "layer", 0));
    table_cell(table, area, y, C_FROM, plain, text);
    table_cell(table, area, y, C_SIZE, plain, gone ? "-" : format_bytes(json_num(line->entry, "size", 0), text));
    table_cell(table, area, y, C_FILES, plain,
               files_is_directory(line->entry) ? format_count(json_num(line->entry, "files", 0), text) : "");
    draw_bar(table, area, y, line, on ? row : files_is_directory(line->entry) ? S_ACCENT : S_CODE);
}

static const char *made_by(const struct files *files, long long number, char *out, size_t room)
{
    size_t index;
    json_t *layer;
    json_array_foreach(json_object_get(files_root(files), "stack"), index, layer)
    {
        if (json_num(layer, "number", 0) == number)
            return explore_made_by(layer, out, room);
    }
    return "";
}

/* The selected thing in words. */
static void draw_detail(const struct files *files, struct area area, const struct files_line *line)
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

void files_draw(struct app *app, void *state, struct area area)
{
    struct files *files = state;
    const json_t *root = files_root(files);
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
    const struct files_line *line = files_selected(files);
    draw_detail(files,
                draw_box(area_rows(area, area.h - DETAIL_ROWS, DETAIL_ROWS), line ? line->path : "/",
                         area.w >= 78 ? "A added C changed U copied up D gone * below" : NULL, S_DIM),
                line);
}
