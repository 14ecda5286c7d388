/* export: all files of a container as one tar, into a file or to standard output. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
    const char *output;
};

#define AT(member) offsetof(struct options, member)

struct sink {
    int fd, failure;
};

static bool take(void *data, const char *bytes, size_t len)
{
    struct sink *sink = data;
    sink->failure = -write_full(sink->fd, bytes, len);
    return sink->failure == 0;
}

static int fetch(const struct command_context *context, const char *container, int fd, struct error *err)
{
    struct sink sink = {.fd = fd};
    cleanup_client struct client *client = client_new(context->host);
    cleanup_free char *path = cli_path("/containers/", container, "/export");
    int r = client_stream(client, "GET", path, NULL, take, &sink, err);
    return sink.failure ? error_set(err, EPROTO, "write: %s", strerror(sink.failure)) : r;
}

/* A directory or a device is not overwritten; the file appears when it is whole. */
static int check_output(const char *path)
{
    struct stat st;
    cleanup_free char *copy = xstrdup(path);
    char *slash = strrchr(copy, '/');
    if (slash && slash != copy) {
        *slash = 0;
        if (stat(copy, &st) < 0 && errno == ENOENT)
            return fprintf(stderr, "failed to export container: invalid output path: directory \"%s\" does not exist\n", copy), 1;
    }
    if (stat(path, &st) == 0 && (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)))
        return fprintf(
                   stderr,
                   "failed to export container: invalid output path: \"%s\" must be a directory or a regular file: got a device\n",
                   path),
               1;
    return 0;
}

static int to_file(const struct command_context *context, const char *container, const char *output)
{
    struct error err = ERROR_INIT;
    if (check_output(output))
        return 1;
    cleanup_free char *temporary = str_format("%s.XXXXXX", output);
    cleanup_close int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return fprintf(stderr, "open %s: %s\n", temporary, strerror(errno)), 1;
    int r = fetch(context, container, fd, &err);
    if (r == 0 && rename(temporary, output) < 0)
        r = error_set(&err, EPROTO, "rename %s %s: %s", temporary, output, strerror(errno));
    if (r == 0)
        return 0;
    unlink(temporary);
    return cli_failed(&err);
}

int cmd_export(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'o', "output", FLAG_STRING, AT(output), NULL, "Write to a file, instead of STDOUT"}, {0}};
    struct options options = {0};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (!str_empty(options.output))
        return to_file(context, argv[0], options.output);
    if (isatty(STDOUT_FILENO))
        return fprintf(stderr, "cowardly refusing to save to a terminal. Use the -o flag or redirect\n"), 1;
    return fetch(context, argv[0], STDOUT_FILENO, &err) < 0 ? cli_failed(&err) : 0;
}
