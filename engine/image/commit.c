/* image_commit: the writable layer of a container becomes a layer of its own, over the image's. One process packs it into a tar,
 * another unpacks that beside the store and hashes it on the way (so what is kept is what the diff ID tells of). A layer in which
 * nothing changed is none, only a line of history. */
#include "image/layer.h"
#include "image/store.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"
#include "image/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int take_layer(struct image_store *store, const struct rootfs *rootfs, bool take, struct staged **staged, struct error *err)
{
    struct view_tar tar;
    struct error why = ERROR_INIT;
    int r = view_layer(rootfs, &tar, err);
    if (r < 0)
        return r;
    r = take ? layer_adopt(store, tar.fd, rootfs->upper, staged, err) : layer_stage(store, tar.fd, staged, err);
    /* When both failed the reader only saw a tar that breaks off; the packer knows why. */
    if (view_close(&tar, &why) < 0 && (r == 0 || why.code != EIO))
        r = error_set(err, why.code, "%s", why.message);
    if (r < 0)
        staged_free(store, move_ptr(*staged));
    return r;
}

/* The container's command as one line, which history shows as what made the layer. */
static char *created_by(const struct image_commit *commit)
{
    if (commit->created_by)
        return xstrdup(commit->created_by);
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

/* The parent's config (NULL: none) with this commit's in its place. `diff` NULL: no new layer. */
static char *image_config(const json_t *parent, const struct image_commit *commit, const json_t *config, const char *diff)
{
    char created[CLOCK_TEXT];
    clock_rfc3339(commit->created_ns ? commit->created_ns : clock_wall_ns(), created);
    cleanup_json json_t *doc = json_object();
    json_t *history = json_deep_copy(json_object_get(parent, "history")),
           *diffs = json_deep_copy(json_at(parent, "rootfs.diff_ids"));
    history = history ? history : json_array();
    diffs = diffs ? diffs : json_array();
    json_array_append_new(history, history_line(commit, created, !diff));
    if (diff)
        json_array_append_new(diffs, json_string(diff));
    json_object_set_new(doc, "architecture",
                        json_string(json_str(parent, "architecture", str_or(commit->architecture, image_architecture()))));
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

/* `staged` is NULL when there is no new layer. */
static int finish(struct image_store *store, const struct image_commit *commit, const json_t *config, struct staged *staged,
                  char id[DIGEST_TEXT], struct error *err)
{
    cleanup_json json_t *parent = NULL;
    char parent_id[DIGEST_TEXT];
    bool based = !str_empty(commit->parent);
    if (based && image_find(store, commit->parent, parent_id, &parent, NULL) < 0)
        return error_set(err, ENOENT, "the image of the container is gone: No such image: %s", commit->parent);
    size_t count = json_array_size(json_at(parent, "rootfs.diff_ids")) + (staged != NULL);
    cleanup_free struct staged **layers = xcalloc(count + 1, sizeof *layers);
    if (staged)
        layers[count - 1] = staged;
    cleanup_free char *text = image_config(parent, commit, config, staged ? staged_diff_id(staged) : NULL);
    char *names[] = {(char *)(str_empty(commit->reference) ? NULL : commit->reference), NULL};
    const struct assembly assembly = {.config = text,
                                      .config_len = strlen(text),
                                      .staged = layers,
                                      .count = count,
                                      .names = names,
                                      .parent = based ? parent_id : NULL};
    int r = image_assemble(store, &assembly, id, err);
    if (r == 0)
        image_mark_made(store, id);
    return r;
}

int image_commit(struct image_store *store, const struct image_commit *commit, char id[DIGEST_TEXT], struct error *err)
{
    struct reference reference = {0};
    struct staged *staged = NULL;
    cleanup_json json_t *config = json_deep_copy(commit->config);
    int r = str_empty(commit->reference) ? 0 : reference_parse(commit->reference, &reference, err);
    if (r == 0 && reference.digest)
        r = error_set(err, EINVAL, "invalid reference format: an image is committed under a tag, not a digest");
    for (char *const *change = commit->changes; r == 0 && change && *change; change++)
        r = config_change(config, *change, err);
    if (r == 0 && commit->rootfs)
        r = take_layer(store, commit->rootfs, commit->take, &staged, err);
    if (r == 0)
        r = finish(store, commit, config, staged && staged_entries(staged) ? staged : NULL, id, err);
    staged_free(store, staged);
    reference_clear(&reference);
    return r;
}
