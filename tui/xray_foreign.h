/* The X-ray of a container that another engine runs: what /proc tells root about its first process, where that is one of this
 * machine. The engine is asked for its number; `slipwayd --look` looks, for the UI itself reads nothing that is live. */
#ifndef SLIPWAY_TUI_XRAY_FOREIGN_H
#define SLIPWAY_TUI_XRAY_FOREIGN_H

#include "tui/work.h"

/* The document of `section` (as of GET /slipway/containers/ID/SECTION) for `done`, or why there is none. */
void xray_foreign(struct app *app, const char *id, const char *section, answer_fn done, void *owner);
bool xray_foreign_can(const struct app *app); /* root, and an engine whose socket is a file of this machine */

#endif
