/* A JSON document as a tree that folds: a line a value, what is folded shown in brief on its line; searched by key and value.
 *
 * A new document in the place of the old one keeps what is open and what is selected, by their way from the root.
 */
#ifndef SLIPWAY_TUI_TREE_VIEW_H
#define SLIPWAY_TUI_TREE_VIEW_H

#include "tui/list.h"

#include <jansson.h>
#include <stdbool.h>

struct tree_node {
    const char *key; /* borrowed; NULL in an array */
    int index;       /* in the array */
    json_t *value;   /* borrowed */
    int depth, parent, end;
    bool open;
};

struct tree {
    json_t *doc;
    struct tree_node *nodes; /* in the order of the text; 0 is the root, which has no line */
    int count;
    int *lines; /* the nodes on show */
    int line_count;
    struct list list;
    char search[160];
};

void tree_take(struct tree *tree, json_t *doc); /* a new reference is taken */
void tree_close(struct tree *tree);

const struct tree_node *tree_selected(const struct tree *tree); /* NULL before there is a document */
bool tree_key(struct tree *tree, keycode key);                  /* moving */
void tree_toggle(struct tree *tree);                            /* fold or unfold the selected one */
void tree_in(struct tree *tree);                                /* unfold it, or go to its first member */
void tree_out(struct tree *tree);                               /* fold it, or go to what holds it */
void tree_open_all(struct tree *tree, bool open);

/* Case does not count. tree_next goes to the next match (by: 1) or the one before (-1), unfolding what hides it, round the ends;
 * false when there is none. The matches in all, and which of them is selected (0: none). */
void tree_search(struct tree *tree, const char *text);
bool tree_next(struct tree *tree, int by);
int tree_matches(const struct tree *tree, int *at);

/* What `docker inspect --format` takes for the selected value: "{{.State.Pid}}", "{{index .Args 0}}", "{{json .Config}}".
 * Allocated; NULL before there is a document. */
char *tree_template(const struct tree *tree);

void tree_draw(struct tree *tree, struct area area);

#endif
