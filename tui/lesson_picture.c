/* Pictures beside lessons: which document each kind is drawn from, asking for it, and marking what changed for two seconds. */
#include "tui/lesson_picture.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/network_map.h"
#include "tui/topology.h"
#include "tui/xray.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MARK_NS = 2000000000;

static int draw_host_map(struct area area, int top, const json_t *doc, const json_t *before);
static int draw_machine_map(struct area area, int top, const json_t *doc, const json_t *before);

static const struct kind {
    const char *name, *title, *document; /* the last of a container's documents */
    xray_draw draw;
    const char *everywhere; /* path of the document when no container is named; NULL: it has to be, or it is the machine's */
    xray_draw draw_everywhere, draw_machine; /* of a lab machine as a whole; NULL: `draw` */
} kinds[] = {
    {"layers", "Layers", "layers", xray_layers, NULL, NULL, NULL},
    {"namespaces", "Namespaces", "namespaces", xray_namespaces, NULL, NULL, NULL},
    {"cgroup", "Cgroup", "cgroup", xray_cgroup, NULL, NULL, NULL},
    {"chains", "Chains", "chains", xray_chains, "/slipway/chains", xray_chains, NULL},
    {"topology", "Network", "network", xray_network, "/slipway/topology", draw_host_map, draw_machine_map},
    {"signals", "Signals", "signals", xray_signals, NULL, NULL, NULL},
    {"privileges", "Privileges", "privileges", xray_privileges, NULL, NULL, NULL},
    {"steps", "Steps", "steps", xray_steps, NULL, NULL, NULL},
};

static const struct kind *kind_of(const struct lesson_picture *picture)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
        if (str_equal(kinds[i].name, picture->kind))
            return &kinds[i];
    return NULL;
}

static bool of_everything(const struct lesson_picture *picture, const struct kind *kind)
{
    return !*picture->name && !*picture->machine && kind->everywhere;
}

static int draw_host_map(struct area area, int top, const json_t *doc, const json_t *before)
{
    struct map *map = map_new(doc, area.w);
    map_draw(map, area, top, -1, before);
    int lines = map->lines;
    map_free(map);
    return lines;
}

/* With the namespaces that have a name in it. */
static int draw_machine_map(struct area area, int top, const json_t *doc, const json_t *before)
{
    (void)top;
    return draw_topology(area, doc, before, "your machine");
}

static void forget(struct lesson_picture *picture)
{
    json_decref(picture->now);
    json_decref(picture->before);
    picture->now = picture->before = NULL;
    picture->error[0] = 0;
    picture->top = picture->lines = 0;
    picture->serial++;
}

void lesson_picture_show(struct lesson_picture *picture, const char *kind, const char *name)
{
    kind = kind ? kind : "";
    if (str_equal(kind, picture->kind) && str_equal(name ? name : "", picture->name))
        return;
    copy_text(picture->kind, sizeof picture->kind, kind);
    copy_text(picture->name, sizeof picture->name, name ? name : "");
    forget(picture);
}

/* What a look gave. A container that is not there yet, or no more, has no picture. */
static void take(struct app *app, struct lesson_picture *picture, json_t *doc, const struct error *err)
{
    int64_t now = clock_mono_ns();
    bool marks_over = picture->before && now - picture->changed_ns > MARK_NS;
    picture->asking = false;
    if (picture->asked != picture->serial)
        return;
    if (err || !doc) {
        if (err && err->code == ENOENT && picture->now)
            forget(picture);
        if (err && !str_equal(picture->error, err->message))
            app_dirty(app);
        copy_text(picture->error, sizeof picture->error, err ? err->message : "");
        return;
    }
    picture->error[0] = 0;
    if (marks_over || (picture->now && !json_equal(picture->now, doc))) {
        json_decref(picture->before);
        picture->before = marks_over ? NULL : json_incref(picture->now);
        picture->changed_ns = now;
    }
    json_decref(picture->now);
    picture->now = json_incref(doc);
    app_dirty(app);
}

static void got_document(struct app *app, void *owner, json_t *answer, const struct error *err) { take(app, owner, answer, err); }

/* A look into the machine, whose engine is reached through the outer one. */
struct look {
    char *host, *path;
    json_t *answer;
};

static void look_inside(void *data, struct error *err)
{
    struct look *look = data;
    struct client *client = client_new(look->host);
    client_call(client, "GET", look->path, NULL, &look->answer, err);
    client_free(client);
}

static void looked_inside(struct app *app, void *owner, void *data, const struct error *err)
{
    struct look *look = data;
    if (owner)
        take(app, owner, look->answer, err && err->code ? err : NULL);
    json_decref(look->answer);
    free(look->host);
    free(look->path);
    free(look);
}

void lesson_picture_tick(struct app *app, struct lesson_picture *picture)
{
    const struct kind *kind = kind_of(picture);
    if (!kind || picture->asking || app->model.link == LINK_DOWN)
        return;
    picture->asking = true;
    picture->asked = picture->serial;
    cleanup_free char *path =
        of_everything(picture, kind)
            ? xstrdup(kind->everywhere)
            : str_format("/slipway/containers/%s/%s", *picture->name ? picture->name : picture->machine, kind->document);
    if (!*picture->machine || !*picture->name) { /* the machine itself is a container of the outer engine */
        work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_document, picture);
        return;
    }
    struct look *look = xcalloc(1, sizeof *look);
    *look = (struct look){str_format("sandbox://%s@%s", picture->machine, app->host), move_ptr(path), NULL};
    work_run(app->work, LANE_LIVE, look_inside, looked_inside, look, picture);
}

static void draw_missing(const struct lesson_picture *picture, struct area area)
{
    bool away = strstr(picture->error, "o such container") != NULL;
    char text[400];
    if (away)
        snprintf(text, sizeof text, "There is no container %s: run the command that makes it, and it is drawn here.",
                 picture->name);
    else
        copy_text(text, sizeof text, str_or(picture->error, "looking"));
    draw_wrapped(area, 0, 0, S_DIM, text);
}

void lesson_picture_draw(struct app *app, struct lesson_picture *picture, struct area area)
{
    const struct kind *kind = kind_of(picture);
    char title[128], note[64] = "";
    if (!kind)
        return;
    snprintf(title, sizeof title, "%s%s%s", kind->title,
             *picture->name      ? " of "
             : *picture->machine ? " of the machine"
                                 : "",
             picture->name);
    if (picture->lines > picture->rows && picture->rows > 0)
        snprintf(note, sizeof note, "J K scroll: %d of %d", picture->top + 1, picture->lines);
    else
        copy_text(note, sizeof note, app->model.link == LINK_DOWN ? "old: the engine is away" : "live");
    struct area inside = draw_box(area, title, note, S_DIM);
    picture->rows = inside.h;
    if (!picture->now) {
        picture->lines = 0;
        draw_missing(picture, inside);
        return;
    }
    bool machine = *picture->machine && !*picture->name && kind->draw_machine;
    xray_draw draw = of_everything(picture, kind) ? kind->draw_everywhere : machine ? kind->draw_machine : kind->draw;
    picture->lines = draw(inside, picture->top, picture->now, picture->before);
}

void lesson_picture_scroll(struct lesson_picture *picture, int by)
{
    int most = picture->lines > picture->rows ? picture->lines - picture->rows : 0;
    picture->top += by;
    picture->top = picture->top > most ? most : picture->top < 0 ? 0 : picture->top;
}

void lesson_picture_close(struct app *app, struct lesson_picture *picture)
{
    work_forget(app->work, picture);
    forget(picture);
}
