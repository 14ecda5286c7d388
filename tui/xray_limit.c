/* Changing one limit of a container's group, after asking, and watching what comes of it. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "client/client.h"
#include "tui/format.h"
#include "tui/xray_state.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MEMORY, CPUS, PIDS };

static const struct {
    const char *name, *label;
    const char *files; /* where it is written */
    const char *about;
} kinds[] = {
    [MEMORY] = {"memory", "how much, as in 64m or 1.5g", "memory.limit_in_bytes (v1), memory.max (v2)",
                "beyond it the kernel takes page cache back, then kills"},
    [CPUS] = {"cpus", "how many cores, as in 0.5 or 2", "cpu.cfs_quota_us (v1), cpu.max (v2)",
              "beyond it the processes wait for the next period"},
    [PIDS] = {"pids", "how many processes, as in 100", "pids.max", "beyond it fork() fails"},
};

static void now_text(const json_t *doc, int kind, char *out, size_t room)
{
    char text[UNITS_TEXT];
    long long limit = kind == MEMORY ? json_num(doc, "memory.limit", 0)
                      : kind == CPUS ? json_num(doc, "cpu.quota_us", 0)
                                     : json_num(doc, "pids.limit", 0);
    if (limit <= 0)
        snprintf(out, room, "no limit");
    else if (kind == MEMORY)
        snprintf(out, room, "%s", format_bytes(limit, text));
    else if (kind == CPUS)
        snprintf(out, room, "%.4g", (double)limit / (double)json_num(doc, "cpu.period_us", 100000));
    else
        snprintf(out, room, "%lld", limit);
}

/* The body of the request and the command that is the same; NULL when what was written is no such limit. Memory and swap together
 * are given as twice the memory, as when a container is made without a word on swap. */
static json_t *request(int kind, const char *text, const char *name, char *command, size_t room)
{
    int64_t bytes;
    char *end;
    double cpus = strtod(text, &end);
    if (kind == MEMORY && units_parse_bytes(text, &bytes) && bytes > 0 && bytes < INT64_MAX / 4) {
        snprintf(command, room, "slipway update --memory %s --memory-swap %lld %s", text, (long long)bytes * 2, name);
        return json_pack("{s:I,s:I}", "Memory", (json_int_t)bytes, "MemorySwap", (json_int_t)bytes * 2);
    }
    if (kind == MEMORY || end == text || *end || !isfinite(cpus) || cpus <= 0 || cpus > 1e6)
        return NULL;
    if (kind == CPUS) {
        snprintf(command, room, "slipway update --cpus %s %s", text, name);
        return json_pack("{s:I}", "NanoCpus", (json_int_t)llround(cpus * 1e9));
    }
    snprintf(command, room, "slipway update --pids-limit %lld %s", (long long)cpus, name);
    return json_pack("{s:I}", "PidsLimit", (json_int_t)cpus);
}

static void change(struct app *app, void *owner, long kind)
{
    struct xray *xray = owner;
    char command[200], text[160], was[40];
    json_t *body = request((int)kind, xray->limit_text, xray->name, command, sizeof command);
    if (!body)
        return;
    cleanup_free char *escaped = client_escape(xray->id), *path = str_format("/containers/%s/update", escaped);
    now_text(xray->now[XRAY_CGROUP], (int)kind, was, sizeof was);
    snprintf(text, sizeof text, "%s: %s, was %s", kinds[kind].name, xray->limit_text, was);
    xray_do(app, xray, &xray->limit, path, body, text);
    app_ran(app, "%s", command);
}

static void written(struct app *app, void *owner, const char *text)
{
    struct xray *xray = owner;
    char command[200], question[400], was[40];
    int kind = xray->limit_kind;
    cleanup_json json_t *body = request(kind, text, xray->name, command, sizeof command);
    if (!body) {
        app_note(app, S_WARN, "\"%s\" is not %s", text, kinds[kind].label);
        return;
    }
    copy_text(xray->limit_text, sizeof xray->limit_text, text);
    now_text(xray->now[XRAY_CGROUP], kind, was, sizeof was);
    long long usage = json_num(xray->now[XRAY_CGROUP], "memory.usage", 0);
    bool tight = kind == MEMORY && json_num(body, "Memory", 0) < usage;
    snprintf(question, sizeof question, "Set %s of %s to %s (now %s)? It is written to %s; %s.%s", kinds[kind].name, xray->name,
             text, was, kinds[kind].files, kinds[kind].about, tight ? "\nIt uses more than that now." : "");
    app_ask(app, "Are you sure", question, change, xray, kind);
}

static void chosen(struct app *app, void *owner, const struct menu_row *row)
{
    struct xray *xray = owner;
    char title[100], label[120], was[40];
    (void)app;
    xray->limit_kind = (int)row->value;
    now_text(xray->now[XRAY_CGROUP], xray->limit_kind, was, sizeof was);
    snprintf(title, sizeof title, "Limit of %s", kinds[row->value].name);
    snprintf(label, sizeof label, "%s (now %s)", kinds[row->value].label, was);
    menu_line(&xray->menu, title, label, "", written);
}

static void open_menu(struct app *app, void *state)
{
    struct xray *xray = state;
    char title[100], note[120], was[40];
    (void)app;
    snprintf(title, sizeof title, "Change a limit of %s", xray->name);
    menu_open(&xray->menu, title, chosen);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        now_text(xray->now[XRAY_CGROUP], (int)i, was, sizeof was);
        snprintf(note, sizeof note, "now %s; %s", was, kinds[i].about);
        menu_add(&xray->menu, (long)i, kinds[i].name, note);
    }
}

static bool has_group(struct app *app, void *state)
{
    const struct xray *xray = state;
    (void)app;
    return xray->now[XRAY_CGROUP] && !xray->error[XRAY_CGROUP][0];
}

const struct action xray_cgroup_actions[] = {
    {"xray.limit", "e", "limit", "change a limit (memory, cpus, pids), after asking, and watch what comes of it", open_menu,
     has_group},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static int draw_deed(struct area area, int y, const struct xray *xray)
{
    const struct deed_done *deed = &xray->limit;
    const json_t *now = xray->now[XRAY_CGROUP];
    char used[UNITS_TEXT], was[UNITS_TEXT];
    int x = put(area, y, 0, S_ACCENT, glyph(G_MARK)) + 1;
    x += put(area, y, x, S_STRONG, deed->text);
    put_fit(area, y++, x + 3, area.w - x - 3, deed->error[0] ? S_BAD : S_DIM,
            deed->error[0]   ? deed->error
            : deed->answered ? "done; since then:"
                             : "asking the engine");
    format_bytes(json_num(deed->then, "memory.usage", 0), was);
    putf(area, y++, 2, S_TEXT, "memory %s, was %s   at the limit %+lld times   OOM kills %+lld   throttled %+lld",
         format_bytes(json_num(now, "memory.usage", 0), used), was,
         json_num(now, "memory.failcnt", 0) - json_num(deed->then, "memory.failcnt", 0),
         json_num(now, "memory.oom_kills", 0) - json_num(deed->then, "memory.oom_kills", 0),
         json_num(now, "cpu.throttled", 0) - json_num(deed->then, "cpu.throttled", 0));
    return y + 1;
}

int xray_cgroup_panel(struct app *app, struct xray *xray, struct area area, int top)
{
    (void)app;
    int used = xray->limit.at_ns ? draw_deed(area, 0, xray) : 0;
    xray->rows = area.h - used;
    return xray_cgroup(area_rows(area, used, area.h), top, xray->now[XRAY_CGROUP], xray->before[XRAY_CGROUP]);
}
