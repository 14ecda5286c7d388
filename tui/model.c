/* Asking for the overview and the progress, rates from two looks, and noticing that the engine has gone. */
#include "tui/model.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct watch engine_watch;

static struct meter *meter_of(struct model *model, const char *id, bool make)
{
    for (size_t i = 0; i < model->meter_count; i++)
        if (str_equal(model->meters[i].id, id))
            return &model->meters[i];
    if (!make || model->meter_count >= METER_MAX)
        return NULL;
    model->meters = xrealloc(model->meters, (model->meter_count + 1) * sizeof *model->meters);
    struct meter *meter = &model->meters[model->meter_count++];
    *meter = (struct meter){0};
    copy_text(meter->id, sizeof meter->id, id);
    return meter;
}

static void meter_take(struct meter *meter, json_t *container, int64_t now)
{
    int64_t cpu = json_num(container, "cpu_ns", 0);
    if (meter->at_ns && now > meter->at_ns && cpu >= meter->cpu_ns)
        meter->percent = 100.0 * (double)(cpu - meter->cpu_ns) / (double)(now - meter->at_ns);
    meter->cpu_ns = cpu;
    meter->at_ns = now;
    meter->seen = true;
    if (meter->count == SPARK_KEPT)
        memmove(meter->history, meter->history + 1, (SPARK_KEPT - 1) * sizeof meter->history[0]);
    else
        meter->count++;
    meter->history[meter->count - 1] = meter->percent;
}

static void take_meters(struct model *model, json_t *overview)
{
    int64_t now = clock_mono_ns();
    for (size_t i = 0; i < model->meter_count; i++)
        model->meters[i].seen = false;
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(overview, "containers"), index, container)
    {
        struct meter *meter = meter_of(model, json_str(container, "id", ""), true);
        if (meter)
            meter_take(meter, container, now);
    }
    size_t kept = 0;
    for (size_t i = 0; i < model->meter_count; i++)
        if (model->meters[i].seen)
            model->meters[kept++] = model->meters[i];
    model->meter_count = kept;
}

static void engine_down(struct app *app, const char *reason)
{
    if (engine_watch.fd >= 0) {
        app_unwatch(app, &engine_watch);
        engine_watch.fd = fd_close(engine_watch.fd);
    }
    app->model.link = LINK_DOWN;
    app->model.docker = false; /* whoever answers next may be another engine */
    copy_text(app->model.reason, sizeof app->model.reason, reason);
    app_dirty(app);
}

static void engine_ended(struct app *app, void *data, uint32_t events)
{
    (void)data, (void)events;
    engine_down(app, "the engine has ended");
}

/* A pidfd says at once, and without asking, that the engine has gone. Where the engine is not visible (another pid namespace) the
 * next question finds out. */
static void watch_engine(struct app *app, pid_t pid)
{
    if (engine_watch.fd >= 0 || pid <= 0)
        return;
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (fd < 0)
        return;
    engine_watch = (struct watch){.fd = fd, .ready = engine_ended};
    app_watch(app, &engine_watch, EPOLLIN);
}

static void got_overview(struct app *app, void *owner, json_t *answer, const struct error *err);

static void got_docker(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    json_t *overview = err ? NULL : model_of_docker(answer);
    got_overview(app, owner, overview, err);
    json_decref(overview);
}

static void got_overview(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct model *model = owner;
    if (err && err->code == ENOENT && !model->docker) {
        model->docker = true;
        work_engine(app->work, LANE_LIVE, "GET", "/containers/json?all=1", NULL, got_docker, model);
        return;
    }
    model->asking = false;
    if (err || !answer) {
        engine_down(app, err ? err->message : "the engine gave an empty answer");
        return;
    }
    bool was_down = model->link != LINK_UP;
    model->link = LINK_UP;
    if (was_down)
        model->reason[0] = 0;
    if (!model->docker) /* whose list has no figures */
        take_meters(model, answer);
    watch_engine(app, (pid_t)json_num(answer, "engine.pid", 0));
    if (was_down || !model->overview || !json_equal(model->overview, answer))
        app_dirty(app);
    json_decref(model->overview);
    model->overview = json_incref(answer);
}

void model_want_overview(struct app *app)
{
    if (app->model.asking)
        return;
    app->model.asking = true;
    bool docker = app->model.docker;
    work_engine(app->work, LANE_LIVE, "GET", docker ? "/containers/json?all=1" : "/slipway/overview", NULL,
                docker ? got_docker : got_overview, &app->model);
}

static void got_progress(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct model *model = owner;
    model->asking_progress = false;
    copy_text(model->school_error, sizeof model->school_error, err ? err->message : "");
    if (answer && !err) {
        json_decref(model->progress);
        model->progress = json_incref(answer);
    }
    app_dirty(app);
}

void model_want_progress(struct app *app)
{
    if (app->model.asking_progress)
        return;
    app->model.asking_progress = true;
    work_school(app->work, json_pack("{s:s}", "op", "progress.get"), got_progress, &app->model);
}

void model_open(struct app *app)
{
    engine_watch = (struct watch){.fd = -EBADF};
    model_want_overview(app);
    model_want_progress(app);
}

void model_close(struct app *app)
{
    if (engine_watch.fd >= 0) {
        app_unwatch(app, &engine_watch);
        engine_watch.fd = fd_close(engine_watch.fd);
    }
    json_decref(app->model.overview);
    json_decref(app->model.progress);
    free(app->model.meters);
}

const struct meter *model_meter(const struct app *app, const char *id) { return meter_of((struct model *)&app->model, id, false); }

json_t *model_container(const struct app *app, const char *id)
{
    size_t index;
    json_t *container;
    json_array_foreach(json_object_get(app->model.overview, "containers"), index, container)
    {
        if (str_equal(json_str(container, "id", ""), id))
            return container;
    }
    return NULL;
}

long long model_number(const struct app *app, const char *path) { return json_num(app->model.overview, path, 0); }

static json_t *progress_of(const struct app *app, const char *kind, const char *id)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(app->model.progress, "progress"), index, entry)
    {
        if (str_equal(json_str(entry, "kind", ""), kind) && str_equal(json_str(entry, "id", ""), id))
            return entry;
    }
    return NULL;
}

bool model_done(const struct app *app, const char *kind, const char *id)
{
    return json_flag(progress_of(app, kind, id), "done", false);
}
int model_step(const struct app *app, const char *kind, const char *id)
{
    return (int)json_num(progress_of(app, kind, id), "step", 0);
}
