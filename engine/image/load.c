/* image_load: layers are staged while the archive is read, each by a process of its own that works beside the reading; what says
 * which layers make which images is kept as it comes. When it comes first, as in archives that slipway saved, layers that are here
 * already are passed over; otherwise only those whose file is named by their digest can be. At the end images are assembled one by
 * one. */
#include "image/load.h"
#include "image/saved.h"
#include "image/store.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { JSON_MOST = 2 << 20, JSON_ALL_MOST = 16 << 20 };

struct load {
    struct image_store *store;
    const struct image_loading *loading;
    struct load_reader reader;
    struct load_files files;
    struct load_plan plan;
    bool planned;
    size_t *held; /* for each planned image: how many of its layers were here when the plan was made */
    size_t json_all;
    bool news; /* documents have come since the plan was tried last */
    struct load_stages stages;
};

/* --- what comes */

/* Do all images of the plan that have this file have it among the layers that are here? One that the plan does not know may be what
 * a link leads to. */
static bool is_held(const struct load *load, const char *name)
{
    bool held = false;
    for (size_t i = 0; load->planned && i < load->plan.count; i++) {
        const struct planned_image *image = &load->plan.images[i];
        for (size_t k = 0; k < image->count; k++) {
            if (!str_equal(image->layers[k].name, name))
                continue;
            if (k >= load->held[i])
                return false;
            held = true;
        }
    }
    return held;
}

static bool is_here(struct load *load, const struct load_file *file)
{
    static const char blobs[] = "blobs/sha256/";
    if (is_held(load, file->name))
        return true;
    if (load->planned || file->look != LOOKS_LIKE_TAR || !str_starts(file->name, blobs) || strlen(file->name) != strlen(blobs) + 64)
        return false;
    cleanup_free char *digest = str_format("sha256:%s", file->name + strlen(blobs));
    return layer_known(load->store, digest);
}

/* Before a layer, when all that is needed for it has come. */
static int plan_early(struct load *load, struct error *err)
{
    struct error why = ERROR_INIT;
    if (load->planned || !load->news)
        return 0;
    load->news = false;
    int r = load_plan_make(&load->files, false, &load->plan, &why);
    if (r < 0)
        load_plan_clear(&load->plan);
    if (r == -ENOENT)
        return 0;
    if (r < 0)
        return error_set(err, why.code, "%s", why.message);
    load->planned = true;
    load->held = xcalloc(load->plan.count + 1, sizeof *load->held);
    for (size_t i = 0; i < load->plan.count; i++)
        load->held[i] = layers_hold(load->store, load->plan.images[i].diff_ids, load->plan.images[i].count);
    return 0;
}

static int keep_json(struct load *load, struct load_file *file, struct error *err)
{
    file->text = load_reader_text(&load->reader, JSON_MOST, &file->len, err);
    if (!file->text)
        return err->code ? -err->code : -EINVAL;
    load->json_all += file->len;
    if (load->json_all > JSON_ALL_MOST)
        return error_set(err, EFBIG, "the archive has more than %d bytes of JSON", JSON_ALL_MOST);
    load->news = true;
    return 0;
}

static int receive(struct load *load, struct error *err)
{
    const struct load_reader *reader = &load->reader;
    struct load_file *file = load_files_add(&load->files, reader->name, err);
    if (!file)
        return -err->code;
    if (reader->head.kind == LOAD_LINK) {
        file->target = xstrdup(reader->target);
        file->hard = reader->head.look == LOOKS_HARD;
        return 0;
    }
    file->look = (enum load_look)reader->head.look;
    file->size = reader->head.size;
    if (file->look == LOOKS_LIKE_JSON)
        return keep_json(load, file, err);
    int r = file->look == LOOKS_OTHER ? 0 : plan_early(load, err);
    if (r < 0 || file->look == LOOKS_OTHER || is_here(load, file))
        return r;
    size_t at = (size_t)(file - load->files.list);
    r = load_stage_start(&load->stages, &load->reader, &file->stage, err);
    memcpy(load->files.list[at].digest, reader->digest, DIGEST_TEXT);
    return r;
}

static int read_archive(struct load *load, int fd, struct error *err)
{
    int r = load_reader_start(&load->reader, fd, err);
    while (r == 0 && (r = load_reader_next(&load->reader, err)) > 0)
        r = receive(load, err);
    load_reader_stop(&load->reader);
    return r;
}

/* --- images at the end */

/* The file of layer `k`, unpacked and checked; NULL with an error. */
static struct load_file *layer_file(struct load *load, const struct planned_image *image, size_t k, struct error *err)
{
    const struct planned_layer *layer = &image->layers[k];
    struct load_file *file = load_files_find(&load->files, layer->name, err);
    if (!file) {
        error_prefix(err, "layer %zu of %.19s", k + 1, image->id);
        return NULL;
    }
    const struct staged *staged = file->stage ? load_stage_wait(file->stage, err) : NULL;
    if (file->stage && !staged) {
        error_prefix(err, "layer %s", file->name);
        return NULL;
    }
    const char *digest = file->look == LOOKS_COMPRESSED ? file->digest : staged ? staged_diff_id(staged) : "";
    if (*layer->digest && *digest && !str_equal(layer->digest, digest)) {
        error_set(err, EINVAL, "%s has the digest %s: the archive is corrupt", file->name, digest);
        return NULL;
    }
    if (!file->stage && file->look != LOOKS_LIKE_TAR && file->look != LOOKS_COMPRESSED) {
        error_set(err, EINVAL, "layer %s is no tar", file->name);
        return NULL;
    }
    return file;
}

/* A layer that another place in this archive, or the store, has already is unpacked once more from there. */
static struct staged *take_layer(struct load *load, const struct planned_image *image, size_t k, struct staged *const *before,
                                 bool *copied, struct error *err)
{
    const char *diff = image->diff_ids[k];
    struct load_file *file = layer_file(load, image, k, err);
    struct staged *copy = NULL;
    if (!file)
        return NULL;
    *copied = false;
    struct staged *staged = file->stage ? load_stage_wait(file->stage, err) : NULL;
    if (staged && !str_equal(staged_diff_id(staged), diff)) {
        error_set(err, EINVAL, "invalid diffID for layer %zu: expected \"%s\", got \"%s\"", k, diff, staged_diff_id(staged));
        return NULL;
    }
    if (staged && !file->taken) {
        file->taken = true;
        return staged;
    }
    *copied = true;
    for (size_t i = 0; i < k; i++)
        if (before[i] && str_equal(staged_diff_id(before[i]), diff))
            return layer_stage_copy(load->store, before[i], &copy, err) < 0 ? NULL : copy;
    return layer_stage_known(load->store, diff, &copy, err) < 0 ? NULL : copy;
}

static void tell_renamed(struct load *load, const struct planned_image *image)
{
    char old[DIGEST_TEXT];
    for (char **name = image->names; name && *name; name++) {
        if (image_find(load->store, *name, old, NULL, NULL) < 0 || str_equal(old, image->id))
            continue;
        cleanup_free char *line =
            str_format("The image %s already exists, renaming the old one with ID %s to empty string\n", *name, old);
        load->loading->say(load->loading->data, line);
    }
}

static void tell_loaded(struct load *load, const struct planned_image *image)
{
    for (char **name = image->names; name && *name; name++) {
        cleanup_free char *line = str_format("Loaded image: %s\n", *name);
        load->loading->say(load->loading->data, line);
    }
    if (!image->names) {
        cleanup_free char *line = str_format("Loaded image ID: %s\n", image->id);
        load->loading->say(load->loading->data, line);
    }
    load->loading->loaded(load->loading->data, image->id);
}

static void tell_layer(struct load *load, const struct planned_image *image, size_t k)
{
    const struct load_file *file = load_files_find(&load->files, image->layers[k].name, NULL);
    load->loading->layer(load->loading->data, image->diff_ids[k], file ? file->size : 0);
}

static int assemble(struct load *load, const struct planned_image *image, struct staged **staged, size_t held, struct error *err)
{
    bool *copied = xcalloc(image->count + 1, sizeof *copied);
    char id[DIGEST_TEXT];
    int r = 0;
    for (size_t k = held; r == 0 && k < image->count; k++) {
        staged[k] = take_layer(load, image, k, staged, &copied[k], err);
        if (!staged[k])
            r = err->code ? -err->code : -EINVAL;
        else
            tell_layer(load, image, k);
    }
    if (r == 0) {
        const struct assembly assembly = {
            .config = image->config,
            .config_len = image->config_len,
            .staged = staged,
            .count = image->count,
            .names = image->names,
            .parent = *image->parent && image_find(load->store, image->parent, NULL, NULL, NULL) == 0 ? image->parent : NULL};
        tell_renamed(load, image);
        r = image_assemble(load->store, &assembly, id, err);
    }
    for (size_t k = 0; k < image->count; k++)
        if (copied[k])
            staged_free(load->store, staged[k]);
    free(copied);
    return r;
}

/* The diff IDs of an archive that does not tell them are those of its layers. */
static int learn_legacy(struct load *load, struct planned_image *image, struct error *err)
{
    cleanup_strv char **diffs = NULL;
    for (size_t k = 0; k < image->count; k++) {
        struct load_file *file = layer_file(load, image, k, err);
        if (!file || !file->stage)
            return file ? error_set(err, EINVAL, "layer %s is no tar", file->name) : -err->code;
        strv_add(&diffs, staged_diff_id(load_stage_wait(file->stage, err)));
    }
    return planned_image_legacy_config(image, diffs, err);
}

static int place_image(struct load *load, struct planned_image *image, struct error *err)
{
    int r = image->legacy ? learn_legacy(load, image, err) : 0;
    if (r < 0)
        return r;
    struct staged **staged = xcalloc(image->count + 1, sizeof(struct staged *));
    size_t held = layers_hold(load->store, image->diff_ids, image->count);
    r = assemble(load, image, staged, held, err);
    layers_release(load->store, image->diff_ids, held);
    free(staged);
    if (r == 0)
        tell_loaded(load, image);
    return r;
}

static int place_images(struct load *load, struct error *err)
{
    int r = load->planned ? 0 : load_plan_make(&load->files, true, &load->plan, err);
    for (size_t i = 0; r == 0 && i < load->plan.count; i++)
        r = place_image(load, &load->plan.images[i], err);
    return r;
}

static void load_clear(struct load *load)
{
    for (size_t i = 0; i < load->files.count; i++)
        load_stage_free(load->files.list[i].stage);
    load_stages_clear(&load->stages);
    for (size_t i = 0; load->planned && i < load->plan.count; i++)
        layers_release(load->store, load->plan.images[i].diff_ids, load->held[i]);
    free(load->held);
    load_plan_clear(&load->plan);
    load_files_free(&load->files);
}

int image_load(struct image_store *store, int fd, const struct image_loading *loading, struct error *err)
{
    struct error own = ERROR_INIT;
    struct load load = {.store = store, .loading = loading};
    err = err ? err : &own;
    int r = load_stages_init(&load.stages, store, fd, loading->client, err);
    if (r == 0)
        r = read_archive(&load, fd, err);
    if (r == 0)
        r = place_images(&load, err);
    if (r < 0)
        load_stages_stop(&load.stages);
    load_clear(&load);
    return r;
}
