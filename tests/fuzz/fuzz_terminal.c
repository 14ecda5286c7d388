/* Anything that a program in a pane may write, with resizes and scrolling in between: no crash, no endless loop, and every cell
 * that comes back lies inside the terminal. */
#include "tui/terminal.h"

#include <stdint.h>
#include <stdlib.h>

struct bounds {
    int columns, rows;
};

static void inside(void *data, int y, int x, const struct terminal_cell *cell)
{
    const struct bounds *bounds = data;
    if (y < 0 || x < 0 || y >= bounds->rows || x >= bounds->columns || cell->count > 4 || cell->foreground > 255 ||
        cell->background > 255)
        abort();
}

static void look_back(struct terminal *terminal)
{
    struct bounds bounds = {0, TERMINAL_SCROLLBACK + 500};
    int rows;
    terminal_size(terminal, &bounds.columns, &rows);
    if (terminal_history(terminal, inside, &bounds) < rows)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct terminal *terminal = terminal_new(size ? data[0] : 80, 24, NULL, NULL);
    for (size_t at = 0; at < size;) {
        size_t piece = size - at < 64 ? size - at : 64;
        terminal_feed(terminal, (const char *)data + at, piece);
        uint8_t act = data[at];
        if (act % 5 == 0)
            terminal_resize(terminal, data[at + piece - 1], act);
        if (act % 7 == 0)
            look_back(terminal);
        if (act % 11 == 0)
            terminal_key(terminal, act);
        at += piece;
    }
    struct bounds bounds;
    terminal_size(terminal, &bounds.columns, &bounds.rows);
    terminal_draw(terminal, inside, &bounds);
    free(terminal_text(terminal));
    terminal_free(terminal);
    return 0;
}
