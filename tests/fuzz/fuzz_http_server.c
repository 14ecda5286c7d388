/* The HTTP server with whatever bytes a peer may send: heads, bodies in all framings, pipelined requests, uploads and upgraded
 * connections. The routes are the target's own, one of each kind, so that nothing behind them is reached; the server must answer or
 * hang up on every input, and never wait for a peer that has hung up. */
#include "api/http.h"
#include "api/metrics.h"
#include "api/server.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MS = 20000 };

static enum MHD_Result echo(struct request *request)
{
    struct error err = ERROR_INIT;
    long long number;
    cleanup_json json_t *filters = query_filters(request, &err);
    if (!filters || !query_number(request, "n", 0, &number, &err))
        return reply_error(request, &err);
    if (number) {
        error_set(&err, ENOENT, "No such container: %s", request->captured[0]);
        return reply_error(request, &err);
    }
    const char *name = request->captured[0];
    return reply_json(request, 200, json_pack("{s:O, s:o}", "filters", filters, "name", json_text_value(name, strlen(name))));
}

static enum MHD_Result body(struct request *request) { return reply_json(request, 200, json_incref(request->json)); }

static json_t *count(struct request *request, int fd, struct error *err)
{
    char part[4096];
    long long total = 0;
    ssize_t got;
    (void)request;
    (void)err;
    while ((got = read(fd, part, sizeof part)) > 0)
        total += got;
    return json_integer(total);
}

static enum MHD_Result counted(struct request *request)
{
    struct error err = ERROR_INIT;
    json_t *total = upload_result(request, &err);
    return total ? reply_json(request, 200, total) : reply_error(request, &err);
}

static void serve_back(void *data, int client, const char *early, size_t len)
{
    (void)data;
    if (len)
        (void)!send(client, early, len, MSG_NOSIGNAL);
}

static enum MHD_Result upgrade(struct request *request) { return reply_upgrade(request, true, serve_back, NULL, NULL); }

static bool produce(void *data, struct buf *out)
{
    buf_puts(out, "{}\n");
    return --*(int *)data > 0;
}

static enum MHD_Result stream(struct request *request)
{
    int *left = xmalloc(sizeof *left);
    *left = 3;
    return reply_stream(request, 200, "application/json", produce, free, left);
}

/* In place of the engine's own: the linker takes these, and leaves everything behind theirs out. */
const struct route system_routes[] = {{"GET", "/echo/*", echo, BODY_NONE, NULL}, {"GET", "/stream", stream, BODY_NONE, NULL}, {0}};
const struct route container_routes[] = {{"POST", "/json", body, BODY_JSON, NULL}, {0}};
const struct route exec_routes[] = {{"POST", "/upgrade", upgrade, BODY_JSON, NULL}, {0}};
const struct route image_routes[] = {{"PUT", "/upload", counted, BODY_STREAM, count}, {0}};
const struct route prune_routes[] = {{0}}, slipway_routes[] = {{0}}, volume_routes[] = {{0}}, network_routes[] = {{0}},
                   archive_routes[] = {{0}}, df_routes[] = {{0}}, absent_routes[] = {{0}}, metrics_routes[] = {{0}},
                   auth_routes[] = {{0}};

void metrics_request(const struct route *route, int64_t took_ns)
{
    (void)route;
    (void)took_ns;
}

static struct sockaddr_un address = {.sun_family = AF_UNIX};
static socklen_t address_size;

static void start(void)
{
    struct error err = ERROR_INIT;
    static struct engine engine;
    snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "slipway-fuzz-http-%d", (int)getpid());
    address_size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(address.sun_path + 1));
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, address_size) < 0 || listen(listener, 64) < 0 ||
        server_start(&engine, listener, NULL, &err) < 0) {
        fprintf(stderr, "fuzz_http_server: %s\n", err.message);
        exit(1);
    }
}

/* Read what comes until the server hangs up. */
static void drain(int fd)
{
    char part[8192];
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, ANSWER_MS) == 0) {
            fprintf(stderr, "fuzz_http_server: the server holds a connection whose peer has ended it\n");
            abort();
        }
        if (read(fd, part, sizeof part) <= 0)
            return;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool started;
    if (!started)
        start();
    started = true;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, address_size) < 0) {
        perror("fuzz_http_server: connect");
        abort();
    }
    for (size_t at = 0; at < size;) {
        ssize_t sent = send(fd, data + at, size - at, MSG_NOSIGNAL);
        if (sent <= 0)
            break;
        at += (size_t)sent;
    }
    shutdown(fd, SHUT_WR);
    drain(fd);
    close(fd);
    return 0;
}
