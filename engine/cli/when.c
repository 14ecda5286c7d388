/* Moments, absolute or counted back from now. A date without a zone is local time, as in Docker. */
#include "cli/when.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static char *moment(int64_t ns) { return str_format("%lld.%09lld", (long long)(ns / 1000000000), (long long)(ns % 1000000000)); }

static char *local_date(const char *text)
{
    static const char *const formats[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H", "%Y-%m-%d"};
    for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
        struct tm tm = {.tm_isdst = -1};
        const char *end = strptime(text, formats[i], &tm);
        if (end && !*end)
            return moment((int64_t)mktime(&tm) * 1000000000);
    }
    return NULL;
}

char *when_parse(const char *text)
{
    int64_t ns;
    bool number = isdigit((unsigned char)*text) && strspn(text, "0123456789.") == strlen(text);
    if (number)
        return xstrdup(text);
    if (clock_parse(text, &ns))
        return moment(ns);
    if (clock_parse_duration(text, &ns))
        return moment(clock_wall_ns() - ns);
    return local_date(text);
}
