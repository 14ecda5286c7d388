/* Parses and prints byte counts; tables instead of cases. */
#include "base/units.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool units_parse_bytes(const char *text, int64_t *bytes)
{
    static const char suffix[] = "bkmgtp";
    if (!isdigit((unsigned char)*text))
        return false;
    char *end;
    double value = strtod(text, &end);
    while (*end == ' ')
        end++;
    if (*end) {
        const char *unit = strchr(suffix, tolower((unsigned char)*end));
        if (!unit)
            return false;
        for (long power = unit - suffix; power > 0; power--)
            value *= 1024;
        bool base = unit == suffix;
        end++;
        if (!base && tolower((unsigned char)*end) == 'i')
            end++;
        if (!base && tolower((unsigned char)*end) == 'b')
            end++;
        if (*end)
            return false;
    }
    if (value >= 9.2e18)
        return false;
    *bytes = (int64_t)value;
    return true;
}

static void scaled(double value, double step, const char *const *names, int last, const char *format, char out[UNITS_TEXT])
{
    int unit = 0;
    while (value >= step && unit < last) {
        value /= step;
        unit++;
    }
    snprintf(out, UNITS_TEXT, format, value, names[unit]);
}

static const char *const decimal[] = {"B", "kB", "MB", "GB", "TB", "PB"};

void units_decimal(double bytes, char out[UNITS_TEXT]) { scaled(bytes, 1000, decimal, 5, "%.3g%s", out); }
void units_decimal_fine(double bytes, char out[UNITS_TEXT]) { scaled(bytes, 1000, decimal, 5, "%.4g%s", out); }

void units_binary(double bytes, char out[UNITS_TEXT])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    scaled(bytes, 1024, names, 5, "%.4g%s", out);
}
