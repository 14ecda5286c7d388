/* What was made from an image: where a build looks for steps that it need not do again. */
#include "image/layer.h"
#include "image/store.h"

#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdlib.h>
#include <string.h>

static int newest_first(const void *a, const void *b)
{
    const struct image *left = *(struct image *const *)a, *right = *(struct image *const *)b;
    return left->created_ns < right->created_ns ? 1 : left->created_ns > right->created_ns ? -1 : strcmp(left->id, right->id);
}

void image_children(struct image_store *store, const char *parent,
                    bool (*look)(void *data, const char *id, const json_t *config, int64_t created_ns), void *data)
{
    size_t count = 0;
    pthread_mutex_lock(&store->lock);
    cleanup_free struct image **found = xcalloc(store->image_count + 1, sizeof *found);
    for (size_t i = 0; i < store->image_count; i++)
        if (str_equal(store->images[i]->parent, parent))
            found[count++] = store->images[i];
    qsort(found, count, sizeof *found, newest_first);
    for (size_t i = 0; i < count && !look(data, found[i]->id, found[i]->config, found[i]->created_ns); i++)
        ;
    pthread_mutex_unlock(&store->lock);
}

void image_ancestry(struct image_store *store, const char *id, char ***list)
{
    pthread_mutex_lock(&store->lock);
    const struct image *image = image_by_id_locked(store, id);
    while (image && !strv_has(*list, image->id)) {
        strv_add(list, image->id);
        image = *image->parent ? image_by_id_locked(store, image->parent) : NULL;
    }
    pthread_mutex_unlock(&store->lock);
}

void image_adopt(struct image_store *store, const char *id, const char *parent)
{
    pthread_mutex_lock(&store->lock);
    struct image *image = image_by_id_locked(store, id);
    if (image && !*image->parent)
        image_set_parent_locked(store, image, parent);
    pthread_mutex_unlock(&store->lock);
}

int image_keep(struct image_store *store, const json_t *config, const char *parent, char id[DIGEST_TEXT], struct error *err)
{
    cleanup_free char *text = json_text(config);
    const struct assembly assembly = {
        .config = text, .config_len = strlen(text), .count = json_array_size(json_at(config, "rootfs.diff_ids")), .parent = parent};
    return image_assemble(store, &assembly, id, err);
}

static char *metadata_path(const struct image_store *store, const char *id, const char *name)
{
    return str_format("%s/imagedb/metadata/sha256/%s%s", store->image, id + strlen("sha256:"), name);
}

static void keep(struct image_store *store, const char *id, const char *name, const char *text)
{
    struct error why = ERROR_INIT;
    cleanup_free char *path = metadata_path(store, id, name), *directory = metadata_path(store, id, "");
    if (path_make_dirs(directory, 0700, &why) < 0 || file_write_atomic(path, text, strlen(text), 0600, false, &why) < 0)
        log_warn("%s", why.message);
}

void image_mark_made(struct image_store *store, const char *id) { keep(store, id, "/made-here", ""); }

bool image_made_here(const struct image_store *store, const char *id)
{
    cleanup_free char *path = metadata_path(store, id, "/made-here");
    return path_exists(path);
}

void image_note(struct image_store *store, const char *id, const char *text) { keep(store, id, "/files", text); }

char *image_noted(struct image_store *store, const char *id)
{
    cleanup_free char *path = metadata_path(store, id, "/files");
    return file_read(path, NULL, NULL);
}
