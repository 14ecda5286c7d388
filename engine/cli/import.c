/* import: a tar of a root file system becomes an image. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/image_name.h"
#include "cli/progress.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
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
    struct error err = ERROR_INIT;
    cleanup_image_name struct image_name image = {0};
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
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return fprintf(stderr, "read %s: is a directory\n", argv[0]), 1;
    if (argc >= 2 && name_parse(argv[1], &image, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    buf_puts(&path, "/images/create");
    cli_query(&path, "fromSrc", fetched ? argv[0] : "-");
    if (options.platform)
        cli_query(&path, "platform", options.platform);
    if (argc >= 2)
        cli_query(&path, "repo", argv[1]);
    if (options.message)
        cli_query(&path, "message", options.message);
    for (char **line = change; line && *line; line++)
        cli_query(&path, "changes", *line);
    cleanup_messages struct messages messages = {.out = stdout, .terminal = isatty(STDOUT_FILENO)};
    const struct client_request request = {.method = "POST",
                                           .path = path.data,
                                           .content_type = "application/x-tar",
                                           .fd = fd,
                                           .take = messages_take,
                                           .data = &messages};
    cleanup_client struct client *client = client_new(context->host);
    int r = client_exchange(client, &request, NULL, &err);
    if (r == 0)
        r = messages_end(&messages, &err);
    return r < 0 ? cli_failed(&err) : 0;
}
