/* The layer store: directories below overlay2/ and their records below image/overlay2/layerdb/sha256/<chain id>/. A record is
 * renamed into place after its directory, so a record without a directory cannot be, and a directory without a record is a
 * leftover. */
#include "image/layer_tar.h"
#include "image/store.h"
#include "image/unpack.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void link_generate(char out[LINK_TEXT])
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char raw[LINK_TEXT - 1];
    random_bytes(raw, sizeof raw);
    for (int i = 0; i < LINK_TEXT - 1; i++)
        out[i] = alphabet[raw[i] & 31];
    out[LINK_TEXT - 1] = 0;
}

void layer_chain(const char *parent, const char *diff, char out[DIGEST_TEXT])
{
    if (str_empty(parent)) {
        snprintf(out, DIGEST_TEXT, "%s", diff);
        return;
    }
    cleanup_free char *both = str_format("%s %s", parent, diff);
    digest_bytes(both, strlen(both), out);
}

struct layer *layer_by_chain_locked(struct image_store *store, const char *chain)
{
    for (size_t i = 0; i < store->layer_count; i++)
        if (str_equal(store->layers[i]->chain, chain))
            return store->layers[i];
    return NULL;
}

static struct layer *layer_learn(struct image_store *store, const struct layer *layer)
{
    struct layer *known = xmalloc(sizeof *known);
    *known = *layer;
    store->layers = xrealloc(store->layers, (store->layer_count + 1) * sizeof(struct layer *));
    return store->layers[store->layer_count++] = known;
}

int layer_record_open(struct image_store *store, const char *chain)
{
    cleanup_free char *path = str_format("%s/layerdb/sha256/%s", store->image, chain + strlen("sha256:"));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int layer_files_open(struct image_store *store, const struct layer *layer)
{
    cleanup_free char *path = str_format("%s/diff", layer->cache_id);
    int fd = openat(store->overlay_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

static char *record_path(const struct image_store *store, const char *chain)
{
    return str_format("%s/layerdb/sha256/%s", store->image, chain + strlen("sha256:"));
}

bool is_missing(int code) { return code == ENOENT || code == ENOTDIR || code == EISDIR || code == ELOOP; }

/* One word from a small file. 1; 0 when it is missing or does not fit; an error when that cannot be told. */
static int read_word(int dirfd, const char *name, char *out, size_t room, struct error *err)
{
    struct error why = ERROR_INIT;
    cleanup_free char *text = file_read_at(dirfd, name, NULL, &why);
    if (!text)
        return is_missing(why.code) ? 0 : error_set(err, why.code, "%s", why.message);
    const char *word = str_trim(text);
    return snprintf(out, room, "%s", word) < (int)room && *word;
}

/* 1; 0 when something is missing. */
static int read_words(int record, struct layer *layer, struct error *err)
{
    char size[32] = "", tar_size[32] = "";
    long long bytes;
    const struct {
        const char *name;
        char *out;
        size_t room;
        bool may_lack;
    } words[] = {{"cache-id", layer->cache_id, sizeof layer->cache_id, false},
                 {"diff", layer->diff, sizeof layer->diff, false},
                 {"size", size, sizeof size, false},
                 {"parent", layer->parent, sizeof layer->parent, true},
                 {"tar-size", tar_size, sizeof tar_size, true}};
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        int r = read_word(record, words[i].name, words[i].out, words[i].room, err);
        if (r < 0 || (r == 0 && !words[i].may_lack))
            return r;
    }
    if (strchr(layer->cache_id, '/') || !str_to_int(size, &bytes))
        return 0;
    layer->size = bytes;
    layer->tar_bytes = str_to_int(tar_size, &bytes) ? bytes : -1;
    return 1;
}

static int read_record(struct image_store *store, int records, const char *hex, struct error *err)
{
    struct layer layer = {0};
    char link_file[CACHE_TEXT + 8];
    if (strlen(hex) != 64)
        return 0;
    cleanup_close int dir = openat(records, hex, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return is_missing(errno) ? 0 : error_errno(err, errno, "open it");
    snprintf(layer.chain, sizeof layer.chain, "sha256:%.64s", hex);
    int r = read_words(dir, &layer, err);
    snprintf(link_file, sizeof link_file, "%s/link", layer.cache_id);
    if (r > 0)
        r = read_word(store->overlay_fd, link_file, layer.link, sizeof layer.link, err);
    if (r > 0)
        r = durable_survived(store, &layer, err);
    if (r > 0)
        layer_learn(store, &layer);
    return r;
}

int layers_load(struct image_store *store, struct error *err)
{
    cleanup_free char *path = path_join(store->image, "layerdb/sha256");
    cleanup_strv char **names = NULL;
    int r = directory_names(path, &names, err);
    cleanup_close int records = r < 0 ? -EBADF : open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r == 0 && records < 0)
        r = error_errno(err, errno, "open %s", path);
    for (char **name = names; r >= 0 && name && *name; name++) {
        r = read_record(store, records, *name, err);
        if (r < 0)
            error_prefix(err, "the record of layer %s cannot be read, and is left as it is: %s/%s", *name, path, *name);
        if (r != 0)
            continue;
        log_warn("layer %s has no complete record or no files; dropping it", *name);
        cleanup_free char *broken = path_join(path, *name);
        path_remove_tree(broken, NULL);
    }
    return r < 0 ? r : 0;
}

int layer_begin(struct image_store *store, char cache_id[CACHE_TEXT], char **diff, struct error *err)
{
    char id[ID_TEXT];
    id_generate(id);
    snprintf(cache_id, CACHE_TEXT, "tmp-%s", id);
    cleanup_free char *directory = path_join(store->overlay, cache_id);
    *diff = path_join(directory, "diff");
    under_way_add(store, cache_id);
    if (mkdir(directory, 0710) < 0 || mkdir(*diff, 0755) < 0) {
        int code = errno;
        free(move_ptr(*diff));
        layer_abandon(store, cache_id);
        return error_errno(err, code, "make directory %s", directory);
    }
    return 0;
}

void layer_abandon(struct image_store *store, const char *cache_id)
{
    cleanup_free char *directory = path_join(store->overlay, cache_id);
    struct error why = ERROR_INIT;
    if (path_remove_tree(directory, &why) < 0)
        log_warn("%s", why.message);
    under_way_drop(store, cache_id);
}

static int take_split(const struct image_store *store, const struct layer *layer, const char *record, struct error *err)
{
    cleanup_free char *from = str_format("%s/%s/" TAR_SPLIT_FILE, store->overlay, layer->cache_id);
    cleanup_free char *to = path_join(record, TAR_SPLIT_FILE);
    return rename(from, to) < 0 ? error_errno(err, errno, "rename %s to %s", from, to) : 0;
}

/* diff, size, cache-id, parent and the tar-split in one directory that appears by rename. */
static int write_record(struct image_store *store, const struct layer *layer, struct error *err)
{
    cleanup_free char *final = record_path(store, layer->chain);
    cleanup_free char *temporary = str_format("%s/layerdb/tmp/%.12s", store->image, layer->cache_id);
    char size[32], tar_size[32];
    snprintf(size, sizeof size, "%lld", (long long)layer->size);
    snprintf(tar_size, sizeof tar_size, "%lld", (long long)layer->tar_bytes);
    const struct {
        const char *name, *value;
    } words[] = {
        {"cache-id", layer->cache_id}, {"diff", layer->diff}, {"size", size}, {"tar-size", tar_size}, {"parent", layer->parent},
    };
    if (mkdir(temporary, 0755) < 0)
        return error_errno(err, errno, "make directory %s", temporary);
    int r = 0;
    for (size_t i = 0; i < ARRAY_LEN(words) && r == 0; i++) {
        cleanup_free char *path = path_join(temporary, words[i].name);
        if (*words[i].value)
            r = file_write(path, words[i].value, strlen(words[i].value), 0644, err);
    }
    if (r == 0)
        r = durable_mark(temporary, err);
    if (r == 0)
        r = take_split(store, layer, temporary, err);
    if (r == 0 && rename(temporary, final) < 0)
        r = error_errno(err, errno, "rename %s to %s", temporary, final);
    if (r < 0)
        path_remove_tree(temporary, NULL);
    return r;
}

/* "l/<link>", "link", "lower", "work" beside "diff", as overlay2 has them. */
static int write_directory(struct image_store *store, const char *cache_id, const struct layer *layer, struct error *err)
{
    char path[CACHE_TEXT + 16], target[CACHE_TEXT + 16], link[LINK_TEXT + 4];
    cleanup_free char *directory = path_join(store->overlay, cache_id);
    cleanup_free char *link_file = path_join(directory, "link");
    int r = file_write(link_file, layer->link, LINK_TEXT - 1, 0644, err);
    if (r < 0)
        return r;
    cleanup_buf struct buf lower = BUF_INIT;
    for (struct layer *below = layer_by_chain_locked(store, layer->parent); below;
         below = layer_by_chain_locked(store, below->parent))
        buf_printf(&lower, "%sl/%s", lower.len ? ":" : "", below->link);
    if (lower.len) {
        cleanup_free char *lower_file = path_join(directory, "lower");
        r = file_write(lower_file, lower.data, lower.len, 0644, err);
        snprintf(path, sizeof path, "%s/work", cache_id);
        if (r == 0 && mkdirat(store->overlay_fd, path, 0700) < 0)
            r = error_errno(err, errno, "make directory %s/work", directory);
        if (r < 0)
            return r;
    }
    if (renameat(store->overlay_fd, cache_id, store->overlay_fd, layer->cache_id) < 0)
        return error_errno(err, errno, "rename %s to %s", directory, layer->cache_id);
    under_way_drop(store, cache_id);
    snprintf(target, sizeof target, "../%s/diff", layer->cache_id);
    snprintf(link, sizeof link, "l/%s", layer->link);
    if (symlinkat(target, store->overlay_fd, link) < 0)
        return error_errno(err, errno, "make link %s/%s", store->overlay, link);
    return 0;
}

struct layer *layer_commit_locked(struct image_store *store, const char *cache_id, const char *parent,
                                  const struct unpack_report *report, struct error *err)
{
    struct layer layer = {.size = report->size, .tar_bytes = report->tar_bytes, .unsynced = true};
    layer_chain(parent, report->diff_id, layer.chain);
    struct layer *known = layer_by_chain_locked(store, layer.chain);
    if (known) {
        condemn_locked(store, cache_id);
        return known;
    }
    snprintf(layer.diff, sizeof layer.diff, "%s", report->diff_id);
    snprintf(layer.parent, sizeof layer.parent, "%s", str_or(parent, ""));
    id_generate(layer.cache_id);
    link_generate(layer.link);
    int r = write_directory(store, cache_id, &layer, err);
    if (r == 0)
        r = write_record(store, &layer, err);
    if (r < 0) {
        char link[LINK_TEXT + 4];
        snprintf(link, sizeof link, "l/%s", layer.link);
        unlinkat(store->overlay_fd, link, 0);
        condemn_locked(store, cache_id);
        condemn_locked(store, layer.cache_id);
        return NULL;
    }
    return layer_learn(store, &layer);
}

static void layer_drop_locked(struct image_store *store, size_t index)
{
    struct layer *layer = store->layers[index];
    char link[LINK_TEXT + 4];
    /* The record goes first and by rename: a crash in between leaves a directory without a record, which is a leftover. */
    cleanup_free char *record = record_path(store, layer->chain);
    cleanup_free char *gone = str_format("%s/layerdb/tmp/gone-%s", store->image, layer->cache_id);
    if (rename(record, gone) == 0)
        path_remove_tree(gone, NULL);
    snprintf(link, sizeof link, "l/%s", layer->link);
    unlinkat(store->overlay_fd, link, 0);
    condemn_locked(store, layer->cache_id);
    spares_drop(store, layer);
    skeleton_free(layer->skeleton);
    free(layer);
    store->layers[index] = store->layers[--store->layer_count];
}

static bool needed_by_layer_or_image(const struct image_store *store, const struct layer *layer)
{
    for (size_t i = 0; i < store->image_count; i++)
        for (size_t j = 0; j < store->images[i]->layer_count; j++)
            if (store->images[i]->layers[j] == layer)
                return true;
    for (size_t i = 0; i < store->layer_count; i++)
        if (str_equal(store->layers[i]->parent, layer->chain))
            return true;
    return false;
}

/* A container names the layers below it by their links, in its "lower" file. What cannot be read may name it, too; what has a
 * temporary name is on its way out, or holds its layers by pins. */
static bool needed_by_container(const struct image_store *store, const struct layer *layer)
{
    cleanup_strv char **names = NULL;
    if (directory_names(store->overlay, &names, NULL) < 0)
        return true;
    for (char **name = names; name && *name; name++) {
        struct error why = ERROR_INIT;
        cleanup_free char *path = path_join(*name, "lower");
        if (str_equal(*name, "l") || str_starts(*name, "tmp-"))
            continue;
        cleanup_free char *lower = file_read_at(store->overlay_fd, path, NULL, &why);
        if ((lower ? strstr(lower, layer->link) != NULL : !is_missing(why.code)) || layer_is_lent(store, *name, layer))
            return true;
    }
    return false;
}

void layers_collect_locked(struct image_store *store, json_t *deleted)
{
    for (size_t i = 0; i < store->layer_count;) {
        struct layer *layer = store->layers[i];
        if (layer->pins || needed_by_layer_or_image(store, layer) || needed_by_container(store, layer)) {
            i++;
            continue;
        }
        if (deleted)
            json_array_append_new(deleted, json_pack("{s:s}", "Deleted", layer->chain));
        layer_drop_locked(store, i);
        i = 0; /* its parent may be free now */
    }
}
