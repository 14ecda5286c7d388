/* The one program a person types. Finds the command among the tables that the engine's command line and the school offer, and
 * runs it; alone on a terminal it opens the UI. Called as `docker` (a symbolic link) it answers by that name. */
#include "cli/catalog.h"
#include "cli/cli.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/man.h"
#include "cli/version.h"

#include "base/memory.h"
#include "base/strings.h"
#include "tui/tui.h"

#include <errno.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct globals {
    char **hosts;
    const char *config, *context, *log_level, *tlscacert, *tlscert, *tlskey, *script, *record;
    bool debug, plain, tls, tlsverify, version;
};

#define AT(member) offsetof(struct globals, member)
#define TLSVERIFY  "tlsverify"

static const struct flag FLAGS[] = {
    {0, "config", FLAG_STRING, AT(config), NULL, "Directory of the client's files (default \"~/.docker\")"},
    {'c', "context", FLAG_STRING, AT(context), NULL, "Context to use: \"default\", there are no others yet"},
    {'D', "debug", FLAG_BOOL, AT(debug), NULL, "Print each request to the engine, its status and its time"},
    {'H', "host", FLAG_LIST, AT(hosts), NULL,
     "Socket of the engine (default \"unix:///run/slipway.sock\", or what SLIPWAY_HOST or DOCKER_HOST says)"},
    {'l', "log-level", FLAG_STRING, AT(log_level), NULL,
     "What to tell: \"debug\" is as --debug, \"info\", \"warn\", \"error\", \"fatal\" (default \"info\")"},
    {0, "plain", FLAG_BOOL, AT(plain), NULL, "Menus that read from top to bottom, for screen readers, instead of the terminal UI"},
    {0, "record", FLAG_STRING, AT(record), "file", "Record the session of the terminal UI as asciicast v2, for asciinema"},
    {0, "script", FLAG_STRING, AT(script), "file", "Drive the terminal UI by the lines of a file, without a terminal"},
    {0, "tls", FLAG_BOOL, AT(tls), NULL, "Use TLS; implied by --tlsverify"},
    {0, "tlscacert", FLAG_STRING, AT(tlscacert), NULL, "Trust certs signed only by this CA (default \"~/.docker/ca.pem\")"},
    {0, "tlscert", FLAG_STRING, AT(tlscert), NULL, "Path to TLS certificate file (default \"~/.docker/cert.pem\")"},
    {0, "tlskey", FLAG_STRING, AT(tlskey), NULL, "Path to TLS key file (default \"~/.docker/key.pem\")"},
    {0, TLSVERIFY, FLAG_BOOL, AT(tlsverify), NULL, "Use TLS and verify the remote"},
    {'v', "version", FLAG_BOOL, AT(version), NULL, "Print the version and quit"},
    {0}};

static int bad_global(const struct command_context *context, const char *message)
{
    fprintf(stderr, "%s\n\nUsage:  %s [OPTIONS] COMMAND [ARG...]\n\nRun '%s --help' for more information\n", message,
            context->program, context->program);
    return CLI_BAD_FLAG;
}

static int unknown(const struct command_context *context, const char *name)
{
    fprintf(stderr, "%s: unknown command: %s %s\n\nRun '%s --help' for more information\n", context->program, context->program,
            name, context->program);
    return 1;
}

static int run_command(const struct command_context *context, const struct command *command, const char *typed, int argc,
                       char **argv)
{
    argv[0] = (char *)typed;
    int rc = command->run(context, argc, argv);
    if (fflush(stdout) != 0 && rc == 0)
        rc = 1;
    return rc;
}

static int not_yet(const struct command_context *context, const char *typed, const char *what)
{
    fprintf(stderr, "%s: not yet part of Slipway: '%s %s' (%s)\n\nRun '%s --help' for what there is\n", context->program,
            context->program, typed, what, context->program);
    return 1;
}

/* Docker reads the flags before it looks for the command, so a wrong flag or --help behind an unknown one is what it tells of. */
static int no_command(const struct command_context *context, const char *group, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    struct globals unused = {0};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(group ? none : FLAGS, &unused, NULL, argc, argv, false, &rest, &err);
    strv_free(unused.hosts);
    if (r == -ECANCELED && str_equal(err.message, "-h"))
        printf("Flag shorthand -h has been deprecated, use --help\n");
    if (r == -ECANCELED)
        return group ? help_group(context, group, stdout) : help_program(context, FLAGS, stdout), 0;
    if (r < 0 && !group)
        return bad_global(context, err.message);
    if (r < 0)
        fprintf(stderr, "%s\n\n", err.message);
    else if (group)
        fprintf(stderr, "%s: unknown command: %s %s %s\n\n", context->program, context->program, group, argv[0]);
    else
        return unknown(context, argv[0]);
    fprintf(stderr, "Usage:  %s %s%s\n\nRun '%s %s --help' for more information\n", context->program, group,
            catalog_group(group)->usage, context->program, group);
    return r < 0 ? CLI_BAD_FLAG : 1;
}

static int dispatch_group(const struct command_context *context, const char *group, int argc, char **argv)
{
    if (argc == 1)
        return help_group(context, group, stderr), 0;
    cleanup_free char *typed = str_format("%s %s", group, argv[1]);
    const struct command *command = catalog_find(typed);
    const char *later = catalog_later(typed);
    if (command)
        return run_command(context, command, typed, argc - 1, argv + 1);
    if (later)
        return not_yet(context, typed, later);
    if (argv[1][0] != '-')
        return no_command(context, group, argc - 1, argv + 1);
    return no_command(context, group, argc, argv); /* only flags: argv[0] stands in for the program */
}

static int dispatch(const struct command_context *context, int argc, char **argv);

/* "help", "help ps", "help container ls". */
static int show_help(const struct command_context *context, int argc, char **argv)
{
    static const struct flag none[] = {{0}};
    struct error err = ERROR_INIT;
    char **topic;
    int r = flags_parse(none, NULL, NULL, argc, argv, false, &topic, &err);
    if (r == -ECANCELED)
        return printf("Usage:  %s help [command]\n\nHelp about the command\n", context->program), 0;
    if (r < 0)
        return fprintf(stderr, "%s\n\nUsage:  %s help [command]\n\nRun '%s help --help' for more information\n", err.message,
                       context->program, context->program),
               CLI_BAD_FLAG;
    if (!*topic)
        return help_program(context, FLAGS, stdout), 0;
    bool group = catalog_group(topic[0]) != NULL;
    cleanup_free char *both = group && topic[1] ? str_format("%s %s", topic[0], topic[1]) : NULL;
    const char *known = str_or(both, topic[0]);
    if (!catalog_find(known) && !catalog_later(known) && (both || !group))
        return fprintf(stderr, "unknown help topic: %s\n", topic[both ? 1 : 0]), 1;
    char *words[] = {topic[0], both ? topic[1] : (char *)"--help", (char *)"--help", NULL};
    return dispatch(context, both ? 3 : 2, words);
}

static int dispatch(const struct command_context *context, int argc, char **argv)
{
    if (str_equal(argv[0], "help"))
        return show_help(context, argc, argv);
    if (str_equal(argv[0], "__man"))
        return man_pages(context, FLAGS, argc, argv);
    if (str_equal(argv[0], "__complete"))
        return complete_words(context, FLAGS, argc, argv);
    const struct command *command = catalog_find(argv[0]);
    if (catalog_group(argv[0]))
        return dispatch_group(context, argv[0], argc, argv);
    if (command)
        return run_command(context, command, argv[0], argc, argv);
    const char *later = catalog_later(argv[0]);
    return later ? not_yet(context, argv[0], later) : no_command(context, NULL, argc, argv);
}

static const char *program_name(const char *path)
{
    const char *slash = strrchr(path ? path : "", '/');
    const char *name = slash ? slash + 1 : str_or(path, "slipway");
    return str_equal(name, "docker") ? "docker" : "slipway";
}

/* Flags before the command that have a meaning for all commands. CLI_GO, or an exit code. */
static int apply(const struct command_context *context, const struct globals *globals)
{
    static const char *const levels[] = {"debug", "info", "warn", "warning", "error", "fatal", "panic", "trace"};
    bool level = str_empty(globals->log_level);
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        level |= str_equal(globals->log_level, levels[i]);
    if (!level)
        return fprintf(stderr, "Unable to parse logging level: %s\n", globals->log_level), 1;
    if (strv_len(globals->hosts) > 1)
        return fprintf(stderr, "Specify only one -H\n"), 1;
    if (!str_empty(globals->context) && !str_equal(globals->context, "default"))
        return fprintf(stderr, "%s: not yet part of Slipway: contexts; there is only the one called \"default\"\n",
                       context->program),
               1;
    if (globals->config)
        setenv("DOCKER_CONFIG", globals->config, 1); /* where the client looks for its certificates */
    if (globals->debug || str_equal(globals->log_level, "debug"))
        client_trace(stderr);
    return CLI_GO;
}

/* The engine's address in its full form, which goes to *host and is the caller's, and how to speak with it. CLI_GO, or an exit
 * code. */
static int resolve(struct command_context *context, const struct globals *globals, const bool *seen, char **host)
{
    struct error err = ERROR_INIT;
    size_t verify = 0;
    while (!str_equal(FLAGS[verify].name, TLSVERIFY))
        verify++;
    const struct client_tls tls = {globals->tls,       globals->tlsverify, seen[verify],
                                   globals->tlscacert, globals->tlscert,   globals->tlskey};
    *host = client_tls(&tls, &err) == 0 ? client_host_parse(context->host, client_tls_wanted(), &err) : NULL;
    if (!*host)
        return fprintf(stderr, "Failed to initialize: unable to resolve docker endpoint: %s\n", err.message), 1;
    context->host = *host;
    return CLI_GO;
}

/* The ways into the UI besides the ordinary one. */
static int open_ui(const struct command_context *context, const struct globals *globals, int operands)
{
    if (operands)
        return bad_global(context, "--plain, --script and --record go without a command");
    if (globals->plain + !!globals->script + !!globals->record > 1)
        return bad_global(context, "--plain, --script and --record exclude each other");
    if (globals->plain)
        return tui_plain(context);
    return globals->script ? tui_script(context, globals->script) : tui_record(context, globals->record);
}

int main(int argc, char **argv)
{
    struct globals globals = {0};
    bool seen[ARRAY_LEN(FLAGS)] = {false};
    struct error err = ERROR_INIT;
    struct command_context context = {.program = program_name(argv[0])};
    char **operands;
    signal(SIGPIPE, SIG_DFL);
    int r = flags_parse(FLAGS, &globals, seen, argc, argv, true, &operands, &err), rc;
    cleanup_strv char **hosts = globals.hosts;
    cleanup_free char *host = NULL;
    context.host = client_host(hosts ? hosts[0] : NULL);
    if (r == -ECANCELED) {
        if (str_equal(err.message, "-h"))
            fprintf(stderr, "Flag shorthand -h has been deprecated, use --help\n");
        help_program(&context, FLAGS, stdout);
        return 0;
    }
    if (r < 0)
        return bad_global(&context, err.message);
    if (globals.version) {
        printf("Slipway version %s, API %s\n", CLI_VERSION, CLI_API_VERSION);
        return 0;
    }
    if ((rc = apply(&context, &globals)) != CLI_GO || (rc = resolve(&context, &globals, seen, &host)) != CLI_GO)
        return rc;
    int count = argc - (int)(operands - argv);
    if (globals.plain || globals.script || globals.record)
        return open_ui(&context, &globals, count);
    if (count)
        return dispatch(&context, count, operands);
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && str_equal(context.program, "slipway"))
        return tui_main(&context);
    help_program(&context, FLAGS, stdout);
    return 0;
}
