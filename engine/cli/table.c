/* The tabwriter algorithm: recursion over columns, each block of lines that share a column laid out together. */
#include "cli/table.h"

#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

struct line {
    char **cells;
    size_t count;
};

struct layout {
    struct line *lines;
    size_t count;
    int minimum, padding;
    int *widths;
    size_t depth;
    FILE *out;
};

static int runes(const char *text)
{
    int count = 0;
    for (; *text; text++)
        count += (*text & 0xC0) != 0x80;
    return count;
}

static void write_lines(const struct layout *layout, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++) {
        const struct line *line = &layout->lines[i];
        for (size_t c = 0; c < line->count; c++) {
            fputs(line->cells[c], layout->out);
            if (c + 1 < line->count)
                fprintf(layout->out, "%*s", layout->widths[c] - runes(line->cells[c]), "");
        }
        fputc('\n', layout->out);
    }
}

static void lay_out(struct layout *layout, size_t from, size_t to)
{
    size_t column = layout->depth;
    for (size_t i = from; i < to; i++) {
        if (column + 1 >= layout->lines[i].count)
            continue;
        write_lines(layout, from, i);
        size_t end = i;
        int width = layout->minimum;
        for (; end < to && column + 1 < layout->lines[end].count; end++) {
            int need = runes(layout->lines[end].cells[column]) + layout->padding;
            width = need > width ? need : width;
        }
        layout->widths[layout->depth++] = width;
        lay_out(layout, i, end);
        layout->depth--;
        from = end;
        i = end - 1;
    }
    write_lines(layout, from, to);
}

void table_write(const char *text, int minimum, int padding, FILE *out)
{
    cleanup_strv char **rows = str_split(text, '\n');
    struct layout layout = {.minimum = minimum, .padding = padding, .out = out, .count = strv_len(rows)};
    if (layout.count && !*rows[layout.count - 1])
        layout.count--; /* what follows the last newline */
    layout.lines = xcalloc(layout.count + 1, sizeof *layout.lines);
    size_t widest = 0;
    for (size_t i = 0; i < layout.count; i++) {
        layout.lines[i].cells = str_split(rows[i], '\t');
        layout.lines[i].count = strv_len(layout.lines[i].cells);
        widest = layout.lines[i].count > widest ? layout.lines[i].count : widest;
    }
    layout.widths = xcalloc(widest + 1, sizeof *layout.widths);
    lay_out(&layout, 0, layout.count);
    for (size_t i = 0; i < layout.count; i++)
        strv_free(layout.lines[i].cells);
    free(layout.lines);
    free(layout.widths);
}
