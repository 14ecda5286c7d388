/* When health checks run, and what becomes of their results; see health.h. */
#include "daemon/health.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/instance.h"

#include <stdlib.h>
#include <time.h>

struct job {
    struct instance *instance; /* counted */
    unsigned run;
};

/* Locked. The result belongs to the life that it was asked about, or to none. */
static bool take_result(const struct job *job, const struct health_config *config, const json_t *result, bool *changed)
{
    struct instance *instance = job->instance;
    if (instance->health_run != job->run)
        return false;
    struct state *state = &instance->state;
    int64_t started = 0;
    clock_parse(json_str(result, "Start", ""), &started);
    const struct health_count before = {state->health, state->failing_streak};
    const struct health_count now =
        health_judge(before, config, (int)json_num(result, "ExitCode", -1), started - state->started_ns);
    *changed = now.status != before.status;
    atomic_fetch_add(&instance->engine->health_checks, 1);
    if (json_num(result, "ExitCode", -1) != 0)
        atomic_fetch_add(&instance->engine->health_failures, 1);
    state->health = now.status;
    state->failing_streak = now.failing_streak;
    json_t *log = instance->health_log ? json_copy(instance->health_log) : json_array();
    while (json_array_size(log) >= HEALTH_LOG_MOST)
        json_array_remove(log, 0);
    json_array_append(log, (json_t *)result);
    json_decref(instance->health_log);
    instance->health_log = log;
    instance->health_due_ns = clock_mono_ns() + config->interval_ns;
    instance->probing = false;
    pthread_cond_signal(&instance->engine->health_due);
    return true;
}

static void *check(void *data)
{
    struct job *job = data;
    struct instance *instance = job->instance;
    struct engine *engine = instance->engine;
    struct health_config config;
    bool changed = false;
    health_config_read(instance->config, &config);
    cleanup_json json_t *result = health_probe(instance, &config);
    pthread_mutex_lock(&engine->lock);
    bool taken = take_result(job, &config, result, &changed);
    enum health status = instance->state.health;
    pthread_mutex_unlock(&engine->lock);
    if (taken)
        disk_note(instance);
    if (taken && changed) {
        cleanup_free char *action = str_format("health_status: %s", health_name(status));
        event_container(instance, action, NULL);
        instance_changed(instance);
    }
    instance_unref(instance);
    free(job);
    return NULL;
}

/* Locked. */
static void begin_check(struct instance *instance)
{
    struct error err = ERROR_INIT;
    struct job *job = xcalloc(1, sizeof *job);
    *job = (struct job){instance_ref(instance), instance->health_run};
    instance->probing = true;
    if (engine_thread(check, job, &err) == 0)
        return;
    log_warn("the health check of %.12s is put off: %s", instance->id, err.message);
    instance->probing = false;
    instance->health_due_ns += 1000000000;
    instance_unref(instance); /* never the last one: the table has its own */
    free(job);
}

/* Locked. Begins what is due; when to look again (INT64_MAX: never). */
static int64_t begin_due(struct engine *engine)
{
    int64_t now = clock_mono_ns(), next = INT64_MAX;
    for (size_t i = 0; i < engine->count; i++) {
        struct instance *instance = engine->table[i];
        if (!instance->health_due_ns || instance->probing)
            continue;
        if (instance->health_due_ns <= now)
            begin_check(instance);
        if (!instance->probing && instance->health_due_ns < next)
            next = instance->health_due_ns;
    }
    return next;
}

static void *watch(void *data)
{
    struct engine *engine = data;
    pthread_mutex_lock(&engine->lock);
    while (!atomic_load(&engine->stopping)) {
        int64_t next = begin_due(engine);
        const struct timespec until = {next / 1000000000, next % 1000000000};
        if (next == INT64_MAX)
            pthread_cond_wait(&engine->health_due, &engine->lock);
        else
            pthread_cond_timedwait(&engine->health_due, &engine->lock, &until);
    }
    pthread_mutex_unlock(&engine->lock);
    return NULL;
}

/* Locked. The thread comes with the first container that has a health check. */
static void schedule(struct instance *instance, const struct health_config *config)
{
    struct engine *engine = instance->engine;
    struct error err = ERROR_INIT;
    instance->health_due_ns = clock_mono_ns() + config->interval_ns;
    instance->health_run++;
    instance->probing = false;
    if (!engine->health_watched && engine_thread(watch, engine, &err) < 0)
        log_error("no health checks: %s", err.message);
    else
        engine->health_watched = true;
    pthread_cond_signal(&engine->health_due);
}

void health_begin(struct instance *instance)
{
    struct health_config config;
    if (instance->sandbox || !health_config_read(instance->config, &config))
        return;
    instance->state.health = HEALTH_STARTING;
    instance->state.failing_streak = 0;
    schedule(instance, &config);
}

void health_resume(struct instance *instance)
{
    struct health_config config;
    if (!instance->sandbox && health_config_read(instance->config, &config))
        schedule(instance, &config);
}

void health_halt(struct instance *instance)
{
    instance->health_due_ns = 0;
    instance->health_run++;
    instance->probing = false;
    if (instance->state.health)
        instance->state.health = HEALTH_UNHEALTHY;
}

json_t *health_json(const struct instance *instance)
{
    const struct state *state = &instance->state;
    if (!state->health)
        return NULL;
    return json_pack("{s:s, s:i, s:o}", "Status", health_name(state->health), "FailingStreak", state->failing_streak, "Log",
                     instance->health_log ? json_copy(instance->health_log) : json_array());
}
