/* --chown: names as the image knows them; see owner.h. A user alone is its group's name, too. */
#include "build/owner.h"
#include "build/files.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { FILE_MOST = 4 << 20 };

/* The third field of the line that begins with `name`. */
static bool find(int root, const char *path, const char *name, long long *id)
{
    cleanup_free char *resolved = NULL, *text = xmalloc(FILE_MOST + 1);
    struct stat st;
    if (!*name || files_resolve(root, path, &resolved, NULL) < 0 || files_stat(root, resolved, &st) < 0 || !S_ISREG(st.st_mode))
        return false;
    cleanup_close int fd = files_open(root, resolved, O_RDONLY);
    ssize_t len = fd < 0 ? -1 : read_full(fd, text, FILE_MOST);
    if (len < 0)
        return false;
    text[len] = 0;
    cleanup_strv char **lines = str_split(text, '\n');
    for (char **line = lines; *line; line++) {
        cleanup_strv char **fields = str_split(*line, ':');
        if (strv_len(fields) >= 3 && str_equal(fields[0], name) && str_to_int(fields[2], id) && *id >= 0)
            return true;
    }
    return false;
}

static int look_up(int root, const char *path, const char *name, const char *kind, const char *what, long long *id,
                   struct error *err)
{
    if (str_to_int(name, id) && *id >= 0 && *id < UINT32_MAX)
        return 0;
    if (find(root, path, name, id) && *id < UINT32_MAX)
        return 0;
    return error_set(err, EINVAL, "can't find %s for %s %s: no such %s: %s", kind, what, name, what, name);
}

int owner_lookup(int root, const char *text, uid_t *uid, gid_t *gid, struct error *err)
{
    long long user, group;
    size_t len = strcspn(text, ":");
    cleanup_free char *name = xstrndup(text, len);
    const char *group_name = text[len] ? text + len + 1 : name;
    int r = look_up(root, "etc/passwd", name, "uid", "user", &user, err);
    if (r == 0)
        r = look_up(root, "etc/group", group_name, "gid", "group", &group, err);
    if (r < 0)
        return r;
    *uid = (uid_t)user;
    *gid = (gid_t)group;
    return 0;
}
