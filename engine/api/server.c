/* libmicrohttpd set up: one thread a connection, bodies collected or piped, handlers called, requests cleaned up. */
#include "api/server.h"

#include "api/http.h"
#include "api/upload.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MOST = 4 << 20, NEWEST = 43, OLDEST = 24 };

struct server {
    struct MHD_Daemon *daemon;
};

static struct request *request_new(struct engine *engine, struct MHD_Connection *connection, const char *method, const char *url)
{
    struct request *request = xcalloc(1, sizeof *request);
    const char *rest;
    request->engine = engine;
    request->connection = connection;
    request->method = str_equal(method, "HEAD") ? "HEAD" : method;
    request->version = version_split(url, &rest);
    request->path = xstrdup(rest);
    request->client = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    request->route = route_find(request->method, request->path, request->captured);
    if (request->route && request->route->body == BODY_STREAM)
        request->upload = upload_start(request);
    return request;
}

static void request_done(void *engine, struct MHD_Connection *connection, void **context, enum MHD_RequestTerminationCode how)
{
    (void)engine;
    (void)connection;
    (void)how;
    struct request *request = *context;
    if (!request)
        return;
    *context = NULL;
    upload_free(request->upload);
    if (request->cleanup)
        request->cleanup(request->cleanup_data);
    for (size_t i = 0; i < CAPTURES; i++)
        free(request->captured[i]);
    json_decref(request->json);
    buf_free(&request->body);
    free(request->path);
    free(request);
}

static void take_body(struct request *request, const char *data, size_t len)
{
    if (request->upload)
        upload_write(request->upload, data, len);
    else if (request->body.len + len > BODY_MOST)
        request->too_large = true;
    else
        buf_add(&request->body, data, len);
}

/* What Go's decoder says about the first bad character, for the commonest mistake; the position otherwise. */
static int bad_json(const struct request *request, const json_error_t *why, struct error *err)
{
    const char *text = request->body.data ? request->body.data : "";
    size_t at = strspn(text, " \t\r\n");
    if (text[at] == '{') {
        size_t key = at + 1 + strspn(text + at + 1, " \t\r\n");
        if (text[key] && text[key] != '"' && text[key] != '}')
            return error_set(err, EIO, "invalid character '%c' looking for beginning of object key string", text[key]);
    }
    return error_set(err, EINVAL, "invalid JSON: %s at byte %d", why->text, why->position);
}

static int parse_body(struct request *request, struct error *err)
{
    if (request->too_large)
        return error_set(err, EMSGSIZE, "http: request body too large");
    if (!request->route || request->route->body != BODY_JSON)
        return 0;
    const char *type = header(request, "Content-Type");
    bool empty = request->body.len == 0;
    if (!empty && (!type || !str_starts(type, "application/json")))
        return error_set(err, EINVAL, "Content-Type specified (%s) must be 'application/json'", type ? type : "");
    json_error_t why;
    request->json = empty ? json_object() : json_loadb(request->body.data, request->body.len, 0, &why);
    if (!request->json)
        return bad_json(request, &why, err);
    if (!json_is_object(request->json))
        return error_set(err, EINVAL, "the request's body must be a JSON object");
    return 0;
}

static enum MHD_Result refuse_version(struct request *request)
{
    char text[256];
    if (request->version > NEWEST) {
        snprintf(text, sizeof text, "client version 1.%d is too new. Maximum supported API version is %s", request->version,
                 SLIPWAY_API_VERSION);
        return reply_status(request, 400, text);
    }
    snprintf(text, sizeof text,
             "client version 1.%d is too old. Minimum supported API version is %s, please upgrade your client to a newer version",
             request->version < 0 ? 0 : request->version, SLIPWAY_API_VERSION_MIN);
    return reply_status(request, 400, text);
}

static enum MHD_Result answer(struct request *request)
{
    struct error err = ERROR_INIT;
    if (request->version > NEWEST || (request->version != 0 && request->version < OLDEST))
        return refuse_version(request);
    if (request->version == 0)
        request->version = NEWEST;
    if (!request->route)
        return reply_status(request, 404, "page not found");
    if (parse_body(request, &err) < 0)
        return reply_error(request, &err);
    return request->route->handle(request);
}

static enum MHD_Result access_handler(void *engine, struct MHD_Connection *connection, const char *url, const char *method,
                                      const char *version, const char *data, size_t *len, void **context)
{
    (void)version;
    struct request *request = *context;
    if (!request) {
        *context = request_new(engine, connection, method, url);
        return MHD_YES;
    }
    if (*len > 0) {
        take_body(request, data, *len);
        *len = 0;
        return MHD_YES;
    }
    if (request->answered)
        return MHD_YES;
    enum MHD_Result result = answer(request);
    log_debug("%s %s", request->method, url);
    return result;
}

struct server *server_start(struct engine *engine, int listen_fd, struct error *err)
{
    struct server *server = xcalloc(1, sizeof *server);
    unsigned flags = MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_ALLOW_UPGRADE;
    server->daemon = MHD_start_daemon(flags, 0, NULL, NULL, access_handler, engine, MHD_OPTION_LISTEN_SOCKET, (MHD_socket)listen_fd,
                                      MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK, MHD_OPTION_NOTIFY_COMPLETED, request_done,
                                      engine, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                                      (size_t)(40 * 1024), MHD_OPTION_END);
    if (server->daemon)
        return server;
    free(server);
    error_set(err, EIO, "the HTTP server did not start on the socket");
    return NULL;
}
