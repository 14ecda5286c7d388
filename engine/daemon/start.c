/* Starting a container: network, /etc, config.json, the shim (which makes the container and waits), whoever is attached, go. This
 * is the path whose length people feel; nothing on it waits for anything but the runtime. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "daemon/disk.h"
#include "daemon/events.h"
#include "daemon/health.h"
#include "daemon/instance.h"
#include "daemon/joining.h"
#include "daemon/lifecycle.h"
#include "daemon/links.h"
#include "daemon/logging.h"
#include "daemon/sandbox.h"
#include "daemon/spec.h"
#include "daemon/steps.h"
#include "daemon/volumes.h"
#include "runtime/runtime.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static json_t *build_spec(struct instance *instance, const json_t *host_config, const char *network, struct error *err)
{
    struct rootfs rootfs = {0};
    cleanup_free char *pid = NULL, *ipc = NULL, *etc = NULL;
    json_t *spec = NULL;
    int rc = rootfs_open(instance->engine->images, instance->id, &rootfs, err);
    if (rc == 0 && instance->sandbox)
        spec = sandbox_spec(instance, &rootfs, network, err);
    if (rc == 0 && !instance->sandbox) {
        rc = joining_namespace(instance, host_config, "PidMode", &pid, err);
        if (rc == 0)
            rc = joining_namespace(instance, host_config, "IpcMode", &ipc, err);
        etc = joining_etc(instance, host_config);
        const struct spec_input input = {.instance = instance,
                                         .host_config = host_config,
                                         .rootfs = &rootfs,
                                         .network_path = network,
                                         .pid_path = pid,
                                         .ipc_path = ipc,
                                         .etc = etc};
        if (rc == 0)
            spec = spec_build(&input, err);
    }
    rootfs_clear(&rootfs);
    return spec;
}

static int write_bundle(struct instance *instance, const json_t *host_config, const char *network, struct error *err)
{
    cleanup_json json_t *spec = build_spec(instance, host_config, network, err);
    if (!spec)
        return -err->code;
    if (mkdir(instance->runtime, 0711) < 0 && errno != EEXIST)
        return error_errno(err, errno, "mkdir %s", instance->runtime);
    cleanup_free char *text = json_text(spec), *path = path_join(instance->runtime, "config.json");
    return file_write(path, text, strlen(text), 0600, err);
}

static bool is_command_error(int code) { return code == 126 || code == 127; }

/* What runc says in dockerd's words; the text behind it is the runtime's own. */
static int explain(struct error *err)
{
    int exit_code = runtime_error_exit_code(err);
    int code = is_command_error(exit_code) ? EINVAL : EIO;
    error_prefix(err, "failed to create shim task: OCI runtime create failed: runc create failed%s",
                 str_starts(err->message, "unable to start") ? ""
                 : is_command_error(exit_code)               ? ": unable to start container process"
                                                             : "");
    size_t len = strlen(err->message);
    if (len + 10 < sizeof err->message)
        strcpy(err->message + len, ": unknown");
    err->code = code;
    if (strstr(err->message, "error mounting") && strstr(err->message, ": not a directory")) {
        len = strlen(err->message);
        snprintf(
            err->message + len, sizeof err->message - len, ": %s",
            "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the "
            "expected type");
        err->code = EINVAL;
        return 127;
    }
    return exit_code;
}

static int launch(struct instance *instance, const json_t *host_config, struct shim **out, pid_t *pid, int *exit_code,
                  struct error *err)
{
    const struct engine *engine = instance->engine;
    struct log_plan log;
    int rc = log_plan(instance, host_config, &log, err);
    if (rc < 0)
        return rc;
    struct shim_options options = {
        .program = engine->shim_program,
        .id = instance->id,
        .state = instance->runtime,
        .log_path = log.path,
        .log_max_size = log.max_size,
        .log_max_files = log.max_files,
        .log_local = log.local,
        .log_compress = log.compress,
        .log_more = json_object_size(log.more) ? log.more : NULL,
        .cache = engine->cache,
        .open_stdin = json_flag(instance->config, "OpenStdin", false),
        .stdin_once = json_flag(instance->config, "StdinOnce", false),
    };
    json_t *steps = NULL;
    struct shim *shim = shim_spawn(&options, pid, &steps, err);
    log_plan_clear(&log);
    steps_add(instance, "create", steps);
    if (!shim && str_starts(err->message, "failed to initialize logging driver"))
        return -(err->code = EIO);
    if (!shim) {
        *exit_code = explain(err);
        return -err->code;
    }
    attachers_connect(instance, shim);
    steps = NULL;
    rc = shim_start(shim, &steps, err);
    steps_add(instance, "start", steps);
    if (rc < 0) {
        *exit_code = explain(err);
        struct error ignored = ERROR_INIT;
        if (shim_release(shim, &ignored) < 0)
            log_warn("releasing the shim of %.12s: %s", instance->id, ignored.message);
        shim_free(shim);
        return -err->code;
    }
    *out = shim;
    return 0;
}

static int can_start(struct instance *instance, struct error *err)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct state *state = &instance->state;
    int rc = 0;
    if (state->removing || instance->removed)
        rc = error_set(err, EBUSY, "container is marked for removal and cannot be started");
    else if (state->paused)
        rc = error_set(err, EBUSY, "cannot start a paused container, try unpause instead");
    else if (state->running && !state->restarting)
        rc = error_set(err, EALREADY, "container is already started");
    pthread_mutex_unlock(&engine->lock);
    return rc;
}

static void note_started(struct instance *instance, struct shim *shim, pid_t pid)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct state *state = &instance->state;
    state_clear(state);
    *state = (struct state){.running = true, .pid = pid, .started_ns = clock_wall_ns(), .finished_ns = state->finished_ns};
    instance->shim = shim;
    instance->started_before = true;
    instance->manually_stopped = instance->restart_cancelled = instance->ended_meanwhile = false;
    health_begin(instance);
    pthread_mutex_unlock(&engine->lock);
}

static void note_failed(struct instance *instance, int exit_code, const char *message)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    struct state *state = &instance->state;
    free(state->error);
    state->error = xstrdup(message);
    state->exit_code = exit_code;
    state->running = state->restarting = false;
    state->pid = 0;
    pthread_mutex_unlock(&engine->lock);
    disk_note(instance);
}

int container_start_locked(struct instance *instance, struct error *err)
{
    int rc = can_start(instance, err);
    if (rc < 0)
        return rc;
    cleanup_json json_t *host_config = instance_host_config(instance);
    cleanup_free char *network = NULL;
    struct supervisor *supervisor = NULL;
    struct shim *shim = NULL;
    pid_t pid = 0;
    int exit_code = 128;
    rc = links_check(instance, err);
    if (rc == 0)
        rc = volumes_hold(instance, err);
    if (rc == 0)
        rc = instance->sandbox ? sandbox_network(instance, &network, err) : networking_attach(instance, host_config, &network, err);
    if (rc == 0)
        rc = disk_write_etc(instance, host_config, err);
    if (rc == 0)
        rc = write_bundle(instance, host_config, network, err);
    if (rc == 0 && !(supervisor = supervisor_new(instance, err)))
        rc = -err->code;
    if (rc == 0)
        rc = launch(instance, host_config, &shim, &pid, &exit_code, err);
    if (rc < 0) {
        if (supervisor)
            supervise(supervisor, NULL);
        networking_release(instance);
        volumes_release(instance);
        attachers_fail(instance);
        note_failed(instance, exit_code, err->message);
        path_remove_tree(instance->runtime, NULL);
        if (json_flag(host_config, "AutoRemove", false))
            container_finish_removal(instance, true);
        else
            instance_changed(instance);
        return rc;
    }
    note_started(instance, shim, pid);
    /* The runtime has joined it; from here on the container holds its own namespace. */
    networking_entered(instance);
    disk_note(instance);
    links_follow(instance);
    event_network(instance, "connect");
    event_volumes(instance, "mount");
    event_container(instance, "start", NULL);
    instance_changed(instance);
    supervise(supervisor, shim);
    return 0;
}

/* Locked. Its process has ended, and what belonged to that run is still being taken back. */
static bool being_tidied(const struct instance *instance) { return instance->followed && !instance->shim; }

/* By hand or by a new daemon, not by its policy: retries and delays are counted from the beginning. */
static int start_anew(struct instance *instance, struct error *err)
{
    int rc = can_start(instance, err);
    if (rc < 0)
        return rc;
    pthread_mutex_lock(&instance->engine->lock);
    instance->restart_count = instance->restart_delay_ms = 0;
    pthread_mutex_unlock(&instance->engine->lock);
    return container_start_locked(instance, err);
}

int container_start(struct instance *instance, struct error *err)
{
    struct engine *engine = instance->engine;
    for (;;) {
        pthread_mutex_lock(&engine->lock);
        while (being_tidied(instance))
            pthread_cond_wait(&engine->shim_idle, &engine->lock);
        pthread_mutex_unlock(&engine->lock);
        /* Not waited for with the operation's lock held: the tidying may need it. */
        pthread_mutex_lock(&instance->op);
        pthread_mutex_lock(&engine->lock);
        bool again = being_tidied(instance);
        pthread_mutex_unlock(&engine->lock);
        int rc = again ? 0 : start_anew(instance, err);
        pthread_mutex_unlock(&instance->op);
        if (!again)
            return rc;
    }
}
