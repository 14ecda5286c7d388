/* The commands for those who write labs; labs/lab_commands.c has their rows. */
#ifndef SLIPWAY_LABS_AUTHOR_COMMANDS_H
#define SLIPWAY_LABS_AUTHOR_COMMANDS_H

#include "base/command.h"

int author_lint(const struct command_context *context, int argc, char **argv);
int author_test(const struct command_context *context, int argc, char **argv);
int author_new(const struct command_context *context, int argc, char **argv);
int author_import(const struct command_context *context, int argc, char **argv);

#endif
