/* Moments, absolute or counted back from now. A date without a zone is local time, as in Docker. */
#include "base/when.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <string.h>
#include <time.h>

static const int64_t second_ns = 1000000000;

/* ".5" of a second; moves on. False without a digit behind the point. */
static bool take_fraction(const char **text, int64_t *ns)
{
    int64_t unit = second_ns / 10;
    const char *p = *text;
    *ns = 0;
    if (*p != '.')
        return true;
    for (p++; isdigit((unsigned char)*p); p++, unit /= 10)
        *ns += (*p - '0') * unit;
    bool digits = p > *text + 1;
    *text = p;
    return digits;
}

static bool unix_seconds(const char *text, int64_t *wall_ns)
{
    int64_t seconds = 0, fraction;
    const char *p = text;
    for (; isdigit((unsigned char)*p); p++) {
        if (seconds > INT64_MAX / second_ns / 10 - 1)
            return false;
        seconds = seconds * 10 + (*p - '0');
    }
    if (p == text || !take_fraction(&p, &fraction) || *p)
        return false;
    *wall_ns = seconds * second_ns + fraction;
    return true;
}

static bool two_digits(const char *p) { return isdigit((unsigned char)p[0]) && isdigit((unsigned char)p[1]); }

/* "Z", "+02:00" or nothing, which is local time. */
static bool resolve(struct tm *tm, const char *zone, int64_t *seconds)
{
    if (!*zone) {
        tm->tm_isdst = -1;
        *seconds = (int64_t)mktime(tm);
        return true;
    }
    *seconds = (int64_t)timegm(tm);
    if (str_equal(zone, "Z") || str_equal(zone, "z"))
        return true;
    if ((*zone != '+' && *zone != '-') || strlen(zone) != 6 || !two_digits(zone + 1) || zone[3] != ':' || !two_digits(zone + 4))
        return false;
    int64_t offset = ((zone[1] - '0') * 10 + zone[2] - '0') * 3600 + ((zone[4] - '0') * 10 + zone[5] - '0') * 60;
    *seconds -= *zone == '-' ? -offset : offset;
    return true;
}

static bool date(const char *text, int64_t *wall_ns)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        struct tm tm = {0};
        int64_t fraction = 0, seconds;
        const char *end = strptime(text, formats[i], &tm);
        if (!end || (i == 0 && !take_fraction(&end, &fraction)) || !resolve(&tm, end, &seconds))
            continue;
        *wall_ns = seconds * second_ns + fraction;
        return true;
    }
    return false;
}

bool when_moment(const char *text, int64_t *wall_ns)
{
    int64_t ns;
    if (unix_seconds(text, wall_ns))
        return true;
    if (clock_parse_duration(text, &ns)) {
        *wall_ns = clock_wall_ns() - ns;
        return true;
    }
    return date(text, wall_ns);
}

char *when_parse(const char *text)
{
    int64_t ns;
    bool known = when_moment(text, &ns);
    return known ? str_format("%lld.%09lld", (long long)(ns / second_ns), (long long)(ns % second_ns)) : NULL;
}
