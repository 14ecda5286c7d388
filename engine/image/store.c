/* Opening the store, and the images in it: config files below imagedb/, and their copies in memory. */
#include "image/store.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    const char *name;
    mode_t mode;
} directories[] = {
    {"overlay2", 0710},
    {"overlay2/l", 0700},
    {"image", 0700},
    {"image/overlay2", 0700},
    {"image/overlay2/imagedb", 0700},
    {"image/overlay2/imagedb/content", 0700},
    {"image/overlay2/imagedb/content/sha256", 0700},
    {"image/overlay2/imagedb/metadata", 0700},
    {"image/overlay2/imagedb/metadata/sha256", 0700},
    {"image/overlay2/layerdb", 0700},
    {"image/overlay2/layerdb/sha256", 0700},
    {"image/overlay2/layerdb/tmp", 0700},
    {"image/overlay2/spare", 0700},
};

static char *content_path(const struct image_store *store, const char *id)
{
    return str_format("%s/imagedb/content/sha256/%s", store->image, id + strlen("sha256:"));
}

static void image_free(struct image *image)
{
    json_decref(image->config);
    free(image->layers);
    free(image);
}

/* Link the config's diff IDs to layers; an image whose layers are not all here cannot be run and is not kept. */
static int attach_layers(struct image_store *store, struct image *image, struct error *err)
{
    json_t *diffs = json_at(image->config, "rootfs.diff_ids"), *value;
    char chain[DIGEST_TEXT] = "", next[DIGEST_TEXT];
    size_t i;
    image->layers = xcalloc(json_array_size(diffs) + 1, sizeof(struct layer *));
    json_array_foreach(diffs, i, value)
    {
        layer_chain(chain, str_or(json_string_value(value), ""), next);
        memcpy(chain, next, sizeof chain);
        struct layer *layer = layer_by_chain_locked(store, chain);
        if (!layer)
            return error_set(err, ENOENT, "image %s: layer %s is missing", image->id, chain);
        image->layers[image->layer_count++] = layer;
        image->size += layer->size;
    }
    return 0;
}

static struct image *image_learn(struct image_store *store, const char *id, const char *text, size_t len, struct error *err)
{
    struct image *image = xcalloc(1, sizeof *image);
    memcpy(image->id, id, DIGEST_TEXT);
    if (json_deeper(text, len, JSON_DEPTH_MOST)) /* a container's description, of which it becomes a part, must be readable too */
        error_set(err, EINVAL, "image %s: its configuration is nested deeper than %d", id, JSON_DEPTH_MOST);
    else
        image->config = json_parse(text, len, id, err);
    if (!image->config || attach_layers(store, image, err) < 0) {
        image_free(image);
        return NULL;
    }
    if (!clock_parse(json_str(image->config, "created", CLOCK_ZERO), &image->created_ns))
        image->created_ns = 0;
    store->images = xrealloc(store->images, (store->image_count + 1) * sizeof(struct image *));
    return store->images[store->image_count++] = image;
}

static char *tagged_path(const struct image_store *store, const char *id, const char *file)
{
    return str_format("%s/imagedb/metadata/sha256/%s%s", store->image, id + strlen("sha256:"), file);
}

void image_mark_pending(struct image_store *store, const char *id, bool pending)
{
    cleanup_free char *directory = tagged_path(store, id, ""), *path = path_join(directory, "pending");
    struct error why = ERROR_INIT;
    if (!pending)
        unlink(path);
    else if (path_make_dirs(directory, 0700, &why) < 0 || file_write(path, "", 0, 0600, &why) < 0)
        log_warn("%s", why.message);
    if (!pending)
        rmdir(directory); /* when there is nothing else in it */
}

/* One that was given its config and not yet its names when the engine ended. */
static void settle_pending(struct image_store *store, struct image *image)
{
    cleanup_free char *path = tagged_path(store, image->id, "/pending");
    if (!path_exists(path))
        return;
    cleanup_strv char **names = names_of_locked(store, image->id);
    if (names) {
        image_mark_pending(store, image->id, false);
        return;
    }
    log_warn("image %s was not complete when the engine ended and is removed", image->id);
    image_drop_locked(store, image, NULL);
}

/* When it last got a name, and what it was made from. */
static void read_metadata(struct image_store *store, struct image *image)
{
    cleanup_free char *tagged_file = tagged_path(store, image->id, "/lastUpdated");
    cleanup_free char *tagged = file_read(tagged_file, NULL, NULL);
    if (tagged && !clock_parse(str_trim(tagged), &image->tagged_ns))
        image->tagged_ns = 0;
    cleanup_free char *parent_file = tagged_path(store, image->id, "/parent");
    cleanup_free char *parent = file_read(parent_file, NULL, NULL);
    snprintf(image->parent, sizeof image->parent, "%s", parent ? str_trim(parent) : "");
}

static int load_image(struct image_store *store, const char *path, const char *hex, struct error *err)
{
    struct error why = ERROR_INIT;
    size_t len = 0;
    char id[DIGEST_TEXT];
    struct image *image = NULL;
    cleanup_free char *file = path_join(path, hex), *text = file_read(file, &len, &why);
    if (!text && !is_missing(why.code) && why.code != EFBIG)
        return error_set(err, why.code, "%s", why.message);
    digest_bytes(str_or(text, ""), len, id);
    if (text && str_equal(id + strlen("sha256:"), hex))
        image = image_learn(store, id, text, len, &why);
    if (!image) {
        log_warn("image config %s is unusable and is removed: %s", hex, why.code ? why.message : "its digest is not its name");
        unlink(file);
        return 0;
    }
    read_metadata(store, image);
    settle_pending(store, image);
    return 0;
}

static int load_images(struct image_store *store, struct error *err)
{
    cleanup_free char *path = path_join(store->image, "imagedb/content/sha256");
    cleanup_strv char **names = NULL;
    int r = directory_names(path, &names, err);
    for (char **name = names; r == 0 && name && *name; name++)
        r = load_image(store, path, *name, err);
    return r;
}

static int make_directories(struct image_store *store, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(directories); i++) {
        cleanup_free char *path = path_join(store->root, directories[i].name);
        if (mkdir(path, directories[i].mode) < 0 && errno != EEXIST)
            return error_errno(err, errno, "make directory %s", path);
    }
    static const char *const emptied[] = {"layerdb/tmp", "spare"};
    for (size_t i = 0; i < ARRAY_LEN(emptied); i++) {
        cleanup_free char *path = path_join(store->image, emptied[i]);
        path_remove_tree(path, NULL);
        if (mkdir(path, 0700) < 0)
            return error_errno(err, errno, "make directory %s", path);
    }
    store->overlay_fd = open(store->overlay, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (store->overlay_fd < 0)
        return error_errno(err, errno, "open %s", store->overlay);
    cleanup_free char *spare = path_join(store->image, "spare");
    store->spare_fd = open(spare, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return store->spare_fd < 0 ? error_errno(err, errno, "open %s", spare) : 0;
}

/* Files that were being written when the engine ended (file_write_atomic), in a directory and the ones in it. */
static void remove_temporaries(const char *path, bool below)
{
    cleanup_dir DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (strstr(entry->d_name, ".tmp-"))
            unlinkat(dirfd(dir), entry->d_name, 0);
        cleanup_free char *inner = path_join(path, entry->d_name);
        if (below && entry->d_type == DT_DIR && entry->d_name[0] != '.')
            remove_temporaries(inner, false);
    }
}

/* What is told of images that are no more: it is written before an image is, and removed after it. */
static void remove_stray_metadata(struct image_store *store)
{
    cleanup_free char *path = path_join(store->image, "imagedb/metadata/sha256");
    cleanup_dir DIR *dir = opendir(path);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        cleanup_free char *id = str_format("sha256:%s", entry->d_name), *stray = path_join(path, entry->d_name);
        if (entry->d_name[0] != '.' && !image_by_id_locked(store, id))
            path_remove_tree(stray, NULL);
    }
}

/* What crashed imports and removals left: directories without a record, and links that lead nowhere. */
static void remove_leftovers(struct image_store *store)
{
    cleanup_free char *metadata = path_join(store->image, "imagedb/metadata/sha256");
    remove_temporaries(store->image, false);
    remove_temporaries(metadata, true);
    remove_stray_metadata(store);
    cleanup_free char *links = path_join(store->overlay, "l");
    cleanup_dir DIR *dir = opendir(store->overlay);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        if (str_starts(entry->d_name, "tmp-"))
            layer_abandon(store, entry->d_name);
    }
    rootfs_remove_leftovers(store);
    cleanup_dir DIR *linkdir = opendir(links);
    for (struct dirent *entry; linkdir && (entry = readdir(linkdir));)
        if (entry->d_name[0] != '.' && faccessat(dirfd(linkdir), entry->d_name, F_OK, 0) < 0)
            unlinkat(dirfd(linkdir), entry->d_name, 0);
}

struct image_store *image_store_open(const char *data_root, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    struct image_store *store = xcalloc(1, sizeof *store);
    pthread_mutex_init(&store->lock, NULL);
    pthread_mutex_init(&store->under_way_lock, NULL);
    pthread_cond_init(&store->wake, NULL);
    pthread_cond_init(&store->sync_wake, NULL);
    store->overlay_fd = store->spare_fd = -EBADF;
    if (path_make_dirs(data_root, 0711, err) < 0 || !(store->root = realpath(data_root, NULL))) {
        if (!err->code)
            error_errno(err, errno, "open %s", data_root);
        image_store_close(store);
        return NULL;
    }
    store->overlay = path_join(store->root, "overlay2");
    store->image = path_join(store->root, "image/overlay2");
    int r = strpbrk(store->root, ":,\\")
                ? error_set(err, EINVAL, "data root %s: overlay mounts cannot name a directory with ':', ',' or '\\'", store->root)
                : make_directories(store, err);
    if (r == 0)
        r = names_load(store, err);
    if (r == 0)
        r = layers_load(store, err);
    if (r == 0)
        r = load_images(store, err);
    if (r < 0) {
        image_store_close(store);
        return NULL;
    }
    names_drop_dead(store);
    remove_leftovers(store);
    pthread_mutex_lock(&store->lock);
    layers_collect_locked(store, NULL);
    durable_later_locked(store);
    store_unlock(store);
    return store;
}

void image_store_close(struct image_store *store)
{
    if (!store)
        return;
    durable_stop(store);
    spares_stop(store);
    for (size_t i = 0; i < store->image_count; i++)
        image_free(store->images[i]);
    for (size_t i = 0; i < store->layer_count; i++) {
        skeleton_free(store->layers[i]->skeleton);
        free(store->layers[i]);
    }
    free(store->images);
    free(store->layers);
    json_decref(store->repositories);
    fd_close(store->overlay_fd);
    fd_close(store->spare_fd);
    free(store->root);
    free(store->overlay);
    free(store->image);
    pthread_cond_destroy(&store->wake);
    pthread_cond_destroy(&store->sync_wake);
    pthread_mutex_destroy(&store->lock);
    pthread_mutex_destroy(&store->under_way_lock);
    strv_free(store->under_way);
    strv_free(store->condemned);
    free(store);
}

struct image *image_by_id_locked(struct image_store *store, const char *id)
{
    for (size_t i = 0; i < store->image_count; i++)
        if (str_equal(store->images[i]->id, id))
            return store->images[i];
    return NULL;
}

struct image *image_add_locked(struct image_store *store, const char *text, size_t len, struct error *err)
{
    char id[DIGEST_TEXT];
    digest_bytes(text, len, id);
    struct image *image = image_by_id_locked(store, id);
    if (image)
        return image;
    cleanup_free char *path = content_path(store, id);
    /* One that a power cut spoils no longer has its digest, and goes when the store is opened. */
    if (file_write_atomic(path, text, len, 0600, false, err) < 0)
        return NULL;
    image = image_learn(store, id, text, len, err);
    if (!image)
        unlink(path);
    return image;
}

int image_drop_locked(struct image_store *store, struct image *image, struct error *err)
{
    cleanup_free char *path = content_path(store, image->id);
    cleanup_free char *metadata = tagged_path(store, image->id, "");
    if (unlink(path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "remove %s", path);
    path_remove_tree(metadata, NULL);
    for (size_t i = 0; i < store->image_count; i++)
        if (store->images[i] == image)
            store->images[i] = store->images[--store->image_count];
    image_free(image);
    return 0;
}

void image_set_parent_locked(struct image_store *store, struct image *image, const char *parent)
{
    struct error why = ERROR_INIT;
    cleanup_free char *directory = tagged_path(store, image->id, ""), *path = path_join(directory, "parent");
    snprintf(image->parent, sizeof image->parent, "%s", parent);
    if (path_make_dirs(directory, 0700, &why) < 0 || file_write_atomic(path, parent, strlen(parent), 0600, false, &why) < 0)
        log_warn("%s", why.message);
}

bool image_has_children_locked(const struct image_store *store, const struct image *image)
{
    for (size_t i = 0; i < store->image_count; i++)
        if (str_equal(store->images[i]->parent, image->id))
            return true;
    return false;
}

static struct image *by_id_prefix(struct image_store *store, const char *text)
{
    const char *hex = str_starts(text, "sha256:") ? text + strlen("sha256:") : text;
    struct image *found = NULL;
    if (!*hex || hex[strspn(hex, "0123456789abcdef")])
        return NULL;
    for (size_t i = 0; i < store->image_count; i++) {
        if (!str_starts(store->images[i]->id + strlen("sha256:"), hex))
            continue;
        if (found)
            return NULL; /* ambiguous is as good as unknown */
        found = store->images[i];
    }
    return found;
}

struct image *image_resolve_locked(struct image_store *store, const char *name, struct error *err)
{
    if (reference_is_id(name) || str_starts(name, "sha256:")) {
        struct image *image = by_id_prefix(store, name);
        if (!image)
            error_set(err, ENOENT, "No such image: %s", name);
        return image;
    }
    struct reference reference;
    if (reference_parse(name, &reference, err) < 0) {
        reference_clear(&reference);
        return NULL;
    }
    cleanup_free char *text = reference_text(&reference);
    const char *id = name_lookup_locked(store, reference.familiar, text);
    struct image *image = id ? image_by_id_locked(store, id) : by_id_prefix(store, name);
    if (!image)
        error_set(err, ENOENT, "No such image: %s", text);
    reference_clear(&reference);
    return image;
}

int image_find(struct image_store *store, const char *name, char id[DIGEST_TEXT], json_t **config, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    pthread_mutex_lock(&store->lock);
    struct image *image = image_resolve_locked(store, name, err);
    if (image && id)
        memcpy(id, image->id, DIGEST_TEXT);
    if (image && config)
        *config = json_deep_copy(image->config);
    pthread_mutex_unlock(&store->lock);
    return image ? 0 : -err->code;
}

int image_count(struct image_store *store)
{
    pthread_mutex_lock(&store->lock);
    int count = (int)store->image_count;
    pthread_mutex_unlock(&store->lock);
    return count;
}
