/* import: a tar of a root file system becomes an image. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct options {
    char **change;
    const char *message, *platform;
};

#define AT(member) offsetof(struct options, member)

int cmd_import(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'c', "change", FLAG_LIST, AT(change), NULL, "Apply a Dockerfile instruction to the image"},
        {'m', "message", FLAG_STRING, AT(message), NULL, "Comment of the image"},
        {0, "platform", FLAG_STRING, AT(platform), NULL, "Set platform if server is multi-platform capable"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    cleanup_strv char **change = options.change;
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_close int fd = -EBADF;
    if (rc != CLI_GO)
        return rc;
    bool standard = str_equal(argv[0], "-"), fetched = str_starts(argv[0], "http://") || str_starts(argv[0], "https://");
    fd = fetched ? open("/dev/null", O_RDONLY | O_CLOEXEC) : standard ? dup(STDIN_FILENO) : open(argv[0], O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fprintf(stderr, "open %s: %s\n", argv[0], errno == ENOENT ? "no such file or directory" : strerror(errno)), 1;
    buf_puts(&path, "/images/create");
    cli_query(&path, "fromSrc", fetched ? argv[0] : "-");
    if (options.platform)
        cli_query(&path, "platform", options.platform);
    if (argc == 2)
        cli_query(&path, "repo", argv[1]);
    if (options.message)
        cli_query(&path, "message", options.message);
    for (char **line = change; line && *line; line++)
        cli_query(&path, "changes", *line);
    struct error err = ERROR_INIT;
    cleanup_json json_t *answer = NULL;
    cleanup_client struct client *client = client_new(context->host);
    if (client_upload(client, "POST", path.data, "application/x-tar", fd, &answer, &err) < 0)
        return cli_failed(&err);
    puts(json_str(answer, "status", ""));
    return 0;
}
