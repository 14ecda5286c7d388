/* One directory of the merged tree; see stack_directory.h. Nodes of the tree stand after the directory they are in, so that sums
 * over all below are one walk from the last to the first. */
#include "observe/stack_directory.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "observe/stack_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { WORTH_GIVING_BACK = 20000 };

/* Beside each node of the tree. */
struct mark {
    uint16_t was, gone; /* numbers of layers, see the header */
    uint16_t newest;
    int64_t size, files; /* with all below */
};

struct merged {
    struct stack_tree tree;
    struct mark *marks;
    size_t room;
    unsigned number; /* of the layer that is being laid, and then of the last */
    const char *upper;
};

static void note_change(void *data, const struct stack_tree *tree, uint32_t node, char kind, int64_t size, unsigned layer)
{
    struct merged *merged = data;
    (void)size;
    if (node >= merged->room) {
        size_t room = tree->room > node ? tree->room : node + 1;
        merged->marks = xrealloc(merged->marks, room * sizeof *merged->marks);
        memset(merged->marks + merged->room, 0, (room - merged->room) * sizeof *merged->marks);
        merged->room = room;
    }
    merged->marks[node].was = (uint16_t)(kind == 'C' ? layer : 0);
    merged->marks[node].gone = (uint16_t)(kind == 'D' ? merged->number : 0);
}

static void lay(struct merged *merged, const struct layer_index *index)
{
    struct stack_counts counts;
    merged->number++;
    stack_tree_lay(&merged->tree, index, merged->number, &counts, note_change, merged);
    layer_index_put(index);
}

static void later(uint16_t *newest, uint16_t number)
{
    if (number > *newest)
        *newest = number;
}

static void sum_up(struct merged *merged)
{
    struct stack_tree *tree = &merged->tree;
    if (tree->count > merged->room) {
        merged->marks = xrealloc(merged->marks, tree->count * sizeof *merged->marks);
        memset(merged->marks + merged->room, 0, (tree->count - merged->room) * sizeof *merged->marks);
        merged->room = tree->count;
    }
    for (uint32_t i = tree->count; i-- > 0;) {
        const struct stack_node *node = &tree->nodes[i];
        struct mark *mark = &merged->marks[i], *above = &merged->marks[node->parent];
        if (node->there) {
            mark->size += node->size;
            mark->files += S_ISREG(node->mode);
            later(&mark->newest, node->layer);
        }
        later(&mark->newest, mark->gone);
        if (!i)
            break;
        later(&above->newest, mark->newest);
        above->size += node->there ? mark->size : 0;
        above->files += node->there ? mark->files : 0;
    }
}

static int merge(struct merged *merged, char *const *directories, const char *upper, struct error *err)
{
    merged->upper = upper;
    stack_tree_init(&merged->tree);
    for (size_t i = 0; directories && directories[i]; i++) {
        const struct layer_index *index = layer_index_get(directories[i], err);
        if (!index)
            return -1;
        lay(merged, index);
    }
    const struct layer_index *own = upper ? layer_index_fresh(upper, err) : NULL;
    if (upper && !own)
        return -1;
    if (own)
        lay(merged, own);
    sum_up(merged);
    return 0;
}

static const char *name_of(const struct merged *merged, uint32_t node)
{
    return merged->tree.names + merged->tree.nodes[node].name;
}

static uint32_t child(const struct merged *merged, uint32_t directory, const char *name)
{
    for (uint32_t node = merged->tree.nodes[directory].first; node; node = merged->tree.nodes[node].next)
        if (merged->tree.nodes[node].there && str_equal(name_of(merged, node), name))
            return node;
    return 0;
}

static bool find(const struct merged *merged, const char *path, uint32_t *found, struct error *err)
{
    cleanup_strv char **names = str_split(path, '/');
    *found = 0;
    for (char **name = names; name && *name; name++) {
        if (!**name)
            continue;
        if (!S_ISDIR(merged->tree.nodes[*found].mode) || !(*found = child(merged, *found, *name))) {
            error_set(err, ENOENT, "no %s in these layers: there is no %s", path, *name);
            return false;
        }
    }
    if (S_ISDIR(merged->tree.nodes[*found].mode))
        return true;
    error_set(err, EINVAL, "%s is not a directory in these layers", path);
    return false;
}

/* The upper directory's own `path`, by descriptors: the container may put a link anywhere at any time. -1: none. */
static int open_below(const char *top, const char *path)
{
    cleanup_strv char **names = str_split(path, '/');
    int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (char **name = names; fd >= 0 && name && *name; name++) {
        if (!**name)
            continue;
        int below = openat(fd, *name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        fd_close(fd);
        fd = below;
    }
    return fd;
}

static bool is_copy(int directory, const char *name)
{
    cleanup_free char *path = str_format("/proc/self/fd/%d/%s", directory, name);
    return lgetxattr(path, "trusted.overlay.origin", NULL, 0) >= 0 || lgetxattr(path, "user.overlay.origin", NULL, 0) >= 0;
}

static const char *type_of(uint32_t mode)
{
    return S_ISDIR(mode)    ? "d"
           : S_ISLNK(mode)  ? "l"
           : S_ISCHR(mode)  ? "c"
           : S_ISBLK(mode)  ? "b"
           : S_ISFIFO(mode) ? "p"
           : S_ISSOCK(mode) ? "s"
                            : "f";
}

static json_t *entry(const struct merged *merged, uint32_t at, int upper)
{
    const struct stack_node *node = &merged->tree.nodes[at];
    const struct mark *mark = &merged->marks[at];
    const char *name = name_of(merged, at);
    bool there = node->there;
    json_t *doc = json_pack("{s:o,s:s,s:I,s:I,s:i,s:i}", "name", json_text_value(name, strlen(name)), "type", type_of(node->mode),
                            "size", (json_int_t)(there ? mark->size : 0), "files", (json_int_t)(there ? mark->files : 0), "layer",
                            node->layer, "newest", mark->newest);
    if (there && mark->was)
        json_object_set_new(doc, "was", json_integer(mark->was));
    if (!there)
        json_object_set_new(doc, "gone", json_integer(mark->gone));
    if (node->hidden)
        json_object_set_new(doc, "hides", json_integer(node->hidden));
    if (there && mark->was && upper >= 0 && node->layer == merged->number && is_copy(upper, name))
        json_object_set_new(doc, "copied_up", json_true());
    return doc;
}

struct order {
    const struct merged *merged;
    bool by_size;
};

static int compare(const void *left, const void *right, void *data)
{
    const struct order *order = data;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    const struct stack_node *nodes = order->merged->tree.nodes;
    int64_t x = nodes[a].there ? order->merged->marks[a].size : -1, y = nodes[b].there ? order->merged->marks[b].size : -1;
    if (order->by_size && x != y)
        return x > y ? -1 : 1;
    return strcmp(name_of(order->merged, a), name_of(order->merged, b));
}

static json_t *list(const struct merged *merged, uint32_t directory, const struct stack_look *look)
{
    const struct stack_node *nodes = merged->tree.nodes;
    cleanup_free uint32_t *shown = NULL;
    size_t count = 0, room = 0;
    int64_t largest = 0;
    for (uint32_t node = nodes[directory].first; node; node = nodes[node].next) {
        if (!nodes[node].there && !merged->marks[node].gone)
            continue;
        if (count == room)
            shown = xrealloc(shown, (room = room ? room * 2 : 64) * sizeof *shown);
        shown[count++] = node;
        if (nodes[node].there && merged->marks[node].size > largest)
            largest = merged->marks[node].size;
    }
    struct order order = {merged, look->by_size};
    if (count)
        qsort_r(shown, count, sizeof *shown, compare, &order);
    json_t *entries = json_array();
    int upper cleanup_close = merged->upper ? open_below(merged->upper, look->path) : -1;
    for (size_t i = look->offset; i < count && i - look->offset < look->limit; i++)
        json_array_append_new(entries, entry(merged, shown[i], upper));
    cleanup_buf struct buf path = BUF_INIT;
    stack_tree_path(&merged->tree, directory, &path);
    const struct mark *all = &merged->marks[directory];
    return json_pack("{s:o,s:I,s:I,s:I,s:I,s:I,s:I,s:b,s:o}", "path",
                     json_text_value(path.data ? path.data : "/", path.data ? path.len : 1), "layers", (json_int_t)merged->number,
                     "size", (json_int_t)all->size, "files", (json_int_t)all->files, "total", (json_int_t)count, "offset",
                     (json_int_t)look->offset, "largest", (json_int_t)largest, "truncated", (int)merged->tree.cut, "entries",
                     entries);
}

json_t *stack_directory(char *const *directories, const char *upper, const struct stack_look *look, struct error *err)
{
    struct merged merged = {0};
    uint32_t directory;
    pthread_mutex_lock(&stack_looking);
    bool good = merge(&merged, directories, upper, err) == 0 && find(&merged, look->path, &directory, err);
    json_t *doc = good ? list(&merged, directory, look) : NULL;
    bool large = merged.tree.count > WORTH_GIVING_BACK;
    stack_tree_free(&merged.tree);
    free(merged.marks);
    if (large)
        malloc_trim(0);
    pthread_mutex_unlock(&stack_looking);
    return doc;
}
