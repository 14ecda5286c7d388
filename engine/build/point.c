/* The lines are shown as they stand, but for what a terminal would take for more than text. */
#include "build/point.h"

#include "base/go_text.h"
#include "base/strings.h"

#include <string.h>

enum { AROUND = 2, LINES_MOST = 8, COLUMNS_MOST = 100 };
#define RULE "--------------------\n"

static void put_line(struct buf *out, int number, bool marked, const char *line, size_t len)
{
    buf_printf(out, marked ? "%4d | >>> " : "%4d |     ", number);
    size_t size, columns = 0;
    for (const char *p = line; p < line + len && columns < COLUMNS_MOST; p += size, columns++) {
        go_rune(p, &size);
        if ((unsigned char)*p >= ' ' && *p != 0x7F)
            buf_add(out, p, size);
        else
            buf_putc(out, *p == '\t' ? '\t' : '?');
    }
    buf_puts(out, columns == COLUMNS_MOST ? "...\n" : "\n");
}

void point_at(struct error *err, const char *name, const char *text, int first, int last)
{
    cleanup_buf struct buf out = BUF_INIT;
    int number = 1, shown = 0;
    buf_printf(&out, "\n\n%s:%d\n" RULE, name, first);
    for (const char *line = text; *line; number++) {
        size_t len = strcspn(line, "\n"), whole = len + (line[len] == '\n');
        bool near = number >= first - AROUND && number <= last + AROUND;
        if (near && shown++ < LINES_MOST)
            put_line(&out, number, number >= first && number <= last, line, len && line[len - 1] == '\r' ? len - 1 : len);
        line += whole;
    }
    if (shown > LINES_MOST)
        buf_puts(&out, "     | ...\n");
    buf_puts(&out, RULE);
    out.data[--out.len] = 0;
    size_t used = strlen(err->message);
    if (used + out.len < sizeof err->message)
        memcpy(err->message + used, out.data, out.len + 1);
}
