/* Layers staged and images assembled; see layer.h. Order on disk: a layer's directory, its record, the image's config, its names.
 */
#include "image/layer.h"
#include "image/layer_tar.h"
#include "image/store.h"
#include "image/unpack.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct staged {
    char cache_id[CACHE_TEXT];
    struct unpack_report report;
    bool taken;
};

static int stage(struct image_store *store, const struct unpack_input *input, const struct unpack_limits *limits, char **diff,
                 struct staged **out, struct error *err)
{
    struct staged *staged = xcalloc(1, sizeof *staged);
    int r = layer_begin(store, staged->cache_id, diff, err);
    if (r < 0) {
        free(staged);
        return r;
    }
    cleanup_free char *path = str_format("%s/%s/" TAR_SPLIT_FILE, store->overlay, staged->cache_id);
    cleanup_close int split = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    r = split < 0 ? error_errno(err, errno, "make %s", path) : unpack_confined(input, *diff, limits, split, &staged->report, err);
    if (r < 0)
        staged_free(store, staged);
    else
        *out = staged;
    return r;
}

int layer_stage(struct image_store *store, int fd, struct staged **out, struct error *err)
{
    return layer_stage_part(store, &(struct unpack_input){.fd = fd}, out, err);
}

int layer_stage_part(struct image_store *store, const struct unpack_input *part, struct staged **out, struct error *err)
{
    cleanup_free char *diff = NULL;
    return stage(store, part, NULL, &diff, out, err);
}

int layer_adopt(struct image_store *store, int fd, const char *directory, struct staged **out, struct error *err)
{
    static const struct unpack_limits limits = {.bytes = INT64_MAX, .entries = INT64_MAX, .whiteouts = true, .measure = true};
    cleanup_free char *diff = NULL;
    struct staged *staged;
    int r = stage(store, &(struct unpack_input){.fd = fd}, &limits, &diff, &staged, err);
    if (r < 0)
        return r;
    if (rename(directory, diff) < 0) { /* over the empty one */
        r = error_errno(err, errno, "rename %s to %s", directory, diff);
        staged_free(store, staged);
        return r;
    }
    *out = staged;
    return 0;
}

const char *staged_diff_id(const struct staged *staged) { return staged->report.diff_id; }
int64_t staged_size(const struct staged *staged) { return staged->report.size; }
const char *staged_directory(const struct staged *staged) { return staged->cache_id; }
int64_t staged_entries(const struct staged *staged) { return staged->report.entries; }

void staged_free(struct image_store *store, struct staged *staged)
{
    if (staged && !staged->taken)
        layer_abandon(store, staged->cache_id);
    free(staged);
}

/* The layer to which these diff IDs lead from the bottom up; NULL when one of them is missing. */
static struct layer *climb_locked(struct image_store *store, char *const *diff_ids, size_t count, void (*visit)(struct layer *))
{
    char chain[DIGEST_TEXT] = "", next[DIGEST_TEXT];
    struct layer *layer = NULL;
    for (size_t i = 0; i < count; i++) {
        layer_chain(chain, diff_ids[i], next);
        memcpy(chain, next, sizeof chain);
        layer = layer_by_chain_locked(store, chain);
        if (!layer)
            return NULL;
        if (visit)
            visit(layer);
    }
    return layer;
}

static void pin(struct layer *layer) { layer->pins++; }
static void unpin(struct layer *layer) { layer->pins--; }

size_t layers_hold(struct image_store *store, char *const *diff_ids, size_t count)
{
    pthread_mutex_lock(&store->lock);
    while (count && !climb_locked(store, diff_ids, count, NULL))
        count--;
    climb_locked(store, diff_ids, count, pin);
    pthread_mutex_unlock(&store->lock);
    return count;
}

void layers_release(struct image_store *store, char *const *diff_ids, size_t count)
{
    pthread_mutex_lock(&store->lock);
    climb_locked(store, diff_ids, count, unpin);
    layers_collect_locked(store, NULL);
    store_unlock(store);
}

/* Each layer gets its place above the one below it. */
static int place_layers_locked(struct image_store *store, const struct assembly *assembly, const json_t *diffs, struct error *err)
{
    char chain[DIGEST_TEXT] = "";
    size_t i;
    json_t *value;
    json_array_foreach((json_t *)diffs, i, value)
    {
        const char *diff = str_or(json_string_value(value), "");
        struct staged *staged = assembly->staged && i < assembly->count ? assembly->staged[i] : NULL;
        char next[DIGEST_TEXT];
        layer_chain(chain, diff, next);
        struct layer *layer = layer_by_chain_locked(store, next);
        if (staged && !str_equal(staged->report.diff_id, diff))
            return error_set(err, EINVAL, "layer %zu has the digest %s, and its image's configuration says %s", i + 1,
                             staged->report.diff_id, diff);
        if (!layer && !staged)
            return error_set(err, EINVAL, "layer %s is missing", diff);
        if (!layer) {
            layer = layer_commit_locked(store, staged->cache_id, chain, &staged->report, err);
            staged->taken = true;
        }
        if (!layer)
            return -err->code;
        memcpy(chain, next, sizeof chain);
    }
    return 0;
}

/* The image with its names, or neither. */
static struct image *add_named_locked(struct image_store *store, const struct assembly *assembly, struct error *err)
{
    char id[DIGEST_TEXT];
    digest_bytes(assembly->config, assembly->config_len, id);
    bool is_new = !image_by_id_locked(store, id), named = assembly->names && *assembly->names;
    if (is_new && named)
        image_mark_pending(store, id, true);
    struct image *image = image_add_locked(store, assembly->config, assembly->config_len, err);
    if (image && assembly->parent && !*image->parent)
        image_set_parent_locked(store, image, assembly->parent);
    if (image && named && names_set_locked(store, assembly->names, image->id, err) < 0) {
        if (is_new)
            image_drop_locked(store, image, NULL);
        return NULL;
    }
    if (image && named)
        image_named_now(store, image);
    if (is_new && named)
        image_mark_pending(store, id, false);
    return image;
}

static int assemble_locked(struct image_store *store, const struct assembly *assembly, const json_t *diffs, char id[DIGEST_TEXT],
                           struct error *err)
{
    if (assembly->parent && !image_by_id_locked(store, assembly->parent))
        return error_set(err, ENOENT, "the image that it is made from is gone: No such image: %s", assembly->parent);
    int r = place_layers_locked(store, assembly, diffs, err);
    struct image *image = r < 0 ? NULL : add_named_locked(store, assembly, err);
    if (!image)
        return -err->code;
    memcpy(id, image->id, DIGEST_TEXT);
    return 0;
}

int image_assemble(struct image_store *store, const struct assembly *assembly, char id[DIGEST_TEXT], struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    if (json_deeper(assembly->config, assembly->config_len, JSON_DEPTH_MOST))
        return error_set(err, EINVAL, "the configuration of the image is nested deeper than %d", JSON_DEPTH_MOST);
    cleanup_json json_t *config = json_parse(assembly->config, assembly->config_len, "the configuration of the image", err);
    if (!config)
        return -err->code;
    const json_t *diffs = json_at(config, "rootfs.diff_ids");
    if (json_array_size(diffs) > LAYERS_MOST)
        return error_set(err, EINVAL, "max depth exceeded: an image has at most %d layers, and this one has %zu", LAYERS_MOST,
                         json_array_size(diffs));
    pthread_mutex_lock(&store->lock);
    int r = assemble_locked(store, assembly, diffs, id, err);
    if (r < 0)
        layers_collect_locked(store, NULL);
    durable_later_locked(store);
    store_unlock(store);
    return r;
}

int image_layers(struct image_store *store, const char *name, struct image_layer **out, size_t *count, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_resolve_locked(store, name, err);
    *out = NULL;
    *count = image ? image->layer_count : 0;
    if (image)
        *out = xcalloc(*count + 1, sizeof **out);
    for (size_t i = 0; i < *count; i++) {
        struct layer *layer = image->layers[i];
        struct image_layer *here = *out + i;
        memcpy(here->diff, layer->diff, DIGEST_TEXT);
        memcpy(here->chain, layer->chain, DIGEST_TEXT);
        memcpy(here->parent, layer->parent, DIGEST_TEXT);
        here->directory = str_format("%s/%s/diff", store->overlay, layer->cache_id);
        here->size = layer->size;
        here->tar_size = layer->tar_bytes;
        layer->pins++;
    }
    pthread_mutex_unlock(&store->lock);
    return image ? 0 : -err->code;
}

void image_layers_free(struct image_store *store, struct image_layer *layers, size_t count)
{
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < count; i++) {
        layer_by_chain_locked(store, layers[i].chain)->pins--;
        free(layers[i].directory);
    }
    if (count)
        layers_collect_locked(store, NULL);
    store_unlock(store);
    free(layers);
}

char *image_config_text(struct image_store *store, const char *name, char id[DIGEST_TEXT], size_t *len, struct error *err)
{
    if (image_find(store, name, id, NULL, err) < 0)
        return NULL;
    cleanup_free char *path = str_format("%s/imagedb/content/sha256/%s", store->image, id + strlen("sha256:"));
    return file_read(path, len, err);
}
