/* Characters that combine, for an emulator that drops them: a base and what combines with it is kept here, and stands in the
 * emulator's cells as one code point of the last private plane.
 *
 * Bounded: after COMBINE_MOST different combinations further marks are dropped.
 */
#ifndef SLIPWAY_TUI_COMBINE_H
#define SLIPWAY_TUI_COMBINE_H

#include <stdbool.h>
#include <stdint.h>

enum { COMBINE_SIGNS = 4, COMBINE_MOST = 4096, COMBINE_PLANE = 0x100000 };

struct combine {
    uint32_t (*table)[COMBINE_SIGNS];
    unsigned count, room;
    uint32_t last; /* the code point printed last; 0 when something else came since */
    uint32_t code; /* being decoded */
    unsigned left; /* bytes of it to come */
};

/* The next byte; `text` when it is not part of a control sequence. The code point that ends with it, 0 for none. */
uint32_t combine_byte(struct combine *combine, unsigned char byte, bool text);
/* What stands for `base` with `mark` after it; 0 when there is no room. `base` may stand for a combination itself. */
uint32_t combine_with(struct combine *combine, uint32_t base, uint32_t mark);
/* The code points that `code` stands for, ended by 0 when fewer than COMBINE_SIGNS; NULL when it stands for itself. */
const uint32_t *combine_signs(const struct combine *combine, uint32_t code);
void combine_free(struct combine *combine);

#endif
