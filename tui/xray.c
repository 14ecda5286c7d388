/* The X-ray of one container: eight tabs over eight documents of the engine, asked for once a second while on show, the layers more
 * often. What changed is marked for two seconds: drawing gets the document as it is and as it was then. */
#include "tui/xray_foreign.h"
#include "tui/xray_state.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/format.h"
#include "tui/hit.h"
#include "tui/list.h"

#include <string.h>

static const int64_t MARK_NS = 2000000000;

static const struct tab_row {
    const char *name, *path;
    xray_draw draw;   /* this, */
    xray_panel panel; /* or this */
    const char *about;
    const char *by_hand; /* the same of a container of Docker's, where its pid is $P; %s is its name */
} tabs[XRAY_TABS] = {
    {"Layers", "layers", xray_layers, NULL, "its root file system", "docker inspect -f '{{json .GraphDriver.Data}}' %s"},
    {"Namespaces", "namespaces", NULL, xray_namespaces_panel, "what it sees", "ls -l /proc/$P/ns"},
    {"Cgroup", "cgroup", NULL, xray_cgroup_panel, "what it may use", "cat /proc/$P/cgroup; docker stats %s"},
    {"Network", "network", xray_network, NULL, "its links and wires", "nsenter -t $P -n ip addr"},
    {"Chains", "chains", xray_chains, NULL, "packet rules on the host", "iptables-save -c"},
    {"Signals", "signals", NULL, xray_signals_panel, "how it can be stopped", "grep ^Sig /proc/$P/status"},
    {"Privileges", "privileges", xray_privileges, NULL, "what it may do", "grep -E '^(Cap|NoNew|Seccomp)' /proc/$P/status"},
    {"Steps", "steps", NULL, xray_steps_panel, "how it came to be", "docker events --filter container=%s"},
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

json_t *xray_first(const json_t *doc)
{
    json_t *processes = json_object_get(doc, "processes"), *process;
    size_t index;
    json_array_foreach(processes, index, process)
    {
        if (json_num(process, "inner_pid", 0) == 1)
            return process;
    }
    return json_array_get(processes, 0);
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

/* Another engine has no such document. What it shows is the kernel's all the same, for root on that machine: looked up here where
 * that can be (tui/xray_foreign.h), and told how to where not. */
static void tell_by_hand(struct xray *xray, int tab, const char *why)
{
    const struct tab_row *row = &tabs[tab];
    cleanup_free char *command = str_format(row->by_hand, xray->name);
    cleanup_free char *pid = str_format("P=$(docker inspect -f '{{.State.Pid}}' %s)\n", xray->name);
    snprintf(xray->error[tab], sizeof xray->error[tab],
             "This engine is not Slipway's own and does not show its inside%s%.90s. Where it runs, root finds this by:\n%s%s",
             *why ? "; " : "", why, strstr(command, "$P") ? pid : "", command);
}

static void tick_xray(struct app *app, void *state);

static void got_document(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct xray *xray = owner;
    int tab = xray->asked;
    xray->asking = false;
    if (tab != xray->tab) /* the person went on meanwhile */
        tick_xray(app, xray);
    int64_t now = clock_mono_ns();
    bool said = xray->error[tab][0];
    if (err && app->model.docker)
        tell_by_hand(xray, tab, xray_foreign_can(app) && tab != XRAY_STEPS ? err->message : "");
    else
        copy_text(xray->error[tab], sizeof xray->error[tab], err ? err->message : "");
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

static void got_other(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct xray *xray = owner;
    int tab = xray->other_asked;
    xray->asking_other = false;
    copy_text(xray->other_error, sizeof xray->other_error, err ? err->message : "");
    app_dirty(app);
    if (err || !answer || !str_equal(xray->other_asked_id, xray->other_id))
        return;
    json_decref(xray->other[tab]);
    xray->other[tab] = json_incref(answer);
}

static void ask_other(struct app *app, struct xray *xray)
{
    char path[200];
    xray->asking_other = true;
    xray->other_asked = xray->tab;
    copy_text(xray->other_asked_id, sizeof xray->other_asked_id, xray->other_id);
    snprintf(path, sizeof path, "/slipway/containers/%s/%s", xray->other_id, tabs[xray->tab].path);
    if (app->model.docker && xray->tab != XRAY_STEPS && xray_foreign_can(app))
        xray_foreign(app, xray->other_id, tabs[xray->tab].path, got_other, xray);
    else
        work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_other, xray);
}

static void tick_xray(struct app *app, void *state)
{
    struct xray *xray = state;
    if (xray->tab == XRAY_SIGNALS && xray->signal.at_ns)
        model_want_overview(app); /* for what became of it */
    if (xray->asking || app->model.link == LINK_DOWN)
        return;
    xray->asking = true;
    xray->asked = xray->tab;
    char path[200];
    snprintf(path, sizeof path, "/slipway/containers/%s/%s", xray->id, tabs[xray->tab].path);
    if (app->model.docker && xray->tab != XRAY_STEPS && xray_foreign_can(app))
        xray_foreign(app, xray->id, tabs[xray->tab].path, got_document, xray);
    else
        work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_document, xray);
    if (xray_comparing(app, xray) && !xray->asking_other)
        ask_other(app, xray);
}

static void choose(struct app *app, struct xray *xray, int tab)
{
    xray->tab = (tab + XRAY_TABS) % XRAY_TABS;
    xray->top = xray->lines = 0;
    if (app->model.docker && xray_foreign_can(app) && xray->tab != XRAY_STEPS)
        app_ran(app, "slipwayd --look $(docker inspect -f '{{.State.Pid}} %s {{.Id}}' %s)", tabs[xray->tab].path, xray->name);
    else
        app_ran(app, "slipway xray %s %s", xray->name, tabs[xray->tab].path);
    tick_xray(app, xray);
}

static void choose_by_mouse(struct app *app, long tab) { choose(app, app_view(app)->state, (int)tab); }

static void draw_tabs(struct area area, const struct xray *xray)
{
    int x = 1;
    bool wide = area.w >= 90;
    for (int i = 0; i < XRAY_TABS; i++) {
        bool on = i == xray->tab;
        if (on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        int used = put(area, 0, x, on ? S_STRONG : S_DIM, tabs[i].name);
        hit_call(area, 0, x, used, choose_by_mouse, i);
        x += used;
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
    if (tabs[tab].panel)
        xray->lines = tabs[tab].panel(app, xray, inside, xray->top);
    else
        xray->lines = tabs[tab].draw(inside, xray->top, xray->now[tab], xray->before[tab]);
    if (xray->menu.open)
        menu_draw(&xray->menu, inside);
}

static void next_view(struct app *app, void *state) { choose(app, state, ((struct xray *)state)->tab + 1); }
static void view_before(struct app *app, void *state) { choose(app, state, ((struct xray *)state)->tab - 1); }

static bool key_xray(struct app *app, void *state, keycode key)
{
    struct xray *xray = state;
    if (xray->menu.open) {
        menu_key(app, &xray->menu, xray, key);
        return true;
    }
    return scroll_key(&xray->top, key, xray->lines, xray->rows);
}

static bool typing_xray(struct app *app, void *state)
{
    (void)app;
    return ((struct xray *)state)->menu.open;
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
    enum { SOON_MS = 200, USUAL_MS = 1000, DEAR_MS = 5000, SHORT = 500 };
    const struct xray *xray = state;
    bool layers = str_equal(tabs[xray->tab].path, "layers");
    if (app->model.docker) /* each look is a program that reads all layers anew */
        return layers ? DEAR_MS : USUAL_MS;
    return layers && json_num(xray->now[xray->tab], "changes_total", SHORT) < SHORT ? SOON_MS : USUAL_MS;
}

static void close_xray(struct app *app, void *state)
{
    struct xray *xray = state;
    (void)app;
    for (int i = 0; i < XRAY_TABS; i++) {
        json_decref(xray->now[i]);
        json_decref(xray->before[i]);
        json_decref(xray->other[i]);
    }
    xray_deed_clear(&xray->signal);
    xray_deed_clear(&xray->limit);
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

static const struct part parts[XRAY_TABS] = {
    {"Layers",
     "The root file system of the container as a stack. The topmost layer is its own and can be written; those below are the "
     "image's, shared by all containers of it and never written. A file is looked for from the top down: the first that has it "
     "wins, and a whiteout hides it. Writing to a file of the image copies it up first.",
     "man 5 proc (mountinfo), the kernel's overlayfs.rst, man 1 slipway-xray", xray_layers_actions},
    {"Namespaces",
     "What this container's processes see instead of the machine's own: mounts, processes, network, host name, System V IPC, "
     "users, cgroups, time. Each namespace is an inode; those with the same number as the host's are shared with it.",
     "man 7 namespaces, man 1 lsns, man 1 nsenter", xray_namespaces_actions},
    {"Cgroup",
     "What the processes together may use, and what they do use: each line is a file of the kernel's that can be read and written "
     "by hand. Limits are not reserved, they are ceilings; at the memory limit the kernel first takes page cache back and then "
     "kills.",
     "man 7 cgroups, the kernel's cgroup-v1 and cgroup-v2.rst", xray_cgroup_actions},
    {"Network",
     "The interfaces that the container has in its own network namespace, and the other end of each: a veth pair is a wire with "
     "two plugs, of which one is in the host's namespace, mostly in a bridge.",
     "man 4 veth, man 8 ip, man 8 bridge", xray_network_actions},
    {"Chains",
     "The packet rules on the host that speak of this container: the address that its packets get on the way out, the published "
     "ports on the way in, and what may be forwarded.",
     "man 8 iptables, man 8 nft", xray_chains_actions},
    {"Signals",
     "Which signals each process catches, ignores and blocks. The first process of a pid namespace is special: a signal for which "
     "it has no handler is dropped when it comes from inside, and SIGTERM from outside too does nothing then, which is why docker "
     "stop waits and kills.",
     "man 7 signal, man 7 pid_namespaces", xray_signals_actions},
    {"Privileges",
     "Root's power in pieces: each capability allows one thing, and a container gets fourteen of the forty-one. A process can only "
     "gain what is in its bounding set. The seccomp filter is asked before every system call, whoever makes it; no_new_privs (NNP) "
     "keeps "
     "set-user-ID programs from giving anything.",
     "man 7 capabilities, man 2 seccomp, man 2 prctl (PR_SET_NO_NEW_PRIVS)", NULL},
    {"Steps",
     "What the engine did on the kernel to bring this container up, in order, each act with its time and the command that would do "
     "it by hand. The bars are a time line: where one stands is when it began, how long it is is how long it took. In the replay "
     "the container is built up act by act.",
     "man 2 clone, man 2 mount, man 2 pivot_root, man 8 ip", xray_steps_actions},
};

const struct screen screen_xray = {
    .name = "xray",
    .about = "One container from inside, read from the kernel once a second or more often. What changed in the last two seconds is "
             "marked. The "
             "same is to be had by "
             "`slipway xray NAME VIEW --json` and by curl.",
    .actions = actions,
    .parts = parts,
    .part_count = XRAY_TABS,
    .size = sizeof(struct xray),
    .open = open_xray,
    .draw = draw_xray,
    .key = key_xray,
    .typing = typing_xray,
    .part = part_of_xray,
    .tick = tick_xray,
    .interval = interval_xray,
    .close = close_xray,
    .where = where_xray,
};
