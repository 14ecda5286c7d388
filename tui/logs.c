/* Logs of one container, followed. Kept are the last lines only; what they hold is text, so that no escape sequence gets through.
 *
 * The engine is asked for the times always, so that showing them takes no second look. While it stands still new lines come in
 * below.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/ask.h"
#include "tui/format.h"
#include "tui/list.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

enum { LINES_KEPT = 5000, LINE_MOST = 4096, BYTES_KEPT = 4 * 1024 * 1024, STAMP_FROM = 11, STAMP_LEN = 12 };

struct log_line {
    char *text;
    unsigned short skip, len; /* the time and the blank after it */
    bool err;                 /* it came from standard error */
};

struct logs {
    char id[80], name[80], error[300];
    struct client_feed *feed;
    struct watch watch;
    struct log_line *lines;            /* a ring of LINES_KEPT */
    int first, count, top, rows, came; /* `came`: lines since it stands still */
    size_t bytes;
    bool tty, follow, ended, stamps;
    struct buf raw, part[2]; /* bytes not yet cut into frames; lines not yet ended, of stdout and stderr */
    struct ask ask;
    char search[160];
    int found; /* the line that the search is at; -1: none */
};

static struct log_line *line_at(const struct logs *logs, int at) { return &logs->lines[(logs->first + at) % LINES_KEPT]; }
static const char *words_of(const struct log_line *line) { return line->text + line->skip; }

static void drop_first(struct logs *logs)
{
    struct log_line *line = line_at(logs, 0);
    logs->bytes -= line->len;
    free(line->text);
    logs->first = (logs->first + 1) % LINES_KEPT;
    logs->count--;
    if (!logs->follow && logs->top > 0)
        logs->top--;
    if (logs->found >= 0)
        logs->found--;
}

/* "2026-11-30T17:02:07.123456789Z ": its length, 0 when the line does not begin so. */
static unsigned short stamp_of(const char *text)
{
    size_t len = strcspn(text, " ");
    bool stamp = len >= 20 && len <= 36 && isdigit((unsigned char)text[0]) && text[4] == '-' && text[10] == 'T' && text[13] == ':';
    return stamp ? (unsigned short)(len + (text[len] == ' ')) : 0;
}

static void add_line(struct logs *logs, struct buf *part, bool err)
{
    if (logs->count == LINES_KEPT)
        drop_first(logs);
    struct log_line *line = line_at(logs, logs->count++);
    unsigned short len = (unsigned short)part->len;
    *line = (struct log_line){.text = buf_take(part), .len = len, .err = err};
    line->skip = stamp_of(line->text);
    logs->bytes += len;
    logs->came += !logs->follow;
    while (logs->bytes > BYTES_KEPT && logs->count > 1)
        drop_first(logs);
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
    logs->found = -1;
    logs->watch.fd = -EBADF;
    struct opening *opening = xcalloc(1, sizeof *opening);
    opening->host = xstrdup(app->host);
    opening->path = str_format("/containers/%s/logs?follow=1&stdout=1&stderr=1&timestamps=1&tail=%d", logs->id, LINES_KEPT);
    opening->inspect = str_format("/containers/%s/json", logs->id);
    work_run(app->work, LANE_SLOW, open_feed, feed_opened, opening, logs);
}

/* --- searching --- */

static bool found_in(const struct logs *logs, const struct log_line *line)
{
    return logs->search[0] && strcasestr(words_of(line), logs->search);
}

static void stand_at(struct logs *logs, int line)
{
    logs->found = line;
    logs->follow = false;
    if (line < logs->top || line >= logs->top + logs->rows)
        logs->top = line - logs->rows / 2;
    if (logs->top < 0)
        logs->top = 0;
}

/* The next line that is wanted, from the one found last or else from what is on show; round the ends. */
static bool jump(struct logs *logs, int by, bool (*wanted)(const struct logs *, const struct log_line *))
{
    int last = logs->top + logs->rows < logs->count ? logs->top + logs->rows : logs->count;
    int from = logs->found >= 0 ? logs->found : by > 0 ? logs->top - 1 : last;
    for (int i = 1; i <= logs->count; i++) {
        int at = ((from + by * i) % logs->count + logs->count) % logs->count;
        if (wanted(logs, line_at(logs, at))) {
            stand_at(logs, at);
            return true;
        }
    }
    return false;
}

static bool is_err(const struct logs *logs, const struct log_line *line)
{
    (void)logs;
    return line->err;
}

static void search_next(struct app *app, struct logs *logs, int by)
{
    if (logs->search[0] && !jump(logs, by, found_in))
        app_note(app, S_WARN, "no line has \"%s\"", logs->search);
}

static void tell_found(const struct logs *logs, char *out, size_t room)
{
    int total = 0, at = 0;
    for (int i = 0; i < logs->count; i++) {
        total += found_in(logs, line_at(logs, i));
        at = i == logs->found ? total : at;
    }
    snprintf(out, room, "%d of %d found", at, total);
}

/* --- drawing --- */

static void tell_state(const struct logs *logs, char *out, size_t room)
{
    char found[60];
    if (logs->search[0]) {
        tell_found(logs, found, sizeof found);
        snprintf(out, room, "%d lines, %s", logs->count, found);
    } else if (logs->follow || logs->ended) {
        snprintf(out, room, "%d lines, %s", logs->count, logs->ended ? "ended" : "following");
    } else {
        snprintf(out, room, "%d lines, stands still, %d more since", logs->count, logs->came);
    }
}

/* What was looked for again over the line, wherever it is in it. */
static void draw_found(const struct logs *logs, struct area area, int y, int x, const char *words)
{
    size_t len = strlen(logs->search);
    for (const char *at = words; len && (at = strcasestr(at, logs->search)); at += len) {
        cleanup_free char *before = xstrndup(words, (size_t)(at - words)), *match = xstrndup(at, len);
        put_fit(area, y, x + text_width(before), area.w - x - text_width(before), S_CHANGED, match);
    }
}

static void draw_line(const struct logs *logs, struct area area, int y, int at)
{
    const struct log_line *line = line_at(logs, at);
    int x = 0;
    if (logs->search[0])
        x += 1 + put(area, y, x, at == logs->found ? S_ACCENT : S_CHANGED,
                     at == logs->found      ? glyph(G_PLAY)
                     : found_in(logs, line) ? glyph(G_MARK)
                                            : " ");
    if (logs->stamps && line->skip > STAMP_FROM + STAMP_LEN) {
        putf(area, y, x, S_DIM, "%.*s", STAMP_LEN, line->text + STAMP_FROM);
        x += STAMP_LEN + 1;
    }
    put_fit(area, y, x, area.w - x, line->err ? S_WARN : S_TEXT, words_of(line));
    draw_found(logs, area, y, x, words_of(line));
}

static void draw_logs(struct app *app, void *state, struct area area)
{
    struct logs *logs = state;
    (void)app;
    char title[128], note[120];
    snprintf(title, sizeof title, "Logs of %s", logs->name);
    tell_state(logs, note, sizeof note);
    struct area inside = draw_box(area, title, note, S_DIM);
    inside = ask_draw(&logs->ask, inside, logs->search);
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
    for (int y = 0; y < inside.h && logs->top + y < logs->count; y++)
        draw_line(logs, inside, y, logs->top + y);
}

static void set_follow(struct logs *logs, bool follow)
{
    if (logs->follow && !follow)
        logs->came = 0;
    logs->follow = follow;
}

static void follow(struct app *app, void *state)
{
    struct logs *logs = state;
    set_follow(logs, !logs->follow);
    app_ran(app, logs->follow ? "slipway logs -f %s" : "slipway logs %s", logs->name);
}

static void show_stamps(struct app *app, void *state)
{
    struct logs *logs = state;
    logs->stamps = !logs->stamps;
    app_ran(app, logs->stamps ? "slipway logs -f -t %s" : "slipway logs -f %s", logs->name);
}

static void search(struct app *app, void *state)
{
    (void)app;
    ask_begin(&((struct logs *)state)->ask, "/", "");
}

static void next_match(struct app *app, void *state) { search_next(app, state, 1); }
static void match_before(struct app *app, void *state) { search_next(app, state, -1); }

static void next_error(struct app *app, void *state)
{
    if (!jump(state, 1, is_err))
        app_note(app, S_DIM, "nothing was written to standard error");
}

static bool typing(struct app *app, void *state)
{
    (void)app;
    return ((struct logs *)state)->ask.open;
}

static bool key_logs(struct app *app, void *state, keycode key)
{
    struct logs *logs = state;
    if (logs->ask.open) {
        enum ask_end end = ask_key(&logs->ask, key);
        if (end != ASK_GOES_ON)
            copy_text(logs->search, sizeof logs->search, end == ASK_GIVEN ? logs->ask.edit.text : "");
        logs->found = end == ASK_GOES_ON ? logs->found : -1;
        if (end == ASK_GIVEN)
            search_next(app, logs, -1);
        return true;
    }
    if (key == K_ESC && logs->search[0]) {
        logs->search[0] = 0;
        return true;
    }
    if (!scroll_key(&logs->top, key, logs->count, logs->rows))
        return false;
    set_follow(logs, motion_of(key) == MOVE_BOTTOM || logs->top >= logs->count - logs->rows);
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
    {"logs.follow", "f p", "follow", "stay at the end as lines come, or let it stand still", follow, NULL},
    {"logs.stamps", "t", "times", "the time of each line, as the engine took it down", show_stamps, NULL},
    {"logs.search", "/", "search", "look for a text, from the end backwards", search, NULL},
    {"logs.next", "n", "found", "the next line that was found, and the one before", next_match, NULL},
    {"logs.before", "N", "found", "the next line that was found, and the one before", match_before, NULL},
    {"logs.error", "e", "errors", "the next line from standard error", next_error, NULL},
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
    .typing = typing,
    .close = close_logs,
    .where = where_logs,
};
