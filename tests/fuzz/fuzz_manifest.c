/* Hostile manifests and indexes: what is taken can be used as it is, what is not has a reason. The first byte chooses the type that
 * the registry says it is. */
#include "base/memory.h"
#include "base/strings.h"
#include "image/registry/manifest.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(int good, const char *what)
{
    if (!good) {
        fprintf(stderr, "fuzz_manifest: %s\n", what);
        abort();
    }
}

static void must_be_good(const struct descriptor *descriptor)
{
    must(digest_usable(descriptor->digest) && descriptor->size >= 0 && descriptor->type, "a descriptor");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {NULL, TYPE_MANIFEST, TYPE_MANIFEST_LIST, TYPE_OCI_MANIFEST, TYPE_OCI_INDEX, "text/html"};
    struct error err = ERROR_INIT;
    struct manifest manifest;
    struct descriptor chosen = {0};
    struct platform here;
    if (size < 1)
        return 0;
    int r = manifest_parse((const char *)data + 1, size - 1, types[data[0] % ARRAY_LEN(types)], &manifest, &err);
    if (r < 0) {
        must(err.code == -r && *err.message, "no reason");
        return 0;
    }
    must(manifest.type && manifest.len == size - 1 && digest_usable(manifest.digest), "the document");
    platform_here(&here);
    if (manifest.index) {
        if (manifest_choose(&manifest, &here, &chosen, &err) == 0)
            must_be_good(&chosen);
        else
            must(*err.message != 0, "no reason for choosing none");
        descriptor_clear(&chosen);
    } else {
        must(manifest.count > 0 && manifest.count <= LAYERS_MOST, "layers");
        must_be_good(&manifest.config);
        for (size_t i = 0; i < manifest.count; i++)
            must_be_good(&manifest.layers[i]);
    }
    manifest_clear(&manifest);
    return 0;
}
