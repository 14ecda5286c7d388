/* The overlay as a stack, the writable layer on top, and what the container changed. */
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/files.h"
#include "tui/format.h"
#include "tui/xray_state.h"

#include <stdio.h>
#include <string.h>

static enum style change_style(const char *kind) { return *kind == 'A' ? S_OK : *kind == 'D' ? S_BAD : S_WARN; }

/* What made it, as it stands in a Dockerfile; an import has a comment instead. Gives `text`. */
static const char *instruction(const json_t *layer, char *text, size_t room)
{
    static const char shell[] = "/bin/sh -c ", kept[] = "#(nop) ";
    const char *by = str_or(json_str(layer, "created_by", ""), json_str(layer, "comment", ""));
    bool run = str_starts(by, shell);
    by += run ? strlen(shell) : 0;
    bool other = run && str_starts(by, kept);
    by += other ? strlen(kept) : 0;
    by += strspn(by, " ");
    snprintf(text, room, "%s%.200s", run && !other ? "RUN " : "", by);
    return text;
}

/* "+12 ~1 -2", what it hides or has hidden, and where it lies. */
static void put_facts(struct area area, int y, const json_t *layer, const json_t *old, bool marking)
{
    int x = 3;
    bool told = json_object_get(layer, "added") != NULL;
    enum style mark = xray_mark(layer, old, "added", marking,
                                xray_mark(layer, old, "changed", marking, xray_mark(layer, old, "removed", marking, S_TEXT)));
    if (told)
        x += 1 + putf(area, y, x, mark, "+%lld ~%lld -%lld", json_num(layer, "added", 0), json_num(layer, "changed", 0),
                      json_num(layer, "removed", 0));
    char bytes[UNITS_TEXT];
    long long hidden = json_num(layer, "hidden", 0), hides = json_num(layer, "hides", 0);
    if (hidden)
        x += 1 + putf(area, y, x + 1, S_WARN, "%s hidden", format_bytes(hidden, bytes)) + 1;
    if (hides)
        x += 1 + putf(area, y, x + 1, S_WARN, "hides %s", format_bytes(hides, bytes)) + 1;
    put_fit(area, y, told ? x + 1 : x, area.w - x - 2, S_DIM, json_str(layer, "directory", ""));
}

/* One layer as a slab of the stack: two lines and the edge to the next. `news` (may be NULL) stands where its origin does. */
static int draw_slab(struct area area, int y, const json_t *layer, const json_t *old, int number, int count, bool marking,
                     const char *news)
{
    const char *role = json_str(layer, "role", "lower");
    bool upper = str_equal(role, "upper");
    char size[UNITS_TEXT], label[48], by[256];
    if (upper)
        snprintf(label, sizeof label, "upper, writable");
    else
        snprintf(label, sizeof label, "%s %d, read only", role, count - number);
    enum style edge = upper ? S_ACCENT : S_DIM;
    put(area, y, 0, edge, glyph(number == 0 ? G_TOP_LEFT : G_BRANCH));
    for (int x = 1; x < area.w; x++)
        put(area, y, x, S_DIM, glyph(G_HLINE));
    put(area, y, 2, S_DIM, " ");
    int x = 3 + put(area, y, 3, upper ? S_TITLE : S_STRONG, label);
    put(area, y, x, S_DIM, " ");
    char figures[80];
    snprintf(figures, sizeof figures, " %s in %lld files ", format_bytes(json_num(layer, "size", 0), size),
             json_num(layer, "files", 0));
    enum style mark = xray_mark(layer, old, "size", marking, xray_mark(layer, old, "files", marking, S_TEXT));
    put_right(area, y, area.w - 2, mark, figures);
    put(area, y + 1, 0, edge, glyph(G_VLINE));
    if (news)
        put_fit(area, y + 1, 3, area.w - 4, S_CHANGED, news);
    else
        put_fit(area, y + 1, 3, area.w - 4, upper ? S_TEXT : S_CODE,
                str_or(instruction(layer, by, sizeof by), upper ? "what this container wrote" : "imported"));
    put(area, y + 2, 0, edge, glyph(G_VLINE));
    put_facts(area, y + 2, layer, old, marking);
    return y + 3;
}

/* What has just happened in the upper layer, and from which layer it came: the last of the list that was not
 * there before, a copied file rather than a new one. */
static bool latest(const json_t *doc, const json_t *before, char *text, size_t room)
{
    const json_t *found = NULL, *of = NULL;
    json_t *change, *layer;
    size_t i;
    json_array_foreach(before ? json_object_get(doc, "changes") : NULL, i, change)
    {
        bool directory = json_num(change, "size", 0) == 0 && *json_str(change, "kind", "") == 'C';
        bool better = !found || json_flag(change, "copied_up", false) || !json_flag(found, "copied_up", false);
        if (!directory && better && !xray_same(json_object_get(before, "changes"), change, "path"))
            found = change;
    }
    json_array_foreach(json_object_get(doc, "layers"), i, layer)
    {
        if (found && json_num(found, "from", 0) == json_num(layer, "number", -1))
            of = layer;
    }
    if (!found)
        return false;
    char by[256];
    const char *path = json_str(found, "path", ""), *kind = json_str(found, "kind", "");
    if (of)
        snprintf(text, room, "%s %.100s %s %lld, %.60s", glyph(G_MARK), path,
                 json_flag(found, "copied_up", false) ? "copied up from"
                 : *kind == 'D'                       ? "deleted, was in"
                                                      : "was in",
                 json_num(of, "number", 0), str_or(instruction(of, by, sizeof by), "imported"));
    else
        snprintf(text, room, "%s %.100s %s", glyph(G_MARK), path, "is new");
    return true;
}

/* Into the lower edge of the stack. */
static void put_efficiency(struct area area, int y, const json_t *doc)
{
    const json_t *efficiency = json_object_get(doc, "efficiency");
    char text[80], bytes[UNITS_TEXT];
    if (!efficiency)
        return;
    double share = json_number_value(efficiency);
    snprintf(text, sizeof text, " efficiency %.1f %%, %s of waste ", share * 100,
             format_bytes(json_num(doc, "waste.bytes", 0), bytes));
    put_right(area, y, area.w - 2, share < 0.9 ? S_WARN : S_TEXT, text);
}

static int draw_stack(struct area area, int y, const json_t *doc, const json_t *before)
{
    json_t *layers = json_object_get(doc, "layers"), *layer;
    size_t index;
    char news[256];
    bool fresh = latest(doc, before, news, sizeof news);
    put(area, y, 0, S_STRONG, "merged");
    put_fit(area, y, 8, area.w - 8, S_DIM, "the / that processes see: this stack, looked at from above");
    y++;
    json_array_foreach(layers, index, layer)
    {
        json_t *old = xray_same(json_object_get(before, "layers"), layer, "directory");
        bool upper = str_equal(json_str(layer, "role", ""), "upper");
        y = draw_slab(area, y, layer, old, (int)index, (int)json_array_size(layers), before != NULL, upper && fresh ? news : NULL);
    }
    put(area, y, 0, S_DIM, glyph(G_BOTTOM_LEFT));
    for (int x = 1; x < area.w; x++)
        put(area, y, x, S_DIM, glyph(G_HLINE));
    put_efficiency(area, y, doc);
    return y + 1;
}

/* Where most of what the image stores for nothing is. */
static int draw_waste(struct area area, int y, const json_t *doc)
{
    enum { OFFENDERS = 3 };
    const json_t *largest = json_at(doc, "waste.largest");
    char bytes[UNITS_TEXT];
    size_t i;
    json_t *path;
    if (!json_array_size(largest))
        return y;
    int used = put(area, y, 0, S_TITLE, "Hidden by later layers");
    putf(area, y++, used + 2, S_TEXT, "%s in %lld files", format_bytes(json_num(doc, "waste.bytes", 0), bytes),
         json_num(doc, "waste.files", 0));
    json_array_foreach(largest, i, path)
    {
        if (i == OFFENDERS)
            break;
        char note[64];
        snprintf(note, sizeof note, "%s  in %lld, hidden by %lld", format_bytes(json_num(path, "bytes", 0), bytes),
                 json_num(path, "layer", 0), json_num(path, "by", 0));
        put_fit(area, y, 2, area.w - text_width(note) - 4, S_TEXT, json_str(path, "path", ""));
        put_right(area, y, area.w, S_DIM, note);
        y++;
    }
    return y;
}

/* The layer that a changed file came from, in a few words: its number, and while the change is fresh its instruction too. */
static void put_origin(struct area area, int y, int right, const json_t *doc, const json_t *change, bool fresh)
{
    long long from = json_num(change, "from", 0);
    char text[80];
    size_t i;
    json_t *layer;
    char by[256] = "";
    json_array_foreach(json_object_get(doc, "layers"), i, layer)
    {
        if (json_num(layer, "number", 0) == from)
            instruction(layer, by, sizeof by);
    }
    if (!from)
        return;
    const char *word = json_flag(change, "copied_up", false) ? "up from" : "was in";
    if (fresh && area.w >= 60)
        snprintf(text, sizeof text, "%s %lld %.24s", word, from, by);
    else
        snprintf(text, sizeof text, "%s %lld", word, from);
    put_right(area, y, right, fresh ? S_CHANGED : S_DIM, text);
}

static int draw_changes(struct area area, int y, const json_t *doc, const json_t *before)
{
    json_t *changes = json_object_get(doc, "changes"), *change;
    static const char legend[] = "A added  C changed  D deleted";
    int used = putf(area, y, 0, S_TITLE, "Changed against the image: %lld",
                    json_num(doc, "changes_total", (long long)json_array_size(changes)));
    if (used + 2 + text_width(legend) <= area.w)
        put_right(area, y, area.w, S_DIM, legend);
    y++;
    if (json_array_size(changes) == 0)
        put(area, y++, 0, S_DIM, "nothing: the upper layer is empty");
    size_t index;
    json_array_foreach(changes, index, change)
    {
        json_t *old = xray_same(json_object_get(before, "changes"), change, "path");
        bool fresh = before && !old;
        const char *kind = json_str(change, "kind", "C");
        char size[UNITS_TEXT];
        put(area, y, 0, fresh ? S_CHANGED : change_style(kind), fresh ? glyph(G_MARK) : " ");
        put(area, y, 2, change_style(kind), kind);
        int room = json_num(change, "from", 0) ? area.w - (fresh && area.w >= 60 ? 52 : 25) : area.w - 14;
        put_fit(area, y, 4, room, fresh ? S_CHANGED : S_TEXT, json_str(change, "path", ""));
        put_origin(area, y, area.w - 9, doc, change, fresh);
        if (json_num(change, "size", 0) > 0)
            put_right(area, y, area.w, S_DIM, format_bytes(json_num(change, "size", 0), size));
        y++;
    }
    return y;
}

int xray_layers(struct area area, int top, const json_t *doc, const json_t *before)
{
    if (area.w >= 112) {
        int left = area.w / 2 - 1;
        int a = draw_stack(area_columns(area, 0, left), -top, doc, before);
        a = draw_waste(area_columns(area, 0, left), a + 1, doc);
        int b = draw_changes(area_columns(area, left + 2, area.w), -top, doc, before);
        return (a > b ? a : b) + top;
    }
    int y = draw_stack(area, -top, doc, before);
    y = draw_changes(area, y + 1, doc, before);
    return draw_waste(area, y + 1, doc) + top;
}

static void open_tree(struct app *app, void *state)
{
    const struct xray *xray = state;
    files_show(app, "containers", xray->id, xray->name, 0);
}

const struct action xray_layers_actions[] = {
    {"xray.tree", "t", "tree", "its files as one tree: which layer each is from, what was copied up and removed, and sizes",
     open_tree, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};
