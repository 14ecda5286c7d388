/* The network of the machine: a map that follows the kernel (one stream, no asking), the rules that packets meet, and the trace of
 * one packet. Marks of what changed stay for two seconds. */
#include "tui/network_state.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "tui/format.h"
#include "tui/hit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static const int64_t MARK_NS = 2000000000;
enum { RAW_MOST = 16 * 1024 * 1024, ENDS_ROWS = 6 };

static const struct {
    const char *name, *ran;
} tabs[NETWORK_TABS] = {{"Map", "curl --unix-socket /run/slipway.sock http://d/slipway/topology"},
                        {"Rules", "iptables-save -c"},
                        {"Trace", "slipway trace-packet"}};

/* --- the stream --- */

static void take_picture(struct app *app, struct network_screen *screen, const char *line, size_t length)
{
    json_t *doc = json_loadb(line, length, 0, NULL);
    int64_t now = clock_mono_ns();
    if (!doc)
        return;
    if (!screen->before || now - screen->changed_ns > MARK_NS) {
        json_decref(screen->before);
        screen->before = screen->now;
        screen->changed_ns = now;
    } else {
        json_decref(screen->now);
    }
    screen->now = doc;
    screen->error[0] = 0;
    app_dirty(app);
}

static void close_feed(struct app *app, struct network_screen *screen)
{
    if (!screen->feed)
        return;
    app_unwatch(app, &screen->watch);
    client_feed_close(screen->feed);
    screen->feed = NULL;
    buf_clear(&screen->raw);
}

static void feed_ready(struct app *app, void *data, uint32_t events)
{
    struct network_screen *screen = data;
    char bytes[65536];
    struct error err = ERROR_INIT;
    long got;
    (void)events;
    while ((got = client_feed_read(screen->feed, bytes, sizeof bytes, &err)) > 0 && screen->raw.len < RAW_MOST)
        buf_add(&screen->raw, bytes, (size_t)got);
    /* Of several pictures the last one counts. */
    char *end = screen->raw.len ? memrchr(screen->raw.data, '\n', screen->raw.len) : NULL;
    if (end) {
        char *start = end > screen->raw.data ? memrchr(screen->raw.data, '\n', (size_t)(end - screen->raw.data)) : NULL;
        start = start ? start + 1 : screen->raw.data;
        take_picture(app, screen, start, (size_t)(end - start));
        buf_consume(&screen->raw, (size_t)(end + 1 - screen->raw.data));
    }
    if (got < 0 || screen->raw.len >= RAW_MOST) {
        close_feed(app, screen);
        app_dirty(app);
    }
}

struct opening {
    char *host;
    struct client_feed *feed;
};

static void open_feed(void *data, struct error *err)
{
    struct opening *opening = data;
    opening->feed = client_feed_open(opening->host, "/slipway/topology?follow=1&interval=1000", err);
}

static void feed_opened(struct app *app, void *owner, void *data, const struct error *err)
{
    struct opening *opening = data;
    struct network_screen *screen = owner;
    if (screen)
        screen->opening = false;
    if (screen && !err) {
        screen->feed = move_ptr(opening->feed);
        screen->watch = (struct watch){.fd = client_feed_fd(screen->feed), .ready = feed_ready, .data = screen};
        app_watch(app, &screen->watch, EPOLLIN);
        feed_ready(app, screen, EPOLLIN);
    } else if (screen) {
        copy_text(screen->error, sizeof screen->error,
                  err->code == ENOENT ? "This engine is not Slipway's own and does not show its network." : err->message);
    }
    if (opening->feed)
        client_feed_close(opening->feed);
    free(opening->host);
    free(opening);
    if (app)
        app_dirty(app);
}

static void want_feed(struct app *app, struct network_screen *screen)
{
    if (screen->feed || screen->opening || app->model.link == LINK_DOWN)
        return;
    screen->opening = true;
    struct opening *opening = xcalloc(1, sizeof *opening);
    opening->host = xstrdup(app->host);
    work_run(app->work, LANE_SLOW, open_feed, feed_opened, opening, screen);
}

/* --- the screen --- */

static void open_network(struct app *app, void *state, const void *argument)
{
    struct network_screen *screen = state;
    const json_t *container = argument;
    (void)app;
    copy_text(screen->ns, sizeof screen->ns, "host");
    copy_text(screen->fields[0], sizeof screen->fields[0], json_str(container, "name", "host"));
    copy_text(screen->fields[2], sizeof screen->fields[2], "tcp");
    screen->watch.fd = -EBADF;
    screen->hook = 2;
}

static void choose_tab(struct app *app, struct network_screen *screen, int tab)
{
    screen->tab = (enum network_tab)((tab + NETWORK_TABS) % NETWORK_TABS);
    app_ran(app, "%s", tabs[screen->tab].ran);
    if (screen->tab == NETWORK_RULES)
        rules_want(app, screen);
}

static void tick_network(struct app *app, void *state)
{
    struct network_screen *screen = state;
    want_feed(app, screen);
    if (screen->tab != NETWORK_MAP)
        rules_want(app, screen);
    if (screen->before && clock_mono_ns() - screen->changed_ns > MARK_NS) {
        json_decref(screen->before);
        screen->before = NULL;
        app_dirty(app);
    }
}

static int interval_network(struct app *app, void *state)
{
    (void)app, (void)state;
    return 1000;
}

static void draw_map(struct network_screen *screen, struct area area)
{
    char note[80];
    struct area ends = area_rows(area, area.h - ENDS_ROWS, ENDS_ROWS), above = area_rows(area, 0, area.h - ENDS_ROWS);
    struct map *map = map_new(screen->now, above.w - 1);
    screen->wires = map->wire_count;
    screen->selected = screen->selected >= map->wire_count ? map->wire_count - 1 : screen->selected < 0 ? 0 : screen->selected;
    screen->rows = above.h;
    int last = scroll_fit(&screen->top, above, map->lines);
    map_draw(map, above, screen->top, screen->selected, screen->before);
    scroll_marks(above, screen->top, last);
    snprintf(note, sizeof note, "wire %d of %d", map->wire_count ? screen->selected + 1 : 0, map->wire_count);
    map_draw_ends(map, draw_box(ends, "Both ends of the wire", note, S_DIM), screen->selected);
    map_free(map);
}

static void choose_clicked(struct app *app, long tab) { choose_tab(app, app_view(app)->state, (int)tab); }

static void draw_network(struct app *app, void *state, struct area area)
{
    struct network_screen *screen = state;
    int x = 1;
    for (int i = 0; i < NETWORK_TABS; i++) {
        bool on = i == (int)screen->tab;
        if (on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        hit_call(area, 0, x, text_width(tabs[i].name), choose_clicked, i);
        x += put(area, 0, x, on ? S_STRONG : S_DIM, tabs[i].name) + 3;
    }
    put_right(area, 0, area.w - 1, S_DIM,
              app->model.link == LINK_DOWN ? "old: the engine is away"
              : screen->feed               ? "follows the kernel; counters once a second"
                                           : "");
    struct area body = area_rows(area, 1, area.h - 1);
    if (screen->tab == NETWORK_RULES)
        rules_draw(app, screen, body);
    else if (screen->tab == NETWORK_TRACE)
        trace_draw(app, screen, body);
    else if (screen->now)
        draw_map(screen, body);
    else
        draw_wrapped(area_inset(body, 1, 2), 0, 0, screen->error[0] ? S_WARN : S_DIM,
                     screen->error[0] ? screen->error : "looking at every namespace");
}

/* The selected wire stays in sight. */
static void select_wire(struct network_screen *screen, int wire)
{
    screen->selected = wire < 0 ? 0 : wire >= screen->wires ? screen->wires - 1 : wire;
    struct map *map = map_new(screen->now, 100); /* lines do not depend on the width */
    int line = map_wire_line(map, screen->selected);
    if (line < screen->top + 1)
        screen->top = line - 1 > 0 ? line - 1 : 0;
    else if (line > screen->top + screen->rows - 3)
        screen->top = line - screen->rows + 3;
    map_free(map);
}

static void open_container(struct app *app, struct network_screen *screen)
{
    struct map *map = map_new(screen->now, 100);
    json_t *container = model_container(app, map_wire_container(map, screen->selected));
    map_free(map);
    if (!container)
        return;
    app_ran(app, "slipway xray %s network", json_str(container, "name", ""));
    app_push(app, TAB_CONTAINERS, &screen_xray, container);
    app_go(app, TAB_CONTAINERS);
}

static bool map_key(struct network_screen *screen, keycode key)
{
    enum motion motion = key == ' ' ? MOVE_PAGE_DOWN : motion_of(key);
    if (!screen->now)
        return false;
    if (motion == MOVE_DOWN)
        select_wire(screen, screen->selected + 1);
    else if (motion == MOVE_UP)
        select_wire(screen, screen->selected - 1);
    else if (motion == MOVE_PAGE_DOWN)
        screen->top += screen->rows;
    else if (motion == MOVE_PAGE_UP)
        screen->top -= screen->rows < screen->top ? screen->rows : screen->top;
    else
        return false;
    return true;
}

static void next_view(struct app *app, void *state)
{
    struct network_screen *screen = state;
    choose_tab(app, screen, (int)screen->tab + 1);
}

static void view_before(struct app *app, void *state)
{
    struct network_screen *screen = state;
    choose_tab(app, screen, (int)screen->tab - 1);
}

static void ask_trace(struct app *app, void *state)
{
    choose_tab(app, state, NETWORK_TRACE);
    trace_begin(state);
}

static void open_wire(struct app *app, void *state)
{
    struct network_screen *screen = state;
    if (screen->now)
        open_container(app, screen);
}

static bool asks(struct app *app, void *state)
{
    (void)app;
    return ((struct network_screen *)state)->asking;
}

static bool key_network(struct app *app, void *state, keycode key)
{
    struct network_screen *screen = state;
    if (screen->asking || screen->tab == NETWORK_TRACE)
        return trace_key(app, screen, key);
    return screen->tab == NETWORK_MAP ? map_key(screen, key) : rules_key(screen, key);
}

static struct filter *filter_of(struct app *app, void *state)
{
    struct network_screen *screen = state;
    (void)app;
    return screen->tab == NETWORK_RULES ? &screen->filter : NULL;
}

static int part_of_network(struct app *app, void *state)
{
    (void)app;
    return (int)((struct network_screen *)state)->tab;
}

static void close_network(struct app *app, void *state)
{
    struct network_screen *screen = state;
    close_feed(app, screen);
    buf_free(&screen->raw);
    json_decref(screen->now);
    json_decref(screen->before);
    json_decref(screen->rules);
    json_decref(screen->rules_before);
    json_decref(screen->trace);
}

static const char *where_network(struct app *app, void *state)
{
    (void)app, (void)state;
    return "network";
}

static const struct action actions[] = {
    {"network.next", "Tab", "next view", "the next view: the map, the rules, the trace", next_view, NULL},
    {"network.before", "Shift-Tab", NULL, "the view before", view_before, NULL},
    {"move.down", NULL, "select", "the next wire, or the next rule; PgUp and PgDn scroll", NULL, NULL},
    {"move.up", NULL, "select", "the next wire, or the next rule; PgUp and PgDn scroll", NULL, NULL},
    {"network.trace", "t", "trace", "send one packet and see every rule, bridge and wire on its way: asks from where and to where",
     ask_trace, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct action map_actions[] = {
    {"network.open", "Enter", "open", "the X-ray of the wire's container", open_wire, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[NETWORK_TABS] = {
    {"Map",
     "Every network namespace of the machine with its interfaces, and the wires between them: a veth pair is drawn as one wire "
     "with two plugs, a bridge as what they are plugged into. The kernel tells of each change as it happens; counters are read "
     "once a second.",
     "man 4 veth, man 8 ip, man 8 bridge, man 7 network_namespaces", map_actions},
    {"Rules",
     "The tables and chains of one namespace in the order in which a packet meets them. Rules are tried from the first to the "
     "last, and the first that decides ends the chain; a rule that jumps leads into another chain, which may come back. The "
     "counters show which rules packets have met.",
     "man 8 iptables, man 8 nft", rules_actions},
    {"Trace",
     "One packet that the engine sent, and everything that it met: each rule that was tried, each decision, each bridge and wire, "
     "told by the kernel's own tracing of packets.",
     "man 8 iptables-extensions (TRACE), man 8 nft", NULL},
};

const struct screen screen_network = {
    .name = "network",
    .about =
        "The network of the machine. The map shows bridges and containers with the wires between them, as the kernel tells of each "
        "change; the rules are shown in the order in which a packet meets them; the trace sends one packet and follows it.",
    .actions = actions,
    .parts = parts,
    .part_count = NETWORK_TABS,
    .fleeting = true,
    .size = sizeof(struct network_screen),
    .open = open_network,
    .draw = draw_network,
    .key = key_network,
    .typing = asks,
    .filter = filter_of,
    .part = part_of_network,
    .tick = tick_network,
    .interval = interval_network,
    .close = close_network,
    .where = where_network,
};
