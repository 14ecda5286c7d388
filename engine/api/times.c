/* Moments in query parameters; see times.h. */
#include "api/times.h"

#include "base/clock.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

bool time_parse(const char *text, int64_t *ns, struct error *err)
{
    *ns = 0;
    if (str_empty(text))
        return true;
    static const long long most = INT64_MAX / 1000000000 - 1; /* the year 2262 stands for what comes after it */
    char *end;
    long long seconds = strtoll(text, &end, 10);
    seconds = seconds > most ? most : seconds < -most ? -most : seconds;
    if (end != text && (!*end || *end == '.')) {
        int64_t fraction = 0, unit = 100000000;
        for (const char *c = *end ? end + 1 : end; *c; c++, unit /= 10) {
            if (!isdigit((unsigned char)*c))
                goto bad;
            fraction += (*c - '0') * unit;
        }
        *ns = seconds * 1000000000 + fraction;
        return true;
    }
    if (clock_parse(text, ns))
        return true;
bad:
    error_set(err, EINVAL, "invalid value for a time: \"%s\"", text);
    return false;
}

int time_left_ms(int64_t ns)
{
    enum { LONGEST_MS = 1000000 };
    if (!ns)
        return -1;
    int64_t left = (ns - clock_wall_ns()) / 1000000;
    return left <= 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int)left + 1;
}
