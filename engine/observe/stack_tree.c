/* One layer upon another; see stack_tree.h. Nodes are found by a hash of their directory and name, so that a layer costs as much as
 * it has entries, however large the stack is. */
#include "observe/stack_tree.h"

#include "base/memory.h"
#include "observe/stack.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *name_of(const struct stack_tree *tree, uint32_t node) { return tree->names + tree->nodes[node].name; }

static uint32_t hash_of(uint32_t parent, const char *name)
{
    uint32_t hash = 2166136261u ^ parent * 0x9e3779b1u;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    return hash ^ hash >> 15;
}

/* Where it is, or the free place where it belongs. */
static uint32_t *place_of(const struct stack_tree *tree, uint32_t parent, const char *name)
{
    for (uint32_t at = hash_of(parent, name);; at++) {
        uint32_t *place = &tree->places[at & (tree->places_room - 1)];
        if (!*place || (tree->nodes[*place].parent == parent && str_equal(name_of(tree, *place), name)))
            return place;
    }
}

static void grow_places(struct stack_tree *tree)
{
    free(tree->places);
    tree->places_room *= 2;
    tree->places = xcalloc(tree->places_room, sizeof *tree->places);
    for (uint32_t i = 1; i < tree->count; i++)
        *place_of(tree, tree->nodes[i].parent, name_of(tree, i)) = i;
}

static uint32_t keep_name(struct stack_tree *tree, const char *name)
{
    size_t len = strlen(name) + 1, at = tree->names_len;
    if (at + len > tree->names_room) {
        tree->names_room = (at + len) * 2;
        tree->names = xrealloc(tree->names, tree->names_room);
    }
    memcpy(tree->names + at, name, len);
    tree->names_len += len;
    return (uint32_t)at;
}

static uint32_t new_node(struct stack_tree *tree, uint32_t parent, const char *name)
{
    if (tree->count == tree->room) {
        tree->room = tree->room ? tree->room * 2 : 256;
        tree->nodes = xrealloc(tree->nodes, tree->room * sizeof *tree->nodes);
    }
    uint32_t node = tree->count++;
    tree->nodes[node] = (struct stack_node){.parent = parent, .name = keep_name(tree, name), .least = -1};
    return node;
}

void stack_tree_init(struct stack_tree *tree)
{
    *tree = (struct stack_tree){.places_room = 1024};
    tree->places = xcalloc(tree->places_room, sizeof *tree->places);
    tree->hidden = xcalloc(1, sizeof *tree->hidden);
    new_node(tree, 0, "");
    tree->nodes[0].mode = S_IFDIR | 0755;
    tree->nodes[0].there = true;
}

void stack_tree_free(struct stack_tree *tree)
{
    free(tree->nodes);
    free(tree->names);
    free(tree->places);
    free(tree->hidden);
}

/* The node for `name` in `parent`, made when it is missing; 0 when the tree is full. */
static uint32_t node_for(struct stack_tree *tree, uint32_t parent, const char *name)
{
    uint32_t found = *place_of(tree, parent, name);
    if (found)
        return found;
    if (tree->count >= STACK_PATHS_MOST) {
        tree->cut = true;
        return 0;
    }
    if (tree->count * 2 >= tree->places_room)
        grow_places(tree);
    found = new_node(tree, parent, name);
    *place_of(tree, parent, name) = found;
    tree->nodes[found].next = tree->nodes[parent].first;
    tree->nodes[parent].first = found;
    return found;
}

void stack_tree_path(const struct stack_tree *tree, uint32_t node, struct buf *out)
{
    uint32_t chain[LAYER_INDEX_DEEPEST + 8], depth = 0;
    for (; node && depth < ARRAY_LEN(chain); node = tree->nodes[node].parent)
        chain[depth++] = node;
    while (depth)
        buf_printf(out, "/%s", name_of(tree, chain[--depth]));
}

/* The next node of a walk through all that is below `top` and there; 0 at its end. What is not there has nothing below it. */
static uint32_t next_below(const struct stack_tree *tree, uint32_t top, uint32_t node)
{
    uint32_t next = tree->nodes[node].there || node == top ? tree->nodes[node].first : 0;
    while (!next && node != top) {
        next = tree->nodes[node].next;
        node = tree->nodes[node].parent;
    }
    return next;
}

struct bulk {
    int64_t bytes, files;
};

static struct bulk weigh(const struct stack_tree *tree, uint32_t top)
{
    struct bulk bulk = {tree->nodes[top].size, S_ISREG(tree->nodes[top].mode)};
    for (uint32_t node = top; (node = next_below(tree, top, node));) {
        bulk.bytes += tree->nodes[node].there ? tree->nodes[node].size : 0;
        bulk.files += tree->nodes[node].there && S_ISREG(tree->nodes[node].mode);
    }
    return bulk;
}

/* One thing goes out of sight, told at the path `at`. */
static void hide_one(struct stack_tree *tree, uint32_t node, uint32_t at, unsigned by)
{
    struct stack_node *gone = &tree->nodes[node], *told = &tree->nodes[at];
    if (S_ISREG(gone->mode)) {
        tree->hidden[gone->layer] += gone->size;
        told->hidden += gone->size;
        told->hidden_files++;
        told->hidden_by = (uint16_t)by;
        told->hidden_of = gone->layer;
    }
    gone->size = 0;
}

/* All that is below `top` goes out of sight. Two rounds: the walk needs to know what was there. */
static void hide_below(struct stack_tree *tree, uint32_t top, uint32_t at, unsigned by)
{
    uint32_t node = top, *gone = NULL;
    size_t count = 0, room = 0;
    while ((node = next_below(tree, top, node))) {
        if (!tree->nodes[node].there)
            continue;
        if (count == room)
            gone = xrealloc(gone, (room = room ? room * 2 : 64) * sizeof *gone);
        gone[count++] = node;
    }
    for (size_t i = 0; i < count; i++) {
        hide_one(tree, gone[i], at, by);
        tree->nodes[gone[i]].there = false;
    }
    free(gone);
}

static void hide(struct stack_tree *tree, uint32_t node, unsigned by)
{
    hide_below(tree, node, node, by);
    hide_one(tree, node, node, by);
    tree->nodes[node].there = false;
}

static void count_size(struct stack_node *node, int64_t size)
{
    node->stored += size;
    if (node->least < 0 || size < node->least)
        node->least = size;
}

struct laying {
    struct stack_tree *tree;
    const struct layer_index *index;
    unsigned number;
    struct stack_counts *counts;
    stack_visit visit;
    void *data;
};

static void tell(const struct laying *laying, uint32_t node, char kind, int64_t size, unsigned layer)
{
    int64_t *count = kind == 'A' ? &laying->counts->added : kind == 'C' ? &laying->counts->changed : &laying->counts->removed;
    ++*count;
    if (laying->visit)
        laying->visit(laying->data, laying->tree, node, kind, size, layer);
}

static void lay_whiteout(const struct laying *laying, uint32_t node)
{
    struct stack_node *old = &laying->tree->nodes[node];
    unsigned layer = old->layer;
    if (!old->there)
        return;
    count_size(old, S_ISDIR(old->mode) ? weigh(laying->tree, node).bytes : 0);
    hide(laying->tree, node, laying->number);
    tell(laying, node, 'D', 0, layer);
}

/* What an opaque directory had is out of sight, until the same layer brings it again. */
static void lay_opaque(const struct laying *laying, uint32_t node)
{
    struct stack_tree *tree = laying->tree;
    for (uint32_t below = node; (below = next_below(tree, node, below));)
        if (tree->nodes[below].there)
            tree->nodes[below].opaque = (uint16_t)laying->number;
    hide_below(tree, node, node, laying->number);
}

static void lay_entry(const struct laying *laying, uint32_t node, const struct layer_entry *entry)
{
    struct stack_node *old = &laying->tree->nodes[node];
    bool directory = entry->kind == ENTRY_DIRECTORY || entry->kind == ENTRY_OPAQUE;
    bool was = old->there || (old->opaque && old->opaque == laying->number), merged = old->there && S_ISDIR(old->mode) && directory;
    bool same = merged && old->mode == entry->mode && old->uid == entry->uid && old->gid == entry->gid;
    unsigned layer = was ? old->layer : 0;
    if (entry->leaf)
        count_size(old, entry->size);
    if (old->there && !merged)
        hide(laying->tree, node, laying->number);
    old->opaque = 0;
    old->there = true;
    old->size = entry->size;
    old->mode = entry->mode;
    old->uid = entry->uid;
    old->gid = entry->gid;
    old->layer = same ? old->layer : (uint16_t)laying->number;
    if (merged && entry->kind == ENTRY_OPAQUE)
        lay_opaque(laying, node);
    if (!same)
        tell(laying, node, was ? 'C' : 'A', entry->size, layer);
}

/* Removed is what an opaque directory did not bring again; of a directory that is gone, itself alone. */
static void settle_opaque(const struct laying *laying, uint32_t node)
{
    struct stack_tree *tree = laying->tree;
    for (uint32_t below = node; (below = next_below(tree, node, below));) {
        if (tree->nodes[below].there || tree->nodes[below].opaque != laying->number)
            continue;
        tree->nodes[below].opaque = 0;
        tell(laying, below, 'D', 0, tree->nodes[below].layer);
    }
}

void stack_tree_lay(struct stack_tree *tree, const struct layer_index *index, unsigned number, struct stack_counts *counts,
                    stack_visit visit, void *data)
{
    const struct laying laying = {tree, index, number, counts, visit, data};
    uint32_t *nodes = xcalloc(index->count, sizeof *nodes); /* where each entry went; 0: nowhere, or the root */
    *counts = (struct stack_counts){0};
    tree->hidden = xrealloc(tree->hidden, (number + 1) * sizeof *tree->hidden);
    tree->hidden[number] = 0;
    tree->cut |= index->cut;
    for (size_t i = 1; i < index->count; i++) {
        const struct layer_entry *entry = &index->entries[i];
        uint32_t parent = nodes[entry->parent];
        if (!parent && entry->parent)
            continue;
        uint32_t node = nodes[i] = node_for(tree, parent, index->names + entry->name);
        if (!node)
            continue;
        if (entry->kind == ENTRY_WHITEOUT)
            lay_whiteout(&laying, node);
        else
            lay_entry(&laying, node, entry);
    }
    for (size_t i = 1; i < index->count; i++)
        if (nodes[i] && index->entries[i].kind == ENTRY_OPAQUE)
            settle_opaque(&laying, nodes[i]);
    free(nodes);
}
