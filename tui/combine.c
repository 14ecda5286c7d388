/* Decoding UTF-8 as it comes, and the table of combinations. */
#include "tui/combine.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

uint32_t combine_byte(struct combine *combine, unsigned char byte, bool text)
{
    if (!text || byte < 0x20 || byte == 0x7f) {
        combine->left = 0;
        combine->last = 0;
        return 0;
    }
    if (byte >= 0x80 && byte < 0xc0 && combine->left > 0) {
        combine->code = combine->code << 6 | (byte & 0x3f);
        return --combine->left == 0 ? combine->code : 0;
    }
    combine->left = byte >= 0xf8 ? 0 : byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : byte >= 0xc0 ? 1 : 0;
    combine->code = byte & (0x3fu >> combine->left);
    return byte < 0x80 ? byte : 0;
}

const uint32_t *combine_signs(const struct combine *combine, uint32_t code)
{
    return code >= COMBINE_PLANE && code - COMBINE_PLANE < combine->count ? combine->table[code - COMBINE_PLANE] : NULL;
}

uint32_t combine_with(struct combine *combine, uint32_t base, uint32_t mark)
{
    uint32_t wanted[COMBINE_SIGNS] = {base};
    const uint32_t *before = combine_signs(combine, base);
    if (before)
        memcpy(wanted, before, sizeof wanted);
    unsigned used = 0;
    while (used < COMBINE_SIGNS && wanted[used])
        used++;
    if (used == COMBINE_SIGNS)
        return base;
    wanted[used] = mark;
    for (unsigned i = combine->count; i-- > 0;)
        if (memcmp(combine->table[i], wanted, sizeof wanted) == 0)
            return COMBINE_PLANE + i;
    if (combine->count == COMBINE_MOST)
        return 0;
    if (combine->count == combine->room) {
        combine->room = combine->room ? combine->room * 2 : 16;
        combine->table = xrealloc(combine->table, combine->room * sizeof *combine->table);
    }
    memcpy(combine->table[combine->count], wanted, sizeof wanted);
    return COMBINE_PLANE + combine->count++;
}

void combine_free(struct combine *combine) { free(combine->table); }
