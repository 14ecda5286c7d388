/* What `slipway class` reads and prints: users, times of this place, fields of tables, text of others. */
#include "quizzes/class_commands.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* What getpwnam(3) and getgrnam(3) say of one that is not there, besides 0. */
static bool is_nobody(int code) { return code == 0 || code == ENOENT || code == ESRCH || code == EBADF || code == EPERM; }

enum { ENTRY_ROOM = 1024, ENTRY_MOST = 16 << 20 }; /* of an entry of those databases, whose length nobody tells */

/* Screens ask on one thread and write on another: nothing here is in memory that these would share. */
int class_user(const char *text, uint32_t *uid, struct error *err)
{
    long long number;
    if (str_to_int(text, &number) && number >= 0 && number < UINT32_MAX) {
        *uid = (uint32_t)number;
        return 0;
    }
    cleanup_free char *room = NULL;
    struct passwd entry, *found = NULL;
    int code = *text ? ERANGE : 0;
    for (size_t size = ENTRY_ROOM; code == ERANGE && size <= ENTRY_MOST; size *= 2) {
        room = xrealloc(room, size);
        code = getpwnam_r(text, &entry, room, size, &found);
    }
    if (!found)
        return is_nobody(code) ? error_set(err, ENOENT, "there is no user \"%.60s\" on this machine", text)
                               : error_errno(err, code, "look up the user %.60s", text);
    *uid = found->pw_uid;
    return 0;
}

int class_group(const char *name, gid_t *gid, char ***members, struct error *err)
{
    cleanup_free char *room = NULL;
    struct group entry, *found = NULL;
    int code = ERANGE;
    for (size_t size = ENTRY_ROOM; code == ERANGE && size <= ENTRY_MOST; size *= 2) {
        room = xrealloc(room, size);
        code = getgrnam_r(name, &entry, room, size, &found);
    }
    if (!found)
        return is_nobody(code) ? error_set(err, ENOENT, "there is no group %.60s", name)
                               : error_errno(err, code, "look up the group %.60s", name);
    *gid = found->gr_gid;
    *members = strv_copy(found->gr_mem);
    return 0;
}

static time_t as_local(const struct tm *parts, int dst, bool *exact)
{
    struct tm copy = *parts;
    copy.tm_isdst = dst;
    time_t at = mktime(&copy);
    *exact =
        copy.tm_hour == parts->tm_hour && copy.tm_min == parts->tm_min && copy.tm_mday == parts->tm_mday && copy.tm_isdst == dst;
    return at;
}

/* Both readings of the same clock face, with and without DST: one holds on most days, none in the hour that is skipped in spring,
 * two in the one that comes twice in autumn. */
static int resolve(const char *text, const struct tm *parts, int64_t *ms, struct error *err)
{
    bool winter_exact, summer_exact;
    time_t winter = as_local(parts, 0, &winter_exact), summer = as_local(parts, 1, &summer_exact);
    if (!winter_exact && !summer_exact)
        return error_set(err, EINVAL, "%s does not exist here: the clocks are set forward over it", text);
    if (winter_exact && summer_exact && winter != summer) {
        char first[CLOCK_TEXT], second[CLOCK_TEXT];
        clock_rfc3339((int64_t)summer * 1000000000, first);
        clock_rfc3339((int64_t)winter * 1000000000, second);
        return error_set(err, EINVAL, "%s comes twice here, as the clocks are set back: write %s or %s", text, first, second);
    }
    *ms = (int64_t)(winter_exact ? winter : summer) * 1000;
    return 0;
}

int local_time_parse(const char *text, int64_t *ms, struct error *err)
{
    int64_t ns;
    if (clock_parse(text, &ns)) {
        *ms = ns / 1000000;
        return 0;
    }
    static const char *const shapes[] = {"%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        struct tm parts = {0};
        char *end = strptime(text, shapes[i], &parts);
        if (end && !*end)
            return resolve(text, &parts, ms, err);
    }
    return error_set(err, EINVAL, "\"%.60s\" is no time; write 2026-12-01 09:00 (here) or 2026-12-01T09:00:00Z", text);
}

void local_time_text(int64_t ms, char out[LOCAL_TIME])
{
    time_t at = ms / 1000;
    struct tm parts;
    localtime_r(&at, &parts);
    strftime(out, LOCAL_TIME, "%a %Y-%m-%d %H:%M %Z", &parts);
}

void local_time_of(const char *rfc3339, char out[LOCAL_TIME])
{
    int64_t ns;
    *out = 0;
    if (rfc3339 && clock_parse(rfc3339, &ns))
        local_time_text(ns / 1000000, out);
}

char *text_shown(const char *text)
{
    char *out = xstrdup(text);
    for (char *p = out; *p; p++)
        for (size_t bad = utf8_control(p); bad; bad--)
            bad > 1 ? (*p++ = '?') : (*p = '?');
    return out;
}

void csv_field(FILE *out, const char *text, bool last)
{
    bool formula = *text && strchr("=+-@\t\r", *text) && !(strspn(text, "-+.0123456789") == strlen(text));
    bool quote = formula || strpbrk(text, ",\"\r\n");
    if (quote)
        putc('"', out);
    if (formula)
        putc('\'', out);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    if (quote)
        putc('"', out);
    putc(last ? '\n' : ',', out);
}
