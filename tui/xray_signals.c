/* Signals of each process: what is pending, blocked, ignored and caught; sending one to the first, and what came of it. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/client.h"
#include "tui/format.h"
#include "tui/xray_state.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

/* What a signal does to a process that says nothing about it (signal(7)). */
enum usual { ENDS, DUMPS, NOTHING, STOPS };

static const struct {
    const char *name;
    enum usual usual;
    const char *sent; /* when it is sent */
} signals[] = {
    {"TERM", ENDS, "please end: docker stop begins with it"},
    {"KILL", ENDS, "end now"},
    {"HUP", ENDS, "the terminal is gone; read the configuration again"},
    {"INT", ENDS, "Ctrl-C"},
    {"QUIT", DUMPS, "Ctrl-\\"},
    {"USR1", ENDS, "the program's own affair"},
    {"USR2", ENDS, "the program's own affair"},
    {"STOP", STOPS, "stop, whatever it thinks of it"},
    {"TSTP", STOPS, "Ctrl-Z"},
    {"CONT", NOTHING, "go on"},
    {"WINCH", NOTHING, "the terminal has another size"},
    {"CHLD", NOTHING, "a child ended or stopped"},
    {"ALRM", ENDS, "a timer ran out"},
    {"PIPE", ENDS, "nobody reads the pipe"},
    {"ABRT", DUMPS, "abort()"},
    {"SEGV", DUMPS, "a bad address"},
    {"ILL", DUMPS, "a bad instruction"},
    {"TRAP", DUMPS, "a breakpoint"},
    {"BUS", DUMPS, "a bad access"},
    {"FPE", DUMPS, "a division by zero"},
    {"STKFLT", ENDS, "not used"},
    {"TTIN", STOPS, "reads the terminal from the background"},
    {"TTOU", STOPS, "writes it from the background"},
    {"URG", NOTHING, "urgent data at a socket"},
    {"XCPU", DUMPS, "too much processor time"},
    {"XFSZ", DUMPS, "a file too large"},
    {"VTALRM", ENDS, "a timer ran out"},
    {"PROF", ENDS, "a timer ran out"},
    {"POLL", ENDS, "a descriptor is ready"},
    {"PWR", ENDS, "the power fails"},
    {"SYS", DUMPS, "a bad system call"},
};

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

/* What this one would do to that process now. `ends`: that it would end it. */
static const char *effect(const json_t *process, size_t which, bool *ends)
{
    static const char *const usual[] = {[ENDS] = "ends it",
                                        [DUMPS] = "ends it, with a core dump",
                                        [NOTHING] = "nothing, by default",
                                        [STOPS] = "stops it, until CONT"};
    const char *name = signals[which].name;
    *ends = false;
    if (str_equal(name, "KILL")) {
        *ends = true;
        return "ends it: cannot be caught, ignored or blocked";
    }
    if (str_equal(name, "STOP"))
        return "stops it, until CONT: cannot be caught, ignored or blocked";
    if (str_equal(name, "CONT"))
        return "goes on if it is stopped, whatever it does with the signal";
    if (has(json_object_get(process, "blocked"), name))
        return "stays pending: it is blocked";
    if (has(json_object_get(process, "caught"), name))
        return "its handler runs";
    if (has(json_object_get(process, "ignored"), name))
        return "ignored, as it asked for";
    if (json_num(process, "inner_pid", 0) == 1)
        return "dropped: pid 1 has no default action";
    *ends = signals[which].usual == ENDS || signals[which].usual == DUMPS;
    return usual[signals[which].usual];
}

static void send(struct app *app, void *owner, long which)
{
    struct xray *xray = owner;
    char text[100];
    cleanup_free char *escaped = client_escape(xray->id);
    cleanup_free char *path = str_format("/containers/%s/kill?signal=%s", escaped, signals[which].name);
    bool ends;
    snprintf(text, sizeof text, "SIG%s sent: %s", signals[which].name,
             effect(xray_first(xray->now[XRAY_SIGNALS]), (size_t)which, &ends));
    xray_do(app, xray, &xray->signal, path, NULL, text);
    app_ran(app, "slipway kill -s %s %s", signals[which].name, xray->name);
}

static void chosen(struct app *app, void *owner, const struct menu_row *row)
{
    struct xray *xray = owner;
    bool ends;
    char text[300];
    const char *what = effect(xray_first(xray->now[XRAY_SIGNALS]), (size_t)row->value, &ends);
    snprintf(text, sizeof text, "SIG%s to pid 1 of %s: %s. When pid 1 ends, the kernel kills all the others of its namespace.",
             signals[row->value].name, xray->name, what);
    if (ends)
        app_ask(app, "Are you sure", text, send, xray, row->value);
    else
        send(app, xray, row->value);
}

static void open_menu(struct app *app, void *state)
{
    struct xray *xray = state;
    const json_t *first = xray_first(xray->now[XRAY_SIGNALS]);
    char title[100], note[120];
    bool ends;
    (void)app;
    snprintf(title, sizeof title, "Send to pid 1 of %s", xray->name);
    menu_open(&xray->menu, title, chosen);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++) {
        snprintf(note, sizeof note, "%s (%s)", effect(first, i, &ends), signals[i].sent);
        menu_add(&xray->menu, (long)i, signals[i].name, note);
    }
}

static bool has_processes(struct app *app, void *state)
{
    const struct xray *xray = state;
    (void)app;
    return xray_first(xray->now[XRAY_SIGNALS]) && !xray->error[XRAY_SIGNALS][0];
}

const struct action xray_signals_actions[] = {
    {"xray.signal", "s", "send", "send a signal to the first process and see what comes of it", open_menu, has_processes},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

/* Which processes of `then` are not in `now` any more. */
static size_t gone(const json_t *then, const json_t *now)
{
    size_t index, count = 0;
    json_t *process;
    json_array_foreach(json_object_get(then, "processes"), index, process)
    {
        count += !xray_same(json_object_get(now, "processes"), process, "pid");
    }
    return count;
}

static void draw_state(struct area area, int y, const char *label, const json_t *doc)
{
    char pending[200], caught[200];
    const json_t *first = xray_first(doc);
    names(json_object_get(first, "pending"), pending, sizeof pending);
    names(json_object_get(first, "caught"), caught, sizeof caught);
    int x = put(area, y, 2, S_DIM, label) + 2;
    x += putf(area, y, x, S_TEXT, "%zu processes   ", json_array_size(json_object_get(doc, "processes")));
    x += put(area, y, x, S_DIM, "of pid 1: pending ");
    x += put(area, y, x, *pending ? S_WARN : S_TEXT, *pending ? pending : "none");
    x += put(area, y, x, S_DIM, "  caught ");
    put_fit(area, y, x, area.w - x, S_TEXT, *caught ? caught : "none");
}

static int draw_deed(struct app *app, struct area area, int y, const struct xray *xray)
{
    const struct deed_done *deed = &xray->signal;
    const json_t *now = xray->now[XRAY_SIGNALS];
    const char *state = json_str(model_container(app, xray->id), "state", "");
    int x = put(area, y, 0, S_ACCENT, glyph(G_MARK)) + 1;
    put_fit(area, y++, x, area.w - x, S_STRONG, deed->text);
    draw_state(area, y++, "before ", deed->then);
    put_fill(area, y, 0, area.w, S_TEXT);
    if (deed->error[0]) {
        put_fit(area, y++, 2, area.w - 2, S_BAD, deed->error);
    } else if (xray->error[XRAY_SIGNALS][0]) {
        x = 2 + put(area, y, 2, S_DIM, "after  ");
        put_fit(area, y++, x, area.w - x, S_BAD,
                str_equal(state, "running") ? "its processes are gone"
                                            : json_str(model_container(app, xray->id), "status", "it ended"));
    } else {
        size_t lost = gone(deed->then, now);
        draw_state(area, y++, deed->answered ? "after  " : "sending", now);
        if (lost)
            putf(area, y++, 11, S_WARN, "%zu of those that were there ended", lost);
    }
    return y + 1;
}

static int draw_process(struct area area, int y, const json_t *process, const json_t *old, bool fresh)
{
    static const char *const sets[] = {"caught", "ignored", "blocked", "pending"};
    int x = putf(area, y, 0, S_DIM, "pid %lld, inside ", json_num(process, "pid", 0));
    x += putf(area, y, x, S_STRONG, "%lld  ", json_num(process, "inner_pid", 0));
    put_fit(area, y++, x, area.w - x - 2, fresh ? S_CHANGED : S_CODE, json_str(process, "command", ""));
    bool ends;
    const char *on_term = effect(process, 0, &ends);
    putf(area, y++, 2, str_starts(on_term, "dropped") ? S_WARN : S_TEXT, "SIGTERM: %s", on_term);
    for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
        char list[400];
        names(json_object_get(process, sets[i]), list, sizeof list);
        put(area, y, 2, S_DIM, sets[i]);
        put_fit(area, y++, 11, area.w - 11, xray_mark(process, old, sets[i], false, *list ? S_TEXT : S_DIM), *list ? list : "none");
    }
    return y + 1;
}

int xray_signals(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = -top;
    size_t index;
    json_t *process;
    json_array_foreach(json_object_get(doc, "processes"), index, process)
    {
        json_t *old = xray_same(json_object_get(before, "processes"), process, "pid");
        y = draw_process(area, y, process, old, before && !old);
    }
    put(area, y, 0, S_DIM, "KILL and STOP from the host always work. When pid 1 ends, the kernel kills the whole namespace.");
    return y + 1 + top;
}

int xray_signals_panel(struct app *app, struct xray *xray, struct area area, int top)
{
    int used = xray->signal.at_ns ? draw_deed(app, area, 0, xray) : 0;
    xray->rows = area.h - used;
    return xray_signals(area_rows(area, used, area.h), top, xray->now[XRAY_SIGNALS], xray->before[XRAY_SIGNALS]);
}
