/* The exec table. Finished execs stay for inspection until their container goes or there are many; those never started go when
 * their container ends, and are so many at most. */
#include "daemon/exec.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/spec.h"
#include "daemon/steps.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { FINISHED_MOST = 256, WAITING_MOST = 1024, SETTLE_MS = 1000 };
static const int64_t waiting_most_ns = 300ll * 1000000000; /* then a new one may take its place */

static struct exec *exec_ref(struct exec *exec)
{
    atomic_fetch_add(&exec->refs, 1);
    return exec;
}

void exec_unref(struct exec *exec)
{
    if (!exec || atomic_fetch_sub(&exec->refs, 1) > 1)
        return;
    instance_unref(exec->instance);
    json_decref(exec->args);
    json_decref(exec->env);
    free(exec->user);
    free(exec->workdir);
    free(exec->detach_keys);
    free(exec);
}

/* Locked. Gives the table's reference to the caller. */
static struct exec *table_take(struct engine *engine, size_t at)
{
    struct exec *exec = engine->execs[at];
    memmove(&engine->execs[at], &engine->execs[at + 1], (engine->exec_count - at - 1) * sizeof(struct exec *));
    engine->exec_count--;
    return exec;
}

/* Locked. So many finished ones at most: the oldest goes. */
static struct exec *take_finished(struct engine *engine)
{
    size_t count = 0, oldest = 0;
    for (size_t i = engine->exec_count; i-- > 0;)
        if (engine->execs[i]->has_exit_code)
            count++, oldest = i;
    return count < FINISHED_MOST ? NULL : table_take(engine, oldest);
}

/* Locked. So many of a container wait to be started at most: the oldest goes when it has waited long, else there is no room. */
static int take_waiting(const struct instance *instance, struct exec **out, struct error *err)
{
    struct engine *engine = instance->engine;
    size_t count = 0, oldest = 0;
    for (size_t i = engine->exec_count; i-- > 0;)
        if (engine->execs[i]->instance == instance && !engine->execs[i]->started)
            count++, oldest = i;
    if (count < WAITING_MOST)
        return 0;
    if (clock_mono_ns() - engine->execs[oldest]->created_ns < waiting_most_ns)
        return error_set(
            err, EBUSY,
            "Container %s has %zu execs that were created and not started, and may have no more: start them, or create "
            "others a few minutes later",
            instance->id, count);
    *out = table_take(engine, oldest);
    (*out)->dropped = true;
    return 0;
}

static int add(struct engine *engine, struct exec *exec, struct error *err)
{
    struct exec *finished = NULL, *waiting = NULL;
    pthread_mutex_lock(&engine->lock);
    int rc = take_waiting(exec->instance, &waiting, err);
    if (rc == 0) {
        finished = take_finished(engine);
        if (engine->exec_count == engine->exec_room) {
            engine->exec_room = engine->exec_room ? engine->exec_room * 2 : 16;
            engine->execs = xrealloc(engine->execs, engine->exec_room * sizeof(struct exec *));
        }
        engine->execs[engine->exec_count++] = exec_ref(exec);
    }
    pthread_mutex_unlock(&engine->lock);
    exec_unref(finished);
    exec_unref(waiting);
    return rc;
}

/* Docker puts the command behind the action: "exec_create: sh -c ls". */
static void note(struct exec *exec, const char *what)
{
    cleanup_strv char **words = json_to_strv(exec->args);
    cleanup_free char *line = strv_join(words, " "), *action = str_format("%s: %s", what, line);
    event_container(exec->instance, action, json_pack("{s:s}", "execID", exec->id));
}

static json_t *strings_of(const json_t *list) { return json_is_array(list) ? json_copy((json_t *)list) : json_array(); }

static int error_paused(struct instance *instance, struct error *err)
{
    cleanup_free char *name = instance_name(instance);
    return error_set(err, EBUSY, "Container %s is paused, unpause the container before exec", name);
}

int exec_create(struct instance *instance, const json_t *request, char id[ID_TEXT], struct error *err)
{
    const json_t *command = json_object_get(request, "Cmd");
    cleanup_json json_t *args = json_is_string(command) ? json_pack("[O]", command) : strings_of(command);
    struct state state = instance_state(instance);
    int rc = 0;
    if (json_array_size(args) == 0)
        rc = error_set(err, EINVAL, "No exec command specified");
    else if (!state.running)
        rc = error_set(err, EBUSY, "Container %s is not running", instance->id);
    else if (state.restarting)
        rc = error_set(err, EBUSY, "Container %s is restarting, wait until the container is running", instance->id);
    else if (state.paused)
        rc = error_paused(instance, err);
    state_clear(&state);
    size_t i;
    json_t *word;
    json_array_foreach(args, i, word)
    {
        if (!json_is_string(word))
            rc = error_set(err, EINVAL, "json: cannot unmarshal a value of Cmd into Go value of type string");
    }
    if (rc < 0)
        return rc;
    struct exec *exec = xcalloc(1, sizeof *exec);
    exec->refs = 1;
    id_generate(exec->id);
    exec->instance = instance_ref(instance);
    exec->args = json_incref(args);
    exec->env = strings_of(json_object_get(request, "Env"));
    exec->user = xstrdup(json_str(request, "User", ""));
    exec->workdir = xstrdup(json_str(request, "WorkingDir", ""));
    exec->detach_keys = xstrdup(json_str(request, "DetachKeys", ""));
    exec->tty = json_flag(request, "Tty", false);
    exec->privileged = json_flag(request, "Privileged", false);
    exec->in = json_flag(request, "AttachStdin", false);
    exec->out = json_flag(request, "AttachStdout", false);
    exec_console_size(exec, json_object_get(request, "ConsoleSize"));
    exec->errors = json_flag(request, "AttachStderr", false);
    exec->created_ns = clock_mono_ns();
    memcpy(id, exec->id, ID_TEXT);
    rc = add(instance->engine, exec, err);
    if (rc == 0)
        note(exec, "exec_create");
    exec_unref(exec);
    return rc;
}

struct exec *exec_find(struct engine *engine, const char *id, struct error *err)
{
    struct exec *found = NULL;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count && !found; i++)
        if (str_equal(engine->execs[i]->id, id))
            found = exec_ref(engine->execs[i]);
    pthread_mutex_unlock(&engine->lock);
    if (!found)
        error_set(err, ENOENT, "No such exec instance: %s", id);
    return found;
}

int exec_claim(struct exec *exec, struct error *err)
{
    struct engine *engine = exec->instance->engine;
    struct state state = instance_state(exec->instance);
    int rc = 0;
    pthread_mutex_lock(&engine->lock);
    if (exec->dropped)
        rc = error_set(err, ENOENT, "No such exec instance: %s", exec->id);
    else if (exec->started)
        rc = error_set(err, EBUSY, "Error: Exec command %s has already run", exec->id);
    else if (!state.running)
        rc = error_set(err, EBUSY, "Container %s is not running", exec->instance->id);
    else if (state.paused)
        rc = error_set(err, EBUSY, "Container %s is paused, unpause the container before exec", exec->instance->name);
    else
        exec->started = true;
    pthread_mutex_unlock(&engine->lock);
    state_clear(&state);
    return rc;
}

static void set_ended(struct exec *exec, int exit_code)
{
    exec->running = false;
    exec->has_exit_code = true;
    exec->exit_code = exit_code;
    exec->ended_ns = clock_wall_ns();
}

static json_t *build_process(struct exec *exec, bool tty, struct error *err)
{
    struct instance *instance = exec->instance;
    cleanup_json json_t *host_config = instance_host_config(instance);
    struct rootfs rootfs = {0};
    if (rootfs_open(instance->engine->images, instance->id, &rootfs, err) < 0)
        return NULL;
    const struct process_request request = {.args = exec->args,
                                            .env = exec->env,
                                            .user = exec->user,
                                            .workdir = exec->workdir,
                                            .tty = tty,
                                            .privileged = exec->privileged};
    json_t *process = spec_process(instance, host_config, &rootfs, &request, err);
    rootfs_clear(&rootfs);
    if (process && instance->sandbox) /* the learner is root there: what the init may, a shell may */
        json_object_del(process, "oomScoreAdj");
    if (process && tty && exec->rows) /* not by a resize: its first look must see it */
        json_object_set_new(process, "consoleSize",
                            json_pack("{s:i, s:i}", "height", (int)exec->rows, "width", (int)exec->columns));
    return process;
}

static int run(struct exec *exec, json_t *process, int *connection, pid_t *pid, struct error *err)
{
    struct shim *shim = instance_shim(exec->instance, err);
    if (!shim)
        return -err->code;
    int rc = shim_exec_prepare(shim, exec->id, process, exec->in, err);
    if (rc == 0 && connection)
        rc = shim_attach(shim, exec->id, exec->in, exec->out, exec->errors, connection, err);
    if (rc == 0)
        rc = shim_exec_start(shim, exec->id, pid, err);
    instance_shim_done(exec->instance);
    return rc;
}

int exec_start(struct exec *exec, bool tty, int *connection, struct error *err)
{
    struct engine *engine = exec->instance->engine;
    cleanup_json json_t *process = build_process(exec, tty, err);
    pid_t pid = 0;
    int rc = process ? 0 : -err->code;
    if (connection)
        *connection = -EBADF;
    pthread_mutex_lock(&engine->lock);
    exec->running = rc == 0; /* before it starts: its end may be reported before we are back here */
    pthread_mutex_unlock(&engine->lock);
    if (rc == 0) {
        note(exec, "exec_start");
        rc = run(exec, process, connection, &pid, err);
    }
    if (rc < 0 && process) {
        error_prefix(err, "OCI runtime exec failed: exec failed%s",
                     str_starts(err->message, "unable to start") ? "" : ": unable to start container process");
        size_t len = strlen(err->message);
        if (len + 10 < sizeof err->message)
            strcpy(err->message + len, ": unknown");
    }
    pthread_mutex_lock(&engine->lock);
    exec->pid = pid;
    if (rc < 0)
        set_ended(exec, 126);
    pthread_mutex_unlock(&engine->lock);
    if (rc < 0 && connection)
        *connection = fd_close(*connection);
    return rc;
}

void exec_console_size(struct exec *exec, const json_t *size)
{
    enum { MOST = 65535 };
    json_int_t rows = json_integer_value(json_array_get(size, 0)), columns = json_integer_value(json_array_get(size, 1));
    if (rows < 1 || columns < 1 || rows > MOST || columns > MOST)
        return;
    exec->rows = (unsigned)rows;
    exec->columns = (unsigned)columns;
}

void exec_detached(struct exec *exec) { event_container(exec->instance, "exec_detach", json_pack("{s:s}", "execID", exec->id)); }

int exec_resize(struct exec *exec, unsigned rows, unsigned columns, struct error *err)
{
    struct shim *shim = instance_shim(exec->instance, err);
    if (!shim)
        return -err->code;
    int rc = shim_resize(shim, exec->id, rows, columns, err);
    instance_shim_done(exec->instance);
    return rc;
}

void exec_kill(struct exec *exec)
{
    struct error ignored = ERROR_INIT;
    struct shim *shim = instance_shim(exec->instance, &ignored);
    if (!shim)
        return;
    shim_signal(shim, exec->id, SIGKILL, false, &ignored);
    instance_shim_done(exec->instance);
}

bool exec_exit_code(const struct exec *exec, int *exit_code)
{
    pthread_mutex_lock(&exec->instance->engine->lock);
    bool known = exec->has_exit_code;
    *exit_code = exec->exit_code;
    pthread_mutex_unlock(&exec->instance->engine->lock);
    return known;
}

json_t *exec_inspect(struct exec *exec)
{
    json_t *process = json_object(), *arguments = strings_of(exec->args);
    json_object_set_new(process, "tty", json_boolean(exec->tty));
    json_object_set(process, "entrypoint", json_array_get(exec->args, 0));
    json_array_remove(arguments, 0);
    json_object_set_new(process, "arguments", arguments);
    json_object_set_new(process, "privileged", json_boolean(exec->privileged));
    if (*exec->user)
        json_object_set_new(process, "user", json_string(exec->user));
    json_t *doc = json_object();
    pthread_mutex_lock(&exec->instance->engine->lock);
    json_object_set_new(doc, "ID", json_string(exec->id));
    json_object_set_new(doc, "Running", json_boolean(exec->running));
    json_object_set_new(doc, "ExitCode", exec->has_exit_code ? json_integer(exec->exit_code) : json_null());
    json_object_set_new(doc, "ProcessConfig", process);
    json_object_set_new(doc, "OpenStdin", json_boolean(exec->in));
    json_object_set_new(doc, "OpenStderr", json_boolean(exec->errors));
    json_object_set_new(doc, "OpenStdout", json_boolean(exec->out));
    json_object_set_new(doc, "CanRemove", json_boolean(false));
    json_object_set_new(doc, "ContainerID", json_string(exec->instance->id));
    json_object_set_new(doc, "DetachKeys", json_string(exec->detach_keys));
    json_object_set_new(doc, "Pid", json_integer(exec->pid));
    pthread_mutex_unlock(&exec->instance->engine->lock);
    return doc;
}

json_t *exec_ids(struct instance *instance)
{
    struct engine *engine = instance->engine;
    json_t *list = json_array();
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count; i++)
        if (engine->execs[i]->instance == instance && !engine->execs[i]->has_exit_code)
            json_array_append_new(list, json_string(engine->execs[i]->id));
    pthread_mutex_unlock(&engine->lock);
    if (json_array_size(list))
        return list;
    json_decref(list);
    return json_null();
}

void exec_ended(struct instance *instance, const char *exec_id, int exit_code)
{
    struct engine *engine = instance->engine;
    bool found = false;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count; i++) {
        if (!str_equal(engine->execs[i]->id, exec_id))
            continue;
        set_ended(engine->execs[i], exit_code);
        found = true;
    }
    pthread_mutex_unlock(&engine->lock);
    if (!found)
        return;
    event_container(instance, "exec_die", json_pack("{s:s, s:o}", "execID", exec_id, "exitCode", json_sprintf("%d", exit_code)));
    bell_ring(&instance->bell);
}

void exec_settle(struct exec *exec)
{
    int bell = bell_join(&exec->instance->bell);
    for (enum bell_result result = BELL_RANG; result == BELL_RANG; result = bell_wait(bell, -1, SETTLE_MS)) {
        pthread_mutex_lock(&exec->instance->engine->lock);
        bool known = exec->has_exit_code;
        pthread_mutex_unlock(&exec->instance->engine->lock);
        if (known)
            break;
    }
    bell_leave(&exec->instance->bell, &bell);
}

/* All of a container, or those that were never started. */
static void forget(struct instance *instance, bool all)
{
    struct engine *engine = instance->engine;
    for (bool more = true; more;) {
        struct exec *gone = NULL;
        pthread_mutex_lock(&engine->lock);
        for (size_t i = 0; i < engine->exec_count && !gone; i++)
            if (engine->execs[i]->instance == instance && (all || !engine->execs[i]->started))
                gone = table_take(engine, i);
        if (gone && !gone->started)
            gone->dropped = true;
        pthread_mutex_unlock(&engine->lock);
        more = gone != NULL;
        exec_unref(gone);
    }
}

void execs_ended(struct instance *instance)
{
    struct engine *engine = instance->engine;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count; i++)
        if (engine->execs[i]->instance == instance && engine->execs[i]->running)
            set_ended(engine->execs[i], 137);
    pthread_mutex_unlock(&engine->lock);
    forget(instance, false);
}

void exec_forget(struct exec *exec)
{
    struct engine *engine = exec->instance->engine;
    struct exec *gone = NULL;
    pthread_mutex_lock(&engine->lock);
    for (size_t i = 0; i < engine->exec_count && !gone; i++)
        if (engine->execs[i] == exec)
            gone = table_take(engine, i);
    pthread_mutex_unlock(&engine->lock);
    exec_unref(gone);
}

void execs_forget(struct instance *instance) { forget(instance, true); }
