/* The skeleton of a root file system. A directory that has to be made only to hold something (/etc for /etc/hosts) takes owner and
 * mode from the image's own, because a merged directory shows those of the upper layer (overlayfs.rst, "Merged directories"). */
#include "image/skeleton.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Parents stand before their children. A row is made when the image has nothing there; a directory that the image has is made too,
 * with its owner and mode, when something below it is missing. */
static const struct {
    const char *path;
    mode_t mode;      /* type and permissions */
    const char *link; /* target, for S_IFLNK */
} wanted[] = {
    {".dockerenv", S_IFREG | 0755, NULL},      {"dev", S_IFDIR | 0755, NULL},       {"dev/console", S_IFREG | 0755, NULL},
    {"dev/pts", S_IFDIR | 0755, NULL},         {"dev/shm", S_IFDIR | 0755, NULL},   {"etc", S_IFDIR | 0755, NULL},
    {"etc/hostname", S_IFREG | 0755, NULL},    {"etc/hosts", S_IFREG | 0755, NULL}, {"etc/mtab", S_IFLNK | 0777, "/proc/mounts"},
    {"etc/resolv.conf", S_IFREG | 0755, NULL}, {"proc", S_IFDIR | 0755, NULL},      {"sys", S_IFDIR | 0755, NULL},
};

struct item {
    bool make;
    mode_t mode;
    uid_t uid;
    gid_t gid;
};

struct skeleton {
    atomic_int users;
    struct item root;
    struct item items[ARRAY_LEN(wanted)];
};

static size_t parent_of(size_t item)
{
    const char *slash = strchr(wanted[item].path, '/');
    for (size_t i = 0; slash && i < item; i++)
        if (strlen(wanted[i].path) == (size_t)(slash - wanted[item].path) &&
            !strncmp(wanted[i].path, wanted[item].path, strlen(wanted[i].path)))
            return i;
    return item;
}

struct skeleton *skeleton_new(const char *overlay, const char *lower)
{
    struct skeleton *skeleton = xcalloc(1, sizeof *skeleton);
    struct stat st, found[ARRAY_LEN(wanted)];
    bool there[ARRAY_LEN(wanted)];
    cleanup_strv char **links = str_split(lower, ':');
    cleanup_strv char **layers = NULL;
    skeleton->users = 1;
    for (char **link = links; *link; link++)
        strv_take(&layers, str_format("%s/%s", overlay, *link));
    skeleton->root = (struct item){true, 0755, 0, 0};
    if (stat(layers[0], &st) == 0)
        skeleton->root = (struct item){true, st.st_mode & 07777, st.st_uid, st.st_gid};
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        size_t parent = parent_of(i);
        struct item *item = &skeleton->items[i];
        there[i] = overlay_lstat((const char *const *)layers, wanted[i].path, &found[i]) == 0;
        *item = (struct item){!there[i], wanted[i].mode, 0, 0};
        if (there[i])
            *item = (struct item){false, found[i].st_mode, found[i].st_uid, found[i].st_gid};
        /* Below something that is no directory (an image whose /etc is a link) nothing can be made here. */
        if (parent != i && there[parent] && !S_ISDIR(found[parent].st_mode))
            item->make = false;
        else if (parent != i && item->make)
            skeleton->items[parent].make = true;
    }
    return skeleton;
}

struct skeleton *skeleton_share(struct skeleton *skeleton)
{
    skeleton->users++;
    return skeleton;
}

void skeleton_free(struct skeleton *skeleton)
{
    if (skeleton && --skeleton->users == 0)
        free(skeleton);
}

static int make_directory(int at, const char *path, const struct item *item)
{
    mode_t mode = item->mode & 07777;
    if (mkdirat(at, path, mode) < 0)
        return -errno;
    if ((item->uid || item->gid) && fchownat(at, path, item->uid, item->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return -errno;
    /* The usual modes survive the usual umask; others are set again. */
    return mode != 0755 && fchmodat(at, path, mode, 0) < 0 ? -errno : 0;
}

int skeleton_make_root(const struct skeleton *skeleton, int at, const char *id)
{
    char path[256];
    snprintf(path, sizeof path, "%s/diff", id);
    return make_directory(at, path, &skeleton->root);
}

static int make_item(int at, const char *path, const struct item *item, const char *link)
{
    if (S_ISDIR(item->mode))
        return make_directory(at, path, item);
    if (S_ISLNK(item->mode))
        return symlinkat(link, at, path) < 0 ? -errno : 0;
    return mknodat(at, path, item->mode, 0) < 0 ? -errno : 0;
}

int skeleton_make(const struct skeleton *skeleton, int at, const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
        char path[256];
        if (!skeleton->items[i].make)
            continue;
        snprintf(path, sizeof path, "%s/diff/%s", id, wanted[i].path);
        int r = make_item(at, path, &skeleton->items[i], wanted[i].link);
        if (r < 0)
            return r;
    }
    return 0;
}
