/* Answers that arrive over time, for programs that wait on several at once: streamed GETs, long POSTs, and connections that the
 * engine hands over as a raw two-way stream. */
#include "client/client.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "client/http.h"

#include <errno.h>
#include <string.h>

struct client_feed {
    char *host;
    struct http http;
    struct buf ready; /* decoded bytes that nobody has taken yet */
};

static bool keep(void *data, const char *bytes, size_t len)
{
    buf_add(&((struct client_feed *)data)->ready, bytes, len);
    return true;
}

struct client_feed *client_feed_send(const char *host, const char *method, const char *path, json_t *body, const char *headers,
                                     struct error *err)
{
    struct client_feed *feed = xcalloc(1, sizeof *feed);
    feed->host = xstrdup(host);
    cleanup_free char *text = body ? json_text(body) : NULL;
    int r = http_connect(&feed->http, feed->host, err);
    feed->http.sink = keep;
    feed->http.sink_data = feed;
    if (r == 0)
        r = http_send(&feed->http, method, path, headers, text, text ? strlen(text) : 0, err);
    if (r == 0)
        return feed;
    client_feed_close(feed);
    return NULL;
}

static int refused(struct client_feed *feed, struct error *err)
{
    while (!feed->http.message_done) {
        int r = http_pump(&feed->http, true, NULL);
        if (r < 0)
            break;
    }
    return http_error(feed->http.status, &feed->ready, err);
}

int client_feed_head(struct client_feed *feed, struct error *err)
{
    while (!feed->http.head_done) {
        int r = http_pump(&feed->http, true, err);
        if (r < 0)
            return r;
    }
    return feed->http.status >= 400 ? refused(feed, err) : 0;
}

struct client_feed *client_feed_open(const char *host, const char *path, struct error *err)
{
    struct client_feed *feed = client_feed_send(host, "GET", path, NULL, NULL, err);
    if (feed && client_feed_head(feed, err) < 0) {
        client_feed_close(feed);
        return NULL;
    }
    return feed;
}

int client_feed_fd(const struct client_feed *feed) { return feed->http.fd; }

long client_feed_read(struct client_feed *feed, char *bytes, size_t room, struct error *err)
{
    if (!feed->ready.len && !feed->http.message_done) {
        if (feed->http.fd < 0)
            return -ENODATA;
        int r = http_pump(&feed->http, false, err);
        if (r < 0)
            return r;
    }
    size_t count = feed->ready.len < room ? feed->ready.len : room;
    if (!count)
        return feed->http.message_done ? -ENODATA : 0;
    memcpy(bytes, feed->ready.data, count);
    buf_consume(&feed->ready, count);
    return (long)count;
}

int client_feed_answer(struct client_feed *feed, json_t **answer, struct error *err)
{
    while (!feed->http.message_done) {
        int r = http_pump(&feed->http, true, err);
        if (r < 0)
            return r;
    }
    if (feed->http.status >= 400)
        return http_error(feed->http.status, &feed->ready, err);
    *answer = feed->ready.len ? json_parse(feed->ready.data, feed->ready.len, "the engine's answer", err) : NULL;
    return feed->ready.len && !*answer ? error_set(err, EPROTO, "%s", err ? err->message : "bad answer") : 0;
}

int client_feed_raw(struct client_feed *feed, int *fd, struct error *err)
{
    int r = http_pump_head(&feed->http, err);
    if (r == 0 && feed->http.status >= 400)
        r = refused(feed, err);
    if (r == 0)
        *fd = http_detach(&feed->http);
    client_feed_close(feed);
    return r;
}

void client_feed_close(struct client_feed *feed)
{
    if (!feed)
        return;
    http_close(&feed->http);
    buf_free(&feed->ready);
    free(feed->host);
    free(feed);
}

int client_hijack(const char *host, const char *path, json_t *body, int *fd, struct error *err)
{
    struct client_feed *feed = client_feed_send(host, "POST", path, body, CLIENT_UPGRADE, err);
    return feed ? client_feed_raw(feed, fd, err) : -(err ? err->code : EIO);
}
