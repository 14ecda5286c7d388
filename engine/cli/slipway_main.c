/* The one program a person types. Finds the command among the tables that the engine's command line and the school offer, and
 * runs it; alone on a terminal it opens the UI. Called as `docker` (a symbolic link) it answers by that name. */
#include "cli/cli.h"
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

extern const struct command lesson_commands[], lab_commands[], exam_commands[];

/* Every table in the order of the help text; `school`: shown under a heading of its own. */
static const struct table {
    const struct command *commands;
    bool school;
} TABLES[] = {{cli_commands, false}, {lesson_commands, true}, {lab_commands, true}, {exam_commands, true}};

static const struct {
    const char *name, *summary;
} GROUPS[] = {{"container", "Manage containers"},
              {"image", "Manage images"},
              {"network", "Manage networks"},
              {"system", "Look at the engine"},
              {"volume", "Manage volumes"},
              {"lesson", "Read lessons"},
              {"lab", "Do labs"},
              {"exam", "Sit exams"},
              {"quiz", "Check question banks"}};

static const struct command *lookup(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        for (const struct command *command = TABLES[i].commands; command && command->name; command++)
            if (str_equal(command->name, name))
                return command;
    return NULL;
}

/* A second spelling of a command that stands above it in the same group ("container list"). */
static bool spelled_above(const struct command *commands, const struct command *command, size_t group)
{
    for (const struct command *other = commands; other != command; other++)
        if (other->run == command->run && strncmp(other->name, command->name, group + 1) == 0)
            return true;
    return false;
}

/* Commands of a group, or (group NULL) those of one word. */
static void list(const char *group, bool school, FILE *out)
{
    size_t len = group ? strlen(group) : 0;
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        for (const struct command *command = TABLES[i].commands; command && command->name; command++) {
            const char *space = strchr(command->name, ' ');
            bool ours = group ? space && (size_t)(space - command->name) == len && strncmp(command->name, group, len) == 0
                              : TABLES[i].school == school && (school || !space);
            if (!ours || (group && !TABLES[i].school && spelled_above(TABLES[i].commands, command, len)))
                continue;
            fprintf(out, "  %-*s %s\n", school && !group ? 15 : 11, group ? space + 1 : command->name, command->summary);
        }
}

static bool group_has(const char *group)
{
    size_t len = strlen(group);
    for (size_t i = 0; i < ARRAY_LEN(TABLES); i++)
        for (const struct command *command = TABLES[i].commands; command && command->name; command++)
            if (strncmp(command->name, group, len) == 0 && command->name[len] == ' ')
                return true;
    return false;
}

static const char *group_summary(const char *group)
{
    for (size_t i = 0; i < ARRAY_LEN(GROUPS); i++)
        if (str_equal(GROUPS[i].name, group))
            return GROUPS[i].summary;
    return NULL;
}

static void help(const struct command_context *context)
{
    printf("Usage:  %s [OPTIONS] COMMAND\n\n"
           "Containers with a view of the kernel, and a school to learn them in\n\n"
           "Commands:\n",
           context->program);
    list(NULL, false, stdout);
    printf("\nSchool:\n");
    list(NULL, true, stdout);
    printf("\nManagement Commands:\n");
    for (size_t i = 0; i < 5; i++)
        printf("  %-11s %s\n", GROUPS[i].name, GROUPS[i].summary);
    printf("\nGlobal Options:\n"
           "  -D, --debug         Print each request to the engine, its status and its time\n"
           "      --help          Print usage\n"
           "  -H, --host string   Socket of the engine (default \"unix:///run/slipway.sock\",\n"
           "                      or what SLIPWAY_HOST or DOCKER_HOST says)\n"
           "  -v, --version       Print the version and quit\n\n"
           "On a terminal, '%s' alone opens the school.\n"
           "Run '%s COMMAND --help' for more information on a command.\n",
           context->program, context->program);
}

static int group_help(const struct command_context *context, const char *group, FILE *out)
{
    fprintf(out, "Usage:  %s %s COMMAND\n\n%s\n\nCommands:\n", context->program, group, group_summary(group));
    list(group, false, out);
    fprintf(out, "\nRun '%s %s COMMAND --help' for more information on a command.\n", context->program, group);
    return 0;
}

struct globals {
    const char *host;
    bool debug, version;
};

#define AT(member) offsetof(struct globals, member)

static const struct flag FLAGS[] = {{'D', "debug", FLAG_BOOL, AT(debug), NULL, ""},
                                    {'H', "host", FLAG_STRING, AT(host), NULL, ""},
                                    {'v', "version", FLAG_BOOL, AT(version), NULL, ""},
                                    {0}};

static int bad_global(const struct command_context *context, const char *message)
{
    fprintf(stderr, "%s\n\nUsage:  %s [OPTIONS] COMMAND [ARG...]\n\nRun '%s --help' for more information\n", message,
            context->program, context->program);
    return CLI_BAD_FLAG;
}

static int unknown(const struct command_context *context, const char *group, const char *name)
{
    if (group)
        fprintf(stderr, "%s: unknown command: %s %s %s\n\nUsage:  %s %s\n\nRun '%s %s --help' for more information\n",
                context->program, context->program, group, name, context->program, group, context->program, group);
    else
        fprintf(stderr, "%s: unknown command: %s %s\n\nRun '%s --help' for more information\n", context->program, context->program,
                name, context->program);
    return 1;
}

static int run_command(const struct command_context *context, const struct command *command, int argc, char **argv)
{
    argv[0] = (char *)command->name;
    int rc = command->run(context, argc, argv);
    if (fflush(stdout) != 0 && rc == 0)
        rc = 1;
    return rc;
}

static int dispatch(const struct command_context *context, int argc, char **argv)
{
    if (str_equal(argv[0], "help"))
        return argc > 1 && group_summary(argv[1]) && group_has(argv[1]) ? group_help(context, argv[1], stdout) : (help(context), 0);
    if (group_summary(argv[0]) && group_has(argv[0])) {
        if (argc == 1 || str_equal(argv[1], "--help") || str_equal(argv[1], "-h"))
            return group_help(context, argv[0], argc == 1 ? stderr : stdout);
        cleanup_free char *name = str_format("%s %s", argv[0], argv[1]);
        const struct command *command = lookup(name);
        return command ? run_command(context, command, argc - 1, argv + 1) : unknown(context, argv[0], argv[1]);
    }
    const struct command *command = lookup(argv[0]);
    if (command)
        return run_command(context, command, argc, argv);
    for (int i = 1; i < argc; i++) /* Docker reads the flags first and stumbles over those */
        if (argv[i][0] == '-' && argv[i][1] && argv[i][1] != '-' && !strchr("DHv", argv[i][1])) {
            cleanup_free char *message = str_format("unknown shorthand flag: '%c' in %s", argv[i][1], argv[i]);
            return bad_global(context, message);
        }
    return unknown(context, NULL, argv[0]);
}

static const char *program_name(const char *path)
{
    const char *slash = strrchr(path ? path : "", '/');
    const char *name = slash ? slash + 1 : str_or(path, "slipway");
    return str_equal(name, "docker") ? "docker" : "slipway";
}

int main(int argc, char **argv)
{
    struct globals globals = {0};
    struct error err = ERROR_INIT;
    struct command_context context = {.program = program_name(argv[0])};
    char **operands;
    signal(SIGPIPE, SIG_DFL);
    int r = flags_parse(FLAGS, &globals, NULL, argc, argv, true, &operands, &err);
    context.host = client_host(globals.host);
    if (r == -ECANCELED) {
        if (str_equal(argv[1], "-h"))
            fprintf(stderr, "Flag shorthand -h has been deprecated, use --help\n");
        help(&context);
        return 0;
    }
    if (r < 0)
        return bad_global(&context, err.message);
    if (globals.debug)
        client_trace(stderr);
    if (globals.version) {
        printf("Slipway version %s, API %s\n", CLI_VERSION, CLI_API_VERSION);
        return 0;
    }
    int count = argc - (int)(operands - argv);
    if (count)
        return dispatch(&context, count, operands);
    if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && str_equal(context.program, "slipway"))
        return tui_main(&context);
    help(&context);
    return 0;
}
