/* The overlay as a stack, the writable layer on top, and what the container changed. */
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/xray.h"

#include <stdio.h>

static enum style change_style(const char *kind) { return *kind == 'A' ? S_OK : *kind == 'D' ? S_BAD : S_WARN; }

/* One layer as a slab of the stack: two lines and the edge to the next. */
static int draw_slab(struct area area, int y, const json_t *layer, const json_t *old, int number, int count, bool marking)
{
    const char *role = json_str(layer, "role", "lower");
    bool upper = str_equal(role, "upper");
    char size[UNITS_TEXT], label[48];
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
    put_fit(area, y + 1, 3, area.w - 4, upper ? S_TEXT : S_CODE,
            str_or(json_str(layer, "created_by", ""), upper ? "what this container wrote" : "imported"));
    put(area, y + 2, 0, edge, glyph(G_VLINE));
    put_fit(area, y + 2, 3, area.w - 4, S_DIM, json_str(layer, "directory", ""));
    return y + 3;
}

static int draw_stack(struct area area, int y, const json_t *doc, const json_t *before)
{
    json_t *layers = json_object_get(doc, "layers"), *layer;
    size_t index;
    put(area, y, 0, S_STRONG, "merged");
    put_fit(area, y, 8, area.w - 8, S_DIM, "the / that processes see: this stack, looked at from above");
    y++;
    json_array_foreach(layers, index, layer)
    {
        json_t *old = xray_same(json_object_get(before, "layers"), layer, "directory");
        y = draw_slab(area, y, layer, old, (int)index, (int)json_array_size(layers), before != NULL);
    }
    put(area, y, 0, S_DIM, glyph(G_BOTTOM_LEFT));
    for (int x = 1; x < area.w; x++)
        put(area, y, x, S_DIM, glyph(G_HLINE));
    return y + 1;
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
        put_fit(area, y, 4, area.w - 14, fresh ? S_CHANGED : S_TEXT, json_str(change, "path", ""));
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
        int b = draw_changes(area_columns(area, left + 2, area.w), -top, doc, before);
        return (a > b ? a : b) + top;
    }
    int y = draw_stack(area, -top, doc, before);
    return draw_changes(area, y + 1, doc, before) + top;
}
