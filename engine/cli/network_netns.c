/* network netns: a container's network namespace under /run/netns, so that `ip netns exec`, `ip -n` and the like find it. The
 * engine makes the name, and takes it away when the container ends. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct options {
    bool remove;
};

int cmd_network_netns(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "remove", FLAG_BOOL, offsetof(struct options, remove), NULL, "Take the name away again"}, {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *path = cli_path("/slipway/containers/", argv[0], "/netns");
    cleanup_json json_t *answer = NULL;
    if (client_call(client, options.remove ? "DELETE" : "POST", path, NULL, &answer, &err) < 0) {
        if (err.code == ENOENT && strstr(err.message, "page not found"))
            error_set(&err, EPROTO, "network netns needs a slipway engine: the one asked knows nothing of it");
        return cli_failed(&err);
    }
    puts(options.remove ? argv[0] : json_str(answer, "path", ""));
    return 0;
}
