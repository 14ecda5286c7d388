/* Calls, uploads and streams over one connection that is kept between requests. */
#include "client/client.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "client/http.h"

#include <errno.h>
#include <string.h>
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
static int request(struct client *client, const char *method, const char *path, json_t *body, struct receiver *receiver,
                   struct error *err)
{
    cleanup_free char *text = body ? json_text(body) : NULL;
    bool kept = client->http.fd >= 0;
    client->status = 0;
    for (;; kept = false) {
        int r = open_connection(client, err);
        if (r < 0)
            return r;
        client->http.sink = receive;
        client->http.sink_data = receiver;
        r = http_send(&client->http, method, path, NULL, text, text ? strlen(text) : 0, err);
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

int client_call(struct client *client, const char *method, const char *path, json_t *body, json_t **answer, struct error *err)
{
    struct receiver receiver = {.client = client};
    int r = request(client, method, path, body, &receiver, err);
    if (r == 0 && answer)
        r = decode(&receiver.kept, answer, err);
    buf_free(&receiver.kept);
    return r;
}

int client_stream(struct client *client, const char *method, const char *path, json_t *body,
                  bool (*take)(void *data, const char *bytes, size_t len), void *data, struct error *err)
{
    struct receiver receiver = {.client = client, .take = take, .data = data};
    int r = request(client, method, path, body, &receiver, err);
    buf_free(&receiver.kept);
    return r;
}

/* The engine may refuse an upload half way (a corrupt archive): the write fails then, and its answer is waiting. */
static int send_chunks(struct client *client, int fd, struct error *err)
{
    char bytes[64 * 1024 + 16];
    for (;;) {
        ssize_t n = read(fd, bytes + 10, 64 * 1024);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int code = errno;
            http_close(&client->http);
            return error_set(err, EPROTO, "read the file to upload: %s", strerror(code));
        }
        if (n == 0)
            return http_write(&client->http, "0\r\n\r\n", 5, err);
        char size[24];
        snprintf(size, sizeof size, "%08x\r\n", (unsigned)n);
        memcpy(bytes, size, 10);
        memcpy(bytes + 10 + n, "\r\n", 2);
        int keep = dup(client->http.fd);
        int r = http_write(&client->http, bytes, (size_t)n + 12, err);
        if (r < 0) {
            client->http.fd = keep; /* read on: the reason for the refusal may have arrived */
            return r;
        }
        fd_close(keep);
    }
}

int client_upload(struct client *client, const char *method, const char *path, const char *content_type, int fd, json_t **answer,
                  struct error *err)
{
    struct receiver receiver = {.client = client};
    client->status = 0;
    http_close(&client->http); /* a stale connection could not be retried: the file is read once */
    int r = open_connection(client, err);
    if (r < 0)
        return r;
    client->http.sink = receive;
    client->http.sink_data = &receiver;
    cleanup_free char *extra = str_format("Content-Type: %s\r\nTransfer-Encoding: chunked\r\n", content_type);
    r = http_send(&client->http, method, path, extra, NULL, 0, err);
    if (r < 0)
        return r;
    int sent = send_chunks(client, fd, err);
    if (sent < 0 && client->http.fd < 0)
        return sent;
    r = finish(client, &receiver, sent < 0 ? NULL : err);
    if (sent < 0 && r < 0 && client->status >= 400)
        r = http_error(client->status, &receiver.kept, err);
    else if (sent < 0)
        r = sent;
    if (r == 0 && answer)
        r = decode(&receiver.kept, answer, err);
    buf_free(&receiver.kept);
    return r;
}
