/* Logs of one container, followed. Kept are the last lines only; what they hold is text, so that no escape sequence gets through.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { LINES_KEPT = 5000, LINE_MOST = 4096 };

struct log_line {
    char *text;
    bool err; /* it came from standard error */
};

struct logs {
    char id[80], name[80], error[300];
    struct client_feed *feed;
    struct watch watch;
    struct log_line *lines; /* a ring of LINES_KEPT */
    int first, count, top, rows;
    bool tty, follow, ended;
    struct buf raw, part[2]; /* bytes not yet cut into frames; lines not yet ended, of stdout and stderr */
};

static void add_line(struct logs *logs, struct buf *part, bool err)
{
    int at = (logs->first + logs->count) % LINES_KEPT;
    if (logs->count == LINES_KEPT) {
        free(logs->lines[logs->first].text);
        at = logs->first;
        logs->first = (logs->first + 1) % LINES_KEPT;
    } else {
        logs->count++;
    }
    logs->lines[at] = (struct log_line){buf_take(part), err};
}

static void add_text(struct logs *logs, const char *bytes, size_t len, bool err)
{
    struct buf *part = &logs->part[err];
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            add_line(logs, part, err);
        else if (bytes[i] != '\r' && bytes[i] && part->len < LINE_MOST)
            buf_putc(part, bytes[i]);
    }
}

/* Without a tty the stream comes in frames: kind, three zeros, the length in four bytes, the text. */
static void cut_frames(struct logs *logs)
{
    if (logs->tty) {
        add_text(logs, logs->raw.data, logs->raw.len, false);
        buf_clear(&logs->raw);
        return;
    }
    size_t at = 0;
    while (logs->raw.len - at >= 8) {
        const unsigned char *head = (const unsigned char *)logs->raw.data + at;
        size_t len = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
        if (logs->raw.len - at - 8 < len)
            break;
        add_text(logs, logs->raw.data + at + 8, len, head[0] == 2);
        at += 8 + len;
    }
    buf_consume(&logs->raw, at);
}

static void feed_ready(struct app *app, void *data, uint32_t events)
{
    struct logs *logs = data;
    (void)events;
    char bytes[16384];
    struct error err = ERROR_INIT;
    long got = client_feed_read(logs->feed, bytes, sizeof bytes, &err);
    if (got > 0) {
        buf_add(&logs->raw, bytes, (size_t)got);
        cut_frames(logs);
    } else if (got < 0) {
        app_unwatch(app, &logs->watch);
        logs->ended = true;
    }
    app_dirty(app);
}

struct opening {
    char *host, *path, *inspect;
    struct client_feed *feed;
    bool tty;
};

static void open_feed(void *data, struct error *err)
{
    struct opening *opening = data;
    struct client *client = client_new(opening->host);
    json_t *answer = NULL;
    if (client_call(client, "GET", opening->inspect, NULL, &answer, err) == 0) {
        opening->tty = json_flag(answer, "Config.Tty", false);
        opening->feed = client_feed_open(opening->host, opening->path, err);
    }
    json_decref(answer);
    client_free(client);
}

static void feed_opened(struct app *app, void *owner, void *data, const struct error *err)
{
    struct opening *opening = data;
    struct logs *logs = owner;
    if (logs && !err) {
        logs->tty = opening->tty;
        logs->feed = move_ptr(opening->feed);
        logs->watch = (struct watch){.fd = client_feed_fd(logs->feed), .ready = feed_ready, .data = logs};
        app_watch(app, &logs->watch, EPOLLIN);
        feed_ready(app, logs, EPOLLIN);
    } else if (logs) {
        copy_text(logs->error, sizeof logs->error, err->message);
    }
    if (opening->feed)
        client_feed_close(opening->feed);
    free(opening->host);
    free(opening->path);
    free(opening->inspect);
    free(opening);
    if (app)
        app_dirty(app);
}

static void open_logs(struct app *app, void *state, const void *argument)
{
    struct logs *logs = state;
    const json_t *container = argument;
    copy_text(logs->id, sizeof logs->id, json_str(container, "id", ""));
    copy_text(logs->name, sizeof logs->name, json_str(container, "name", ""));
    logs->lines = xcalloc(LINES_KEPT, sizeof *logs->lines);
    logs->follow = true;
    logs->watch.fd = -EBADF;
    struct opening *opening = xcalloc(1, sizeof *opening);
    opening->host = xstrdup(app->host);
    opening->path = str_format("/containers/%s/logs?follow=1&stdout=1&stderr=1&tail=%d", logs->id, LINES_KEPT);
    opening->inspect = str_format("/containers/%s/json", logs->id);
    work_run(app->work, LANE_SLOW, open_feed, feed_opened, opening, logs);
}

static void draw_logs(struct app *app, void *state, struct area area)
{
    struct logs *logs = state;
    (void)app;
    char title[128], note[64];
    snprintf(title, sizeof title, "Logs of %s", logs->name);
    snprintf(note, sizeof note, "%d lines, %s", logs->count, logs->ended ? "ended" : logs->follow ? "following" : "f follows");
    struct area inside = draw_box(area, title, note, S_DIM);
    logs->rows = inside.h;
    if (logs->error[0]) {
        draw_wrapped(inside, 0, 0, S_WARN, logs->error);
        return;
    }
    if (logs->count == 0)
        put(inside, 0, 0, S_DIM, logs->ended ? "it has written nothing" : "nothing yet");
    int last = logs->count > inside.h ? logs->count - inside.h : 0;
    if (logs->follow || logs->top > last)
        logs->top = last;
    for (int y = 0; y < inside.h && logs->top + y < logs->count; y++) {
        const struct log_line *line = &logs->lines[(logs->first + logs->top + y) % LINES_KEPT];
        put_fit(inside, y, 0, inside.w, line->err ? S_WARN : S_TEXT, line->text);
    }
}

static void follow(struct app *app, void *state)
{
    struct logs *logs = state;
    (void)app;
    logs->follow = !logs->follow;
}

static bool key_logs(struct app *app, void *state, keycode key)
{
    struct logs *logs = state;
    (void)app;
    if (!scroll_key(&logs->top, key, logs->count, logs->rows))
        return false;
    logs->follow = motion_of(key) == MOVE_BOTTOM || logs->top >= logs->count - logs->rows;
    return true;
}

static void close_logs(struct app *app, void *state)
{
    struct logs *logs = state;
    if (logs->feed) {
        app_unwatch(app, &logs->watch);
        client_feed_close(logs->feed);
    }
    for (int i = 0; i < logs->count; i++)
        free(logs->lines[(logs->first + i) % LINES_KEPT].text);
    free(logs->lines);
    buf_free(&logs->raw);
    buf_free(&logs->part[0]);
    buf_free(&logs->part[1]);
}

static const char *where_logs(struct app *app, void *state)
{
    (void)app;
    return ((struct logs *)state)->name;
}

static const struct action actions[] = {
    {"move.down", NULL, "scroll", "line by line; the page keys go by a screenful", NULL, NULL},
    {"move.up", NULL, "scroll", "line by line; the page keys go by a screenful", NULL, NULL},
    {"logs.follow", "f", "follow", "stay at the end as lines come, or stop doing so", follow, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "What the processes of the container wrote to standard output and standard error. The engine's shim holds the other ends of "
     "their pipes and keeps each line with its time; nothing here is read from inside the container. Lines from standard error "
     "have the colour of warnings.",
     "man 7 pipe, man 1 slipway-logs", NULL},
};

const struct screen screen_logs = {
    .name = "logs",
    .title = "Logs",
    .about = "What the container's processes wrote; lines from standard error are in the colour of warnings. The last 5000 lines "
             "are kept.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct logs),
    .open = open_logs,
    .draw = draw_logs,
    .key = key_logs,
    .close = close_logs,
    .where = where_logs,
};
