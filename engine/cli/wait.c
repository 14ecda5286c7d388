/* wait: blocks until each container has stopped and prints its exit code. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    (void)data;
    cleanup_json json_t *answer = NULL;
    cleanup_free char *path = cli_path("/containers/", name, "/wait");
    int r = client_call(client, "POST", path, NULL, &answer, err);
    const char *trouble = json_str(answer, "Error.Message", "");
    if (r == 0 && *trouble)
        return error_set(err, EPROTO, "%s", trouble);
    if (r == 0) {
        printf("%lld\n", json_num(answer, "StatusCode", 0));
        fflush(stdout);
    }
    return r;
}

int cmd_wait(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, NULL, false);
}
