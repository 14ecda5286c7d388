/* Pumps one process's stdio and sees its end; everything it waits for goes through loop.h. */
#include "shim/process.h"

#include "base/clock.h"
#include "base/memory.h"
#include "shim/attach.h"

#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INPUT_QUEUE = 64 * 1024, CHUNK = 64 * 1024 };
static const int64_t linger_ns = 2000000000LL; /* Docker waits as long for what an exec leaves behind */

static void output_ready(struct shim_source *source, uint32_t events);
static void input_ready(struct shim_source *source, uint32_t events);

void shim_process_init(struct shim_process *process)
{
    *process = (struct shim_process){.pidfd = -EBADF, .input.size = INPUT_QUEUE};
    for (int i = 0; i < SHIM_STREAMS; i++)
        process->out[i] = (struct shim_source){.fd = -EBADF, .ready = output_ready, .owner = process};
    process->in = (struct shim_source){.fd = -EBADF, .ready = input_ready, .owner = process};
}

static bool output_open(const struct shim_process *process)
{
    return process->out[SHIM_STDOUT].fd >= 0 || process->out[SHIM_STDERR].fd >= 0;
}

static void finish(struct shim_process *process)
{
    for (int i = 0; i < SHIM_STREAMS; i++) {
        shim_source_close(&process->out[i]);
        if (process->log)
            shim_log_end(process->log, (enum shim_stream)i);
    }
    process->deadline = 0;
    process->phase = SHIM_FINISHED;
    process->finished(process);
}

/* A terminal whose last user has closed it says EIO until somebody opens it again: while the process lives only a change may
 * wake us. A pipe at its end is done for. */
static void output_ended(struct shim_process *process, struct shim_source *source)
{
    if (process->tty && process->phase != SHIM_ENDED)
        shim_watch(source, EPOLLIN | EPOLLET);
    else
        shim_source_close(source);
}

enum pumped { PUMP_MORE, PUMP_EMPTY, PUMP_HELD };

static enum pumped pump(struct shim_process *process, enum shim_stream stream)
{
    static char chunk[CHUNK];
    struct shim_source *source = &process->out[stream];
    size_t room = shim_attach_room(process);
    if (!room || (process->log && !shim_log_ready(process->log))) {
        shim_unwatch(source);
        return PUMP_HELD;
    }
    ssize_t n = read(source->fd, chunk, room < sizeof chunk ? room : sizeof chunk);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return PUMP_EMPTY;
    if (n <= 0) {
        output_ended(process, source);
        return PUMP_EMPTY;
    }
    if (process->log)
        shim_log_write(process->log, stream, chunk, (size_t)n);
    shim_attach_deliver(process, stream, chunk, (size_t)n);
    return PUMP_MORE;
}

static enum pumped pump_dry(struct shim_process *process, enum shim_stream stream)
{
    enum pumped result = PUMP_MORE;
    while (process->out[stream].fd >= 0 && result == PUMP_MORE)
        result = pump(process, stream);
    return result;
}

void shim_process_read_on(struct shim_process *process)
{
    for (int i = 0; i < SHIM_STREAMS; i++)
        (void)pump_dry(process, (enum shim_stream)i);
}

/* After the exit: what the process itself wrote is in the pipes by now, so an empty pipe that is still open belongs to others. */
static void drain(struct shim_process *process)
{
    for (int i = 0; i < SHIM_STREAMS; i++) {
        if (pump_dry(process, (enum shim_stream)i) != PUMP_HELD)
            continue;
        for (int j = 0; j < SHIM_STREAMS; j++)
            shim_unwatch(&process->out[j]);
        return;
    }
    if (!output_open(process) || (process->exec_id && !shim_attach_any(process))) {
        finish(process);
        return;
    }
    if (!process->deadline) {
        process->deadline = clock_mono_ns() + linger_ns;
        if (process->lingers)
            process->lingers(process);
    }
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_watch(&process->out[i], EPOLLIN);
}

static void output_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    struct shim_process *process = source->owner;
    if (process->phase == SHIM_ENDED)
        drain(process);
    else if (pump(process, source == &process->out[SHIM_STDERR]) == PUMP_MORE && source->watched & EPOLLET)
        shim_watch(source, EPOLLIN);
}

void shim_process_resume_output(struct shim_process *process)
{
    if (process->phase == SHIM_ENDED) {
        drain(process);
        return;
    }
    for (int i = 0; i < SHIM_STREAMS; i++)
        if (!process->out[i].inside)
            shim_watch(&process->out[i], EPOLLIN);
}

void shim_process_exited(struct shim_process *process, int status)
{
    process->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    process->code = process->signal ? 128 + process->signal : WEXITSTATUS(status);
    process->phase = SHIM_ENDED;
    process->pidfd = fd_close(process->pidfd);
    shim_source_close(&process->in);
    shim_ring_free(&process->input);
    drain(process);
}

bool shim_process_expire(struct shim_process *process, int64_t now)
{
    if (process->phase != SHIM_ENDED || !process->deadline || now < process->deadline)
        return false;
    finish(process);
    return true;
}

/* Input */

static void input_closed(struct shim_process *process)
{
    shim_source_close(&process->in);
    shim_ring_free(&process->input);
    shim_attach_resume_input(process);
}

static void input_flush(struct shim_process *process)
{
    struct iovec pieces[2];
    int count;
    while ((count = shim_ring_peek(&process->input, pieces)) > 0) {
        ssize_t n = writev(process->in.fd, pieces, count);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN) {
            shim_watch(&process->in, EPOLLOUT);
            return;
        }
        if (n < 0) {
            input_closed(process); /* the process has closed its stdin: nobody will read the rest */
            return;
        }
        shim_ring_drop(&process->input, (size_t)n);
    }
    shim_unwatch(&process->in);
    shim_ring_free(&process->input);
    if (process->input_ends)
        input_closed(process);
    else
        shim_attach_resume_input(process);
}

static void input_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    input_flush(source->owner);
}

/* An exec that is not started yet will have an input; one without a descriptor later on drops what it gets. */
static bool input_wanted(const struct shim_process *process)
{
    return process->in.fd >= 0 || (process->phase == SHIM_PREPARED && (process->open_stdin || process->tty));
}

size_t shim_process_input_room(const struct shim_process *process)
{
    return input_wanted(process) ? shim_ring_room(&process->input) : SIZE_MAX;
}

void shim_process_input(struct shim_process *process, const char *data, size_t len)
{
    if (!input_wanted(process) || process->input_ends)
        return;
    shim_ring_put(&process->input, data, len);
    if (process->in.fd >= 0 && !process->in.inside)
        input_flush(process);
}

void shim_process_input_begin(struct shim_process *process)
{
    if (process->in.fd >= 0)
        input_flush(process);
    else
        shim_ring_free(&process->input);
    shim_attach_resume_input(process);
}

void shim_process_input_end(struct shim_process *process)
{
    process->input_ends = true;
    if (process->in.fd >= 0 && !process->input.used)
        input_closed(process);
}

int shim_process_resize(struct shim_process *process, unsigned rows, unsigned columns, struct error *err)
{
    if (!process->tty)
        return error_set(err, EINVAL, "resize: the process has no terminal");
    process->rows = rows;
    process->columns = columns;
    if (process->out[SHIM_STDOUT].fd < 0)
        return process->phase == SHIM_PREPARED ? 0 : error_set(err, ESRCH, "resize: the process is not running");
    struct winsize size = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns};
    if (ioctl(process->out[SHIM_STDOUT].fd, TIOCSWINSZ, &size) < 0)
        return error_errno(err, errno, "resize to %ux%u", columns, rows);
    return 0;
}

void shim_process_close(struct shim_process *process)
{
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_source_close(&process->out[i]);
    shim_source_close(&process->in);
    shim_ring_free(&process->input);
    process->pidfd = fd_close(process->pidfd);
    free(process->exec_id);
    json_decref(process->spec);
    process->exec_id = NULL;
    process->spec = NULL;
}
