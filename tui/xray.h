/* The X-ray of one container: one tab, one file. A tab draws its document into an area from line `top` on (lines above are not
 * drawn) and says how many lines it has. `before` is an earlier document, so that what changed can be marked; NULL when there is
 * none. */
#ifndef SLIPWAY_TUI_XRAY_H
#define SLIPWAY_TUI_XRAY_H

#include "tui/draw.h"

#include <jansson.h>
#include <stdbool.h>

typedef int (*xray_draw)(struct area area, int top, const json_t *doc, const json_t *before);

int xray_layers(struct area area, int top, const json_t *doc, const json_t *before);
int xray_namespaces(struct area area, int top, const json_t *doc, const json_t *before);
int xray_cgroup(struct area area, int top, const json_t *doc, const json_t *before);
int xray_network(struct area area, int top, const json_t *doc, const json_t *before);
int xray_chains(struct area area, int top, const json_t *doc, const json_t *before);
int xray_signals(struct area area, int top, const json_t *doc, const json_t *before);
int xray_privileges(struct area area, int top, const json_t *doc, const json_t *before);
int xray_steps(struct area area, int top, const json_t *doc, const json_t *before);

/* The entry of an array whose `key` has the same value as in `like`; NULL when there is none. */
/* Of "processes": the container's own first one, whose number need not be the lowest outside. */
json_t *xray_first(const json_t *doc);
json_t *xray_same(const json_t *array, const json_t *like, const char *key);
/* S_CHANGED when `path` differs from that of `before`, or when `before` is NULL though `marking`; else `style`. */
enum style xray_mark(const json_t *now, const json_t *before, const char *path, bool marking, enum style style);

/* One kernel step on one line: time, what, the equivalent command. Shared with the lesson's "what changed". */
void draw_step(struct area area, int y, const json_t *step, bool fresh);

#endif
