/* What happens in the engine, as it happens, the newest on top: one stream, opened when the screen is. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

#include <string.h>
#include <time.h>

enum { EVENTS_KEPT = 2000 };
static const long long HOUR_NS = 3600 * 1000000000LL;

struct events {
    struct browse browse;
    struct news news;
    json_t *rows;
    long long count;
    int waiting; /* came while the table stands still */
    bool paused, fresh;
};

static char *clock_of(long long nanoseconds, char *out)
{
    time_t seconds = (time_t)(nanoseconds / 1000000000);
    struct tm local;
    localtime_r(&seconds, &local);
    strftime(out, UNITS_TEXT, "%H:%M:%S", &local);
    return out;
}

static const struct browse_column columns[] = {
    {{"TIME", 8, false, 0}, "at", clock_of, true},      {{"TYPE", 9, false, 0}, "type", NULL, false},
    {{"WHAT", 13, false, 0}, "action", NULL, false},    {{"OF", 20, false, 0}, "name", NULL, false},
    {{"WITH", 0, false, 0}, "attributes", NULL, false},
};

/* "exitCode=137 image=busybox"; the name has a column of its own. */
static json_t *attributes_of(const json_t *event)
{
    cleanup_buf struct buf text = BUF_INIT;
    const char *key;
    json_t *value;
    json_object_foreach(json_at(event, "Actor.Attributes"), key, value)
    {
        if (!str_equal(key, "name"))
            buf_printf(&text, "%s%s=%s", text.len ? " " : "", key, str_or(json_string_value(value), ""));
    }
    return json_string(text.data ? text.data : "");
}

static json_t *row_of(struct events *events, const json_t *event)
{
    char brief[UNITS_TEXT], number[32];
    const char *actor = json_str(event, "Actor.ID", ""), *digits = actor + (str_starts(actor, "sha256:") ? 7 : 0);
    const char *type = json_str(event, "Type", ""), *name = json_str(event, "Actor.Attributes.name", "");
    snprintf(number, sizeof number, "%lld", events->count++);
    bool long_id = strlen(digits) == 64;
    return json_pack("{s:s,s:I,s:s,s:s,s:s,s:s,s:o}", "id", number, "at",
                     (json_int_t)json_num(event, "timeNano", json_num(event, "time", 0) * 1000000000), "type", type, "action",
                     json_str(event, "Action", ""), "actor", actor, "name",
                     *name     ? name
                     : long_id ? format_id(digits, brief)
                               : digits,
                     "attributes", attributes_of(event));
}

static void show_fresh(struct events *events)
{
    bool newest = events->browse.list.selected == 0;
    cleanup_json json_t *rows = json_copy(events->rows);
    browse_take(&events->browse, rows);
    if (newest)
        events->browse.list.selected = 0;
    browse_selected(&events->browse);
    events->fresh = false;
    events->waiting = 0;
}

static void happened(struct app *app, void *owner, json_t *event)
{
    struct events *events = owner;
    if (!event)
        return;
    json_array_append_new(events->rows, row_of(events, event));
    if (json_array_size(events->rows) > EVENTS_KEPT)
        json_array_remove(events->rows, 0);
    events->waiting += events->paused;
    events->fresh = true;
    events->news.since_ns = json_num(event, "timeNano", 0) + 1; /* where to go on when the stream breaks off */
    app_dirty(app);
}

static void open_events(struct app *app, void *state, const void *argument)
{
    struct events *events = state;
    (void)argument;
    browse_open(&events->browse, columns, ARRAY_LEN(columns), 0);
    events->rows = json_array();
    events->news = (struct news){.event = happened, .owner = events, .since_ns = clock_wall_ns() - HOUR_NS};
    app_ran(app, "slipway events --since 1h");
}

static void close_events(struct app *app, void *state)
{
    struct events *events = state;
    news_close(app, &events->news);
    browse_close(&events->browse);
    json_decref(events->rows);
}

static void tick_events(struct app *app, void *state) { news_want(app, &((struct events *)state)->news); }

static int interval_events(struct app *app, void *state)
{
    (void)app;
    return news_open(&((struct events *)state)->news) ? 0 : 1000;
}

static void draw_events(struct app *app, void *state, struct area area)
{
    struct events *events = state;
    char note[120], count[80];
    if (events->fresh && !events->paused)
        show_fresh(events);
    browse_selected(&events->browse);
    browse_note(&events->browse, count, sizeof count);
    if (events->paused)
        snprintf(note, sizeof note, "%s, stands still, %d waiting", count, events->waiting);
    else
        snprintf(note, sizeof note, "%s, %s", count, news_open(&events->news) ? "live" : "not connected");
    struct area inside = draw_box(explore_strip(area, EXPLORE_EVENTS), "Events", note, S_DIM);
    inside = filter_draw(&events->browse.filter, inside);
    if (events->browse.shown)
        browse_draw(&events->browse, inside);
    else if (events->news.error[0])
        draw_wrapped(inside, 1, 2, S_WARN, events->news.error);
    else
        put_fit(inside, 1, 2, inside.w - 2, S_DIM,
                events->browse.filter.edit.text[0] ? "nothing matches"
                : app->model.link == LINK_DOWN     ? "the engine does not answer"
                                                   : "nothing has happened in the last hour; what happens now comes by itself");
}

static bool key_events(struct app *app, void *state, keycode key)
{
    (void)app;
    return browse_key(&((struct events *)state)->browse, key);
}

static struct filter *filter_of(struct app *app, void *state)
{
    (void)app;
    return &((struct events *)state)->browse.filter;
}

static void pause_events(struct app *app, void *state)
{
    struct events *events = state;
    (void)app;
    events->paused = !events->paused;
}

static void order(struct app *app, void *state)
{
    (void)app;
    browse_sort_next(&((struct events *)state)->browse);
}

static void reverse(struct app *app, void *state)
{
    struct browse *browse = &((struct events *)state)->browse;
    (void)app;
    browse_sort(browse, browse->sort);
}

/* Only what can be looked up has more to tell. */
static void inspect(struct app *app, void *state)
{
    json_t *row = browse_selected(&((struct events *)state)->browse);
    static const char *const kinds[] = {"container", "image", "volume", "network"};
    for (size_t i = 0; row && i < ARRAY_LEN(kinds); i++)
        if (str_equal(json_str(row, "type", ""), kinds[i]))
            explore_look_into(app, &(struct thing){kinds[i], json_str(row, "actor", ""), json_str(row, "name", "")});
}

static const struct action actions[] = {
    {"events.inspect", "Enter i", "inspect", "the thing that it happened to, if it is still there", inspect, NULL},
    {"events.pause", "p", "pause", "let the table stand still; what happens is kept until p again", pause_events, NULL},
    {"events.order", "o", "order", "order by the next column; O turns it round", order, NULL},
    {"events.reverse", "O", NULL, "order by the next column; O turns it round", reverse, NULL},
    {"events.next", "Tab", "next table", "containers, images, volumes, networks, events", explore_next, NULL},
    {"events.before", "Shift-Tab", NULL, "containers, images, volumes, networks, events", explore_before, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The engine tells each thing that happens to containers, images, volumes and networks to whoever listens on GET /events: this "
     "screen is one listener, docker events another. Nothing is asked for again and again; the lists of the explorer learn in the "
     "same way that they have to look again. The last hour is shown when the screen opens.",
     "man 1 slipway-events", NULL},
};

const struct screen screen_events = {
    .name = "events",
    .title = "Events",
    .about = "What happens in the engine, as it happens, the newest on top.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct events),
    .open = open_events,
    .draw = draw_events,
    .key = key_events,
    .filter = filter_of,
    .tick = tick_events,
    .interval = interval_events,
    .close = close_events,
};
