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

static void unlink_link(struct image_store *store, const char *link)
{
    char path[LINK_TEXT + 4];
    snprintf(path, sizeof path, "l/%s", link);
    unlinkat(store->overlay_fd, path, 0);
}

static void remove_link(struct image_store *store, const char *id)
{
    char path[ID_MOST + 32];
    snprintf(path, sizeof path, "%s/link", id);
    cleanup_free char *link = file_read_at(store->overlay_fd, path, NULL, NULL);
    if (link && strlen(link) == LINK_TEXT - 1 && !strchr(link, '/'))
        unlink_link(store, link);
}

/* "l/<link>" -> "../<id>/diff" */
static int make_link(struct image_store *store, const char *id, const char *link)
{
    char path[LINK_TEXT + 4], target[ID_MOST + 16];
    snprintf(path, sizeof path, "l/%s", link);
    snprintf(target, sizeof target, "../%s/diff", id);
    return symlinkat(target, store->overlay_fd, path) < 0 ? -errno : 0;
}

/* Renamed first, so that the id is free at once and a crash leaves something that is known as a leftover. */
static int remove_layer(struct image_store *store, const char *id, struct error *err)
{
    char gone[ID_TEXT + 8];
    char random[ID_TEXT];
    remove_link(store, id);
    id_generate(random);
    snprintf(gone, sizeof gone, "tmp-%s", random);
    under_way_add(store, gone);
    int r = renameat(store->overlay_fd, id, store->overlay_fd, gone) == 0 ? 0 : -errno;
    under_way_drop(store, id);
    if (r == 0) {
        cleanup_free char *path = path_join(store->overlay, gone);
        r = path_remove_tree(path, err);
    } else {
        r = r == -ENOENT ? 0 : error_errno(err, -r, "rename %s/%s", store->overlay, id);
    }
    under_way_drop(store, gone);
    return r;
}

/* What a new container over `image` starts from. The top layer is pinned: it, and so all below it, stays until the container's own
 * files name it. */
struct start {
    struct layer *top;
    struct skeleton *skeleton;
    char *below; /* the image's layers, top first, "l/X:l/Y" */
    struct spare *spare;
};

static int begin(struct image_store *store, const char *image_id, struct start *out, struct error *err)
{
    pthread_mutex_lock(&store->lock);
    struct image *image = image_resolve_locked(store, image_id, err);
    if (image && !image->layer_count) {
        error_set(err, EINVAL, "image %s has no layers, and so nothing that a container could run", image->id);
        image = NULL;
    }
    if (image) {
        out->top = image->layers[image->layer_count - 1];
        out->top->pins++;
        out->below = lower_of_layer_locked(store, out->top);
        if (!out->top->skeleton)
            out->top->skeleton = skeleton_new(store->overlay, out->below);
        out->skeleton = skeleton_share(out->top->skeleton);
        out->spare = spare_take_locked(store, out->top);
    }
    pthread_mutex_unlock(&store->lock);
    return image ? 0 : -err->code;
}

/* Once it is made, the container keeps the layers; otherwise, if the image has gone meanwhile, nobody does. */
static void finish(struct image_store *store, struct start *start, bool made)
{
    pthread_mutex_lock(&store->lock);
    start->top->pins--;
    if (!made)
        layers_collect_locked(store, NULL);
    store_unlock(store);
    skeleton_free(start->skeleton);
    spare_free(store, start->spare);
    free(start->below);
}

/* The links come first and a container's "lower" last, so that half of this is known for a leftover. Gives the lower list. */
static int make(struct image_store *store, const char *id, const char *init, struct start *start, char **lower)
{
    struct pair pair;
    if (start->spare)
        pair = *spare_pair(start->spare);
    else
        pair_names(&pair);
    *lower = str_format("l/%s:%s", pair.init_link, start->below);
    int r = make_link(store, init, pair.init_link);
    if (r == 0)
        r = make_link(store, id, pair.own_link);
    if (r == 0)
        r = start->spare ? spare_move(store, start->spare, id, init)
                         : pair_make(store->overlay_fd, id, init, &pair, start->below, start->skeleton);
    if (r < 0) {
        unlink_link(store, pair.init_link);
        unlink_link(store, pair.own_link);
    }
    return r;
}

int rootfs_create(struct image_store *store, const char *container_id, const char *image_id, struct rootfs *out, struct error *err)
{
    char init[ID_MOST + 8];
    struct error own = ERROR_INIT;
    struct start start = {0};
    cleanup_free char *lower = NULL;
    err = err ? err : &own;
    int r = check_id(container_id, err);
    if (r == 0)
        r = begin(store, image_id, &start, err);
    if (r < 0)
        return r;
    snprintf(init, sizeof init, "%s" INIT_SUFFIX, container_id);
    r = make(store, container_id, init, &start, &lower);
    finish(store, &start, r == 0);
    if (r < 0 && r != -EEXIST)
        rootfs_remove(store, container_id, NULL);
    if (r < 0)
        return error_errno(err, -r, "make the layers of container %s below %s", container_id, store->overlay);
    under_way_add(store, container_id); /* known to be somebody's until it is removed, whoever that is */
    under_way_add(store, init);
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
    store_unlock(store);
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

/* Rather than that it cannot be told. */
static bool lacks(struct image_store *store, const char *id, const char *name)
{
    cleanup_free char *path = path_join(id, name);
    return faccessat(store->overlay_fd, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0 && is_missing(errno);
}

/* What belongs to no image must be a container's: complete, with its init layer or as one. */
static bool is_leftover(struct image_store *store, const char *name)
{
    if (is_layer_directory(store, name))
        return false;
    if (str_ends(name, INIT_SUFFIX)) {
        cleanup_free char *own = xstrndup(name, strlen(name) - strlen(INIT_SUFFIX));
        return lacks(store, own, "lower");
    }
    cleanup_free char *init = str_format("%s" INIT_SUFFIX, name);
    return lacks(store, name, "merged") || lacks(store, name, "lower") || lacks(store, init, "committed");
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
