/* The scanner of modes, and the reports that it leads to: they fit their room, are one escape sequence, and a reset ends them. */
#include "tui/modes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct modes modes = {0}, pieces = {0};
    modes_feed(&modes, (const char *)data, size);
    for (size_t i = 0; i < size; i++)
        modes_feed(&pieces, (const char *)data + i, 1);
    if (modes.mouse != pieces.mouse || modes.sgr != pieces.sgr || modes.paste != pieces.paste || modes.state != pieces.state)
        abort();
    for (int kind = MOUSE_PRESS; kind <= MOUSE_WHEEL_DOWN; kind++) {
        struct mouse mouse = {
            (enum mouse_kind)kind, size ? data[0] % 5 : 1, size > 1 ? data[1] * 4 : 0, size > 2 ? data[2] : 0, true, false, true};
        char report[MODES_REPORT];
        size_t len = modes_report(&modes, &mouse, report);
        if (len >= sizeof report || (len && (report[0] != '\033' || memchr(report + 1, '\033', len - 1))))
            abort();
    }
    modes_feed(&modes, "\030\033c", 3);
    if (modes.mouse || modes.sgr || modes.paste)
        abort();
    return 0;
}
