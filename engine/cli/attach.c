/* attach, start and exec: joining a process that is there already, or is about to be. */
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/run_options.h"
#include "cli/session.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

struct options {
    bool no_stdin, sig_proxy;     /* attach */
    bool attach, interactive;     /* start */
    const char *checkpoint;       /* start: refused */
    bool detach, privileged, tty; /* exec */
    const char *detach_keys, *user, *workdir;
    char **env, **env_file;
};

#define AT(member) offsetof(struct options, member)

static json_t *inspect(struct client *client, const char *name, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, "/json");
    return cli_get(client, path, err);
}

static struct client_feed *wait_for(const char *host, const char *name, const char *condition, struct error *err)
{
    cleanup_free char *path = cli_path("/containers/", name, "/wait");
    cleanup_free char *whole = condition ? str_format("%s?condition=%s", path, condition) : xstrdup(path);
    return client_feed_send(host, "POST", whole, NULL, NULL, err);
}

/* Opens the stream of a session with a container. */
static int hijack(struct session *session, struct error *err)
{
    cleanup_buf struct buf path = BUF_INIT;
    buf_printf(&path, "%s/attach?stream=1&stdout=1&stderr=1%s", session->object, session->input ? "&stdin=1" : "");
    if (session->detach_keys)
        cli_query(&path, "detachKeys", session->detach_keys);
    return client_hijack(session->host, path.data, NULL, &session->stream, err);
}

static void close_stream(struct session *session) { session->stream = fd_close(session->stream); }

static int converse(struct session *session, struct error *err)
{
    if (session->tty)
        session_resize(session->host, session->object);
    return session_run(session, err);
}

static int finish(struct client_feed *exit, struct error *err)
{
    cleanup_json json_t *answer = NULL;
    if (client_feed_answer(exit, &answer, err) < 0)
        return cli_failed(err);
    const char *trouble = json_str(answer, "Error.Message", "");
    if (*trouble)
        fprintf(stderr, "%s\n", trouble);
    return (int)json_num(answer, "StatusCode", 1);
}

static int no_terminal(bool tty, bool input)
{
    if (!tty || !input || isatty(STDIN_FILENO))
        return CLI_GO;
    fprintf(stderr, "the input device is not a TTY\n");
    return 1;
}

/* Joins the container's stdio; CLI_GO, or the exit code after having said why not. */
static int open_stream(struct session *session, struct error *err)
{
    int rc = no_terminal(session->tty, session->input);
    if (rc != CLI_GO)
        return rc;
    if (session->signals)
        session_block_signals();
    return hijack(session, err) < 0 ? cli_failed(err) : CLI_GO;
}

static int detached(void)
{
    fprintf(stderr, "read escape sequence\n");
    return 1;
}

static int attach_to(const struct command_context *context, const struct options *options, const json_t *container,
                     struct client_feed *exit, struct error *err)
{
    cleanup_free char *object = str_format("/containers/%s", json_str(container, "Id", ""));
    __attribute__((cleanup(close_stream))) struct session session = {.host = context->host,
                                                                     .object = object,
                                                                     .stream = -EBADF,
                                                                     .tty = json_flag(container, "Config.Tty", false),
                                                                     .input = !options->no_stdin &&
                                                                              json_flag(container, "Config.OpenStdin", false),
                                                                     .signals = options->sig_proxy,
                                                                     .detach_keys = options->detach_keys};
    int rc = open_stream(&session, err);
    if (rc != CLI_GO)
        return rc;
    if (session.tty)
        session_redraw(session.host, session.object);
    int end = session_run(&session, err);
    if (end < 0)
        return cli_failed(err);
    return end == SESSION_DETACHED ? detached() : finish(exit, err);
}

int cmd_attach(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "detach-keys", FLAG_STRING, AT(detach_keys), NULL, "Keys that detach from the container"},
        {0, "no-stdin", FLAG_BOOL, AT(no_stdin), NULL, "Do not attach STDIN"},
        {0, "sig-proxy", FLAG_BOOL, AT(sig_proxy), NULL, "Pass received signals on to the process (default true)"},
        {0}};
    struct options options = {.sig_proxy = true};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, 1, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *container = inspect(client, argv[0], &err);
    if (!container)
        return cli_failed(&err);
    static const struct {
        const char *state, *message;
    } unfit[] = {{"State.Paused", "You cannot attach to a paused container, unpause it first"},
                 {"State.Restarting", "You cannot attach to a restarting container, wait until it is running"}};
    for (size_t i = 0; i < ARRAY_LEN(unfit); i++)
        if (json_flag(container, unfit[i].state, false))
            return fprintf(stderr, "%s\n", unfit[i].message), 1;
    if (!json_flag(container, "State.Running", false))
        return fprintf(stderr, "You cannot attach to a stopped container, start it first\n"), 1;
    struct client_feed *exit = wait_for(context->host, argv[0], NULL, &err);
    rc = exit ? attach_to(context, &options, container, exit, &err) : cli_failed(&err);
    client_feed_close(exit);
    return rc;
}

/* start -a or -i: one container, joined before it runs. */
static int start_attached(const struct command_context *context, const struct options *options, const char *name, struct error *err)
{
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *container = inspect(client, name, err);
    if (!container)
        return cli_failed(err);
    const char *id = json_str(container, "Id", name);
    bool tty = json_flag(container, "Config.Tty", false), removed = json_flag(container, "HostConfig.AutoRemove", false);
    cleanup_free char *object = str_format("/containers/%s", id);
    cleanup_free char *path = str_format("%s/start", object);
    __attribute__((cleanup(close_stream))) struct session session = {.host = context->host,
                                                                     .object = object,
                                                                     .stream = -EBADF,
                                                                     .tty = tty,
                                                                     .input = options->interactive &&
                                                                              json_flag(container, "Config.OpenStdin", false),
                                                                     .signals = !tty,
                                                                     .detach_keys = options->detach_keys};
    int rc = open_stream(&session, err);
    if (rc != CLI_GO)
        return rc;
    struct client_feed *exit = wait_for(context->host, id, removed ? "removed" : "next-exit", err);
    if (!exit || client_feed_head(exit, err) < 0 || client_call(client, "POST", path, NULL, NULL, err) < 0) {
        client_feed_close(exit);
        return cli_failed(err);
    }
    int end = converse(&session, err);
    rc = end < 0 ? cli_failed(err) : end == SESSION_DETACHED ? 0 : finish(exit, err);
    client_feed_close(exit);
    return rc;
}

static int act_start(struct client *client, const char *name, const void *options, struct error *err)
{
    const char *keys = ((const struct options *)options)->detach_keys;
    cleanup_buf struct buf path = BUF_INIT;
    cleanup_free char *plain = cli_path("/containers/", name, "/start");
    buf_puts(&path, plain);
    if (keys)
        cli_query(&path, "detachKeys", keys);
    return client_call(client, "POST", path.data, NULL, NULL, err);
}

/* Docker names once more, at the end, all that did not start. */
static int start_all(const struct command_context *context, const struct options *options, char *const *names)
{
    cleanup_client struct client *client = client_new(context->host);
    cleanup_strv char **failed = NULL;
    for (; *names; names++) {
        struct error err = ERROR_INIT;
        if (act_start(client, *names, options, &err) < 0) {
            cli_failed(&err);
            strv_add(&failed, *names);
        } else {
            puts(*names);
            fflush(stdout);
        }
    }
    if (!failed)
        return 0;
    cleanup_free char *list = strv_join(failed, ", ");
    fprintf(stderr, "Error: failed to start containers: %s\n", list);
    return 1;
}

int cmd_start(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {'a', "attach", FLAG_BOOL, AT(attach), NULL, "Attach STDOUT and STDERR, and pass signals on"},
        {0, "checkpoint", FLAG_STRING, AT(checkpoint), NULL, "Restore from a checkpoint"},
        {0, "checkpoint-dir", FLAG_STRING, AT(checkpoint), NULL, "Where checkpoints are"},
        {0, "detach-keys", FLAG_STRING, AT(detach_keys), NULL, "Keys that detach from the container"},
        {'i', "interactive", FLAG_BOOL, AT(interactive), NULL, "Attach STDIN"},
        {0}};
    struct options options = {0};
    const char *command = argv[0];
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){1, CLI_ANY, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (options.checkpoint)
        return cli_refuse(context, command, "--checkpoint is not supported by this engine yet"), 1;
    struct error err = ERROR_INIT;
    if (!options.attach && !options.interactive)
        return start_all(context, &options, argv);
    if (argc > 1)
        return fprintf(stderr, "you cannot start and attach multiple containers at once\n"), 1;
    return start_attached(context, &options, argv[0], &err);
}

static json_t *exec_body(const struct options *options, char *const *command, bool input, struct error *err, bool *usage)
{
    json_t *environment = NULL;
    if (!run_environment(options->env_file, options->env, &environment, err, usage))
        return NULL;
    json_t *body =
        json_pack("{s:b, s:b, s:b, s:b, s:b, s:o}", "Tty", options->tty, "AttachStdin", input, "AttachStdout", !options->detach,
                  "AttachStderr", !options->detach, "Privileged", options->privileged, "Cmd", json_from_strv(command));
    if (environment)
        json_object_set_new(body, "Env", environment);
    if (options->user)
        json_object_set_new(body, "User", json_string(options->user));
    if (options->workdir)
        json_object_set_new(body, "WorkingDir", json_string(options->workdir));
    if (options->detach_keys)
        json_object_set_new(body, "DetachKeys", json_string(options->detach_keys));
    return body;
}

static int exec_attached(const struct command_context *context, const struct options *options, struct client *client,
                         const char *id, struct error *err)
{
    cleanup_free char *object = str_format("/exec/%s", id);
    cleanup_free char *start = str_format("%s/start", object);
    cleanup_free char *result = str_format("%s/json", object);
    cleanup_json json_t *body = json_pack("{s:b, s:b}", "Detach", 0, "Tty", options->tty);
    cleanup_close int stream = -EBADF;
    if (client_hijack(context->host, start, body, &stream, err) < 0)
        return cli_failed(err);
    struct session session = {.host = context->host,
                              .object = object,
                              .stream = stream,
                              .tty = options->tty,
                              .input = options->interactive,
                              .detach_keys = options->detach_keys};
    int end = converse(&session, err);
    if (end < 0)
        return cli_failed(err);
    if (end == SESSION_DETACHED)
        return detached();
    cleanup_json json_t *answer = cli_get(client, result, err);
    return answer ? (int)json_num(answer, "ExitCode", 0) : cli_failed(err);
}

int cmd_exec(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {{'d', "detach", FLAG_BOOL, AT(detach), NULL, "Run the command in the background"},
                                        {0, "detach-keys", FLAG_STRING, AT(detach_keys), NULL, "Keys that detach from the command"},
                                        {'e', "env", FLAG_LIST, AT(env), NULL, "Set environment variables"},
                                        {0, "env-file", FLAG_LIST, AT(env_file), NULL, "Read environment variables from a file"},
                                        {'i', "interactive", FLAG_BOOL, AT(interactive), NULL, "Keep STDIN open"},
                                        {0, "privileged", FLAG_BOOL, AT(privileged), NULL, "Give the command all capabilities"},
                                        {'t', "tty", FLAG_BOOL, AT(tty), NULL, "Give it a terminal"},
                                        {'u', "user", FLAG_STRING, AT(user), NULL, "User (<name|uid>[:<group|gid>])"},
                                        {'w', "workdir", FLAG_STRING, AT(workdir), NULL, "Working directory in the container"},
                                        {0}};
    struct options options = {0};
    const char *command = argv[0];
    struct error err = ERROR_INIT;
    bool usage = false;
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){2, CLI_ANY, true}, &argc, &argv);
    cleanup_strv char **env = options.env, **files = options.env_file;
    (void)env, (void)files;
    if (rc != CLI_GO)
        return rc;
    bool input = options.interactive && !options.detach;
    if ((rc = no_terminal(options.tty, input)) != CLI_GO)
        return rc;
    cleanup_json json_t *body = exec_body(&options, argv + 1, input, &err, &usage);
    if (!body)
        return usage ? cli_bad_flag(context, command, "%s", err.message) : (fprintf(stderr, "%s\n", err.message), 1);
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *answer = NULL;
    cleanup_free char *path = cli_path("/containers/", argv[0], "/exec");
    if (client_call(client, "POST", path, body, &answer, &err) < 0)
        return cli_failed(&err);
    const char *id = json_str(answer, "Id", "");
    if (!options.detach)
        return exec_attached(context, &options, client, id, &err);
    cleanup_free char *start = str_format("/exec/%s/start", id);
    cleanup_json json_t *how = json_pack("{s:b, s:b}", "Detach", 1, "Tty", options.tty);
    return client_call(client, "POST", start, how, NULL, &err) < 0 ? cli_failed(&err) : 0;
}
