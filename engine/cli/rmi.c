/* rmi: take a name away, and the image with its last one. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    bool force, no_prune;
};

#define AT(member) offsetof(struct options, member)

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    const struct options *options = data;
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_json json_t *answer = NULL;
    cleanup_free char *plain = cli_path("/images/", name, "");
    buf_puts(&path, plain);
    if (options->force)
        cli_query(&path, "force", "1");
    if (options->no_prune)
        cli_query(&path, "noprune", "1");
    int r = client_call(client, "DELETE", path.data, NULL, &answer, err);
    if (r == -ENOENT && options->force)
        return cli_failed(err), 0;
    size_t i;
    json_t *change;
    json_array_foreach(answer, i, change)
    {
        if (json_str(change, "Deleted", NULL))
            printf("Deleted: %s\n", json_str(change, "Deleted", ""));
        else
            printf("Untagged: %s\n", json_str(change, "Untagged", ""));
    }
    return r;
}

int cmd_rmi(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "Remove it even when a container uses it"},
                                        {0, "no-prune", FLAG_BOOL, AT(no_prune), NULL, "Keep parents that have no name"},
                                        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    return rc != CLI_GO ? rc : cli_for_each(context, argv, act, &options, false);
}
