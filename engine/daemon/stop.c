/* Ending and holding a container: stop, kill, restart, pause, and waiting for the end. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/steps.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

enum { STOP_SECONDS = 10, KILL_SECONDS = 10, PATIENCE_MOST = INT_MAX / 1000 };

static int stop_signal(const struct instance *instance, int wanted)
{
    if (wanted)
        return wanted;
    int number = signal_number(json_str(instance->config, "StopSignal", "SIGTERM"));
    return number ? number : SIGTERM;
}

/* Until the process that ran when `exits` was read has ended; false when time ran out first. */
static bool wait_for_exit(struct instance *instance, unsigned exits, int timeout_ms)
{
    int64_t until = clock_mono_ns() + timeout_ms * 1000000ll;
    int bell = bell_join(&instance->bell);
    bool ended = false;
    for (;;) {
        pthread_mutex_lock(&instance->engine->lock);
        ended = instance->exits != exits || instance->removed;
        pthread_mutex_unlock(&instance->engine->lock);
        int64_t left = timeout_ms < 0 ? INT_MAX : (until - clock_mono_ns()) / 1000000;
        if (ended || left <= 0)
            break;
        bell_wait(bell, -1, timeout_ms < 0 ? -1 : (int)left);
    }
    bell_leave(&instance->bell, &bell);
    return ended;
}

static int send_signal(struct instance *instance, int signal, const char *phase, struct error *err)
{
    struct shim *shim = instance_shim(instance, err);
    if (!shim)
        return -err->code;
    struct steps *log = steps_new();
    int64_t start = step_start();
    int rc = shim_signal(shim, NULL, signal, false, err);
    pthread_mutex_lock(&instance->engine->lock);
    pid_t pid = instance->state.pid;
    pthread_mutex_unlock(&instance->engine->lock);
    char object[48];
    snprintf(object, sizeof object, "SIG%s to %d", sigabbrev_np(signal) ? sigabbrev_np(signal) : "?", (int)pid);
    step_recordf(log, start, rc, "kill", object, "kill -%s %d", sigabbrev_np(signal) ? sigabbrev_np(signal) : "?", (int)pid);
    instance_shim_done(instance);
    steps_add_log(instance, phase, log);
    steps_free(log);
    return rc;
}

static void thaw(struct instance *instance)
{
    struct error ignored = ERROR_INIT;
    struct shim *shim = instance_shim(instance, &ignored);
    if (!shim)
        return;
    shim_pause(shim, false, &ignored);
    instance_shim_done(instance);
}

/* Locked. Whether it matters to a later daemon that somebody stopped it. */
static bool has_policy(const struct instance *instance)
{
    const char *policy = json_str(instance->host_config, "RestartPolicy.Name", "");
    return *policy && !str_equal(policy, "no");
}

/* Running, and with a process? Cancels a restart that is being waited for; `exits` is what wait_for_exit needs. */
static bool begin_stop(struct instance *instance, enum stop_reason reason, unsigned *exits, bool *paused)
{
    pthread_mutex_lock(&instance->engine->lock);
    struct state *state = &instance->state;
    bool process = state->running && !state->restarting, waiting = state->restarting;
    if (reason == STOP_SHUTDOWN)
        instance->ended_meanwhile = true;
    else
        instance->manually_stopped = true;
    instance->restart_cancelled = true;
    *exits = instance->exits;
    *paused = state->paused;
    if (waiting)
        state->restarting = state->running = false;
    bool note = waiting || has_policy(instance);
    pthread_mutex_unlock(&instance->engine->lock);
    if (note) /* before the signal: a daemon that dies now must not leave one behind that starts it again */
        disk_note(instance);
    if (waiting)
        instance_changed(instance);
    return process;
}

static int end_process(struct instance *instance, int signal, int seconds, unsigned exits, bool paused, struct error *err)
{
    int rc = send_signal(instance, seconds == 0 ? SIGKILL : signal, "stop", err);
    if (paused)
        thaw(instance);
    if (rc < 0 && rc != -EBUSY && rc != -ESRCH)
        return rc;
    *err = ERROR_INIT;
    event_container(instance, "kill", json_pack("{s:o}", "signal", json_sprintf("%d", seconds == 0 ? SIGKILL : signal)));
    if (seconds > PATIENCE_MOST) /* in milliseconds it would be no number */
        seconds = PATIENCE_MOST;
    if (wait_for_exit(instance, exits, seconds < 0 ? -1 : seconds == 0 ? KILL_SECONDS * 1000 : seconds * 1000))
        return 0;
    rc = send_signal(instance, SIGKILL, "stop", err);
    if (rc < 0 && rc != -EBUSY && rc != -ESRCH)
        return rc;
    *err = ERROR_INIT;
    event_container(instance, "kill", json_pack("{s:s}", "signal", "9"));
    if (wait_for_exit(instance, exits, KILL_SECONDS * 1000))
        return 0;
    return error_set(err, EIO, "cannot stop container: %s: tried to kill container, but did not receive an exit event",
                     instance->id);
}

int container_stop_with(struct instance *instance, const struct stop_request *request, struct error *err)
{
    int seconds = request->seconds;
    unsigned exits;
    bool paused;
    struct state state = instance_state(instance);
    bool running = state.running;
    state_clear(&state);
    if (!running)
        return error_set(err, EALREADY, "container is not running");
    if (seconds == INT_MIN)
        seconds = (int)json_num(instance->config, "StopTimeout", STOP_SECONDS);
    if (!begin_stop(instance, request->reason, &exits, &paused)) {
        /* It was between two lives; a start that is under way already has to be let through, and ended then. */
        pthread_mutex_lock(&instance->op);
        pthread_mutex_unlock(&instance->op);
        if (!begin_stop(instance, request->reason, &exits, &paused))
            return 0;
    }
    int rc = end_process(instance, stop_signal(instance, request->signal), seconds, exits, paused, err);
    if (rc == 0 && request->reason != STOP_REMOVAL)
        event_container(instance, "stop", NULL);
    return rc;
}

int container_stop(struct instance *instance, int seconds, struct error *err)
{
    return container_stop_with(instance, &(struct stop_request){.seconds = seconds}, err);
}

int container_kill(struct instance *instance, int signal, struct error *err)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    unsigned exits = instance->exits;
    bool running = instance->state.running && !instance->state.restarting, paused = instance->state.paused;
    const char *own = json_str(instance->config, "StopSignal", "");
    /* dockerd's rule: only a signal that is meant to end it keeps the restart policy from acting. */
    bool final = signal == SIGKILL || !*own || signal_number(own) == signal;
    if (running)
        instance->manually_stopped = true;
    if (running && final)
        instance->restart_cancelled = true;
    bool note = running && has_policy(instance);
    pthread_mutex_unlock(&engine->lock);
    if (note)
        disk_note(instance);
    if (!running)
        return error_set(err, EBUSY, "Container %s is not running", instance->id);
    int rc = send_signal(instance, signal, "kill", err);
    if (rc < 0)
        return rc;
    event_container(instance, "kill", json_pack("{s:o}", "signal", json_sprintf("%d", signal)));
    if (paused && final)
        thaw(instance);
    if (signal == SIGKILL && !wait_for_exit(instance, exits, KILL_SECONDS * 1000))
        return error_set(err, EIO, "%s: tried to kill container, but did not receive an exit event", instance->id);
    return 0;
}

static void keep_after_exit(struct instance *instance, bool keep)
{
    pthread_mutex_lock(&instance->engine->lock);
    instance->keep_after_exit = keep;
    pthread_mutex_unlock(&instance->engine->lock);
}

int container_restart(struct instance *instance, const struct stop_request *request, struct error *err)
{
    keep_after_exit(instance, true); /* --rm must not act on this exit */
    int rc = container_stop_with(instance, request, err);
    if (rc == 0 || rc == -EALREADY) {
        *err = ERROR_INIT;
        rc = container_start(instance, err);
    }
    keep_after_exit(instance, false);
    if (rc == 0)
        event_container(instance, "restart", NULL);
    return rc;
}

int container_pause(struct instance *instance, bool paused, struct error *err)
{
    pthread_mutex_lock(&instance->op);
    struct state state = instance_state(instance);
    int rc = 0;
    if (!state.running || state.restarting)
        rc = error_set(err, EBUSY, "Container %s is not running", instance->id);
    else if (paused && state.paused)
        rc = error_set(err, EBUSY, "Container %s is already paused", instance->id);
    else if (!paused && !state.paused)
        rc = error_set(err, EIO, "Container %s is not paused", instance->id);
    state_clear(&state);
    struct shim *shim = rc == 0 ? instance_shim(instance, err) : NULL;
    if (rc == 0 && !shim)
        rc = -err->code;
    if (shim) {
        rc = shim_pause(shim, paused, err); /* its steps come with the shim's events */
        instance_shim_done(instance);
    }
    if (rc == 0) {
        pthread_mutex_lock(&instance->engine->lock);
        instance->state.paused = paused;
        if (paused)
            health_halt(instance);
        else
            health_resume(instance);
        pthread_mutex_unlock(&instance->engine->lock);
        disk_note(instance);
        event_container(instance, paused ? "pause" : "unpause", NULL);
        instance_changed(instance);
    }
    pthread_mutex_unlock(&instance->op);
    return rc;
}

int wait_begin(struct wait *wait, struct instance *instance, enum wait_condition condition, struct error *err)
{
    wait->instance = instance_ref(instance);
    wait->condition = condition;
    wait->bell = bell_join(&instance->bell);
    pthread_mutex_lock(&instance->engine->lock);
    wait->exits_before = instance->exits;
    pthread_mutex_unlock(&instance->engine->lock);
    if (wait->bell >= 0)
        return 0;
    instance_unref(instance);
    return error_errno(err, -wait->bell, "eventfd");
}

static bool wait_over(const struct wait *wait, int *exit_code)
{
    struct instance *instance = wait->instance;
    pthread_mutex_lock(&instance->engine->lock);
    bool over = instance->removed;
    if (wait->condition == WAIT_NOT_RUNNING)
        over |= !instance->state.running;
    if (wait->condition == WAIT_NEXT_EXIT)
        over |= instance->exits != wait->exits_before;
    *exit_code = instance->state.exit_code;
    pthread_mutex_unlock(&instance->engine->lock);
    return over;
}

int wait_finish(struct wait *wait, int client, int *exit_code)
{
    int rc = 0;
    while (rc == 0 && !wait_over(wait, exit_code))
        if (bell_wait(wait->bell, client, -1) == BELL_CLIENT_GONE)
            rc = -ECANCELED;
    bell_leave(&wait->instance->bell, &wait->bell);
    instance_unref(wait->instance);
    return rc;
}
