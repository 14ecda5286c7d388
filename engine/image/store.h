/* Inside the image store: what its files share. Nothing outside engine/image/ includes this.
 *
 * Everything on disk is mirrored in memory, so that a question never reads a file. `lock` guards all of it; functions that end in
 * _locked are called with it held.
 */
#ifndef SLIPWAY_IMAGE_STORE_H
#define SLIPWAY_IMAGE_STORE_H

#include "base/digest.h"
#include "base/error.h"
#include "image/image.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { LINK_TEXT = 27 };  /* 26 base32 characters and NUL */
enum { CACHE_TEXT = 80 }; /* a layer's directory below overlay2 */
enum { LAYERS_MOST = 127 };

struct skeleton;
struct unpack_report;

struct layer {
    char chain[DIGEST_TEXT]; /* digest over the diff IDs from the bottom up to here (image spec, ChainID) */
    char diff[DIGEST_TEXT];
    char parent[DIGEST_TEXT]; /* chain ID below, or "" */
    char cache_id[CACHE_TEXT];
    char link[LINK_TEXT];
    int64_t size;         /* bytes of its files */
    int64_t tar_bytes;    /* of its tar; -1: not known */
    bool unsynced;        /* see durable.c */
    unsigned pins;        /* containers that are being made over it, and whoever reads it */
    struct spare *spares; /* ready-made layers for the next containers over it */
    int spares_wanted;
    struct skeleton *skeleton; /* what a container over this layer needs in its init layer; made at first use */
};

struct image {
    char id[DIGEST_TEXT];
    char parent[DIGEST_TEXT]; /* the image it was committed from, or "" */
    json_t *config;
    int64_t created_ns;
    int64_t size;
    int64_t tagged_ns;     /* 0: never */
    struct layer **layers; /* bottom first */
    size_t layer_count;
};

struct image_store {
    pthread_mutex_t lock;
    char *root;    /* absolute data root */
    char *overlay; /* <root>/overlay2 */
    char *image;   /* <root>/image/overlay2 */
    int overlay_fd;
    int spare_fd; /* <image>/spare */
    struct image **images;
    size_t image_count;
    struct layer **layers;
    size_t layer_count;
    pthread_t stocker; /* makes spares; runs after the first container was made */
    pthread_cond_t wake;
    pthread_t syncer; /* see durable.c */
    pthread_cond_t sync_wake;
    bool stocking, syncing, sync_wanted, stopping;
    pthread_mutex_t under_way_lock;
    char **under_way;     /* see under_way.c */
    char **condemned;     /* see condemned.c */
    json_t *repositories; /* {"busybox":{"busybox:latest":"sha256:.."}} */
};

/* under_way.c */
void under_way_add(struct image_store *store, const char *name);
void under_way_drop(struct image_store *store, const char *name);
bool under_way_has(struct image_store *store, const char *name);

/* condemned.c: a directory below overlay2 goes; its files when the store is unlocked by store_unlock, as it must be after whatever
 * may have dropped a layer. */
void condemn_locked(struct image_store *store, const char *name);
void store_unlock(struct image_store *store);

/* layers.c. What is incomplete is dropped. What cannot be read now may be whole, and is an error. */
int layers_load(struct image_store *store, struct error *err);
bool is_missing(int code); /* does this errno say that there is no such file, rather than that it cannot be had? */
struct layer *layer_by_chain_locked(struct image_store *store, const char *chain);
void layer_chain(const char *parent, const char *diff, char out[DIGEST_TEXT]);
/* Make an empty layer directory below overlay2 under a temporary name; gives its cache id and the absolute path of its diff. */
int layer_begin(struct image_store *store, char cache_id[CACHE_TEXT], char **diff, struct error *err);
void layer_abandon(struct image_store *store, const char *cache_id); /* at once */
/* Give it its final name and write its layerdb entry, with the tar-split that lies beside its files. When the same chain is there
 * already the new files are dropped. */
struct layer *layer_commit_locked(struct image_store *store, const char *cache_id, const char *parent,
                                  const struct unpack_report *report, struct error *err);
int layer_record_open(struct image_store *store, const char *chain); /* descriptors of directories, or -errno */
bool layer_is_lent(const struct image_store *store, const char *container_id, const struct layer *layer); /* lend.c */
int layer_files_open(struct image_store *store, const struct layer *layer);
/* Drop layers that no image and no container needs; their chain IDs are appended to `deleted` (may be NULL). */
void layers_collect_locked(struct image_store *store, json_t *deleted);
void link_generate(char out[LINK_TEXT]);

/* durable.c */
int durable_mark(const char *record, struct error *err); /* the record of a layer that is being written */
/* For the opening of the store: 1, 0: it did not, or an error: that cannot be told. */
int durable_survived(struct image_store *store, struct layer *layer, struct error *err);
void durable_later_locked(struct image_store *store); /* something was marked */
/* These were waited for, from a moment on at which they were not `unsynced` any more. */
void durable_settle_locked(struct image_store *store, char *const *chains, bool synced);
void durable_stop(struct image_store *store);

/* layer.c: its directory below overlay2, while no image has taken it */
struct staged;
const char *staged_directory(const struct staged *staged);

/* store.c */
struct image *image_by_id_locked(struct image_store *store, const char *id);
/* Write the config, learn it; gives the image. */
struct image *image_add_locked(struct image_store *store, const char *text, size_t len, struct error *err);
int image_drop_locked(struct image_store *store, struct image *image, struct error *err);
struct image *image_resolve_locked(struct image_store *store, const char *name, struct error *err);
/* Remember where it was committed from; only for people and for the order of removals, so a failure is logged. */
void image_mark_made(struct image_store *store, const char *id); /* see image_made_here */
void image_set_parent_locked(struct image_store *store, struct image *image, const char *parent);
bool image_has_children_locked(const struct image_store *store, const struct image *image);
/* An image that is to get names is nothing without them: one with this mark that has none at the next start is dropped then. */
void image_mark_pending(struct image_store *store, const char *id, bool pending);
/* remove.c: give it a name, and note when. */
void image_named_now(struct image_store *store, struct image *image);
int image_name_locked(struct image_store *store, struct image *image, const char *family, const char *reference, struct error *err);

/* names.c */
int names_load(struct image_store *store, struct error *err);
const char *name_lookup_locked(struct image_store *store, const char *family, const char *reference);
int name_set_locked(struct image_store *store, const char *family, const char *reference, const char *id, struct error *err);
/* Several at once, all or none: "busybox:latest" and the like, which lead to this image then. */
int names_set_locked(struct image_store *store, char *const *names, const char *id, struct error *err);
void names_drop_dead(struct image_store *store); /* those that lead to no image */
int name_drop_locked(struct image_store *store, const char *family, const char *reference, struct error *err);
char **names_of_locked(struct image_store *store,
                       const char *id); /* "busybox:latest", ordered as Docker orders; owned by the caller */

/* changes.c: Dockerfile instructions applied to a container config. */
json_t *config_empty(void);
int config_change(json_t *config, const char *instruction, struct error *err);

/* pair.c: the two directories of a container. */
struct pair {
    char own_link[LINK_TEXT], init_link[LINK_TEXT];
};
void pair_names(struct pair *pair);
/* Make them as `own` and `init` below `at`, without their links in l/. 0 or -errno. */
int pair_make(int at, const char *own, const char *init, const struct pair *pair, const char *below,
              const struct skeleton *skeleton);
char *lower_of_layer_locked(struct image_store *store, const struct layer *top); /* "l/X:l/Y", top first */

/* spare.c */
struct spare *spare_take_locked(struct image_store *store, struct layer *top); /* NULL when there is none; asks for the next */
const struct pair *spare_pair(const struct spare *spare);
int spare_move(struct image_store *store, struct spare *spare, const char *own, const char *init);
void spare_free(struct image_store *store, struct spare *spare); /* with what is left of its files */
void spares_drop(struct image_store *store, struct layer *layer);
void spares_stop(struct image_store *store);

/* rootfs.c */
void rootfs_remove_leftovers(struct image_store *store);
void skeleton_free(struct skeleton *skeleton);

#endif
