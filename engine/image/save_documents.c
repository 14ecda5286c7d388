/* What is saved of which images: names resolved as Docker does, and the documents of both forms that the archive has (OCI's image
 * layout, and manifest.json with repositories). */
#include "image/save.h"
#include "image/store.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/reference.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TYPE(kind) "application/vnd.oci.image." kind

/* --- which */

static int add_image(struct image_store *store, struct saved_images *out, const char *id, const char *name, struct error *err)
{
    struct saved_image *image = NULL;
    for (size_t i = 0; i < out->count && !image; i++)
        if (str_equal(out->images[i].id, id))
            image = &out->images[i];
    if (!image) {
        out->images = xrealloc(out->images, (out->count + 1) * sizeof *out->images);
        image = &out->images[out->count];
        *image = (struct saved_image){0};
        image->config = image_config_text(store, id, image->id, &image->config_len, err);
        if (!image->config)
            return -err->code;
        out->count++;
        int r = image_layers(store, id, &image->layers, &image->count, err);
        if (r < 0)
            return r;
    }
    if (name && !strv_has(image->names, name))
        strv_add(&image->names, name);
    return 0;
}

/* The tags of a repository with the images that they lead to: "busybox:latest", "sha256:...", and so on. */
static char **tags_of(struct image_store *store, const char *family)
{
    char **list = NULL;
    const char *reference;
    json_t *id;
    pthread_mutex_lock(&store->lock);
    json_object_foreach(json_object_get(store->repositories, family), reference, id)
    {
        if (strchr(reference, '@'))
            continue;
        strv_add(&list, reference);
        strv_add(&list, json_string_value(id));
    }
    pthread_mutex_unlock(&store->lock);
    return list;
}

static bool has_tag_or_digest(const char *name)
{
    const char *slash = strrchr(name, '/');
    return strpbrk(slash ? slash : name, ":@") != NULL;
}

static int add_by_name(struct image_store *store, struct saved_images *out, const char *name, struct error *err)
{
    char id[DIGEST_TEXT];
    struct reference reference = {0};
    bool is_id = reference_is_id(name) || str_starts(name, "sha256:");
    int r = is_id ? 0 : reference_parse(name, &reference, err);
    cleanup_strv char **tags = r == 0 && !is_id && !has_tag_or_digest(name) ? tags_of(store, reference.familiar) : NULL;
    cleanup_free char *whole = r == 0 && !is_id ? reference_text(&reference) : NULL;
    bool by_tag = !is_id && has_tag_or_digest(name) && !reference.digest;
    reference_clear(&reference);
    if (r < 0)
        return r;
    for (char **tag = tags; tag && *tag; tag += 2)
        if ((r = add_image(store, out, tag[1], tag[0], err)) < 0)
            return r;
    if (tags)
        return 0;
    if (image_find(store, name, id, NULL, NULL) < 0)
        return error_set(err, ENOENT, "No such image: %s", name);
    return add_image(store, out, id, by_tag ? whole : NULL, err);
}

/* What needs the store's copy of an image: when it was made, and from which of the others. */
static void learn(struct image_store *store, struct saved_images *out)
{
    pthread_mutex_lock(&store->lock);
    for (size_t i = 0; i < out->count; i++) {
        const struct image *image = image_by_id_locked(store, out->images[i].id);
        if (!image)
            continue;
        out->images[i].created = image->created_ns > 0 ? image->created_ns / 1000000000 : 0;
        for (size_t k = 0; k < out->count; k++)
            if (str_equal(image->parent, out->images[k].id))
                memcpy(out->images[i].parent, image->parent, DIGEST_TEXT);
    }
    pthread_mutex_unlock(&store->lock);
}

static int collect_layers(struct saved_images *out, struct error *err)
{
    for (size_t i = 0; i < out->count; i++) {
        const struct saved_image *image = &out->images[i];
        for (size_t k = 0; k < image->count; k++) {
            bool twice = false;
            for (size_t n = 0; n < out->layer_count && !twice; n++)
                twice = str_equal(out->layers[n].layer->diff, image->layers[k].diff);
            if (twice)
                continue;
            if (image->layers[k].tar_size < 0)
                return error_set(err, EIO, "layer %s has no record of the tar that it came in: import its image again",
                                 image->layers[k].diff);
            out->layers = xrealloc(out->layers, (out->layer_count + 1) * sizeof *out->layers);
            out->layers[out->layer_count++] = (struct saved_layer){&image->layers[k], image->created};
        }
    }
    return 0;
}

/* --- documents */

/* Takes `text`; a directory has none. A blob that several images have stands there once. */
static void add_file(struct saved_images *out, char *name, char *text, size_t len, int64_t mtime)
{
    for (size_t i = 0; i < out->file_count; i++) {
        if (str_equal(out->files[i].name, name)) {
            free(name);
            free(text);
            return;
        }
    }
    out->files = xrealloc(out->files, (out->file_count + 1) * sizeof *out->files);
    out->files[out->file_count++] = (struct saved_file){name, text, len, mtime};
}

static void add_document(struct saved_images *out, const char *name, json_t *doc)
{
    char *text = json_text(doc);
    json_decref(doc);
    add_file(out, xstrdup(name), text, strlen(text), 0);
}

static char *blob_name(const char *digest) { return str_format("blobs/sha256/%s", digest + strlen("sha256:")); }

static json_t *descriptor(const char *type, const char *digest, int64_t size)
{
    return json_pack("{s:s,s:s,s:I}", "mediaType", type, "digest", digest, "size", (json_int_t)size);
}

static char *manifest_of(const struct saved_image *image)
{
    json_t *layers = json_array();
    for (size_t i = 0; i < image->count; i++)
        json_array_append_new(layers, descriptor(TYPE("layer.v1.tar"), image->layers[i].diff, image->layers[i].tar_size));
    cleanup_json json_t *doc =
        json_pack("{s:i,s:s,s:o,s:o}", "schemaVersion", 2, "mediaType", TYPE("manifest.v1+json"), "config",
                  descriptor(TYPE("config.v1+json"), image->id, (int64_t)image->config_len), "layers", layers);
    return json_text(doc);
}

/* One descriptor for each name, or one without. */
static void add_descriptors(json_t *manifests, const struct saved_image *image, const char *digest, size_t size)
{
    static char *const nameless[] = {NULL, NULL};
    for (char *const *name = image->names ? image->names : nameless;; name++) {
        if (image->names && !*name)
            break;
        json_t *entry = descriptor(TYPE("manifest.v1+json"), digest, (int64_t)size);
        json_array_append_new(manifests, entry);
        if (!*name)
            break;
        struct reference reference;
        if (reference_parse(*name, &reference, NULL) == 0) {
            cleanup_free char *whole = str_format("%s:%s", reference.name, reference.tag);
            json_object_set_new(
                entry, "annotations",
                json_pack("{s:s,s:s}", "io.containerd.image.name", whole, "org.opencontainers.image.ref.name", reference.tag));
        }
        reference_clear(&reference);
    }
}

static json_t *index_of(struct saved_images *out)
{
    json_t *manifests = json_array();
    for (size_t i = 0; i < out->count; i++) {
        char digest[DIGEST_TEXT];
        cleanup_free char *text = manifest_of(&out->images[i]);
        digest_bytes(text, strlen(text), digest);
        add_descriptors(manifests, &out->images[i], digest, strlen(text));
    }
    return json_pack("{s:i,s:s,s:o}", "schemaVersion", 2, "mediaType", TYPE("index.v1+json"), "manifests", manifests);
}

static json_t *docker_manifest(const struct saved_images *out)
{
    json_t *doc = json_array();
    for (size_t i = 0; i < out->count; i++) {
        const struct saved_image *image = &out->images[i];
        cleanup_free char *config = blob_name(image->id);
        json_t *layers = json_array(), *sources = json_object();
        for (size_t k = 0; k < image->count; k++) {
            const struct image_layer *layer = &image->layers[k];
            cleanup_free char *name = blob_name(layer->diff);
            json_array_append_new(layers, json_string(name));
            json_object_set_new(sources, layer->diff, descriptor(TYPE("layer.v1.tar"), layer->diff, layer->tar_size));
        }
        json_t *entry = json_pack("{s:s,s:o,s:o}", "Config", config, "RepoTags", json_from_strv(image->names), "Layers", layers);
        if (*image->parent)
            json_object_set_new(entry, "Parent", json_string(image->parent));
        json_object_set_new(entry, "LayerSources", sources);
        json_array_append_new(doc, entry);
    }
    return doc;
}

/* {"busybox":{"latest":"<top layer>"}}: what Dockers before manifest.json look at, and `docker load` still wants to see. */
static json_t *repositories_of(const struct saved_images *out)
{
    json_t *doc = json_object();
    for (size_t i = 0; i < out->count; i++) {
        const struct saved_image *image = &out->images[i];
        for (char **name = image->names; name && *name && image->count; name++) {
            struct reference reference;
            if (reference_parse(*name, &reference, NULL) == 0) {
                if (!json_object_get(doc, reference.familiar))
                    json_object_set_new(doc, reference.familiar, json_object());
                json_object_set_new(json_object_get(doc, reference.familiar), reference.tag,
                                    json_string(image->layers[image->count - 1].diff + strlen("sha256:")));
            }
            reference_clear(&reference);
        }
    }
    return doc;
}

static void write_documents(struct saved_images *out)
{
    add_document(out, "oci-layout", json_pack("{s:s}", "imageLayoutVersion", "1.0.0"));
    add_document(out, "index.json", index_of(out));
    add_document(out, "manifest.json", docker_manifest(out));
    json_t *repositories = repositories_of(out);
    if (json_object_size(repositories))
        add_document(out, "repositories", repositories);
    else
        json_decref(repositories);
    add_file(out, xstrdup("blobs/"), NULL, 0, 0);
    add_file(out, xstrdup("blobs/sha256/"), NULL, 0, 0);
    for (size_t i = 0; i < out->count; i++) {
        struct saved_image *image = &out->images[i];
        char digest[DIGEST_TEXT];
        char *manifest = manifest_of(image);
        digest_bytes(manifest, strlen(manifest), digest);
        add_file(out, blob_name(image->id), move_ptr(image->config), image->config_len, image->created);
        add_file(out, blob_name(digest), manifest, strlen(manifest), 0);
    }
}

int saved_images_collect(struct image_store *store, char *const *names, struct saved_images *out, struct error *err)
{
    int r = 0;
    for (; r == 0 && names && *names; names++)
        r = add_by_name(store, out, *names, err);
    if (r == 0 && !out->count)
        r = error_set(err, EINVAL, "no image is named that could be saved");
    if (r < 0)
        return r;
    learn(store, out);
    r = collect_layers(out, err);
    if (r == 0)
        write_documents(out);
    return r;
}

void saved_images_clear(struct image_store *store, struct saved_images *images)
{
    for (size_t i = 0; i < images->count; i++) {
        strv_free(images->images[i].names);
        free(images->images[i].config);
        image_layers_free(store, images->images[i].layers, images->images[i].count);
    }
    for (size_t i = 0; i < images->file_count; i++) {
        free(images->files[i].name);
        free(images->files[i].text);
    }
    free(images->images);
    free(images->files);
    free(images->layers);
    *images = (struct saved_images){0};
}
