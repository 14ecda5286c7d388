/* Memory of a control group as a picture: usage against the limit, what it is made of, and the OOM kills.
 *
 * `group` is "the same object" of GET /slipway/containers/{id}/cgroup: the group itself or one of its children.
 */
#ifndef SLIPWAY_TUI_MEMORY_PICTURE_H
#define SLIPWAY_TUI_MEMORY_PICTURE_H

#include "tui/draw.h"

#include <jansson.h>

int draw_memory_group(struct area area, const json_t *group, const json_t *before); /* rows used */
/* The group and all its children, as a tree with a gauge each, those with a limit in full. For the memory lab. */
int draw_memory_tree(struct area area, const json_t *doc, const json_t *before);

#endif
