/* Images as archives: what `docker save` writes and `docker load` reads.
 *
 * Written is the form that Docker has had since 25: an OCI image layout (image spec, image-layout.md) with the layers as plain
 * tars, and beside it the manifest.json and repositories by which older Dockers load the same file. What says what is in it comes
 * first, so that a reader can do with one pass. The same images give the same bytes.
 *
 * Read are that form in any order of its files, the older ones (VERSION, json, layer.tar) with manifest.json or with repositories
 * alone, and OCI layouts with indexes in indexes; each plain or compressed, outside and inside. The outer tar is read by a process
 * of its own that can do nothing else; nothing of it is kept on disk but layers being staged.
 */
#ifndef SLIPWAY_IMAGE_SAVED_H
#define SLIPWAY_IMAGE_SAVED_H

#include "base/error.h"
#include "image/image.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* A tar of the named images, through a pipe that a thread fills. A name without tag means all of the repository; an id saves the
 * image without its names. ENOENT: "No such image: x". Read `fd` to its end, then ask image_save_close whether it is whole; closing
 * earlier ends the thread, and closing again does nothing. `saved` (may be NULL) becomes the list of IDs; the caller's. */
struct image_saving {
    int fd;
    int64_t size; /* of the whole tar */
    void *private;
};
int image_save_open(struct image_store *store, char *const *names, struct image_saving *out, json_t **saved, struct error *err);
int image_save_close(struct image_saving *saving, struct error *err);

/* What is told of a load: lines for people as Docker says them ("Loaded image: busybox:latest\n"), and each layer that was
 * unpacked, with the bytes of its tar. An image whose layers are here already is not unpacked again. Images that were complete
 * before an error stay. A plain archive that is a regular file is read from its beginning, in several places at once. */
struct image_loading {
    void (*say)(void *data, const char *line);
    void (*layer)(void *data, const char *diff_id, int64_t bytes);
    void (*loaded)(void *data, const char *id);
    void *data;
    int client; /* a socket: when its other end hangs up, nobody wants it any more; negative: `fd` ends then */
};
int image_load(struct image_store *store, int fd, const struct image_loading *loading, struct error *err);

#endif
