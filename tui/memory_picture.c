/* Gauges of memory control groups. */
#include "tui/memory_picture.h"

#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum { LABEL = 9 };

static bool differs(const json_t *now, const json_t *before, const char *path)
{
    json_t *a = json_at(now, path), *b = json_at(before, path);
    return before && !(a == b || (a && b && json_equal(a, b)));
}

static void part_row(struct area area, int y, const char *name, long long value, long long whole, enum style style,
                     const char *note)
{
    char text[UNITS_TEXT];
    put(area, y, 0, S_DIM, name);
    int width = area.w - LABEL - 8 - 14;
    width = width > 60 ? 60 : width;
    draw_gauge(area, y, LABEL, width, whole > 0 ? (double)value / (double)whole : 0, style);
    put_right(area, y, LABEL + width + 8, S_TEXT, format_bytes(value, text));
    put_fit(area, y, LABEL + width + 10, area.w - LABEL - width - 10, S_DIM, note);
}

int draw_memory_group(struct area area, const json_t *group, const json_t *before)
{
    long long usage = json_num(group, "memory.usage", 0), limit = json_num(group, "memory.limit", 0);
    long long peak = json_num(group, "memory.max_usage", 0), fails = json_num(group, "memory.failcnt", 0),
              kills = json_num(group, "memory.oom_kills", 0);
    long long whole = limit > 0 ? limit : peak > usage ? peak : usage;
    double part = limit > 0 ? (double)usage / (double)limit : 0;
    char text[UNITS_TEXT], note[80] = "no limit";
    if (limit > 0)
        snprintf(note, sizeof note, "of %s  %.0f%%", format_bytes(limit, text), part * 100);
    int y = 0;
    part_row(area, y++, "usage", usage, whole, limit > 0 ? usage_style(part) : S_ACCENT, note);
    static const struct {
        const char *path, *name, *note;
    } parts[] = {{"memory.anon", "  anon", "its own"}, {"memory.file", "  file", "page cache"}, {"memory.kernel", "  kernel", ""}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (json_is_number(json_at(group, parts[i].path)))
            part_row(area, y++, parts[i].name, json_num(group, parts[i].path, 0), whole, S_ACCENT, parts[i].note);
    put(area, y, 0, S_DIM, "peak");
    int x = LABEL + put(area, y, LABEL, S_TEXT, format_bytes(peak, text));
    x += put(area, y, x, S_DIM, "   limit hit ");
    x += putf(area, y, x, differs(group, before, "memory.failcnt") ? S_CHANGED : S_TEXT, "%lld times", fails);
    x += put(area, y, x, S_DIM, "   OOM kills ");
    x += putf(area, y, x, differs(group, before, "memory.oom_kills") ? S_CHANGED : kills ? S_BAD : S_TEXT, "%lld", kills);
    if (json_flag(group, "memory.under_oom", false))
        put(area, y, x + 2, S_BAD, "out of memory now");
    return y + 1;
}

static json_t *child_before(const json_t *before, const char *name)
{
    size_t index;
    json_t *child;
    json_array_foreach(json_object_get(before, "children"), index, child)
    {
        if (str_equal(json_str(child, "name", ""), name))
            return child;
    }
    return NULL;
}

static int draw_branch(struct area area, int y, int depth, const json_t *group, const json_t *before, bool fresh)
{
    char name[64];
    const char *full = json_str(group, "name", "");
    copy_text(name, sizeof name, strrchr(full, '/') && strrchr(full, '/')[1] ? strrchr(full, '/') + 1 : full);
    long long limit = json_num(group, "memory.limit", 0);
    put(area, y, depth * 2, S_DIM, glyph(G_LAST));
    int x = depth * 2 + 2;
    x += put_fit(area, y, x, area.w - x - 24, fresh ? S_CHANGED : S_STRONG, str_or(name, "/"));
    if (limit <= 0) {
        char text[UNITS_TEXT];
        putf(area, y, x + 2, S_DIM, "%s, no limit of its own", format_bytes(json_num(group, "memory.usage", 0), text));
        return y + 1;
    }
    put(area, y, x + 2, S_ACCENT, "made here");
    return y + 1 + draw_memory_group(area_columns(area_rows(area, y + 1, area.h), depth * 2 + 2, area.w), group, before);
}

static int draw_children(struct area area, int y, int depth, const json_t *doc, const json_t *before)
{
    size_t index;
    json_t *child;
    json_array_foreach(json_object_get(doc, "children"), index, child)
    {
        json_t *old = child_before(before, json_str(child, "name", ""));
        if (y < area.h)
            y = draw_branch(area, y, depth, child, old, before && !old);
        if (depth < 3)
            y = draw_children(area, y, depth + 1, child, old);
    }
    return y;
}

static int draw_in_short(struct area area, const json_t *group)
{
    char usage[UNITS_TEXT], peak[UNITS_TEXT];
    putf(area, 0, 0, S_TEXT, "usage    %s, peak %s, OOM kills %lld", format_bytes(json_num(group, "memory.usage", 0), usage),
         format_bytes(json_num(group, "memory.max_usage", 0), peak), json_num(group, "memory.oom_kills", 0));
    return 1;
}

int draw_memory_tree(struct area area, const json_t *doc, const json_t *before)
{
    put(area, 0, 0, S_STRONG, "this sandbox");
    put_fit(area, 0, 14, area.w - 14, S_DIM, json_str(doc, "path", ""));
    struct area inner = area_rows(area, 1, area.h);
    bool children = json_array_size(json_object_get(doc, "children")) > 0;
    /* Where there is little room, what the learner made comes first. */
    int y = children && area.h < 13 ? draw_in_short(inner, doc) : draw_memory_group(inner, doc, before);
    if (!children) {
        put(inner, y + 1, 0, S_DIM, "no group below it yet: mkdir in the memory hierarchy makes one");
        return y + 3;
    }
    return 1 + draw_children(inner, y, 0, doc, before);
}
