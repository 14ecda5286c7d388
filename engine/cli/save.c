/* save: images with all their layers as one archive, into a file or to standard output. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/output_file.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *output;
};

#define AT(member) offsetof(struct options, member)

static int fetch(const struct command_context *context, char *const *names, struct output_file *file, struct error *err)
{
    cleanup_client struct client *client = client_new(context->host);
    cleanup_buf struct buf path = BUF_INIT;
    buf_puts(&path, "/images/get");
    for (; *names; names++)
        cli_query(&path, "names", *names);
    int r = client_stream(client, "GET", path.data, NULL, output_file_take, file, err);
    return file->failure ? error_set(err, EPROTO, "write %s: %s", file->path, strerror(file->failure)) : r;
}

static int to_file(const struct command_context *context, char *const *names, const char *output)
{
    struct error err = ERROR_INIT;
    cleanup_output_file struct output_file file = {.fd = -EBADF};
    if (output_file_open(output, &file, &err) < 0)
        return fprintf(stderr, "failed to save image: %s\n", err.message), 1;
    int r = fetch(context, names, &file, &err);
    if (r == 0)
        r = output_file_keep(&file, &err);
    return r < 0 ? cli_failed(&err) : 0;
}

int cmd_save(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'o', "output", FLAG_STRING, AT(output), NULL, "Write to a file, instead of STDOUT"}, {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!str_empty(options.output))
        return to_file(context, argv, options.output);
    if (isatty(STDOUT_FILENO))
        return fprintf(stderr, "cowardly refusing to save to a terminal. Use the -o flag or redirect\n"), 1;
    struct output_file standard = {.fd = STDOUT_FILENO, .path = (char *)"/dev/stdout"};
    return fetch(context, argv, &standard, &err) < 0 ? cli_failed(&err) : 0;
}
