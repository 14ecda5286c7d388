/* The commands of the `slipway` program. Each folder offers a table; engine/cli/catalog.c puts them together, and help, completion
 * and the manual pages are made from the same rows. */
#ifndef SLIPWAY_BASE_COMMAND_H
#define SLIPWAY_BASE_COMMAND_H

#include <stdbool.h>

struct flag;

struct command_context {
    const char *host;    /* where the engine listens: "unix:///run/slipway.sock" */
    const char *program; /* as the person called us: "slipway", or "docker" through a symlink */
    /* When set, the command tells its flags and does nothing else. */
    void (*describe)(void *data, const struct flag *flags, bool stop_at_operand);
    void *describe_data;
};

/* What stands at the place of the operands, for completion. */
enum command_operand {
    OPERAND_NOTHING,
    OPERAND_CONTAINER, /* in any state */
    OPERAND_RUNNING,
    OPERAND_STOPPED,
    OPERAND_PAUSED,
    OPERAND_IMAGE,
    OPERAND_NETWORK,
    OPERAND_VOLUME,
    OPERAND_OBJECT, /* any of those */
    OPERAND_FILE,
    OPERAND_COPY, /* CONTAINER:PATH or a file */
    OPERAND_LESSON,
    OPERAND_LAB,
    OPERAND_SHELL,   /* bash, zsh, fish */
    OPERAND_COMMAND, /* the words of a command */
};

struct command {
    const char *name;     /* "container ls", "version", "lab start"; NULL ends the table */
    const char *aliases;  /* every other spelling: "container list, container ps, ps"; "" when there is none */
    const char *operands; /* for the usage line: "[OPTIONS] IMAGE [COMMAND] [ARG...]"; a second way after \n */
    const char *summary;  /* one line, as in Docker's help */
    enum command_operand completes;
    /* argv[0] is the command as it was typed; the result is the process's exit code. */
    int (*run)(const struct command_context *context, int argc, char **argv);
};

#endif
