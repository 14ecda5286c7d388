/* libmicrohttpd set up: one thread a connection, bodies collected or piped, handlers called, requests cleaned up. */
#include "api/server.h"

#include "api/http.h"
#include "api/metrics.h"
#include "api/server_tls.h"
#include "api/upload.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/json_syntax.h"
#include "base/log.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { BODY_MOST = 4 << 20, NEWEST = 43, OLDEST = 24, HEAD_SECONDS = 60, IDLE_SECONDS = 300 };

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
    (void)how;
    struct request *request = *context;
    MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, (unsigned)IDLE_SECONDS);
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

/* A body that cannot be decoded is dockerd's fault for creating a container (500, in the words of Go's decoder), and the client's
 * elsewhere. */
static int decode(struct request *request, struct error *err)
{
    char why[160];
    size_t end;
    json_error_t problem;
    bool create = str_equal(request->route->pattern, "/containers/create");
    if (json_stream_problem(request->body.data, request->body.len, &end, why, sizeof why))
        return create && !str_equal(why, "EOF") ? error_set(err, EIO, "%s", why) : error_set(err, EINVAL, "invalid JSON: %s", why);
    if (end + strspn(request->body.data + end, " \t\r\n") < request->body.len)
        return error_set(err, EINVAL, "unexpected content after JSON");
    request->json = json_loadb(request->body.data, end, JSON_DECODE_ANY, &problem);
    if (!request->json)
        return error_set(err, EINVAL, "invalid JSON: %s", problem.text);
    if (json_is_null(request->json)) {
        json_decref(request->json);
        request->json = json_object();
    }
    if (json_is_object(request->json))
        return 0;
    return error_set(err, EINVAL,
                     "invalid JSON: json: cannot unmarshal %s into a Go struct: the request's body must be a JSON object",
                     json_kind_name(request->json));
}

static int parse_body(struct request *request, struct error *err)
{
    if (request->too_large)
        return error_set(err, EMSGSIZE, "http: request body too large");
    if (!request->route || request->route->body != BODY_JSON)
        return 0;
    const char *type = header(request, "Content-Type");
    if (!request->body.len) {
        request->json = json_object();
        return 0;
    }
    if (!type || !str_starts(type, "application/json"))
        return error_set(err, EINVAL, "Content-Type specified (%s) must be 'application/json'", type ? type : "");
    return decode(request, err);
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
    int64_t began = clock_mono_ns();
    enum MHD_Result result = request->route->handle(request);
    metrics_request(request->route, clock_mono_ns() - began);
    return result;
}

static enum MHD_Result access_handler(void *engine, struct MHD_Connection *connection, const char *url, const char *method,
                                      const char *version, const char *data, size_t *len, void **context)
{
    (void)version;
    struct request *request = *context;
    if (!request) {
        MHD_set_connection_option(connection, MHD_CONNECTION_OPTION_TIMEOUT, 0u);
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

/* While a request is served nothing times out: a stream may be silent for days. Before and between requests a client has to show
 * that it is there. Half of the memory is what is read of an upload at a time; it bounds the head of a request, too. */
static struct MHD_Daemon *http_start(struct engine *engine, int listen_fd)
{
    unsigned flags =
        MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC | MHD_ALLOW_UPGRADE;
    if (listen_fd < 0)
        flags |= MHD_USE_NO_LISTEN_SOCKET;
    const struct MHD_OptionItem listening[] = {{MHD_OPTION_LISTEN_SOCKET, listen_fd, NULL}, {MHD_OPTION_END, 0, NULL}};
    return MHD_start_daemon(flags, 0, NULL, NULL, access_handler, engine, MHD_OPTION_ARRAY,
                            listen_fd < 0 ? listening + 1 : listening, MHD_OPTION_THREAD_STACK_SIZE, (size_t)THREAD_STACK,
                            MHD_OPTION_NOTIFY_COMPLETED, request_done, engine, MHD_OPTION_CONNECTION_LIMIT, 4096u,
                            MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)HEAD_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
                            (size_t)(96 * 1024), MHD_OPTION_END);
}

int server_start(struct engine *engine, int listen_fd, struct tls_context *tls, struct error *err)
{
    struct MHD_Daemon *daemon = http_start(engine, tls ? -1 : listen_fd);
    if (!daemon)
        return error_set(err, EIO, "the HTTP server did not start on the socket");
    return tls ? server_tls_start(daemon, listen_fd, tls, err) : 0;
}
