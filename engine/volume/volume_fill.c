/* Copy-up: when an image's files become a volume's first content, and what is left when that is interrupted.
 *
 * They are copied into a directory of their own, under a name that says that it is half; renamed when whole; and then moved into
 * place, entry by entry if somebody may have the place itself open. Whoever finds one that is half removes it, one that is whole
 * moves it: so a volume is empty or filled. The directory lies beside _data; in a volume that is another file system it lies in it.
 */
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/copy_tree.h"
#include "kernel/mount/mount.h"
#include "volume/volume.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Names of such a directory while it is copied, and when it is whole. */
struct staging {
    const char *half, *whole;
};
static const struct staging beside = {"fill", "filled"}, within = {".slipway-fill", ".slipway-filled"};
#define PLACE "fill-place" /* beside: which directory of the volume is meant, if not all of it */

/* The directory that is meant: the volume's, or one in it that no link leads out of. Negative errno. */
static int open_place(const char *data, const char *subpath)
{
    int top = open(data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (top < 0)
        return -errno;
    if (str_empty(subpath))
        return top;
    int place = beneath_open(top, subpath, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    fd_close(top);
    return place;
}

static bool is_empty(int directory)
{
    int listing = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_dir DIR *dir = listing < 0 ? NULL : fdopendir(listing);
    for (const struct dirent *entry; dir && (entry = readdir(dir));)
        if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."))
            return false;
    return dir != NULL;
}

bool volume_is_empty(const char *data_root, const char *name)
{
    cleanup_free char *data = volume_mountpoint(data_root, name);
    int place cleanup_close = open_place(data, NULL);
    return place >= 0 && is_empty(place);
}

static bool is_there(int at, const char *name) { return faccessat(at, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0; }

/* Never through a link: what lies in a volume may have been put there by anybody. */
static void remove_staging(int at, const char *name)
{
    cleanup_free char *path = str_format("/proc/self/fd/%d/%s", at, name);
    if (is_there(at, name))
        path_remove_tree(path, NULL);
}

/* All that `name` holds into `to`, and the attributes of the directory itself; then it is gone. */
static int move_whole(int at, const char *name, int to, struct error *err)
{
    int from cleanup_close = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (from < 0 && (errno == ELOOP || errno == ENOTDIR))
        return remove_staging(at, name), 0; /* not ours */
    int listing = from < 0 ? -1 : openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_dir DIR *dir = listing < 0 ? NULL : fdopendir(listing);
    int rc = dir ? 0 : error_errno(err, errno, "open %s of a volume", name);
    for (const struct dirent *entry; dir && rc == 0 && (entry = readdir(dir));)
        if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, "..") &&
            renameat2(from, entry->d_name, to, entry->d_name, RENAME_NOREPLACE) < 0 && errno != EEXIST)
            rc = error_errno(err, errno, "move %s into the volume", entry->d_name);
    if (rc == 0)
        rc = copy_tree_top(from, to, err);
    remove_staging(at, name);
    return rc;
}

/* Copied, and whole: from now on the volume will be filled. */
static int stage(int at, const struct staging *names, int from, struct error *err)
{
    remove_staging(at, names->half);
    if (mkdirat(at, names->half, 0700) < 0)
        return error_errno(err, errno, "make a directory for the content of the volume");
    int to cleanup_close = openat(at, names->half, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    int rc = to < 0 ? error_errno(err, errno, "open %s of the volume", names->half) : copy_tree(from, to, err);
    if (rc == 0 && renameat(at, names->half, at, names->whole) < 0)
        rc = error_errno(err, errno, "put the content of the volume in place");
    if (rc < 0)
        remove_staging(at, names->half);
    return rc;
}

/* Into the place that the note names. */
static int finish(int own, struct error *err)
{
    cleanup_free char *data = str_format("/proc/self/fd/%d/_data", own);
    cleanup_free char *subpath = is_there(own, PLACE) ? file_read_at(own, PLACE, NULL, NULL) : NULL;
    int to cleanup_close = open_place(data, subpath);
    int rc = to < 0 ? error_errno(err, -to, "open %s of the volume", str_or(subpath, ".")) : move_whole(own, beside.whole, to, err);
    if (to < 0)
        remove_staging(own, beside.whole);
    unlinkat(own, PLACE, 0);
    return rc;
}

void volume_fill_recover(const char *path)
{
    struct error err = ERROR_INIT;
    int own cleanup_close = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (own < 0)
        return;
    if (is_there(own, beside.whole) && finish(own, &err) < 0)
        log_warn("%s", err.message);
    remove_staging(own, beside.half);
    unlinkat(own, PLACE, 0);
}

int volume_fill_settle(const char *data_root, const char *name, struct error *err)
{
    cleanup_free char *data = volume_mountpoint(data_root, name);
    int place cleanup_close = open_place(data, NULL);
    if (place < 0)
        return error_errno(err, -place, "open %s", data);
    remove_staging(place, within.half);
    return is_there(place, within.whole) ? move_whole(place, within.whole, place, err) : 0;
}

/* While nobody has the volume its empty directory is replaced in one step. Otherwise the content is moved into it. */
static int fill(const char *path, const char *subpath, int from, bool shared, struct error *err)
{
    static const struct staging at_once = {"fill", "_data"};
    int own cleanup_close = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *note = path_join(path, PLACE);
    if (own < 0)
        return error_errno(err, errno, "open %s", path);
    if (!str_empty(subpath) && file_write(note, subpath, strlen(subpath), 0600, err) < 0)
        return -err->code;
    if (!shared && str_empty(subpath))
        return stage(own, &at_once, from, err);
    int rc = stage(own, &beside, from, err);
    return rc < 0 ? rc : finish(own, err);
}

int volume_fill(const char *data_root, const char *name, const char *subpath, int from, bool shared, struct error *err)
{
    cleanup_free char *data = volume_mountpoint(data_root, name);
    int place cleanup_close = open_place(data, subpath), rc;
    if (place < 0 && !str_empty(subpath))
        return 0; /* who starts the container is told */
    if (place < 0)
        return error_errno(err, -place, "open %s", data);
    if (!is_empty(place))
        return 0;
    cleanup_json json_t *volume = volume_inspect(data_root, name, err);
    if (!volume)
        return -err->code;
    cleanup_free char *own = xstrndup(data, strlen(data) - strlen("/_data"));
    if (!volume_options_mount(json_object_get(volume, "Options")))
        rc = fill(own, subpath, from, shared, err);
    else if ((rc = stage(place, &within, from, err)) == 0)
        rc = move_whole(place, within.whole, place, err);
    return rc < 0 ? error_prefix(err, "failed to copy the image's content to volume %s", name) : 0;
}
