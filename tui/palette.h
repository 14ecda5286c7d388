/* What things look like, by meaning. Screens name a style; only this module knows colours.
 *
 * Unless a theme with a ground of its own is chosen, the terminal's background is kept, and each colour is readable on dark and on
 * light. With NO_COLOR, or on a terminal
 * without colours, meaning is carried by bold, underline and reverse, and always by a sign or a word as well.
 */
#ifndef SLIPWAY_TUI_PALETTE_H
#define SLIPWAY_TUI_PALETTE_H

#include <stdbool.h>

enum style {
    S_TEXT,    /* ordinary text */
    S_STRONG,  /* what the eye should find first */
    S_DIM,     /* frames, labels, what is old or idle */
    S_TITLE,   /* headings */
    S_ACCENT,  /* links, names, the tab on show */
    S_CODE,    /* commands and what the kernel is told */
    S_OK,      /* running, passed */
    S_WARN,    /* close to a limit, paused, flagged */
    S_BAD,     /* failed, killed, wrong */
    S_KEY,     /* names of keys */
    S_SELECT,  /* the selected row */
    S_CHANGED, /* just changed */
    S_BANNER,  /* a message that must be seen */
    S_COUNT
};

void palette_open(void); /* after newterm() */

/* Themes: the first keeps the terminal's own ground and suits dark and light; "mono" has no colours at all, as with NO_COLOR, which
 * goes before any theme. */
extern const char *const theme_names[]; /* NULL ends */
void palette_theme(int theme);
bool palette_colours(void);
void palette_calm(bool calm); /* S_CHANGED looks as S_TEXT: nothing lights up for a moment */

void style_on(enum style style); /* for what is written to stdscr next */

/* For the terminal pane: colours of 0..255 or -1 for the terminal's own. */
enum { LOOK_BOLD = 1, LOOK_UNDERLINE = 2, LOOK_REVERSE = 4, LOOK_DIM = 8 };
void look_on(int foreground, int background, unsigned look);

#endif
