/* Clocks and their texts; needs nothing but libc. */
#include "base/clock.h"

#include "base/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NS 1000000000LL

static int64_t now_ns(clockid_t clock)
{
    struct timespec ts;
    clock_gettime(clock, &ts);
    return ts.tv_sec * NS + ts.tv_nsec;
}

int64_t clock_wall_ns(void) { return now_ns(CLOCK_REALTIME); }
int64_t clock_mono_ns(void) { return now_ns(CLOCK_MONOTONIC); }

void clock_rfc3339(int64_t wall_ns, char out[CLOCK_TEXT])
{
    time_t seconds = (time_t)(wall_ns / NS);
    long fraction = (long)(wall_ns % NS);
    if (fraction < 0) {
        fraction += NS;
        seconds--;
    }
    struct tm tm;
    gmtime_r(&seconds, &tm);
    size_t len = strftime(out, CLOCK_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction) {
        len += (size_t)snprintf(out + len, CLOCK_TEXT - len, ".%09ld", fraction);
        while (out[len - 1] == '0')
            len--;
    }
    snprintf(out + len, CLOCK_TEXT - len, "Z");
}

bool clock_parse(const char *text, int64_t *wall_ns)
{
    if (str_equal(text, CLOCK_ZERO)) {
        *wall_ns = INT64_MIN;
        return true;
    }
    struct tm tm = {0};
    const char *p = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!p)
        return false;
    int64_t fraction = 0;
    if (*p == '.') {
        int64_t unit = NS / 10;
        for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
            fraction += (*p - '0') * unit;
    }
    int64_t offset = 0;
    if (*p == '+' || *p == '-') {
        int hours, minutes;
        static const char form[] = "00:00";
        for (size_t i = 0; form[i]; i++)
            if (form[i] == ':' ? p[1 + i] != ':' : !isdigit((unsigned char)p[1 + i]))
                return false;
        if (sscanf(p + 1, "%2d:%2d", &hours, &minutes) != 2)
            return false;
        offset = (*p == '-' ? -1 : 1) * (hours * 3600 + minutes * 60);
        p += 6;
    } else if (*p == 'Z') {
        p++;
    }
    if (*p)
        return false;
    /* Moments that nanoseconds since 1970 cannot count are none. */
    int64_t ns;
    if (__builtin_mul_overflow((int64_t)timegm(&tm) - offset, NS, &ns) || __builtin_add_overflow(ns, fraction, &ns))
        return false;
    *wall_ns = ns;
    return true;
}

bool clock_parse_duration(const char *text, int64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ns", 1}, {"us", 1e3}, {"µs", 1e3}, {"μs", 1e3}, {"ms", 1e6}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    bool negative = *text == '-';
    if (negative || *text == '+')
        text++;
    if (str_equal(text, "0")) {
        *ns = 0;
        return true;
    }
    double total = 0;
    if (!*text)
        return false;
    while (*text) {
        char *end;
        if (!isdigit((unsigned char)*text) && *text != '.')
            return false;
        double number = strtod(text, &end);
        size_t len = strcspn(end, "0123456789."), i;
        for (i = 0; i < sizeof units / sizeof *units; i++)
            if (strlen(units[i].name) == len && strncmp(end, units[i].name, len) == 0)
                break;
        if (end == text || i == sizeof units / sizeof *units)
            return false;
        total += number * units[i].ns;
        text = end + len;
    }
    if (total >= 0x1p63)
        return false;
    *ns = (int64_t)(negative ? -total : total);
    return true;
}

void clock_human(int64_t ns, char out[CLOCK_TEXT])
{
    long long s = ns / NS, minutes = s / 60, hours = (minutes + 30) / 60;
    if (s < 1)
        snprintf(out, CLOCK_TEXT, "Less than a second");
    else if (s == 1)
        snprintf(out, CLOCK_TEXT, "1 second");
    else if (s < 60)
        snprintf(out, CLOCK_TEXT, "%lld seconds", s);
    else if (minutes == 1)
        snprintf(out, CLOCK_TEXT, "About a minute");
    else if (minutes < 60)
        snprintf(out, CLOCK_TEXT, "%lld minutes", minutes);
    else if (hours == 1)
        snprintf(out, CLOCK_TEXT, "About an hour");
    else if (hours < 48)
        snprintf(out, CLOCK_TEXT, "%lld hours", hours);
    else if (hours < 24 * 7 * 2)
        snprintf(out, CLOCK_TEXT, "%lld days", hours / 24);
    else if (hours < 24 * 30 * 2)
        snprintf(out, CLOCK_TEXT, "%lld weeks", hours / 24 / 7);
    else if (hours < 24 * 365 * 2)
        snprintf(out, CLOCK_TEXT, "%lld months", hours / 24 / 30);
    else
        snprintf(out, CLOCK_TEXT, "%lld years", hours / 24 / 365);
}
