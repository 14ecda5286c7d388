/* The commands that the exams offer to the `slipway` program. */
#ifndef SLIPWAY_QUIZZES_EXAM_COMMANDS_H
#define SLIPWAY_QUIZZES_EXAM_COMMANDS_H

#include "base/command.h"
#include "base/error.h"

#include <jansson.h>

extern const struct command exam_commands[]; /* ends with a NULL name */

/* Exit codes of `exam take`. */
enum { EXAM_PASSED = 0, EXAM_ERROR = 1, EXAM_FAILED = 2, EXAM_LEFT = 3 };

/* The request quiz.set, with the settings of a file; NULL and why when it holds none. */
json_t *quiz_set_request(const char *quiz, const char *path, struct error *err);

int quiz_lint_command(const struct command_context *context, int argc, char **argv);
int quiz_practice_command(const struct command_context *context, int argc, char **argv);
int quiz_set_command(const struct command_context *context, int argc, char **argv);
int quiz_remove_command(const struct command_context *context, int argc, char **argv);
int quiz_list_command(const struct command_context *context, int argc, char **argv);
int quiz_questions_command(const struct command_context *context, int argc, char **argv);
int exam_take_command(const struct command_context *context, int argc, char **argv);

/* exam_learn.c */
int exam_learn_command(const struct command_context *context, int argc, char **argv);
int quiz_due_command(const struct command_context *context, int argc, char **argv);

/* exam_statistics.c */
int exam_statistics_command(const struct command_context *context, int argc, char **argv);

/* exchange_commands.c */
int quiz_import_command(const struct command_context *context, int argc, char **argv);
int quiz_export_command(const struct command_context *context, int argc, char **argv);

#endif
