/* Names of keys, as the footer shows them and as a person writes them in the keys file: "s", "?", "Enter", "Ctrl-]", "Shift-Tab",
 * "Alt-Left", "F6", "PgDn".
 */
#ifndef SLIPWAY_TUI_KEYNAME_H
#define SLIPWAY_TUI_KEYNAME_H

#include "tui/input.h"

#include <stddef.h>

enum { KEY_NAME = 24 };

/* K_NONE when there is no such key; `*why` then says so in a few words (static storage; may be NULL). A terminal cannot tell
 * Ctrl-M from Enter, Ctrl-I from Tab, Ctrl-H from Backspace or Ctrl-[ from Esc: these are refused, for one would act as the other.
 */
keycode key_parse(const char *name, size_t len, const char **why);
const char *key_text(keycode key, char out[KEY_NAME]);
/* One code for each key: what terminals send in two ways (Alt-Left as one sequence, or as Esc and an arrow) is made one. */
keycode key_plain(keycode key);

#endif
