/* Local volumes on disk: making, finding, describing and removing them. */
#include "volume/volume.h"

#include "base/clock.h"
#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/quota.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_MOST = 255 };
#define NAME_FIRST "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define NAME_REST  NAME_FIRST "_.-"
#define GONE       ".gone-"
#define ABOUT      "volume.json"

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

int volume_check_name(const char *name, struct error *err)
{
    size_t len = strlen(name);
    if (len == 1)
        return error_set(err, EINVAL, "create %s: volume name is too short, names should be at least two alphanumeric characters",
                         name);
    if (!len || !strchr(NAME_FIRST, name[0]) || strspn(name, NAME_REST) != len)
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

char *volume_mountpoint(const char *data_root, const char *name)
{
    cleanup_free char *all = volumes_dir(data_root);
    return str_format("%s/%s/_data", all, name);
}

static int make_one(const char *path, mode_t mode, struct error *err)
{
    return mkdir(path, mode) < 0 && errno != EEXIST ? error_errno(err, errno, "make directory %s", path) : 0;
}

/* A size is a limit of the file system's own: a project of quota. */
static int limit(const char *data, const json_t *options, struct error *err)
{
    const char *size = json_string_value(json_object_get(options, "size"));
    return size ? quota_limit_text(data, size, err) : 0;
}

/* _data comes last: its presence says that the volume is whole. */
static int make(const char *data_root, const char *name, const json_t *labels, const json_t *options, struct error *err)
{
    char created[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), created);
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *own = path_join(all, name), *data = path_join(own, "_data"), *about = path_join(own, ABOUT);
    int r = path_make_dirs(data_root, 0711, err);
    if (r == 0)
        r = make_one(all, 0701, err);
    if (r == 0)
        r = make_one(own, 0701, err);
    if (r < 0)
        return r;
    cleanup_json json_t *doc = json_pack("{s:s, s:O?, s:O?}", "CreatedAt", created, "Labels", labels, "Options", options);
    cleanup_free char *text = json_text(doc);
    r = file_write(about, text, strlen(text), 0600, err);
    if (r == 0)
        r = make_one(data, 0755, err);
    if (r == 0)
        r = limit(data, options, err);
    if (r < 0)
        path_remove_tree(own, NULL);
    return r;
}

int volume_create(const char *data_root, const char *name, const json_t *labels, const json_t *options, char **named, bool *made,
                  struct error *err)
{
    char drawn[ID_TEXT];
    cleanup_json json_t *both = NULL;
    *made = false;
    if (str_empty(name)) {
        id_generate(drawn);
        name = drawn;
        both = json_is_object(labels) ? json_copy((json_t *)labels) : json_object();
        json_object_set_new(both, VOLUME_ANONYMOUS, json_string(""));
        labels = both;
    }
    int r = volume_check_name(name, err);
    if (r == 0 && volume_options_check(options, err) < 0)
        r = error_prefix(err, "create %s", name);
    if (r < 0)
        return r;
    cleanup_free char *data = volume_mountpoint(data_root, name);
    pthread_mutex_lock(&making);
    if (!path_exists(data)) {
        r = make(data_root, name, json_object_size(labels) ? labels : NULL, json_object_size(options) ? options : NULL, err);
        *made = r == 0;
    }
    pthread_mutex_unlock(&making);
    if (r < 0)
        return error_prefix(err, "create %s", name);
    if (named)
        *named = xstrdup(name);
    return 0;
}

int volume_ensure(const char *data_root, const char *name, char **named, char **mountpoint, struct error *err)
{
    bool made;
    cleanup_free char *own = NULL;
    int r = volume_create(data_root, name, NULL, NULL, &own, &made, err);
    if (r < 0)
        return r;
    if (mountpoint)
        *mountpoint = volume_mountpoint(data_root, own);
    if (named)
        *named = move_ptr(own);
    return 0;
}

static int find(const char *data_root, const char *name, char **own, struct error *err)
{
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *data = str_format("%s/%s/_data", all, name);
    if (volume_check_name(name, NULL) < 0 || !path_exists(data))
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
int volume_discard(const char *data_root, const char *name, struct error *err)
{
    cleanup_free char *own = NULL;
    char random[ID_TEXT];
    struct error ignored = ERROR_INIT;
    err = err ? err : &ignored;
    int r = find(data_root, name, &own, err);
    if (r == 0)
        r = volume_unmount(data_root, name, err);
    if (r < 0)
        return r;
    id_generate(random);
    cleanup_free char *all = volumes_dir(data_root);
    cleanup_free char *gone = str_format("%s/" GONE "%.12s", all, random);
    if (rename(own, gone) < 0)
        return error_errno(err, errno, "remove volume %s", name);
    return 0;
}

int volume_clear(const char *data_root, struct error *err)
{
    struct error ignored = ERROR_INIT;
    cleanup_free char *all = volumes_dir(data_root);
    return clear_gone(all, err ? err : &ignored);
}

int volume_remove(const char *data_root, const char *name, struct error *err)
{
    int r = volume_discard(data_root, name, err);
    return r < 0 ? r : volume_clear(data_root, err);
}

static json_t *describe(const char *directory, const char *name)
{
    struct stat st;
    char created[CLOCK_TEXT] = CLOCK_ZERO;
    cleanup_free char *data = path_join(directory, "_data"), *about = path_join(directory, ABOUT);
    if (stat(data, &st) < 0)
        return NULL;
    cleanup_json json_t *doc = json_read_file(about, NULL);
    if (stat(directory, &st) == 0)
        clock_rfc3339((int64_t)st.st_mtim.tv_sec * 1000000000, created);
    /* To the second, as dockerd has it. */
    cleanup_free char *at = xstrdup(json_str(doc, "CreatedAt", created));
    char *fraction = strchr(at, '.');
    if (fraction)
        strcpy(fraction, "Z");
    json_t *labels = json_object_get(doc, "Labels"), *options = json_object_get(doc, "Options");
    return json_pack("{s:s,s:s,s:O?,s:s,s:s,s:O?,s:s}", "CreatedAt", at, "Driver", "local", "Labels",
                     json_is_object(labels) ? labels : NULL, "Mountpoint", data, "Name", name, "Options",
                     json_is_object(options) ? options : NULL, "Scope", "local");
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

void volume_recover(const char *data_root, bool (*used)(const char *name, void *data), void *user)
{
    struct error err = ERROR_INIT;
    cleanup_free char *all = volumes_dir(data_root);
    clear_gone(all, &err);
    cleanup_dir DIR *dir = opendir(all);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (entry->d_name[0] == '.' || volume_check_name(entry->d_name, NULL) < 0)
            continue;
        cleanup_free char *own = path_join(all, entry->d_name), *data = path_join(own, "_data");
        if (path_exists(data))
            volume_fill_recover(own);
        else
            path_remove_tree(own, NULL); /* its making was interrupted */
        if (!used(entry->d_name, user) && volume_unmount(data_root, entry->d_name, &err) < 0)
            log_warn("%s", err.message);
    }
}
