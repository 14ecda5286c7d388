/* Figures as the screens write them. `out` holds UNITS_TEXT bytes. */
#ifndef SLIPWAY_TUI_FORMAT_H
#define SLIPWAY_TUI_FORMAT_H

#include "tui/draw.h"

#include <stddef.h>

/* Copy what fits of a text, cut at a character; "" for NULL. */
void copy_text(char *out, size_t room, const char *text);

char *format_bytes(long long bytes, char *out);   /* "12.4M": short, powers of 1024 */
char *format_count(long long count, char *out);   /* "1.2k" */
char *format_ago(const char *rfc3339, char *out); /* "3 min", "2 h", "5 d"; "" when it says nothing */
char *format_id(const char *id, char *out);       /* the first twelve digits */
enum style state_style(const char *state);        /* of a container */
enum glyph state_glyph(const char *state);
enum style usage_style(double part); /* calm, close to the limit, at the limit */

#endif
