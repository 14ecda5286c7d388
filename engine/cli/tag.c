/* tag: one more name for an image. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image_name.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>

int cmd_tag(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{0}};
    int unused;
    int rc = cli_parse(context, flags, &unused, NULL, (struct cli_operands){2, 2, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_free char *repository = NULL, *tag = NULL;
    if (name_split(argv[1], &repository, &tag, &err) < 0) {
        if (err.code == EEXIST)
            fprintf(stderr, "%s\n", err.message);
        else
            fprintf(stderr, "Error parsing reference: \"%s\" is not a valid repository/tag: %s\n", argv[1], err.message);
        return 1;
    }
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *plain = cli_path("/images/", argv[0], "/tag");
    buf_puts(&path, plain);
    cli_query(&path, "repo", repository);
    cli_query(&path, "tag", tag);
    return client_call(client, "POST", path.data, NULL, NULL, &err) < 0 ? cli_failed(&err) : 0;
}
