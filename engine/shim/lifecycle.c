/* The container from its creation to the removal of its cgroup, and the order in which the world is told. */
#include "shim/server.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "shim/attach.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct shim_server shim_server;

void shim_signals_block(bool block)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigprocmask(block ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
    /* A child that ended in between was told of to nobody: have the loop look. */
    if (block)
        raise(SIGCHLD);
}

json_t *shim_take_steps(struct shim_server *server)
{
    json_t *steps = steps_json(server->steps);
    steps_clear(server->steps);
    return steps;
}

void shim_tell_steps(struct shim_server *server, const char *phase)
{
    json_t *steps = shim_take_steps(server);
    if (json_array_size(steps) == 0) {
        json_decref(steps);
        return;
    }
    cleanup_json json_t *event = json_pack("{s:s,s:s,s:o}", "event", "steps", "phase", phase, "steps", steps);
    shim_tell(event);
}

static void write_state(struct shim_server *server, const char *name, const json_t *doc)
{
    cleanup_free char *path = path_join(server->state, name);
    json_write_file(path, doc, 0600, false, NULL);
}

static void remove_state(struct shim_server *server, const char *name)
{
    cleanup_free char *path = path_join(server->state, name);
    unlink(path);
}

static void destroy(struct shim_server *server)
{
    if (server->destroyed)
        return;
    shim_oom_close(&server->oom);
    shim_signals_block(false);
    struct error err = ERROR_INIT;
    server->destroyed = runtime_destroy(&server->container, &err) == 0;
    shim_signals_block(true);
    shim_tell_steps(server, "remove");
}

/* exit.json first: whoever hears of the exit may look for it. */
static void record_exit(struct shim_server *server)
{
    char at[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), at);
    shim_oom_check(&server->oom);
    const struct shim_process *init = &server->init;
    cleanup_json json_t *record =
        json_pack("{s:i,s:i,s:b,s:s}", "code", init->code, "signal", init->signal, "oom", server->oom_struck, "at", at);
    write_state(server, "exit.json", record);
    server->exit = json_pack("{s:s,s:o}", "event", "exit", "steps", shim_take_steps(server));
    json_object_update(server->exit, record);
}

static void init_lingers(struct shim_process *init)
{
    (void)init;
    runtime_signal(&shim_server.container, SIGKILL, true, NULL);
}

static void init_finished(struct shim_process *init)
{
    struct shim_server *server = &shim_server;
    char object[64];
    snprintf(object, sizeof object, "pid %d ended with %s %d", init->pid, init->signal ? "signal" : "code",
             init->signal ? init->signal : init->code);
    step_record(server->steps, step_start(), 0, "wait", object, "");
    server->paused = false;
    record_exit(server);
    shim_tell(server->exit);
    shim_attach_end(init);
    shim_log_close(&server->log);
    destroy(server);
}

static void oom_killed(struct shim_oom *oom)
{
    (void)oom;
    struct shim_server *server = &shim_server;
    cleanup_json json_t *event = json_pack("{s:s}", "event", "oom");
    bool heard = shim_tell(event);
    server->oom_untold = !heard;
    server->oom_struck = true;
}

static void output_may_go_on(void *init) { shim_process_resume_output(init); }

int shim_create(struct shim_server *server, bool open_stdin, bool stdin_once, struct error *err)
{
    struct shim_process *init = &server->init;
    struct shim_stdio io;
    shim_process_init(init);
    init->tty = json_flag(server->config, "process.terminal", false);
    init->open_stdin = open_stdin;
    init->stdin_once = stdin_once;
    init->log = &server->log;
    shim_log_on_ready(&server->log, output_may_go_on, init);
    init->lingers = init_lingers;
    init->finished = init_finished;
    int r = shim_stdio_open(init, false, &io, err);
    if (r < 0)
        return r;
    r = runtime_create(server->id, server->state, server->config, &io.child, server->steps, &server->container, err);
    if (r < 0) {
        shim_stdio_abandon(init, &io);
        return r;
    }
    init->pid = server->container.pid;
    r = shim_stdio_settle(init, &io, err);
    if (r == 0) {
        char pid[16];
        int len = snprintf(pid, sizeof pid, "%d", init->pid);
        cleanup_free char *path = path_join(server->state, "pid");
        r = file_write_atomic(path, pid, (size_t)len, 0600, false, err);
    }
    if (r < 0) {
        runtime_signal(&server->container, SIGKILL, false, NULL);
        waitpid(init->pid, NULL, 0);
        runtime_destroy(&server->container, NULL);
        shim_stdio_abandon(init, &io);
    }
    return r;
}

void shim_created(struct shim_server *server)
{
    write_state(server, "steps.json", server->start_steps);
    struct error err = ERROR_INIT;
    if (shim_oom_open(&server->oom, server->steps, server->container.cgroup, oom_killed, &err) < 0)
        step_record(server->steps, step_start(), -err.code, "watch oom", err.message, "");
}

static void start_failed(struct shim_server *server, const struct error *why)
{
    struct shim_process *init = &server->init;
    waitpid(init->pid, NULL, WNOHANG);
    shim_process_read_on(init); /* it may have run until a poststart hook failed */
    init->code = runtime_error_exit_code(why);
    init->phase = SHIM_FINISHED;
    record_exit(server);
    shim_attach_end(init);
    shim_process_close(init);
    shim_log_close(&server->log);
    destroy(server);
}

int shim_start_init(struct shim_server *server, struct error *err)
{
    if (server->init.phase != SHIM_PREPARED)
        return error_set(err, EBUSY, "container %s: already started", server->id);
    struct error why = ERROR_INIT;
    shim_signals_block(false);
    int r = runtime_start(&server->container, &why);
    shim_signals_block(true);
    if (r < 0) {
        start_failed(server, &why);
        return error_set(err, why.code, "%s", why.message);
    }
    server->init.phase = SHIM_RUNNING;
    return 0;
}

void shim_started(struct shim_server *server, json_t *steps)
{
    json_array_extend(server->start_steps, steps);
    write_state(server, "steps.json", server->start_steps);
    json_decref(server->start_steps);
    server->start_steps = NULL;
    /* The profile in it is larger than all else here; an exec reads it again. */
    json_decref(server->config);
    server->config = NULL;
    container_forget_config(&server->container);
    shim_reap(server);
}

static void discard_created(struct shim_server *server)
{
    struct shim_process *init = &server->init;
    runtime_signal(&server->container, SIGKILL, false, NULL);
    waitpid(init->pid, NULL, 0);
    init->code = 128 + SIGKILL;
    init->signal = SIGKILL;
    init->phase = SHIM_FINISHED;
    shim_attach_end(init);
    shim_process_close(init);
    shim_log_close(&server->log);
}

int shim_release_all(struct shim_server *server, struct error *err)
{
    if (server->init.phase == SHIM_PREPARED)
        discard_created(server);
    if (server->init.phase != SHIM_FINISHED)
        return error_set(err, EBUSY, "container %s: still running", server->id);
    shim_exec_abandon_all(server);
    destroy(server);
    if (!server->destroyed) {
        int r = runtime_destroy(&server->container, err);
        if (r < 0)
            return r;
        server->destroyed = true;
    }
    shim_connections_stop_accepting();
    remove_state(server, "shim.sock");
    remove_state(server, "pid");
    server->released = true;
    return 0;
}

static struct shim_process *process_of(struct shim_server *server, pid_t pid)
{
    if (server->init.pid == pid && server->init.phase <= SHIM_RUNNING)
        return &server->init;
    for (struct shim_process *exec = server->execs; exec; exec = exec->next)
        if (exec->pid == pid && exec->phase == SHIM_RUNNING)
            return exec;
    return NULL;
}

/* Everything that has ended, orphans of the container included: the shim is their reaper. */
void shim_reap(struct shim_server *server)
{
    pid_t pid;
    int status;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        struct shim_process *process = process_of(server, pid);
        if (!process && shim_log_reaped(&server->log, pid, status))
            continue;
        if (process)
            shim_process_exited(process, status);
    }
}
