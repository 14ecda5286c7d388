/* The two directories that a container has below overlay2/: "<id>-init" with the skeleton that every container needs (see
 * skeleton.c), and "<id>" with its own files on top. All names are made below one descriptor: some thirty system calls and nothing
 * synced. */
#include "image/store.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/skeleton.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ID_MOST = 128 };
#define INIT_SUFFIX "-init"

/* Ids come from the daemon, but end up in paths. */
static int check_id(const char *id, struct error *err)
{
    size_t len = strlen(id);
    if (!len || len > ID_MOST || strspn(id, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") != len)
        return error_set(err, EINVAL, "invalid container id: %s", id);
    return 0;
}

static int make_dir(int at, const char *id, const char *name, mode_t mode)
{
    char path[ID_MOST + 32];
    snprintf(path, sizeof path, "%s%s%s", id, *name ? "/" : "", name);
    return mkdirat(at, path, mode) < 0 ? -errno : 0;
}

static int make_file(int at, const char *id, const char *name, mode_t mode, const char *text, size_t len)
{
    char path[ID_MOST + 32];
    snprintf(path, sizeof path, "%s/%s", id, name);
    cleanup_close int fd = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    return fd < 0 ? -errno : write_full(fd, text, len);
}

/* "l/<link>" -> "../<id>/diff", and the link's name in "<id>/link". */
static int make_link(int at, const char *id, char link[LINK_TEXT])
{
    char path[LINK_TEXT + 4], target[ID_MOST + 16];
    link_generate(link);
    snprintf(path, sizeof path, "l/%s", link);
    snprintf(target, sizeof target, "../%s/diff", id);
    if (symlinkat(target, at, path) < 0)
        return -errno;
    return make_file(at, id, "link", 0644, link, LINK_TEXT - 1);
}

/* "lower" is written last: a directory that has it is complete. */
static int make_layer(int at, const char *id, const char *lower, const struct skeleton *skeleton, bool init, char link[LINK_TEXT])
{
    int r = make_dir(at, id, "", 0710);
    if (r == 0)
        r = skeleton_make_root(skeleton, at, id);
    if (r == 0)
        r = make_dir(at, id, "work", 0700);
    if (r == 0 && !init)
        r = make_dir(at, id, "merged", 0755);
    if (r == 0)
        r = make_link(at, id, link);
    if (r == 0 && init)
        r = skeleton_make(skeleton, at, id);
    if (r == 0 && init)
        r = make_file(at, id, "committed", 0600, "", 0);
    return r == 0 ? make_file(at, id, "lower", 0644, lower, strlen(lower)) : r;
}

static void fill_paths(const struct image_store *store, const char *id, const char *lower, struct rootfs *out)
{
    cleanup_strv char **links = str_split(lower, ':');
    *out = (struct rootfs){0};
    for (char **link = links; *link; link++)
        strv_take(&out->lower, path_join(store->overlay, *link));
    out->upper = str_format("%s/%s/diff", store->overlay, id);
    out->work = str_format("%s/%s/work", store->overlay, id);
    out->merged = str_format("%s/%s/merged", store->overlay, id);
}

static void remove_link(struct image_store *store, const char *id)
{
    char path[ID_MOST + 32], link_path[LINK_TEXT + 4];
    snprintf(path, sizeof path, "%s/link", id);
    cleanup_free char *link = file_read_at(store->overlay_fd, path, NULL, NULL);
    if (!link || strlen(link) != LINK_TEXT - 1 || strchr(link, '/'))
        return;
    snprintf(link_path, sizeof link_path, "l/%s", link);
    unlinkat(store->overlay_fd, link_path, 0);
}

/* Renamed first, so that the id is free at once and a crash leaves something that is known as a leftover. */
static int remove_layer(struct image_store *store, const char *id, struct error *err)
{
    char gone[ID_TEXT + 8];
    char random[ID_TEXT];
    remove_link(store, id);
    id_generate(random);
    snprintf(gone, sizeof gone, "tmp-%s", random);
    if (renameat(store->overlay_fd, id, store->overlay_fd, gone) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "rename %s/%s", store->overlay, id);
    cleanup_free char *path = path_join(store->overlay, gone);
    return path_remove_tree(path, err);
}

/* The lower list of a container over `image`, top first, "l/X:l/Y", and what it must find in its init layer. The top layer is
 * pinned: it, and so all below it, stays until the container's own files name it. */
static char *lower_of_image_locked(struct image_store *store, struct image *image, struct layer **pinned,
                                   struct skeleton **skeleton)
{
    struct buf lower = BUF_INIT;
    for (size_t i = image->layer_count; i-- > 0;)
        buf_printf(&lower, "%sl/%s", lower.len ? ":" : "", image->layers[i]->link);
    struct layer *top = image->layers[image->layer_count - 1];
    if (!top->skeleton)
        top->skeleton = skeleton_new(store->overlay, lower.data);
    *skeleton = skeleton_share(top->skeleton);
    *pinned = top;
    top->pins++;
    return buf_take(&lower);
}

int rootfs_create(struct image_store *store, const char *container_id, const char *image_id, struct rootfs *out, struct error *err)
{
    char init[ID_MOST + 8], init_link[LINK_TEXT], own_link[LINK_TEXT];
    struct error own = ERROR_INIT;
    struct skeleton *skeleton = NULL;
    struct layer *top = NULL;
    err = err ? err : &own;
    int r = check_id(container_id, err);
    if (r < 0)
        return r;
    pthread_mutex_lock(&store->lock);
    struct image *image = image_resolve_locked(store, image_id, err);
    cleanup_free char *below = image ? lower_of_image_locked(store, image, &top, &skeleton) : NULL;
    pthread_mutex_unlock(&store->lock);
    if (!below)
        return -err->code;
    snprintf(init, sizeof init, "%s" INIT_SUFFIX, container_id);
    r = make_layer(store->overlay_fd, init, below, skeleton, true, init_link);
    cleanup_free char *lower = str_format("l/%s:%s", init_link, below);
    if (r == 0)
        r = make_layer(store->overlay_fd, container_id, lower, skeleton, false, own_link);
    skeleton_free(skeleton);
    pthread_mutex_lock(&store->lock);
    top->pins--;
    pthread_mutex_unlock(&store->lock);
    if (r < 0) {
        if (r != -EEXIST)
            rootfs_remove(store, container_id, NULL);
        return error_errno(err, -r, "make the layers of container %s below %s", container_id, store->overlay);
    }
    fill_paths(store, container_id, lower, out);
    return 0;
}

static char *read_lower(struct image_store *store, const char *container_id, struct error *err)
{
    char path[ID_MOST + 32];
    struct error why = ERROR_INIT;
    if (check_id(container_id, err) < 0)
        return NULL;
    snprintf(path, sizeof path, "%s/lower", container_id);
    char *lower = file_read_at(store->overlay_fd, path, NULL, &why);
    if (!lower)
        error_set(err, why.code, "container %s has no layers below %s: %s", container_id, store->overlay, why.message);
    return lower;
}

int rootfs_open(struct image_store *store, const char *container_id, struct rootfs *out, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    cleanup_free char *lower = read_lower(store, container_id, err);
    if (!lower)
        return -err->code;
    fill_paths(store, container_id, lower, out);
    return 0;
}

int rootfs_remove(struct image_store *store, const char *container_id, struct error *err)
{
    char init[ID_MOST + 8];
    int r = check_id(container_id, err);
    if (r < 0)
        return r;
    snprintf(init, sizeof init, "%s" INIT_SUFFIX, container_id);
    r = remove_layer(store, container_id, err);
    int s = remove_layer(store, init, r < 0 ? NULL : err);
    /* An image that was removed by force left its layers to its last container. */
    pthread_mutex_lock(&store->lock);
    layers_collect_locked(store, NULL);
    pthread_mutex_unlock(&store->lock);
    return r < 0 ? r : s;
}

void rootfs_clear(struct rootfs *rootfs)
{
    strv_free(rootfs->lower);
    free(rootfs->upper);
    free(rootfs->work);
    free(rootfs->merged);
    *rootfs = (struct rootfs){0};
}

json_t *rootfs_graph_driver(struct image_store *store, const char *container_id, struct error *err)
{
    cleanup_free char *lower = read_lower(store, container_id, err);
    if (!lower)
        return NULL;
    cleanup_strv char **links = str_split(lower, ':');
    cleanup_buf struct buf real = BUF_INIT;
    for (char **link = links; *link; link++) {
        char target[ID_MOST + 32];
        ssize_t len = readlinkat(store->overlay_fd, *link, target, sizeof target - 1);
        if (len < 3)
            continue;
        target[len] = 0;
        buf_printf(&real, "%s%s%s", real.len ? ":" : "", store->overlay, target + 2); /* without ".." */
    }
    cleanup_free char *own = path_join(store->overlay, container_id);
    cleanup_free char *merged = path_join(own, "merged"), *upper = path_join(own, "diff"), *work = path_join(own, "work");
    return json_pack("{s:{s:s,s:s,s:s,s:s},s:s}", "Data", "LowerDir", real.data ? real.data : "", "MergedDir", merged, "UpperDir",
                     upper, "WorkDir", work, "Name", "overlay2");
}

static bool is_layer_directory(const struct image_store *store, const char *name)
{
    for (size_t i = 0; i < store->layer_count; i++)
        if (str_equal(store->layers[i]->cache_id, name))
            return true;
    return false;
}

static bool has(struct image_store *store, const char *id, const char *name)
{
    cleanup_free char *path = path_join(id, name);
    return faccessat(store->overlay_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* What belongs to no image must be a container's: complete, with its init layer or as one. */
static bool is_leftover(struct image_store *store, const char *name)
{
    if (is_layer_directory(store, name))
        return false;
    if (str_ends(name, INIT_SUFFIX)) {
        cleanup_free char *own = xstrndup(name, strlen(name) - strlen(INIT_SUFFIX));
        return !has(store, own, "lower");
    }
    cleanup_free char *init = str_format("%s" INIT_SUFFIX, name);
    return !has(store, name, "merged") || !has(store, name, "lower") || !has(store, init, "committed");
}

static char **directories_of(struct image_store *store)
{
    char **names = NULL;
    cleanup_dir DIR *dir = opendir(store->overlay);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.' && strlen(entry->d_name) <= ID_MOST && !str_equal(entry->d_name, "l"))
            strv_add(&names, entry->d_name);
    return names;
}

void rootfs_remove_leftovers(struct image_store *store)
{
    cleanup_strv char **names = directories_of(store);
    for (char **name = names; name && *name; name++) {
        struct error why = ERROR_INIT;
        if (is_leftover(store, *name) && remove_layer(store, *name, &why) < 0)
            log_warn("%s", why.message);
    }
}

void rootfs_sweep(struct image_store *store, bool (*wanted)(const char *container_id, void *data), void *data)
{
    cleanup_strv char **names = directories_of(store);
    for (char **name = names; name && *name; name++) {
        struct error why = ERROR_INIT;
        pthread_mutex_lock(&store->lock);
        bool container = !is_layer_directory(store, *name) && has(store, *name, "merged");
        pthread_mutex_unlock(&store->lock);
        if (container && !wanted(*name, data) && rootfs_remove(store, *name, &why) < 0)
            log_warn("%s", why.message);
    }
}
