/* Layout of the map: which box stands where, and which wire takes which lane. Drawing is in network_map_draw.c. */
#include "tui/network_map.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- boxes --- */

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

static struct map_box *add_box(struct map_box **boxes, int *count)
{
    *boxes = xrealloc(*boxes, (size_t)(*count + 1) * sizeof **boxes);
    struct map_box *box = &(*boxes)[(*count)++];
    *box = (struct map_box){0};
    return box;
}

static int add_row(struct map_box *box, const json_t *link, const char *text)
{
    box->rows = xrealloc(box->rows, (size_t)(box->count + 1) * sizeof *box->rows);
    box->rows[box->count] = (struct map_row){.link = link};
    copy_text(box->rows[box->count].text, sizeof box->rows[0].text, text);
    return box->count++;
}

static json_t *host_of(const struct map *map) { return json_array_get(json_object_get(map->doc, "namespaces"), 0); }

static bool is_parent(const struct map *map, const char *link)
{
    size_t i;
    json_t *wire;
    json_array_foreach(json_object_get(map->doc, "wires"), i, wire)
    {
        if (!str_equal(json_str(wire, "kind", ""), "veth") && str_equal(json_str(wire, "a.namespace", ""), "host") &&
            str_equal(json_str(wire, "a.link", ""), link))
            return true;
    }
    return false;
}

static bool leads_to_a_namespace(const json_t *link)
{
    const char *there = json_str(link, "peer_namespace", "");
    return *there && !str_equal(there, "host");
}

/* The host itself: what leads out of the machine, and the wires that are in no bridge. */
static void add_host(struct map *map)
{
    struct map_box *box = add_box(&map->hubs, &map->hub_count);
    json_t *host = host_of(map), *link, *route;
    size_t i;
    copy_text(box->title, sizeof box->title, "host");
    box->space = host;
    json_array_foreach(json_object_get(host, "links"), i, link)
    {
        const char *kind = json_str(link, "kind", ""), *name = json_str(link, "name", "");
        bool wire = leads_to_a_namespace(link) && !*json_str(link, "master", "");
        bool device = !str_equal(kind, "loopback") && !str_equal(kind, "bridge") && !*json_str(link, "master", "");
        bool tunnel =
            (str_starts(kind, "ipip") || str_starts(kind, "sit") || str_starts(kind, "gre") || str_starts(kind, "ip6tnl")) &&
            !json_flag(link, "up", false);
        if (wire || (device && !tunnel && !is_parent(map, name)))
            add_row(box, link, "");
    }
    json_array_foreach(json_object_get(host, "routes"), i, route)
    {
        if (str_starts(json_string_value(route), "default"))
            add_row(box, NULL, json_string_value(route));
    }
    if (!box->count)
        add_row(box, NULL, "no link out of this machine");
}

static void add_hubs(struct map *map)
{
    size_t i;
    json_t *bridge, *link, *host = host_of(map);
    add_host(map);
    json_array_foreach(json_object_get(map->doc, "bridges"), i, bridge)
    {
        if (!str_equal(json_str(bridge, "namespace", ""), "host"))
            continue;
        struct map_box *box = add_box(&map->hubs, &map->hub_count);
        const char *network = json_str(bridge, "network.name", ""), *name = json_str(bridge, "name", "");
        snprintf(box->title, sizeof box->title, *network ? "%s" : "bridge %s", *network ? network : name);
        const char *address = json_string_value(json_array_get(json_object_get(bridge, "addresses"), 0));
        bool internal = json_flag(json_object_get(bridge, "network"), "internal", false);
        snprintf(box->note, sizeof box->note, "%s%s", str_or(address, ""), internal ? address ? ", internal" : "internal" : "");
        box->space = host;
        add_row(box, named(json_object_get(host, "links"), name), "");
    }
    json_array_foreach(json_object_get(host, "links"), i, link)
    {
        if (!is_parent(map, json_str(link, "name", "")) || str_equal(json_str(link, "kind", ""), "bridge"))
            continue;
        struct map_box *box = add_box(&map->hubs, &map->hub_count);
        copy_text(box->title, sizeof box->title, "parent");
        box->space = host;
        add_row(box, link, "");
    }
}

static void add_leaves(struct map *map)
{
    size_t i, k;
    json_t *space, *link, *name;
    json_array_foreach(json_object_get(map->doc, "namespaces"), i, space)
    {
        if (i == 0)
            continue;
        struct map_box *box = add_box(&map->leaves, &map->leaf_count);
        copy_text(box->title, sizeof box->title, json_str(space, "name", ""));
        json_array_foreach(json_object_get(space, "containers"), k, name)
        {
            size_t used = strlen(box->title);
            if (k)
                snprintf(box->title + used, sizeof box->title - used, " + %s", json_string_value(name));
        }
        const char *kind = json_str(space, "kind", "");
        copy_text(box->note, sizeof box->note, str_equal(kind, "container") ? "" : str_equal(kind, "inner") ? "netns" : kind);
        box->space = space;
        json_array_foreach(json_object_get(space, "links"), k, link)
        {
            const char *type = json_str(link, "kind", "");
            bool idle = !json_flag(link, "up", false) && !str_equal(type, "veth") && !leads_to_a_namespace(link);
            if (!str_equal(type, "loopback") && !idle)
                add_row(box, link, "");
        }
        if (!box->count)
            add_row(box, NULL, "loopback only");
    }
}

/* --- wires --- */

static int leaf_row(const struct map *map, const char *space, const char *link, int *leaf)
{
    for (*leaf = 0; *leaf < map->leaf_count; (*leaf)++) {
        const struct map_box *box = &map->leaves[*leaf];
        if (!str_equal(json_str(box->space, "name", ""), space))
            continue;
        for (int i = 0; i < box->count; i++)
            if (str_equal(json_str(box->rows[i].link, "name", ""), link))
                return i;
    }
    return -1;
}

static int hub_of(const struct map *map, const json_t *link)
{
    const char *wanted = json_str(link, "master", "");
    for (int i = 1; i < map->hub_count && *wanted; i++)
        if (str_equal(json_str(map->hubs[i].rows[0].link, "name", ""), wanted))
            return i;
    for (int i = 1; i < map->hub_count; i++)
        if (map->hubs[i].rows[0].link == link)
            return i;
    return 0;
}

static void add_wire(struct map *map, const json_t *near, const json_t *far)
{
    if (!str_equal(json_str(near, "namespace", ""), "host"))
        return;
    json_t *link = named(json_object_get(host_of(map), "links"), json_str(near, "link", ""));
    struct map_wire wire = {.hub = link ? hub_of(map, link) : -1, .port = -1};
    wire.link = leaf_row(map, json_str(far, "namespace", ""), json_str(far, "link", ""), &wire.leaf);
    if (wire.hub < 0 || wire.link < 0)
        return;
    struct map_box *hub = &map->hubs[wire.hub];
    for (int i = 0; i < hub->count && wire.hub == 0; i++)
        if (hub->rows[i].link == link)
            wire.port = i;
    if (wire.port < 0)
        wire.port = add_row(hub, link, "");
    map->wires = xrealloc(map->wires, (size_t)(map->wire_count + 1) * sizeof *map->wires);
    map->wires[map->wire_count++] = wire;
}

static void add_wires(struct map *map)
{
    size_t i;
    json_t *wire;
    json_array_foreach(json_object_get(map->doc, "wires"), i, wire)
    {
        add_wire(map, json_object_get(wire, "a"), json_object_get(wire, "b"));
        if (str_equal(json_str(wire, "kind", ""), "veth"))
            add_wire(map, json_object_get(wire, "b"), json_object_get(wire, "a"));
    }
}

/* --- places --- */

/* Two lines for each link (name and address; counters), one for a text; a row of a hub is one line. */
static int row_lines(const struct map_row *row, bool leaf) { return leaf && row->link ? 2 : 1; }

static void place_leaf(struct map *map, struct map_box *box, int y)
{
    box->y = y;
    box->placed = true;
    int at = y + 1;
    for (int i = 0; i < box->count; i++) {
        box->rows[i].y = at;
        at += row_lines(&box->rows[i], true);
    }
    box->h = at + 1 - y;
    map->lines = at + 1 > map->lines ? at + 1 : map->lines;
}

/* A hub's ports: first those of containers that stand with another hub, then, level with them, those of its own. */
static int place_hub(struct map *map, int index, int y)
{
    struct map_box *hub = &map->hubs[index];
    hub->y = y;
    int at = y + 1, right = y;
    for (int i = 0; i < hub->count; i++)
        hub->rows[i].y = -1;
    for (int i = 0; i < hub->count; i++) {
        bool own = false;
        for (int w = 0; w < map->wire_count; w++)
            own = own || (map->wires[w].hub == index && map->wires[w].port == i && !map->leaves[map->wires[w].leaf].placed);
        if (!own)
            hub->rows[i].y = at++;
    }
    right = at - 1 > right ? at - 1 : right;
    for (int w = 0; w < map->wire_count; w++) {
        struct map_wire *wire = &map->wires[w];
        struct map_box *leaf = &map->leaves[wire->leaf];
        if (wire->hub != index || hub->rows[wire->port].y >= 0)
            continue;
        if (!leaf->placed) {
            place_leaf(map, leaf, right);
            right = leaf->y + leaf->h;
        }
        bool level = leaf->rows[wire->link].y >= at;
        hub->rows[wire->port].y = level ? leaf->rows[wire->link].y : at;
        at = hub->rows[wire->port].y + 1;
    }
    hub->h = at + 1 - y;
    int end = y + hub->h > right ? y + hub->h : right;
    map->lines = end > map->lines ? end : map->lines;
    return end;
}

static int by_line(const void *a, const void *b, void *data)
{
    const struct map *map = data;
    const struct map_wire *one = a, *other = b;
    return map->hubs[one->hub].rows[one->port].y - map->hubs[other->hub].rows[other->port].y;
}

static void place(struct map *map)
{
    int y = 0;
    for (int i = 0; i < map->hub_count; i++)
        y = place_hub(map, i, y);
    for (int i = 0; i < map->leaf_count; i++) {
        if (map->leaves[i].placed)
            continue;
        place_leaf(map, &map->leaves[i], y);
        y += map->leaves[i].h;
    }
    for (int i = 0; i < map->wire_count; i++) {
        struct map_wire *wire = &map->wires[i];
        bool straight = map->hubs[wire->hub].rows[wire->port].y == map->leaves[wire->leaf].rows[wire->link].y;
        wire->lane = straight ? 0 : ++map->lanes;
    }
    if (map->wire_count)
        qsort_r(map->wires, (size_t)map->wire_count, sizeof *map->wires, by_line, map);
}

struct map *map_new(const json_t *doc, int width)
{
    struct map *map = xcalloc(1, sizeof *map);
    map->doc = doc;
    map->width = width;
    add_hubs(map);
    add_leaves(map);
    add_wires(map);
    place(map);
    int gap = width / 12 + map->lanes;
    gap = gap > width / 4 ? width / 4 : gap < 4 ? 4 : gap;
    map->left = (width - gap) * 9 / 20;
    map->right = map->left + gap;
    return map;
}

void map_free(struct map *map)
{
    if (!map)
        return;
    for (int i = 0; i < map->hub_count; i++)
        free(map->hubs[i].rows);
    for (int i = 0; i < map->leaf_count; i++)
        free(map->leaves[i].rows);
    free(map->hubs);
    free(map->leaves);
    free(map->wires);
    free(map);
}

int map_wire_line(const struct map *map, int wire)
{
    return wire >= 0 && wire < map->wire_count ? map->hubs[map->wires[wire].hub].rows[map->wires[wire].port].y : 0;
}

const char *map_wire_container(const struct map *map, int wire)
{
    return wire >= 0 && wire < map->wire_count ? json_str(map->leaves[map->wires[wire].leaf].space, "id", "") : "";
}
