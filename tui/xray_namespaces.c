/* Which namespaces the container has for itself, and the processes against them: one letter is one namespace, and a line joins
 * those that share it. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray_steps.h"

#include <stdio.h>
#include <string.h>

enum { KINDS_MAX = 10, LETTERS = 24 };

/* Per kind of namespace: which inode got which letter. H is the host's. */
struct letters {
    const char *kind;
    long long host, inodes[LETTERS];
    int count;
};

static char letter_of(struct letters *letters, long long inode)
{
    if (inode == letters->host && inode)
        return 'H';
    for (int i = 0; i < letters->count; i++)
        if (letters->inodes[i] == inode)
            return "ABCDEFGJKLMNOPQRSTUVWXYZ"[i];
    if (letters->count == LETTERS)
        return '+';
    letters->inodes[letters->count++] = inode;
    return "ABCDEFGJKLMNOPQRSTUVWXYZ"[letters->count - 1];
}

static const char *explain(const char *kind)
{
    static const struct {
        const char *kind, *text;
    } table[] = {
        {"pid", "process numbers of its own: its first process is 1"},
        {"mnt", "a mount table of its own, with its own /"},
        {"net", "links, addresses, routes and rules of its own"},
        {"uts", "a host name of its own"},
        {"ipc", "shared memory and message queues of its own"},
        {"cgroup", "its own group looks like the root"},
        {"user", "user numbers of its own"},
        {"time", "boot-time clocks of its own"},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].kind, kind))
            return table[i].text;
    return "";
}

static int draw_kinds(struct area area, int y, const json_t *doc, const json_t *before, struct letters *letters, int *count)
{
    put(area, y, 0, S_DIM, "NAMESPACE");
    put(area, y, 12, S_DIM, "INODE");
    put(area, y++, 25, S_DIM, "");
    size_t index;
    json_t *kind;
    json_array_foreach(json_object_get(doc, "container"), index, kind)
    {
        if (*count == KINDS_MAX)
            break;
        struct letters *at = &letters[(*count)++];
        *at = (struct letters){.kind = json_str(kind, "type", ""), .host = json_num(kind, "host_inode", 0)};
        bool shared = json_flag(kind, "shared", false);
        char letter[2] = {letter_of(at, json_num(kind, "inode", 0)), 0};
        json_t *old = xray_same(json_object_get(before, "container"), kind, "type");
        put(area, y, 0, shared ? S_DIM : S_OK, letter);
        put(area, y, 2, shared ? S_DIM : S_STRONG, at->kind);
        putf(area, y, 12, xray_mark(kind, old, "inode", false, S_TEXT), "%lld", json_num(kind, "inode", 0));
        put_fit(area, y, 25, area.w - 25, shared ? S_DIM : S_TEXT, shared ? "shared with the host" : explain(at->kind));
        y++;
    }
    return y;
}

static const json_t *parent_of(const json_t *processes, const json_t *process)
{
    size_t index;
    json_t *other;
    json_array_foreach(processes, index, other)
    {
        if (json_num(other, "pid", -1) == json_num(process, "ppid", 0))
            return other;
    }
    return NULL;
}

/* How many of the processes on show are above it. */
static int depth_of(const json_t *processes, const json_t *process)
{
    enum { DEEPEST = 8 };
    int depth = 0;
    while (depth < DEEPEST && (process = parent_of(processes, process)))
        depth++;
    return depth;
}

/* One in a pid namespace inside the container's has a number in each: "18>1". */
static void inside_text(const json_t *process, char *out, size_t room)
{
    const json_t *pids = json_object_get(process, "pids");
    size_t count = json_array_size(pids), used = (size_t)snprintf(out, room, "%lld", json_num(process, "inner_pid", 0)), at = 0;
    while (at < count && json_integer_value(json_array_get(pids, at)) != json_num(process, "inner_pid", 0))
        at++;
    for (at++; at > 1 && at < count && used < room; at++)
        used += (size_t)snprintf(out + used, room - used, ">%lld", json_integer_value(json_array_get(pids, at)));
}

static void draw_numbers(struct area area, int y, const json_t *process)
{
    static const struct {
        const char *key;
        int right;
        enum style style;
    } numbers[] = {{"pid", 7, S_DIM}, {"inner_pid", 14, S_STRONG}, {"uid", 20, S_TEXT}};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        char text[32];
        snprintf(text, sizeof text, "%lld", json_num(process, numbers[i].key, 0));
        if (str_equal(numbers[i].key, "inner_pid"))
            inside_text(process, text, sizeof text);
        put_right(area, y, numbers[i].right, numbers[i].style, text);
    }
}

/* The letters of one process; where it is in the same as the process above, the line goes on. */
static void draw_letters(struct area area, int y, int x, const json_t *process, struct letters *letters, int count, char *above)
{
    for (int i = 0; i < count; i++) {
        long long inode = json_num(json_object_get(process, "namespaces"), letters[i].kind, 0);
        char letter[2] = {inode ? letter_of(&letters[i], inode) : '-', 0};
        bool joined = *letter == above[i] && *letter != '-';
        put(area, y, x + i * 5 + 1,
            *letter == 'H' || *letter == '-' ? S_DIM
            : *letter == 'A'                 ? S_OK
                                             : S_WARN,
            joined ? glyph(G_TRUNK) : letter);
        above[i] = *letter;
    }
}

int xray_namespaces(struct area area, int top, const json_t *doc, const json_t *before)
{
    struct letters letters[KINDS_MAX];
    char above[KINDS_MAX] = "";
    int count = 0, y = draw_kinds(area, -top, doc, before, letters, &count) + 1;
    put_fit(area, y++, 0, area.w, S_TITLE, "Processes: one letter, one namespace; a line joins who shares it; H: host's");
    put_right(area, y, 7, S_DIM, "PID");
    put_right(area, y, 14, S_DIM, "INSIDE");
    put_right(area, y, 20, S_DIM, "UID");
    int x = 22;
    for (int i = 0; i < count; i++)
        putf(area, y, x + i * 5, S_DIM, "%-4.4s", letters[i].kind);
    int command = x + count * 5 + 1;
    put(area, y++, command, S_DIM, "COMMAND");
    size_t index;
    json_t *process, *processes = json_object_get(doc, "processes");
    json_array_foreach(processes, index, process)
    {
        bool fresh = before && !xray_same(json_object_get(before, "processes"), process, "pid");
        int depth = depth_of(processes, process), at = command + (depth ? depth - 1 : 0);
        put(area, y, 0, S_CHANGED, fresh ? glyph(G_MARK) : "");
        draw_numbers(area, y, process);
        draw_letters(area, y, x, process, letters, count, above);
        if (depth)
            at += put(area, y, at, S_DIM, glyph(G_LAST));
        put_fit(area, y++, at, area.w - at, fresh ? S_CHANGED : S_CODE, json_str(process, "command", ""));
    }
    return y + top;
}

const struct action xray_namespaces_actions[] = {
    {"xray.mark", "m", "mark", "mark this container to be compared with another", xray_compare_mark, NULL},
    {"xray.compare", "c", "compare", "lay another container's namespaces beside this one's: the marked one, or one from a list",
     xray_compare_choose, NULL},
    {"xray.alone", "u", "alone", "no other container beside it", xray_compare_end, xray_comparing},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

int xray_namespaces_panel(struct app *app, struct xray *xray, struct area area, int top)
{
    if (xray_comparing(app, xray))
        return namespaces_beside(xray, area, top);
    return xray_namespaces(area, top, xray->now[XRAY_NAMESPACES], xray->before[XRAY_NAMESPACES]);
}
