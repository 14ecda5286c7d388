/* Drawings of the inside of a container or an image, in plain text. Each section takes the engine's JSON for it (observe/observe.h
 * has the shapes) and draws; `brief` is for the page that shows all sections at once. */
#ifndef SLIPWAY_CLI_XRAY_H
#define SLIPWAY_CLI_XRAY_H

#include "base/strings.h"
#include "client/client.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct xray {
    FILE *out;
    bool utf8, colour, brief;
    int width; /* of a box, frame included */
};

/* Boxes: a title in the upper edge, rows cut to fit, a rule between groups of rows. */
void plain_box_open(const struct xray *xray, const char *title);
void plain_box_row(const struct xray *xray, const char *format, ...) __attribute__((format(printf, 2, 3)));
void plain_box_rule(const struct xray *xray);
void plain_box_close(const struct xray *xray);
/* Between two boxes: a wire with a label. */
void plain_wire(const struct xray *xray, const char *label);
/* Lines of cells with tabs between, as columns, two blanks in. */
void plain_rows(const struct xray *xray, struct buf *rows);
void plain_heading(const struct xray *xray, const char *title, const char *note);
/* "[######------]", `part` of `whole`. */
void plain_gauge(const struct xray *xray, double part, double whole, int cells, char *out, size_t size);

/* A copy in which nothing can move the cursor or change the terminal: names come from images. */
char *plain_text(const char *text);

void plain_steps(const struct xray *xray, const json_t *doc);
void plain_layers(const struct xray *xray, const json_t *doc);
void plain_namespaces(const struct xray *xray, const json_t *doc);
void plain_cgroup(const struct xray *xray, const json_t *doc);
void plain_network(const struct xray *xray, const json_t *doc);
void plain_chains(const struct xray *xray, const json_t *doc);
void plain_signals(const struct xray *xray, const json_t *doc);
void plain_privileges(const struct xray *xray, const json_t *doc);

/* One line of what a container, or a layer, changed; `layers` (may be NULL) say where it came from. */
void plain_layer_change(const struct xray *xray, const json_t *change, const json_t *layers);

/* Commands' results: until the container goes, or one who reads. With `json`, a document a line. */
int xray_follow(struct client *client, const struct xray *xray, const char *name, bool json);
int xray_image_layer(struct client *client, const struct xray *xray, const char *name, int number, bool json);

/* One directory of the merged tree, up to a layer (0: all of them). */
struct xray_look {
    bool image, by_size;
    const char *path;
    int layer;
};
int xray_files(struct client *client, const struct xray *xray, const char *name, const struct xray_look *look, bool json);

#endif
