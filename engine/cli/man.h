/* The manual, made from the tables of commands and flags and from the Markdown in engine/cli/man. */
#ifndef SLIPWAY_CLI_MAN_H
#define SLIPWAY_CLI_MAN_H

#include "base/command.h"
#include "base/flags.h"

/* The hidden `__man SOURCE OUT`, used by `make man`: writes every page of section 1 into OUT/man1, and a page NAME.SECTION for each
 * SOURCE/NAME.SECTION.md. Where OUT/NAME.help holds what NAME --help prints, its options become a section of that page. */
int man_pages(const struct command_context *context, const struct flag *globals, int argc, char **argv);

#endif
