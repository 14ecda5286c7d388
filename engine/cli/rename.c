/* rename: another name for the same container. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdio.h>

int cmd_rename(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){2, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!*argv[0] || !*argv[1])
        return fprintf(stderr, "Error: Neither old nor new names may be empty\n"), 1;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *plain = cli_path("/containers/", argv[0], "/rename");
    buf_puts(&path, plain);
    cli_query(&path, "name", argv[1]);
    if (client_call(client, "POST", path.data, NULL, NULL, &err) >= 0)
        return 0;
    cli_failed(&err);
    fprintf(stderr, "Error: failed to rename container named %s\n", argv[0]);
    return 1;
}
