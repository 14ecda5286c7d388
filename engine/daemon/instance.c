/* One container in memory: its life as a counted reference, its state put into words, its shim connection. */
#include "daemon/instance.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/health.h"
#include "daemon/membership.h"
#include "daemon/steps.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct instance *instance_new(struct engine *engine, const char id[ID_TEXT])
{
    struct instance *instance = xcalloc(1, sizeof *instance);
    instance->engine = engine;
    instance->refs = 1;
    pthread_mutex_init(&instance->op, NULL);
    pthread_mutex_init(&instance->saving, NULL);
    memcpy(instance->id, id, ID_TEXT);
    instance->directory = path_join(engine->containers, id);
    instance->runtime = path_join(engine->states, id);
    instance->bell = BELL_INIT;
    instance->netns = -EBADF;
    instance->steps = step_list_new(instance);
    return instance;
}

struct instance *instance_ref(struct instance *instance)
{
    atomic_fetch_add(&instance->refs, 1);
    return instance;
}

static void sandbox_free(struct sandbox *sandbox)
{
    if (!sandbox)
        return;
    free(sandbox->lab);
    free(sandbox->host);
    free(sandbox->main);
    free(sandbox->names);
    free(sandbox);
}

void instance_unref(struct instance *instance)
{
    if (!instance || atomic_fetch_sub(&instance->refs, 1) > 1)
        return;
    free(instance->directory);
    free(instance->runtime);
    free(instance->image_id);
    free(instance->image);
    free(instance->path);
    free(instance->name);
    json_decref(instance->args);
    json_decref(instance->config);
    json_decref(instance->mounts);
    json_decref(instance->host_config);
    json_decref(instance->links);
    json_decref(instance->health_log);
    sandbox_free(instance->sandbox);
    state_clear(&instance->state);
    fd_close(instance->netns);
    memberships_free(instance);
    step_list_free(instance->steps);
    bell_free(&instance->bell);
    pthread_mutex_destroy(&instance->op);
    pthread_mutex_destroy(&instance->saving);
    free(instance);
}

void cleanup_instance_p(struct instance **instance) { instance_unref(*instance); }

void instance_changed(struct instance *instance)
{
    bell_ring(&instance->bell);
    bell_ring(&instance->engine->changed);
}

json_t *instance_host_config(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    json_t *host_config = json_incref(instance->host_config);
    pthread_mutex_unlock(&instance->engine->lock);
    return host_config;
}

struct state instance_state(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    struct state state = instance->state;
    if (state.error)
        state.error = xstrdup(state.error);
    pthread_mutex_unlock(&instance->engine->lock);
    return state;
}

pid_t instance_running_pid(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    pid_t pid = instance->state.running ? instance->state.pid : 0;
    pthread_mutex_unlock(&instance->engine->lock);
    return pid;
}

void state_clear(struct state *state)
{
    free(state->error);
    state->error = NULL;
}

const char *state_status(const struct state *state)
{
    if (state->removing)
        return "removing";
    if (state->restarting)
        return "restarting";
    if (state->paused)
        return "paused";
    if (state->running)
        return "running";
    if (state->dead)
        return "dead";
    return state->started_ns ? "exited" : "created";
}

char *state_sentence(const struct state *state)
{
    char age[CLOCK_TEXT];
    int64_t now = clock_wall_ns();
    if (state->running && !state->restarting) {
        clock_human(now - state->started_ns, age);
        if (state->paused)
            return str_format("Up %s (Paused)", age);
        if (state->health)
            return str_format("Up %s (%s%s)", age, state->health == HEALTH_STARTING ? "health: " : "", health_name(state->health));
        return str_format("Up %s", age);
    }
    clock_human(now - state->finished_ns, age);
    if (state->restarting)
        return str_format("Restarting (%d) %s ago", state->exit_code, age);
    if (state->removing)
        return xstrdup("Removal In Progress");
    if (state->dead)
        return xstrdup("Dead");
    if (!state->started_ns)
        return xstrdup("Created");
    return str_format("Exited (%d) %s ago", state->exit_code, age);
}

struct shim *instance_shim(struct instance *instance, struct error *err)
{
    pthread_mutex_lock(&instance->engine->lock);
    struct shim *shim = instance->shim;
    if (shim)
        instance->shim_users++;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!shim)
        error_set(err, EBUSY, "Container %s is not running", instance->id);
    return shim;
}

void instance_shim_done(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    if (--instance->shim_users == 0)
        pthread_cond_broadcast(&instance->engine->shim_idle);
    pthread_mutex_unlock(&instance->engine->lock);
}

char *instance_name(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    char *name = xstrdup(instance->name);
    pthread_mutex_unlock(&instance->engine->lock);
    return name;
}

bool instance_auto_remove(struct instance *instance)
{
    json_t *host_config = instance_host_config(instance);
    bool yes = json_flag(host_config, "AutoRemove", false);
    json_decref(host_config);
    return yes;
}

char *instance_log_path(struct instance *instance)
{
    cleanup_json json_t *host_config = instance_host_config(instance);
    if (instance->sandbox || !str_equal(json_str(host_config, "LogConfig.Type", ""), "json-file"))
        return NULL;
    return str_format("%s/%s-json.log", instance->directory, instance->id);
}

const char *host_network_mode(const json_t *host_config)
{
    const char *mode = json_str(host_config, "NetworkMode", "");
    if (!*mode || str_equal(mode, "default"))
        return "bridge";
    return mode;
}
