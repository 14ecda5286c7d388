/* pause and unpause: the freezer of the container's cgroup. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"

static const struct flag NONE[] = {{0}};

static int act(struct client *client, const char *name, const void *suffix, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, suffix);
    return client_call(client, "POST", path, NULL, NULL, err);
}

static int run(const struct command_context *context, int argc, char **argv, const char *suffix)
{
    int unused;
    int rc = cli_parse(context, NONE, &unused, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, suffix, true);
}

int cmd_pause(const struct command_context *context, int argc, char **argv) { return run(context, argc, argv, "/pause"); }
int cmd_unpause(const struct command_context *context, int argc, char **argv) { return run(context, argc, argv, "/unpause"); }
