/* The tree that a stack of layers makes (stack.h): layers are laid on one after the other, and each path remembers what has been
 * there. Inside observe/ only. */
#ifndef SLIPWAY_OBSERVE_STACK_TREE_H
#define SLIPWAY_OBSERVE_STACK_TREE_H

#include "base/strings.h"
#include "observe/layer_index.h"

#include <pthread.h>

extern pthread_mutex_t stack_looking; /* one large tree at a time: memory is bounded */

struct stack_node {
    uint32_t parent, name;
    uint32_t first, next; /* what is in it, and what is beside it; 0 ends */
    uint32_t mode, uid, gid;
    uint16_t layer;     /* the latest that has it */
    uint16_t hidden_by; /* the latest that hid bytes here, and whose they were */
    uint16_t hidden_of;
    uint16_t opaque; /* hidden by a directory of this layer, which may still have it again */
    bool there;      /* some path leads to it */
    int64_t size;    /* of what is there */
    int64_t hidden;  /* bytes that are hidden at this path */
    int64_t hidden_files;
    int64_t least, stored; /* for the efficiency; least < 0: nothing counted yet */
};

struct stack_tree {
    struct stack_node *nodes; /* 0 is the root */
    uint32_t count, room;
    char *names;
    size_t names_len, names_room;
    uint32_t *places; /* hash of (parent, name): 0 is a free place */
    uint32_t places_room;
    int64_t *hidden; /* of each layer, by its number; grows with them */
    bool cut;
};

struct stack_counts {
    int64_t added, changed, removed;
};

/* Called for each change of a layer; `layer` had it before (0: it is new). */
typedef void (*stack_visit)(void *data, const struct stack_tree *tree, uint32_t node, char kind, int64_t size, unsigned layer);

void stack_tree_init(struct stack_tree *tree);
void stack_tree_lay(struct stack_tree *tree, const struct layer_index *index, unsigned number, struct stack_counts *counts,
                    stack_visit visit, void *data);
void stack_tree_path(const struct stack_tree *tree, uint32_t node, struct buf *out); /* "/etc/x" */
void stack_tree_free(struct stack_tree *tree);

#endif
