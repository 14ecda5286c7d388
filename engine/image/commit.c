/* image_commit: the writable layer of a container becomes a layer of its own, over the image's. One process packs it into a tar,
 * another unpacks that beside the store and hashes it on the way (so what is kept is what the diff ID tells of); then layer, config
 * and name appear in this order, as for an import. A layer in which nothing changed is none, only a line of history. */
#include "image/store.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"
#include "image/unpack.h"
#include "image/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The files, in a directory that has its temporary name. */
static int take_layer(struct image_store *store, const struct rootfs *rootfs, char cache_id[CACHE_TEXT],
                      struct unpack_report *report, struct error *err)
{
    const struct unpack_limits limits = {.bytes = INT64_MAX, .entries = INT64_MAX, .whiteouts = true};
    cleanup_free char *diff = NULL;
    struct view_tar tar;
    struct error why = ERROR_INIT;
    int r = layer_begin(store, cache_id, &diff, err);
    if (r < 0)
        return r;
    r = view_layer(rootfs, &tar, err);
    if (r == 0) {
        r = unpack_confined(tar.fd, diff, &limits, report, err);
        /* When both failed the reader only saw a tar that breaks off; the packer knows why. */
        if (view_close(&tar, &why) < 0 && (r == 0 || why.code != EIO))
            r = error_set(err, why.code, "%s", why.message);
    }
    if (r == 0 && report->entries && syncfs(store->overlay_fd) < 0)
        r = error_errno(err, errno, "sync %s", store->overlay);
    if (r < 0 || !report->entries)
        layer_abandon(store, cache_id);
    return r;
}

/* The container's command as one line, which history shows as what made the layer. */
static char *created_by(const struct image_commit *commit)
{
    cleanup_strv char **words = json_to_strv(json_object_get(commit->container_config, "Cmd"));
    return words ? strv_join(words, " ") : xstrdup("");
}

static json_t *history_line(const struct image_commit *commit, const char *created, bool no_layer)
{
    cleanup_free char *by = created_by(commit);
    json_t *line = json_pack("{s:s,s:o}", "created", created, "created_by", json_text_value(by, strlen(by)));
    if (*commit->author)
        json_object_set_new(line, "author", json_text_value(commit->author, strlen(commit->author)));
    if (*commit->comment)
        json_object_set_new(line, "comment", json_text_value(commit->comment, strlen(commit->comment)));
    if (no_layer)
        json_object_set_new(line, "empty_layer", json_true());
    return line;
}

/* The parent's config with this commit's in its place. `diff` NULL: no new layer. */
static char *image_config(const json_t *parent, const struct image_commit *commit, const json_t *config, const char *diff)
{
    char created[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), created);
    cleanup_json json_t *doc = json_object();
    json_t *history = json_deep_copy(json_object_get(parent, "history")),
           *diffs = json_deep_copy(json_at(parent, "rootfs.diff_ids"));
    history = history ? history : json_array();
    diffs = diffs ? diffs : json_array();
    json_array_append_new(history, history_line(commit, created, !diff));
    if (diff)
        json_array_append_new(diffs, json_string(diff));
    json_object_set_new(doc, "architecture", json_string(json_str(parent, "architecture", "amd64")));
    if (*commit->author)
        json_object_set_new(doc, "author", json_text_value(commit->author, strlen(commit->author)));
    if (*commit->comment)
        json_object_set_new(doc, "comment", json_text_value(commit->comment, strlen(commit->comment)));
    json_object_set(doc, "config", (json_t *)config);
    json_object_set_new(doc, "container", json_string(commit->container));
    json_object_set(doc, "container_config", (json_t *)commit->container_config);
    json_object_set_new(doc, "created", json_string(created));
    json_object_set_new(doc, "history", history);
    json_object_set_new(doc, "os", json_string(json_str(parent, "os", "linux")));
    json_object_set_new(doc, "rootfs", json_pack("{s:s,s:o}", "type", "layers", "diff_ids", diffs));
    return json_text(doc);
}

/* `cache_id` is NULL when there is no new layer. */
static int finish(struct image_store *store, const struct image_commit *commit, const json_t *config, const char *cache_id,
                  const struct unpack_report *report, const struct reference *reference, char id[DIGEST_TEXT], struct error *err)
{
    struct error own = ERROR_INIT;
    struct image *image = NULL;
    err = err ? err : &own;
    pthread_mutex_lock(&store->lock);
    struct image *parent = image_by_id_locked(store, commit->parent);
    if (!parent) {
        error_set(err, ENOENT, "the image of the container is gone: No such image: %s", commit->parent);
        if (cache_id)
            layer_abandon(store, cache_id);
    } else {
        const char *top = parent->layers[parent->layer_count - 1]->chain;
        if (!cache_id || layer_commit_locked(store, cache_id, top, report->diff_id, report->size, err)) {
            cleanup_free char *text = image_config(parent->config, commit, config, cache_id ? report->diff_id : NULL);
            image = image_add_locked(store, text, err);
        }
    }
    int r = image ? 0 : -err->code;
    if (r == 0)
        image_set_parent_locked(store, image, commit->parent);
    if (r == 0 && reference) {
        cleanup_free char *text = reference_text(reference);
        r = image_name_locked(store, image, reference->familiar, text, err);
    }
    if (r == 0)
        memcpy(id, image->id, DIGEST_TEXT);
    else
        layers_collect_locked(store, NULL);
    pthread_mutex_unlock(&store->lock);
    return r;
}

int image_commit(struct image_store *store, const struct image_commit *commit, char id[DIGEST_TEXT], struct error *err)
{
    struct reference reference = {0};
    struct unpack_report report = {0};
    char cache_id[CACHE_TEXT];
    cleanup_json json_t *config = json_deep_copy(commit->config);
    int r = str_empty(commit->reference) ? 0 : reference_parse(commit->reference, &reference, err);
    if (r == 0 && reference.digest)
        r = error_set(err, EINVAL, "invalid reference format: an image is committed under a tag, not a digest");
    for (char *const *change = commit->changes; r == 0 && change && *change; change++)
        r = config_change(config, *change, err);
    if (r == 0)
        r = take_layer(store, commit->rootfs, cache_id, &report, err);
    if (r == 0)
        r = finish(store, commit, config, report.entries ? cache_id : NULL, &report, reference.name ? &reference : NULL, id, err);
    reference_clear(&reference);
    return r;
}
