/* Laying out boxes and wires. All positions are worked out first, then boxes are drawn, then wires over the gaps. */
#include "tui/topology.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum { BOXES_MAX = 6, LINKS_MAX = 12, WIRES_MAX = 24, BOX_NARROW = 21, BOX_WIDE = 38, GAP_MIN = 6 };

struct link_row {
    json_t *link;
    int y; /* in the box, of its first line */
    bool wired;
};

struct box {
    json_t *space;
    const char *name;
    struct link_row links[LINKS_MAX];
    int link_count, hidden, degree;
    int y, x, w, h;
};

struct wire {
    int box_a, link_a, box_b, link_b;
    bool up;
};

struct topology {
    struct box boxes[BOXES_MAX];
    int box_count, left_out;
    struct wire wires[WIRES_MAX];
    int wire_count;
    const json_t *before;
    const char *own;
};

static json_t *named(const json_t *list, const char *name)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (str_equal(json_str(entry, "name", ""), name))
            return entry;
    }
    return NULL;
}

static bool is_wire_end(const json_t *doc, const char *space, const char *link)
{
    size_t index;
    json_t *wire;
    json_array_foreach(json_object_get(doc, "wires"), index, wire)
    {
        for (int end = 0; end < 2; end++) {
            json_t *side = json_object_get(wire, end ? "b" : "a");
            if (str_equal(json_str(side, "namespace", ""), space) && str_equal(json_str(side, "link", ""), link))
                return true;
        }
    }
    return false;
}

/* Loopback says little; on the host only wired links, and the bridges that they hang on, belong to the picture. */
static bool worth_showing(const json_t *doc, const char *space, json_t *link)
{
    const char *name = json_str(link, "name", "");
    if (is_wire_end(doc, space, name) || str_equal(json_str(link, "kind", ""), "bridge"))
        return true;
    return !str_equal(space, "host") && !str_equal(name, "lo") && !str_starts(json_str(link, "kind", ""), "ipip");
}

static void add_link(struct box *box, json_t *link, bool wired)
{
    if (box->link_count < LINKS_MAX)
        box->links[box->link_count++] = (struct link_row){.link = link, .wired = wired};
    else
        box->hidden++;
}

static void add_box(struct topology *picture, const json_t *doc, json_t *space)
{
    struct box *box = &picture->boxes[picture->box_count++];
    *box = (struct box){.space = space, .name = json_str(space, "name", "")};
    json_t *links = json_object_get(space, "links"), *link;
    size_t index;
    json_array_foreach(links, index, link)
    {
        if (worth_showing(doc, box->name, link))
            add_link(box, link, is_wire_end(doc, box->name, json_str(link, "name", "")));
    }
    json_t *lo = named(links, "lo");
    if (box->link_count == 0 && lo)
        add_link(box, lo, false);
    for (int i = 0; i < box->link_count; i++)
        box->degree += box->links[i].wired;
}

static bool find_end(const struct topology *picture, json_t *side, int *box, int *link)
{
    for (*box = 0; *box < picture->box_count; (*box)++) {
        const struct box *at = &picture->boxes[*box];
        if (!str_equal(at->name, json_str(side, "namespace", "")))
            continue;
        for (*link = 0; *link < at->link_count; (*link)++)
            if (str_equal(json_str(at->links[*link].link, "name", ""), json_str(side, "link", "")))
                return true;
    }
    return false;
}

static void add_wires(struct topology *picture, const json_t *doc)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(doc, "wires"), index, entry)
    {
        struct wire wire;
        if (picture->wire_count == WIRES_MAX || !find_end(picture, json_object_get(entry, "a"), &wire.box_a, &wire.link_a) ||
            !find_end(picture, json_object_get(entry, "b"), &wire.box_b, &wire.link_b))
            continue;
        wire.up = json_flag(picture->boxes[wire.box_a].links[wire.link_a].link, "up", false) &&
                  json_flag(picture->boxes[wire.box_b].links[wire.link_b].link, "up", false);
        picture->wires[picture->wire_count++] = wire;
    }
}

enum { SPACES_MAX = 64 };

/* How many wires run between two namespaces. */
static int wires_between(const json_t *doc, const char *one, const char *other)
{
    size_t index;
    json_t *wire;
    int count = 0;
    json_array_foreach(json_object_get(doc, "wires"), index, wire)
    {
        const char *a = json_str(wire, "a.namespace", ""), *b = json_str(wire, "b.namespace", "");
        count += (str_equal(a, one) && str_equal(b, other)) || (str_equal(a, other) && str_equal(b, one));
    }
    return count;
}

/* The namespaces, those with most wires to others first: they stay when not all fit. */
static size_t rank_spaces(const json_t *doc, json_t **order)
{
    int degree[SPACES_MAX] = {0};
    size_t count = 0, index;
    json_t *space, *other;
    json_array_foreach(json_object_get(doc, "namespaces"), index, space)
    {
        size_t i;
        if (count == SPACES_MAX)
            break;
        int wires = 0;
        json_array_foreach(json_object_get(doc, "namespaces"), i, other)
        {
            wires += i != index ? wires_between(doc, json_str(space, "name", ""), json_str(other, "name", "")) : 0;
        }
        size_t at = count++;
        for (; at > 0 && degree[at - 1] < wires; at--) {
            degree[at] = degree[at - 1];
            order[at] = order[at - 1];
        }
        degree[at] = wires;
        order[at] = space;
    }
    return count;
}

/* Of all orders in a row the one in which the fewest wires pass a box: at most 720, and the first of equals, so that it is stable.
 */
struct arranging {
    int wires[BOXES_MAX][BOXES_MAX], at[BOXES_MAX], best[BOXES_MAX], count, least;
    bool used[BOXES_MAX];
};

static void try_orders(struct arranging *arranging, int placed, int cost)
{
    if (cost >= arranging->least)
        return;
    if (placed == arranging->count) {
        arranging->least = cost;
        memcpy(arranging->best, arranging->at, sizeof arranging->best);
        return;
    }
    for (int i = 0; i < arranging->count; i++) {
        if (arranging->used[i])
            continue;
        int more = 0;
        for (int left = 0; left < placed - 1; left++)
            more += arranging->wires[arranging->at[left]][i] * (placed - left);
        arranging->used[i] = true;
        arranging->at[placed] = i;
        try_orders(arranging, placed + 1, cost + more);
        arranging->used[i] = false;
    }
}

static void arrange(const json_t *doc, json_t **order, size_t count)
{
    struct arranging arranging = {.count = (int)count, .least = 1 << 20};
    json_t *ranked[BOXES_MAX];
    for (size_t i = 0; i < count; i++) {
        ranked[i] = order[i];
        for (size_t j = 0; j < count; j++)
            arranging.wires[i][j] = i == j ? 0 : wires_between(doc, json_str(order[i], "name", ""), json_str(order[j], "name", ""));
    }
    try_orders(&arranging, 0, 0);
    for (size_t i = 0; i < count; i++)
        order[i] = ranked[arranging.best[i]];
}

/* Lines that one link takes: name and state; addresses; counters. */
static int link_lines(const json_t *link, int detail)
{
    bool lo = str_equal(json_str(link, "name", ""), "lo");
    return 1 + (detail >= 1 && !lo) + (detail >= 2 && !lo);
}

static int place(struct topology *picture, struct area area, int detail)
{
    int count = picture->box_count, tallest = 0;
    int wide = count ? (area.w - (count - 1) * GAP_MIN) / count : 0;
    wide = wide > BOX_WIDE ? BOX_WIDE : wide;
    int gap = count > 1 ? (area.w - count * wide) / (count - 1) : 0;
    gap = gap > 26 ? 26 : gap;
    int x = (area.w - count * wide - (count - 1) * gap) / 2;
    for (int i = 0; i < count; i++) {
        struct box *box = &picture->boxes[i];
        box->x = x;
        box->w = wide;
        x += wide + gap;
        int y = 1;
        for (int j = 0; j < box->link_count; j++) {
            box->links[j].y = y;
            y += link_lines(box->links[j].link, detail);
        }
        if (box->link_count == 0 || box->hidden)
            y++;
        box->h = y + 1;
        tallest = box->h > tallest ? box->h : tallest;
    }
    return tallest;
}

static int wire_y(const struct box *box, int link) { return box->y + box->links[link].y; }

/* Move boxes down so that the first wire between two neighbours runs straight, if there is room for it. */
static int straighten(struct topology *picture, int tall, int room)
{
    int least = 0, most = 0;
    for (int right = 1; right < picture->box_count; right++)
        for (int i = 0; i < picture->wire_count; i++) {
            const struct wire *wire = &picture->wires[i];
            bool forward = wire->box_a == right - 1 && wire->box_b == right,
                 backward = wire->box_b == right - 1 && wire->box_a == right;
            if (!forward && !backward)
                continue;
            struct box *a = &picture->boxes[right - 1], *b = &picture->boxes[right];
            b->y = wire_y(a, forward ? wire->link_a : wire->link_b) - b->links[forward ? wire->link_b : wire->link_a].y;
            least = b->y < least ? b->y : least;
            break;
        }
    for (int i = 0; i < picture->box_count; i++) {
        struct box *box = &picture->boxes[i];
        box->y -= least;
        most = box->y + box->h > most ? box->y + box->h : most;
    }
    if (most <= room)
        return most;
    for (int i = 0; i < picture->box_count; i++)
        picture->boxes[i].y = 0;
    return tall;
}

static json_t *link_before(const struct topology *picture, const char *space, const char *link)
{
    json_t *old = named(json_object_get(picture->before, "namespaces"), space);
    return named(json_object_get(old, "links"), link);
}

/* The IPv4 address, or else an IPv6 one that was given by somebody: the kernel makes link-local ones by itself. */
static const char *address_of(const json_t *addresses)
{
    const char *found = NULL;
    size_t index;
    json_t *entry;
    json_array_foreach(addresses, index, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        bool four = !strchr(text, ':');
        if (*text && !str_starts(text, "fe80:") && (!found || (four && strchr(found, ':'))))
            found = text;
    }
    return found;
}

static void draw_link(const struct topology *picture, const struct box *box, const struct link_row *row, struct area inside,
                      int detail)
{
    json_t *link = row->link, *old = link_before(picture, box->name, json_str(link, "name", ""));
    bool up = json_flag(link, "up", false), fresh = picture->before && !old;
    int y = row->y - 1;
    put(inside, y, 0, up ? S_OK : S_DIM, glyph(up ? G_DOT : G_RING));
    bool turned = old && json_flag(old, "up", false) != up;
    const char *state = up ? "up" : "down";
    put_right(inside, y, inside.w, turned ? S_CHANGED : up ? S_OK : S_WARN, state);
    int x = 2 + put_fit(inside, y, 2, inside.w - 3 - (int)strlen(state), fresh ? S_CHANGED : S_STRONG, json_str(link, "name", ""));
    const char *master = json_str(link, "master", "");
    if (*master)
        put_fit(inside, y, x + 1, inside.w - x - 2 - (int)strlen(state), S_DIM, master);
    if (link_lines(link, detail) < 2)
        return;
    json_t *addresses = json_object_get(link, "addresses");
    const char *address = address_of(addresses);
    bool moved = picture->before && !json_equal(addresses, json_object_get(old, "addresses"));
    put_fit(inside, y + 1, 2, inside.w - 2, moved ? S_CHANGED : address ? S_ACCENT : S_DIM, str_or(address, "no address"));
    if (link_lines(link, detail) < 3)
        return;
    char rx[UNITS_TEXT], tx[UNITS_TEXT];
    long long in = json_num(link, "rx_packets", 0), out = json_num(link, "tx_packets", 0);
    bool in_moved = old && json_num(old, "rx_packets", 0) != in, out_moved = old && json_num(old, "tx_packets", 0) != out;
    x = 2 + put(inside, y + 2, 2, S_DIM, "rx ");
    x += putf(inside, y + 2, x, in_moved ? S_CHANGED : S_TEXT, "%s", format_count(in, rx));
    x += put(inside, y + 2, x, S_DIM, "  tx ");
    putf(inside, y + 2, x, out_moved ? S_CHANGED : S_TEXT, "%s", format_count(out, tx));
}

static void draw_space(const struct topology *picture, const struct box *box, struct area area, int detail)
{
    struct area outer = area_columns(area_rows(area, box->y, box->h), box->x, box->w);
    char title[80];
    bool own = str_equal(box->name, "container"), host = str_equal(box->name, "host");
    snprintf(title, sizeof title, own || host ? "%s" : "netns %s", own ? picture->own : box->name);
    bool fresh = picture->before && !named(json_object_get(picture->before, "namespaces"), box->name);
    struct area inside = draw_box(outer, title, NULL, fresh ? S_CHANGED : S_ACCENT);
    for (int i = 0; i < box->link_count; i++)
        draw_link(picture, box, &box->links[i], inside, detail);
    if (box->link_count == 0)
        put(inside, 0, 0, S_DIM, "no links");
    if (box->hidden)
        putf(inside, box->h - 3, 0, S_DIM, "and %d more", box->hidden);
}

static void stroke(struct area area, int y, int x, int to, enum glyph sign, enum style style)
{
    for (; x < to; x++)
        put(area, y, x, style, glyph(sign));
}

/* A wire between neighbours: straight when both ends are on one height, otherwise with a step in the middle of the gap. */
static void draw_wire(const struct topology *picture, const struct wire *wire, struct area area, int lane)
{
    bool forward = wire->box_a < wire->box_b;
    const struct box *left = &picture->boxes[forward ? wire->box_a : wire->box_b],
                     *right = &picture->boxes[forward ? wire->box_b : wire->box_a];
    int y1 = wire_y(left, forward ? wire->link_a : wire->link_b), y2 = wire_y(right, forward ? wire->link_b : wire->link_a);
    int x1 = left->x + left->w - 1, x2 = right->x, middle = x1 + (x2 - x1) / 2 + lane;
    middle = middle >= x2 - 1 ? x2 - 2 : middle;
    enum style style = wire->up ? S_OK : S_WARN;
    enum glyph sign = wire->up ? G_WIRE : G_WIRE_OFF;
    stroke(area, y1, x1 + 1, y1 == y2 ? x2 : middle, sign, style);
    if (y1 != y2) {
        bool down = y2 > y1;
        for (int y = down ? y1 + 1 : y2 + 1; y < (down ? y2 : y1); y++)
            put(area, y, middle, style, glyph(G_VLINE));
        put(area, y1, middle, style, glyph(down ? G_TOP_RIGHT : G_BOTTOM_RIGHT));
        put(area, y2, middle, style, glyph(down ? G_BOTTOM_LEFT : G_TOP_LEFT));
        stroke(area, y2, middle + 1, x2, sign, style);
    }
    put(area, y1, x1, style, glyph(G_PLUG));
    put(area, y2, x2, style, glyph(G_PLUG));
}

/* Both ends in one namespace: a bracket at the box's right edge, or at its left where there is no room. */
static void draw_loop(const struct topology *picture, const struct wire *wire, struct area area)
{
    const struct box *box = &picture->boxes[wire->box_a];
    int first = wire_y(box, wire->link_a), last = wire_y(box, wire->link_b);
    if (first > last) {
        int swap = first;
        first = last;
        last = swap;
    }
    bool right = box->x + box->w + 2 <= area.w;
    int edge = right ? box->x + box->w - 1 : box->x, step = right ? 1 : -1;
    enum style style = wire->up ? S_OK : S_WARN;
    const int ends[] = {first, last};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
        put(area, ends[i], edge, style, glyph(G_PLUG));
        put(area, ends[i], edge + step, style, glyph(wire->up ? G_WIRE : G_WIRE_OFF));
    }
    put(area, first, edge + 2 * step, style, glyph(right ? G_TOP_RIGHT : G_TOP_LEFT));
    put(area, last, edge + 2 * step, style, glyph(right ? G_BOTTOM_RIGHT : G_BOTTOM_LEFT));
    for (int y = first + 1; y < last; y++)
        put(area, y, edge + 2 * step, style, glyph(G_VLINE));
}

static int draw_far_wire(const struct topology *picture, const struct wire *wire, struct area area, int y)
{
    const struct box *a = &picture->boxes[wire->box_a], *b = &picture->boxes[wire->box_b];
    enum style style = wire->up ? S_OK : S_WARN;
    int x = putf(area, y, 1, S_TEXT, "%s %s ", a->name, json_str(a->links[wire->link_a].link, "name", "")) + 1;
    for (int i = 0; i < 6; i++)
        x += put(area, y, x, style, glyph(wire->up ? G_WIRE : G_WIRE_OFF));
    putf(area, y, x + 1, S_TEXT, "%s %s", b->name, json_str(b->links[wire->link_b].link, "name", ""));
    return y + 1;
}

int draw_topology(struct area area, const json_t *doc, const json_t *before, const char *own)
{
    struct topology picture = {.before = before, .own = own};
    json_t *order[SPACES_MAX];
    size_t count = rank_spaces(doc, order), fit = (size_t)(area.w + GAP_MIN) / (BOX_NARROW + GAP_MIN);
    fit = fit > BOXES_MAX ? BOXES_MAX : fit;
    fit = fit > count ? count : fit;
    arrange(doc, order, fit);
    picture.left_out = (int)(count - fit);
    for (size_t i = 0; i < fit; i++)
        add_box(&picture, doc, order[i]);
    add_wires(&picture, doc);
    int detail = 2, tall;
    while ((tall = place(&picture, area, detail)) > area.h && detail > 0)
        detail--;
    tall = straighten(&picture, tall, area.h);
    for (int i = 0; i < picture.box_count; i++)
        draw_space(&picture, &picture.boxes[i], area, detail);
    int y = tall, lane = 0;
    for (int i = 0; i < picture.wire_count; i++) {
        const struct wire *wire = &picture.wires[i];
        int apart = abs(wire->box_a - wire->box_b);
        if (apart == 1)
            draw_wire(&picture, wire, area, (lane++ % 5) - 2);
        else if (apart == 0)
            draw_loop(&picture, wire, area);
        else
            y = draw_far_wire(&picture, wire, area, y);
    }
    if (picture.left_out)
        putf(area, y++, 1, S_DIM, "and %d more namespace%s: a wider terminal shows more", picture.left_out,
             picture.left_out == 1 ? "" : "s");
    return y;
}
