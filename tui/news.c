/* Opening the stream away from the screen, and cutting it into events. */
#include "tui/news.h"

#include "base/json.h"
#include "base/memory.h"
#include "tui/format.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { EVENT_MOST = 1024 * 1024 };
static const long long NS = 1000000000;

bool news_open(const struct news *news) { return news->feed != NULL; }

static void end_feed(struct app *app, struct news *news)
{
    if (news->feed) {
        app_unwatch(app, &news->watch);
        client_feed_close(news->feed);
    }
    news->feed = NULL;
    buf_clear(&news->raw);
}

void news_close(struct app *app, struct news *news)
{
    end_feed(app, news);
    work_forget(app->work, news);
    buf_free(&news->raw);
}

/* A document a line in our engine and in Docker's. */
static void cut_lines(struct app *app, struct news *news)
{
    size_t at = 0;
    for (char *end; at < news->raw.len && (end = memchr(news->raw.data + at, '\n', news->raw.len - at));) {
        size_t len = (size_t)(end - news->raw.data) - at;
        cleanup_json json_t *event = len ? json_parse(news->raw.data + at, len, "event", NULL) : NULL;
        if (event)
            news->event(app, news->owner, event);
        at += len + 1;
    }
    buf_consume(&news->raw, at);
}

static void feed_ready(struct app *app, void *data, uint32_t events)
{
    struct news *news = data;
    char bytes[16384];
    struct error err = ERROR_INIT;
    long got;
    (void)events;
    while ((got = client_feed_read(news->feed, bytes, sizeof bytes, &err)) > 0 && news->raw.len < EVENT_MOST) {
        buf_add(&news->raw, bytes, (size_t)got);
        cut_lines(app, news);
    }
    if (got < 0 || news->raw.len >= EVENT_MOST) {
        end_feed(app, news);
        model_want_overview(app); /* which finds out whether the engine is away */
        app_dirty(app);
    }
}

struct opening {
    char *host, *path;
    struct client_feed *feed;
};

static void open_feed(void *data, struct error *err)
{
    struct opening *opening = data;
    opening->feed = client_feed_open(opening->host, opening->path, err);
}

static void feed_opened(struct app *app, void *owner, void *data, const struct error *err)
{
    struct opening *opening = data;
    struct news *news = owner;
    if (news) {
        news->opening = false;
        copy_text(news->error, sizeof news->error, err ? err->message : "");
    }
    if (news && !err) {
        news->feed = move_ptr(opening->feed);
        news->watch = (struct watch){.fd = client_feed_fd(news->feed), .ready = feed_ready, .data = news};
        app_watch(app, &news->watch, EPOLLIN);
        news->event(app, news->owner, NULL);
        feed_ready(app, news, EPOLLIN);
    }
    if (opening->feed)
        client_feed_close(opening->feed);
    free(opening->host);
    free(opening->path);
    free(opening);
    if (app)
        app_dirty(app);
}

void news_want(struct app *app, struct news *news)
{
    if (news->feed || news->opening || app->model.link == LINK_DOWN)
        return;
    news->opening = true;
    struct opening *opening = xcalloc(1, sizeof *opening);
    opening->host = xstrdup(app->host);
    opening->path =
        news->since_ns ? str_format("/events?since=%lld.%09lld", news->since_ns / NS, news->since_ns % NS) : xstrdup("/events");
    work_run(app->work, LANE_ACT, open_feed, feed_opened, opening, news);
}
