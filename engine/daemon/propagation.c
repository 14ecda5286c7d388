/* Propagation of bind mounts: what a container mounts below a shared bind is to be seen on the host, or the other way round. That
 * needs a source that is shared itself (mount_namespaces(7)); asked for of another one it would silently do nothing. */
#include "daemon/propagation.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* "\040" and its like, in place. */
static void unescape(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        if (*in == '\\' && strspn(in + 1, "01234567") >= 3) {
            *out++ = (char)((in[1] - '0') << 6 | (in[2] - '0') << 3 | (in[3] - '0'));
            in += 3;
        } else {
            *out++ = *in;
        }
    }
    *out = '\0';
}

static bool lies_in(const char *path, const char *place)
{
    size_t len = strlen(place);
    return str_equal(place, "/") || (strncmp(path, place, len) == 0 && (path[len] == '/' || !path[len]));
}

/* One line of /proc/self/mountinfo: where it is mounted, and its fields "shared:N" and "master:N". */
static bool parse_line(const char *line, char **place, bool *shared, bool *slave)
{
    cleanup_strv char **fields = str_split(line, ' ');
    if (strv_len(fields) < 7)
        return false;
    *shared = *slave = false;
    for (size_t i = 6; fields[i] && !str_equal(fields[i], "-"); i++) {
        *shared |= str_starts(fields[i], "shared:");
        *slave |= str_starts(fields[i], "master:");
    }
    *place = xstrdup(fields[4]);
    unescape(*place);
    return true;
}

int propagation_check(const char *mountinfo, const char *source, const char *propagation, struct error *err)
{
    bool wants_shared = str_ends(propagation, "shared"), wants_slave = str_ends(propagation, "slave");
    cleanup_free char *best = xstrdup("");
    bool best_shared = false, best_slave = false;
    if (!wants_shared && !wants_slave)
        return 0;
    cleanup_strv char **lines = str_split(mountinfo, '\n');
    for (size_t i = 0; lines[i]; i++) {
        cleanup_free char *place = NULL;
        bool shared, slave;
        if (!parse_line(lines[i], &place, &shared, &slave) || !lies_in(source, place) || strlen(place) < strlen(best))
            continue;
        free(best);
        best = move_ptr(place);
        best_shared = shared;
        best_slave = slave;
    }
    if (wants_shared && !best_shared)
        return error_set(err, EIO, "path %s is mounted on %s but it is not a shared mount", source, best);
    if (wants_slave && !best_shared && !best_slave)
        return error_set(err, EIO, "path %s is mounted on %s but it is not a shared or slave mount", source, best);
    return 0;
}

int propagation_check_here(const char *source, const char *propagation, struct error *err)
{
    if (!str_ends(propagation, "shared") && !str_ends(propagation, "slave"))
        return 0;
    cleanup_free char *real = realpath(source, NULL), *mountinfo = file_read("/proc/self/mountinfo", NULL, err);
    return mountinfo ? propagation_check(mountinfo, real ? real : source, propagation, err) : -err->code;
}
