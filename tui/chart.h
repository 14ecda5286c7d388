/* Values over time as a filled curve, the newest at the right: braille dots where the terminal has them (two values and four steps
 * in a character), else signs of ASCII (one value a column, the greater of two).
 */
#ifndef SLIPWAY_TUI_CHART_H
#define SLIPWAY_TUI_CHART_H

#include "tui/draw.h"

#include <stddef.h>

/* `most` is the value at the upper edge; 0: the greatest that is on show. Gives that. `down`: it hangs from the upper edge. */
double draw_chart(struct area area, const double *values, size_t count, double most, bool down, enum style style);
size_t chart_room(struct area area); /* how many values it shows */

#endif
