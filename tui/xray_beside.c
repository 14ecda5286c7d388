/* Two containers side by side: their starts act by act, what both did on one line; and their namespaces, joined where shared. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray_steps.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { STEPS_MOST = 400 };

/* The same act; for those that are done to many things, to the same thing. */
static bool alike(const json_t *a, size_t i, const json_t *b, size_t k)
{
    static const char *const to_many[] = {"mount", "mknod", "sysctl", "cgroup make", "cgroup write", "netlink link set"};
    const json_t *one = json_array_get(a, i), *other = json_array_get(b, k);
    const char *what = json_str(one, "what", "");
    char label[64], other_label[64];
    if (!str_equal(what, json_str(other, "what", "")))
        return false;
    for (size_t n = 0; n < ARRAY_LEN(to_many); n++)
        if (str_equal(what, to_many[n])) {
            step_label(one, label, sizeof label);
            step_label(other, other_label, sizeof other_label);
            return str_equal(label, other_label);
        }
    return true;
}

/* lengths[i][k]: of the longest sequence of acts that both have from i and k on. */
static uint16_t *common(const json_t *a, size_t n, const json_t *b, size_t m)
{
    uint16_t *lengths = xcalloc((n + 1) * (m + 1), sizeof *lengths);
    for (size_t i = n; i-- > 0;)
        for (size_t k = m; k-- > 0;) {
            uint16_t down = lengths[(i + 1) * (m + 1) + k], right = lengths[i * (m + 1) + k + 1];
            lengths[i * (m + 1) + k] = alike(a, i, b, k) ? (uint16_t)(lengths[(i + 1) * (m + 1) + k + 1] + 1)
                                       : down > right    ? down
                                                         : right;
        }
    return lengths;
}

static void draw_side(struct area area, int y, const json_t *step, enum style style)
{
    char text[64];
    step_duration(json_num(step, "duration_ns", 0), text, sizeof text);
    put_right(area, y, 8, S_DIM, text);
    int x = 9 + put_fit(area, y, 9, 18, style, json_str(step, "what", "")) + 1;
    step_label(step, text, sizeof text);
    put_fit(area, y, x, area.w - x, json_num(step, "result", 0) < 0 ? S_BAD : S_TEXT, text);
}

static void draw_total(struct area area, int y, const json_t *doc, const char *name)
{
    long long total = 0;
    size_t index;
    json_t *step;
    char text[64];
    json_array_foreach(doc, index, step) { total += json_num(step, "duration_ns", 0); }
    step_duration(total, text, sizeof text);
    int x = put_fit(area, y, 0, 24, S_STRONG, name) + 2;
    putf(area, y, x, S_DIM, "%zu acts, %s", json_array_size(doc), text);
}

/* The two halves; in the middle a sign: the same, only here, only there. */
struct halves {
    struct area left, right;
    int middle;
};

static struct halves halve(struct area area)
{
    int half = (area.w - 3) / 2;
    return (struct halves){area_columns(area, 0, half), area_columns(area, half + 3, area.w), half + 1};
}

static bool missing(const struct xray *xray, struct area area, int tab)
{
    if (!xray->other[tab])
        putf(area, 0, 0, S_DIM, "%s %s", xray->other_name, xray->other_error[0] ? xray->other_error : "is looked at");
    return !xray->other[tab];
}

int steps_beside(const struct xray *xray, struct area area, int top)
{
    cleanup_json json_t *a = steps_of_start(xray->now[XRAY_STEPS]), *b = steps_of_start(xray->other[XRAY_STEPS]);
    if (missing(xray, area, XRAY_STEPS))
        return 1;
    struct halves halves = halve(area);
    size_t n = json_array_size(a), m = json_array_size(b), i = 0, k = 0;
    n = n < STEPS_MOST ? n : STEPS_MOST;
    m = m < STEPS_MOST ? m : STEPS_MOST;
    cleanup_free uint16_t *lengths = common(a, n, b, m);
    int y = -top, only_left = (int)n - lengths[0], only_right = (int)m - lengths[0];
    draw_total(halves.left, y, a, xray->name);
    draw_total(halves.right, y++, b, xray->other_name);
    putf(area, y++, 0, S_DIM, "= %d acts of both, < %d only of %s, > %d only of %s", (int)lengths[0], only_left, xray->name,
         only_right, xray->other_name);
    while (i < n || k < m) {
        bool both = i < n && k < m && alike(a, i, b, k);
        bool left = !both && i < n && (k == m || lengths[(i + 1) * (m + 1) + k] >= lengths[i * (m + 1) + k + 1]);
        put(area, y, halves.middle, both ? S_DIM : S_WARN, both ? "=" : left ? "<" : ">");
        if (both || left)
            draw_side(halves.left, y, json_array_get(a, i++), both ? S_STRONG : S_WARN);
        if (both || !left)
            draw_side(halves.right, y, json_array_get(b, k++), both ? S_STRONG : S_WARN);
        y++;
    }
    return y + top;
}

static int draw_processes(struct area area, int y, const json_t *doc, const char *name)
{
    size_t index;
    json_t *process;
    put_fit(area, y++, 0, area.w, S_TITLE, name);
    put_right(area, y, 7, S_DIM, "PID");
    put_right(area, y, 14, S_DIM, "INSIDE");
    put(area, y++, 16, S_DIM, "COMMAND");
    json_array_foreach(json_object_get(doc, "processes"), index, process)
    {
        char text[32];
        snprintf(text, sizeof text, "%lld", json_num(process, "pid", 0));
        put_right(area, y, 7, S_DIM, text);
        snprintf(text, sizeof text, "%lld", json_num(process, "inner_pid", 0));
        put_right(area, y, 14, S_STRONG, text);
        put_fit(area, y++, 16, area.w - 16, S_CODE, json_str(process, "command", ""));
    }
    return y;
}

int namespaces_beside(const struct xray *xray, struct area area, int top)
{
    enum { LEFT = 10, WIRE = 22, RIGHT = 30, TEXT = 42 };
    const json_t *a = xray->now[XRAY_NAMESPACES], *b = xray->other[XRAY_NAMESPACES];
    if (missing(xray, area, XRAY_NAMESPACES))
        return 1;
    int y = -top;
    size_t index;
    json_t *kind;
    put(area, y, 0, S_DIM, "NAMESPACE");
    put_fit(area, y, LEFT, WIRE - LEFT - 1, S_STRONG, xray->name);
    put_fit(area, y++, RIGHT, TEXT - RIGHT - 1, S_STRONG, xray->other_name);
    json_array_foreach(json_object_get(a, "container"), index, kind)
    {
        const json_t *other = xray_same(json_object_get(b, "container"), kind, "type");
        long long one = json_num(kind, "inode", 0), two = json_num(other, "inode", 0);
        bool same = one == two, host = json_flag(kind, "shared", false), other_host = json_flag(other, "shared", false);
        put(area, y, 0, S_STRONG, json_str(kind, "type", ""));
        putf(area, y, LEFT, host ? S_DIM : S_OK, "%lld", one);
        for (int x = WIRE; x < RIGHT - 1; x++)
            put(area, y, x, same ? S_ACCENT : S_DIM, same ? glyph(G_WIRE) : " ");
        putf(area, y, RIGHT, other_host ? S_DIM : S_OK, "%lld", two);
        put_fit(area, y++, TEXT, area.w - TEXT, same && !host ? S_ACCENT : S_DIM,
                same && host ? "both in the host's"
                : same       ? "one that the two share"
                : host       ? "the host's here, its own there"
                : other_host ? "its own here, the host's there"
                             : "each its own");
    }
    struct halves halves = halve(area);
    int left = draw_processes(halves.left, y + 1, a, xray->name), right = draw_processes(halves.right, y + 1, b, xray->other_name);
    return (left > right ? left : right) + top;
}
