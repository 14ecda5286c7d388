/* The commands that the lessons offer to the `slipway` program. */
#ifndef SLIPWAY_LESSONS_LESSON_COMMANDS_H
#define SLIPWAY_LESSONS_LESSON_COMMANDS_H

#include "base/command.h"
#include "base/error.h"

struct flag;

extern const struct command lesson_commands[]; /* ends with a NULL name */

int lesson_recall_command(const struct command_context *context, int argc, char **argv);

/* For authors: lint, test and map. */
int lesson_lint_command(const struct command_context *context, int argc, char **argv);
int lesson_test_command(const struct command_context *context, int argc, char **argv);
int lesson_map_command(const struct command_context *context, int argc, char **argv);

/* Inside: say what is wrong, or how a command is used; the exit code. */
int lesson_fail(const struct error *err);
int lesson_usage(const char *line, const struct flag *flags, const struct error *err);

#endif
