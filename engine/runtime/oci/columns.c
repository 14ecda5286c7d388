/* Printing tables; see columns.h. */
#include "runtime/oci/columns.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static char *cell(const json_t *row, const char *key)
{
    const json_t *value = json_object_get(row, key);
    return json_is_integer(value) ? str_format("%lld", (long long)json_integer_value(value))
                                  : xstrdup(str_or(json_string_value(value), ""));
}

static int width(const struct column *column, const json_t *rows)
{
    size_t i, widest = strlen(column->title);
    json_t *row;
    json_array_foreach(rows, i, row)
    {
        char *text cleanup_free = cell(row, column->key);
        widest = strlen(text) > widest ? strlen(text) : widest;
    }
    return (int)widest;
}

void columns_print(const struct column *columns, const json_t *rows)
{
    int widths[8] = {0};
    size_t k;
    json_t *row;
    for (size_t c = 0; columns[c].title; c++)
        widths[c] = columns[c + 1].title ? width(&columns[c], rows) : 0;
    for (size_t c = 0; columns[c].title; c++)
        printf("%-*s%s", widths[c], columns[c].title, columns[c + 1].title ? "   " : "\n");
    json_array_foreach(rows, k, row)
    {
        for (size_t c = 0; columns[c].title; c++) {
            char *text cleanup_free = cell(row, columns[c].key);
            printf("%-*s%s", widths[c], text, columns[c + 1].title ? "   " : "\n");
        }
    }
}

int columns_format(const char *format, bool *json, struct error *err)
{
    *json = !strcmp(format, "json");
    return *json || !strcmp(format, "table") ? 0
                                             : error_set(err, EINVAL, "unknown format \"%s\": table and json are possible", format);
}
