/* The engine gives the files of an image as one tar (GET /slipway/images/{id}/files), which is kept or unpacked here. As
 * with other builders, the files belong to who asked for them. */
#include "cli/build_output.h"

#include "cli/cli.h"
#include "cli/copy_local.h"
#include "cli/feed_reader.h"
#include "cli/output_file.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

struct output {
    char *destination;
    bool tar;
};

static int parse(const char *spec, struct output *output, struct error *err)
{
    *output = (struct output){0};
    if (!strchr(spec, '=')) {
        *output = (struct output){xstrdup(spec), str_equal(spec, "-")};
        return *spec ? 0 : error_set(err, EINVAL, "output: a directory is missing");
    }
    const char *type = NULL;
    cleanup_strv char **fields = str_split(spec, ',');
    for (char **field = fields; *field; field++) {
        char *value = strchr(*field, '=');
        if (!value)
            return error_set(err, EINVAL, "invalid value %s", *field);
        *value++ = '\0';
        if (str_equal(*field, "type"))
            type = value;
        else if (str_equal(*field, "dest")) {
            free(output->destination);
            output->destination = xstrdup(value);
        } else
            return error_set(err, EINVAL, "output: %s is not known here: type=local and type=tar take dest=...", *field);
    }
    output->tar = str_equal(type, "tar");
    if (!output->tar && !str_equal(type, "local"))
        return error_set(
            err, EINVAL,
            "output type %s is not supported: type=local (a directory) and type=tar are; give the image a name with -t, "
            "and save or push it for anything else",
            str_or(type, "\"\""));
    if (output->tar && !output->destination)
        output->destination = xstrdup("-");
    return output->destination ? 0 : error_set(err, EINVAL, "dest is required for local output");
}

int build_output_check(const char *spec, struct error *err)
{
    struct output output;
    int r = parse(spec, &output, err);
    if (r == 0 && str_equal(output.destination, "-") && !output.tar)
        r = error_set(err, EINVAL, "output: \"-\" takes a tar: type=tar,dest=-");
    if (r == 0 && output.tar && str_equal(output.destination, "-") && isatty(STDOUT_FILENO))
        r = error_set(err, EINVAL, "dest file is required for tar output. refusing to write to console");
    free(output.destination);
    return r;
}

bool build_output_to_stdout(char *const *specs)
{
    for (; specs && *specs; specs++) {
        struct output output;
        bool standard = parse(*specs, &output, NULL) == 0 && output.tar && str_equal(output.destination, "-");
        free(output.destination);
        if (standard)
            return true;
    }
    return false;
}

static int to_directory(const struct command_context *context, const char *path, const char *directory, struct error *err)
{
    const struct copy_rename rename = {0};
    int64_t bytes;
    int r = path_make_dirs(directory, 0755, err);
    if (r < 0) {
        err->code = EPROTO; /* it is not the engine's */
        return -EPROTO;
    }
    struct feed_reader *reader = xcalloc(1, sizeof *reader);
    reader->feed = client_feed_open(context->host, path, err);
    r = reader->feed ? copy_unpack(directory, &rename, false, feed_read, reader, &bytes, err) : -err->code;
    if (r < 0 && reader->err.code)
        *err = reader->err;
    client_feed_close(reader->feed);
    free(reader);
    return r;
}

static int to_tar(const struct command_context *context, const char *path, const char *destination, struct error *err)
{
    cleanup_client struct client *client = client_new(context->host);
    cleanup_output_file struct output_file file = {.fd = -EBADF};
    bool standard = str_equal(destination, "-");
    struct output_file out = {.fd = STDOUT_FILENO, .path = (char *)"/dev/stdout"};
    if (!standard && output_file_open(destination, &file, err) < 0)
        return -err->code;
    struct output_file *sink = standard ? &out : &file;
    int r = client_stream(client, "GET", path, NULL, output_file_take, sink, err);
    if (sink->failure)
        return error_set(err, EPROTO, "write %s: %s", sink->path, strerror(sink->failure));
    return r < 0 || standard ? r : output_file_keep(&file, err);
}

int build_output_write(const struct command_context *context, const char *spec, const char *image)
{
    struct error err = ERROR_INIT;
    struct output output;
    cleanup_free char *path = cli_path("/slipway/images/", image, "/files");
    fflush(stdout);
    int r = parse(spec, &output, &err);
    if (r == 0)
        r = output.tar ? to_tar(context, path, output.destination, &err) : to_directory(context, path, output.destination, &err);
    free(output.destination);
    if (r == -ENOENT)
        error_set(&err, EPROTO, "--output needs a slipway engine; the one at %s does not give the files of an image",
                  context->host);
    return r < 0 ? cli_failed(&err) : 0;
}
