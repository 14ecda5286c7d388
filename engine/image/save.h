/* Inside image_save: what is to be written, in its order. save_documents.c finds it out, save.c writes it. */
#ifndef SLIPWAY_IMAGE_SAVE_H
#define SLIPWAY_IMAGE_SAVE_H

#include "image/layer.h"

#include <stddef.h>
#include <stdint.h>

struct saved_image {
    char id[DIGEST_TEXT], parent[DIGEST_TEXT]; /* parent: when it is saved as well, or "" */
    char **names;                              /* tags only, in the order of the question */
    char *config;
    size_t config_len;
    int64_t created; /* seconds */
    struct image_layer *layers;
    size_t count;
};
struct saved_file {
    char *name;
    char *text; /* NULL: a directory */
    size_t len;
    int64_t mtime;
};
struct saved_layer {
    const struct image_layer *layer;
    int64_t mtime;
};

struct saved_images {
    struct saved_image *images;
    size_t count;
    struct saved_file *files; /* the documents */
    size_t file_count;
    struct saved_layer *layers; /* each once */
    size_t layer_count;
};

/* Holds the layers until it is cleared. */
int saved_images_collect(struct image_store *store, char *const *names, struct saved_images *out, struct error *err);
void saved_images_clear(struct image_store *store, struct saved_images *images);

#endif
