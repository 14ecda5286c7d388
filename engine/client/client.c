/* Calls, uploads and streams over one connection that is kept between requests. */
#include "client/client.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "client/http.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct client {
    char *host;
    struct http http; /* fd < 0 while there is no connection */
    int status;
};

struct client *client_new(const char *host)
{
    struct client *client = xcalloc(1, sizeof *client);
    client->host = xstrdup(host);
    client->http.fd = -EBADF;
    return client;
}

void client_free(struct client *client)
{
    if (!client)
        return;
    http_close(&client->http);
    free(client->host);
    free(client);
}

int client_status(const struct client *client) { return client->status; }

/* Where a body goes: to the caller's function, or into `kept` when it is wanted whole or is an error. */
struct receiver {
    struct client *client;
    struct buf kept;
    bool (*take)(void *data, const char *bytes, size_t len);
    void *data;
};

static bool receive(void *data, const char *bytes, size_t len)
{
    struct receiver *receiver = data;
    if (receiver->take && receiver->client->http.status < 400)
        return receiver->take(receiver->data, bytes, len);
    buf_add(&receiver->kept, bytes, len);
    return true;
}

static int open_connection(struct client *client, struct error *err)
{
    return client->http.fd >= 0 ? 0 : http_connect(&client->http, client->host, err);
}

static int finish(struct client *client, struct receiver *receiver, struct error *err)
{
    struct http *http = &client->http;
    while (!http->message_done && !http->stopped) {
        int r = http_pump(http, true, err);
        if (r < 0)
            return r;
    }
    client->status = http->status;
    if (!http_reusable(http))
        http_close(http);
    return http->status >= 400 ? http_error(http->status, &receiver->kept, err) : 0;
}

/* One request and its answer. A kept connection that the engine has closed in the meantime is replaced, once. */
static int ask(struct client *client, const struct client_request *request, struct receiver *receiver, struct error *err)
{
    cleanup_free char *text = request->body ? json_text(request->body) : NULL;
    bool kept = client->http.fd >= 0;
    for (;; kept = false) {
        int r = open_connection(client, err);
        if (r < 0)
            return r;
        client->http.sink = receive;
        client->http.sink_data = receiver;
        r = http_send(&client->http, request->method, request->path, request->headers, text, text ? strlen(text) : 0, err);
        if (r == 0)
            r = finish(client, receiver, err);
        if (r == -EPIPE && kept && !client->http.touched)
            continue;
        return r;
    }
}

/* The JSON of an answer; a stream of documents gives its last, or the error that it tells of. */
static int decode(const struct buf *body, json_t **answer, struct error *err)
{
    cleanup_json json_t *last = NULL;
    size_t at = 0;
    while (at < body->len) {
        json_error_t problem;
        json_t *doc = json_loadb(body->data + at, body->len - at, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, &problem);
        if (!doc)
            break;
        at += (size_t)problem.position;
        json_decref(last);
        last = doc;
        if (json_str(doc, "error", NULL))
            return error_set(err, EIO, "%s", json_str(doc, "error", ""));
        while (at < body->len && strchr(" \r\n\t", body->data[at]))
            at++;
    }
    if (!last && body->len)
        last = json_text_value(body->data, body->len);
    *answer = move_ptr(last);
    return 0;
}

/* What there is of the answer is read whenever the engine does not take more, and before the next piece is waited for: it may hold
 * back until somebody reads what it has to tell. 1: go on sending, 0: the answer is complete. */
static int wait_to_send(struct http *http, short events, int fd, struct error *err)
{
    struct pollfd ready[] = {{.fd = http->fd, .events = (short)(POLLIN | events)}, {.fd = fd, .events = POLLIN}};
    while (!http->message_done && !http->stopped) {
        ready[0].revents = ready[1].revents = 0;
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return error_set(err, EPROTO, "poll: %s", strerror(errno));
        int r = ready[0].revents & POLLIN ? http_pump(http, false, err) : 0;
        if (r < 0)
            return r;
        if (ready[0].revents & (events | POLLERR | POLLHUP) || ready[1].revents)
            return !http->message_done && !http->stopped;
    }
    return 0;
}

/* 1: sent; 0: the engine takes no more, and its answer says why. */
static int send_piece(struct http *http, const char *bytes, size_t len, struct error *err)
{
    while (len) {
        ssize_t n = send(http->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        int r = 1;
        if (n >= 0) {
            bytes += n;
            len -= (size_t)n;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            r = wait_to_send(http, POLLOUT, -1, err);
        } else if (errno != EINTR) {
            return 0;
        }
        if (r <= 0)
            return r;
    }
    return 1;
}

/* 1: all has been sent; 0: the engine took no more. */
static int send_chunks(struct client *client, const struct client_request *request, struct error *err)
{
    enum { PIECE = 64 * 1024, HEAD = 10 };
    char bytes[HEAD + PIECE + 2];
    for (;;) {
        int r = wait_to_send(&client->http, 0, request->fd, err);
        if (r <= 0)
            return r;
        ssize_t n = read(request->fd, bytes + HEAD, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            http_close(&client->http);
            return error_set(err, EPROTO, "read the file to upload: %s", strerror(code));
        }
        if (request->sent && !request->sent(request->data, (size_t)n)) {
            http_close(&client->http);
            return error_set(err, ECANCELED, "the upload was broken off");
        }
        if (n == 0)
            return send_piece(&client->http, "0\r\n\r\n", 5, err);
        char size[HEAD + 1];
        snprintf(size, sizeof size, "%08x\r\n", (unsigned)n);
        memcpy(bytes, size, HEAD);
        memcpy(bytes + HEAD + n, "\r\n", 2);
        r = send_piece(&client->http, bytes, HEAD + (size_t)n + 2, err);
        if (r <= 0)
            return r;
    }
}

static int upload(struct client *client, const struct client_request *request, struct receiver *receiver, struct error *err)
{
    http_close(&client->http); /* a stale connection could not be retried: the file is read once */
    int r = open_connection(client, err);
    if (r < 0)
        return r;
    client->http.sink = receive;
    client->http.sink_data = receiver;
    cleanup_free char *headers =
        str_format("%sContent-Type: %s\r\nTransfer-Encoding: chunked\r\n", str_or(request->headers, ""), request->content_type);
    r = http_send(&client->http, request->method, request->path, headers, NULL, 0, err);
    int sent = r < 0 ? r : send_chunks(client, request, err);
    if (sent < 0)
        return sent;
    r = finish(client, receiver, err);
    if (!sent)
        http_close(&client->http); /* it waits for the rest */
    return r;
}

int client_exchange(struct client *client, const struct client_request *request, json_t **answer, struct error *err)
{
    struct receiver receiver = {.client = client, .take = request->take, .data = request->data};
    client->status = 0;
    int r = request->content_type ? upload(client, request, &receiver, err) : ask(client, request, &receiver, err);
    if (r == 0 && answer && !request->take)
        r = decode(&receiver.kept, answer, err);
    buf_free(&receiver.kept);
    return r;
}

int client_call(struct client *client, const char *method, const char *path, json_t *body, json_t **answer, struct error *err)
{
    return client_exchange(client, &(struct client_request){.method = method, .path = path, .body = body}, answer, err);
}

int client_stream(struct client *client, const char *method, const char *path, json_t *body,
                  bool (*take)(void *data, const char *bytes, size_t len), void *data, struct error *err)
{
    const struct client_request request = {.method = method, .path = path, .body = body, .take = take, .data = data};
    return client_exchange(client, &request, NULL, err);
}

int client_upload(struct client *client, const char *method, const char *path, const char *content_type, int fd, json_t **answer,
                  struct error *err)
{
    const struct client_request request = {.method = method, .path = path, .content_type = content_type, .fd = fd};
    return client_exchange(client, &request, answer, err);
}
