/* Drawings made of characters, as documents for handouts: SVG, HTML, plain text.
 *
 * What comes in is what a terminal would get: lines of UTF-8 with colours and weights as SGR sequences (ECMA-48, "ESC [ ... m").
 * Any other control character, and bytes that are no UTF-8 or that XML has no place for, become U+FFFD, so that no name in a
 * picture can break it or bring an element of its own.
 */
#ifndef SLIPWAY_BASE_PICTURE_H
#define SLIPWAY_BASE_PICTURE_H

#include <stdbool.h>
#include <stddef.h>

enum { PICTURE_SIGN = 24 };

/* Colours are 0..255 as terminals number them (the first eight in tones for white paper), or one of these. */
enum { PICTURE_INK = -1, PICTURE_PAPER = -2 };

struct picture_look {
    short colour, ground;
    bool bold, dim, underline, reverse;
};

struct picture_cell {
    char sign[PICTURE_SIGN]; /* a character with its combining marks; empty: the second half of a wide one */
    struct picture_look look;
};

struct picture {
    struct picture_row {
        struct picture_cell *cells;
        int count, room;
    } * rows;
    int count, room, columns;
};

void picture_read(struct picture *picture, const char *text);
void picture_free(struct picture *picture);
#define cleanup_picture __attribute__((cleanup(picture_free)))

/* Whole documents; what they return is the caller's. Each holds all it needs and refers to nothing outside. The SVG is a grid of
 * cells: frames and blocks are paths, so that lines meet whatever the font; all else is text, and can be searched. */
char *picture_svg(const char *text, const char *title);
char *picture_html(const char *text, const char *title);
char *picture_text(const char *text); /* the same lines without colours */

/* The document for the ending of `path`: ".svg", ".html", or else text. */
char *picture_for(const char *path, const char *text, const char *title);

/* For those who write documents: the text with &, <, > and quotes as entities; the classes of a look ("b f2 g4"), and the style
 * sheet of the looks that a picture uses. */
struct buf;
void picture_escape(struct buf *out, const char *text);
void picture_classes(struct buf *out, const struct picture_look *look);
void picture_sheet(struct buf *out, const struct picture *picture);
bool picture_same_look(const struct picture_look *a, const struct picture_look *b);

#endif
