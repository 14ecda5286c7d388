/* Lending images to the engine inside a lab machine: it finds their records in its own store, and their files where this store has
 * them. Nothing is copied but records; a link per layer leads to the place at which the files are bound, read-only. */
#include "image/store.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/layer_tar.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENT "lent" /* in a container's directory: cache ids of what it was lent, one a line */

static int copy_file(int from, const char *name, const char *to, struct error *err)
{
    size_t len = 0;
    struct error why = ERROR_INIT;
    cleanup_free char *text = file_read_at(from, name, &len, &why), *path = path_join(to, name);
    if (!text)
        return why.code == ENOENT ? 0 : error_set(err, why.code, "%s", why.message);
    return file_write(path, text, len, 0644, err);
}

static int lend_record(struct image_store *store, const struct layer *layer, const char *root, struct error *err)
{
    static const char *const files[] = {"cache-id", "diff", "size", "tar-size", "parent", TAR_SPLIT_FILE};
    cleanup_free char *to = str_format("%s/image/overlay2/layerdb/sha256/%s", root, layer->chain + strlen("sha256:"));
    cleanup_close int from = layer_record_open(store, layer->chain);
    if (from < 0)
        return error_errno(err, -from, "open the record of layer %s", layer->chain);
    int r = path_make_dirs(to, 0700, err);
    for (size_t i = 0; i < ARRAY_LEN(files) && r == 0; i++)
        r = copy_file(from, files[i], to, err);
    return r;
}

static int lend_layer(struct image_store *store, const struct layer *layer, const char *root, const char *place, struct error *err)
{
    cleanup_free char *from_path = path_join(store->overlay, layer->cache_id);
    cleanup_free char *to = str_format("%s/overlay2/%s", root, layer->cache_id), *work = path_join(to, "work");
    cleanup_free char *files = path_join(place, layer->cache_id), *diff = path_join(to, "diff");
    cleanup_free char *target = str_format("../%s/diff", layer->cache_id);
    cleanup_free char *link = str_format("%s/overlay2/l/%s", root, layer->link);
    if (path_exists(to))
        return 0;
    cleanup_close int from = open(from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (from < 0)
        return error_errno(err, errno, "open %s", from_path);
    int r = path_make_dirs(work, 0700, err);
    if (r == 0)
        r = copy_file(from, "link", to, err);
    if (r == 0)
        r = copy_file(from, "lower", to, err);
    if (r == 0 && (symlink(files, diff) < 0 || symlink(target, link) < 0))
        r = error_errno(err, errno, "make the links of %s", to);
    return r == 0 ? lend_record(store, layer, root, err) : r;
}

static int lend_names(const char *name, const char *id, const char *root, struct error *err)
{
    cleanup_free char *path = str_format("%s/image/overlay2/repositories.json", root), *repository = xstrdup(name);
    cleanup_json json_t *doc = path_exists(path) ? json_read_file(path, err) : json_pack("{s:{}}", "Repositories");
    char *colon = strrchr(repository, ':');
    if (!doc || !colon)
        return doc ? error_set(err, EINVAL, "%s: no tag", name) : -err->code;
    *colon = '\0';
    json_t *all = json_object_get(doc, "Repositories"), *tags = json_object_get(all, repository);
    if (!tags)
        json_object_set_new(all, repository, tags = json_object());
    json_object_set_new(tags, name, json_string(id));
    return json_write_file(path, doc, 0600, false, err);
}

static int lend_image(const struct image_store *store, const char *id, const char *root, struct error *err)
{
    cleanup_free char *from_path = path_join(store->image, "imagedb/content/sha256");
    cleanup_free char *to = path_join(root, "image/overlay2/imagedb/content/sha256");
    cleanup_close int from = open(from_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r = path_make_dirs(to, 0700, err);
    return r < 0 ? r : copy_file(from, id + strlen("sha256:"), to, err);
}

int image_lend(struct image_store *store, const char *name, const char *root, const char *place, struct error *err)
{
    char id[DIGEST_TEXT];
    cleanup_free char *links = path_join(root, "overlay2/l");
    int r = path_make_dirs(links, 0700, err);
    pthread_mutex_lock(&store->lock);
    const struct image *image = r == 0 ? image_resolve_locked(store, name, err) : NULL;
    if (r == 0)
        r = image ? lend_image(store, image->id, root, err) : -err->code;
    if (r == 0 && image->layer_count != 1)
        r = error_set(err, ENOENT, "%s has %zu layers: only an image of one can be lent", name, image->layer_count);
    if (r == 0)
        memcpy(id, image->id, DIGEST_TEXT);
    for (size_t i = 0; r == 0 && i < image->layer_count; i++)
        r = lend_layer(store, image->layers[i], root, place, err);
    pthread_mutex_unlock(&store->lock);
    return r < 0 ? r : lend_names(name, id, root, err);
}

int image_lend_hold(struct image_store *store, const char *container_id, char *const *names, struct error *err)
{
    cleanup_buf struct buf list = BUF_INIT;
    pthread_mutex_lock(&store->lock);
    for (; names && *names; names++) {
        struct error none = ERROR_INIT; /* an image that is not here is not lent */
        const struct image *image = image_resolve_locked(store, *names, &none);
        for (size_t i = 0; image && i < image->layer_count; i++)
            buf_printf(&list, "%s\n", image->layers[i]->cache_id);
    }
    cleanup_free char *path = str_format("%s/%s/" LENT, store->overlay, container_id);
    int r = file_write(path, str_or(list.data, ""), list.len, 0644, err);
    pthread_mutex_unlock(&store->lock);
    return r;
}

char **image_lent(struct image_store *store, const char *container_id)
{
    cleanup_free char *path = str_format("%s/" LENT, container_id), *text = file_read_at(store->overlay_fd, path, NULL, NULL);
    cleanup_strv char **ids = text ? str_split(str_trim(text), '\n') : NULL;
    char **directories = NULL;
    for (char **id = ids; id && *id; id++)
        if (**id)
            strv_take(&directories, str_format("%s/%s/diff", store->overlay, *id));
    return directories;
}

bool layer_is_lent(const struct image_store *store, const char *container_id, const struct layer *layer)
{
    struct error why = ERROR_INIT;
    cleanup_free char *path = str_format("%s/" LENT, container_id), *text = file_read_at(store->overlay_fd, path, NULL, &why);
    return text ? strstr(text, layer->cache_id) != NULL : !is_missing(why.code);
}
