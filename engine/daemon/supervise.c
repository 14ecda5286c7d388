/* Following a running container: one small thread blocks on the shim's events. When the process has ended the thread records it,
 * answers whoever waits, and then restarts or removes the container as its policy says. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/exec.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/leftover.h"
#include "daemon/lifecycle.h"
#include "daemon/netns_name.h"
#include "daemon/release.h"
#include "daemon/steps.h"
#include "daemon/volumes.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { DELAY_FIRST_MS = 100, DELAY_MOST_MS = 60 * 1000 };
static const int64_t delay_reset_ns = 10ll * 1000000000; /* who ran this long starts over with the shortest delay */

bool restart_wanted(const struct instance *instance, int exit_code)
{
    const char *policy = json_str(instance->host_config, "RestartPolicy.Name", "");
    long long most = json_num(instance->host_config, "RestartPolicy.MaximumRetryCount", 0);
    if (instance->restart_cancelled || instance->state.removing || instance->removed || instance->sandbox)
        return false;
    if (str_equal(policy, "always"))
        return true;
    if (str_equal(policy, "unless-stopped"))
        return !instance->manually_stopped;
    return str_equal(policy, "on-failure") && exit_code != 0 && (most == 0 || instance->restart_count < most);
}

/* Nobody may use the connection any more when it is closed. */
static struct shim *take_shim(struct instance *instance)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct shim *shim = instance->shim;
    instance->shim = NULL;
    while (instance->shim_users > 0)
        pthread_cond_wait(&engine->shim_idle, &engine->lock);
    pthread_mutex_unlock(&engine->lock);
    return shim;
}

void container_ended(struct instance *instance, int exit_code, bool oom, int64_t at_ns)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct state *state = &instance->state;
    bool restart = restart_wanted(instance, exit_code) && !atomic_load(&engine->stopping);
    state->pid = 0;
    state->paused = false;
    state->exit_code = exit_code;
    state->oom_killed |= oom;
    state->finished_ns = at_ns;
    state->restarting = restart;
    state->running = restart; /* as Docker has it: a container that will be restarted counts as running */
    if (restart)
        instance->restart_count++;
    bool vanish =
        !restart && !instance->keep_after_exit && json_flag(instance->host_config, "AutoRemove", false) && !state->removing;
    instance->exits++;
    health_halt(instance);
    pthread_mutex_unlock(&engine->lock);
    event_container(instance, "die", json_pack("{s:o}", "exitCode", json_sprintf("%d", exit_code)));
    event_network(instance, "disconnect");
    volumes_release(instance);
    event_volumes(instance, "unmount");
    execs_ended(instance);
    if (vanish || instance->sandbox)
        return; /* removal follows, and with it the answer */
    disk_note(instance);
    instance_changed(instance);
}

/* Wait, unless somebody stops or removes the container meanwhile; false then. */
static bool wait_for_restart(struct instance *instance, int delay_ms)
{
    struct engine *engine = instance->engine;
    int64_t until = clock_mono_ns() + delay_ms * 1000000ll;
    int bell = bell_join(&instance->bell);
    bool still = true;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        still = instance->state.restarting && !instance->restart_cancelled && !instance->removed;
        pthread_mutex_unlock(&engine->lock);
        int64_t left = (until - clock_mono_ns()) / 1000000;
        if (!still || left <= 0)
            break;
        bell_wait(bell, -1, (int)left);
    }
    bell_leave(&instance->bell, &bell);
    return still;
}

int restart_delay(int before_ms, int64_t ran_ns)
{
    int delay_ms = ran_ns >= delay_reset_ns || before_ms == 0 ? DELAY_FIRST_MS : before_ms * 2;
    return delay_ms < DELAY_MOST_MS ? delay_ms : DELAY_MOST_MS;
}

static void restart_after_delay(struct instance *instance)
{
    struct error err = ERROR_INIT;
    pthread_mutex_lock(&instance->engine->lock);
    int64_t ran = instance->state.finished_ns - instance->state.started_ns;
    int delay_ms = instance->restart_delay_ms = restart_delay(instance->restart_delay_ms, ran);
    pthread_mutex_unlock(&instance->engine->lock);
    if (!wait_for_restart(instance, delay_ms))
        return;
    pthread_mutex_lock(&instance->op);
    /* Asked again with the lock: a stop or a removal may have come first. */
    pthread_mutex_lock(&instance->engine->lock);
    bool still = instance->state.restarting && !instance->restart_cancelled && !instance->removed;
    pthread_mutex_unlock(&instance->engine->lock);
    if (still && container_start_locked(instance, &err) < 0)
        log_error("restarting %.12s: %s", instance->id, err.message);
    pthread_mutex_unlock(&instance->op);
}

static void finish(struct instance *instance, struct shim *shim, int exit_code, bool oom, int64_t at_ns, json_t *steps)
{
    struct error err = ERROR_INIT;
    struct engine *engine = instance->engine;
    struct release release;
    take_shim(instance);
    release_begin(&release, instance);
    container_ended(instance, exit_code, oom, at_ns);
    pthread_mutex_lock(&engine->lock);
    bool restarting = instance->state.restarting;
    bool vanish = !restarting && !instance->keep_after_exit && !instance->state.removing && !instance->removed &&
                  (instance->sandbox || json_flag(instance->host_config, "AutoRemove", false));
    pthread_mutex_unlock(&engine->lock);
    if (vanish) { /* whoever waits is answered by this; the rest follows */
        pthread_mutex_lock(&instance->op);
        pthread_mutex_lock(&engine->lock);
        instance->state.running = false;
        pthread_mutex_unlock(&engine->lock);
        container_finish_removal(instance, true);
        pthread_mutex_unlock(&instance->op);
    }
    pthread_mutex_lock(&instance->op); /* somebody may be connecting it to a network or disconnecting it */
    netns_name_ended(instance);        /* a name would keep the namespace, and its wires */
    networking_release(instance);
    pthread_mutex_unlock(&instance->op);
    release_end(&release);
    if (shim_release(shim, &err) < 0)
        log_warn("releasing the shim of %.12s: %s", instance->id, err.message);
    shim_free(shim);
    steps_add(instance, "stop", steps);
    if (!vanish)
        path_remove_tree(instance->runtime, &err);
    pthread_mutex_lock(&engine->lock);
    instance->followed = false;
    bool clear = instance->clear_later;
    pthread_cond_broadcast(&engine->shim_idle); /* a start may be waiting for us to be done */
    pthread_mutex_unlock(&engine->lock);
    if (clear)
        janitor_clear(engine, instance->id);
    else if (restarting)
        restart_after_delay(instance);
}

/* The shim went away without a word: what it left on disk tells how the container ended, or nothing does. */
static void shim_lost(struct instance *instance, struct shim *shim)
{
    cleanup_free char *path = path_join(instance->runtime, "exit.json");
    cleanup_json json_t *exit = json_read_file(path, NULL);
    int64_t at = 0;
    if (!exit) {
        log_warn("the shim of %.12s is gone; ending the container", instance->id);
        struct state state = instance_state(instance);
        if (state.pid > 0)
            kill(state.pid, SIGKILL);
        state_clear(&state);
    }
    leftover_end(instance->runtime);
    if (!clock_parse(json_str(exit, "at", ""), &at))
        at = clock_wall_ns();
    finish(instance, shim, (int)json_num(exit, "code", 137), json_flag(exit, "oom", false), at, NULL);
}

/* Each kill is an event; that the container ended with one may have been told by nothing else. */
static void note_oom(struct instance *instance, bool ended)
{
    pthread_mutex_lock(&instance->engine->lock);
    bool known = instance->state.oom_killed;
    instance->state.oom_killed = true;
    pthread_mutex_unlock(&instance->engine->lock);
    if (!ended || !known)
        event_container(instance, "oom", NULL);
}

struct supervisor {
    struct instance *instance; /* counted */
    struct shim *shim;
    pthread_mutex_t lock;
    pthread_cond_t told;
    bool known; /* what to follow, if anything */
};

static void supervisor_free(struct supervisor *supervisor)
{
    pthread_mutex_destroy(&supervisor->lock);
    pthread_cond_destroy(&supervisor->told);
    free(supervisor);
}

/* NULL: nothing. */
static struct shim *wait_for_shim(struct supervisor *supervisor)
{
    pthread_mutex_lock(&supervisor->lock);
    while (!supervisor->known)
        pthread_cond_wait(&supervisor->told, &supervisor->lock);
    struct shim *shim = supervisor->shim;
    pthread_mutex_unlock(&supervisor->lock);
    return shim;
}

static void *follow(void *data)
{
    struct supervisor *supervisor = data;
    struct instance *instance = supervisor->instance;
    struct shim *shim = wait_for_shim(supervisor);
    supervisor_free(supervisor);
    while (shim) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *event = shim_next_event(shim, &err);
        const char *kind = json_str(event, "event", "");
        if (!event) {
            shim_lost(instance, shim);
            break;
        }
        if (str_equal(kind, "oom"))
            note_oom(instance, false);
        if (str_equal(kind, "steps"))
            steps_add(instance, json_str(event, "phase", "exec"), json_incref(json_object_get(event, "steps")));
        if (str_equal(kind, "exec-exit"))
            exec_ended(instance, json_str(event, "exec", ""), (int)json_num(event, "code", 0));
        if (!str_equal(kind, "exit"))
            continue;
        int64_t at;
        if (!clock_parse(json_str(event, "at", ""), &at))
            at = clock_wall_ns();
        bool oom = json_flag(event, "oom", false);
        if (oom)
            note_oom(instance, true);
        finish(instance, shim, (int)json_num(event, "code", 0), oom, at, json_incref(json_object_get(event, "steps")));
        break;
    }
    instance_unref(instance);
    return NULL;
}

struct supervisor *supervisor_new(struct instance *instance, struct error *err)
{
    struct supervisor *supervisor = xcalloc(1, sizeof *supervisor);
    supervisor->instance = instance_ref(instance);
    pthread_mutex_init(&supervisor->lock, NULL);
    pthread_cond_init(&supervisor->told, NULL);
    if (engine_thread(follow, supervisor, err) == 0)
        return supervisor;
    error_prefix(err, "nothing could follow the container");
    instance_unref(instance);
    supervisor_free(supervisor);
    return NULL;
}

void supervise(struct supervisor *supervisor, struct shim *shim)
{
    struct instance *instance = supervisor->instance;
    if (shim) {
        pthread_mutex_lock(&instance->engine->lock);
        instance->followed = true;
        pthread_mutex_unlock(&instance->engine->lock);
    }
    pthread_mutex_lock(&supervisor->lock);
    supervisor->shim = shim;
    supervisor->known = true;
    pthread_cond_signal(&supervisor->told);
    pthread_mutex_unlock(&supervisor->lock); /* it is the thread's from here on */
}
