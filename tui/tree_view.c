/* The nodes of the tree in one array, in the order of the text: the members of a node are those up to its end. */
#include "tui/tree_view.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/format.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MOST = JSON_DEPTH_FILE, BRIEF = 300 };

static bool holds(const json_t *value) { return json_object_size(value) || json_array_size(value); }

static int add_node(struct tree *tree, const char *key, int index, json_t *value, int parent)
{
    if ((tree->count & (tree->count - 1)) == 0)
        tree->nodes = xrealloc(tree->nodes, (size_t)(tree->count ? tree->count * 2 : 1) * sizeof *tree->nodes);
    int depth = parent < 0 ? -1 : tree->nodes[parent].depth + 1, at = tree->count++;
    tree->nodes[at] = (struct tree_node){key, index, value, depth, parent, at + 1, parent < 0};
    return at;
}

static void add_tree(struct tree *tree, const char *key, int index, json_t *value, int parent)
{
    int at = add_node(tree, key, index, value, parent);
    const char *name;
    json_t *member;
    size_t i;
    if (tree->nodes[at].depth >= DEPTH_MOST)
        return;
    json_object_foreach(value, name, member) { add_tree(tree, name, 0, member, at); }
    json_array_foreach(value, i, member) { add_tree(tree, NULL, (int)i, member, at); }
    tree->nodes[at].end = tree->count;
}

static void lay_lines(struct tree *tree)
{
    tree->line_count = 0;
    tree->lines = xrealloc(tree->lines, (size_t)(tree->count ? tree->count : 1) * sizeof *tree->lines);
    for (int i = 1; i < tree->count; i = tree->nodes[i].open ? i + 1 : tree->nodes[i].end)
        tree->lines[tree->line_count++] = i;
}

static int selected(const struct tree *tree)
{
    return tree->list.selected < tree->line_count ? tree->lines[tree->list.selected] : 0;
}

/* Unfolds what hides it. */
static void select_node(struct tree *tree, int node)
{
    for (int up = tree->nodes[node].parent; up > 0; up = tree->nodes[up].parent)
        tree->nodes[up].open = true;
    lay_lines(tree);
    for (int i = 0; i < tree->line_count; i++)
        if (tree->lines[i] == node)
            tree->list.selected = i;
}

/* The node of the new tree in the place of `node` of the old one; 0 when it is gone. */
static int same_place(const struct tree *tree, const struct tree *old, int node)
{
    const struct tree_node *was = &old->nodes[node];
    int parent = was->parent > 0 ? same_place(tree, old, was->parent) : 0;
    if (was->parent > 0 && !parent)
        return 0;
    for (int i = parent + 1; i < tree->nodes[parent].end; i = tree->nodes[i].end)
        if (was->key ? str_equal(tree->nodes[i].key, was->key) : !tree->nodes[i].key && tree->nodes[i].index == was->index)
            return i;
    return 0;
}

static void keep_places(struct tree *tree, const struct tree *old)
{
    for (int i = 1; i < old->count; i++) {
        int now = old->nodes[i].open ? same_place(tree, old, i) : 0;
        if (now)
            tree->nodes[now].open = true;
    }
    int now = selected(old) ? same_place(tree, old, selected(old)) : 0;
    lay_lines(tree);
    if (now)
        select_node(tree, now);
}

void tree_take(struct tree *tree, json_t *doc)
{
    struct tree old = *tree;
    tree->doc = json_incref(doc);
    tree->nodes = NULL;
    tree->lines = NULL;
    tree->count = 0;
    add_tree(tree, NULL, 0, doc, -1);
    keep_places(tree, &old);
    json_decref(old.doc);
    free(old.nodes);
    free(old.lines);
}

void tree_close(struct tree *tree)
{
    json_decref(tree->doc);
    free(tree->nodes);
    free(tree->lines);
    *tree = (struct tree){0};
}

const struct tree_node *tree_selected(const struct tree *tree) { return selected(tree) ? &tree->nodes[selected(tree)] : NULL; }

bool tree_key(struct tree *tree, keycode key) { return list_key(&tree->list, key, tree->line_count); }

static void set_open(struct tree *tree, int node, bool open)
{
    if (node && holds(tree->nodes[node].value))
        tree->nodes[node].open = open;
    lay_lines(tree);
}

void tree_toggle(struct tree *tree)
{
    int node = selected(tree);
    if (node)
        set_open(tree, node, !tree->nodes[node].open);
}

void tree_in(struct tree *tree)
{
    int node = selected(tree);
    if (node && tree->nodes[node].open && holds(tree->nodes[node].value))
        tree->list.selected++;
    else
        set_open(tree, node, true);
}

void tree_out(struct tree *tree)
{
    int node = selected(tree);
    if (node && tree->nodes[node].open)
        set_open(tree, node, false);
    else if (node && tree->nodes[node].parent > 0)
        select_node(tree, tree->nodes[node].parent);
}

void tree_open_all(struct tree *tree, bool open)
{
    int node = selected(tree);
    for (int i = 1; i < tree->count; i++)
        tree->nodes[i].open = open && holds(tree->nodes[i].value);
    while (!open && node && tree->nodes[node].depth > 0)
        node = tree->nodes[node].parent;
    lay_lines(tree);
    if (node)
        select_node(tree, node);
}

/* A value on one line, cut. */
static void brief(const json_t *value, char *out, size_t room)
{
    cleanup_free char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
    copy_text(out, room, str_or(text, ""));
}

static bool matches(const struct tree *tree, int node)
{
    const struct tree_node *at = &tree->nodes[node];
    char text[4096];
    if (!tree->search[0])
        return false;
    if (at->key && strcasestr(at->key, tree->search))
        return true;
    if (holds(at->value))
        return false;
    brief(at->value, text, sizeof text);
    return strcasestr(json_is_string(at->value) ? json_string_value(at->value) : text, tree->search) != NULL;
}

void tree_search(struct tree *tree, const char *text) { copy_text(tree->search, sizeof tree->search, text); }

bool tree_next(struct tree *tree, int by)
{
    int from = selected(tree), members = tree->count - 1;
    for (int i = 1; i <= members; i++) {
        int node = 1 + ((from - 1 + by * i) % members + members) % members;
        if (matches(tree, node)) {
            select_node(tree, node);
            return true;
        }
    }
    return false;
}

int tree_matches(const struct tree *tree, int *at)
{
    int total = 0, now = selected(tree);
    *at = 0;
    for (int i = 1; tree->search[0] && i < tree->count; i++)
        if (matches(tree, i)) {
            total++;
            if (i == now)
                *at = total;
        }
    return total;
}

/* --- the template --- */

static bool is_name(const char *key)
{
    bool name = isalpha((unsigned char)*key) || *key == '_';
    for (; *key && name; key++)
        name = isalnum((unsigned char)*key) || *key == '_';
    return name;
}

/* The way to a node as Go's templates have it; allocated. */
static char *way_to(const struct tree *tree, int node)
{
    const struct tree_node *at = &tree->nodes[node];
    if (node <= 0)
        return xstrdup("");
    cleanup_free char *above = way_to(tree, at->parent);
    const char *from = above[0] ? above : ".";
    if (!at->key)
        return str_format("(index %s %d)", from, at->index);
    return is_name(at->key) ? str_format("%s.%s", above, at->key) : str_format("(index %s \"%s\")", from, at->key);
}

char *tree_template(const struct tree *tree)
{
    int node = selected(tree);
    if (!node)
        return NULL;
    cleanup_free char *way = way_to(tree, node);
    if (json_is_object(tree->nodes[node].value) || json_is_array(tree->nodes[node].value))
        return str_format("{{json %s}}", way);
    size_t len = strlen(way);
    bool index = way[0] == '(' && way[len - 1] == ')';
    return str_format("{{%.*s}}", (int)(index ? len - 2 : len), way + index);
}

/* --- drawing --- */

static enum style value_style(const json_t *value)
{
    return json_is_string(value) ? S_TEXT : json_is_number(value) || json_is_boolean(value) ? S_CODE : S_DIM;
}

static void draw_node(const struct tree *tree, struct area area, int y, int node, bool on)
{
    const struct tree_node *at = &tree->nodes[node];
    enum style row = table_row(area, y, on);
    bool found = matches(tree, node);
    char text[BRIEF];
    int x = 2 + 2 * at->depth;
    if (found)
        put(area, y, 1, on ? row : S_CHANGED, glyph(G_MARK));
    if (holds(at->value))
        put(area, y, x, on ? row : S_ACCENT, glyph(at->open ? G_DOWN : G_PLAY));
    x += 2;
    x += at->key ? put_fit(area, y, x, area.w - x - 1,
                           on      ? row
                           : found ? S_CHANGED
                                   : S_STRONG,
                           at->key)
                 : putf(area, y, x, on ? row : S_DIM, "%d", at->index);
    x += 2;
    if (at->open && holds(at->value)) {
        bool object = json_is_object(at->value);
        size_t count = object ? json_object_size(at->value) : json_array_size(at->value);
        putf(area, y, x, on ? row : S_DIM, "%zu %s", count, object ? (count == 1 ? "member" : "members") : "in order");
        return;
    }
    brief(at->value, text, sizeof text);
    put_fit(area, y, x, area.w - x - 1, on ? row : holds(at->value) ? S_DIM : found ? S_CHANGED : value_style(at->value), text);
}

void tree_draw(struct tree *tree, struct area area)
{
    int top = list_fit(&tree->list, area, tree->line_count);
    for (int y = 0; y < area.h && top + y < tree->line_count; y++)
        draw_node(tree, area, y, tree->lines[top + y], list_selected(&tree->list, top + y));
}
