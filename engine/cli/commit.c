/* commit: a container's files, as they are now, become an image. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image_name.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stddef.h>
#include <stdio.h>

struct options {
    const char *author, *message;
    char **change;
    bool pause;
};

#define AT(member) offsetof(struct options, member)

int cmd_commit(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "author", FLAG_STRING, AT(author), NULL, "Author (e.g., \"John Hannibal Smith <hannibal@a-team.com>\")"},
        {'c', "change", FLAG_LIST, AT(change), "list", "Apply Dockerfile instruction to the created image"},
        {'m', "message", FLAG_STRING, AT(message), NULL, "Commit message"},
        {'p', "pause", FLAG_BOOL, AT(pause), NULL, "Pause container during commit (default true)"},
        {0}};
    struct options options = {.pause = true};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 2, false}, &argc, &argv);
    cleanup_strv char **change = options.change;
    cleanup_free char *repository = NULL, *tag = NULL;
    cleanup_buf struct buf path = BUF_INIT;
    if (rc != CLI_GO)
        return rc;
    if (argc == 2 && name_split(argv[1], &repository, &tag, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    buf_puts(&path, "/commit");
    cli_query(&path, "container", argv[0]);
    if (repository)
        cli_query(&path, "repo", repository);
    if (tag)
        cli_query(&path, "tag", tag);
    cli_query(&path, "author", str_or(options.author, ""));
    cli_query(&path, "comment", str_or(options.message, ""));
    for (char **line = change; line && *line; line++)
        cli_query(&path, "changes", *line);
    if (!options.pause)
        cli_query(&path, "pause", "0");
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = NULL;
    if (client_call(client, "POST", path.data, NULL, &answer, &err) < 0)
        return cli_failed(&err);
    puts(json_str(answer, "Id", ""));
    return 0;
}
