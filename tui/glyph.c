/* The table of signs. Nothing else in the UI names a character outside ASCII. */
#include "tui/glyph.h"

#include "base/strings.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *utf8, *ascii, *console; /* `console`: where the Linux console's font lacks the sign; NULL for the same as utf8 */
} table[G_COUNT] = {
    [G_HLINE] = {"─", "-", NULL},    [G_VLINE] = {"│", "|", NULL},      [G_TOP_LEFT] = {"╭", "+", "┌"},
    [G_TOP_RIGHT] = {"╮", "+", "┐"}, [G_BOTTOM_LEFT] = {"╰", "+", "└"}, [G_BOTTOM_RIGHT] = {"╯", "+", "┘"},
    [G_HEAVY] = {"━", "=", "═"},     [G_WIRE] = {"━", "=", "═"},        [G_WIRE_OFF] = {"╌", ".", "-"},
    [G_PLUG] = {"●", "o", "*"},      [G_BRANCH] = {"├", "|", NULL},     [G_LAST] = {"└", "`", NULL},
    [G_TRUNK] = {"│", "|", NULL},    [G_BAR] = {"▌", ">", NULL},        [G_FULL] = {"█", "#", NULL},
    [G_EMPTY] = {"░", ".", NULL},    [G_DOT] = {"●", "*", "*"},         [G_RING] = {"○", "o", "o"},
    [G_PAUSE] = {"◐", "=", "="},     [G_CHECK] = {"✓", "+", "√"},       [G_CROSS] = {"✗", "x", "x"},
    [G_FLAG] = {"⚑", "F", "F"},      [G_ARROW] = {"→", ">", NULL},      [G_PLAY] = {"▸", ">", ">"},
    [G_BULLET] = {"•", "*", NULL},   [G_ELLIPSIS] = {"…", "~", "~"},    [G_MARK] = {"◆", "*", "*"},
    [G_UP] = {"▲", "^", NULL},       [G_DOWN] = {"▼", "v", NULL},       [G_SPARK1] = {"▁", "_", "_"},
    [G_SPARK2] = {"▂", ".", "."},    [G_SPARK3] = {"▃", ":", ":"},      [G_SPARK4] = {"▄", "-", "-"},
    [G_SPARK5] = {"▅", "=", "="},    [G_SPARK6] = {"▆", "+", "+"},      [G_SPARK7] = {"▇", "*", "*"},
    [G_SPARK8] = {"█", "#", NULL},
};

static bool utf8, console, locale_utf8;

void glyph_open(void)
{
    locale_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    utf8 = locale_utf8 && str_empty(getenv("SLIPWAY_ASCII"));
    console = str_equal(getenv("TERM"), "linux");
}

void glyph_ascii(bool ascii) { utf8 = locale_utf8 && !ascii; }

bool glyph_utf8(void) { return utf8; }

const char *glyph(enum glyph which)
{
    if (!utf8)
        return table[which].ascii;
    return console && table[which].console ? table[which].console : table[which].utf8;
}

bool glyph_braille(unsigned dots, char out[4])
{
    /* Unicode numbers the dots as they came to be: the lowest row was added last. */
    static const unsigned char bits[8] = {0x01, 0x02, 0x04, 0x40, 0x08, 0x10, 0x20, 0x80};
    unsigned code = 0x2800;
    if (!utf8 || console)
        return false;
    for (int i = 0; i < 8; i++)
        code |= dots >> i & 1 ? bits[i] : 0;
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    out[3] = 0;
    return true;
}
