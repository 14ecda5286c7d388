/* Figures about a stack of layers, from the tree that it makes; see stack.h. The answers for the last few images are kept: they are
 * small, and what they were made from never changes. */
#include "observe/stack.h"

#include "base/json.h"
#include "base/memory.h"
#include "observe/stack_tree.h"

#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 16, WORTH_GIVING_BACK = 20000 };

pthread_mutex_t stack_looking = PTHREAD_MUTEX_INITIALIZER;

static json_t *path_json(const struct stack_tree *tree, uint32_t node)
{
    cleanup_buf struct buf path = BUF_INIT;
    stack_tree_path(tree, node, &path);
    return json_text_value(path.data ? path.data : "/", path.data ? path.len : 1);
}

/* The nodes with most hidden bytes, in order; an insertion into a short list. */
static json_t *largest(const struct stack_tree *tree)
{
    uint32_t top[STACK_OFFENDERS];
    size_t count = 0;
    for (uint32_t i = 0; i < tree->count; i++) {
        int64_t hidden = tree->nodes[i].hidden;
        if (!hidden || (count == STACK_OFFENDERS && hidden <= tree->nodes[top[count - 1]].hidden))
            continue;
        size_t at = count < STACK_OFFENDERS ? count++ : count - 1;
        for (; at && tree->nodes[top[at - 1]].hidden < hidden; at--)
            top[at] = top[at - 1];
        top[at] = i;
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const struct stack_node *node = &tree->nodes[top[i]];
        json_array_append_new(list,
                              json_pack("{s:o,s:I,s:I,s:i,s:i}", "path", path_json(tree, top[i]), "bytes", (json_int_t)node->hidden,
                                        "files", (json_int_t)node->hidden_files, "layer", node->hidden_of, "by", node->hidden_by));
    }
    return list;
}

static json_t *sum_up(const struct stack_tree *tree, json_t *layers, int64_t size)
{
    int64_t least = 0, stored = 0, bytes = 0, files = 0, paths = 0;
    size_t i;
    json_t *layer;
    for (uint32_t n = 0; n < tree->count; n++) {
        const struct stack_node *node = &tree->nodes[n];
        least += node->least > 0 ? node->least : 0;
        stored += node->stored;
        bytes += node->hidden;
        files += node->hidden_files;
        paths += node->hidden > 0;
    }
    json_array_foreach(layers, i, layer) json_object_set_new(layer, "hidden", json_integer(tree->hidden[i + 1]));
    return json_pack("{s:o,s:{s:I,s:I,s:I,s:o},s:f,s:I,s:b}", "layers", layers, "waste", "bytes", (json_int_t)bytes, "files",
                     (json_int_t)files, "paths", (json_int_t)paths, "largest", largest(tree), "efficiency",
                     stored ? (double)least / (double)stored : 1.0, "size", (json_int_t)size, "truncated", (int)tree->cut);
}

static json_t *compute(char *const *directories, struct error *err)
{
    struct stack_tree tree;
    json_t *layers = json_array();
    int64_t size = 0;
    bool failed = false;
    stack_tree_init(&tree);
    for (size_t i = 0; directories && directories[i] && !failed; i++) {
        struct stack_counts counts;
        const struct layer_index *index = layer_index_get(directories[i], err);
        failed = !index;
        if (failed)
            break;
        stack_tree_lay(&tree, index, (unsigned)i + 1, &counts, NULL, NULL);
        size += index->bytes;
        json_array_append_new(layers, json_pack("{s:I,s:s,s:I,s:I,s:I,s:I,s:I}", "number", (json_int_t)i + 1, "directory",
                                                directories[i], "size", (json_int_t)index->bytes, "files", (json_int_t)index->files,
                                                "added", (json_int_t)counts.added, "changed", (json_int_t)counts.changed, "removed",
                                                (json_int_t)counts.removed));
        layer_index_put(index);
    }
    json_t *doc = failed ? (json_decref(layers), NULL) : sum_up(&tree, layers, size);
    bool large = tree.count > WORTH_GIVING_BACK;
    stack_tree_free(&tree);
    if (large)
        malloc_trim(0);
    return doc;
}

/* Directories of layers have random names that are never used again, so they say which stack it is. Locked. */
static struct known {
    char *key;
    json_t *doc;
} known[REMEMBERED];

static json_t *recall(const char *key)
{
    for (size_t i = 0; i < REMEMBERED && known[i].key; i++)
        if (str_equal(known[i].key, key))
            return json_deep_copy(known[i].doc);
    return NULL;
}

static void remember(char *key, json_t *doc)
{
    struct known *last = &known[REMEMBERED - 1];
    free(last->key);
    json_decref(last->doc);
    memmove(known + 1, known, (REMEMBERED - 1) * sizeof *known);
    known[0] = (struct known){key, json_deep_copy(doc)};
}

json_t *stack_figures(char *const *directories, struct error *err)
{
    cleanup_free char *key = strv_join(directories, ":");
    pthread_mutex_lock(&stack_looking);
    json_t *doc = recall(str_or(key, ""));
    if (!doc && (doc = compute(directories, err)))
        remember(key ? move_ptr(key) : xstrdup(""), doc);
    pthread_mutex_unlock(&stack_looking);
    return doc;
}

struct change {
    char kind;
    uint32_t node;
    int64_t size;
    unsigned layer;
};

struct collection {
    struct change *list;
    size_t count, room;
};

static void collect(void *data, const struct stack_tree *tree, uint32_t node, char kind, int64_t size, unsigned layer)
{
    struct collection *all = data;
    (void)tree;
    if (all->count == all->room)
        all->list = xrealloc(all->list, (all->room = all->room ? all->room * 2 : 64) * sizeof *all->list);
    all->list[all->count++] = (struct change){kind, node, size, layer};
}

static json_t *page(const struct stack_tree *tree, const struct collection *all, size_t number, size_t offset, size_t limit)
{
    json_t *changes = json_array();
    for (size_t i = offset; i < all->count && i - offset < limit; i++) {
        const struct change *change = &all->list[i];
        const char kind[2] = {change->kind, '\0'};
        json_t *row =
            json_pack("{s:s,s:o,s:I}", "kind", kind, "path", path_json(tree, change->node), "size", (json_int_t)change->size);
        if (change->layer)
            json_object_set_new(row, "layer", json_integer(change->layer));
        json_array_append_new(changes, row);
    }
    return json_pack("{s:I,s:I,s:I,s:o}", "layer", (json_int_t)number, "total", (json_int_t)all->count, "offset",
                     (json_int_t)offset, "changes", changes);
}

json_t *stack_changes(char *const *directories, size_t number, size_t offset, size_t limit, struct error *err)
{
    struct stack_tree tree;
    struct collection all = {0};
    if (!number || number > strv_len(directories)) {
        error_set(err, EINVAL, "no layer %zu: there are %zu, the lowest is 1", number, strv_len(directories));
        return NULL;
    }
    pthread_mutex_lock(&stack_looking);
    stack_tree_init(&tree);
    bool failed = false;
    for (size_t i = 0; i < number && !failed; i++) {
        struct stack_counts counts;
        const struct layer_index *index = layer_index_get(directories[i], err);
        failed = !index;
        if (index)
            stack_tree_lay(&tree, index, (unsigned)i + 1, &counts, i + 1 == number ? collect : NULL, &all);
        layer_index_put(index);
    }
    json_t *doc = failed ? NULL : page(&tree, &all, number, offset, limit);
    bool large = tree.count > WORTH_GIVING_BACK;
    stack_tree_free(&tree);
    free(all.list);
    if (large)
        malloc_trim(0);
    pthread_mutex_unlock(&stack_looking);
    return doc;
}
