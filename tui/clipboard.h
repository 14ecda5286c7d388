/* What was copied in the UI, to be pasted into any of its terminals. It stays inside: the clipboard of the person's own terminal is
 * written only when they ask for it (OSC 52), never because of what a program wrote.
 */
#ifndef SLIPWAY_TUI_CLIPBOARD_H
#define SLIPWAY_TUI_CLIPBOARD_H

#include <stdbool.h>

/* What terminals take of OSC 52 at the least: 75,000 characters of base64 (xterm). */
enum { CLIPBOARD_OUTER_MOST = 74992 / 4 * 3 };

void clipboard_set(const char *text);
const char *clipboard_text(void); /* "" when nothing was copied */
/* To the clipboard of the terminal that the UI runs in; false when it is more than terminals take. A terminal may refuse silently.
 */
bool clipboard_to_outer(void);

#endif
