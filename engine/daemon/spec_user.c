/* Users and groups of an image. The root filesystem is hostile: its files are found layer by layer with openat2(2), links are
 * confined to the layer, only regular files of a sane size are read. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/spec.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FILE_MOST = 1 << 20 };

static int open_in_root(int dirfd, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

static bool is_whiteout(int dirfd, const char *path)
{
    cleanup_close int fd = open_in_root(dirfd, path, O_PATH | O_NOFOLLOW);
    struct stat status;
    return fd >= 0 && fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) && status.st_rdev == 0;
}

/* 1: read, 0: not in this layer, -1: a lower layer's is hidden. */
static int read_in_layer(const char *layer, const char *path, char **text)
{
    cleanup_close int dir = open(layer, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return 0;
    if (is_whiteout(dir, path) || is_whiteout(dir, "etc"))
        return -1;
    cleanup_close int fd = open_in_root(dir, path, O_RDONLY | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > FILE_MOST)
        return 0;
    *text = xcalloc(1, (size_t)status.st_size + 1);
    if (read_full(fd, *text, (size_t)status.st_size) < 0)
        **text = '\0';
    return 1;
}

static char *read_in_image(const struct rootfs *rootfs, const char *path)
{
    char *text = NULL;
    int found = rootfs->upper ? read_in_layer(rootfs->upper, path, &text) : 0;
    for (size_t i = 0; found == 0 && rootfs->lower && rootfs->lower[i]; i++)
        found = read_in_layer(rootfs->lower[i], path, &text);
    return text ? text : xstrdup("");
}

static bool number(const char *text, uint32_t *value)
{
    long long parsed;
    if (!text || !isdigit((unsigned char)*text) || !str_to_int(text, &parsed) || parsed > INT32_MAX)
        return false;
    *value = (uint32_t)parsed;
    return true;
}

/* The fields of the first line for which field 0 is `name`, or (with `id`) field 2 is that number; NULL when there is none. */
static char **find_line(const char *text, const char *name, const uint32_t *id)
{
    cleanup_strv char **lines = str_split(text, '\n');
    for (size_t i = 0; lines[i]; i++) {
        char **fields = str_split(lines[i], ':');
        uint32_t value;
        if (strv_len(fields) >= 3 && ((name && str_equal(fields[0], name)) || (id && number(fields[2], &value) && value == *id)))
            return fields;
        strv_free(fields);
    }
    return NULL;
}

static void add_group(struct user *user, uint32_t gid)
{
    for (size_t i = 0; i < user->group_count; i++)
        if (user->groups[i] == gid)
            return;
    if (user->group_count < ARRAY_LEN(user->groups))
        user->groups[user->group_count++] = gid;
}

static void add_memberships(struct user *user, const char *groups, const char *name)
{
    cleanup_strv char **lines = str_split(groups, '\n');
    for (size_t i = 0; lines[i]; i++) {
        cleanup_strv char **fields = str_split(lines[i], ':');
        uint32_t gid;
        if (strv_len(fields) < 4 || !number(fields[2], &gid))
            continue;
        cleanup_strv char **members = str_split(fields[3], ',');
        if (strv_has(members, name))
            add_group(user, gid);
    }
}

static int resolve_group(const char *groups, const char *text, uint32_t *gid, struct error *err)
{
    if (number(text, gid))
        return 0;
    cleanup_strv char **line = find_line(groups, text, NULL);
    if (line && number(line[2], gid))
        return 0;
    return error_set(err, EIO, "unable to find group %s: no matching entries in group file", text);
}

int spec_user(const struct rootfs *rootfs, const char *text, const json_t *group_add, struct user *user, struct error *err)
{
    *user = (struct user){.home = "/"};
    cleanup_free char *passwd = read_in_image(rootfs, "etc/passwd"), *groups = read_in_image(rootfs, "etc/group");
    cleanup_free char *name = xstrdup(*text ? text : "0");
    char *group = strchr(name, ':');
    if (group)
        *group++ = '\0';
    const uint32_t zero = 0;
    bool numeric = number(name, &user->uid);
    if (!*name)
        numeric = true, user->uid = zero;
    cleanup_strv char **line = find_line(passwd, name, numeric ? &user->uid : NULL);
    if (!line && !numeric)
        return error_set(err, EIO, "unable to find user %s: no matching entries in passwd file", name);
    if (line) {
        if (!number(line[2], &user->uid) || (strv_len(line) > 3 && !number(line[3], &user->gid)))
            return error_set(err, EIO, "unable to find user %s: its line in the passwd file is malformed", name);
        if (strv_len(line) > 5 && *line[5] == '/')
            snprintf(user->home, sizeof user->home, "%s", line[5]);
    }
    if (group && *group) {
        int rc = resolve_group(groups, group, &user->gid, err);
        if (rc < 0)
            return rc;
    }
    add_group(user, user->gid);
    if (line && !(group && *group))
        add_memberships(user, groups, line[0]);
    size_t i;
    json_t *entry;
    json_array_foreach(group_add, i, entry)
    {
        uint32_t gid;
        int rc = resolve_group(groups, json_string_value(entry) ? json_string_value(entry) : "", &gid, err);
        if (rc < 0)
            return rc;
        add_group(user, gid);
    }
    return 0;
}
