/* What a program asked of its terminal that the emulator does not tell: the mouse, and marks around what is pasted.
 *
 * A scanner that reads the same bytes as the emulator and keeps nothing but a few modes (xterm's ctlseqs.txt, "Mouse Tracking" and
 * "Bracketed Paste Mode"). A full reset (RIS) clears them. Numbers and parameters are bounded; whatever the bytes, no state grows.
 */
#ifndef SLIPWAY_TUI_MODES_H
#define SLIPWAY_TUI_MODES_H

#include "tui/input.h"

#include <stdbool.h>
#include <stddef.h>

enum { MODES_PARAMETERS = 16, MODES_REPORT = 32 };

enum mouse_mode { MOUSE_OFF, MOUSE_CLICKS, MOUSE_DRAGS, MOUSE_MOTION };

struct modes {
    enum mouse_mode mouse; /* DECSET 9 and 1000, 1002, 1003 */
    bool presses_only;     /* 9: X10's own, without releases */
    bool sgr;              /* 1006: reports in decimal, of any size */
    bool paste;            /* 2004 */
    enum { MODES_GROUND, MODES_ESCAPE, MODES_CSI, MODES_PRIVATE, MODES_SKIP, MODES_STRING } state;
    unsigned parameters[MODES_PARAMETERS], count;
};

void modes_feed(struct modes *modes, const char *bytes, size_t len);
bool modes_want(const struct modes *modes, const struct mouse *mouse);
/* The report of what the mouse did, into `report` of MODES_REPORT bytes; its length, 0 when the program wants none or when the
 * place is beyond what the old form can say. */
size_t modes_report(const struct modes *modes, const struct mouse *mouse, char *report);

#endif
