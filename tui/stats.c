/* What one container uses, over time: asked for once a second while on show, in one short question (no stream). Rates come from the
 * difference of two looks and the times that the engine gives for them.
 */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/chart.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <stdio.h>
#include <string.h>

enum { KEPT = 480 };
enum series { CPU, MEMORY, RECEIVED, SENT, READ, WRITTEN, PIDS, SERIES_COUNT };

struct stats {
    char id[80], name[80], error[300];
    double values[SERIES_COUNT][KEPT];
    double totals[SERIES_COUNT]; /* of the last look, where a rate is shown */
    size_t count;
    int64_t at_ns; /* of the last look */
    double limit, cores;
    bool asking, stopped;
};

static const bool is_rate[SERIES_COUNT] = {[CPU] = true, [RECEIVED] = true, [SENT] = true, [READ] = true, [WRITTEN] = true};

/* Page cache that can be had back at once does not count, as docker stats has it: the kernel's name for it is another in v1. */
static double memory_of(const json_t *doc)
{
    long long used = json_num(doc, "memory_stats.usage", 0);
    long long idle = json_num(doc, "memory_stats.stats.inactive_file", json_num(doc, "memory_stats.stats.total_inactive_file", 0));
    idle = json_num(doc, "memory_stats.stats.total_inactive_file", idle);
    return (double)(idle < used ? used - idle : used);
}

static double blocks_of(const json_t *doc, const char *what)
{
    double total = 0;
    size_t index;
    json_t *entry;
    json_array_foreach(json_at(doc, "blkio_stats.io_service_bytes_recursive"), index, entry)
    {
        if (strcasecmp(json_str(entry, "op", ""), what) == 0)
            total += (double)json_num(entry, "value", 0);
    }
    return total;
}

static double network_of(const json_t *doc, const char *what)
{
    double total = 0;
    const char *name;
    json_t *link;
    json_object_foreach(json_object_get(doc, "networks"), name, link) { total += (double)json_num(link, what, 0); }
    return total;
}

static void add_values(struct stats *stats, const double values[SERIES_COUNT])
{
    if (stats->count == KEPT) {
        for (int i = 0; i < SERIES_COUNT; i++)
            memmove(stats->values[i], stats->values[i] + 1, (KEPT - 1) * sizeof stats->values[i][0]);
        stats->count--;
    }
    for (int i = 0; i < SERIES_COUNT; i++)
        stats->values[i][stats->count] = values[i];
    stats->count++;
}

static void take(struct stats *stats, const json_t *doc)
{
    double now[SERIES_COUNT] = {
        [CPU] = (double)json_num(doc, "cpu_stats.cpu_usage.total_usage", 0) * 100 / 1e9,
        [MEMORY] = memory_of(doc),
        [RECEIVED] = network_of(doc, "rx_bytes"),
        [SENT] = network_of(doc, "tx_bytes"),
        [READ] = blocks_of(doc, "read"),
        [WRITTEN] = blocks_of(doc, "write"),
        [PIDS] = (double)json_num(doc, "pids_stats.current", 0),
    };
    int64_t at;
    stats->stopped = !clock_parse(json_str(doc, "read", ""), &at) || at <= 0;
    if (stats->stopped) {
        stats->at_ns = 0;
        return;
    }
    double shown[SERIES_COUNT], seconds = (double)(at - stats->at_ns) / 1e9;
    bool first = stats->at_ns == 0;
    if (!first && seconds <= 0)
        return;
    for (int i = 0; i < SERIES_COUNT; i++) {
        double gone = now[i] - stats->totals[i];
        shown[i] = !is_rate[i] ? now[i] : first || gone < 0 ? 0 : gone / seconds;
        stats->totals[i] = now[i];
    }
    stats->at_ns = at;
    stats->limit = (double)json_num(doc, "memory_stats.limit", 0);
    stats->cores = (double)json_num(doc, "cpu_stats.online_cpus", 0);
    if (!first)
        add_values(stats, shown);
}

static void got_stats(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct stats *stats = owner;
    stats->asking = false;
    copy_text(stats->error, sizeof stats->error, err ? err->message : "");
    if (!err && answer)
        take(stats, answer);
    app_dirty(app);
}

static void tick_stats(struct app *app, void *state)
{
    struct stats *stats = state;
    char path[200];
    if (stats->asking || app->model.link == LINK_DOWN)
        return;
    stats->asking = true;
    snprintf(path, sizeof path, "/containers/%s/stats?stream=0&one-shot=1", stats->id);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_stats, stats);
}

static int interval_stats(struct app *app, void *state)
{
    (void)app, (void)state;
    return 1000;
}

static void open_stats(struct app *app, void *state, const void *argument)
{
    struct stats *stats = state;
    const json_t *container = argument;
    (void)app;
    copy_text(stats->id, sizeof stats->id, json_str(container, "id", ""));
    copy_text(stats->name, sizeof stats->name, json_str(container, "name", ""));
}

/* --- drawing --- */

static double last_of(const struct stats *stats, enum series series)
{
    return stats->count ? stats->values[series][stats->count - 1] : 0;
}

static double most_of(const struct stats *stats, enum series series, struct area area)
{
    double most = 0;
    for (size_t i = 0, room = chart_room(area); i < stats->count && i < room; i++) {
        double value = stats->values[series][stats->count - 1 - i];
        most = value > most ? value : most;
    }
    return most;
}

static void draw_curve(const struct stats *stats, enum series series, struct area area, double most, bool down, enum style style)
{
    draw_chart(area, stats->values[series], stats->count, most, down, style);
}

/* The inside of a box, whose width is known before its note is. */
static struct area inside_of(struct area area) { return area_inset(area, 1, 2); }

static void draw_cpu(const struct stats *stats, struct area area)
{
    char note[80];
    double most = most_of(stats, CPU, inside_of(area));
    snprintf(note, sizeof note, "%.1f %% of a core, most %.1f", last_of(stats, CPU), most);
    struct area inside = draw_box(area, "CPU", note, S_DIM);
    double upper = most > 100 ? most : most > 10 ? 100 : 10;
    draw_curve(stats, CPU, inside, upper, false, S_ACCENT);
    putf(inside, 0, 0, S_DIM, "%.0f %%", upper);
}

static void draw_memory(const struct stats *stats, struct area area)
{
    char note[80], now[UNITS_TEXT], limit[UNITS_TEXT];
    double used = last_of(stats, MEMORY), part = stats->limit > 0 ? used / stats->limit : 0;
    snprintf(note, sizeof note, "%s of %s, %.1f %%", format_bytes((long long)used, now),
             format_bytes((long long)stats->limit, limit), 100 * part);
    struct area inside = draw_box(area, "Memory", stats->limit > 0 ? note : now, S_DIM);
    double most = most_of(stats, MEMORY, inside);
    /* Against the limit where it is not far away, else against itself. */
    draw_curve(stats, MEMORY, inside, most * 8 > stats->limit ? stats->limit : most * 1.25, false, usage_style(part));
}

/* Two streams from one line in the middle: what comes in rises, what goes out hangs. */
static void draw_both(const struct stats *stats, struct area area, const char *title, const char *in, const char *out,
                      enum series up)
{
    char note[100], a[UNITS_TEXT], b[UNITS_TEXT];
    enum series down = (enum series)(up + 1);
    bool narrow = area.w < 50 && strlen(out) > 3;
    snprintf(note, sizeof note, "%.*s %s/s, %.*s %s/s", narrow ? 2 : 9, in, format_bytes((long long)last_of(stats, up), a),
             narrow ? 2 : 9, out, format_bytes((long long)last_of(stats, down), b));
    struct area inside = draw_box(area, title, note, S_DIM);
    int upper = (inside.h + 1) / 2;
    double most_in = most_of(stats, up, inside), most_out = most_of(stats, down, inside);
    double most = most_in > most_out ? most_in : most_out;
    draw_curve(stats, up, area_rows(inside, 0, upper), most, false, S_OK);
    draw_curve(stats, down, area_rows(inside, upper, inside.h), most, true, S_WARN);
    snprintf(note, sizeof note, "most %s/s", format_bytes((long long)most, a));
    if (most > 0)
        put(inside, 0, 0, S_DIM, note);
}

static void draw_pids(const struct stats *stats, struct area area)
{
    char note[80];
    snprintf(note, sizeof note, "%.0f now, most %.0f", last_of(stats, PIDS), most_of(stats, PIDS, inside_of(area)));
    struct area inside = draw_box(area, "Processes and threads", note, S_DIM);
    draw_curve(stats, PIDS, inside, most_of(stats, PIDS, inside) * 1.25, false, S_ACCENT);
}

static void draw_stats(struct app *app, void *state, struct area area)
{
    const struct stats *stats = state;
    if (stats->count == 0) {
        struct area inside = draw_box(area, "Stats", NULL, S_DIM);
        draw_wrapped(inside, 0, 0, stats->error[0] ? S_WARN : S_DIM,
                     stats->error[0]                ? stats->error
                     : app->model.link == LINK_DOWN ? "the engine does not answer"
                     : stats->stopped               ? "It is not running, so it uses nothing. The curves begin when it does."
                                                    : "Rates need two looks; the second comes in a moment.");
        return;
    }
    int top = (area.h - area.h / 5) / 2, left = area.w / 2;
    struct area first = area_rows(area, 0, top), second = area_rows(area, top, top), third = area_rows(area, 2 * top, area.h);
    draw_cpu(stats, area_columns(first, 0, left));
    draw_memory(stats, area_columns(first, left, area.w));
    draw_both(stats, area_columns(second, 0, left), "Network", "in", "out", RECEIVED);
    draw_both(stats, area_columns(second, left, area.w), "Block I/O", "read", "wrote", READ);
    draw_pids(stats, third);
    if (stats->stopped || stats->error[0])
        put_right(area, area.h - 1, area.w - 2, S_WARN, stats->stopped ? " it has stopped " : " old: no answer ");
}

static const char *where_stats(struct app *app, void *state)
{
    (void)app;
    return ((struct stats *)state)->name;
}

static const struct part parts[] = {
    {NULL,
     "What the container's cgroup has used, second by second, the newest at the right. CPU is in percent of one core. Memory "
     "leaves "
     "out page cache that can be had back at once, as docker stats does. Network counts the links in the container's own network "
     "namespace, block I/O what its processes read and wrote past the page cache.",
     "man 7 cgroups, man 5 proc (net/dev), man 1 slipway-stats", NULL},
};

const struct screen screen_stats = {
    .name = "stats",
    .title = "Stats",
    .about = "What one container uses, second by second, the newest at the right.",
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct stats),
    .open = open_stats,
    .draw = draw_stats,
    .tick = tick_stats,
    .interval = interval_stats,
    .where = where_stats,
};
