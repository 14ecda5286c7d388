/* stats: figures from the cgroups, once or again and again. Every container has a stream of its own, and one loop waits for all of
 * them; the table is drawn anew at most twice a second, and only when there is something new in it. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/format.h"
#include "cli/stats_row.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

struct options {
    bool all, no_stream, no_trunc;
    const char *format;
};

#define AT(member) offsetof(struct options, member)

static const struct format_header HEADERS[] = {{"Container", "CONTAINER"},
                                               {"ID", "CONTAINER ID"},
                                               {"Name", "NAME"},
                                               {"CPUPerc", "CPU %"},
                                               {"MemUsage", "MEM USAGE / LIMIT"},
                                               {"MemPerc", "MEM %"},
                                               {"NetIO", "NET I/O"},
                                               {"BlockIO", "BLOCK I/O"},
                                               {"PIDs", "PIDS"},
                                               {NULL, NULL}};

struct watched {
    char *asked; /* as the person named it, or the ID */
    struct client_feed *feed;
    struct buf unread;
    json_t *row; /* the last; NULL before the first */
};

struct board {
    const struct command_context *context;
    const struct options *options;
    struct watched *list;
    size_t count;
    struct client_feed *events; /* NULL when the containers were named */
    struct buf unread_events;
    bool fresh;
    int64_t drawn_ns;
};

static void watched_clear(struct watched *watched)
{
    client_feed_close(watched->feed);
    buf_free(&watched->unread);
    json_decref(watched->row);
    free(watched->asked);
}

static int add(struct board *board, const char *name, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, board->options->no_stream ? "/stats?stream=0" : "/stats?stream=1");
    struct client_feed *feed = client_feed_send(board->context->host, "GET", path, NULL, NULL, err);
    if (!feed)
        return -err->code;
    board->list = xrealloc(board->list, (board->count + 1) * sizeof *board->list);
    board->list[board->count++] = (struct watched){.asked = xstrdup(name), .feed = feed};
    return 0;
}

static void drop(struct board *board, size_t at)
{
    watched_clear(&board->list[at]);
    memmove(board->list + at, board->list + at + 1, (--board->count - at) * sizeof *board->list);
    board->fresh = true;
}

static void board_clear(struct board *board)
{
    while (board->count)
        drop(board, board->count - 1);
    free(board->list);
    client_feed_close(board->events);
    buf_free(&board->unread_events);
}

/* Those that were named, or all that run (or all with -a). */
static int add_all(struct board *board, char *const *names, struct error *err)
{
    cleanup_client struct client *client = client_new(board->context->host);
    for (char *const *name = names; *name; name++)
        if (add(board, *name, err) < 0)
            return -err->code;
    if (*names)
        return 0;
    cleanup_json json_t *list = cli_get(client, board->options->all ? "/containers/json?all=1" : "/containers/json", err);
    size_t i;
    json_t *container;
    json_array_foreach(list, i, container)
    {
        if (add(board, json_str(container, "Id", ""), err) < 0)
            return -err->code;
    }
    return list ? 0 : -err->code;
}

static int draw(struct board *board)
{
    const struct format format = {
        .type = "*container.statsContext",
        .table = "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}",
        .headers = HEADERS,
        .style = board->options->format};
    struct error err = ERROR_INIT;
    cleanup_json json_t *rows = json_array();
    for (size_t i = 0; i < board->count; i++)
        if (board->list[i].row)
            json_array_append(rows, board->list[i].row);
    if (!board->options->no_stream)
        fputs("\033[2J\033[H", stdout);
    if (cli_rows(&format, rows, stdout, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    fflush(stdout);
    board->fresh = false;
    board->drawn_ns = clock_mono_ns();
    return 0;
}

static void take_figures(struct board *board, struct watched *watched, const json_t *stats)
{
    json_decref(watched->row);
    watched->row = stats_row(stats, watched->asked, board->options->no_trunc);
    board->fresh = true;
}

/* Every container answers for itself; all count their second at the same time. */
static int once(struct board *board, bool named)
{
    for (size_t i = 0; i < board->count;) {
        struct error err = ERROR_INIT;
        cleanup_json json_t *stats = NULL;
        bool gone = client_feed_answer(board->list[i].feed, &stats, &err) < 0;
        if (gone && (named || err.code != ENOENT))
            return cli_failed(&err);
        if (gone)
            drop(board, i); /* removed since the list was read */
        else
            take_figures(board, &board->list[i++], stats);
    }
    return draw(board);
}

/* All there is to read; the last whole line is the one that counts. False at the end of the stream. */
static bool read_lines(struct client_feed *feed, struct buf *unread,
                       void (*take)(struct board *board, void *data, const char *line), struct board *board, void *data)
{
    char bytes[16 * 1024], *end;
    long n;
    while ((n = client_feed_read(feed, bytes, sizeof bytes, NULL)) > 0)
        buf_add(unread, bytes, (size_t)n);
    while (unread->len && (end = memchr(unread->data, '\n', unread->len))) {
        cleanup_free char *line = xstrndup(unread->data, (size_t)(end - unread->data));
        buf_consume(unread, (size_t)(end - unread->data) + 1);
        take(board, data, line);
    }
    return n == 0;
}

static void take_line(struct board *board, void *data, const char *line)
{
    cleanup_json json_t *stats = json_parse(line, strlen(line), "figures", NULL);
    if (*json_str(stats, "id", ""))
        take_figures(board, data, stats);
}

/* Containers come and go while all are shown. */
static void take_event(struct board *board, void *data, const char *line)
{
    (void)data;
    struct error err = ERROR_INIT;
    cleanup_json json_t *event = json_parse(line, strlen(line), "event", NULL);
    const char *action = json_str(event, "Action", ""), *id = json_str(event, "Actor.ID", "");
    bool appears = str_equal(action, board->options->all ? "create" : "start");
    bool goes = str_equal(action, board->options->all ? "destroy" : "die");
    size_t at = 0;
    while (at < board->count && !str_equal(board->list[at].asked, id))
        at++;
    if (goes && at < board->count)
        drop(board, at);
    if (appears && at == board->count)
        add(board, id, &err); /* one that is gone again by now is none to show */
}

static void take_all(struct board *board)
{
    if (board->events && !read_lines(board->events, &board->unread_events, take_event, board, NULL)) {
        client_feed_close(board->events);
        board->events = NULL;
    }
    for (size_t i = 0; i < board->count;) {
        struct watched *watched = &board->list[i];
        if (read_lines(watched->feed, &watched->unread, take_line, board, watched))
            i++;
        else
            drop(board, i);
    }
}

static void wait_for_news(struct board *board)
{
    enum { DRAW_MS = 500 };
    struct pollfd *fds = xcalloc(board->count + 1, sizeof *fds);
    for (size_t i = 0; i < board->count; i++)
        fds[i] = (struct pollfd){.fd = client_feed_fd(board->list[i].feed), .events = POLLIN};
    fds[board->count] = (struct pollfd){.fd = board->events ? client_feed_fd(board->events) : -1, .events = POLLIN};
    /* What comes within a moment is taken together: two hundred streams are not two hundred awakenings. */
    int64_t left = DRAW_MS - (clock_mono_ns() - board->drawn_ns) / 1000000;
    if (left > 0)
        usleep((unsigned)left * 1000);
    poll(fds, board->count + 1, -1);
    free(fds);
}

static int follow(struct board *board, bool named)
{
    struct error err = ERROR_INIT;
    for (size_t i = 0; i < board->count; i++)
        if (client_feed_head(board->list[i].feed, &err) < 0)
            return cli_failed(&err);
    for (;;) {
        bool reachable = named || board->events;
        take_all(board);
        bool empty = !board->count && (named || !board->events);
        int rc = board->fresh || !board->drawn_ns ? draw(board) : 0;
        if (rc || empty || !reachable)
            return rc;
        wait_for_news(board);
    }
}

static void allow_many_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int cmd_stats(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "all", FLAG_BOOL, AT(all), NULL, "Show all containers (default: those that run)"},
        {0, "format", FLAG_STRING, AT(format), NULL, "'table', 'table TEMPLATE', 'json' or a Go template for each row"},
        {0, "no-stream", FLAG_BOOL, AT(no_stream), NULL, "Print the figures once and end"},
        {0, "no-trunc", FLAG_BOOL, AT(no_trunc), NULL, "Do not shorten anything"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    struct board board = {.context = context, .options = &options};
    allow_many_files();
    /* Before the list is read, so that nobody falls between. */
    if (!*argv && !options.no_stream)
        board.events = client_feed_open(context->host, "/events?filters=%7B%22type%22%3A%7B%22container%22%3Atrue%7D%7D", &err);
    rc = err.code || add_all(&board, argv, &err) < 0 ? cli_failed(&err)
         : options.no_stream                         ? once(&board, *argv)
                                                     : follow(&board, *argv);
    board_clear(&board);
    return rc;
}
