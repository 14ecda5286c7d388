/* slipway-oci: one container from one OCI bundle, with runc's command line. Global flags, the table of subcommands, and how an
 * error is told: one line on stderr, in --log as well (text or JSON, as runc and containerd's shim expect it). */
#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seal.h"
#include "runtime/oci.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct oci_globals oci_globals;

static const struct oci_command commands[] = {
    {"create", "[OPTIONS] CONTAINER", "create a container from a bundle; its process waits for start", oci_create},
    {"delete", "[-f] CONTAINER", "delete what a container holds", oci_delete},
    {"exec", "[OPTIONS] CONTAINER COMMAND [ARG...]", "run another process in a container", oci_exec},
    {"features", "", "show what this runtime can do, as JSON", oci_features},
    {"kill", "CONTAINER [SIGNAL]", "send a signal (default TERM) to a container's first process", oci_kill},
    {"list", "[OPTIONS]", "list containers", oci_list},
    {"pause", "CONTAINER", "freeze all processes of a container", oci_pause},
    {"ps", "[OPTIONS] CONTAINER", "list the processes of a container", oci_ps},
    {"resume", "CONTAINER", "thaw a paused container", oci_resume},
    {"run", "[OPTIONS] CONTAINER", "create and start a container", oci_run},
    {"spec", "[OPTIONS]", "write a config.json to begin with", oci_spec},
    {"start", "CONTAINER", "let a created container run", oci_start},
    {"state", "CONTAINER", "show the state of a container, as JSON", oci_state_command},
};

struct options {
    const char *root, *log, *log_format;
    bool debug, version;
};
static const struct flag flags[] = {
    {0, "root", FLAG_STRING, offsetof(struct options, root), "directory", "where state is kept (default /run/slipway-oci)"},
    {0, "log", FLAG_STRING, offsetof(struct options, log), "file", "write errors to this file as well"},
    {0, "log-format", FLAG_STRING, offsetof(struct options, log_format), "format", "\"text\" or \"json\""},
    {0, "debug", FLAG_BOOL, offsetof(struct options, debug), NULL, "show each act on the kernel on stderr"},
    {'v', "version", FLAG_BOOL, offsetof(struct options, version), NULL, "print the version"},
    {0},
};

static void print_help(FILE *out)
{
    fputs("Usage:  slipway-oci [OPTIONS] COMMAND\n\nOne container from one OCI bundle\n\nCommands:\n", out);
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].summary);
    fputs("\nOptions:\n", out);
    flags_help(flags, out);
}

static void print_version(void)
{
    const struct scmp_version *version = seccomp_version();
    printf("slipway-oci version 0.1.0\nspec: 1.2.0\nlibseccomp: %u.%u.%u\n+SECCOMP +CAP +IDMAP +CGROUP1 +CGROUP2\n", version->major,
           version->minor, version->micro);
}

int oci_help(const char *name, const struct flag *table)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(commands[i].name, name))
            printf("Usage:  slipway-oci %s %s\n\n%s\n", name, commands[i].operands, commands[i].summary);
    if (table && table[0].name) {
        puts("\nOptions:");
        flags_help(table, stdout);
    }
    return -ECANCELED;
}

int oci_parse(const struct flag *table, void *options, int argc, char **argv, bool stop, int least, int most, char ***operands,
              struct error *err)
{
    int rc = flags_parse(table, options, NULL, argc, argv, stop, operands, err);
    if (rc == -ECANCELED)
        return oci_help(argv[0], table);
    if (rc < 0)
        return rc;
    int count = (int)strv_len(*operands);
    if (count < least || (most >= 0 && count > most))
        return error_set(err, EINVAL, "\"slipway-oci %s\" takes %s%d argument%s, not %d; see slipway-oci %s --help", argv[0],
                         most < 0       ? "at least "
                         : least < most ? "at most "
                                        : "exactly ",
                         most < 0 ? least : most, (most < 0 ? least : most) == 1 ? "" : "s", count, argv[0]);
    return 0;
}

static void log_failure(const char *message)
{
    FILE *file cleanup_file = oci_globals.log ? fopen(oci_globals.log, "ae") : NULL;
    char now[CLOCK_TEXT];
    if (!file)
        return;
    clock_rfc3339(clock_wall_ns(), now);
    if (str_equal(oci_globals.log_format, "json")) {
        json_t *line = json_pack("{ss ss ss}", "level", "error", "msg", message, "time", now);
        json_dumpf(line, file, JSON_COMPACT);
        fputc('\n', file);
        json_decref(line);
    } else {
        fprintf(file, "time=\"%s\" level=error msg=\"%s\"\n", now, message);
    }
}

static const struct oci_command *find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(commands); i++)
        if (!strcmp(commands[i].name, name))
            return &commands[i];
    return NULL;
}

static int run_command(char **operands, struct error *err)
{
    const struct oci_command *command = find(operands[0]);
    if (!command)
        return error_set(err, EINVAL, "\"%s\" is no command of slipway-oci; see slipway-oci --help", operands[0]);
    char *cache cleanup_free = str_format("%s/.seccomp", oci_globals.root);
    runtime_set_cache(cache);
    int rc = command->run((int)strv_len(operands), operands, err);
    runtime_set_cache(NULL);
    return rc;
}

int main(int argc, char **argv)
{
    struct options options = {.root = "/run/slipway-oci", .log_format = "text"};
    struct error err = ERROR_INIT;
    char **operands;
    seal_self(argv);
    int rc = flags_parse(flags, &options, NULL, argc, argv, true, &operands, &err);
    if (rc == -ECANCELED || (!rc && !options.version && !operands[0])) {
        print_help(stdout);
        return 0;
    }
    if (!rc && options.version) {
        print_version();
        return 0;
    }
    if (!rc && strcmp(options.log_format, "text") && strcmp(options.log_format, "json"))
        rc = error_set(&err, EINVAL, "unknown log format \"%s\": text and json are possible", options.log_format);
    oci_globals = (struct oci_globals){options.root, options.log, options.log_format, options.debug};
    if (!rc)
        rc = run_command(operands, &err);
    if (rc >= 0)
        return rc;
    if (rc == -ECANCELED && !err.code)
        return 0;
    fprintf(stderr, "slipway-oci: %s\n", err.message);
    log_failure(err.message);
    return operands && operands[0] && (!strcmp(operands[0], "run") || !strcmp(operands[0], "exec")) &&
                   runtime_error_exit_code(&err) != 125
               ? runtime_error_exit_code(&err)
               : 1;
}
