/* What the tables of the explorer share. */
#include "tui/explore.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/hit.h"

#include <string.h>

static const struct {
    const char *name;
    const struct screen *screen;
} tables[EXPLORE_TABS] = {{"Containers", &screen_containers},
                          {"Images", &screen_images},
                          {"Volumes", &screen_volumes},
                          {"Networks", &screen_networks},
                          {"Events", &screen_events}};

static void show_clicked(struct app *app, long tab) { explore_show(app, (enum explore_tab)tab); }

struct area explore_strip(struct area area, enum explore_tab on)
{
    int x = 1;
    for (int i = 0; i < EXPLORE_TABS; i++) {
        if (i == (int)on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        hit_call(area, 0, x, text_width(tables[i].name), show_clicked, i);
        x += put(area, 0, x, i == (int)on ? S_STRONG : S_DIM, tables[i].name) + 3;
    }
    return area_rows(area, 1, area.h);
}

long long explore_seconds(const char *rfc3339)
{
    int64_t at;
    return clock_parse(rfc3339, &at) && at > 0 ? (long long)(at / 1000000000) : 0;
}

char *explore_age(long long seconds, char *out)
{
    char text[CLOCK_TEXT];
    out[0] = 0;
    if (seconds > 0)
        clock_rfc3339(seconds * 1000000000, text);
    return seconds > 0 ? format_ago(text, out) : out;
}

const char *explore_name(const json_t *container)
{
    const char *name = str_or(json_string_value(json_array_get(json_object_get(container, "Names"), 0)), "");
    return name + (*name == '/');
}

json_t *explore_users(const json_t *containers, bool (*uses)(const json_t *container, const char *object), const char *object)
{
    cleanup_buf struct buf names = BUF_INIT;
    size_t i;
    json_t *container;
    json_array_foreach(containers, i, container)
    {
        if (uses(container, object))
            buf_printf(&names, "%s%s", names.len ? " " : "", explore_name(container));
    }
    return names.len ? json_string(names.data) : json_null();
}

/* Beside each other: the tables take each other's place above the containers, so that Esc leads back there. */
void explore_show(struct app *app, enum explore_tab tab)
{
    app_home_of(app, TAB_CONTAINERS);
    if (tab != EXPLORE_CONTAINERS)
        app_push(app, TAB_CONTAINERS, tables[tab].screen, NULL);
    else
        app_ran(app, "slipway ps -a");
    app_go(app, TAB_CONTAINERS);
}

static int tab_on_show(struct app *app)
{
    for (int i = 0; i < EXPLORE_TABS; i++)
        if (app_view(app)->screen == tables[i].screen)
            return i;
    return EXPLORE_CONTAINERS;
}

void explore_next(struct app *app, void *state)
{
    (void)state;
    explore_show(app, (enum explore_tab)((tab_on_show(app) + 1) % EXPLORE_TABS));
}

void explore_before(struct app *app, void *state)
{
    (void)state;
    explore_show(app, (enum explore_tab)((tab_on_show(app) + EXPLORE_TABS - 1) % EXPLORE_TABS));
}

void explore_look_into(struct app *app, const struct thing *thing)
{
    app_push(app, TAB_CONTAINERS, &screen_inspect, thing);
    app_go(app, TAB_CONTAINERS);
}

/* --- the list --- */

static void answered(struct app *app, struct explore *explore, const struct error *err)
{
    explore->asking = false;
    copy_text(explore->error, sizeof explore->error, err ? err->message : "");
    app_dirty(app);
    if (explore->again)
        explore_refresh(app, explore);
}

static void got_containers(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    cleanup_json json_t *list = move_ptr(explore->list);
    if (list && !err) {
        const char *key = explore->kind->key;
        cleanup_json json_t *rows = explore->kind->rows(key ? json_object_get(list, key) : list, answer);
        size_t index;
        json_t *row;
        json_array_foreach(rows, index, row) { json_object_update(row, json_object_get(explore->known, json_str(row, "id", ""))); }
        browse_take(&explore->browse, rows);
        explore->loaded = true;
    }
    if (!err || !explore->error[0])
        answered(app, explore, err);
}

static void got_list(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    if (err) {
        answered(app, explore, err);
        return;
    }
    json_decref(explore->list);
    explore->list = json_incref(answer);
    work_engine(app->work, LANE_LIVE, "GET", "/containers/json?all=1", NULL, got_containers, explore);
}

void explore_refresh(struct app *app, struct explore *explore)
{
    explore->again = explore->asking;
    if (explore->asking)
        return;
    explore->asking = true;
    work_engine(app->work, LANE_LIVE, "GET", explore->kind->list, NULL, got_list, explore);
}

/* What passes inside containers changes none of these lists. */
static bool changes_nothing(const json_t *event)
{
    static const char *const quiet[] = {"exec_", "health_status", "top", "attach", "detach", "resize"};
    const char *action = json_str(event, "Action", "");
    for (size_t i = 0; i < ARRAY_LEN(quiet); i++)
        if (str_starts(action, quiet[i]))
            return true;
    return false;
}

static void happened(struct app *app, void *owner, json_t *event)
{
    struct explore *explore = owner;
    if (!event || !changes_nothing(event))
        explore_refresh(app, explore);
}

void explore_open(struct app *app, struct explore *explore, const struct explore_kind *kind)
{
    explore->kind = kind;
    browse_open(&explore->browse, kind->columns, kind->column_count, 0);
    explore->news = (struct news){.event = happened, .owner = explore};
    app_ran(app, "%s", kind->ran);
}

void explore_close(struct app *app, void *state)
{
    struct explore *explore = state;
    news_close(app, &explore->news);
    browse_close(&explore->browse);
    json_decref(explore->list);
    json_decref(explore->known);
}

void explore_tick(struct app *app, void *state)
{
    struct explore *explore = state;
    if (!app->ran[0])
        app_ran(app, "%s", explore->kind->ran);
    news_want(app, &explore->news);
}

/* While the stream is open it says all there is to know. */
int explore_interval(struct app *app, void *state)
{
    (void)app;
    return news_open(&((struct explore *)state)->news) ? 0 : 1000;
}

static void draw_nothing(struct app *app, const struct explore *explore, struct area area)
{
    const struct explore_kind *kind = explore->kind;
    if (explore->browse.filter.edit.text[0]) {
        putf(area, 1, 2, S_DIM, "nothing matches \"%s\"", explore->browse.filter.edit.text);
    } else if (!explore->loaded) {
        put(area, 1, 2, S_DIM, app->model.link == LINK_DOWN ? "the engine does not answer" : "asking the engine");
    } else {
        putf(area, 1, 2, S_TEXT, "No %s yet. In any shell:", kind->many);
        put(area, 3, 4, S_CODE, kind->empty);
        put(area, 5, 2, S_DIM, "It appears here as soon as it is made.");
    }
}

void explore_draw(struct app *app, void *state, struct area area)
{
    struct explore *explore = state;
    char title[40], note[80];
    area = explore_strip(area, explore->kind->tab);
    snprintf(title, sizeof title, "%s", tables[explore->kind->tab].name);
    browse_selected(&explore->browse);
    browse_note(&explore->browse, note, sizeof note);
    struct area inside = draw_box(area, title, explore->loaded ? note : NULL, S_DIM);
    inside = ask_draw(&explore->ask, filter_draw(&explore->browse.filter, inside), NULL);
    if (explore->error[0]) {
        put_fit(inside, inside.h - 1, 0, inside.w, S_WARN, explore->error);
        inside = area_rows(inside, 0, inside.h - 1);
    }
    if (explore->browse.shown)
        browse_draw(&explore->browse, inside);
    else
        draw_nothing(app, explore, inside);
}

/* --- keys --- */

bool explore_typing(struct app *app, void *state)
{
    (void)app;
    return ((struct explore *)state)->ask.open;
}

bool explore_key(struct app *app, void *state, keycode key)
{
    struct explore *explore = state;
    if (!explore->ask.open)
        return browse_key(&explore->browse, key);
    if (ask_key(&explore->ask, key) == ASK_GIVEN && explore->ask.edit.text[0])
        explore->given(app, explore, explore->ask.edit.text);
    return true;
}

void explore_mark(struct app *app, void *state)
{
    (void)app;
    browse_mark(&((struct explore *)state)->browse);
}

void explore_mark_all(struct app *app, void *state)
{
    (void)app;
    browse_mark_all(&((struct explore *)state)->browse);
}

void explore_sort(struct app *app, void *state)
{
    (void)app;
    browse_sort_next(&((struct explore *)state)->browse);
}

void explore_reverse(struct app *app, void *state)
{
    struct browse *browse = &((struct explore *)state)->browse;
    (void)app;
    browse_sort(browse, browse->sort);
}

struct filter *explore_filter(struct app *app, void *state)
{
    (void)app;
    return &((struct explore *)state)->browse.filter;
}

void explore_inspect(struct app *app, void *state)
{
    struct explore *explore = state;
    json_t *row = browse_selected(&explore->browse);
    if (row)
        explore_look_into(app, &(struct thing){explore->kind->one, json_str(row, "id", ""), json_str(row, "name", "")});
}

/* --- removing --- */

static void removed(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    (void)answer;
    explore->failed += err != NULL;
    explore->done += err == NULL;
    if (err)
        copy_text(explore->refusal, sizeof explore->refusal, err->message);
    if (--explore->under_way > 0)
        return;
    if (explore->failed && explore->done + explore->failed > 1)
        app_note(app, S_BAD, "%d removed, %d not: %s", explore->done, explore->failed, explore->refusal);
    else if (explore->failed)
        app_note(app, S_BAD, "%s", explore->refusal);
    else if (explore->done > 1)
        app_note(app, S_OK, "%d %s removed", explore->done, explore->kind->many);
    explore_refresh(app, explore);
}

void explore_names(const json_t *rows, const char *between, bool all, char *out, size_t room)
{
    enum { TOLD = 5 };
    size_t used = 0, index;
    json_t *row;
    out[0] = 0;
    json_array_foreach(rows, index, row)
    {
        if (index == TOLD && !all) {
            snprintf(out + used, room - used, " and %zu more", json_array_size(rows) - TOLD);
            return;
        }
        int added = snprintf(out + used, room - used, "%s%s", index ? between : "", json_str(row, "name", ""));
        if (added < 0 || (used += (size_t)added) >= room)
            return;
    }
}

static void remove_chosen(struct app *app, void *owner, long argument)
{
    struct explore *explore = owner;
    (void)argument;
    cleanup_json json_t *chosen = browse_chosen(&explore->browse);
    char names[440];
    size_t index;
    json_t *row;
    explore_names(chosen, " ", true, names, sizeof names);
    app_ran(app, "%s %s", explore->kind->remove_ran, names);
    explore->failed = explore->done = 0;
    explore->under_way += (int)json_array_size(chosen);
    json_array_foreach(chosen, index, row)
    {
        cleanup_free char *id = client_escape(json_str(row, "id", "")), *path = str_format(explore->kind->remove, id);
        work_engine(app->work, LANE_ACT, "DELETE", path, NULL, removed, explore);
    }
}

void explore_remove(struct app *app, void *state)
{
    struct explore *explore = state;
    cleanup_json json_t *chosen = browse_chosen(&explore->browse);
    size_t count = json_array_size(chosen);
    char names[200], text[400];
    if (!count)
        return;
    explore_names(chosen, ", ", false, names, sizeof names);
    if (count == 1)
        snprintf(text, sizeof text, "Remove the %s %s? %s", explore->kind->one, names, explore->kind->lost);
    else
        snprintf(text, sizeof text, "Remove %zu %s: %s? %s", count, explore->kind->many, names, explore->kind->lost);
    app_ask(app, "Are you sure", text, remove_chosen, explore, 0);
}

static void pruned(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    char bytes[UNITS_TEXT];
    size_t count = json_array_size(json_object_get(answer, explore->kind->deleted));
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    else if (explore->kind->reclaimed)
        app_note(app, S_OK, "%zu removed, %s given back", count,
                 format_bytes(json_num(answer, explore->kind->reclaimed, 0), bytes));
    else
        app_note(app, S_OK, "%zu removed", count);
    explore_refresh(app, explore);
}

static void prune(struct app *app, void *owner, long argument)
{
    struct explore *explore = owner;
    (void)argument;
    app_ran(app, "%s", explore->kind->prune_ran);
    work_engine(app->work, LANE_SLOW, "POST", explore->kind->prune, NULL, pruned, explore);
}

void explore_prune(struct app *app, void *state)
{
    struct explore *explore = state;
    app_ask(app, "Are you sure", explore->kind->prune_lost, prune, explore, 0);
}

/* --- making --- */

static void made(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct explore *explore = owner;
    (void)answer;
    if (err)
        app_note(app, S_BAD, "%s", err->message);
    explore_refresh(app, explore);
}

static void give_name(struct app *app, struct explore *explore, const char *text)
{
    const struct explore_kind *kind = explore->kind;
    app_ran(app, "%s %s", kind->make_ran, text);
    work_engine(app->work, LANE_ACT, "POST", kind->make_path, json_pack("{s:s}", kind->make_member, text), made, explore);
}

void explore_make(struct app *app, void *state)
{
    struct explore *explore = state;
    (void)app;
    explore->given = give_name;
    ask_begin(&explore->ask, explore->kind->make_prompt, "");
}
