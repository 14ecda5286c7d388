/* One packet's way: asking from where and to where, and its steps below the hooks that it met. */
#include "tui/network_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "tui/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[3] = {"from", "to", "protocol"};
static const char *const hints[3] = {"host, or a container", "HOST:PORT: a container, an address or a name", "tcp, udp or icmp"};

/* --- asking --- */

void trace_begin(struct network_screen *screen)
{
    screen->asking = true;
    screen->field = 0;
    screen->trace_error[0] = 0;
}

static void got_trace(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct network_screen *screen = owner;
    screen->tracing = false;
    bool foreign = err && err->code == ENOENT && app->model.docker;
    copy_text(screen->trace_error, sizeof screen->trace_error,
              foreign ? "This engine is not Slipway's own and does not show its packets' way."
              : err   ? err->message
                      : "");
    if (!err && answer) {
        json_decref(screen->trace);
        screen->trace = json_incref(answer);
        screen->trace_top = 0;
    }
    rules_want(app, screen);
    app_dirty(app);
}

static void send_probe(struct app *app, struct network_screen *screen)
{
    screen->asking = false;
    screen->tracing = true;
    app_ran(app, "slipway trace-packet --from %s --to %s --proto %s", screen->fields[0], screen->fields[1], screen->fields[2]);
    json_t *body = json_pack("{s:s, s:s, s:s}", "from", screen->fields[0], "to", screen->fields[1], "protocol", screen->fields[2]);
    work_engine(app->work, LANE_ACT, "POST", "/slipway/trace", body, got_trace, screen);
}

static void edit(struct network_screen *screen, keycode key)
{
    char *text = screen->fields[screen->field];
    size_t length = strlen(text);
    if (key == K_BACKSPACE && length)
        text[length - 1] = 0;
    else if (key > ' ' && key < 0x7f && length + 1 < sizeof screen->fields[0]) {
        text[length] = (char)key;
        text[length + 1] = 0;
    }
}

static bool ask_key(struct app *app, struct network_screen *screen, keycode key)
{
    if (key == K_ESC)
        screen->asking = false;
    else if (key == K_ENTER && screen->field == 2 && screen->fields[1][0])
        send_probe(app, screen);
    else if (key == K_ENTER || key == K_TAB || key == K_DOWN)
        screen->field = (screen->field + 1) % 3;
    else if (key == K_UP || key == K_SHIFT_TAB)
        screen->field = (screen->field + 2) % 3;
    else
        edit(screen, key);
    return true;
}

bool trace_key(struct app *app, struct network_screen *screen, keycode key)
{
    if (screen->asking)
        return ask_key(app, screen, key);
    if (key == K_ENTER) {
        trace_begin(screen);
        return true;
    }
    return scroll_key(&screen->trace_top, key, screen->trace_lines, screen->trace_rows);
}

/* --- what it met --- */

static bool ends_here(const json_t *hop)
{
    const char *verdict = json_str(hop, "verdict", "");
    return str_equal(verdict, "DROP") || str_equal(verdict, "drop") || str_equal(verdict, "REJECT");
}

static bool is_hook(const char *chain)
{
    static const char *const hooks[] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING", NULL};
    return strv_has((char *const *)hooks, chain);
}

/* A drop in a chain that was jumped to is one of the hook's chain as well. */
int trace_met(const struct network_screen *screen, const char *table, const char *chain, long long number, bool *dropped)
{
    size_t i;
    json_t *hop;
    int met = 0;
    bool under = false;
    json_array_foreach(json_object_get(screen->trace, "hops"), i, hop)
    {
        const char *at = json_str(hop, "chain", "");
        if (!*at || !str_equal(json_str(hop, "namespace", ""), screen->ns))
            continue;
        bool here = str_equal(json_str(hop, "table", ""), table) && str_equal(at, chain);
        under = is_hook(at) ? here : under;
        if (here && (!number || json_num(hop, "rule", 0) == number)) {
            met = met ? met : (int)i + 1;
            *dropped = *dropped || ends_here(hop);
        }
        *dropped = *dropped || (!number && is_hook(chain) && under && ends_here(hop));
    }
    return met;
}

/* --- drawing --- */

static void draw_fields(const struct network_screen *screen, struct area area)
{
    put(area, 0, 0, S_TITLE, "Send one packet and follow it");
    for (int i = 0; i < 3; i++) {
        bool on = i == screen->field;
        putf(area, 2 + i, 0, on ? S_STRONG : S_DIM, "%-9s", names[i]);
        int x = 10 + put(area, 2 + i, 10, on ? S_STRONG : S_TEXT, screen->fields[i]);
        if (on)
            x += put(area, 2 + i, x, S_KEY, "_");
        if (on)
            put(area, 2 + i, x + 2, S_DIM, hints[i]);
    }
    put(area, 6, 0, S_DIM, "Enter goes on, and sends it from the last line; Esc leaves it");
}

static enum style step_style(const json_t *hop)
{
    const char *step = json_str(hop, "step", "");
    if (ends_here(hop) || str_equal(json_str(hop, "verdict", ""), "none"))
        return S_BAD;
    return str_equal(step, "nat")                                   ? S_CHANGED
           : str_equal(json_str(hop, "by", ""), "person")           ? S_WARN
           : str_equal(step, "rule")                                ? S_TEXT
           : str_equal(step, "policy") || str_equal(step, "return") ? S_DIM
           : str_equal(step, "wire") || str_equal(step, "bridge")   ? S_OK
                                                                    : S_ACCENT;
}

static int draw_steps(const struct network_screen *screen, struct area area, int y)
{
    size_t i;
    json_t *hop;
    const char *before = "";
    json_array_foreach(json_object_get(screen->trace, "hops"), i, hop)
    {
        const char *space = json_str(hop, "namespace", "");
        if (!str_equal(space, before))
            put(area, y++, 0, S_TITLE, space);
        before = space;
        put_fit(area, y, 2, 9, S_DIM, json_str(hop, "step", ""));
        struct area text = {area.y, area.x + 11, area.h, area.w - 12};
        int rows = draw_wrapped(text, y, 0, step_style(hop), json_str(hop, "text", ""));
        y += rows > 1 ? rows : 1;
    }
    return y;
}

static void draw_result(struct network_screen *screen, struct area area)
{
    const char *result = json_str(screen->trace, "verdict.result", ""), *text = json_str(screen->trace, "verdict.text", "");
    bool good = str_equal(result, "answered") || str_equal(result, "delivered");
    rules_draw_path(screen, area_rows(area, 0, 3), false);
    struct area verdict = area_rows(area, area.h - 3, 3), body = area_rows(area, 3, area.h - 6);
    int lines = draw_steps(screen, body, -screen->trace_top);
    screen->trace_lines = lines + screen->trace_top;
    screen->trace_rows = body.h;
    int last = scroll_fit(&screen->trace_top, body, screen->trace_lines);
    scroll_marks(body, screen->trace_top, last);
    put_line(verdict, 0, G_HLINE, S_DIM);
    put(verdict, 1, 0, good ? S_OK : S_BAD, glyph(good ? G_CHECK : G_CROSS));
    draw_wrapped(verdict, 1, 2, good ? S_OK : S_BAD, text);
}

void trace_draw(struct app *app, struct network_screen *screen, struct area area)
{
    char title[300] = "Trace";
    (void)app;
    if (screen->trace && !screen->asking)
        snprintf(title, sizeof title, "Trace: %s from %s to %s", json_str(screen->trace, "protocol", ""),
                 json_str(screen->trace, "from.namespace", ""), json_str(screen->trace, "to.given", ""));
    struct area inside = draw_box(area, title, screen->tracing ? "on its way" : NULL, S_DIM);
    if (screen->asking)
        draw_fields(screen, inside);
    else if (screen->trace_error[0])
        draw_wrapped(inside, 0, 0, S_BAD, screen->trace_error);
    else if (screen->trace)
        draw_result(screen, inside);
    else
        draw_wrapped(inside, 0, 0, S_DIM,
                     screen->tracing ? "the packet is on its way"
                                     : "t asks from where and to where, sends one packet, and shows its way.");
}
