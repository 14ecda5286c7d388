/* /containers/{id}/exec and /exec/{id}: further processes in a container. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/exec.h"
#include "daemon/instance.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static enum MHD_Result create(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    char id[ID_TEXT];
    if (exec_create(instance, request->json, id, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 201, json_pack("{s:s}", "Id", id));
}

struct session {
    struct exec *exec;
    struct detach detach;
    bool tty, started;
    int client, connection;
};

static void session_free(void *data)
{
    struct session *session = data;
    fd_close(session->connection);
    exec_unref(session->exec);
    free(session);
}

/* Too late for a status: what went wrong is told on the stream, as dockerd does. */
static void explain(const struct session *session, const struct error *err, struct buf *out)
{
    size_t len = strlen(err->message) + 2;
    const unsigned char head[8] = {
        1, 0, 0, 0, (unsigned char)(len >> 24), (unsigned char)(len >> 16), (unsigned char)(len >> 8), (unsigned char)len};
    if (!session->tty)
        buf_add(out, head, sizeof head);
    buf_printf(out, "%s\r\n", err->message);
}

static void serve(void *data, int client, const char *early, size_t len)
{
    struct session *session = data;
    struct error err = ERROR_INIT;
    if (exec_start(session->exec, session->tty, &session->connection, &err) == 0) {
        pump(client, session->connection, early, len, session->tty && session->exec->in ? &session->detach : NULL);
        char byte;
        if (recv(session->connection, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
            exec_settle(session->exec); /* ended, not detached */
        else if (session->detach.count && session->detach.matched == session->detach.count)
            exec_detached(session->exec);
    } else {
        cleanup_buf struct buf text = BUF_INIT;
        explain(session, &err, &text);
        if (send(client, text.data, text.len, MSG_NOSIGNAL) < 0)
            session->started = false;
    }
    session_free(session);
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    struct error err = ERROR_INIT;
    if (!session->started) {
        session->started = true;
        if (exec_start(session->exec, session->tty, &session->connection, &err) < 0) {
            explain(session, &err, out);
            return false;
        }
        shutdown(session->connection, SHUT_WR);
    }
    char bytes[8192];
    ssize_t got = read_for(session->client, session->connection, bytes, sizeof bytes);
    if (got <= 0) {
        if (got != -ECANCELED)
            exec_settle(session->exec);
        return false;
    }
    buf_add(out, bytes, (size_t)got);
    return true;
}

static enum MHD_Result start(struct request *request)
{
    struct error err = ERROR_INIT;
    struct exec *exec = exec_find(request->engine, request->captured[0], &err);
    if (!exec)
        return reply_error(request, &err);
    struct detach detach;
    bool background = json_flag(request->json, "Detach", false);
    bool tty = json_flag(request->json, "Tty", exec->tty);
    int rc = detach_parse(exec->detach_keys, &detach, &err) ? exec_claim(exec, &err) : -err.code;
    if (rc == 0 && tty)
        exec_console_size(exec, json_object_get(request->json, "ConsoleSize"));
    if (rc == 0 && background)
        rc = exec_start(exec, tty, NULL, &err);
    if (rc < 0 || background) {
        exec_unref(exec);
        return rc < 0 ? reply_error(request, &err) : reply_empty(request, 200);
    }
    struct session *session = xcalloc(1, sizeof *session);
    *session = (struct session){.exec = exec, .detach = detach, .tty = tty, .client = request->client, .connection = -EBADF};
    if (wants_upgrade(request))
        return reply_upgrade(request, tty, serve, session_free, session);
    return reply_stream(request, 200, "application/vnd.docker.raw-stream", produce, session_free, session);
}

static enum MHD_Result inspect(struct request *request)
{
    struct error err = ERROR_INIT;
    struct exec *exec = exec_find(request->engine, request->captured[0], &err);
    if (!exec)
        return reply_error(request, &err);
    json_t *doc = exec_inspect(exec);
    exec_unref(exec);
    return reply_json(request, 200, doc);
}

static enum MHD_Result resize(struct request *request)
{
    struct error err = ERROR_INIT;
    long long rows, columns;
    if (!query_number(request, "h", 0, &rows, &err) || !query_number(request, "w", 0, &columns, &err))
        return reply_error(request, &err);
    struct exec *exec = exec_find(request->engine, request->captured[0], &err);
    if (!exec)
        return reply_error(request, &err);
    int rc = exec_resize(exec, (unsigned)rows, (unsigned)columns, &err);
    exec_unref(exec);
    return rc < 0 ? reply_error(request, &err) : reply_empty(request, 200);
}

const struct route exec_routes[] = {
    {"POST", "/containers/*/exec", create, BODY_JSON, NULL},
    {"POST", "/exec/*/start", start, BODY_JSON, NULL},
    {"POST", "/exec/*/resize", resize, BODY_NONE, NULL},
    {"GET", "/exec/*/json", inspect, BODY_NONE, NULL},
    {0},
};
