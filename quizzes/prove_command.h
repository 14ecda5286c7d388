/* The command for those who write question banks; quizzes/exam_commands.c has its row. */
#ifndef SLIPWAY_QUIZZES_PROVE_COMMAND_H
#define SLIPWAY_QUIZZES_PROVE_COMMAND_H

#include "base/command.h"
#include "base/error.h"
#include "quizzes/prove.h"

/* prove_banks with the banks of files; below 0, and why, when one cannot be read, or `only` is no question of theirs with a proof.
 */
int prove_files(const struct prove *what, char *const *files, struct error *err);

int prove_command(const struct command_context *context, int argc, char **argv);

#endif
