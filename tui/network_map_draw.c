/* Drawing of the map: boxes, rows and wires, from some line on, and both ends of one wire. */
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/network_map.h"

#include <stdio.h>
#include <string.h>

static json_t *named(const json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)list, i, entry)
    {
        if (str_equal(json_str(entry, "name", ""), name))
            return entry;
    }
    return NULL;
}

static json_t *space_before(const json_t *before, const json_t *space)
{
    return named(json_object_get(before, "namespaces"), json_str(space, "name", ""));
}

static json_t *link_before(const json_t *before, const json_t *space, const json_t *link)
{
    return named(json_object_get(space_before(before, space), "links"), json_str(link, "name", ""));
}

/* The IPv4 address, or else an IPv6 one that somebody gave. */
static const char *address_of(const json_t *link)
{
    const char *found = "";
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(link, "addresses"), i, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        if (!str_starts(text, "fe80:") && (!*found || (!strchr(text, ':') && strchr(found, ':'))))
            found = text;
    }
    return found;
}

static bool moved(const json_t *link, const json_t *old, const char *counter)
{
    return old && json_num(link, counter, 0) != json_num(old, counter, 0);
}

/* --- boxes --- */

static void draw_frame(struct area area, int y, int x, int h, int w, const struct map_box *box, enum style edge)
{
    for (int i = 1; i < w - 1; i++) {
        put(area, y, x + i, edge, glyph(G_HLINE));
        put(area, y + h - 1, x + i, edge, glyph(G_HLINE));
    }
    for (int i = 1; i < h - 1; i++) {
        put(area, y + i, x, edge, glyph(G_VLINE));
        put(area, y + i, x + w - 1, edge, glyph(G_VLINE));
    }
    put(area, y, x, edge, glyph(G_TOP_LEFT));
    put(area, y, x + w - 1, edge, glyph(G_TOP_RIGHT));
    put(area, y + h - 1, x, edge, glyph(G_BOTTOM_LEFT));
    put(area, y + h - 1, x + w - 1, edge, glyph(G_BOTTOM_RIGHT));
    put(area, y, x + 2, edge, " ");
    int note = *box->note ? text_width(box->note) + 3 : 0;
    int used = put_fit(area, y, x + 3, w - 7 - note, edge == S_CHANGED ? S_CHANGED : S_TITLE, box->title);
    put(area, y, x + 3 + used, edge, " ");
    if (note) {
        put(area, y, x + w - 1 - note, edge, " ");
        put(area, y, x + w - note, S_DIM, box->note);
        put(area, y, x + w - 3, edge, " ");
    }
}

static int draw_counters(struct area area, int y, int right, const json_t *link, const json_t *old)
{
    char rx[UNITS_TEXT], tx[UNITS_TEXT], text[80];
    format_count(json_num(link, "rx_packets", 0), rx);
    format_count(json_num(link, "tx_packets", 0), tx);
    snprintf(text, sizeof text, "tx %s", tx);
    int x = right - text_width(text);
    put(area, y, x, moved(link, old, "tx_packets") ? S_CHANGED : S_DIM, text);
    snprintf(text, sizeof text, "rx %s", rx);
    x -= text_width(text) + 2;
    put(area, y, x, moved(link, old, "rx_packets") ? S_CHANGED : S_DIM, text);
    return x;
}

static void draw_hub_row(struct area area, int y, int x, int w, const struct map_box *hub, int index, const json_t *before,
                         bool selected)
{
    const struct map_row *row = &hub->rows[index];
    if (!row->link) {
        put_fit(area, y, x, w, S_DIM, row->text);
        return;
    }
    const json_t *old = link_before(before, hub->space, row->link);
    int end = draw_counters(area, y, x + w, row->link, old);
    bool up = json_flag(row->link, "up", false), fresh = before && !old;
    const char *address = str_equal(json_str(row->link, "kind", ""), "bridge") ? "" : address_of(row->link);
    int at = x + put(area, y, x, up ? S_OK : S_WARN, glyph(up ? G_DOT : G_RING)) + 1;
    at += put_fit(area, y, at, end - at - 1,
                  selected ? S_SELECT
                  : fresh  ? S_CHANGED
                           : S_STRONG,
                  json_str(row->link, "name", "")) +
          1;
    if (*address && end - at > text_width(address))
        put(area, y, at, S_ACCENT, address);
}

static void draw_leaf_row(struct area area, int y, int x, int w, const struct map_box *leaf, int index, const json_t *before,
                          bool selected)
{
    const struct map_row *row = &leaf->rows[index];
    if (!row->link) {
        put_fit(area, y, x, w, S_DIM, row->text);
        return;
    }
    const json_t *old = link_before(before, leaf->space, row->link);
    bool up = json_flag(row->link, "up", false), fresh = before && !old;
    const char *address = address_of(row->link), *kind = json_str(row->link, "kind", "");
    put_right(area, y, x + w, up ? S_OK : S_WARN, up ? "up" : "down");
    int at = x + put(area, y, x, up ? S_OK : S_WARN, glyph(up ? G_DOT : G_RING)) + 1;
    at += put_fit(area, y, at, 12, selected ? S_SELECT : fresh ? S_CHANGED : S_STRONG, json_str(row->link, "name", "")) + 1;
    bool same = !old || json_equal(json_object_get(old, "addresses"), json_object_get(row->link, "addresses"));
    put_fit(area, y, at, x + w - 5 - at, same ? S_ACCENT : S_CHANGED, *address ? address : "no address");
    int end = draw_counters(area, y + 1, x + w, row->link, old);
    put_fit(area, y + 1, x + 2, end - x - 3, S_DIM, str_equal(kind, "veth") ? json_str(row->link, "mac", "") : kind);
}

/* --- wires --- */

static void stroke(struct area area, int y, int from, int to, enum glyph sign, enum style style)
{
    for (int x = from; x < to; x++)
        put(area, y, x, style, glyph(sign));
}

static void draw_wire(const struct map *map, struct area area, int top, const struct map_wire *wire, bool selected,
                      const json_t *before)
{
    const struct map_row *port = &map->hubs[wire->hub].rows[wire->port], *link = &map->leaves[wire->leaf].rows[wire->link];
    bool up = json_flag(port->link, "up", false) && json_flag(link->link, "up", false);
    const json_t *old = link_before(before, map->leaves[wire->leaf].space, link->link);
    bool busy = moved(link->link, old, "rx_packets") || moved(link->link, old, "tx_packets");
    enum style style = selected ? S_SELECT : busy ? S_CHANGED : up ? S_OK : S_WARN;
    enum glyph sign = up ? G_WIRE : G_WIRE_OFF;
    int y1 = port->y - top, y2 = link->y - top, x1 = map->left - 1, x2 = map->right;
    int gap = x2 - x1 - 1, middle = x1 + 1 + (wire->lane ? wire->lane % (gap - 1) : gap / 2);
    stroke(area, y1, x1 + 1, y1 == y2 ? x2 : middle, sign, style);
    if (y1 != y2) {
        bool down = y2 > y1;
        for (int y = (down ? y1 : y2) + 1; y < (down ? y2 : y1); y++)
            put(area, y, middle, style, glyph(G_VLINE));
        put(area, y1, middle, style, glyph(down ? G_TOP_RIGHT : G_BOTTOM_RIGHT));
        put(area, y2, middle, style, glyph(down ? G_BOTTOM_LEFT : G_TOP_LEFT));
        stroke(area, y2, middle + 1, x2, sign, style);
    }
    put(area, y1, x1, style, glyph(selected ? G_MARK : G_PLUG));
    put(area, y2, x2, style, glyph(selected ? G_MARK : G_PLUG));
}

void map_draw(const struct map *map, struct area area, int top, int selected, const json_t *before)
{
    const struct map_wire *chosen = selected >= 0 && selected < map->wire_count ? &map->wires[selected] : NULL;
    for (int i = 0; i < map->hub_count; i++) {
        const struct map_box *hub = &map->hubs[i];
        const char *bridge = json_str(hub->rows[0].link, "name", "");
        bool fresh = before && i && !link_before(before, hub->space, hub->rows[0].link);
        draw_frame(area, hub->y - top, 0, hub->h, map->left, hub, fresh && *bridge ? S_CHANGED : S_ACCENT);
        for (int k = 0; k < hub->count; k++)
            draw_hub_row(area, hub->rows[k].y - top, 2, map->left - 4, hub, k, before,
                         chosen && chosen->hub == i && chosen->port == k);
    }
    for (int i = 0; i < map->leaf_count; i++) {
        const struct map_box *leaf = &map->leaves[i];
        bool fresh = before && !space_before(before, leaf->space);
        draw_frame(area, leaf->y - top, map->right, leaf->h, map->width - map->right, leaf, fresh ? S_CHANGED : S_ACCENT);
        for (int k = 0; k < leaf->count; k++)
            draw_leaf_row(area, leaf->rows[k].y - top, map->right + 2, map->width - map->right - 4, leaf, k, before,
                          chosen && chosen->leaf == i && chosen->link == k);
    }
    for (int pass = 0; pass < 2; pass++) /* the chosen one lies on top */
        for (int i = 0; i < map->wire_count; i++)
            if ((i == selected) == (pass == 1))
                draw_wire(map, area, top, &map->wires[i], i == selected, before);
}

/* --- both ends --- */

static void draw_end(struct area area, const char *space, const json_t *link, const char *plugged)
{
    char rx[UNITS_TEXT], tx[UNITS_TEXT];
    int x = putf(area, 0, 0, S_STRONG, "%s", json_str(link, "name", ""));
    x += putf(area, 0, x, S_DIM, " in ");
    x += put(area, 0, x, S_ACCENT, space);
    put_fit(area, 0, x, area.w - x, S_DIM, plugged);
    putf(area, 1, 0, S_TEXT, "%s  index %lld  mtu %lld", json_str(link, "mac", ""), json_num(link, "index", 0),
         json_num(link, "mtu", 0));
    size_t i;
    json_t *address;
    x = 0;
    json_array_foreach(json_object_get(link, "addresses"), i, address)
    {
        x += put_fit(area, 2, x, area.w - x, S_CODE, json_string_value(address)) + 2;
    }
    if (!x)
        put(area, 2, 0, S_DIM, "no address of its own");
    format_bytes(json_num(link, "rx_bytes", 0), rx);
    format_bytes(json_num(link, "tx_bytes", 0), tx);
    putf(area, 3, 0, S_DIM, "rx %lld p %s  tx %lld p %s  lost %lld", json_num(link, "rx_packets", 0), rx,
         json_num(link, "tx_packets", 0), tx, json_num(link, "rx_dropped", 0) + json_num(link, "tx_dropped", 0));
}

void map_draw_ends(const struct map *map, struct area area, int selected)
{
    if (selected < 0 || selected >= map->wire_count) {
        put(area, 0, 0, S_DIM, "no wire between host and containers yet: slipway run -d busybox sleep 1000");
        return;
    }
    const struct map_wire *wire = &map->wires[selected];
    const struct map_box *hub = &map->hubs[wire->hub], *leaf = &map->leaves[wire->leaf];
    const json_t *port = hub->rows[wire->port].link;
    char plugged[80] = "";
    if (*json_str(port, "master", ""))
        snprintf(plugged, sizeof plugged, ", port of %s", json_str(port, "master", ""));
    int half = area.w / 2;
    draw_end(area_columns(area, 0, half - 2), "host", port, plugged);
    for (int y = 0; y < 4; y++)
        put(area, y, half - 1, S_DIM, glyph(G_VLINE));
    draw_end(area_columns(area, half + 1, area.w - half - 1), json_str(leaf->space, "name", ""), leaf->rows[wire->link].link, "");
}
