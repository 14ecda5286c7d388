/* The network of the whole machine as a drawing: at the left the host with its bridges (and links that macvlans sit on), at the
 * right every namespace with its links, and the wires between the two. A bridge is as tall as the containers that hang on it, so
 * that most wires run straight; a container on several networks stands with the first of them.
 *
 * `doc` is what GET /slipway/topology gives. A map is laid out for one width; what it points to is the document's.
 */
#ifndef SLIPWAY_TUI_NETWORK_MAP_H
#define SLIPWAY_TUI_NETWORK_MAP_H

#include "tui/draw.h"

#include <jansson.h>

struct map_row {
    const json_t *link; /* NULL: text alone */
    char text[96];
    int y; /* of the whole drawing */
};

struct map_box {
    char title[120], note[60];
    const json_t *space; /* the namespace that its links are in */
    struct map_row *rows;
    int count, y, h;
    bool placed;
};

struct map_wire {
    int hub, port, leaf, link; /* boxes and their rows */
    int lane;                  /* 0: straight */
};

struct map {
    const json_t *doc;
    struct map_box *hubs, *leaves;
    int hub_count, leaf_count;
    struct map_wire *wires; /* from top to bottom */
    int wire_count, lanes;
    int width, left, right; /* columns: of the left boxes, where the right ones begin */
    int lines;
};

struct map *map_new(const json_t *doc, int width);
void map_free(struct map *map);

/* From line `top` on. What differs from `before` (may be NULL) is marked; the wire `selected` stands out (-1: none). */
void map_draw(const struct map *map, struct area area, int top, int selected, const json_t *before);
/* Both ends of a wire, four lines. */
void map_draw_ends(const struct map *map, struct area area, int selected);
int map_wire_line(const struct map *map, int wire);
const char *map_wire_container(const struct map *map, int wire); /* id of who has the right end; "" for none */

#endif
