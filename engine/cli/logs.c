/* logs: what a container has written, each stream to ours. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/session.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/when.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

struct options {
    const char *since, *until, *tail;
    bool details, follow, timestamps;
};

#define AT(member) offsetof(struct options, member)

struct output {
    bool tty;
    struct demux demux;
    struct error err;
};

static bool take(void *data, const char *bytes, size_t len)
{
    struct output *output = data;
    if (output->tty)
        return write_full(STDOUT_FILENO, bytes, len) == 0;
    return demux_stdio(&output->demux, bytes, len, &output->err) == 0;
}

static int add_time(struct buf *path, const char *key, const char *text)
{
    if (!text)
        return 0;
    cleanup_free char *when = when_parse(text);
    if (!when) {
        fprintf(stderr, "invalid value for \"%s\": failed to parse value as time or duration: \"%s\"\n", key, text);
        return -EINVAL;
    }
    cli_query(path, key, when);
    return 0;
}

int cmd_logs(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "details", FLAG_BOOL, AT(details), NULL, "Show the extra attributes that were logged"},
        {'f', "follow", FLAG_BOOL, AT(follow), NULL, "Go on with what is written from now on"},
        {0, "since", FLAG_STRING, AT(since), NULL, "Only what is younger: a time, or a duration counted back from now (\"42m\")"},
        {'n', "tail", FLAG_STRING, AT(tail), NULL, "Number of lines from the end (default \"all\")"},
        {'t', "timestamps", FLAG_BOOL, AT(timestamps), NULL, "Show when each line was written"},
        {0, "until", FLAG_STRING, AT(until), NULL, "Only what is older: a time, or a duration counted back from now (\"42m\")"},
        {0}};
    struct options options = {.tail = "all"};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *inspect = cli_path("/containers/", argv[0], "/json");
    cleanup_json json_t *container = cli_get(client, inspect, &err);
    if (!container)
        return cli_failed(&err);
    cleanup_buf struct buf path = BUF_INIT;
    buf_printf(&path, "/containers/%s/logs?stdout=1&stderr=1%s%s%s", json_str(container, "Id", argv[0]),
               options.follow ? "&follow=1" : "", options.timestamps ? "&timestamps=1" : "", options.details ? "&details=1" : "");
    cli_query(&path, "tail", options.tail);
    if (add_time(&path, "since", options.since) < 0 || add_time(&path, "until", options.until) < 0)
        return 1;
    struct output output = {.tty = json_flag(container, "Config.Tty", false)};
    if (client_stream(client, "GET", path.data, NULL, take, &output, &err) < 0)
        return cli_failed(&err);
    return output.err.code ? cli_failed(&output.err) : 0;
}
