/* What stands around every screen: tabs and engine state above, the last command and the keys below, help and dialogues over it. */
#ifndef SLIPWAY_TUI_FRAME_H
#define SLIPWAY_TUI_FRAME_H

struct app;

enum { FRAME_MIN_ROWS = 24, FRAME_MIN_COLUMNS = 80 };

/* Rows of the screen's own area at the size now are LINES less these. */
enum { FRAME_HEAD = 2, FRAME_FOOT = 2 };

#endif
