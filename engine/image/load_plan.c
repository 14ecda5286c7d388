/* What an archive of images wants loaded: manifest.json as Docker writes it, or else index.json of an OCI image layout (image spec,
 * image-layout.md), or else `repositories`. Digests are checked wherever the archive gives one. */
#include "image/load.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { INDEXES_DEEP = 4, IMAGES_MOST = 1000, LAYERS_MOST = 127 };

void load_plan_clear(struct load_plan *plan)
{
    for (size_t i = 0; i < plan->count; i++) {
        struct planned_image *image = &plan->images[i];
        for (size_t k = 0; k < image->count; k++)
            free(image->layers[k].name);
        free(image->layers);
        free(image->config);
        strv_free(image->diff_ids);
        strv_free(image->names);
        json_decref(image->legacy);
    }
    free(plan->images);
    *plan = (struct load_plan){0};
}

struct planned_image *load_plan_add(struct load_plan *plan)
{
    plan->images = xrealloc(plan->images, (plan->count + 1) * sizeof *plan->images);
    plan->images[plan->count] = (struct planned_image){0};
    return &plan->images[plan->count++];
}

static json_t *parse(const struct load_file *file, struct error *err)
{
    if (!file->text) {
        error_set(err, EINVAL, "%s is not JSON", file->name);
        return NULL;
    }
    if (json_deeper(file->text, file->len, JSON_DEPTH_MOST)) {
        error_set(err, EINVAL, "%s is nested deeper than %d", file->name, JSON_DEPTH_MOST);
        return NULL;
    }
    return json_parse(file->text, file->len, file->name, err);
}

static bool is_digest(const char *text)
{
    return text && str_starts(text, "sha256:") && strlen(text) == DIGEST_TEXT - 1 && strspn(text + 7, "0123456789abcdef") == 64;
}

int planned_image_config(struct planned_image *image, const char *text, size_t len, const char *name, struct error *err)
{
    const struct load_file file = {.name = (char *)name, .text = (char *)text, .len = len};
    cleanup_json json_t *config = parse(&file, err);
    if (!config)
        return -EINVAL;
    const json_t *diffs = json_at(config, "rootfs.diff_ids");
    const char *os = json_str(config, "os", "linux");
    if (*os && !str_equal(os, "linux"))
        return error_set(err, EINVAL, "cannot load %s image on linux", os);
    if (!json_is_array(diffs)) /* it may be empty: an image can be a configuration alone */
        return error_set(err, EINVAL, "image configuration %s names no layers (rootfs.diff_ids)", name);
    if (json_array_size(diffs) > LAYERS_MOST)
        return error_set(err, EINVAL, "image configuration %s names %zu layers: max depth exceeded", name, json_array_size(diffs));
    image->config = memcpy(xmalloc(len + 1), text, len);
    image->config[len] = 0;
    image->config_len = len;
    image->diff_ids = json_to_strv(diffs);
    digest_bytes(text, len, image->id);
    for (size_t i = 0; i < json_array_size(diffs); i++)
        if (!is_digest(json_string_value(json_array_get(diffs, i))))
            return error_set(err, EINVAL, "image configuration %s: layer %zu has no valid diff ID", name, i + 1);
    return 0;
}

/* --- manifest.json */

/* "busybox:1" from any spelling of it; NULL when it has no tag of its own. Allocated. */
static char *tag_of(const char *text)
{
    struct reference reference;
    const char *slash = strrchr(text, '/');
    bool whole = strchr(slash ? slash : text, ':') && reference_parse(text, &reference, NULL) == 0;
    char *tag = whole && reference.tag && !reference.digest ? reference_text(&reference) : NULL;
    if (whole)
        reference_clear(&reference);
    return tag;
}

static void add_name(struct planned_image *image, char *name)
{
    if (strv_has(image->names, name))
        free(name);
    else
        strv_take(&image->names, name);
}

static int add_tags(struct planned_image *image, const json_t *tags, struct error *err)
{
    size_t i;
    json_t *tag;
    json_array_foreach((json_t *)tags, i, tag)
    {
        const char *text = str_or(json_string_value(tag), "");
        char *name = tag_of(text);
        if (!name)
            return error_set(err, EINVAL, "manifest.json: invalid tag \"%s\"", text);
        add_name(image, name);
    }
    return 0;
}

static int add_layers(struct planned_image *image, const json_t *layers, struct error *err)
{
    size_t count = json_array_size(layers), i;
    json_t *layer;
    if (count != strv_len(image->diff_ids))
        return error_set(err, EINVAL, "invalid manifest, layers length mismatch: expected %zu, got %zu", strv_len(image->diff_ids),
                         count);
    image->layers = xcalloc(count + 1, sizeof *image->layers);
    json_array_foreach((json_t *)layers, i, layer)
    {
        image->layers[i].name = load_name_clean("", str_or(json_string_value(layer), ""));
        image->count = i + 1;
        if (!image->layers[i].name)
            return error_set(err, EINVAL, "manifest.json: layer %zu leads out of the archive", i + 1);
    }
    return 0;
}

static int docker_image(struct load_files *files, const json_t *entry, struct load_plan *plan, struct error *err)
{
    const char *name = json_str(entry, "Config", ""), *parent = json_str(entry, "Parent", "");
    struct load_file *file = load_files_find(files, name, err);
    if (!file)
        return error_prefix(err, "the configuration that manifest.json names");
    if (!file->text)
        return error_set(err, EINVAL, "the configuration that manifest.json names, %s, is not JSON", name);
    struct planned_image *image = load_plan_add(plan);
    int r = planned_image_config(image, file->text, file->len, name, err);
    if (r == 0 && str_starts(name, "blobs/sha256/") && !str_equal(image->id + 7, name + strlen("blobs/sha256/")))
        r = error_set(err, EINVAL, "%s has the digest %s: the archive is corrupt", name, image->id);
    if (r == 0)
        r = add_layers(image, json_object_get(entry, "Layers"), err);
    if (r == 0 && is_digest(parent))
        memcpy(image->parent, parent, DIGEST_TEXT);
    return r < 0 ? r : add_tags(image, json_object_get(entry, "RepoTags"), err);
}

static int from_manifest(struct load_files *files, const struct load_file *file, struct load_plan *plan, struct error *err)
{
    cleanup_json json_t *manifest = parse(file, err);
    size_t i;
    json_t *entry;
    if (!manifest)
        return -EINVAL;
    if (!json_is_array(manifest) || json_array_size(manifest) > IMAGES_MOST)
        return error_set(err, EINVAL, "manifest.json is no list of at most %d images", IMAGES_MOST);
    json_array_foreach(manifest, i, entry)
    {
        int r = docker_image(files, entry, plan, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- index.json */

struct walk {
    struct load_files *files;
    struct load_plan *plan;
    const char *skipped; /* a platform that was there and is not ours */
    int deep;
};

static int by_manifest(struct walk *walk, const json_t *descriptor, const json_t *manifest, struct error *err);

/* The document that a descriptor leads to, its digest checked. */
static struct load_file *blob(struct walk *walk, const json_t *descriptor, struct error *err)
{
    const char *digest = json_str(descriptor, "digest", "");
    char found[DIGEST_TEXT];
    if (!is_digest(digest)) {
        error_set(err, EINVAL, "the index has a descriptor without a sha256 digest (\"%.100s\")", digest);
        return NULL;
    }
    cleanup_free char *name = str_format("blobs/sha256/%s", digest + 7);
    struct load_file *file = load_files_find(walk->files, name, err);
    if (file && file->text) {
        digest_bytes(file->text, file->len, found);
        if (!str_equal(found, digest)) {
            error_set(err, EINVAL, "%s has the digest %s: the archive is corrupt", name, found);
            return NULL;
        }
    } else if (file) {
        error_set(err, EINVAL, "%s is not JSON", name);
        return NULL;
    }
    return file;
}

static bool is_ours(const json_t *descriptor)
{
    const json_t *platform = json_object_get(descriptor, "platform");
    const char *os = json_str(platform, "os", ""), *arch = json_str(platform, "architecture", "");
    return !platform || ((!*os || str_equal(os, "linux")) && (!*arch || str_equal(arch, image_architecture())));
}

/* What says how something else was built, and signatures, stand beside images in an index. */
static bool is_image(const json_t *descriptor)
{
    const char *type = json_str(descriptor, "mediaType", "");
    return !json_object_get(descriptor, "artifactType") && !str_equal(json_str(descriptor, "platform.os", ""), "unknown") &&
           (!*type || strstr(type, "manifest") || strstr(type, "index"));
}

static int by_descriptor(struct walk *walk, const json_t *descriptor, const json_t *named, struct error *err)
{
    struct load_file *file = blob(walk, descriptor, err);
    cleanup_json json_t *doc = file ? parse(file, err) : NULL;
    if (!doc)
        return err->code ? -err->code : -EINVAL;
    const json_t *manifests = json_object_get(doc, "manifests");
    if (!manifests)
        return by_manifest(walk, named, doc, err);
    if (++walk->deep > INDEXES_DEEP)
        return error_set(err, EINVAL, "indexes in indexes, more than %d deep", INDEXES_DEEP);
    size_t i;
    json_t *entry;
    json_array_foreach((json_t *)manifests, i, entry)
    {
        if (!is_image(entry) || !is_ours(entry))
            continue;
        int r = by_descriptor(walk, entry, named, err); /* the first that fits, as the distribution spec has it */
        walk->deep--;
        return r;
    }
    return error_set(err, EINVAL, "no image for linux/%s in index %s", image_architecture(), json_str(descriptor, "digest", ""));
}

/* "docker.io/library/busybox:1" whole, or nothing when it is a tag alone: the layout does not say of what. */
static void name_by(struct planned_image *image, const json_t *descriptor)
{
    static const char *const keys[] = {"io.containerd.image.name", "org.opencontainers.image.ref.name"};
    const json_t *notes = json_object_get(descriptor, "annotations");
    char *name = NULL;
    for (size_t i = 0; i < ARRAY_LEN(keys) && !name; i++)
        name = tag_of(str_or(json_string_value(json_object_get(notes, keys[i])), ""));
    if (name)
        add_name(image, name);
}

static int layer_of(struct planned_image *image, const json_t *descriptor, struct error *err)
{
    const char *digest = json_str(descriptor, "digest", ""), *type = json_str(descriptor, "mediaType", "");
    if (!is_digest(digest))
        return error_set(err, EINVAL, "a layer has no sha256 digest (\"%.100s\")", digest);
    if (strstr(type, "encrypted"))
        return error_set(err, EINVAL, "layer %s is encrypted (%s): it cannot be read here", digest, type);
    struct planned_layer *layer = &image->layers[image->count++];
    layer->name = str_format("blobs/sha256/%s", digest + 7);
    memcpy(layer->digest, digest, DIGEST_TEXT);
    return 0;
}

static int by_manifest(struct walk *walk, const json_t *descriptor, const json_t *manifest, struct error *err)
{
    struct load_file *config = blob(walk, json_object_get(manifest, "config"), err);
    if (!config)
        return err->code ? -err->code : -EINVAL;
    char id[DIGEST_TEXT];
    digest_bytes(config->text, config->len, id);
    for (size_t i = 0; i < walk->plan->count; i++) {
        if (str_equal(walk->plan->images[i].id, id)) {
            name_by(&walk->plan->images[i], descriptor); /* one more name of the same image */
            return 0;
        }
    }
    if (walk->plan->count >= IMAGES_MOST)
        return error_set(err, EINVAL, "the index has more than %d images", IMAGES_MOST);
    struct planned_image *image = load_plan_add(walk->plan);
    const json_t *layers = json_object_get(manifest, "layers");
    int r = planned_image_config(image, config->text, config->len, config->name, err);
    if (r == 0 && json_array_size(layers) != strv_len(image->diff_ids))
        r = error_set(err, EINVAL, "invalid manifest, layers length mismatch: expected %zu, got %zu", strv_len(image->diff_ids),
                      json_array_size(layers));
    image->layers = xcalloc(json_array_size(layers) + 1, sizeof *image->layers);
    size_t i;
    json_t *layer;
    json_array_foreach((json_t *)layers, i, layer)
    {
        if (r == 0)
            r = layer_of(image, layer, err);
    }
    name_by(image, descriptor);
    return r;
}

/* Each entry of index.json is an image of its own, but for what is there for other machines only. */
static int from_index(struct load_files *files, const struct load_file *file, struct load_plan *plan, struct error *err)
{
    cleanup_json json_t *index = parse(file, err);
    struct walk walk = {.files = files, .plan = plan};
    size_t i;
    json_t *entry;
    if (!index)
        return -EINVAL;
    const json_t *manifests = json_object_get(index, "manifests");
    if (!json_is_array(manifests))
        return error_set(err, EINVAL, "index.json has no list of manifests");
    json_array_foreach((json_t *)manifests, i, entry)
    {
        if (!is_image(entry))
            continue;
        if (!is_ours(entry)) {
            walk.skipped = json_str(entry, "platform.architecture", "");
            continue;
        }
        walk.deep = 0;
        int r = by_descriptor(&walk, entry, entry, err);
        if (r < 0)
            return r;
    }
    if (!plan->count && walk.skipped)
        return error_set(err, EINVAL, "no image for linux/%s in the archive: it has one for linux/%s", image_architecture(),
                         walk.skipped);
    return 0;
}

int load_plan_make(struct load_files *files, bool ended, struct load_plan *plan, struct error *err)
{
    static const struct {
        const char *name;
        bool early; /* says all that there is to know, whatever comes later */
        int (*make)(struct load_files *files, const struct load_file *file, struct load_plan *plan, struct error *err);
    } kinds[] = {{"manifest.json", true, from_manifest}, {"index.json", false, from_index}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        const struct load_file *file = ended || kinds[i].early ? load_files_find(files, kinds[i].name, NULL) : NULL;
        if (file)
            return kinds[i].make(files, file, plan, err);
    }
    if (ended && load_files_find(files, "repositories", NULL))
        return load_plan_legacy(files, plan, err);
    return error_set(err, ended ? EINVAL : ENOENT,
                     "the archive holds no images: it has neither manifest.json nor index.json nor repositories");
}
