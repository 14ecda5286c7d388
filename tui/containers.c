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
    struct list list;
    char selected[80]; /* id: the selection follows the container, not the row */
    struct filter filter;
};

enum { C_NAME, C_IMAGE, C_STATE, C_CPU, C_SPARK, C_MEMORY, C_LIMIT, C_PIDS, C_ADDRESS, C_PORTS, C_UP };

static const struct column columns[] = {
    [C_NAME] = {"NAME", 0, false, 0},
    [C_IMAGE] = {"IMAGE", 14, false, 0},
    [C_STATE] = {"STATE", 9, false, 0},
    [C_CPU] = {"CPU%", 5, true, 0},
    [C_SPARK] = {"LAST MINUTE", 12, false, 110},
    [C_MEMORY] = {"MEM", 6, true, 0},
    [C_LIMIT] = {"LIMIT", 11, false, 0},
    [C_PIDS] = {"PIDS", 4, true, 110},
    [C_ADDRESS] = {"ADDRESS", 13, false, 150},
    [C_PORTS] = {"PORTS", 10, false, 0},
    [C_UP] = {"AGE", 6, true, 150},
};

static bool shown(const struct containers *screen, json_t *container)
{
    return filter_match(&screen->filter, json_str(container, "name", ""), json_str(container, "image", ""),
                        json_str(container, "state", ""), NULL);
}

/* The containers on show, in order; borrowed. */
static size_t rows_of(struct app *app, const struct containers *screen, json_t **rows, size_t most)
{
    size_t count = 0, index;
    json_t *container;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        if (count < most && shown(screen, container))
            rows[count++] = container;
    }
    return count;
}

static json_t *selected(struct app *app, struct containers *screen, json_t **rows, size_t *count)
{
    *count = rows_of(app, screen, rows, METER_MAX);
    for (size_t i = 0; i < *count; i++)
        if (str_equal(json_str(rows[i], "id", ""), screen->selected))
            screen->list.selected = (int)i;
    if ((size_t)screen->list.selected >= *count)
        screen->list.selected = *count ? (int)*count - 1 : 0;
    return *count ? rows[screen->list.selected] : NULL;
}

static void remember(struct containers *screen, json_t *container)
{
    copy_text(screen->selected, sizeof screen->selected, json_str(container, "id", ""));
}

static void draw_memory(const struct table *table, struct area area, int y, json_t *container, enum style row, bool old)
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

static void draw_row(struct app *app, const struct table *table, struct area area, int y, json_t *container, bool on)
{
    bool old = app->model.link == LINK_DOWN;
    enum style row = table_row(area, y, on);
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
    if (screen->filter.edit.text[0]) {
        putf(area, 1, 2, S_DIM, "nothing matches \"%s\"", screen->filter.edit.text);
        return;
    }
    put(area, 1, 2, S_TEXT, "No containers yet. In any shell:");
    put(area, 3, 4, S_CODE, "slipway run -d --name web busybox sleep 1000");
    put(area, 5, 2, S_DIM, "It appears here as soon as it is made; Enter then looks inside it.");
}

static void draw_containers(struct app *app, void *state, struct area area)
{
    struct containers *screen = state;
    json_t *rows[METER_MAX];
    size_t count;
    selected(app, screen, rows, &count);
    char note[160];
    area = explore_strip(area, EXPLORE_CONTAINERS);
    snprintf(note, sizeof note, "%zu of %zu, %lld running", count,
             json_array_size(json_object_get(app->model.overview, "containers")), model_number(app, "engine.running"));
    struct area inside = draw_box(area, "Containers", app->model.overview ? note : NULL, S_DIM);
    inside = filter_draw(&screen->filter, inside);
    if (count == 0) {
        draw_empty(app, screen, inside);
        return;
    }
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    struct table table = table_begin(wide, columns, ARRAY_LEN(columns));
    struct area body = area_rows(wide, 1, wide.h);
    int top = list_fit(&screen->list, body, (int)count);
    for (int y = 0; y < body.h && top + y < (int)count; y++)
        draw_row(app, &table, body, y, rows[top + y], list_selected(&screen->list, top + y));
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
    (void)answer, (void)owner;
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    else
        app->note[0] = 0;
    model_want_overview(app);
}

static void act(struct app *app, void *owner, long index)
{
    struct containers *screen = owner;
    const struct deed *deed = &deeds[index];
    json_t *container = model_container(app, screen->selected);
    if (!container)
        return;
    const char *name = json_str(container, "name", "");
    cleanup_free char *escaped = client_escape(screen->selected);
    char path[200], text[300];
    snprintf(path, sizeof path, deed->path, escaped);
    snprintf(text, sizeof text, deed->ran, name);
    app_ran(app, "%s", text);
    work_engine(app->work, str_equal(deed->name, "stop") ? LANE_SLOW : LANE_ACT, deed->method, path, NULL, acted, screen);
}

static json_t *remembered(struct app *app, struct containers *screen)
{
    json_t *rows[METER_MAX];
    size_t count;
    json_t *container = selected(app, screen, rows, &count);
    if (container)
        remember(screen, container);
    return container;
}

static void want(struct app *app, struct containers *screen, int deed)
{
    json_t *container = remembered(app, screen);
    char text[300];
    if (container && !deeds[deed].confirm) {
        act(app, screen, deed);
    } else if (container) {
        snprintf(text, sizeof text, deeds[deed].confirm, json_str(container, "name", ""));
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
    json_t *container = remembered(app, state);
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
    json_t *container = remembered(app, state);
    app_ran(app, "curl --unix-socket /run/slipway.sock http://d/slipway/topology");
    app_push(app, TAB_CONTAINERS, &screen_network, container);
    app_go(app, TAB_CONTAINERS);
}

static void look_into(struct app *app, void *state)
{
    json_t *container = remembered(app, state);
    if (container)
        explore_look_into(app, &(struct thing){"container", json_str(container, "id", ""), json_str(container, "name", "")});
}

static void open_stats(struct app *app, void *state) { open_screen(app, state, &screen_stats, "slipway stats %s"); }

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct containers *)state)->filter;
}

static bool key_containers(struct app *app, void *state, keycode key)
{
    struct containers *screen = state;
    json_t *rows[METER_MAX];
    size_t count;
    selected(app, screen, rows, &count);
    if (!list_key(&screen->list, key, (int)count))
        return false;
    if (count)
        remember(screen, rows[screen->list.selected]);
    return true;
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
    {"containers.xray", "Enter", "x-ray", "look inside: layers, namespaces, cgroup, network, chains, signals, steps", open_xray,
     NULL},
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
    .draw = draw_containers,
    .key = key_containers,
    .filter = filter_of,
    .tick = tick_containers,
    .interval = interval_containers,
};
