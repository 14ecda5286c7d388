/* build --squash: what the layers above the base make together, as one layer. They are put on each other in a place over the base,
 * so that what was written and deleted again is in no layer at all. */
#include "build/build_internal.h"
#include "build/files.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/layer.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

static int apply(struct build *build, const char *image, size_t below, struct workspace *workspace, struct error *err)
{
    struct image_layer *layers = NULL;
    size_t count = 0;
    int r = image_layers(build->store, image, &layers, &count, err);
    cleanup_close int root = r < 0 ? -EBADF : workspace_mount(workspace, err);
    if (r == 0 && root < 0)
        r = root;
    for (size_t i = below; i < count && r == 0; i++) {
        const struct placing placing = {
            .root = root, .shown = workspace_rootfs(workspace)->merged, .keep_owner = true, .layer = true};
        cleanup_close int from = open(layers[i].directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = from < 0 ? error_errno(err, errno, "open %s", layers[i].directory) : place_directory(&placing, from, "", "", err);
    }
    image_layers_free(build->store, layers, count);
    return r;
}

static int stage(struct build *build, struct workspace *workspace, struct staged **staged, struct error *err)
{
    struct view_tar tar;
    struct error why = ERROR_INIT;
    int r = view_layer(workspace_rootfs(workspace), &tar, err);
    if (r < 0)
        return r;
    r = layer_stage(build->store, tar.fd, staged, err);
    if (view_close(&tar, &why) < 0 && r == 0)
        r = error_set(err, why.code, "%s", why.message);
    return r;
}

/* The steps stay in the history, now without layers of their own; one line more says where the layer is from. */
static char *squashed_config(const json_t *image, const char *id, const json_t *parent, const char *base, const char *diff)
{
    cleanup_json json_t *doc = json_deep_copy(image);
    json_t *history = json_object_get(doc, "history"), *line;
    char created[CLOCK_TEXT];
    size_t i, before = json_array_size(json_object_get(parent, "history"));
    json_array_foreach(history, i, line)
    {
        if (i >= before)
            json_object_set_new(line, "empty_layer", json_true());
    }
    clock_rfc3339(clock_wall_ns(), created);
    cleanup_free char *comment = *base ? str_format("merge %s to %s", id, base) : str_format("create new from %s", id);
    json_array_append_new(history, json_pack("{s:s,s:s}", "created", created, "comment", comment));
    json_t *diffs = json_deep_copy(json_at(parent, "rootfs.diff_ids"));
    diffs = diffs ? diffs : json_array();
    if (diff)
        json_array_append_new(diffs, json_string(diff));
    else
        json_object_set_new(json_array_get(history, json_array_size(history) - 1), "empty_layer", json_true());
    json_object_set_new(doc, "rootfs", json_pack("{s:s,s:o}", "type", "layers", "diff_ids", diffs));
    json_object_set_new(doc, "created", json_string(created));
    return json_text(doc);
}

static int assemble(struct build *build, const char *base, struct staged *staged, char image[DIGEST_TEXT], struct error *err)
{
    cleanup_json json_t *document = NULL, *parent = NULL;
    struct staged *layer = staged_entries(staged) ? staged : NULL;
    int r = image_find(build->store, image, NULL, &document, err);
    if (r == 0 && *base)
        r = image_find(build->store, base, NULL, &parent, err);
    if (r < 0)
        return r;
    cleanup_free char *text = squashed_config(document, image, parent, base, layer ? staged_diff_id(layer) : NULL);
    size_t count = json_array_size(json_at(parent, "rootfs.diff_ids")) + (layer != NULL);
    cleanup_free struct staged **list = xcalloc(count + 1, sizeof *list);
    if (layer)
        list[count - 1] = layer;
    const struct assembly assembly = {
        .config = text, .config_len = strlen(text), .staged = list, .count = count, .parent = *base ? base : NULL};
    return image_assemble(build->store, &assembly, image, err);
}

int squash(struct build *build, const char *base, char image[DIGEST_TEXT], struct error *err)
{
    struct workspace *workspace = NULL;
    struct staged *staged = NULL;
    cleanup_json json_t *parent = NULL;
    int r = *base ? image_find(build->store, base, NULL, &parent, err) : 0;
    if (r == 0)
        r = workspace_open(build->store, base, &workspace, err);
    if (r == 0)
        r = apply(build, image, json_array_size(json_at(parent, "rootfs.diff_ids")), workspace, err);
    if (r == 0)
        r = stage(build, workspace, &staged, err);
    if (r == 0)
        r = assemble(build, base, staged, image, err);
    staged_free(build->store, staged);
    workspace_close(workspace);
    return r;
}
