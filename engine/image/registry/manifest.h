/* Documents that a registry keeps of an image: manifests and indexes, of Docker (schema 2) and of OCI (image spec: manifest.md,
 * image-index.md). What is read here came from outside: every field is checked before anybody uses it. */
#ifndef SLIPWAY_IMAGE_REGISTRY_MANIFEST_H
#define SLIPWAY_IMAGE_REGISTRY_MANIFEST_H

#include "base/digest.h"
#include "base/error.h"
#include "image/registry/platform.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TYPE_MANIFEST      "application/vnd.docker.distribution.manifest.v2+json"
#define TYPE_MANIFEST_LIST "application/vnd.docker.distribution.manifest.list.v2+json"
#define TYPE_CONFIG        "application/vnd.docker.container.image.v1+json"
#define TYPE_LAYER         "application/vnd.docker.image.rootfs.diff.tar.gzip"
#define TYPE_OCI_MANIFEST  "application/vnd.oci.image.manifest.v1+json"
#define TYPE_OCI_INDEX     "application/vnd.oci.image.index.v1+json"

enum { MANIFEST_MOST = 4 * 1024 * 1024, LAYERS_MOST = 127, ENTRIES_MOST = 4096 };
#define BLOB_MOST (64LL << 30) /* as much as is unpacked of one; what is declared larger is not begun with */

struct descriptor {
    char digest[DIGEST_TEXT];
    char *type; /* media type */
    int64_t size;
};
void descriptor_clear(struct descriptor *descriptor);

struct manifest {
    bool index;
    char *type;
    char digest[DIGEST_TEXT]; /* of `text` */
    char *text;
    size_t len;
    struct descriptor config; /* of an image, and its layers from the bottom up */
    struct descriptor *layers;
    size_t count;
    json_t *entries; /* of an index */
};

/* `content_type`: the header that it came with, or NULL. EPROTO for what is no manifest, contradicts itself or its header, or is
 * in a format that is not taken (schema 1; a plugin, a chart). `text` is copied. */
int manifest_parse(const char *text, size_t len, const char *content_type, struct manifest *out, struct error *err);
void manifest_clear(struct manifest *manifest);

/* The entry of an index that fits best; ENOENT: "no matching manifest for linux/s390x in the manifest list entries". */
int manifest_choose(const struct manifest *index, const struct platform *wanted, struct descriptor *out, struct error *err);

/* A Docker schema 2 manifest, byte for byte as Docker writes it; allocated. */
char *manifest_write(const struct descriptor *config, const struct descriptor *layers, size_t count);

/* A digest that can be verified here: "sha256:" and 64 digits. */
bool digest_usable(const char *text);

#endif
