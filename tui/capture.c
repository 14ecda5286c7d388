/* Cells of curses as lines with SGR sequences. */
#include "tui/capture.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/picture.h"
#include "base/strings.h"
#include "tui/app.h"

#include <errno.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void add_look(struct buf *out, attr_t attrs, int pair)
{
    static const struct {
        attr_t attr;
        const char *number;
    } weights[] = {{A_BOLD, ";1"}, {A_DIM, ";2"}, {A_UNDERLINE, ";4"}, {A_REVERSE, ";7"}, {A_STANDOUT, ";7"}};
    int ink = -1, ground = -1;
    buf_puts(out, "\033[0");
    for (size_t i = 0; i < ARRAY_LEN(weights); i++)
        if (attrs & weights[i].attr)
            buf_puts(out, weights[i].number);
    if (pair > 0)
        extended_pair_content(pair, &ink, &ground);
    if (ink >= 0)
        buf_printf(out, ";38;5;%d", ink);
    if (ground >= 0)
        buf_printf(out, ";48;5;%d", ground);
    buf_putc(out, 'm');
}

/* Gives how many columns the cell has; what lies behind a wide character is no cell of its own. */
static int add_cell(struct buf *out, int y, int x, attr_t *attrs, int *pair)
{
    cchar_t cell;
    wchar_t signs[CCHARW_MAX + 1] = {0};
    attr_t look = 0;
    short few;
    int all = 0;
    char bytes[CCHARW_MAX * 8];
    if (mvin_wch(y, x, &cell) == ERR || getcchar(&cell, signs, &look, &few, &all) == ERR)
        return 1;
    look &= A_ATTRIBUTES & ~(attr_t)A_COLOR;
    if (look != *attrs || all != *pair) {
        add_look(out, look, all);
        *attrs = look;
        *pair = all;
    }
    size_t len = wcstombs(bytes, signs, sizeof bytes);
    if (len == (size_t)-1 || len == 0)
        buf_putc(out, ' ');
    else
        buf_add(out, bytes, len);
    return wcwidth(signs[0]) == 2 ? 2 : 1;
}

char *capture_screen(struct app *app)
{
    struct buf out = BUF_INIT;
    int row, column; /* of the cursor, which reading moves */
    app_draw(app);
    getyx(stdscr, row, column);
    for (int y = 0; y < LINES; y++) {
        attr_t attrs = 0;
        int pair = 0;
        for (int x = 0; x < COLS;)
            x += add_cell(&out, y, x, &attrs, &pair);
        buf_puts(&out, "\033[0m\n");
    }
    move(row, column);
    return buf_take(&out);
}

char *capture_text(struct app *app)
{
    cleanup_free char *screen = capture_screen(app);
    return picture_text(screen);
}

int capture_save(struct app *app, const char *path, struct error *err)
{
    if (str_empty(path))
        return error_set(err, EINVAL, "save-screen needs the name of a file; .svg and .html make pictures of those kinds");
    cleanup_free char *screen = capture_screen(app), *title = str_format("Slipway: %s", app_view(app)->screen->name);
    cleanup_free char *document = picture_for(path, screen, title);
    return file_write_atomic(path, document, strlen(document), 0644, false, err);
}
