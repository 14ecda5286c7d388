/* The table of slipway-oci's subcommands, their help, and the parsing of their flags. */
#include "base/strings.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

struct oci_globals oci_globals;

const struct oci_command oci_commands[] = {
    {"checkpoint", "CONTAINER", "write a running container to files, by CRIU", oci_checkpoint},
    {"create", "CONTAINER", "create a container from a bundle; its process waits for start", oci_create},
    {"delete", "CONTAINER", "delete what a container holds", oci_delete},
    {"events", "CONTAINER", "show what a container uses, as it changes, as lines of JSON", oci_events},
    {"exec", "CONTAINER cmd [ARG...]", "run another process in a container", oci_exec},
    {"features", "", "show what this runtime can do, as JSON", oci_features},
    {"kill", "CONTAINER [SIGNAL]", "send a signal (default TERM) to a container's first process", oci_kill},
    {"list", "", "list containers", oci_list},
    {"mounts", "[add|remove] CONTAINER FILE",
     "mount more in a running container, or unmount it; FILE is a list as config.mounts is", oci_mounts},
    {"pause", "CONTAINER", "freeze all processes of a container", oci_pause},
    {"ps", "CONTAINER [ps options]", "list the processes of a container", oci_ps},
    {"restore", "CONTAINER", "make a container out of such files", oci_restore},
    {"resume", "CONTAINER", "thaw a paused container", oci_resume},
    {"run", "CONTAINER", "create and start a container", oci_run},
    {"spec", "", "write a config.json to begin with", oci_spec},
    {"start", "CONTAINER", "let a created container run", oci_start},
    {"state", "CONTAINER", "show the state of a container, as JSON", oci_state_command},
    {"update", "CONTAINER", "change the limits of a container", oci_update},
    {0},
};

const struct oci_command *oci_command(const char *name)
{
    for (const struct oci_command *command = oci_commands; command->name; command++)
        if (!strcmp(command->name, name))
            return command;
    return NULL;
}

int oci_help(const char *name, const struct flag *table)
{
    const struct oci_command *command = oci_command(name);
    printf("Usage: %s [OPTION...] %s %s\n\n%s\n", program_invocation_short_name, name, command->operands, command->summary);
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
        return error_set(err, EINVAL, "\"%s %s\" takes %s%d argument%s, not %d; see %s %s --help", program_invocation_short_name,
                         argv[0],
                         most < 0       ? "at least "
                         : least < most ? (count < least ? "at least " : "at most ")
                                        : "exactly ",
                         most < 0 || count < least ? least : most, (most < 0 || count < least ? least : most) == 1 ? "" : "s",
                         count, program_invocation_short_name, argv[0]);
    return 0;
}

void oci_print(const json_t *json, size_t flags)
{
    json_dumpf(json, stdout, flags);
    putchar('\n');
}
