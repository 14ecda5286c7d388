/* slipway-oci: one container from one OCI bundle, with runc's command line. Global flags, and how a command's end becomes an exit
 * code. */
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/seal.h"
#include "runtime/oci/log.h"
#include "runtime/oci/oci.h"
#include "runtime/oci/systemd.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

struct options {
    const char *root, *log, *log_format, *log_level, *cgroup_manager, *rootless;
    bool debug, version, systemd_cgroup;
};
static const struct flag flags[] = {
    {0, "root", FLAG_STRING, offsetof(struct options, root), "directory",
     "where state is kept (default /run/slipway-oci, or $XDG_RUNTIME_DIR/slipway-oci for another user than root)"},
    {0, "log", FLAG_STRING, offsetof(struct options, log), "destination",
     "write errors there as well: [file:]PATH, journald:NAME or syslog:NAME"},
    {0, "log-format", FLAG_STRING, offsetof(struct options, log_format), "format", "\"text\" or \"json\""},
    {0, "log-level", FLAG_STRING, offsetof(struct options, log_level), "level", "\"error\", \"warning\" or \"debug\" (as --debug)"},
    {0, "debug", FLAG_BOOL, offsetof(struct options, debug), NULL, "show each act on the kernel on stderr"},
    {0, "cgroup-manager", FLAG_STRING, offsetof(struct options, cgroup_manager), "manager",
     "who makes control groups: \"cgroupfs\" (default), \"systemd\" or \"disabled\""},
    {0, "systemd-cgroup", FLAG_BOOL, offsetof(struct options, systemd_cgroup), NULL, "the same as --cgroup-manager systemd"},
    {0, "rootless", FLAG_STRING, offsetof(struct options, rootless), "true|false|auto",
     "go on without control groups where they cannot be made (default auto: when the user is not root)"},
    {'v', "version", FLAG_BOOL, offsetof(struct options, version), NULL, "print the version"},
    {0},
};

static void print_help(FILE *out)
{
    fprintf(out, "Usage: %s [OPTION...] COMMAND [OPTION...]\n\nOne container from one OCI bundle\n\nCommands:\n",
            program_invocation_short_name);
    for (const struct oci_command *command = oci_commands; command->name; command++)
        fprintf(out, "  %-10s %s\n", command->name, command->summary);
    fputs("\nOptions:\n", out);
    flags_help(flags, out);
}

static void print_version(void)
{
    const struct scmp_version *version = seccomp_version();
    printf("%s version 0.1.0\nspec: " RUNTIME_SPEC "\nlibseccomp: %u.%u.%u\n+SECCOMP +CAP +SYSTEMD +APPARMOR +EBPF +IDMAP +CGROUP1 "
           "+CGROUP2\n",
           program_invocation_short_name, version->major, version->minor, version->micro);
}

static int choose(const char *flag, const char *value, const char *const *possible, struct error *err)
{
    for (size_t i = 0; possible[i]; i++)
        if (str_equal(value, possible[i]))
            return 0;
    return error_set(err, EINVAL, "--%s \"%s\" is unknown; see slipway-oci --help", flag, value);
}

static int check(struct options *options, struct error *err)
{
    static const char *const levels[] = {"error", "warning", "debug", NULL},
                             *const managers[] = {"cgroupfs", "systemd", "disabled", NULL},
                             *const answers[] = {"true", "false", "auto", NULL};
    if (options->systemd_cgroup)
        options->cgroup_manager = "systemd";
    int rc = choose("log-level", options->log_level, levels, err);
    if (!rc)
        rc = choose("cgroup-manager", options->cgroup_manager, managers, err);
    if (!rc)
        rc = choose("rootless", options->rootless, answers, err);
    if (!rc)
        rc = oci_log_open(options->log, options->log_format, err);
    return rc;
}

/* A user's own runtime directory, unless the user is root. */
static char *default_root(void)
{
    const char *run = geteuid() ? getenv("XDG_RUNTIME_DIR") : NULL;
    if (run && *run == '/')
        return str_format("%s/slipway-oci", run);
    return geteuid() ? str_format("/tmp/slipway-oci-%u", geteuid()) : xstrdup("/run/slipway-oci");
}

static int run_command(char **operands, struct error *err)
{
    const struct oci_command *command = oci_command(operands[0]);
    if (!command)
        return error_set(err, EINVAL, "\"%s\" is no command of slipway-oci; see slipway-oci --help", operands[0]);
    char *cache cleanup_free = str_format("%s/.seccomp", oci_globals.root);
    runtime_set_cache(cache);
    runtime_offer_systemd(&oci_systemd);
    int rc = runtime_set_cgroup_manager(oci_globals.cgroup_manager, err);
    if (!rc)
        rc = command->run((int)strv_len(operands), operands, err);
    runtime_set_cache(NULL);
    return rc;
}

static int exit_code(const char *command, const struct error *err)
{
    bool runs = command && (!strcmp(command, "run") || !strcmp(command, "exec"));
    return runs && runtime_error_exit_code(err) != 125 ? runtime_error_exit_code(err) : 1;
}

/* With random bytes that the kernel has put here already. */
static void seed_hashes(void)
{
    size_t seed;
    memcpy(&seed, (const void *)getauxval(AT_RANDOM), sizeof seed);
    json_object_seed(seed | 1);
}

int main(int argc, char **argv)
{
    char *root cleanup_free = default_root();
    struct options options = {
        .root = root, .log_format = "text", .log_level = "error", .cgroup_manager = "cgroupfs", .rootless = "auto"};
    struct error err = ERROR_INIT;
    char **operands = NULL;
    seal_self(argv);
    seed_hashes();
    int rc = flags_parse(flags, &options, NULL, argc, argv, true, &operands, &err);
    if (rc == -ECANCELED || (!rc && !options.version && !operands[0])) {
        print_help(stdout);
        return 0;
    }
    if (!rc && options.version) {
        print_version();
        return 0;
    }
    if (!rc)
        rc = check(&options, &err);
    oci_globals =
        (struct oci_globals){.root = options.root,
                             .cgroup_manager = options.cgroup_manager,
                             .debug = options.debug || str_equal(options.log_level, "debug"),
                             .rootless = str_equal(options.rootless, "true") || (str_equal(options.rootless, "auto") && geteuid())};
    if (!rc)
        rc = run_command(operands, &err);
    if (rc == -ECANCELED)
        return 0;
    if (rc >= 0)
        return rc;
    oci_log_error(err.message);
    return exit_code(operands ? operands[0] : NULL, &err);
}
