/* The terminal UI: `slipway` without arguments on a terminal.
 *
 * Environment: NO_COLOR, SLIPWAY_THEME, SLIPWAY_ASCII=1 (signs from ASCII only), XDG_CONFIG_HOME (slipway/settings, keys, layout),
 * SLIPWAY_TUI_TRACE=FILE (one line a frame: number, screen, and what is under way; for tests that wait for the UI instead of
 * sleeping).
 */
#ifndef SLIPWAY_TUI_TUI_H
#define SLIPWAY_TUI_TUI_H

#include "base/command.h"

int tui_main(const struct command_context *context);

/* The UI driven by a file, without a terminal: `slipway --script FILE`. The exit code; messages go to standard error. */
int tui_script(const struct command_context *context, const char *path);

/* Menus that are read from top to bottom: `slipway --plain`. Needs no terminal. */
int tui_plain(const struct command_context *context);

/* The UI with its session recorded as asciicast v2: `slipway --record FILE`. */
int tui_record(const struct command_context *context, const char *path);

#endif
