/* The X-ray of one container: seven tabs over seven documents of the engine, asked for once a second while on show, the layers more
 * often. What changed is marked for two seconds: drawing gets the document as it is and as it was then. */
#include "tui/xray.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"

#include <string.h>

static const int64_t MARK_NS = 2000000000;

static const struct tab_row {
    const char *name, *path;
    xray_draw draw;
    const char *about;
} tabs[] = {
    {"Layers", "layers", xray_layers, "its root file system"},     {"Namespaces", "namespaces", xray_namespaces, "what it sees"},
    {"Cgroup", "cgroup", xray_cgroup, "what it may use"},          {"Network", "network", xray_network, "its links and wires"},
    {"Chains", "chains", xray_chains, "packet rules on the host"}, {"Signals", "signals", xray_signals, "how it can be stopped"},
    {"Steps", "steps", xray_steps, "how it came to be"},
};
enum { TABS = ARRAY_LEN(tabs) };

struct xray {
    char id[80], name[80];
    int tab, top, lines, rows;
    json_t *now[TABS], *before[TABS];
    int64_t changed_ns[TABS];
    char error[TABS][300];
    bool asking;
    int asked; /* the tab that the answer under way is for */
};

json_t *xray_same(const json_t *array, const json_t *like, const char *key)
{
    json_t *want = json_object_get(like, key), *entry;
    size_t index;
    json_array_foreach(array, index, entry)
    {
        if (want && json_equal(json_object_get(entry, key), want))
            return entry;
    }
    return NULL;
}

enum style xray_mark(const json_t *now, const json_t *before, const char *path, bool marking, enum style style)
{
    if (!before)
        return marking ? S_CHANGED : style;
    json_t *a = json_at(now, path), *b = json_at(before, path);
    return a == b || (a && b && json_equal(a, b)) ? style : S_CHANGED;
}

static void open_xray(struct app *app, void *state, const void *argument)
{
    struct xray *xray = state;
    const json_t *container = argument;
    (void)app;
    copy_text(xray->id, sizeof xray->id, json_str(container, "id", ""));
    copy_text(xray->name, sizeof xray->name, json_str(container, "name", ""));
}

static void got_document(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct xray *xray = owner;
    int tab = xray->asked;
    xray->asking = false;
    int64_t now = clock_mono_ns();
    bool said = xray->error[tab][0];
    const char *why = !err                ? ""
                      : app->model.docker ? "This engine is not Slipway's own and does not show its inside."
                                          : err->message;
    copy_text(xray->error[tab], sizeof xray->error[tab], why);
    if (said != (err != NULL))
        app_dirty(app);
    if (err || !answer)
        return;
    bool same = xray->now[tab] && json_equal(xray->now[tab], answer);
    bool marks_over = xray->before[tab] && now - xray->changed_ns[tab] > MARK_NS;
    if (same && !marks_over)
        return;
    if (marks_over || !xray->now[tab]) {
        json_decref(xray->before[tab]);
        xray->before[tab] = NULL;
    }
    if (!same) {
        if (!xray->before[tab])
            xray->before[tab] = xray->now[tab];
        else
            json_decref(xray->now[tab]);
        xray->now[tab] = json_incref(answer);
        xray->changed_ns[tab] = now;
    }
    app_dirty(app);
}

static void tick_xray(struct app *app, void *state)
{
    struct xray *xray = state;
    if (xray->asking || app->model.link == LINK_DOWN)
        return;
    xray->asking = true;
    xray->asked = xray->tab;
    char path[200];
    snprintf(path, sizeof path, "/slipway/containers/%s/%s", xray->id, tabs[xray->tab].path);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_document, xray);
}

static void choose(struct app *app, struct xray *xray, int tab)
{
    xray->tab = (tab + TABS) % TABS;
    xray->top = xray->lines = 0;
    app_ran(app, "slipway xray %s %s", xray->name, tabs[xray->tab].path);
    tick_xray(app, xray);
}

static void draw_tabs(struct area area, const struct xray *xray)
{
    int x = 1;
    bool wide = area.w >= 90;
    for (int i = 0; i < TABS; i++) {
        bool on = i == xray->tab;
        if (on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        x += put(area, 0, x, on ? S_STRONG : S_DIM, tabs[i].name);
        x += wide ? 3 : 2;
    }
}

static void draw_xray(struct app *app, void *state, struct area area)
{
    struct xray *xray = state;
    int tab = xray->tab;
    draw_tabs(area_rows(area, 0, 1), xray);
    char title[128], note[128] = "";
    snprintf(title, sizeof title, "%s: %s", tabs[tab].name, tabs[tab].about);
    const char *status = json_str(model_container(app, xray->id), "status", "");
    if (xray->lines > xray->rows)
        snprintf(note, sizeof note, "%d-%d of %d", xray->top + 1,
                 xray->top + xray->rows < xray->lines ? xray->top + xray->rows : xray->lines, xray->lines);
    else
        copy_text(note, sizeof note, app->model.link == LINK_DOWN ? "old: the engine is away" : status);
    struct area inside = draw_box(area_rows(area, 1, area.h), title, note, S_DIM);
    if (xray->error[tab][0]) {
        draw_wrapped(inside, 0, 0, S_WARN, xray->error[tab]);
        if (!xray->now[tab])
            return;
        inside = area_rows(inside, 3, inside.h);
    }
    if (!xray->now[tab]) {
        put(inside, 0, 0, S_DIM, app->model.link == LINK_DOWN ? "the engine does not answer" : "looking");
        return;
    }
    xray->rows = inside.h;
    xray->lines = tabs[tab].draw(inside, xray->top, xray->now[tab], xray->before[tab]);
}

static void next_view(struct app *app, void *state) { choose(app, state, ((struct xray *)state)->tab + 1); }
static void view_before(struct app *app, void *state) { choose(app, state, ((struct xray *)state)->tab - 1); }

static bool key_xray(struct app *app, void *state, keycode key)
{
    struct xray *xray = state;
    (void)app;
    return scroll_key(&xray->top, key, xray->lines, xray->rows);
}

static int part_of_xray(struct app *app, void *state)
{
    (void)app;
    return ((struct xray *)state)->tab;
}

/* What is written in a container shows at once, while its list of changes is short: then a look costs the engine next to nothing.
 */
static int interval_xray(struct app *app, void *state)
{
    enum { SOON_MS = 200, USUAL_MS = 1000, SHORT = 500 };
    const struct xray *xray = state;
    (void)app;
    bool layers = str_equal(tabs[xray->tab].path, "layers");
    return layers && json_num(xray->now[xray->tab], "changes_total", SHORT) < SHORT ? SOON_MS : USUAL_MS;
}

static void close_xray(struct app *app, void *state)
{
    struct xray *xray = state;
    (void)app;
    for (int i = 0; i < TABS; i++) {
        json_decref(xray->now[i]);
        json_decref(xray->before[i]);
    }
}

static const char *where_xray(struct app *app, void *state)
{
    (void)app;
    return ((struct xray *)state)->name;
}

static const struct action actions[] = {
    {"xray.next", "Tab Right l", "next view", "the next view", next_view, NULL},
    {"xray.before", "Shift-Tab Left h", NULL, "the view before", view_before, NULL},
    {"move.down", NULL, "scroll", "line by line; the page keys go by a screenful", NULL, NULL},
    {"move.up", NULL, "scroll", "line by line; the page keys go by a screenful", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[TABS] = {
    {"Layers",
     "The root file system of the container as a stack. The topmost layer is its own and can be written; those below are the "
     "image's, shared by all containers of it and never written. A file is looked for from the top down: the first that has it "
     "wins, and a whiteout hides it. Writing to a file of the image copies it up first.",
     "man 5 proc (mountinfo), the kernel's overlayfs.rst, man 1 slipway-xray", NULL},
    {"Namespaces",
     "What this container's processes see instead of the machine's own: mounts, processes, network, host name, System V IPC, "
     "users, cgroups, time. Each namespace is an inode; those with the same number as the host's are shared with it.",
     "man 7 namespaces, man 1 lsns, man 1 nsenter", NULL},
    {"Cgroup",
     "What the processes together may use, and what they do use: each line is a file of the kernel's that can be read and written "
     "by hand. Limits are not reserved, they are ceilings; at the memory limit the kernel first takes page cache back and then "
     "kills.",
     "man 7 cgroups, the kernel's cgroup-v1 and cgroup-v2.rst", NULL},
    {"Network",
     "The interfaces that the container has in its own network namespace, and the other end of each: a veth pair is a wire with "
     "two plugs, of which one is in the host's namespace, mostly in a bridge.",
     "man 4 veth, man 8 ip, man 8 bridge", NULL},
    {"Chains",
     "The packet rules on the host that speak of this container: the address that its packets get on the way out, the published "
     "ports on the way in, and what may be forwarded.",
     "man 8 iptables, man 8 nft", NULL},
    {"Signals",
     "Which signals each process catches, ignores and blocks. The first process of a pid namespace is special: a signal for which "
     "it has no handler is dropped when it comes from inside, and SIGTERM from outside too does nothing then, which is why docker "
     "stop waits and kills.",
     "man 7 signal, man 7 pid_namespaces", NULL},
    {"Steps",
     "What the engine did on the kernel to bring this container up, in order, each act with its time and the command that would do "
     "it by hand.",
     "man 2 clone, man 2 mount, man 2 pivot_root, man 8 ip", NULL},
};

const struct screen screen_xray = {
    .name = "xray",
    .about = "One container from inside, read from the kernel once a second or more often. What changed in the last two seconds is "
             "marked. The "
             "same is to be had by "
             "`slipway xray NAME VIEW --json` and by curl.",
    .actions = actions,
    .parts = parts,
    .part_count = TABS,
    .size = sizeof(struct xray),
    .open = open_xray,
    .draw = draw_xray,
    .key = key_xray,
    .part = part_of_xray,
    .tick = tick_xray,
    .interval = interval_xray,
    .close = close_xray,
    .where = where_xray,
};
