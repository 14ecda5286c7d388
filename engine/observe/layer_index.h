/* What one layer's directory holds, as a flat list: for questions about a whole stack of layers, which would otherwise walk the
 * same directories again and again.
 *
 * Entry 0 is the layer's top; every other entry stands after the directory it is in, and names are sorted within a directory. A
 * whiteout is an entry of its own kind, whichever form it has (overlay.h). The later names of a file with several have size 0, as
 * in a tar. Layers of images do not change, so their lists are kept, the least asked for going first, up to LAYER_INDEX_KEPT bytes;
 * identity is device, inode and change time of the top. Thread-safe.
 */
#ifndef SLIPWAY_OBSERVE_LAYER_INDEX_H
#define SLIPWAY_OBSERVE_LAYER_INDEX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LAYER_INDEX_MOST = 200000,  /* entries; what a layer has beyond is left out, and `cut` says so */
    LAYER_INDEX_DEEPEST = 200,  /* directories in directories; the same */
    LAYER_INDEX_KEPT = 8 << 20, /* bytes of all lists that are kept */
};

enum entry_kind { ENTRY_FILE, ENTRY_DIRECTORY, ENTRY_OPAQUE, ENTRY_WHITEOUT };

struct layer_entry {
    int64_t size;    /* bytes of a regular file */
    uint32_t parent; /* index of the directory that it is in */
    uint32_t name;   /* where its name begins in `names` */
    uint32_t mode, uid, gid;
    uint8_t kind;
    bool leaf; /* nothing in it, if it is a directory */
};

struct layer_index {
    struct layer_entry *entries;
    size_t count;
    char *names;
    size_t names_len;
    int64_t bytes; /* of its regular files, each once */
    int64_t files; /* entries without the top */
    bool cut;
};

/* A list that may be shared with others; give it back. NULL: the directory cannot be read. */
const struct layer_index *layer_index_get(const char *directory, struct error *err);
/* Read anew and not kept: of a layer that is still written to. What vanishes meanwhile is left out. */
const struct layer_index *layer_index_fresh(const char *directory, struct error *err);
void layer_index_put(const struct layer_index *index);

#endif
