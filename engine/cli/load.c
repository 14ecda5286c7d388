/* load: the images of an archive come into the engine. */
#include "cli/cli.h"
#include "cli/commands.h"
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
    const char *input;
    bool quiet;
};

#define AT(member) offsetof(struct options, member)

/* An archive that is a file need not be carried to an engine of this machine, which can read it itself. */
static bool can_be_handed(const struct command_context *context, int fd)
{
    struct stat st;
    return str_starts(context->host, "unix://") && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && lseek(fd, 0, SEEK_CUR) == 0;
}

static int load(const struct command_context *context, struct client *client, int fd, bool quiet, struct messages *messages,
                struct error *err)
{
    if (can_be_handed(context, fd)) {
        cleanup_free char *path = str_format("/slipway/images/load?quiet=%d&descriptor=%d", quiet, fd);
        int r = client_stream(client, "POST", path, NULL, messages_take, messages, err);
        if (client_status(client) != 404 && client_status(client) != 501) /* dockerd, or one that cannot get at it */
            return r;
        *err = ERROR_INIT;
    }
    const struct client_request request = {.method = "POST",
                                           .path = quiet ? "/images/load?quiet=1" : "/images/load?quiet=0",
                                           .content_type = "application/x-tar",
                                           .fd = fd,
                                           .take = messages_take,
                                           .data = messages};
    return client_exchange(client, &request, NULL, err);
}

int cmd_load(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'i', "input", FLAG_STRING, AT(input), NULL, "Read from a file, instead of STDIN"},
                                        {'q', "quiet", FLAG_BOOL, AT(quiet), NULL, "Do not show progress"},
                                        {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    bool file = !str_empty(options.input), terminal = isatty(STDOUT_FILENO);
    if (!file && isatty(STDIN_FILENO))
        return fprintf(stderr, "requested load from stdin, but stdin is empty\n"), 1;
    cleanup_close int fd = file ? open(options.input, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
    if (fd < 0)
        return fprintf(stderr, "open %s: %s\n", options.input, errno == ENOENT ? "no such file or directory" : strerror(errno)), 1;
    struct stat st;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        return fprintf(stderr, "read %s: is a directory\n", str_or(options.input, "standard input")), 1;
    cleanup_messages struct messages messages = {.out = stdout, .terminal = terminal};
    cleanup_client struct client *client = client_new(context->host);
    /* Bars would be lost where there is no terminal, so the engine is not asked for them. */
    int r = load(context, client, fd, options.quiet || !terminal, &messages, &err);
    if (r == 0)
        r = messages_end(&messages, &err);
    return r < 0 ? cli_failed(&err) : 0;
}
