/* stop and restart: a signal, a time to think, SIGKILL; the engine does it, we name the containers. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>

struct options {
    const char *signal;
    long long time;
    bool timed;
    const char *suffix;
};

#define AT(member) offsetof(struct options, member)

static const struct flag FLAGS[] = {{'s', "signal", FLAG_STRING, AT(signal), NULL, "Signal to send to the container"},
                                    {'t', "timeout", FLAG_INT, AT(time), NULL, "Seconds to wait before killing the container"},
                                    {0, "time", FLAG_INT, AT(time), NULL, "deprecated: use --timeout instead"},
                                    {0}};

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    const struct options *options = data;
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *plain = cli_path("/containers/", name, options->suffix);
    buf_puts(&path, plain);
    if (options->signal)
        cli_query(&path, "signal", options->signal);
    if (options->timed)
        buf_printf(&path, "%ct=%lld", options->signal ? '&' : '?', options->time);
    return client_call(client, "POST", path.data, NULL, NULL, err);
}

static int run(const struct command_context *context, int argc, char **argv, const char *suffix)
{
    struct options options = {.suffix = suffix};
    bool seen[ARRAY_LEN(FLAGS)] = {0};
    int rc = cli_parse(context, FLAGS, &options, seen, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    options.timed = seen[1] || seen[2];
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, &options, true);
}

int cmd_stop(const struct command_context *context, int argc, char **argv) { return run(context, argc, argv, "/stop"); }
int cmd_restart(const struct command_context *context, int argc, char **argv) { return run(context, argc, argv, "/restart"); }
