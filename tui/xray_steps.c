/* The recorded acts on the kernel that brought the container up: as a time line with a bar for each, act by act in a replay
 * (xray_replay.c), and beside those of another container (xray_beside.c). */
#include "tui/xray_steps.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/xray_state.h"

#include <stdio.h>

void step_duration(long long ns, char *out, size_t room)
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
    step_duration(json_num(step, "duration_ns", 0), text, sizeof text);
    put_right(area, y, 10, S_DIM, text);
    put_fit(area, y, 12, 18, S_STRONG, json_str(step, "what", ""));
    const char *command = json_str(step, "command", ""), *object = json_str(step, "object", "");
    int x = 31;
    if (result < 0)
        x += putf(area, y, x, S_BAD, "%s ", json_str(step, "error", "failed"));
    put_fit(area, y, x, area.w - x, *command ? S_CODE : S_TEXT, *command ? command : object);
}

/* Where on the line an act stands. */
struct scale {
    long long from, span;
    int x, width;
};

static struct scale scale_of(const json_t *doc, int x, int width)
{
    long long first = INT64_MAX, last = 0;
    size_t index;
    json_t *step;
    json_array_foreach(doc, index, step)
    {
        long long start = json_num(step, "start_ns", 0), end = start + json_num(step, "duration_ns", 0);
        first = start < first ? start : first;
        last = end > last ? end : last;
    }
    return (struct scale){first, last > first ? last - first : 1, x, width};
}

/* At least one sign, however short it took. */
static void draw_bar(struct area area, int y, const struct scale *scale, long long start, long long ns, enum style style)
{
    int from = (int)((double)(start - scale->from) / (double)scale->span * scale->width);
    int to = (int)((double)(start + ns - scale->from) / (double)scale->span * scale->width + 0.5);
    from = from >= scale->width ? scale->width - 1 : from;
    for (int x = 0; x < scale->width; x++)
        put(area, y, scale->x + x, x >= from && (x < to || x == from) ? style : S_DIM,
            x >= from && (x < to || x == from) ? glyph(G_FULL) : " ");
}

struct group {
    long long start, end, busy;
    int count;
};

static struct group group_from(const json_t *doc, size_t index)
{
    struct group group = {.start = INT64_MAX};
    const char *phase = json_str(json_array_get(doc, index), "phase", "");
    for (json_t *step; (step = json_array_get(doc, index)) && str_equal(json_str(step, "phase", ""), phase); index++) {
        long long start = json_num(step, "start_ns", 0), ns = json_num(step, "duration_ns", 0);
        group.start = start < group.start ? start : group.start;
        group.end = start + ns > group.end ? start + ns : group.end;
        group.busy += ns;
        group.count++;
    }
    return group;
}

int xray_steps(struct area area, int top, const json_t *doc, const json_t *before)
{
    enum { WIDE = 100, BAR = 34, NARROW_BAR = 14, AFTER_BAR = 2 };
    struct scale scale = scale_of(doc, 31, area.w >= WIDE ? BAR : NARROW_BAR);
    int y = -top, after = scale.x + scale.width + AFTER_BAR;
    size_t index;
    json_t *step;
    const char *phase = "";
    long long total = 0;
    char text[64], whole[64];
    json_array_foreach(doc, index, step) { total += json_num(step, "duration_ns", 0); }
    step_duration(total, text, sizeof text);
    step_duration(scale.span, whole, sizeof whole);
    putf(area, y++, 0, S_DIM, "%zu acts on the kernel, %s in all, within %s", json_array_size(doc), text, whole);
    json_array_foreach(doc, index, step)
    {
        bool fresh = before && index >= json_array_size(before), failed = json_num(step, "result", 0) < 0;
        const char *command = json_str(step, "command", ""), *now = json_str(step, "phase", "");
        long long ns = json_num(step, "duration_ns", 0);
        if (!str_equal(now, phase)) {
            struct group group = group_from(doc, index);
            step_duration(group.busy, text, sizeof text);
            put_right(area, y, 10, S_DIM, text);
            putf(area, y, 12, S_TITLE, "%s, %d act%s", now, group.count, group.count == 1 ? "" : "s");
            draw_bar(area, y++, &scale, group.start, group.end - group.start, S_DIM);
            phase = now;
        }
        put(area, y, 0, fresh ? S_CHANGED : S_DIM, fresh ? glyph(G_MARK) : " ");
        step_duration(ns, text, sizeof text);
        put_right(area, y, 10, S_DIM, text);
        put_fit(area, y, 12, 18, S_STRONG, json_str(step, "what", ""));
        draw_bar(area, y, &scale, json_num(step, "start_ns", 0), ns, failed ? S_BAD : S_ACCENT);
        int x = after + (failed ? putf(area, y, after, S_BAD, "%s ", json_str(step, "error", "failed")) : 0);
        put_fit(area, y++, x, area.w - x, *command ? S_CODE : S_TEXT, *command ? command : json_str(step, "object", ""));
    }
    return y + top;
}

json_t *steps_of_start(const json_t *doc)
{
    static const char *const phases[] = {"network", "create", "start"};
    enum { START = 2 };
    json_t *out = json_array(), *step;
    size_t index;
    bool started = false;
    json_array_foreach(doc, index, step)
    {
        size_t phase = 0;
        while (phase < ARRAY_LEN(phases) && !str_equal(phases[phase], json_str(step, "phase", "")))
            phase++;
        if (phase == ARRAY_LEN(phases))
            continue;
        if (started && phase != START)
            json_array_clear(out);
        started = phase == START;
        json_array_append(out, step);
    }
    return out;
}

static int count_of(const struct xray *xray)
{
    cleanup_json json_t *start = steps_of_start(xray->now[XRAY_STEPS]);
    return (int)json_array_size(start);
}

static void go_to(struct app *app, struct xray *xray, int step)
{
    int last = count_of(xray) - 1;
    xray->step = step < 0 ? 0 : step > last ? last : step;
    if (!xray->replay)
        xray->top = xray->lines = 0;
    xray->replay = true;
    cleanup_json json_t *start = steps_of_start(xray->now[XRAY_STEPS]);
    const char *command = json_str(json_array_get(start, (size_t)xray->step), "command", "");
    if (*command)
        app_ran(app, "%s", command);
    app_dirty(app);
}

static void next_step(struct app *app, void *state)
{
    struct xray *xray = state;
    go_to(app, xray, xray->replay ? xray->step + 1 : 0);
}

static void step_before(struct app *app, void *state)
{
    struct xray *xray = state;
    go_to(app, xray, xray->replay ? xray->step - 1 : count_of(xray) - 1);
}

static void end_replay(struct app *app, void *state)
{
    struct xray *xray = state;
    xray->replay = false;
    xray->top = xray->lines = 0;
    app_ran(app, "slipway xray %s steps", xray->name);
}

static bool has_steps(struct app *app, void *state)
{
    (void)app;
    return count_of(state) > 0 && !((struct xray *)state)->other_id[0];
}

static bool replaying(struct app *app, void *state)
{
    (void)app;
    return ((struct xray *)state)->replay;
}

const struct action xray_steps_actions[] = {
    {"xray.step-next", "n", "replay", "replay: the next act, the one before", next_step, has_steps},
    {"xray.step-before", "p", "replay", "replay: the next act, the one before", step_before, has_steps},
    {"xray.step-end", "t", "time line", "back to the time line", end_replay, replaying},
    {"xray.mark", "m", "mark", "mark this container to be compared with another", xray_compare_mark, NULL},
    {"xray.compare", "c", "compare", "lay another container's start beside this one's: the marked one, or one from a list",
     xray_compare_choose, NULL},
    {"xray.alone", "u", "alone", "no other container beside it", xray_compare_end, xray_comparing},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

int xray_steps_panel(struct app *app, struct xray *xray, struct area area, int top)
{
    const json_t *doc = xray->now[XRAY_STEPS];
    if (xray_comparing(app, xray))
        return steps_beside(xray, area, top);
    cleanup_json json_t *start = steps_of_start(doc);
    if (xray->replay && json_array_size(start))
        return steps_replay(area, top, start, xray->step, xray->name);
    return xray_steps(area, top, doc, xray->before[XRAY_STEPS]);
}
