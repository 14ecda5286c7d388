/* Drawing on stdscr inside areas. Everything is clipped: no call can write outside the area it was given or fail at any size.
 *
 * Text is UTF-8; bytes that are none, control characters, and signs that turn the direction of writing are drawn as '?', so
 * that no text from outside can reach the terminal as an escape sequence or turn what is beside it. Rows and columns count from the
 * area's corner.
 */
#ifndef SLIPWAY_TUI_DRAW_H
#define SLIPWAY_TUI_DRAW_H

#include "tui/glyph.h"
#include "tui/palette.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct area {
    int y, x, h, w;
};

/* Cut an area: the part given stays in bounds, heights and widths below zero become zero. */
struct area area_inset(struct area area, int rows, int columns); /* from every side */
struct area area_rows(struct area area, int from, int rows);
struct area area_columns(struct area area, int from, int columns);

/* Write at (y, x) of the area; the columns used. */
int put(struct area area, int y, int x, enum style style, const char *text);
int putf(struct area area, int y, int x, enum style style, const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Ends at column `right` (exclusive). */
void put_right(struct area area, int y, int right, enum style style, const char *text);
/* At most `width` columns, with an ellipsis when cut. */
int put_fit(struct area area, int y, int x, int width, enum style style, const char *text);
void put_line(struct area area, int y, enum glyph sign, enum style style);
void put_fill(struct area area, int y, int x, int width, enum style style); /* blanks, for backgrounds */

/* A box with a title in its upper edge and a note at the right of it (either may be NULL); the inside of it. */
struct area draw_box(struct area area, const char *title, const char *note, enum style edge);

/* "[████░░░░]" in `width` columns (at least 3). `part` of 0..1. */
void draw_gauge(struct area area, int y, int x, int width, double part, enum style style);

/* Small bars of the last `width` of `count` values, scaled to `most` (0: their own greatest). */
void draw_spark(struct area area, int y, int x, int width, const double *values, size_t count, double most, enum style style);

int text_width(const char *text);

/* Cut text into lines of at most `width` columns at blanks (hard when a word is longer). Gives the bytes of the next line from
 * `text` and moves it on; false at the end. A newline ends a line. */
bool text_wrap(const char **text, int width, const char **line, size_t *len);
int draw_wrapped(struct area area, int y, int x, enum style style, const char *text); /* rows used, drawn or not */

/* The next code point of UTF-8 text (U+FFFD for a bad byte); 0 at the end. */
uint32_t utf8_next(const char **text);

#endif
