/* The network as a picture: namespaces as boxes, veth pairs as wires between them, addresses and counters inside.
 *
 * `doc` is what GET /slipway/containers/{id}/network gives, `before` an earlier one (may be NULL): what differs is marked. Boxes
 * that are wired together stand next to each other; a wire whose ends are not neighbours is written below the boxes.
 */
#ifndef SLIPWAY_TUI_TOPOLOGY_H
#define SLIPWAY_TUI_TOPOLOGY_H

#include "tui/draw.h"

#include <jansson.h>

/* `own` names the box of the container itself. Rows used. */
int draw_topology(struct area area, const json_t *doc, const json_t *before, const char *own);

#endif
