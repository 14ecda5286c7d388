/* run and create. The order of requests is what makes a start quick and its output complete: create, then (without waiting for one
 * another) attach and wait, then start on the connection that create has used. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/image_name.h"
#include "cli/pull.h"
#include "cli/run_options.h"
#include "cli/session.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct run {
    const struct command_context *context;
    const char *command; /* as typed: "run", "container run" */
    struct run_options options;
    struct client *client;
    json_t *body;
    char *id;
    int stream;
    struct client_feed *exit, *steps;
    struct explain explain;
};

static void run_clear(struct run *run)
{
    client_feed_close(run->exit);
    client_feed_close(run->steps);
    client_free(run->client);
    explain_free(&run->explain);
    fd_close(run->stream);
    json_decref(run->body);
    free(run->id);
    run_options_clear(&run->options);
}

/* What `run` says about any failure of the engine. */
static int refused(const struct run *run, const struct error *err)
{
    cleanup_free char *text = cli_error_text(err);
    return cli_refuse(run->context, run->command, "%s", text);
}

static void print_warnings(const json_t *answer)
{
    size_t i;
    json_t *warning;
    json_array_foreach(json_object_get(answer, "Warnings"), i, warning)
    {
        fprintf(stderr, "WARNING: %s\n", json_string_value(warning));
    }
}

/* Made before anything is asked for, so that a place where it cannot be is known in time; taken away when nothing comes of it. */
static int open_cidfile(struct run *run, struct error *err)
{
    const char *path = run->options.cidfile;
    if (!path)
        return 0;
    if (path_exists(path))
        return error_set(err, EEXIST, "container ID file found, make sure the other container isn't running or delete %s", path);
    if (file_write(path, "", 0, 0644, err) == 0)
        return 0;
    const char *why = err->code == ENOENT ? "no such file or directory" : strerror(err->code);
    return error_set(err, EEXIST, "failed to create the container ID file: open %s: %s", path, why); /* no code of the engine's */
}

static int write_cidfile(const struct run *run, struct error *err)
{
    const char *path = run->options.cidfile;
    return path ? file_write(path, run->id, strlen(run->id), 0644, err) : 0;
}

/* Of the pull only standard error tells: standard output is the container's. */
static int pull(struct run *run, const struct image_name *image, struct error *err)
{
    return pull_image(run->client, image, run->options.platform, run->options.quiet ? NULL : stderr, err);
}

static bool may_be_pulled(const struct run *run, const struct error *err)
{
    return str_equal(str_or(run->options.pull, "missing"), "missing") && err->code == ENOENT &&
           str_starts(err->message, "No such image");
}

static int request_create(struct run *run, json_t **answer, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT;
    buf_puts(&path, "/containers/create");
    if (run->options.name)
        cli_query(&path, "name", run->options.name);
    if (run->options.platform)
        cli_query(&path, "platform", run->options.platform);
    return client_call(run->client, "POST", path.data, run->body, answer, err);
}

/* An image that is not here is pulled, and the same is asked for again. An ID is no name to pull by. */
static int create_with_image(struct run *run, const char *name, json_t **answer, struct error *err)
{
    cleanup_image_name struct image_name image = {0};
    bool named = !name_is_id(name);
    int r = named ? name_parse(name, &image, err) : 0;
    if (r < 0)
        return r;
    name_default_tag(&image);
    r = named && str_equal(run->options.pull, "always") ? pull(run, &image, err) : 0;
    if (r == 0)
        r = request_create(run, answer, err);
    if (r == 0 || !named || !may_be_pulled(run, err))
        return r;
    cleanup_free char *text = name_familiar(&image);
    if (!run->options.quiet)
        fprintf(stderr, "Unable to find image '%s' locally\n", text);
    *err = ERROR_INIT;
    r = pull(run, &image, err);
    return r < 0 ? r : request_create(run, answer, err);
}

static int create(struct run *run, const char *image, struct error *err)
{
    cleanup_json json_t *answer = NULL;
    int r = open_cidfile(run, err);
    if (r < 0)
        return r;
    r = create_with_image(run, image, &answer, err);
    if (r < 0) {
        if (run->options.cidfile)
            unlink(run->options.cidfile);
        return r;
    }
    print_warnings(answer);
    run->id = xstrdup(json_str(answer, "Id", ""));
    return write_cidfile(run, err);
}

/* Flags to a request body; an exit code when that went wrong. */
static int prepare(struct run *run, const bool *seen, const struct flag *table, char *const *operands)
{
    struct run_request request = {.options = &run->options, .seen = seen, .table = table};
    const char *pull = str_or(run->options.pull, "missing"), *platform = run->options.platform;
    if (!str_equal(pull, "missing") && !str_equal(pull, "never") && !str_equal(pull, "always"))
        return cli_refuse(run->context, run->command,
                          "invalid pull option: '%s': must be one of \"always\", \"missing\" or \"never\"", pull);
    run->body = run_body(&request, operands);
    if (!run->body && request.usage)
        return cli_bad_flag(run->context, run->command, "%s", request.err.message);
    if (!run->body && request.plain) {
        fprintf(stderr, "%s\n", request.err.message);
        return 1;
    }
    if (!run->body)
        return cli_refuse(run->context, run->command, "%s", request.err.message);
    if (platform && *platform && !run_platform_valid(platform)) {
        fprintf(stderr, "error parsing specified platform: \"%s\": cannot parse platform specifier: invalid argument\n", platform);
        return 1;
    }
    run->client = client_new(run->context->host);
    return CLI_GO;
}

int cmd_create(const struct command_context *context, int argc, char **argv)
{
    bool seen[RUN_FLAG_MOST] = {0};
    struct run run = {.context = context, .command = argv[0], .stream = -EBADF, .options = {.trust = true}};
    const struct flag *table = run_create_flags();
    int rc = cli_parse(context, table, &run.options, seen, (struct cli_operands){1, CLI_ANY, true}, &argc, &argv);
    if (rc == CLI_GO)
        rc = prepare(&run, seen, table, argv);
    if (rc == CLI_GO) {
        struct error err = ERROR_INIT;
        rc = create(&run, argv[0], &err) < 0 ? cli_failed(&err) : 0;
        if (rc == 0)
            puts(run.id);
    }
    run_clear(&run);
    return rc;
}

/* Attach and wait are asked for together and answered together, both before the start. */
static int open_streams(struct run *run, struct error *err)
{
    bool in = json_flag(run->body, "AttachStdin", false), out = json_flag(run->body, "AttachStdout", false);
    bool errors = json_flag(run->body, "AttachStderr", false);
    cleanup_buf struct buf attach = BUF_INIT;
    cleanup_free char *wait =
        str_format("/containers/%s/wait?condition=%s", run->id, run->options.remove ? "removed" : "next-exit");
    buf_printf(&attach, "/containers/%s/attach?stream=1%s%s%s", run->id, in ? "&stdin=1" : "", out ? "&stdout=1" : "",
               errors ? "&stderr=1" : "");
    if (run->options.detach_keys)
        cli_query(&attach, "detachKeys", run->options.detach_keys);
    struct client_feed *stream = client_feed_send(run->context->host, "POST", attach.data, NULL, CLIENT_UPGRADE, err);
    if (!stream)
        return -err->code;
    run->exit = client_feed_send(run->context->host, "POST", wait, NULL, NULL, err);
    int r = client_feed_raw(stream, &run->stream, run->exit ? err : NULL);
    if (r == 0 && !run->exit)
        r = -err->code;
    return r < 0 ? r : client_feed_head(run->exit, err);
}

static int open_steps(struct run *run, struct error *err)
{
    cleanup_free char *path = str_format("/slipway/containers/%s/steps?follow=1", run->id);
    run->explain = (struct explain){.out = stderr, .colour = cli_colour(STDERR_FILENO)};
    run->steps = client_feed_open(run->context->host, path, err);
    if (run->steps)
        return 0;
    return err->code == ENOENT
               ? error_set(err, EINVAL, "--explain needs a slipway engine; the one at %s shows no steps", run->context->host)
               : -err->code;
}

/* The steps of the end come after the output; `quiet_ms` without one means that there are no more for now. */
static void drain_steps(struct run *run, int quiet_ms)
{
    char bytes[16 * 1024];
    while (run->steps) {
        long n = client_feed_read(run->steps, bytes, sizeof bytes, NULL);
        if (n > 0)
            explain_feed(&run->explain, bytes, (size_t)n);
        struct pollfd ready = {.fd = client_feed_fd(run->steps), .events = POLLIN};
        if (n < 0 || (n == 0 && poll(&ready, 1, quiet_ms) <= 0))
            break;
    }
    explain_summary(&run->explain);
}

/* As Docker maps a failed start: 127 not found, 126 not executable, 125 anything else. */
static int start_failure(const struct run *run, const struct error *err)
{
    static const struct {
        const char *text;
        int code;
    } map[] = {{"executable file not found", 127},
               {"no such file or directory", 127},
               {"system cannot find the file", 127},
               {"permission denied", 126},
               {"is a directory", 126},
               {"exec format error", 126}};
    int rc = refused(run, err);
    for (size_t i = 0; i < ARRAY_LEN(map); i++)
        if (strstr(err->message, map[i].text))
            return map[i].code;
    return rc;
}

static int exit_code(struct run *run, struct error *err)
{
    cleanup_json json_t *answer = NULL;
    int r = client_feed_answer(run->exit, &answer, err);
    if (r < 0)
        return refused(run, err);
    const char *trouble = json_str(answer, "Error.Message", "");
    if (*trouble)
        fprintf(stderr, "%s\n", trouble);
    return (int)json_num(answer, "StatusCode", CLI_BAD_FLAG);
}

static int attached(struct run *run, const char *object, struct error *err)
{
    struct session session = {
        .host = run->context->host,
        .object = object,
        .stream = run->stream,
        .tty = run->options.tty,
        .input = json_flag(run->body, "AttachStdin", false),
        .signals = run->options.sig_proxy,
        .detach_keys = run->options.detach_keys,
        .feed = run->steps,
        .on_feed = explain_feed,
        .feed_data = &run->explain,
    };
    int end = session_run(&session, err);
    if (end < 0)
        return refused(run, err);
    if (end == SESSION_DETACHED)
        return 0;
    int rc = exit_code(run, err);
    drain_steps(run, run->options.remove ? 1000 : 50);
    return rc;
}

static int start(struct run *run, struct error *err)
{
    bool streams = json_flag(run->body, "AttachStdin", false) || json_flag(run->body, "AttachStdout", false) ||
                   json_flag(run->body, "AttachStderr", false);
    cleanup_free char *object = str_format("/containers/%s", run->id);
    cleanup_free char *path = str_format("%s/start", object);
    if ((streams && open_streams(run, err) < 0) || (run->options.explain && open_steps(run, err) < 0))
        return refused(run, err);
    if (streams && run->options.sig_proxy)
        session_block_signals();
    if (client_call(run->client, "POST", path, NULL, NULL, err) < 0) {
        drain_steps(run, 50);
        return start_failure(run, err);
    }
    if (!streams) {
        puts(run->id);
        fflush(stdout);
        drain_steps(run, 100);
        return 0;
    }
    if (run->options.tty)
        session_resize(run->context->host, object);
    return attached(run, object, err);
}

int cmd_run(const struct command_context *context, int argc, char **argv)
{
    bool seen[RUN_FLAG_MOST] = {0};
    struct run run = {.context = context, .command = argv[0], .stream = -EBADF, .options = {.trust = true, .sig_proxy = true}};
    struct error err = ERROR_INIT;
    int rc = cli_parse(context, run_flags, &run.options, seen, (struct cli_operands){1, CLI_ANY, true}, &argc, &argv);
    if (rc == CLI_GO)
        rc = prepare(&run, seen, run_flags, argv);
    if (rc == CLI_GO && run.options.detach && run.options.attach) {
        fprintf(stderr, "conflicting options: cannot specify both --attach and --detach\n");
        rc = 1;
    }
    if (rc == CLI_GO && run.options.tty && json_flag(run.body, "AttachStdin", false) && !isatty(STDIN_FILENO)) {
        fprintf(stderr, "the input device is not a TTY\n");
        rc = 1;
    }
    if (rc == CLI_GO)
        rc = create(&run, argv[0], &err) < 0 ? refused(&run, &err) : start(&run, &err);
    run_clear(&run);
    return rc;
}
