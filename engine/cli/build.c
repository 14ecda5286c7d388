/* build: the context goes to the engine, and what it does with it comes back as it happens. */
#include "cli/build_options.h"
#include "cli/build_output.h"
#include "cli/build_source.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/credentials.h"
#include "cli/format.h"
#include "cli/progress.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { UPDATE_BYTES = 512 * 1024 };
static const int64_t UPDATE_NS = 100 * 1000 * 1000;

struct build {
    const struct command_context *context;
    struct build_flags flags;
    struct build_source source;
    struct messages messages;
    /* Where people are told of the sending, and of the engine's work: standard output, or what --quiet keeps for the case that the
     * build fails. */
    struct kept {
        FILE *out;
        char *text;
        size_t len;
    } sending, work;
    bool terminal, stdout_taken; /* by a tar of --output */
    int64_t sent, shown, shown_ns;
    char *id, *secrets;
    struct error packed; /* why the context could not be made */
};

/* On a terminal the line is written over; elsewhere it appears once. */
static void tell_sent(struct build *build, bool last)
{
    int64_t now = clock_mono_ns();
    bool due = build->sent - build->shown > UPDATE_BYTES && now - build->shown_ns >= UPDATE_NS;
    if (!last && !(build->terminal && due))
        return;
    cleanup_free char *size = cli_size((double)build->sent, 4);
    build->shown = build->sent;
    build->shown_ns = now;
    fprintf(build->sending.out, "Sending build context to Docker daemon %8s\r%s", size, last ? "\r\n" : "");
    fflush(build->sending.out);
}

static bool on_sent(void *data, size_t len)
{
    struct build *build = data;
    build->sent += (int64_t)len;
    if (len == 0 && build_source_end(&build->source, &build->packed) < 0)
        return false;
    tell_sent(build, len == 0);
    return true;
}

static bool on_answer(void *data, const char *bytes, size_t len)
{
    return messages_take(&((struct build *)data)->messages, bytes, len);
}

static void on_aux(void *data, const json_t *aux)
{
    struct build *build = data;
    const char *id = json_str(aux, "ID", NULL);
    if (id) {
        free(build->id);
        build->id = xstrdup(id);
    }
}

static const char *join_names(const json_t *list, char *room, size_t size)
{
    size_t i, len = 0;
    json_t *name;
    *room = '\0';
    json_array_foreach(list, i, name)
    {
        int n = snprintf(room + len, size - len, "%s%s", i ? ", " : "", str_or(json_string_value(name), ""));
        len += (size_t)n < size - len ? (size_t)n : size - len - 1;
    }
    return room;
}

/* Why the cache had a step or not; {"step","of","cache","reason","why",...}, see engine/build/build.h. */
static void on_own(void *data, const json_t *own)
{
    struct build *build = data;
    bool colour = cli_colour(STDERR_FILENO), hit = str_equal(json_str(own, "cache", ""), "hit");
    const char *reason = json_str(own, "reason", "");
    char names[1024];
    static const struct {
        const char *key, *mark;
    } lists[] = {{"changed", "changed"}, {"added", "new"}, {"removed", "gone"}};
    fflush(build->work.out);
    fprintf(stderr, "%s     step %lld/%lld: cache %s%s%s%s: %s%s\n", colour ? hit ? "\033[32m" : "\033[33m" : "",
            json_num(own, "step", 0), json_num(own, "of", 0), hit ? "hit" : "miss", *reason ? " (" : "", reason, *reason ? ")" : "",
            json_str(own, "why", ""), colour ? "\033[0m" : "");
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        const json_t *list = json_object_get(own, lists[i].key);
        if (json_array_size(list))
            fprintf(stderr, "       %-8s %s\n", lists[i].mark, join_names(list, names, sizeof names));
    }
}

static void tell_kept(struct build *build)
{
    struct kept *const all[] = {&build->sending, &build->work};
    for (size_t i = 0; build->flags.quiet && i < ARRAY_LEN(all); i++) {
        fflush(all[i]->out);
        fwrite(all[i]->text, 1, all[i]->len, stderr);
    }
}

static int request(struct build *build, struct error *err)
{
    struct build_source *source = &build->source;
    cleanup_free char *auths = credentials_header_all(), *headers = str_format("%s%sX-Slipway-Point: 1\r\n", auths, build->secrets);
    cleanup_free char *path = build_query(&build->flags, source->dockerfile, str_or(source->remote, ""));
    const struct client_request ask = {.method = "POST",
                                       .path = path,
                                       .headers = headers,
                                       .content_type = source->remote ? NULL : "application/x-tar",
                                       .fd = source->fd,
                                       .sent = on_sent,
                                       .take = on_answer,
                                       .data = build};
    cleanup_client struct client *client = client_new(build->context->host);
    int r = client_exchange(client, &ask, NULL, err);
    if (build->packed.code) {
        *err = build->packed;
        return -err->code;
    }
    return r;
}

/* The ID as Docker's client writes it: what --quiet prints, or what the last stage became. */
static int write_id(struct build *build)
{
    struct error err = ERROR_INIT;
    const char *path = build->flags.iidfile;
    cleanup_free char *printed = NULL;
    if (build->flags.quiet) {
        fflush(build->work.out);
        printed = xstrndup(build->work.text, build->work.len);
    }
    const char *id = printed ? printed : str_or(build->id, "");
    if (!*id)
        return fprintf(stderr, "server did not provide an image ID. Cannot write %s\n", path), 1;
    if (file_write(path, id, strlen(id), 0644, &err) < 0)
        return fprintf(stderr, "open %s: %s\n", path, err.code == ENOENT ? "no such file or directory" : strerror(err.code)), 1;
    return 0;
}

/* With --quiet the engine tells nothing but the ID. */
static void take_quiet_id(struct build *build)
{
    fflush(build->work.out);
    if (build->flags.quiet && !build->id)
        build->id = xstrndup(build->work.text, strcspn(build->work.text, "\r\n"));
}

static int finish(struct build *build)
{
    struct error err = ERROR_INIT;
    if (messages_end(&build->messages, &err) < 0) {
        tell_kept(build);
        fflush(stdout);
        fprintf(stderr, "%s\n", err.message);
        return build->messages.failure_code ? build->messages.failure_code : 1;
    }
    take_quiet_id(build);
    if (build->flags.output && str_empty(build->id))
        return fprintf(stderr, "the engine did not tell the image's ID: --output cannot be written\n"), 1;
    int rc = 0;
    for (char **spec = build->flags.output; rc == 0 && spec && *spec; spec++)
        rc = build_output_write(build->context, *spec, build->id);
    if (rc == 0 && build->flags.quiet && !build->stdout_taken) {
        fflush(build->work.out);
        fwrite(build->work.text, 1, build->work.len, stdout);
    }
    return rc == 0 && build->flags.iidfile ? write_id(build) : rc;
}

static int run(struct build *build, const char *context)
{
    struct error err = ERROR_INIT;
    const char *iidfile = build->flags.iidfile;
    for (char **spec = build->flags.output; spec && *spec; spec++)
        if (build_output_check(*spec, &err) < 0)
            return fprintf(stderr, "ERROR: %s\n", err.message), 1;
    if (!(build->secrets = build_secrets(build->flags.secret, &err)))
        return fprintf(stderr, "ERROR: %s\n", err.message), 1;
    if (iidfile && unlink(iidfile) < 0 && errno != ENOENT)
        return fprintf(stderr, "removing image ID file: remove %s: %s\n", iidfile, strerror(errno)), 1;
    if (build_source_open(context, build->flags.file, build->flags.compress, &build->source, &err) < 0)
        return fprintf(stderr, "%s\n", err.message), 1;
    if (request(build, &err) == 0)
        return finish(build);
    tell_kept(build);
    return cli_failed(&err);
}

static void keep(struct kept *kept, const struct build *build)
{
    kept->out = build->flags.quiet ? open_memstream(&kept->text, &kept->len) : build->stdout_taken ? stderr : stdout;
}

static void drop(struct kept *kept)
{
    if (kept->out != stdout && kept->out != stderr)
        fclose(kept->out);
    free(kept->text);
}

static int build_it(struct build *build, const char *context)
{
    const char *progress = str_or(build->flags.progress, "auto");
    signal(SIGPIPE, SIG_IGN); /* the engine may have enough before the end of the context */
    build->stdout_taken = build_output_to_stdout(build->flags.output);
    build->terminal =
        str_equal(progress, "tty") || (str_equal(progress, "auto") && isatty(build->stdout_taken ? STDERR_FILENO : STDOUT_FILENO));
    keep(&build->sending, build);
    keep(&build->work, build);
    build->messages = (struct messages){
        .out = build->work.out, .terminal = build->terminal && !build->flags.quiet, .aux = on_aux, .own = on_own, .data = build};
    int rc = run(build, context);
    build_source_close(&build->source);
    messages_clear(&build->messages);
    drop(&build->sending);
    drop(&build->work);
    free(build->id);
    free(build->secrets);
    return rc;
}

int cmd_build(const struct command_context *context, int argc, char **argv)
{
    struct build build = {.context = context, .flags = {.rm = true, .trust = true}, .source = {.fd = -EBADF, .out = -EBADF}};
    const char *command = argv[0];
    int rc = cli_parse(context, build_flag_table, &build.flags, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc == CLI_GO)
        rc = build_flags_check(context, command, &build.flags);
    if (rc == CLI_GO)
        rc = build_it(&build, argv[0]);
    build_flags_clear(&build.flags);
    return rc;
}
