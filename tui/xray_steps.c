/* The recorded acts on the kernel, in order, with the time that each took and the command that would do the same. */
#include "base/json.h"
#include "base/strings.h"
#include "tui/xray.h"

#include <stdio.h>

static void duration_text(long long ns, char *out, size_t room)
{
    if (ns >= 1000000)
        snprintf(out, room, "%.1f ms", (double)ns / 1e6);
    else
        snprintf(out, room, "%.0f us", (double)ns / 1e3);
}

void draw_step(struct area area, int y, const json_t *step, bool fresh)
{
    char text[64];
    long long result = json_num(step, "result", 0);
    put(area, y, 0, fresh ? S_CHANGED : S_DIM, fresh ? glyph(G_MARK) : " ");
    duration_text(json_num(step, "duration_ns", 0), text, sizeof text);
    put_right(area, y, 10, S_DIM, text);
    put_fit(area, y, 12, 18, S_STRONG, json_str(step, "what", ""));
    const char *command = json_str(step, "command", ""), *object = json_str(step, "object", "");
    int x = 31;
    if (result < 0)
        x += putf(area, y, x, S_BAD, "%s ", json_str(step, "error", "failed"));
    put_fit(area, y, x, area.w - x, *command ? S_CODE : S_TEXT, *command ? command : object);
}

int xray_steps(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = -top;
    size_t index;
    json_t *step;
    const char *phase = "";
    long long total = 0;
    json_array_foreach(doc, index, step) { total += json_num(step, "duration_ns", 0); }
    char text[64];
    duration_text(total, text, sizeof text);
    putf(area, y, 0, S_DIM, "%zu acts on the kernel, %s in all, each with its equivalent command", json_array_size(doc), text);
    y++;
    json_array_foreach(doc, index, step)
    {
        const char *now = json_str(step, "phase", "");
        if (!str_equal(now, phase)) {
            put(area, y++, 0, S_TITLE, now);
            phase = now;
        }
        draw_step(area, y++, step, before && index >= json_array_size(before));
    }
    return y + top;
}
