/* Signals of each process: what is pending, blocked, ignored and caught, and what SIGTERM would do now. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray.h"

#include <stdio.h>

static bool has(const json_t *list, const char *name)
{
    size_t index;
    json_t *entry;
    json_array_foreach(list, index, entry)
    {
        if (str_equal(json_string_value(entry), name))
            return true;
    }
    return false;
}

static void names(const json_t *list, char *out, size_t room)
{
    size_t index, used = 0;
    json_t *entry;
    out[0] = 0;
    json_array_foreach(list, index, entry)
    {
        int added = snprintf(out + used, room - used, "%s%s", used ? " " : "", str_or(json_string_value(entry), ""));
        if (added < 0 || (used += (size_t)added) >= room)
            break;
    }
}

static const char *on_term(const json_t *process, enum style *style)
{
    *style = S_TEXT;
    if (has(json_object_get(process, "caught"), "TERM"))
        return "SIGTERM: its handler runs";
    if (has(json_object_get(process, "ignored"), "TERM"))
        return "SIGTERM: ignored";
    *style = S_WARN;
    if (json_num(process, "inner_pid", 0) == 1)
        return "SIGTERM: dropped, for pid 1 has no default action";
    *style = S_TEXT;
    return "SIGTERM: ends it";
}

int xray_signals(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = -top;
    size_t index;
    json_t *process;
    json_array_foreach(json_object_get(doc, "processes"), index, process)
    {
        json_t *old = xray_same(json_object_get(before, "processes"), process, "pid");
        bool fresh = before && !old;
        int x = putf(area, y, 0, S_DIM, "pid %lld, inside ", json_num(process, "pid", 0));
        x += putf(area, y, x, S_STRONG, "%lld  ", json_num(process, "inner_pid", 0));
        put_fit(area, y, x, area.w - x - 2, fresh ? S_CHANGED : S_CODE, json_str(process, "command", ""));
        y++;
        enum style style;
        const char *text = on_term(process, &style);
        put(area, y++, 2, style, text);
        static const char *const sets[] = {"caught", "ignored", "blocked", "pending"};
        for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
            char list[400];
            names(json_object_get(process, sets[i]), list, sizeof list);
            put(area, y, 2, S_DIM, sets[i]);
            put_fit(area, y++, 11, area.w - 11, xray_mark(process, old, sets[i], false, *list ? S_TEXT : S_DIM),
                    *list ? list : "none");
        }
        y++;
    }
    put(area, y, 0, S_DIM, "KILL and STOP from the host always work. When pid 1 ends, the kernel kills the whole namespace.");
    return y + 1 + top;
}
