/* `slipway progress`. */
#ifndef SLIPWAY_LABS_PROGRESS_COMMANDS_H
#define SLIPWAY_LABS_PROGRESS_COMMANDS_H

#include "base/command.h"

extern const struct command progress_commands[]; /* ends with a NULL name */

#endif
