/* What the processes may do beyond what any user may: the five sets of capabilities of each, no_new_privs, and the system calls
 * that the seccomp filter refuses. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray.h"

#include <string.h>

static const struct {
    const char *name, *letter;
} sets[] = {{"effective", "E"}, {"permitted", "P"}, {"inheritable", "I"}, {"bounding", "B"}, {"ambient", "A"}};

static bool in(const json_t *list, const char *name)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_string_value(entry), name))
            return true;
    }
    return false;
}

static int draw_processes(struct area area, int y, const json_t *doc, const json_t *before)
{
    enum { SETS = 22, PRIVS = 48, SECCOMP = 53, COMMAND = 62 };
    int sets_at = SETS;
    put_right(area, y, 7, S_DIM, "PID");
    put_right(area, y, 14, S_DIM, "INSIDE");
    put_right(area, y, 20, S_DIM, "UID");
    for (size_t i = 0; i < ARRAY_LEN(sets); i++)
        putf(area, y, sets_at + (int)i * 5, S_DIM, "%-4.3s", sets[i].name);
    put(area, y, PRIVS, S_DIM, "NNP");
    put(area, y, SECCOMP, S_DIM, "SECCOMP");
    put(area, y++, COMMAND, S_DIM, "COMMAND");
    size_t index;
    json_t *process;
    json_array_foreach(json_object_get(doc, "processes"), index, process)
    {
        json_t *old = xray_same(json_object_get(before, "processes"), process, "pid");
        bool fresh = before && !old;
        char text[32];
        snprintf(text, sizeof text, "%lld", json_num(process, "pid", 0));
        put_right(area, y, 7, S_DIM, text);
        snprintf(text, sizeof text, "%lld", json_num(process, "inner_pid", 0));
        put_right(area, y, 14, S_STRONG, text);
        snprintf(text, sizeof text, "%lld", json_num(process, "uid", 0));
        put_right(area, y, 20, S_TEXT, text);
        for (size_t i = 0; i < ARRAY_LEN(sets); i++)
            putf(area, y, sets_at + (int)i * 5, xray_mark(process, old, sets[i].name, fresh, S_TEXT), "%3zu",
                 json_array_size(json_object_get(process, sets[i].name)));
        bool none = json_flag(process, "no_new_privs", false);
        put(area, y, PRIVS, none ? S_OK : S_DIM, none ? "yes" : "no");
        bool filter = str_equal(json_str(process, "seccomp", ""), "filter");
        put(area, y, SECCOMP, filter ? S_OK : S_WARN, json_str(process, "seccomp", ""));
        put_fit(area, y++, COMMAND, area.w - COMMAND, fresh ? S_CHANGED : S_CODE, json_str(process, "command", ""));
    }
    return y;
}

/* One of pid 1's: in which sets it is, whether that is what everybody gets. */
static void draw_capability(struct area area, int y, const json_t *one, const json_t *process)
{
    const char *name = json_str(one, "name", "");
    bool held = false, usual = json_flag(one, "default", false);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        bool has = in(json_object_get(process, sets[i].name), name);
        held |= has;
        put(area, y, (int)i, has ? S_OK : S_DIM, has ? sets[i].letter : "-");
    }
    const char *sign = held && !usual ? "+" : usual && !held ? "-" : " ";
    put(area, y, 6, *sign == '+' ? S_WARN : S_BAD, sign);
    put_fit(area, y, 8, 18, held ? S_STRONG : S_DIM, name + (str_starts(name, "CAP_") ? strlen("CAP_") : 0));
    put_fit(area, y, 27, area.w - 27, held ? S_TEXT : S_DIM, json_str(one, "allows", ""));
}

static int draw_capabilities(struct area area, int y, const json_t *doc)
{
    const json_t *first = xray_first(doc);
    const json_t *all = json_object_get(doc, "capabilities");
    size_t index;
    json_t *one;
    putf(area, y++, 0, S_TITLE, "Capabilities of pid 1: %zu of %zu; + besides, - less than default",
         json_array_size(json_object_get(first, "bounding")), json_array_size(all));
    put_fit(area, y++, 0, area.w, S_DIM, "E effective, P permitted, I inheritable, B bounding, A ambient");
    enum rank { HELD, LOST, OTHER, RANKS }; /* what is missing of the default stands before what nobody has */
    for (int rank = HELD; rank < RANKS; rank++) {
        if (rank == LOST)
            put(area, y++, 0, S_DIM, "not held:");
        json_array_foreach(all, index, one)
        {
            bool held = in(json_object_get(first, "bounding"), json_str(one, "name", "")), usual = json_flag(one, "default", false);
            if ((held ? HELD : usual ? LOST : OTHER) == rank)
                draw_capability(area, y++, one, first);
        }
    }
    return y + 1;
}

/* Names side by side, as many as fit. */
static int draw_names(struct area area, int y, const json_t *calls, enum style style)
{
    int x = 1;
    size_t index;
    json_t *call;
    json_array_foreach(calls, index, call)
    {
        const char *name = json_str(call, "name", "");
        int width = (int)strlen(name);
        if (x > 1 && x + width >= area.w) {
            x = 1;
            y++;
        }
        x += put(area, y, x, style, name) + 1;
    }
    return x > 1 ? y + 1 : y;
}

static int draw_denied(struct area area, int y, const json_t *doc, const json_t *before)
{
    size_t index;
    json_t *call;
    const json_t *calls = json_at(doc, "denied.calls"), *old = json_at(before, "denied.calls");
    put(area, y++, 0, S_TITLE, "Denied, as the kernel's log tells");
    json_array_foreach(calls, index, call)
    {
        int x = 1 + putf(area, y, 1, S_BAD, "%s ", json_str(call, "call", ""));
        x += putf(area, y, x, xray_mark(call, json_array_get(old, index), "count", before != NULL, S_TEXT), "%lld times ",
                  json_num(call, "count", 0));
        x += putf(area, y, x, S_DIM, "answered %s, to pid %lld ", json_str(call, "answer", ""), json_num(call, "pid", 0));
        put_fit(area, y++, x, area.w - x, S_CODE, json_str(call, "command", ""));
    }
    if (!json_array_size(calls))
        put(area, y++, 1, S_DIM, "nothing");
    struct area note = {area.y, area.x + 1, area.h, area.w - 1};
    const char *text = json_str(doc, "denied.note", "");
    return *text ? y + draw_wrapped(note, y, 0, S_DIM, text) : y;
}

static int draw_filter(struct area area, int y, const json_t *doc, const json_t *before)
{
    const json_t *filter = json_object_get(doc, "seccomp"), *refused = json_object_get(filter, "refused");
    const json_t *conditional = json_object_get(filter, "conditional");
    put(area, y++, 0, S_TITLE, "System calls by the seccomp profile");
    if (!filter) {
        y += draw_wrapped(area, y, 1, S_DIM,
                          "Which calls a filter refuses is known to the engine that wrote it, and to nobody else.");
        return draw_denied(area, y + 1, doc, before);
    }
    if (!json_is_object(filter)) {
        y += draw_wrapped(area, y, 1, S_WARN, "Unconfined: no filter. What a call may do is up to capabilities alone.");
        return draw_denied(area, y + 1, doc, before);
    }
    int x = 1 + putf(area, y, 1, S_OK, "%lld allowed", json_num(filter, "allowed", 0));
    x += putf(area, y, x, S_BAD, "   %zu refused", json_array_size(refused));
    putf(area, y++, x, S_WARN, "   %zu by their arguments", json_array_size(conditional));
    const char *newer = json_str(filter, "newer", NULL);
    if (newer)
        putf(area, y++, 1, S_DIM, "those newer than all that it names: %s", newer);
    y++;
    put(area, y++, 0, S_DIM, "refused:");
    y = draw_names(area, y, refused, S_TEXT);
    put(area, y++, 0, S_DIM, "with some arguments only:");
    y = draw_names(area, y, conditional, S_WARN);
    return draw_denied(area, y + 1, doc, before);
}

int xray_privileges(struct area area, int top, const json_t *doc, const json_t *before)
{
    enum { SIDE_BY_SIDE = 112, LEFT = 64, WIDE = 180, WIDE_LEFT = 88 };
    int y = draw_processes(area, -top, doc, before) + 1;
    if (area.w < SIDE_BY_SIDE) {
        y = draw_capabilities(area, y, doc);
        return draw_filter(area, y, doc, before) + top;
    }
    int half = area.w < WIDE ? LEFT : WIDE_LEFT;
    int left = draw_capabilities(area_columns(area, 0, half), y, doc);
    int right = draw_filter(area_columns(area, half + 2, area.w), y, doc, before);
    return (left > right ? left : right) + top;
}
