/* The command for those who write question banks; quizzes/exam_commands.c has its row. */
#ifndef SLIPWAY_QUIZZES_PROVE_COMMAND_H
#define SLIPWAY_QUIZZES_PROVE_COMMAND_H

#include "base/command.h"

int prove_command(const struct command_context *context, int argc, char **argv);

#endif
