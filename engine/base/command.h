/* The commands of the `slipway` program. Each folder offers a table; engine/cli/slipway_main.c puts them together. */
#ifndef SLIPWAY_BASE_COMMAND_H
#define SLIPWAY_BASE_COMMAND_H

struct command_context {
    const char *host;    /* where the engine listens: "unix:///run/slipway.sock" */
    const char *program; /* as the person called us: "slipway", or "docker" through a symlink */
};

struct command {
    const char *name;     /* "run", "container run", "lab start"; NULL ends the table */
    const char *operands; /* for the usage line: "[OPTIONS] IMAGE [COMMAND] [ARG...]" */
    const char *summary;  /* one line, as in Docker's help */
    /* argv[0] is the command's name; the result is the process's exit code. */
    int (*run)(const struct command_context *context, int argc, char **argv);
};

#endif
