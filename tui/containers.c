/* The containers screen: one live table, and what can be done to the selected container. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/app.h"
#include "tui/explore.h"
#include "tui/format.h"
#include "tui/list.h"

#include <string.h>

struct containers {
    struct browse browse;
    json_t *taken; /* the list that the rows are of */
    bool rated;    /* they are copies, with rates */
    struct app *app;
    int under_way, failed, done; /* deeds for several */
    char refusal[300];
};

enum { C_NAME, C_IMAGE, C_STATE, C_CPU, C_SPARK, C_MEMORY, C_LIMIT, C_PIDS, C_ADDRESS, C_PORTS, C_UP };

static const struct browse_column columns[] = {
    [C_NAME] = {{"NAME", 0, false, 0}, "name", NULL, false},
    [C_IMAGE] = {{"IMAGE", 14, false, 0}, "image", NULL, false},
    [C_STATE] = {{"STATE", 9, false, 0}, "state", NULL, false},
    [C_CPU] = {{"CPU%", 5, true, 0}, "cpu_percent", NULL, true},
    [C_SPARK] = {{"LAST MINUTE", 12, false, 110}, NULL, NULL, false},
    [C_MEMORY] = {{"MEM", 6, true, 0}, "memory", format_bytes, true},
    [C_LIMIT] = {{"LIMIT", 11, false, 0}, "memory_limit", format_bytes, true},
    [C_PIDS] = {{"PIDS", 4, true, 110}, "pids", NULL, true},
    [C_ADDRESS] = {{"ADDRESS", 13, false, 150}, "address", NULL, false},
    [C_PORTS] = {{"PORTS", 10, false, 0}, "ports", NULL, false},
    [C_UP] = {{"AGE", 6, true, 150}, "created", NULL, true},
};

/* What two looks tell is no part of the overview, so rows that are ordered by it are copies with it. */
static json_t *with_rates(struct app *app, const json_t *containers)
{
    json_t *rows = json_array(), *container;
    size_t index;
    json_array_foreach(containers, index, container)
    {
        const struct meter *meter = model_meter(app, json_str(container, "id", ""));
        json_t *row = json_copy(container);
        json_object_set_new(row, "cpu_percent", json_real(meter ? meter->percent : 0));
        json_array_append_new(rows, row);
    }
    return rows;
}

/* The rows are those of the last overview. */
static void follow_overview(struct app *app, struct containers *screen)
{
    json_t *containers = json_object_get(app->model.overview, "containers");
    bool rated = screen->browse.sort == C_CPU;
    if (!containers || (containers == screen->taken && rated == screen->rated))
        return;
    screen->rated = rated;
    json_incref(containers);
    json_decref(screen->taken);
    screen->taken = containers;
    cleanup_json json_t *rows = rated ? with_rates(app, containers) : json_incref(containers);
    browse_take(&screen->browse, rows);
}

static json_t *selected(struct app *app, struct containers *screen)
{
    follow_overview(app, screen);
    return browse_selected(&screen->browse);
}

static void draw_memory(const struct table *table, struct area area, int y, const json_t *container, enum style row, bool old)
{
    char text[UNITS_TEXT];
    long long used = json_num(container, "memory", 0), limit = json_num(container, "memory_limit", 0);
    bool on = used > 0;
    table_cell(table, area, y, C_MEMORY, row, on ? format_bytes(used, text) : "-");
    if (limit <= 0 || !on) {
        table_cell(table, area, y, C_LIMIT, row == S_SELECT ? row : S_DIM, on ? "no limit" : "-");
        return;
    }
    double part = (double)used / (double)limit;
    draw_gauge(area, y, table->x[C_LIMIT], 5, part, old ? S_DIM : row == S_SELECT ? row : usage_style(part));
    put_right(area, y, table->x[C_LIMIT] + 11, row, format_bytes(limit, text));
}

/* "0.0.0.0:8080->80/tcp, ..." the way there is room for it: "8080>80". */
static void short_ports(const char *ports, char *out, size_t room)
{
    size_t used = 0;
    out[0] = 0;
    cleanup_strv char **list = str_split(ports, ',');
    for (char **entry = list; *entry; entry++) {
        char *text = str_trim(*entry), *arrow = strstr(text, "->"), *colon = strrchr(text, ':');
        if (!arrow || !colon || strstr(text, "[::]") || str_starts(text, ":::"))
            continue;
        int inner = atoi(arrow + 2), host = atoi(colon + 1);
        const char *protocol = strstr(text, "/udp") ? "/udp" : "";
        int added = snprintf(out + used, room - used, "%s%d%s%d%s", used ? " " : "", host, glyph(G_ARROW), inner, protocol);
        if (added < 0 || (used += (size_t)added) >= room)
            return;
    }
}

static void draw_row(void *data, const struct table *table, struct area area, int y, const json_t *container, bool on)
{
    struct app *app = ((struct containers *)data)->app;
    bool old = app->model.link == LINK_DOWN;
    enum style row = on ? S_SELECT : S_TEXT;
    const char *state = json_str(container, "state", "");
    enum style plain = on ? row : old || !str_equal(state, "running") ? S_DIM : S_TEXT;
    char text[128];
    table_cell(table, area, y, C_NAME, on ? row : old ? S_DIM : S_STRONG, json_str(container, "name", ""));
    table_cell(table, area, y, C_IMAGE, plain, json_str(container, "image", ""));
    snprintf(text, sizeof text, "%s %s", glyph(state_glyph(state)), state);
    table_cell(table, area, y, C_STATE, on ? row : old ? S_DIM : state_style(state), text);
    const struct meter *meter = model_meter(app, json_str(container, "id", ""));
    bool live = str_equal(state, "running") && meter;
    snprintf(text, sizeof text, live ? "%.1f" : "-", live ? meter->percent : 0);
    table_cell(table, area, y, C_CPU, plain, text);
    if (live && table->width[C_SPARK])
        draw_spark(area, y, table->x[C_SPARK], table->width[C_SPARK], meter->history, (size_t)meter->count, 100,
                   on ? row : S_ACCENT);
    draw_memory(table, area, y, container, plain, old);
    long long pids = json_num(container, "pids", 0);
    snprintf(text, sizeof text, pids ? "%lld" : "-", pids);
    table_cell(table, area, y, C_PIDS, plain, text);
    table_cell(table, area, y, C_ADDRESS, plain, str_or(json_str(container, "address", ""), "-"));
    short_ports(json_str(container, "ports", ""), text, sizeof text);
    table_cell(table, area, y, C_PORTS, plain, str_or(text, "-"));
    char age[UNITS_TEXT];
    table_cell(table, area, y, C_UP, plain, format_ago(json_str(container, "created", ""), age));
}

static void draw_empty(struct app *app, const struct containers *screen, struct area area)
{
    if (!app->model.overview) {
        put(area, 1, 2, S_DIM, app->model.link == LINK_DOWN ? "" : "asking the engine");
        return;
    }
    if (screen->browse.filter.edit.text[0]) {
        putf(area, 1, 2, S_DIM, "nothing matches \"%s\"", screen->browse.filter.edit.text);
        return;
    }
    put(area, 1, 2, S_TEXT, "No containers yet. In any shell:");
    put(area, 3, 4, S_CODE, "slipway run -d --name web busybox sleep 1000");
    put(area, 5, 2, S_DIM, "It appears here as soon as it is made; Enter then looks inside it.");
}

static void draw_containers(struct app *app, void *state, struct area area)
{
    struct containers *screen = state;
    char note[160];
    selected(app, screen);
    area = explore_strip(area, EXPLORE_CONTAINERS);
    int used = snprintf(note, sizeof note, "%d of %zu, %lld running", screen->browse.shown, json_array_size(screen->browse.rows),
                        model_number(app, "engine.running"));
    size_t marked = json_object_size(screen->browse.marks);
    if (marked)
        snprintf(note + used, sizeof note - (size_t)used, ", %zu marked", marked);
    struct area inside = draw_box(area, "Containers", app->model.overview ? note : NULL, S_DIM);
    inside = filter_draw(&screen->browse.filter, inside);
    if (screen->browse.shown)
        browse_draw(&screen->browse, inside);
    else
        draw_empty(app, screen, inside);
}

/* What can be done to a container: one row each. */
enum { DEED_START, DEED_STOP, DEED_PAUSE, DEED_UNPAUSE, DEED_KILL, DEED_REMOVE };
static const struct deed {
    const char *name, *method, *path, *ran;
    const char *confirm; /* asked first when not NULL; %s is the name */
} deeds[] = {
    [DEED_START] = {"start", "POST", "/containers/%s/start", "slipway start %s", NULL},
    [DEED_STOP] = {"stop", "POST", "/containers/%s/stop", "slipway stop %s", NULL},
    [DEED_PAUSE] = {"pause", "POST", "/containers/%s/pause", "slipway pause %s", NULL},
    [DEED_UNPAUSE] = {"unpause", "POST", "/containers/%s/unpause", "slipway unpause %s", NULL},
    [DEED_KILL] = {"kill", "POST", "/containers/%s/kill?signal=KILL", "slipway kill %s",
                   "Send SIGKILL to the first process of %s?"},
    [DEED_REMOVE] = {"remove", "DELETE", "/containers/%s?force=1", "slipway rm -f %s",
                     "Remove %s? It is killed when it runs, and its own layer is deleted."},
};

static void acted(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct containers *screen = owner;
    (void)answer;
    screen->failed += err != NULL;
    screen->done += err == NULL;
    if (err)
        copy_text(screen->refusal, sizeof screen->refusal, err->message);
    if (--screen->under_way > 0)
        return;
    if (screen->failed && screen->done + screen->failed > 1)
        app_note(app, S_BAD, "%d done, %d not: %s", screen->done, screen->failed, screen->refusal);
    else if (screen->failed)
        app_note(app, S_BAD, "%s", screen->refusal);
    else
        app->note[0] = 0;
    model_want_overview(app);
}

static void act(struct app *app, void *owner, long index)
{
    struct containers *screen = owner;
    const struct deed *deed = &deeds[index];
    cleanup_json json_t *chosen = browse_chosen(&screen->browse);
    char names[440], text[500];
    size_t i;
    json_t *container;
    if (screen->under_way == 0)
        screen->failed = screen->done = 0;
    screen->under_way += (int)json_array_size(chosen);
    json_array_foreach(chosen, i, container)
    {
        cleanup_free char *escaped = client_escape(json_str(container, "id", "")), *path = str_format(deed->path, escaped);
        work_engine(app->work, str_equal(deed->name, "stop") ? LANE_SLOW : LANE_ACT, deed->method, path, NULL, acted, screen);
    }
    explore_names(chosen, " ", true, names, sizeof names);
    snprintf(text, sizeof text, deed->ran, names);
    app_ran(app, "%s", text);
}

static void want(struct app *app, struct containers *screen, int deed)
{
    follow_overview(app, screen);
    cleanup_json json_t *chosen = browse_chosen(&screen->browse);
    char names[200], text[400];
    if (json_array_size(chosen) && !deeds[deed].confirm) {
        act(app, screen, deed);
    } else if (json_array_size(chosen)) {
        explore_names(chosen, ", ", false, names, sizeof names);
        snprintf(text, sizeof text, deeds[deed].confirm, names);
        app_ask(app, "Are you sure", text, act, screen, deed);
    }
}

static void want_start(struct app *app, void *state) { want(app, state, DEED_START); }
static void want_stop(struct app *app, void *state) { want(app, state, DEED_STOP); }
static void want_pause(struct app *app, void *state) { want(app, state, DEED_PAUSE); }
static void want_unpause(struct app *app, void *state) { want(app, state, DEED_UNPAUSE); }
static void want_kill(struct app *app, void *state) { want(app, state, DEED_KILL); }
static void want_remove(struct app *app, void *state) { want(app, state, DEED_REMOVE); }

static void open_screen(struct app *app, void *state, const struct screen *screen, const char *ran)
{
    json_t *container = selected(app, state);
    char text[200];
    if (!container)
        return;
    snprintf(text, sizeof text, ran, json_str(container, "name", ""));
    app_ran(app, "%s", text);
    app_push(app, TAB_CONTAINERS, screen, container);
    app_go(app, TAB_CONTAINERS);
}

static void open_xray(struct app *app, void *state) { open_screen(app, state, &screen_xray, "slipway xray %s layers"); }
static void open_shell(struct app *app, void *state) { open_screen(app, state, &screen_shell, "slipway exec -it %s sh"); }
static void open_logs(struct app *app, void *state) { open_screen(app, state, &screen_logs, "slipway logs -f %s"); }

static void open_network(struct app *app, void *state)
{
    json_t *container = selected(app, state);
    app_ran(app, "curl --unix-socket /run/slipway.sock http://d/slipway/topology");
    app_push(app, TAB_CONTAINERS, &screen_network, container);
    app_go(app, TAB_CONTAINERS);
}

static void look_into(struct app *app, void *state)
{
    json_t *container = selected(app, state);
    if (container)
        explore_look_into(app, &(struct thing){"container", json_str(container, "id", ""), json_str(container, "name", "")});
}

static void open_stats(struct app *app, void *state) { open_screen(app, state, &screen_stats, "slipway stats %s"); }

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct containers *)state)->browse.filter;
}

static bool key_containers(struct app *app, void *state, keycode key)
{
    struct containers *screen = state;
    follow_overview(app, screen);
    return browse_key(&screen->browse, key);
}

static void mark(struct app *app, void *state)
{
    if (selected(app, state))
        browse_mark(&((struct containers *)state)->browse);
}

static void mark_all(struct app *app, void *state)
{
    if (selected(app, state))
        browse_mark_all(&((struct containers *)state)->browse);
}

static void order(struct app *app, void *state)
{
    struct containers *screen = state;
    browse_sort_next(&screen->browse);
    follow_overview(app, screen);
}

static void reverse(struct app *app, void *state)
{
    struct browse *browse = &((struct containers *)state)->browse;
    (void)app;
    browse_sort(browse, browse->sort);
}

static bool is_ordered(struct app *app, void *state)
{
    (void)app;
    return ((struct containers *)state)->browse.sort >= 0;
}

static void open_containers(struct app *app, void *state, const void *argument)
{
    struct containers *screen = state;
    (void)argument;
    browse_open(&screen->browse, columns, ARRAY_LEN(columns), -1);
    screen->browse.draw = draw_row;
    screen->browse.data = screen;
    screen->app = app;
}

static void close_containers(struct app *app, void *state)
{
    struct containers *screen = state;
    (void)app;
    browse_close(&screen->browse);
    json_decref(screen->taken);
}

static void tick_containers(struct app *app, void *state)
{
    (void)state;
    if (!app->ran[0])
        app_ran(app, "slipway ps -a");
    model_want_overview(app);
}

static int interval_containers(struct app *app, void *state)
{
    (void)app, (void)state;
    return 1000;
}

static const struct action actions[] = {
    {"containers.xray", "Enter", "x-ray", "look inside: layers, namespaces, cgroup, network, chains, signals, privileges, steps",
     open_xray, NULL},
    {"containers.shell", "e", "shell", "a shell in the container, in a terminal pane", open_shell, NULL},
    {"containers.logs", "l", "logs", "what it wrote, and what it writes from now on", open_logs, NULL},
    {"containers.next-table", "Tab", "images...", "images, volumes, networks, events", explore_next, NULL},
    {"containers.last-table", "Shift-Tab", NULL, "images, volumes, networks, events", explore_before, NULL},
    {"containers.network", "n", "network", "the network of the machine: a map, the rules, and the trace of a packet", open_network,
     NULL},
    {"containers.inspect", "i", "inspect", "all that the engine knows of it, as a tree", look_into, NULL},
    {"containers.stats", "S", "stats", "what it uses, over time: CPU, memory, network, blocks, processes", open_stats, NULL},
    {"containers.start", "s", "start", "start it", want_start, NULL},
    {"containers.stop", "t", "stop", "stop it: SIGTERM, ten seconds, SIGKILL", want_stop, NULL},
    {"containers.pause", "p", "pause", "freeze all its processes", want_pause, NULL},
    {"containers.unpause", "u", "pause", "let its processes go on", want_unpause, NULL},
    {"containers.kill", "K", NULL, "kill: SIGKILL at once (asks first)", want_kill, NULL},
    {"containers.remove", "D", NULL, "remove it, running or not (asks first)", want_remove, NULL},
    {"containers.mark", "Space", "mark", "mark it, to act on several; * marks all", mark, NULL},
    {"containers.mark-all", "*", NULL, "mark it, to act on several; * marks all", mark_all, NULL},
    {"containers.order", "o", "order", "order by the next column; O turns it round", order, NULL},
    {"containers.reverse", "O", NULL, "order by the next column; O turns it round", reverse, is_ordered},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Every container that the engine keeps, running or not, asked for once a second in one call. CPU is in percent of one core, "
     "from the time that its cgroup has used; MEM is what its processes and their page cache take, the bar is that against the "
     "limit. A container is no thing of the kernel's: it is some processes with namespaces, a cgroup and a root of their own, "
     "which Enter shows.",
     "man 7 namespaces, man 7 cgroups, man 1 slipway-ps", NULL},
};

const struct screen screen_containers = {
    .name = "containers",
    .title = "Containers",
    .about =
        "All containers of the engine, once a second from one call. CPU is of one core; the bar is memory against the limit of the "
        "container's cgroup.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct containers),
    .open = open_containers,
    .close = close_containers,
    .draw = draw_containers,
    .key = key_containers,
    .filter = filter_of,
    .tick = tick_containers,
    .interval = interval_containers,
};
