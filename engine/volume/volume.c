/* Local volumes: a directory each,. The directory is the state:
 * there is nothing in memory, so several threads and a restart see the same. */
#include "volume/volume.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 255 };
#define NAME_FIRST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define GONE       ".gone-"
#define NAME_REST  NAME_FIRST "_.-"

static int check_name(const char *name, struct error *err)
{
    size_t len = strlen(name);
    if (len == 1)
        return error_set(err, EINVAL, "create %s: volume name is too short, names should be at least two alphanumeric characters",
                         name);
    if (!strchr(NAME_FIRST, name[0]) || strspn(name, NAME_REST) != len)
        return error_set(
            err, EINVAL,
            "create %s: \"%s\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are "
            "allowed. If you intended to pass a host directory, use absolute path",
            name, name);
    return len > NAME_MOST ? error_set(err, EINVAL, "create %s: volume name is longer than %d characters", name, NAME_MOST) : 0;
}

static char *volumes_dir(const char *data_root)
{
    cleanup_free char *joined = path_join(data_root, "volumes");
    if (*joined == '/')
        return move_ptr(joined);
    cleanup_free char *here = getcwd(NULL, 0);
    return path_join(str_or(here, "/"), joined);
}

static int make_one(const char *path, mode_t mode, struct error *err)
{
    return mkdir(path, mode) < 0 && errno != EEXIST ? error_errno(err, errno, "make directory %s", path) : 0;
}

int volume_ensure(const char *data_root, const char *name, char **named, char **mountpoint, struct error *err)
{
    char drawn[ID_TEXT];
    if (str_empty(name)) {
        id_generate(drawn);
        name = drawn;
    }
    int r = check_name(name, err);
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *own = path_join(all, name);
    cleanup_free char *data = path_join(own, "_data");
    if (r == 0)
        r = path_make_dirs(data_root, 0711, err);
    if (r == 0)
        r = make_one(all, 0701, err);
    if (r == 0)
        r = make_one(own, 0701, err);
    if (r == 0)
        r = make_one(data, 0755, err);
    if (r < 0)
        return r;
    if (named)
        *named = xstrdup(name);
    if (mountpoint)
        *mountpoint = move_ptr(data);
    return 0;
}

static int find(const char *data_root, const char *name, char **own, struct error *err)
{
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *data = str_format("%s/%s/_data", all, name);
    if (check_name(name, NULL) < 0 || !path_exists(data))
        return error_set(err, ENOENT, "get %s: no such volume", name);
    *own = path_join(all, name);
    return 0;
}

/* Volumes renamed out of sight whose removal is not finished: this one, and any that was interrupted. */
static int clear_gone(const char *all, struct error *err)
{
    int r = 0;
    cleanup_dir DIR *dir = opendir(all);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *path = path_join(all, entry->d_name);
        if (str_starts(entry->d_name, GONE) && path_remove_tree(path, err) < 0 && err->code != ENOENT)
            r = -err->code;
    }
    return r;
}

/* Renamed out of sight first, so that half a volume is never found. */
int volume_remove(const char *data_root, const char *name, struct error *err)
{
    cleanup_free char *own = NULL;
    char random[ID_TEXT];
    struct error ignored = ERROR_INIT;
    err = err ? err : &ignored;
    int r = find(data_root, name, &own, err);
    if (r < 0)
        return r;
    id_generate(random);
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *gone = str_format("%s/" GONE "%.12s", all, random);
    if (rename(own, gone) < 0)
        return error_errno(err, errno, "remove volume %s", name);
    return clear_gone(all, err);
}

static json_t *describe(const char *directory, const char *name)
{
    struct stat st;
    char created[CLOCK_TEXT] = CLOCK_ZERO;
    cleanup_free char *data = path_join(directory, "_data");
    if (stat(data, &st) < 0)
        return NULL;
    if (stat(directory, &st) == 0)
        clock_rfc3339((int64_t)st.st_mtim.tv_sec * 1000000000, created);
    return json_pack("{s:s,s:s,s:n,s:s,s:s,s:n,s:s}", "CreatedAt", created, "Driver", "local", "Labels", "Mountpoint", data, "Name",
                     name, "Options", "Scope", "local");
}

json_t *volume_inspect(const char *data_root, const char *name, struct error *err)
{
    cleanup_free char *own = NULL;
    if (find(data_root, name, &own, err) < 0)
        return NULL;
    json_t *volume = describe(own, name);
    if (!volume)
        error_set(err, ENOENT, "get %s: no such volume", name);
    return volume;
}

json_t *volume_list(const char *data_root)
{
    json_t *out = json_array();
    struct dirent **entries = NULL;
    cleanup_free char *all = volumes_dir(data_root);
    int count = scandir(all, &entries, NULL, alphasort);
    for (int i = 0; i < count; i++) {
        cleanup_free struct dirent *entry = entries[i];
        cleanup_free char *own = path_join(all, entry->d_name);
        json_t *volume = entry->d_name[0] == '.' ? NULL : describe(own, entry->d_name);
        if (volume)
            json_array_append_new(out, volume);
    }
    free(entries);
    return out;
}
