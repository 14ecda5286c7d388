/* The signs that the UI draws with: one table, one column for UTF-8 terminals and one for plain ASCII.
 *
 * glyph_open() decides once: UTF-8 when the locale's codeset is UTF-8 and SLIPWAY_ASCII is not set. The Linux console has UTF-8
 * but few signs; there the round corners become square ones.
 */
#ifndef SLIPWAY_TUI_GLYPH_H
#define SLIPWAY_TUI_GLYPH_H

#include <stdbool.h>

enum glyph {
    G_HLINE,
    G_VLINE,
    G_TOP_LEFT,
    G_TOP_RIGHT,
    G_BOTTOM_LEFT,
    G_BOTTOM_RIGHT,
    G_HEAVY,    /* the line below the tab on show */
    G_WIRE,     /* a veth wire that is up */
    G_WIRE_OFF, /* and one that is down */
    G_PLUG,     /* where a wire enters a box */
    G_BRANCH,   /* tree: one more below */
    G_LAST,     /* tree: the last one */
    G_TRUNK,    /* tree: nothing here, more below */
    G_BAR,      /* the selected row */
    G_FULL,     /* gauge: used */
    G_EMPTY,    /* gauge: free */
    G_DOT,      /* running, up */
    G_RING,     /* stopped, down */
    G_PAUSE,    /* frozen */
    G_CHECK,    /* done, right */
    G_CROSS,    /* failed, wrong */
    G_FLAG,     /* flagged question */
    G_ARROW,
    G_PLAY, /* a command that can be run */
    G_BULLET,
    G_ELLIPSIS,
    G_MARK, /* changed since the last look */
    G_UP,
    G_DOWN,
    G_SPARK1,
    G_SPARK2,
    G_SPARK3,
    G_SPARK4,
    G_SPARK5,
    G_SPARK6,
    G_SPARK7,
    G_SPARK8,
    G_COUNT
};

void glyph_open(void);
bool glyph_utf8(void);
void glyph_ascii(bool ascii);        /* signs from ASCII only, whatever the locale */
const char *glyph(enum glyph which); /* static storage; every sign is one column wide */

/* The braille sign with these dots (bit 0 to 3: left column from the top down, 4 to 7: right column): four dots down and two across
 * for charts. False where the terminal is not known to have them. */
bool glyph_braille(unsigned dots, char out[4]);

#endif
