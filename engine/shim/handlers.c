/* One function per request; a table says which. Each fills the reply's own members; `after` holds what can wait until
 * the caller has its answer. */
#include "shim/server.h"

#include "base/json.h"
#include "base/memory.h"
#include "kernel/process.h"
#include "shim/attach.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct call {
    struct shim_connection *connection;
    const struct shim_request *request;
    json_t *reply;
};

static struct shim_server *const server = &shim_server;

/* NULL and an error when the exec is unknown. */
static struct shim_process *target(const struct shim_request *request, struct error *err)
{
    struct shim_process *process = request->exec ? shim_exec_find(server, request->exec) : &server->init;
    if (!process)
        error_set(err, ENOENT, "exec %s: no such process in container %s", request->exec, server->id);
    return process;
}

static int op_start(struct call *call, struct error *err)
{
    int r = shim_start_init(server, err);
    if (r == 0)
        json_object_set_new(call->reply, "steps", shim_take_steps(server));
    return r;
}

static void after_start(struct call *call) { shim_started(server, json_object_get(call->reply, "steps")); }

static int op_state(struct call *call, struct error *err)
{
    (void)err;
    static const char *const names[] = {"created", "running", "running", "exited"};
    const char *state = server->paused ? "paused" : names[server->init.phase];
    json_object_set_new(call->reply, "pid", json_integer(server->init.pid));
    json_object_set_new(call->reply, "state", json_string(state));
    json_object_set_new(call->reply, "oom", json_boolean(server->oom_struck));
    return 0;
}

static int op_events(struct call *call, struct error *err)
{
    (void)err;
    call->connection->events = true;
    return 0;
}

static void after_events(struct call *call)
{
    shim_exec_tell_all(server, call->connection);
    if (server->oom_untold) {
        cleanup_json json_t *event = json_pack("{s:s}", "event", "oom");
        shim_connection_say(call->connection, event);
        server->oom_untold = false;
    }
    if (server->exit)
        shim_connection_say(call->connection, server->exit);
}

static int op_release(struct call *call, struct error *err)
{
    int r = shim_release_all(server, err);
    shim_attach_sweep();
    json_object_set_new(call->reply, "lingers", json_boolean(!shim_attach_idle()));
    return r;
}

static int op_pause(struct call *call, struct error *err)
{
    bool paused = call->request->paused;
    if (server->init.phase != SHIM_RUNNING)
        return error_set(err, ESRCH, "container %s: not running", server->id);
    if (server->paused == paused)
        return error_set(err, EBUSY, "container %s: %s", server->id, paused ? "already paused" : "not paused");
    int r = paused ? runtime_pause(&server->container, err) : runtime_resume(&server->container, err);
    if (r == 0)
        server->paused = paused;
    return r;
}

static void after_pause(struct call *call)
{
    (void)call;
    shim_tell_steps(server, "pause");
}

static int op_attach(struct call *call, struct error *err)
{
    struct shim_process *process = target(call->request, err);
    return process ? 0 : -err->code;
}

static void after_attach(struct call *call)
{
    const struct shim_request *request = call->request;
    struct shim_process *process = target(request, NULL);
    struct shim_attach_request what = {.in = request->in, .out = request->out, .err = request->err};
    cleanup_buf struct buf rest = BUF_INIT;
    if (call->connection->dead || !process)
        return;
    int fd = shim_connection_detach(call->connection, &rest);
    shim_attach_add(fd, process, what, rest.data, rest.len);
}

static int op_exec_prepare(struct call *call, struct error *err) { return shim_exec_add(server, call->request, err); }

static int op_exec_start(struct call *call, struct error *err)
{
    struct shim_process *process = target(call->request, err);
    if (!process)
        return -err->code;
    int r = shim_exec_run(server, process, err);
    if (r == 0)
        json_object_set_new(call->reply, "pid", json_integer(process->pid));
    return r;
}

static void after_exec_start(struct call *call)
{
    (void)call;
    shim_tell_steps(server, "exec");
    shim_reap(server);
}

static int signal_exec(const struct shim_process *process, int signal, struct error *err)
{
    char object[32];
    int64_t start = step_start();
    snprintf(object, sizeof object, "pid %d", process->pid);
    int r = process_signal(process->pidfd, signal);
    step_recordf(server->steps, start, r, "pidfd_send_signal", object, "kill -%d %d", signal, process->pid);
    return r < 0 ? error_errno(err, -r, "signal %d to exec %s", signal, process->exec_id) : 0;
}

/* A frozen process dies when it thaws. */
static void thaw_for_kill(void)
{
    if (server->paused && runtime_resume(&server->container, NULL) == 0)
        server->paused = false;
}

static int op_signal(struct call *call, struct error *err)
{
    const struct shim_request *request = call->request;
    struct shim_process *process = target(request, err);
    if (!process)
        return -err->code;
    if (process->phase > SHIM_RUNNING || !process->pid)
        return error_set(err, ESRCH, "%s %s: not running", request->exec ? "exec" : "container",
                         request->exec ? request->exec : server->id);
    if (request->exec)
        return signal_exec(process, request->signal, err);
    int r = runtime_signal(&server->container, request->signal, request->all, err);
    if (r == 0 && request->signal == SIGKILL)
        thaw_for_kill();
    return r;
}

static void after_signal(struct call *call)
{
    (void)call;
    shim_tell_steps(server, "kill");
}

static int op_resize(struct call *call, struct error *err)
{
    struct shim_process *process = target(call->request, err);
    if (!process)
        return -err->code;
    return shim_process_resize(process, (unsigned)call->request->rows, (unsigned)call->request->columns, err);
}

static const struct {
    int (*run)(struct call *call, struct error *err);
    void (*after)(struct call *call); /* only after success */
} operations[SHIM_OPS] = {
    [SHIM_OP_START] = {op_start, after_start},        [SHIM_OP_STATE] = {op_state, NULL},
    [SHIM_OP_EVENTS] = {op_events, after_events},     [SHIM_OP_RELEASE] = {op_release, NULL},
    [SHIM_OP_PAUSE] = {op_pause, after_pause},        [SHIM_OP_ATTACH] = {op_attach, after_attach},
    [SHIM_OP_EXEC_PREPARE] = {op_exec_prepare, NULL}, [SHIM_OP_EXEC_START] = {op_exec_start, after_exec_start},
    [SHIM_OP_SIGNAL] = {op_signal, after_signal},     [SHIM_OP_RESIZE] = {op_resize, NULL},
};

void shim_handle_line(struct shim_connection *connection, const char *line, size_t len)
{
    struct shim_request request;
    struct error err = ERROR_INIT;
    cleanup_json json_t *reply = json_pack("{s:b}", "ok", 1);
    struct call call = {.connection = connection, .request = &request, .reply = reply};
    int r = shim_request_parse(line, len, &request, &err);
    if (r == 0)
        r = operations[request.op].run(&call, &err);
    if (r < 0) {
        cleanup_json json_t *message = json_text_value(err.message, strlen(err.message));
        cleanup_json json_t *refusal = json_pack("{s:b,s:i,s:O}", "ok", 0, "code", err.code, "error", message);
        shim_connection_say(connection, refusal);
    } else {
        shim_connection_say(connection, reply);
        if (operations[request.op].after)
            operations[request.op].after(&call);
    }
    shim_request_free(&request);
}
