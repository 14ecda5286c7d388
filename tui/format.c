/* Short figures for narrow columns. */
#include "tui/format.h"

#include "base/clock.h"
#include "base/strings.h"
#include "base/units.h"

#include <stdio.h>
#include <string.h>

void copy_text(char *out, size_t room, const char *text)
{
    size_t len = strlen(str_or(text, ""));
    if (len >= room) {
        len = room - 1;
        while (len && ((unsigned char)text[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(out, str_or(text, ""), len);
    out[len] = 0;
}

static char *scaled(double value, double step, const char *const *units, char *out)
{
    int unit = 0;
    while (value >= step && units[unit + 1]) {
        value /= step;
        unit++;
    }
    snprintf(out, UNITS_TEXT, unit == 0 || value >= 100 ? "%.0f%s" : "%.1f%s", value, units[unit]);
    return out;
}

char *format_bytes(long long bytes, char *out)
{
    static const char *const units[] = {"B", "K", "M", "G", "T", "P", NULL};
    return scaled((double)(bytes < 0 ? 0 : bytes), 1024, units, out);
}

char *format_count(long long count, char *out)
{
    static const char *const units[] = {"", "k", "M", "G", NULL};
    return scaled((double)(count < 0 ? 0 : count), 1000, units, out);
}

char *format_ago(const char *rfc3339, char *out)
{
    int64_t at;
    out[0] = 0;
    if (str_empty(rfc3339) || !clock_parse(rfc3339, &at) || at <= 0)
        return out;
    long long seconds = (clock_wall_ns() - at) / 1000000000;
    if (seconds < 60)
        snprintf(out, UNITS_TEXT, "%lld s", seconds < 0 ? 0 : seconds);
    else if (seconds < 3600)
        snprintf(out, UNITS_TEXT, "%lld min", seconds / 60);
    else if (seconds < 48 * 3600)
        snprintf(out, UNITS_TEXT, "%lld h", seconds / 3600);
    else
        snprintf(out, UNITS_TEXT, "%lld d", seconds / 86400);
    return out;
}

char *format_id(const char *id, char *out)
{
    snprintf(out, UNITS_TEXT, "%.12s", id);
    return out;
}

static const struct {
    const char *state;
    enum style style;
    enum glyph sign;
} states[] = {
    {"running", S_OK, G_DOT},  {"paused", S_WARN, G_PAUSE}, {"restarting", S_WARN, G_PAUSE}, {"created", S_DIM, G_RING},
    {"exited", S_DIM, G_RING}, {"removing", S_DIM, G_RING}, {"dead", S_BAD, G_CROSS},
};

enum style state_style(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (str_equal(states[i].state, state))
            return states[i].style;
    return S_DIM;
}

enum glyph state_glyph(const char *state)
{
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
        if (str_equal(states[i].state, state))
            return states[i].sign;
    return G_RING;
}

enum style usage_style(double part) { return part >= 0.95 ? S_BAD : part >= 0.8 ? S_WARN : S_OK; }
