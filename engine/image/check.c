/* image_store_check. Two parts: what can be seen at a glance (records, names, links, directories) is looked at with the store
 * locked, and again until what was only work in progress is gone; then each layer's files are read, one after the other, unlocked.
 */
#include "image/layer_tar.h"
#include "image/store.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { LOOKS = 20, PAUSE_MS = 100 };

struct check {
    struct image_store *store;
    bool (*wanted)(const char *container_id, void *data);
    void *data;
    char **found; /* "object\tproblem" */
};

static void found(struct check *check, const char *problem, const char *format, ...) __attribute__((format(printf, 3, 4)));
static void found(struct check *check, const char *problem, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *object = str_vformat(format, args);
    va_end(args);
    strv_take(&check->found, str_format("%s\t%s", object, problem));
}

/* `visit` for each name in a directory of the store; false: it cannot be read. */
static void each(struct check *check, const char *path, void (*visit)(struct check *check, const char *name))
{
    cleanup_free char *whole = path_join(check->store->root, path);
    cleanup_dir DIR *dir = opendir(whole);
    if (!dir)
        found(check, strerror(errno), "directory %s", whole);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (!str_equal(entry->d_name, ".") && !str_equal(entry->d_name, ".."))
            visit(check, entry->d_name);
}

static bool word_is(int directory, const char *name, const char *value)
{
    cleanup_free char *text = directory < 0 ? NULL : file_read_at(directory, name, NULL, NULL);
    return text ? str_equal(str_trim(text), value) : !*value;
}

/* --- at a glance */

static void look_at_record(struct check *check, const struct layer *layer)
{
    char chain[DIGEST_TEXT], size[32];
    cleanup_close int record = layer_record_open(check->store, layer->chain);
    snprintf(size, sizeof size, "%lld", (long long)layer->size);
    const struct {
        const char *name, *value;
    } words[] = {{"cache-id", layer->cache_id}, {"diff", layer->diff}, {"parent", layer->parent}, {"size", size}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        if (word_is(record, words[i].name, words[i].value))
            continue;
        cleanup_free char *problem = str_format("its record does not have \"%s\" as its %s", words[i].value, words[i].name);
        found(check, problem, "layer %s", layer->chain);
    }
    layer_chain(layer->parent, layer->diff, chain);
    if (!str_equal(chain, layer->chain))
        found(check, "its name is not the chain ID of its parent and its diff ID", "layer %s", layer->chain);
    if (*layer->parent && !layer_by_chain_locked(check->store, layer->parent))
        found(check, "the layer below it is missing", "layer %s", layer->chain);
}

static void look_at_directory(struct check *check, const struct layer *layer)
{
    char path[CACHE_TEXT + 16], target[CACHE_TEXT + 16], wanted_target[CACHE_TEXT + 16];
    const struct layer *below = *layer->parent ? layer_by_chain_locked(check->store, layer->parent) : NULL;
    cleanup_close int directory = openat(check->store->overlay_fd, layer->cache_id, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *lower = below ? lower_of_layer_locked(check->store, below) : xstrdup("");
    if (directory < 0 || faccessat(directory, "diff", F_OK, AT_SYMLINK_NOFOLLOW) < 0) {
        found(check, "its directory is missing", "layer %s", layer->chain);
        return;
    }
    if (!word_is(directory, "link", layer->link))
        found(check, "its file \"link\" is not the short name by which it is mounted", "layer %s", layer->chain);
    if (!word_is(directory, "lower", lower))
        found(check, "its file \"lower\" does not name the layers below it", "layer %s", layer->chain);
    snprintf(path, sizeof path, "l/%s", layer->link);
    snprintf(wanted_target, sizeof wanted_target, "../%s/diff", layer->cache_id);
    ssize_t len = readlinkat(check->store->overlay_fd, path, target, sizeof target - 1);
    target[len < 0 ? 0 : len] = 0;
    if (!str_equal(target, wanted_target))
        found(check, "its short link does not lead to it", "layer %s", layer->chain);
}

static void look_at_image(struct check *check, const struct image *image)
{
    char digest[DIGEST_TEXT], chain[DIGEST_TEXT] = "", next[DIGEST_TEXT];
    struct error why = ERROR_INIT;
    cleanup_free char *path = str_format("%s/imagedb/content/sha256/%s", check->store->image, image->id + strlen("sha256:"));
    if (digest_file(path, digest, &why) < 0)
        found(check, why.message, "image %s", image->id);
    else if (!str_equal(digest, image->id))
        found(check, "the digest of its configuration is another one", "image %s", image->id);
    size_t i;
    json_t *diff;
    json_array_foreach(json_at(image->config, "rootfs.diff_ids"), i, diff)
    {
        layer_chain(chain, str_or(json_string_value(diff), ""), next);
        memcpy(chain, next, sizeof chain);
        if (!layer_by_chain_locked(check->store, chain))
            found(check, "one of its layers is missing", "image %s", image->id);
    }
    if (*image->parent && !image_by_id_locked(check->store, image->parent))
        found(check, "the image that it was made from is gone", "image %s", image->id);
}

static void look_at_names(struct check *check)
{
    struct error why = ERROR_INIT;
    cleanup_free char *path = path_join(check->store->image, "repositories.json");
    cleanup_json json_t *doc = path_exists(path) ? json_read_file(path, &why) : json_pack("{s:{}}", "Repositories");
    if (!doc || !json_equal(json_object_get(doc, "Repositories"), check->store->repositories))
        found(check, doc ? "it does not say what the engine knows" : why.message, "file %s", path);
    const char *family, *name;
    json_t *names, *id;
    json_object_foreach(check->store->repositories, family, names)
    {
        json_object_foreach(names, name, id)
        {
            if (!image_by_id_locked(check->store, str_or(json_string_value(id), "")))
                found(check, "it leads to no image", "name %s", name);
        }
    }
}

static void visit_record(struct check *check, const char *name)
{
    cleanup_free char *chain = str_format("sha256:%s", name);
    if (!layer_by_chain_locked(check->store, chain))
        found(check, "no layer is known for it", "record layerdb/sha256/%s", name);
}

static void visit_content(struct check *check, const char *name)
{
    cleanup_free char *id = str_format("sha256:%s", name);
    if (!image_by_id_locked(check->store, id))
        found(check, "no image is known for it", "file imagedb/content/sha256/%s", name);
}

static void visit_metadata(struct check *check, const char *name)
{
    cleanup_free char *id = str_format("sha256:%s", name);
    if (!image_by_id_locked(check->store, id))
        found(check, "no image is known for it", "directory imagedb/metadata/sha256/%s", name);
}

static void visit_temporary(struct check *check, const char *name) { found(check, "left over", "directory layerdb/tmp/%s", name); }

static void visit_link(struct check *check, const char *name)
{
    char path[LINK_TEXT + 260];
    snprintf(path, sizeof path, "l/%s", name);
    if (faccessat(check->store->overlay_fd, path, F_OK, 0) < 0)
        found(check, "it leads nowhere", "link overlay2/l/%s", name);
}

static bool is_of_layer(struct image_store *store, const char *name)
{
    bool is = false;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->layer_count && !is; i++)
        is = str_equal(store->layers[i]->cache_id, name);
    pthread_mutex_unlock(&store->lock);
    return is;
}

static void visit_directory(struct check *check, const char *name)
{
    static const char init[] = "-init";
    cleanup_free char *path = path_join(check->store->overlay, name);
    if (str_equal(name, "l") || is_of_layer(check->store, name) || under_way_has(check->store, name))
        return;
    cleanup_free char *container = str_ends(name, init) ? xstrndup(name, strlen(name) - strlen(init)) : xstrdup(name);
    if (!path_exists(path))
        return; /* removed meanwhile */
    if (str_starts(name, "tmp-") || !check->wanted || !check->wanted(container, check->data))
        found(check, str_starts(name, "tmp-") ? "left over" : "it belongs to no layer and no container", "directory overlay2/%s",
              name);
}

static void glance(struct check *check)
{
    struct image_store *store = check->store;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->layer_count; i++) {
        look_at_record(check, store->layers[i]);
        look_at_directory(check, store->layers[i]);
    }
    for (size_t i = 0; i < store->image_count; i++)
        look_at_image(check, store->images[i]);
    look_at_names(check);
    each(check, "image/overlay2/layerdb/sha256", visit_record);
    each(check, "image/overlay2/layerdb/tmp", visit_temporary);
    each(check, "image/overlay2/imagedb/content/sha256", visit_content);
    each(check, "image/overlay2/imagedb/metadata/sha256", visit_metadata);
    each(check, "overlay2/l", visit_link);
    pthread_mutex_unlock(&store->lock);
}

/* The container's side asks the daemon, which has locks of its own under which it calls us. */
static void glance_at_directories(struct check *check)
{
    char **names = NULL;
    cleanup_dir DIR *dir = opendir(check->store->overlay);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            strv_add(&names, entry->d_name);
    for (char **name = names; name && *name; name++)
        visit_directory(check, *name);
    strv_free(names);
}

/* Only what is found each time is a problem: a container that is being made has its links first, and its files then. */
static char **lasting(struct check *check)
{
    char **kept = NULL;
    for (int look = 0; look < LOOKS && (look == 0 || kept); look++) {
        if (look)
            nanosleep(&(struct timespec){.tv_nsec = PAUSE_MS * 1000000L}, NULL);
        glance(check);
        glance_at_directories(check);
        char **still = NULL;
        for (char **text = check->found; text && *text; text++)
            if (look == 0 || strv_has(kept, *text))
                strv_add(&still, *text);
        strv_free(kept);
        strv_free(move_ptr(check->found));
        kept = still;
    }
    return kept;
}

/* --- layer by layer */

static void read_layer(struct check *check, const char *chain)
{
    struct image_store *store = check->store;
    struct error why = ERROR_INIT;
    char diff[DIGEST_TEXT];
    pthread_mutex_lock(&store->lock);
    struct layer *layer = layer_by_chain_locked(store, chain);
    if (layer) {
        layer->pins++;
        memcpy(diff, layer->diff, sizeof diff);
    }
    pthread_mutex_unlock(&store->lock);
    if (!layer)
        return; /* removed meanwhile */
    cleanup_close int record = layer_record_open(store, chain), files = layer_files_open(store, layer);
    if (record >= 0 && files >= 0 && layer_tar_check(record, files, diff, &why) < 0)
        found(check, why.message, "layer %s", chain);
    pthread_mutex_lock(&store->lock);
    layer->pins--;
    layers_collect_locked(store, NULL);
    store_unlock(store);
}

static char **chains(struct image_store *store)
{
    char **list = NULL;
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < store->layer_count; i++)
        strv_add(&list, store->layers[i]->chain);
    pthread_mutex_unlock(&store->lock);
    return list;
}

json_t *image_store_check(struct image_store *store, bool (*wanted)(const char *container_id, void *data), void *data)
{
    struct check check = {.store = store, .wanted = wanted, .data = data};
    cleanup_strv char **kept = lasting(&check), **layers = chains(store);
    json_t *problems = json_array();
    for (char **chain = layers; chain && *chain; chain++)
        read_layer(&check, *chain);
    char **const lists[] = {kept, check.found};
    for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
        for (char **text = lists[i]; text && *text; text++) {
            const char *tab = strchr(*text, '\t');
            json_array_append_new(problems, json_pack("{s:o,s:o}", "Object", json_text_value(*text, (size_t)(tab - *text)),
                                                      "Problem", json_text_value(tab + 1, strlen(tab + 1))));
        }
    }
    strv_free(check.found);
    return json_pack("{s:i,s:i,s:o}", "Images", image_count(store), "Layers", (int)strv_len(layers), "Problems", problems);
}
