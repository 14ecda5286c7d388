/* A terminal's screen as JSON, for who looks at it from elsewhere:
 * {"columns","rows","cursor":[y,x]|null,"lines":[[[text,foreground, background,look]...]...]}, runs of cells that look alike,
 * blanks at the end of a line left out.
 */
#ifndef SLIPWAY_TUI_SCREEN_TEXT_H
#define SLIPWAY_TUI_SCREEN_TEXT_H

#include "tui/draw.h"

#include <jansson.h>

struct terminal;

json_t *screen_text(struct terminal *terminal);

/* What does not look like a screen is left out. Where it is larger than the area, the part around the cursor. */
void screen_text_draw(const json_t *screen, struct area area);

#endif
