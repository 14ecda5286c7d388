/* Reading and writing manifests. */
#include "image/registry/manifest.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum manifest_kind { KIND_IMAGE, KIND_INDEX, KIND_SCHEMA1 };

static const struct {
    const char *type;
    enum manifest_kind kind;
} types[] = {
    {TYPE_MANIFEST, KIND_IMAGE},
    {TYPE_OCI_MANIFEST, KIND_IMAGE},
    {TYPE_MANIFEST_LIST, KIND_INDEX},
    {TYPE_OCI_INDEX, KIND_INDEX},
    {"application/vnd.docker.distribution.manifest.v1+json", KIND_SCHEMA1},
    {"application/vnd.docker.distribution.manifest.v1+prettyjws", KIND_SCHEMA1},
};

/* Configurations of images; the plain types are what old registries made of them. */
static const char *const config_types[] = {TYPE_CONFIG, "application/vnd.oci.image.config.v1+json", "application/octet-stream",
                                           "application/json"};

static const char *const layer_types[] = {
    TYPE_LAYER,
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd",
};

static bool among(const char *const *list, size_t count, const char *text)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(list[i], text))
            return true;
    return false;
}

bool digest_usable(const char *text)
{
    return text && strlen(text) == DIGEST_TEXT - 1 && str_starts(text, "sha256:") && strspn(text + 7, "0123456789abcdef") == 64;
}

void descriptor_clear(struct descriptor *descriptor)
{
    free(descriptor->type);
    *descriptor = (struct descriptor){0};
}

void manifest_clear(struct manifest *manifest)
{
    for (size_t i = 0; i < manifest->count; i++)
        descriptor_clear(&manifest->layers[i]);
    free(manifest->layers);
    descriptor_clear(&manifest->config);
    json_decref(manifest->entries);
    free(manifest->type);
    free(manifest->text);
    *manifest = (struct manifest){0};
}

static int read_descriptor(const json_t *doc, const char *what, struct descriptor *out, struct error *err)
{
    const char *digest = json_str(doc, "digest", NULL);
    *out = (struct descriptor){.size = json_num(doc, "size", -1)};
    if (!json_is_object(doc) || !digest)
        return error_set(err, EPROTO, "the manifest is not valid: %s is no descriptor", what);
    if (!digest_usable(digest))
        return error_set(err, EPROTO, "the manifest is not valid: %s has the digest \"%.100s\"; only sha256 is supported", what,
                         digest);
    if (out->size < 0)
        return error_set(err, EPROTO, "the manifest is not valid: %s %.19s has no size", what, digest);
    if (out->size > BLOB_MOST)
        return error_set(err, EPROTO, "%s %.19s would have %lld bytes: more than %lld are not taken", what, digest,
                         (long long)out->size, BLOB_MOST);
    memcpy(out->digest, digest, DIGEST_TEXT);
    out->type = xstrdup(json_str(doc, "mediaType", ""));
    return 0;
}

static int read_image(const json_t *doc, struct manifest *out, struct error *err)
{
    const json_t *layers = json_object_get(doc, "layers");
    int r = read_descriptor(json_object_get(doc, "config"), "config", &out->config, err);
    if (r < 0)
        return r;
    if (*out->config.type && !among(config_types, ARRAY_LEN(config_types), out->config.type))
        return error_set(err, EPROTO, "Encountered remote \"%.120s\"(%s) when fetching", out->config.type,
                         str_equal(out->config.type, "application/vnd.docker.plugin.v1+json") ? "plugin" : "unknown");
    if (out->config.size > MANIFEST_MOST)
        return error_set(err, EPROTO, "the image's configuration has %lld bytes: more than %d are not taken",
                         (long long)out->config.size, MANIFEST_MOST);
    size_t count = json_array_size(layers);
    if (!json_is_array(layers) || !count)
        return error_set(err, EPROTO, "the manifest is not valid: an image without layers");
    if (count > LAYERS_MOST)
        return error_set(err, EPROTO, "max depth exceeded: %zu layers, %d is the most that can be mounted", count, LAYERS_MOST);
    out->layers = xcalloc(count, sizeof *out->layers);
    for (out->count = 0; out->count < count;) {
        struct descriptor *layer = &out->layers[out->count];
        r = read_descriptor(json_array_get(layers, out->count++), "a layer", layer, err);
        if (r < 0)
            return r;
        if (!among(layer_types, ARRAY_LEN(layer_types), layer->type))
            return error_set(err, EPROTO, "unsupported media type \"%.120s\" of layer %.19s: no file system", layer->type,
                             layer->digest);
    }
    return 0;
}

static int read_index(const json_t *doc, struct manifest *out, struct error *err)
{
    json_t *entries = json_object_get(doc, "manifests"), *entry;
    size_t i;
    if (!json_is_array(entries) || json_array_size(entries) > ENTRIES_MOST)
        return error_set(err, EPROTO, "the manifest list is not valid: \"manifests\" is not a list of at most %d", ENTRIES_MOST);
    json_array_foreach(entries, i, entry)
    {
        struct descriptor descriptor;
        int r = read_descriptor(entry, "an entry", &descriptor, err);
        descriptor_clear(&descriptor);
        if (r < 0)
            return r;
    }
    out->index = true;
    out->entries = json_incref(entries);
    return 0;
}

/* By its own word, by the header, or by what is in it; in this order, and the first two must not disagree. */
static int find_kind(const json_t *doc, const char *content_type, struct manifest *out, enum manifest_kind *kind, struct error *err)
{
    const char *own = json_str(doc, "mediaType", NULL);
    cleanup_free char *header = content_type ? xstrndup(content_type, strcspn(content_type, "; ")) : NULL;
    bool header_known = false;
    for (size_t i = 0; i < ARRAY_LEN(types); i++)
        header_known |= str_equal(types[i].type, header);
    if (own && header_known && !str_equal(own, header))
        return error_set(err, EPROTO, "mediaType in manifest should be '%s' not '%.120s'", header, own);
    const char *type = own ? own : header_known ? header : json_object_get(doc, "manifests") ? TYPE_OCI_INDEX : TYPE_OCI_MANIFEST;
    if (!own && !header_known && json_num(doc, "schemaVersion", 0) == 1)
        type = types[4].type;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        if (!str_equal(types[i].type, type))
            continue;
        *kind = types[i].kind;
        out->type = xstrdup(type);
        return 0;
    }
    return error_set(err, EPROTO, "unsupported manifest media type \"%.120s\"", type);
}

static int read_document(const json_t *doc, const char *content_type, struct manifest *out, struct error *err)
{
    enum manifest_kind kind = KIND_IMAGE;
    if (!json_is_object(doc))
        return error_set(err, EPROTO, "the manifest is not valid: no JSON object");
    int r = find_kind(doc, content_type, out, &kind, err);
    if (r < 0)
        return r;
    if (kind == KIND_SCHEMA1)
        return error_set(err, EPROTO,
                         "the registry has a schema 1 manifest for this image, a format that was given up in 2016 and is "
                         "not supported: build and push the image again with a client of today");
    if (json_num(doc, "schemaVersion", 0) != 2)
        return error_set(err, EPROTO, "the manifest is not valid: schemaVersion is not 2");
    if (json_object_get(doc, "manifests") && (json_object_get(doc, "layers") || json_object_get(doc, "config")))
        return error_set(err, EPROTO, "the manifest is not valid: it could be an image or an index");
    return kind == KIND_INDEX ? read_index(doc, out, err) : read_image(doc, out, err);
}

int manifest_parse(const char *text, size_t len, const char *content_type, struct manifest *out, struct error *err)
{
    struct error why = ERROR_INIT;
    *out = (struct manifest){0};
    if (json_deeper(text, len, JSON_DEPTH_MOST))
        return error_set(err, EPROTO, "the manifest is not valid: nested deeper than %d", JSON_DEPTH_MOST);
    cleanup_json json_t *doc = json_parse(text, len, "the manifest", &why);
    if (!doc)
        return error_set(err, EPROTO, "the manifest is not valid: %.400s", why.message);
    int r = read_document(doc, content_type, out, err);
    if (r < 0) {
        manifest_clear(out);
        return r;
    }
    digest_bytes(text, len, out->digest);
    out->text = xstrndup(text, len);
    out->len = len;
    return 0;
}

int manifest_choose(const struct manifest *index, const struct platform *wanted, struct descriptor *out, struct error *err)
{
    const json_t *best = NULL;
    int best_rank = 1000;
    size_t i;
    json_t *entry;
    json_array_foreach(index->entries, i, entry)
    {
        const json_t *offer = json_object_get(entry, "platform");
        struct platform platform;
        platform_of(offer, &platform);
        int rank = offer ? platform_rank(wanted, &platform) : 100; /* one that does not say may be what is looked for */
        if (rank < 0 || rank >= best_rank)
            continue;
        best = entry;
        best_rank = rank;
    }
    if (best)
        return read_descriptor(best, "an entry", out, err);
    char text[3 * PLATFORM_TEXT];
    platform_text(wanted, text);
    return error_set(err, ENOENT, "no matching manifest for %s in the manifest list entries", text);
}

static void put_descriptor(struct buf *out, const char *indent, const struct descriptor *descriptor, const char *end)
{
    buf_printf(out, "{\n%s   \"mediaType\": \"%s\",\n%s   \"size\": %lld,\n%s   \"digest\": \"%s\"\n%s}%s\n", indent,
               descriptor->type, indent, (long long)descriptor->size, indent, descriptor->digest, indent, end);
}

char *manifest_write(const struct descriptor *config, const struct descriptor *layers, size_t count)
{
    struct buf out = BUF_INIT;
    buf_puts(&out, "{\n   \"schemaVersion\": 2,\n   \"mediaType\": \"" TYPE_MANIFEST "\",\n   \"config\": ");
    put_descriptor(&out, "   ", config, ",");
    buf_puts(&out, "   \"layers\": [\n");
    for (size_t i = 0; i < count; i++) {
        buf_puts(&out, "      ");
        put_descriptor(&out, "      ", &layers[i], i + 1 < count ? "," : "");
    }
    buf_puts(&out, "   ]\n}");
    return buf_take(&out);
}
