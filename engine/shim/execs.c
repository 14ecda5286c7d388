/* Further processes of the container (docker exec): registered, attached to, run, and remembered until their exit is heard. */
#include "shim/server.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "shim/attach.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { EXECS_MOST = 1024, UNHEARD_MOST = 128 };

struct shim_process *shim_exec_find(struct shim_server *server, const char *id)
{
    for (struct shim_process *exec = server->execs; exec; exec = exec->next)
        if (str_equal(exec->exec_id, id) && exec->phase != SHIM_FINISHED)
            return exec;
    return NULL;
}

static void forget(struct shim_server *server, struct shim_process *process)
{
    struct shim_process **at = &server->execs;
    while (*at && *at != process)
        at = &(*at)->next;
    if (*at)
        *at = process->next;
    shim_process_close(process);
    free(process);
}

static json_t *exit_event(const struct shim_process *process)
{
    return json_pack("{s:s,s:s,s:i}", "event", "exec-exit", "exec", process->exec_id, "code", process->code);
}

static size_t count_all(const struct shim_server *server, bool finished, struct shim_process **oldest)
{
    size_t count = 0;
    for (struct shim_process *exec = server->execs; exec; exec = exec->next) {
        if (finished && exec->phase != SHIM_FINISHED)
            continue;
        *oldest = exec; /* the list is youngest first */
        count++;
    }
    return count;
}

static void exec_finished(struct shim_process *process)
{
    struct shim_server *server = &shim_server;
    cleanup_json json_t *event = exit_event(process);
    /* Told before its streams end: who has read them to the end will ask for the code. */
    bool heard = shim_tell(event);
    shim_attach_end(process);
    if (heard) {
        forget(server, process);
        return;
    }
    struct shim_process *oldest = NULL;
    if (count_all(server, true, &oldest) > UNHEARD_MOST)
        forget(server, oldest);
}

void shim_exec_tell_all(struct shim_server *server, struct shim_connection *to)
{
    for (struct shim_process *exec = server->execs, *next; exec; exec = next) {
        next = exec->next;
        if (exec->phase != SHIM_FINISHED)
            continue;
        cleanup_json json_t *event = exit_event(exec);
        shim_connection_say(to, event);
        forget(server, exec);
    }
}

int shim_exec_add(struct shim_server *server, const struct shim_request *request, struct error *err)
{
    struct shim_process *oldest;
    if (server->init.phase != SHIM_RUNNING)
        return error_set(err, ESRCH, "container %s: not running", server->id);
    if (shim_exec_find(server, request->exec))
        return error_set(err, EEXIST, "exec %s: there is one already", request->exec);
    if (count_all(server, false, &oldest) >= EXECS_MOST)
        return error_set(err, EAGAIN, "exec %s: %d others are the limit", request->exec, EXECS_MOST);
    struct shim_process *process = xcalloc(1, sizeof *process);
    shim_process_init(process);
    process->exec_id = xstrdup(request->exec);
    process->spec = json_incref(request->process);
    process->tty = json_flag(request->process, "terminal", false);
    process->open_stdin = request->input;
    process->stdin_once = true;
    process->finished = exec_finished;
    process->next = server->execs;
    server->execs = process;
    return 0;
}

static int run(struct shim_server *server, struct shim_process *process, struct error *err)
{
    struct shim_stdio io;
    int r = shim_stdio_open(process, !shim_attach_any(process), &io, err);
    if (r < 0)
        return r;
    shim_signals_block(false);
    r = runtime_exec(&server->container, process->spec, &io.child, &process->pid, &process->pidfd, err);
    shim_signals_block(true);
    if (r == 0) {
        process->phase = SHIM_RUNNING;
        r = shim_stdio_settle(process, &io, err);
        if (r < 0) {
            kill(process->pid, SIGKILL);
            waitpid(process->pid, NULL, 0);
        }
    }
    if (r < 0)
        shim_stdio_abandon(process, &io);
    return r;
}

int shim_exec_run(struct shim_server *server, struct shim_process *process, struct error *err)
{
    if (process->phase != SHIM_PREPARED)
        return error_set(err, EBUSY, "exec %s: already started", process->exec_id);
    if (server->paused)
        return error_set(err, EBUSY, "container %s: paused, unpause it before exec", server->id);
    if (server->init.phase != SHIM_RUNNING)
        return error_set(err, ESRCH, "container %s: not running", server->id);
    int r = run(server, process, err);
    if (r < 0) {
        shim_attach_end(process);
        forget(server, process);
        return r;
    }
    json_decref(process->spec);
    process->spec = NULL;
    shim_process_input_begin(process);
    return 0;
}

/* The container is gone; an exec that is left (it lived in a pid namespace of others) must not keep the shim. */
void shim_exec_abandon_all(struct shim_server *server)
{
    while (server->execs) {
        struct shim_process *exec = server->execs;
        if (exec->phase == SHIM_RUNNING)
            (void)process_signal(exec->pidfd, SIGKILL);
        shim_attach_end(exec);
        forget(server, exec);
    }
}
