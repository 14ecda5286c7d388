/* POST /containers/{id}/attach: the connection becomes the container's terminal or its three streams, after what is in the log so
 * far when that is asked for. */
#include "api/containers.h"
#include "api/log_reader.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/logging.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

struct attachment {
    struct instance *instance;
    struct attacher *attacher;  /* NULL: only the log is wanted, or it is connected */
    struct log_reader *history; /* what comes first; NULL: nothing */
    struct detach detach;
    bool in;                /* from a terminal: there, and only there, keys detach */
    int client, connection; /* for a client that did not ask for an upgrade */
};

static void attachment_free(struct attachment *attachment)
{
    if (attachment->history)
        log_reader_close(attachment->history);
    instance_unref(attachment->instance);
    free(attachment);
}

static void cancel(void *data)
{
    struct attachment *attachment = data;
    if (attachment->attacher)
        attach_cancel(attachment->attacher);
    attachment_free(attachment);
}

/* False when the client takes no more. */
static bool send_all(int client, const struct buf *bytes)
{
    for (size_t at = 0; at < bytes->len;) {
        ssize_t put = send(client, bytes->data + at, bytes->len - at, MSG_NOSIGNAL);
        if (put > 0)
            at += (size_t)put;
        else if (errno == EAGAIN)
            poll(&(struct pollfd){.fd = client, .events = POLLOUT}, 1, -1);
        else if (errno != EINTR)
            return false;
    }
    return true;
}

static void send_history(struct attachment *attachment, int client)
{
    cleanup_buf struct buf out = BUF_INIT;
    bool past = false, taken = true;
    while (attachment->history && taken && !past && log_reader_next(attachment->history, &out, &past)) {
        taken = send_all(client, &out);
        buf_clear(&out);
    }
}

static void serve(void *data, int client, const char *early, size_t len)
{
    struct attachment *attachment = data;
    struct error err = ERROR_INIT;
    int connection = -EBADF;
    send_history(attachment, client);
    if (!attachment->attacher) {
        attachment_free(attachment);
        return;
    }
    if (attach_finish(attachment->attacher, client, &connection, &err) == 0) {
        pump(client, connection, early, len, attachment->in ? &attachment->detach : NULL);
        fd_close(connection);
    } else {
        log_debug("attach: %s", err.message);
    }
    attachment_free(attachment);
}

/* Output only, as the body of a plain answer. */
static bool produce(void *data, struct buf *out)
{
    struct attachment *attachment = data;
    struct error err = ERROR_INIT;
    bool past = false;
    while (attachment->history && log_reader_next(attachment->history, out, &past))
        if (out->len)
            return true;
    if (attachment->connection < 0) {
        struct attacher *attacher = move_ptr(attachment->attacher);
        if (!attacher || attach_finish(attacher, attachment->client, &attachment->connection, &err) < 0)
            return false;
    }
    char bytes[8192];
    ssize_t got = read_for(attachment->client, attachment->connection, bytes, sizeof bytes);
    if (got <= 0)
        return false;
    buf_add(out, bytes, (size_t)got);
    return true;
}

static void produce_done(void *data)
{
    struct attachment *attachment = data;
    if (attachment->attacher)
        attach_cancel(attachment->attacher);
    fd_close(attachment->connection);
    attachment_free(attachment);
}

static int may_attach(struct instance *instance, struct error *err)
{
    struct state state = instance_state(instance);
    int rc = 0;
    if (state.paused)
        rc = error_set(err, EBUSY, "Container %s is paused, unpause the container before attach.", instance->id);
    else if (state.restarting)
        rc = error_set(err, EBUSY, "Container %s is restarting, wait until the container is running.", instance->id);
    state_clear(&state);
    return rc;
}

enum MHD_Result containers_attach(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct detach detach;
    if (!detach_parse(query(request, "detachKeys"), &detach, &err))
        return reply_error(request, &err);
    if (may_attach(instance, &err) < 0)
        return reply_error(request, &err);
    bool in = query_flag(request, "stdin", false) && json_flag(instance->config, "OpenStdin", false);
    bool tty = json_flag(instance->config, "Tty", false);
    bool stream = query_flag(request, "stream", false), out = query_flag(request, "stdout", false);
    bool errors = query_flag(request, "stderr", false), logs = query_flag(request, "logs", false);
    struct log_options options = {.out = out, .errors = errors, .framed = !tty, .tail = -1};
    cleanup_free char *log = logs ? log_file(instance, &options.local) : NULL;
    if (logs && !log) {
        error_set(&err, ENOSYS, "configured logging driver does not support reading");
        return reply_error(request, &err);
    }
    struct attacher *attacher = stream || in ? attach_begin(instance, in, stream && out, stream && errors, &err) : NULL;
    if (err.code)
        return reply_error(request, &err);
    struct attachment *attachment = xcalloc(1, sizeof *attachment);
    *attachment = (struct attachment){.instance = instance_ref(instance),
                                      .attacher = attacher,
                                      .history = log ? log_reader_open(log, &options) : NULL,
                                      .detach = detach,
                                      .in = in && tty,
                                      .client = request->client,
                                      .connection = -EBADF};
    event_container(instance, "attach", NULL);
    if (wants_upgrade(request))
        return reply_upgrade(request, tty, serve, cancel, attachment);
    return reply_stream(request, 200, "application/vnd.docker.raw-stream", produce, produce_done, attachment);
}

enum MHD_Result containers_attach_websocket(struct request *request)
{
    return reply_status(
        request, 501,
        "attaching through a websocket is not available in this engine: POST /containers/{id}/attach gives the same "
        "streams on an upgraded connection");
}
