/* slipway-oci: one container from one OCI bundle, with runc's command line. Global flags, the table of subcommands, and how an
 * error is told: one line on stderr, in --log as well (text or JSON, as runc and containerd's shim expect it). */
#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seal.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    for (const struct oci_command *command = oci_commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    fputs("\nOptions:\n", out);
    flags_help(flags, out);
}

static void print_version(void)
{
    const struct scmp_version *version = seccomp_version();
    printf("slipway-oci version 0.1.0\nspec: 1.2.0\nlibseccomp: %u.%u.%u\n+SECCOMP +CAP +IDMAP +CGROUP1 +CGROUP2\n", version->major,
           version->minor, version->micro);
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

static int run_command(char **operands, struct error *err)
{
    const struct oci_command *command = oci_command(operands[0]);
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
    if (rc == -ECANCELED)
        return 0;
    fprintf(stderr, "slipway-oci: %s\n", err.message);
    log_failure(err.message);
    return operands && operands[0] && (!strcmp(operands[0], "run") || !strcmp(operands[0], "exec")) &&
                   runtime_error_exit_code(&err) != 125
               ? runtime_error_exit_code(&err)
               : 1;
}
