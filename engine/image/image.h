/* The image store and the overlay2 layer store, laid out on disk as Docker's.
 *
 *   <data-root>/image/overlay2/imagedb/content/sha256/<id>      image config JSON (OCI image config)
 *   <data-root>/image/overlay2/repositories.json                name -> id
 *   <data-root>/image/overlay2/layerdb/sha256/<chain id>/       cache-id, diff, parent, size
 *   <data-root>/overlay2/<cache id>/{diff,link,lower,work}      the layer's files; l/<short> -> ../<cache id>/diff
 *   <data-root>/overlay2/<container id>/{diff,link,lower,merged,work}, and <container id>-init (the /dev, /etc skeleton)
 * Every change is made in full beside its final name and renamed into place; what an interruption left is removed by
 * image_store_open. Thread-safe. References are normalised as Docker does ("busybox" is docker.io/library/busybox:latest, shown as
 * "busybox:latest").
 */
#ifndef SLIPWAY_IMAGE_IMAGE_H
#define SLIPWAY_IMAGE_IMAGE_H

#include "base/digest.h"
#include "base/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct image_store;

struct image_store *image_store_open(const char *data_root, struct error *err);
void image_store_close(struct image_store *store);

/* A root filesystem tar (plain, gz, xz, zst, bz2) from a descriptor becomes a one-layer image. `reference` may be NULL (dangling).
 * `changes` are Dockerfile instructions (CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME,
 * WORKDIR). Unpacking is confined to its directory and runs in a process of its own. A corrupt tar leaves nothing and says at which
 * entry it stopped. */
int image_import(struct image_store *store, int fd, const char *reference, char *const *changes, const char *message,
                 const char *source, char id[DIGEST_TEXT], struct error *err);

/* The same for a `platform` ("linux/arm64"; NULL or "": this machine's). */
int image_import_for(struct image_store *store, int fd, const char *platform, const char *reference, char *const *changes,
                     const char *message, const char *source, char id[DIGEST_TEXT], struct error *err);

/* The writable layer of a container over its image as a new image (commit.c). `changes` as above, applied to `config`. ENOENT when
 * the container's image is gone. The container should not write meanwhile. */
struct rootfs;
struct image_commit {
    const struct rootfs *rootfs;    /* NULL: only the configuration changes */
    const char *parent, *container; /* ids; either may be "" */
    const json_t *container_config; /* what the container was made with */
    const json_t *config;           /* what containers of the new image get */
    char *const *changes;           /* may be NULL */
    const char *author, *comment;
    const char *reference;    /* may be NULL */
    const char *created_by;   /* what history shows; NULL: the words of container_config's Cmd */
    const char *architecture; /* of an image without a parent; NULL: this machine's */
    int64_t created_ns;       /* 0: now */
    bool take;                /* nobody needs the writable layer any more: its directory becomes the image's, nothing is copied */
};
int image_commit(struct image_store *store, const struct image_commit *commit, char id[DIGEST_TEXT], struct error *err);

/* Find by reference, id, or unique id prefix. ENOENT: "No such image: x". Borrowed nothing: `config` is a new reference. */
int image_find(struct image_store *store, const char *name, char id[DIGEST_TEXT], json_t **config, struct error *err);

json_t *image_list(struct image_store *store); /* as GET /images/json */
/* What the filter "reference" leaves of such a list: names that match none of the shell patterns ("busybox", "app:v*") go, and
 * images that then have no name. EINVAL for a pattern that is none. */
int image_list_narrow(json_t *list, char *const *patterns, struct error *err);
json_t *image_inspect(struct image_store *store, const char *name, struct error *err); /* as GET /images/{name}/json */
json_t *image_history(struct image_store *store, const char *name, struct error *err);
/* Where its layers come from:
 * {"id","names":[..],"layers":[{"number":1,"directory":"/..","diff_id","chain_id","size":N,"created_by",
 * "created","comment","shared_with":["busybox:latest"..]}..],"history":[{"created_by","created","comment","layer":N|null}..]}, both
 * the lowest first; `layer` is null for lines that made none. */
json_t *image_story(struct image_store *store, const char *name, struct error *err);
int image_tag(struct image_store *store, const char *source, const char *target, struct error *err);

/* Lending images to an engine inside a lab machine (lend.c). image_lend writes all that is known of the image `name`
 * ("busybox:latest") into the data root `root` of another engine, as if it had been loaded there, but for the files of its layers:
 * a link leads to `place`/<cache id>, where they are to be bound read-only. ENOENT, also for an image of several layers: an upper
 * one's whiteouts would not be seen through a read-only overlay. */
int image_lend(struct image_store *store, const char *name, const char *root, const char *place, struct error *err);
/* From now on their layers stay for as long as this container's own; what is not here is passed over. image_lent gives their
 * directories, "<data-root>/overlay2/<cache id>/diff"; owned, may be NULL. */
int image_lend_hold(struct image_store *store, const char *container_id, char *const *names, struct error *err);
char **image_lent(struct image_store *store, const char *container_id);

/* A container that needs an image. */
struct image_user {
    char container[ID_TEXT];
    bool running;
};
/* What was untagged and deleted, as DELETE /images/{name} answers. `in_use` (may be NULL) says whether a container needs the image
 * with this id, and which; a running one is preferred. EBUSY with Docker's sentence then, or when several names lead to an image
 * given by id, unless `how` has IMAGE_FORCE; a running container's image loses its name by force, never its layers. */
enum { IMAGE_FORCE = 1, IMAGE_KEEP_PARENTS = 2 }; /* the second: images without a name that it was made from stay */
json_t *image_remove(struct image_store *store, const char *name, unsigned how,
                     bool (*in_use)(const char *id, struct image_user *user, void *data), void *data, struct error *err);
int image_count(struct image_store *store);
const char *image_architecture(void); /* this machine's, in Go's words: "amd64" */

/* For GET /system/df: bytes of all layers, each counted once; and for each image of a list as image_list gives it, "SharedSize":
 * the bytes of those of its layers that other images of the list have too. */
int64_t image_layers_size(struct image_store *store);
void image_list_add_shared(struct image_store *store, json_t *list);
/* One that others were committed from and that has no name any more: a step on the way, hidden from lists. */
bool image_is_intermediate(struct image_store *store, const char *id);
/* Layers in bytes from the bottom up to a container's image: what SizeRootFs adds to the container's own. 0 when the image is gone.
 */
int64_t image_size(struct image_store *store, const char *id);

/* Is everything in the store what it should be? {"Images":n,"Layers":n,"Problems":[{"Object":"layer sha256:...","Problem":"..."}]}:
 * the tar of each layer is put together again and hashed, so this reads every file; configs, chain IDs, records, links and names
 * are compared, and what belongs to nothing is told. Work goes on meanwhile: what is being made or removed just then is no problem.
 * `wanted` as for rootfs_sweep. */
json_t *image_store_check(struct image_store *store, bool (*wanted)(const char *container_id, void *data), void *data);

/* A container's writable layer over an image. */
struct rootfs {
    char **lower; /* absolute, top first (what the overlay's lowerdir needs) */
    char *upper;
    char *work;
    char *merged;
};
/* Well below a millisecond, nothing is synced: a layer that a power cut takes away is a container that never ran. */
int rootfs_create(struct image_store *store, const char *container_id, const char *image_id, struct rootfs *out, struct error *err);
int rootfs_open(struct image_store *store, const char *container_id, struct rootfs *out, struct error *err);
/* A missing one is success. May take as long as there are files: keep it off the way to an answer. */
int rootfs_remove(struct image_store *store, const char *container_id, struct error *err);
void rootfs_clear(struct rootfs *rootfs);
/* {"Data":{"LowerDir","MergedDir","UpperDir","WorkDir"},"Name":"overlay2"} as GET /containers/{id}/json has it. */
json_t *rootfs_graph_driver(struct image_store *store, const char *container_id, struct error *err);
/* The same for no container: a place to write over an image, or over nothing ("" or NULL), that is gone when it is closed or the
 * program ends (workspace.c). What is written there is committed by its rootfs. */
struct workspace;
int workspace_open(struct image_store *store, const char *image_id, struct workspace **out, struct error *err);
const struct rootfs *workspace_rootfs(const struct workspace *workspace);
/* A descriptor of its root, for reading and writing; nobody else sees it mounted. Close it before anything else is done with it. */
int workspace_mount(const struct workspace *workspace, struct error *err);
void workspace_close(struct workspace *workspace); /* with its files; NULL is fine */

/* For the cache of builds (children.c): what was made from `parent` ("": from nothing), newest first, until `look` says true. It
 * must not call the store, and may not keep `config`. */
void image_children(struct image_store *store, const char *parent,
                    bool (*look)(void *data, const char *id, const json_t *config, int64_t created_ns), void *data);
/* Adds its id and those of all that it was made from to a list. */
void image_ancestry(struct image_store *store, const char *id, char ***list);
/* An image that has no parent is known to be made from this one. */
void image_adopt(struct image_store *store, const char *id, const char *parent);
/* A configuration document whose layers are all here becomes an image. `parent` may be NULL. */
int image_keep(struct image_store *store, const json_t *config, const char *parent, char id[DIGEST_TEXT], struct error *err);
/* Made by image_commit, not pulled, loaded or imported: what it says of how it was made is so. */
bool image_made_here(const struct image_store *store, const char *id);
/* A text about an image, for builds to explain themselves: kept as long as it is, never part of it. NULL when there is none. */
void image_note(struct image_store *store, const char *id, const char *text);
char *image_noted(struct image_store *store, const char *id);

/* Remove the layers of containers that are no more: all for which `wanted` says false. For the start of the daemon. */
void rootfs_sweep(struct image_store *store, bool (*wanted)(const char *container_id, void *data), void *data);

#endif
