/* rm: containers, and with -v their anonymous volumes. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

struct options {
    bool force, link, volumes;
};

#define AT(member) offsetof(struct options, member)

static int act(struct client *client, const char *name, const void *data, struct error *err)
{
    const struct options *options = data;
    cleanup_buf struct buf path = BUF_INIT;
    if (!*name)
        return error_set(err, EPROTO, "container name cannot be empty");
    cleanup_free char *plain = cli_path("/containers/", name, "");
    buf_puts(&path, plain);
    if (options->force)
        cli_query(&path, "force", "1");
    if (options->link)
        cli_query(&path, "link", "1");
    if (options->volumes)
        cli_query(&path, "v", "1");
    return client_call(client, "DELETE", path.data, NULL, NULL, err);
}

/* With -f a container that is not there is told of, but is no failure. */
static int act_forced(struct client *client, const char *name, const void *data, struct error *err)
{
    int r = act(client, name, data, err);
    if (r != -ENOENT) {
        if (r >= 0)
            puts(name);
        return r;
    }
    cli_failed(err);
    return 0;
}

int cmd_rm(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'f', "force", FLAG_BOOL, AT(force), NULL, "Remove a running container too (SIGKILL)"},
                                        {'l', "link", FLAG_BOOL, AT(link), NULL, "Remove the link"},
                                        {'v', "volumes", FLAG_BOOL, AT(volumes), NULL, "Remove its anonymous volumes too"},
                                        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    return cli_for_each(context, argv, options.force ? act_forced : act, &options, !options.force);
}
