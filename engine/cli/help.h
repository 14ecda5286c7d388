/* What --help prints: of the program, of a management word, of a command. Laid out as Docker's help, in our own words. */
#ifndef SLIPWAY_CLI_HELP_H
#define SLIPWAY_CLI_HELP_H

#include "base/command.h"
#include "base/flags.h"

#include <stdio.h>

/* `globals`: the flags that stand before the command. */
void help_program(const struct command_context *context, const struct flag *globals, FILE *out);
void help_group(const struct command_context *context, const char *group, FILE *out);
void help_command(const struct command_context *context, const char *typed, const struct flag *flags, FILE *out);

/* "Usage:  slipway ps [OPTIONS]" */
void help_usage(const struct command_context *context, const char *typed, FILE *out);

#endif
