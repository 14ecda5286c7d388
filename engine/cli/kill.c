/* kill: one signal to the container's first process. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>

struct options {
    const char *signal;
};

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    const struct options *options = data;
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *plain = cli_path("/containers/", name, "/kill");
    buf_puts(&path, plain);
    if (options->signal)
        cli_query(&path, "signal", options->signal);
    return client_call(client, "POST", path.data, NULL, NULL, err);
}

int cmd_kill(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'s', "signal", FLAG_STRING, offsetof(struct options, signal), NULL, "Signal to send to the container"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, &options, true);
}
