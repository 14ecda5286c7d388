/* The commands that the lessons offer to the `slipway` program. */
#ifndef SLIPWAY_LESSONS_LESSON_COMMANDS_H
#define SLIPWAY_LESSONS_LESSON_COMMANDS_H

#include "base/command.h"

extern const struct command lesson_commands[]; /* ends with a NULL name */

#endif
