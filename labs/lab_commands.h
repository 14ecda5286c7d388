/* The commands that the labs offer to the `slipway` program. */
#ifndef SLIPWAY_LABS_LAB_COMMANDS_H
#define SLIPWAY_LABS_LAB_COMMANDS_H

#include "base/command.h"

extern const struct command lab_commands[]; /* ends with a NULL name */

#endif
