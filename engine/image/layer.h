/* Layers on their way in and out of the store, and images put together from them: what pull, load, import and build share.
 *
 * A layer comes in as a tar and is *staged*: unpacked by a confined process into a directory that nothing refers to, hashed on the
 * way, its tar-split recorded. Layers know nothing of each other while they are staged, so several may come in at once and in any
 * order. image_assemble then gives them their places under their chain IDs, writes the config and gives the names, all or nothing;
 * what a crash interrupts is cleared away by image_store_open.
 *
 * The tar-split (<layerdb>/<chain>/tar-split.json.gz, in the format that Docker has there) holds all of the tar that is not the
 * contents of files. With it layer_tar_open gives the very same bytes back, so that a layer that is saved or pushed has the diff ID
 * that it came with.
 */
#ifndef SLIPWAY_IMAGE_LAYER_H
#define SLIPWAY_IMAGE_LAYER_H

#include "base/digest.h"
#include "base/error.h"
#include "image/image.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct staged;

/* Reads `fd` (plain, gzip, bzip2, xz, zstd) to its end. EINVAL for what is no tar, or for one that would leave its directory, with
 * the entry at which it stopped; EFBIG over the limits on bytes and entries. Blocks; may run in several threads. */
int layer_stage(struct image_store *store, int fd, struct staged **out, struct error *err);
/* The same of a part of a file, which several may read at once. */
struct unpack_input;
int layer_stage_part(struct image_store *store, const struct unpack_input *part, struct staged **out, struct error *err);
/* The same for files that are in place already: `fd` is the tar of `directory`, an overlay's writable layer below the store's that
 * nobody uses any more. It becomes the layer as it is, and nothing is written a second time. */
int layer_adopt(struct image_store *store, int fd, const char *directory, struct staged **out, struct error *err);
const char *staged_diff_id(const struct staged *staged);
int64_t staged_size(const struct staged *staged);
int64_t staged_entries(const struct staged *staged);
void staged_free(struct image_store *store, struct staged *staged); /* with its files, unless an image took them; NULL is fine */

/* The same layer staged once more: an image may have a layer twice, and each needs files of its own. From another one that was
 * staged and that no image took yet; or from any layer here that has this diff ID (ENOENT: it went meanwhile). */
int layer_stage_copy(struct image_store *store, const struct staged *from, struct staged **out, struct error *err);
int layer_stage_known(struct image_store *store, const char *diff, struct staged **out, struct error *err);
bool layer_known(struct image_store *store, const char *diff); /* is there any with this diff ID? */

/* How many of the lowest of these layers are here already under their chain IDs. They stay, whatever is removed meanwhile, until
 * layers_release is called with the same list and that number. */
size_t layers_hold(struct image_store *store, char *const *diff_ids, size_t count);
void layers_release(struct image_store *store, char *const *diff_ids, size_t count);

struct assembly {
    const char *config; /* the image's configuration as it will be kept; the image ID is its SHA-256 */
    size_t config_len;
    struct staged *const *staged; /* one for each of rootfs.diff_ids, NULL for a layer that is here already; may be NULL when
                                     all are. They stay the caller's to free. */
    size_t count;
    char *const *names; /* "busybox:latest", "busybox@sha256:..."; each moves here from the image that had it. May be NULL. */
    const char *parent; /* the image it was made from, or NULL */
};
/* EINVAL when diff IDs and staged layers disagree: nothing is kept then. */
int image_assemble(struct image_store *store, const struct assembly *assembly, char id[DIGEST_TEXT], struct error *err);

/* The tar of a layer as it came, through a pipe that a thread fills. Read `fd` to its end, then ask layer_tar_close whether it was
 * whole: EIO when a file in the store is not what it was (its CRC-64 says so). Closing earlier ends the thread. */
struct layer_tar {
    int fd;
    int64_t size;  /* of the whole tar; -1 when it is not known beforehand */
    void *private; /* ours */
};
int layer_tar_open(struct image_store *store, const char *chain, struct layer_tar *out, struct error *err);
int layer_tar_close(struct layer_tar *tar, struct error *err);

/* An image's layers from the bottom up, held as by layers_hold until image_layers_free. */
struct image_layer {
    char diff[DIGEST_TEXT], chain[DIGEST_TEXT], parent[DIGEST_TEXT]; /* parent: chain ID below, or "" */
    char *directory;                                                 /* absolute: <overlay2>/<cache id>/diff */
    int64_t size;                                                    /* bytes of its files */
    int64_t tar_size;                                                /* of its tar; -1: not known */
};
int image_layers(struct image_store *store, const char *name, struct image_layer **out, size_t *count, struct error *err);
void image_layers_free(struct image_store *store, struct image_layer *layers, size_t count);

/* The configuration's bytes as they were given, for save and push; allocated. ENOENT. */
char *image_config_text(struct image_store *store, const char *name, char id[DIGEST_TEXT], size_t *len, struct error *err);

#endif
