/* The daemon may have been stopped, killed or cut off at any moment. Containers that run are found through their shims and followed
 * again; those that ended meanwhile left their exit status; directories without a whole container, and shims that belong to none,
 * are cleared away. */
#include "daemon/recover.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/janitor.h"
#include "daemon/leftover.h"
#include "daemon/lifecycle.h"
#include "daemon/membership.h"
#include "daemon/trace.h"
#include "daemon/volumes.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static bool is_id(const char *name) { return strlen(name) == ID_TEXT - 1 && strspn(name, "0123456789abcdef") == ID_TEXT - 1; }

static char **list_ids(const char *directory)
{
    char **ids = NULL;
    cleanup_dir DIR *dir = opendir(directory);
    const struct dirent *entry;
    while (dir && (entry = readdir(dir)))
        if (is_id(entry->d_name))
            strv_add(&ids, entry->d_name);
    return ids;
}

static void end_running(struct shim *shim, struct error *err)
{
    shim_signal(shim, NULL, SIGKILL, true, err);
    for (json_t *event; (event = shim_next_event(shim, err));) {
        bool over = str_equal(json_str(event, "event", ""), "exit");
        json_decref(event);
        if (over)
            break;
    }
    if (shim_release(shim, err) < 0)
        log_warn("releasing a shim: %s", err->message);
}

/* A shim whose container nobody wants (a start that was cut off): end what it holds and let it go. One that has not started its
 * process is discarded by the release itself. */
static void end_shim(const char *state)
{
    struct error err = ERROR_INIT;
    pid_t pid = 0;
    struct shim *shim = shim_connect(state, &pid, &err);
    if (shim && shim_release(shim, &err) < 0)
        end_running(shim, &err);
    if (shim)
        shim_free(shim);
    else
        leftover_end(state);
    path_remove_tree(state, &err);
}

/* Threads may be short for a moment; a container that nobody follows would never be seen to end. */
static struct supervisor *find_supervisor(struct instance *instance)
{
    enum { TRIES = 100 };
    const struct timespec nap = {.tv_nsec = 100 * 1000000};
    struct error err = ERROR_INIT;
    struct supervisor *supervisor = supervisor_new(instance, &err);
    for (int i = 0; !supervisor && i < TRIES; i++) {
        nanosleep(&nap, NULL);
        supervisor = supervisor_new(instance, &err);
    }
    if (!supervisor)
        log_error("container %.12s: %s; the engine has to be started again", instance->id, err.message);
    return supervisor;
}

static void adopt(struct instance *instance, struct shim *shim, pid_t pid)
{
    instance->shim = shim;
    instance->state.pid = pid;
    instance->state.running = true;
    instance->volumes_held = true;
    instance->state.restarting = false;
    pthread_mutex_lock(&instance->engine->lock);
    if (!instance->state.paused)
        health_resume(instance);
    pthread_mutex_unlock(&instance->engine->lock);
    memberships_adopt(instance);
    log_info("container %.12s (%s) is still running", instance->id, instance->name);
    struct supervisor *supervisor = find_supervisor(instance);
    if (supervisor)
        supervise(supervisor, shim);
}

/* It ended while nobody looked. */
static void note_end(struct instance *instance)
{
    cleanup_free char *path = path_join(instance->runtime, "exit.json");
    cleanup_json json_t *exit = json_read_file(path, NULL);
    struct state *state = &instance->state;
    int64_t at = 0;
    if (!clock_parse(json_str(exit, "at", ""), &at))
        at = clock_wall_ns();
    state->exit_code = (int)json_num(exit, "code", 255); /* 255: what Docker shows after a power cut */
    state->oom_killed = json_flag(exit, "oom", false);
    state->finished_ns = at;
    state->pid = 0;
    state->paused = false;
    state->running = state->restarting = false;
    instance->ended_meanwhile = true;
    health_halt(instance);
    networking_release(instance);
    event_container(instance, "die", json_pack("{s:o}", "exitCode", json_sprintf("%d", state->exit_code)));
    event_network(instance, "disconnect");
    volumes_release(instance);
    event_volumes(instance, "unmount");
    disk_note(instance);
    log_info("container %.12s (%s) ended meanwhile with code %d", instance->id, instance->name, state->exit_code);
}

static bool vanishes(const struct instance *instance)
{
    if (instance->sandbox)
        return true;
    return instance->ended_meanwhile && json_flag(instance->host_config, "AutoRemove", false);
}

static void recover_one(struct instance *instance)
{
    struct error err = ERROR_INIT;
    struct state *state = &instance->state;
    if (instance->sandbox) /* the connection that it belongs to ended with the daemon before; see sandbox_claim */
        instance->sandbox->orphaned = json_flag(instance->host_config, "SlipwayLeased", false);
    if (state->running && !state->restarting) {
        pid_t pid = 0;
        struct shim *shim = shim_connect(instance->runtime, &pid, &err);
        if (shim) {
            adopt(instance, shim, pid);
            return;
        }
        note_end(instance);
    } else if (state->restarting) { /* between two lives */
        state->running = state->restarting = false;
        instance->ended_meanwhile = true;
        networking_release(instance);
    }
    /* Not known to run, but a start may have been cut off behind the shim's back. */
    if (path_exists(instance->runtime))
        end_shim(instance->runtime);
    path_remove_tree(instance->runtime, &err);
    if (vanishes(instance))
        container_finish_removal(instance, true);
}

static bool wanted(const char *id, void *data)
{
    struct engine *engine = data;
    cleanup_free char *path = str_format("%s/%s/config.v2.json", engine->containers, id);
    return path_exists(path);
}

static int by_age(const void *a, const void *b)
{
    const struct instance *x = *(struct instance *const *)a, *y = *(struct instance *const *)b;
    return x->created_ns < y->created_ns ? -1 : x->created_ns > y->created_ns;
}

void recover(struct engine *engine)
{
    cleanup_strv char **ids = list_ids(engine->containers), **states = list_ids(engine->states);
    struct instance **loaded = xcalloc(strv_len(ids) + 1, sizeof *loaded);
    size_t count = 0;
    for (size_t i = 0; ids && ids[i]; i++) {
        struct error err = ERROR_INIT;
        struct instance *instance = disk_load(engine, ids[i], &err);
        if (instance) {
            loaded[count++] = instance;
        } else if (wanted(ids[i], engine)) { /* somebody's data: not to be thrown away because it cannot be read now */
            log_error("Failed to load container %s: %s", ids[i], err.message);
        } else {
            log_info("clearing away the half-made container %.12s: %s", ids[i], err.message);
            cleanup_free char *state = path_join(engine->states, ids[i]);
            if (path_exists(state))
                end_shim(state);
            janitor_clear_now(engine, ids[i]);
        }
    }
    qsort(loaded, count, sizeof(struct instance *), by_age);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        cleanup_free char *name = move_ptr(loaded[i]->name);
        if (table_add(loaded[i], name, &err) < 0 && table_add(loaded[i], NULL, &err) < 0)
            log_error("%s", err.message);
        recover_one(loaded[i]);
        instance_unref(loaded[i]);
    }
    free(loaded);
    for (size_t i = 0; states && states[i]; i++) {
        cleanup_free char *state = path_join(engine->states, states[i]);
        if (!strv_has(ids, states[i]))
            end_shim(state);
    }
    volumes_settle(engine);
    networks_settle(engine->networks);
    trace_sweep(engine);
    rootfs_sweep(engine->images, wanted, engine);
}

/* Who shares a namespace with another container starts after it, as far as that one starts at all. */
static void wait_for_partner(struct instance *instance, const char *key)
{
    enum { PARTNER_MS = 10000 };
    cleanup_json json_t *host_config = instance_host_config(instance);
    const char *mode = json_str(host_config, key, "");
    struct error ignored = ERROR_INIT;
    cleanup_instance struct instance *other =
        str_starts(mode, "container:") ? table_find(instance->engine, mode + strlen("container:"), &ignored) : NULL;
    if (!other || !other->restarts_at_start)
        return;
    int bell = bell_join(&other->bell);
    for (int64_t until = clock_mono_ns() + PARTNER_MS * 1000000ll; !instance_running_pid(other) && clock_mono_ns() < until;)
        bell_wait(bell, -1, PARTNER_MS);
    bell_leave(&other->bell, &bell);
}

static void *restart(void *data)
{
    static const char *const shared[] = {"NetworkMode", "PidMode", "IpcMode"};
    struct instance *instance = data;
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < ARRAY_LEN(shared); i++)
        wait_for_partner(instance, shared[i]);
    if (container_start(instance, &err) < 0)
        log_error("restarting %.12s: %s", instance->id, err.message);
    instance_unref(instance);
    return NULL;
}

static bool wants_restart(struct instance *instance)
{
    if (instance->sandbox)
        return false;
    const char *policy = json_str(instance->host_config, "RestartPolicy.Name", "");
    if (instance->state.running || !instance->started_before)
        return false;
    instance->restart_cancelled = false; /* that was about its last life */
    if (str_equal(policy, "always"))
        return true;
    if (str_equal(policy, "unless-stopped"))
        return !instance->manually_stopped;
    return instance->ended_meanwhile && !instance->manually_stopped && restart_wanted(instance, instance->state.exit_code);
}

void recover_restart(struct engine *engine)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++)
        all[i]->restarts_at_start = wants_restart(all[i]);
    for (size_t i = 0; i < count; i++) {
        struct error err = ERROR_INIT;
        if (!all[i]->restarts_at_start)
            continue;
        if (engine_thread(restart, instance_ref(all[i]), &err) < 0)
            instance_unref(all[i]);
    }
    table_all_free(all, count);
}
