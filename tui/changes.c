/* The difference between two looks at the engine, and the steps in between. */
#include "tui/changes.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/xray.h"

#include <string.h>

enum { STEPS_KEPT = 600 };
static const int64_t BUSY_NS = 6000000000;

static json_t *states_of(const struct app *app)
{
    json_t *states = json_object(), *container;
    size_t index;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        json_object_set_new(states, json_str(container, "id", ""), json_incref(container));
    }
    return states;
}

void changes_begin(struct app *app, struct changes *changes, const char *command)
{
    work_forget(app->work, changes);
    changes_free(changes);
    *changes = (struct changes){.begun = true, .before = states_of(app), .steps = json_array(), .namespaces = json_object()};
    changes->seq = model_number(app, "steps_seq");
    changes->begun_ns = changes->last_ns = clock_mono_ns();
    copy_text(changes->command, sizeof changes->command, command);
}

void changes_free(struct changes *changes)
{
    json_decref(changes->before);
    json_decref(changes->steps);
    json_decref(changes->namespaces);
    *changes = (struct changes){0};
}

bool changes_busy(const struct changes *changes) { return changes->begun && clock_mono_ns() - changes->last_ns < BUSY_NS; }

/* The container of a namespaces answer is in its path only, so the question carries it. */
struct question {
    struct changes *changes;
    char *host, *path, *id;
    json_t *answer;
};

static void ask_namespaces(void *data, struct error *err)
{
    struct question *question = data;
    struct client *client = client_new(question->host);
    client_call(client, "GET", question->path, NULL, &question->answer, err);
    client_free(client);
}

static void got_namespaces(struct app *app, void *owner, void *data, const struct error *err)
{
    struct question *question = data;
    struct changes *changes = owner;
    if (changes && !err && question->answer) {
        json_object_set(changes->namespaces, question->id, question->answer);
        app_dirty(app);
    }
    json_decref(question->answer);
    free(question->host);
    free(question->path);
    free(question->id);
    free(question);
}

static void look_at_new(struct app *app, struct changes *changes)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        const char *id = json_str(container, "id", "");
        if (json_object_get(changes->before, id) || json_object_get(changes->namespaces, id) ||
            !str_equal(json_str(container, "state", ""), "running"))
            continue;
        json_object_set_new(changes->namespaces, id, json_null());
        struct question *question = xcalloc(1, sizeof *question);
        question->host = xstrdup(app->host);
        question->path = str_format("/slipway/containers/%s/namespaces", id);
        question->id = xstrdup(id);
        work_run(app->work, LANE_SLOW, ask_namespaces, got_namespaces, question, changes);
    }
}

static void got_steps(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct changes *changes = owner;
    changes->asking = false;
    if (err)
        return;
    json_t *steps = json_object_get(answer, "steps");
    if (json_array_size(steps) == 0)
        return;
    json_array_extend(changes->steps, steps);
    while (json_array_size(changes->steps) > STEPS_KEPT)
        json_array_remove(changes->steps, 0);
    changes->seq = json_num(answer, "seq", changes->seq);
    changes->last_ns = clock_mono_ns();
    changes->fresh = true;
    app_dirty(app);
}

void changes_tick(struct app *app, struct changes *changes)
{
    if (!changes->begun)
        return;
    look_at_new(app, changes);
    if (changes->asking)
        return;
    changes->asking = true;
    char path[80];
    snprintf(path, sizeof path, "/slipway/steps?since=%lld", changes->seq);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_steps, changes);
}

static long long total_ns(const struct changes *changes)
{
    long long total = 0;
    size_t index;
    json_t *step;
    json_array_foreach(changes->steps, index, step) { total += json_num(step, "duration_ns", 0); }
    return total;
}

struct counts {
    int came, went, turned;
};

static struct counts count_containers(struct app *app, const struct changes *changes)
{
    struct counts counts = {0};
    size_t index;
    json_t *container;
    counts.went = (int)json_object_size(changes->before);
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        json_t *old = json_object_get(changes->before, json_str(container, "id", ""));
        counts.came += !old;
        counts.went -= old != NULL;
        counts.turned += old && !str_equal(json_str(old, "state", ""), json_str(container, "state", ""));
    }
    return counts;
}

int changes_line(struct app *app, const struct changes *changes, char *out, size_t room)
{
    out[0] = 0;
    int steps = (int)json_array_size(changes->steps);
    struct counts counts = count_containers(app, changes);
    if (!changes->begun)
        return 0;
    if (!steps && !counts.came && !counts.went && !counts.turned) {
        snprintf(out, room, "the engine did nothing for it");
        return 0;
    }
    size_t used = 0;
    const struct {
        int count;
        const char *name;
    } parts[] = {{counts.came, "new"}, {counts.went, "gone"}, {counts.turned, "changed"}};
    for (size_t i = 0; i < ARRAY_LEN(parts) && used < room; i++)
        if (parts[i].count)
            used += (size_t)snprintf(out + used, room - used, "%d container%s %s, ", parts[i].count, parts[i].count == 1 ? "" : "s",
                                     parts[i].name);
    if (used < room)
        snprintf(out + used, room - used, "%d kernel steps in %.1f ms", steps, (double)total_ns(changes) / 1e6);
    return steps;
}

static int draw_own_namespaces(struct area area, int y, const json_t *document)
{
    char text[200];
    size_t used = 0, index;
    int count = 0;
    json_t *kind;
    json_array_foreach(json_object_get(document, "container"), index, kind)
    {
        if (json_flag(kind, "shared", false) || used >= sizeof text)
            continue;
        used += (size_t)snprintf(text + used, sizeof text - used, " %s", json_str(kind, "type", ""));
        count++;
    }
    if (!count)
        return y;
    int x = 4 + putf(area, y, 4, S_OK, "+ %d namespaces", count);
    put_fit(area, y, x + 1, area.w - x - 1, S_TEXT, used ? text + 1 : "");
    return y + 1;
}

static int draw_came(struct area area, int y, const struct changes *changes, json_t *container)
{
    char text[UNITS_TEXT];
    int x = 2 + putf(area, y, 2, S_OK, "+ container %s", json_str(container, "name", ""));
    putf(area, y, x + 2, S_DIM, "%s  %s", json_str(container, "image", ""),
         json_str(container, "status", json_str(container, "state", "")));
    y++;
    const char *id = json_str(container, "id", "");
    json_t *document = json_object_get(changes->namespaces, id);
    if (json_is_object(document))
        y = draw_own_namespaces(area, y, document);
    if (json_num(container, "pids", 0) > 0) {
        x = 4 + putf(area, y, 4, S_OK, "+ %lld process%s", json_num(container, "pids", 0),
                     json_num(container, "pids", 0) == 1 ? "" : "es");
        putf(area, y++, x + 1, S_TEXT, "pid %lld here, pid 1 inside", json_num(container, "pid", 0));
        x = 4 + put(area, y, 4, S_OK, "+ 1 cgroup");
        putf(area, y++, x + 1, S_TEXT, "slipway/%s, %s of memory", format_id(id, text),
             json_num(container, "memory_limit", 0) > 0 ? "with a limit" : "no limit");
    }
    return y;
}

static int draw_containers(struct app *app, const struct changes *changes, struct area area, int y)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        json_t *old = json_object_get(changes->before, json_str(container, "id", ""));
        const char *was = json_str(old, "state", ""), *is = json_str(container, "state", "");
        if (!old) {
            y = draw_came(area, y, changes, container);
        } else if (!str_equal(was, is)) {
            int x = 2 + putf(area, y, 2, S_WARN, "~ container %s", json_str(container, "name", ""));
            putf(area, y++, x + 2, S_TEXT, "%s %s %s", was, glyph(G_ARROW), is);
        }
    }
    const char *id;
    json_t *old;
    json_object_foreach(changes->before, id, old)
    {
        if (model_container(app, id))
            continue;
        int x = 2 + putf(area, y, 2, S_BAD, "- container %s", json_str(old, "name", ""));
        put(area, y++, x + 2, S_DIM, "its namespaces, cgroup and upper layer went with it");
    }
    return y;
}

void changes_draw(struct app *app, struct changes *changes, struct area area)
{
    changes->rows = area.h;
    changes->fresh = false;
    if (!changes->begun) {
        draw_wrapped(area, 0, 0, S_DIM,
                     "Run a command of the page (Enter). What it did to containers, namespaces, cgroups and processes is shown "
                     "here, with each act on the kernel.");
        return;
    }
    int last = changes->lines > area.h ? changes->lines - area.h : 0;
    changes->top = changes->top > last ? last : changes->top;
    int y = -changes->top;
    int x = put(area, y, 0, S_DIM, "after ");
    put_fit(area, y++, x, area.w - x, S_CODE, changes->command);
    int from = y;
    y = draw_containers(app, changes, area, y);
    size_t index, count = json_array_size(changes->steps);
    if (!count && y == from) {
        put(area, y++, 2, S_DIM,
            changes_busy(changes) ? "nothing yet" : "the engine did nothing for it: no container came or went");
    } else if (count) {
        putf(area, y++, 0, S_TITLE, "%zu kernel steps, %.1f ms", count, (double)total_ns(changes) / 1e6);
        json_t *step;
        const char *phase = "";
        json_array_foreach(changes->steps, index, step)
        {
            char now[160];
            snprintf(now, sizeof now, "%s %s", json_str(step, "phase", ""), json_str(step, "name", ""));
            if (index == 0 || !str_equal(json_str(step, "phase", ""), phase))
                put_fit(area, y++, 0, area.w, S_DIM, now);
            phase = json_str(step, "phase", "");
            draw_step(area, y++, step, false);
        }
    }
    changes->lines = y + changes->top;
    if (changes->top < changes->lines - area.h)
        put(area, area.h - 1, area.w - 1, S_ACCENT, glyph(G_DOWN));
}
