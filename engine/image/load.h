/* Loading images: what the parts share. Nothing outside engine/image/ includes this.
 *
 *   load_process.c   the confined process: decompresses and takes the outer tar apart into a stream of files
 *   load_reader.c    the daemon's end of that stream
 *   load_files.c     what came, by its name in the archive
 *   load_stage.c     the staging of layers, each in a thread beside the reading
 *   load_plan.c      from manifest.json or index.json to the images that are wanted; load_legacy.c the same from `repositories`
 *   load.c           brings them together: layers are staged as they come, images assembled at the end
 */
#ifndef SLIPWAY_IMAGE_LOAD_H
#define SLIPWAY_IMAGE_LOAD_H

#include "base/digest.h"
#include "base/error.h"
#include "image/layer.h"

#include <jansson.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* On the wire between process and daemon: a head, the name, the target of a link; for a file its bytes in pieces, each after its
 * length, an empty one and the digest ("" but for what is compressed). What a plain archive that is a file holds as it is, is not
 * sent: `at` says where it lies in there. The process is trusted with nothing: see load_reader.c. */
enum load_kind { LOAD_FILE = 'f', LOAD_LINK = 'l', LOAD_END = 'z', LOAD_FAILED = 'e' };
enum load_look { LOOKS_LIKE_JSON = 'j', LOOKS_LIKE_TAR = 't', LOOKS_COMPRESSED = 'c', LOOKS_OTHER = 'o', LOOKS_HARD = 'h' };
enum { LOAD_NAME_MOST = 1024, LOAD_PIECE_MOST = 1 << 20 };
#define LOAD_BREAKS_OFF UINT32_MAX /* instead of a piece's length: the file cannot be read on, and a LOAD_FAILED follows */

struct load_head {
    char kind, look;
    uint16_t name_len, target_len;
    int32_t code;
    int64_t size; /* of a file, as the tar has it */
    int64_t at;   /* where its bytes are in the archive; 0: they are sent */
};

extern const char load_process_name[];

/* load_reader.c */
struct load_reader {
    int fd;
    pid_t pid;
    struct load_head head;
    char name[LOAD_NAME_MOST + 1], target[LOAD_NAME_MOST + 1]; /* lexically clean, no "/" in front; a link's target as it came */
    char digest[DIGEST_TEXT];                                  /* of the compressed file read last, or "" */
    bool in_file;
};
int load_reader_start(struct load_reader *reader, int archive, struct error *err);
/* 1 and the next file or link, 0 at the end, or the error that the process found. What is left of the file before is skipped. */
int load_reader_next(struct load_reader *reader, struct error *err);
/* The file's bytes, at most `most` (EFBIG). */
char *load_reader_text(struct load_reader *reader, size_t most, size_t *len, struct error *err);
/* Can the file's bytes be read from the archive where they are (head.at)? */
static inline bool load_reader_in_place(const struct load_reader *reader) { return reader->head.at > 0; }
/* The file's bytes into a pipe; when nobody reads that any more the rest is skipped. */
int load_reader_pour(struct load_reader *reader, int pipe, struct error *err);
void load_reader_stop(struct load_reader *reader);

/* load_stage.c */
struct load_stage;
enum { LOAD_STAGES = 3 };
struct load_stages {
    struct image_store *store;
    int archive;      /* the caller's; for layers that are read in place */
    int stop;         /* an eventfd; read by the processes, too */
    int client, over; /* what is watched; an eventfd that ends the watching */
    pthread_t watcher;
    bool watching;
    struct load_stage *running[LOAD_STAGES]; /* the oldest first */
};
int load_stages_init(struct load_stages *stages, struct image_store *store, int archive, int client, struct error *err);
/* The layer that the reader is at. When LOAD_STAGES run already, the oldest is waited for. *out is to be freed whatever comes back,
 * which is an error of the reading: one of the layer is told by load_stage_wait. */
int load_stage_start(struct load_stages *stages, struct load_reader *reader, struct load_stage **out, struct error *err);
struct staged *load_stage_wait(struct load_stage *stage, struct error *err); /* stays the stage's; NULL with an error */
void load_stages_stop(struct load_stages *stages);                           /* layers read in place are wanted no more */
void load_stage_free(struct load_stage *stage);                              /* with its layer, unless an image took that */
void load_stages_clear(struct load_stages *stages);                          /* after them */

/* load_files.c */
struct load_file {
    char *name, *target; /* target: of a link, else NULL */
    bool hard;           /* then: it is a name from the top of the archive */
    enum load_look look;
    int64_t size;
    char *text; /* of a JSON file that was kept, else NULL */
    size_t len;
    char digest[DIGEST_TEXT];
    struct load_stage *stage; /* being staged, else NULL */
    bool taken;               /* by a layer of an image */
};
struct load_files {
    struct load_file *list;
    size_t count, room;
    size_t *slots; /* a hash table of places in `list`, from 1 */
    size_t slot_count;
};
void load_files_free(struct load_files *files);
/* EEXIST when the archive has this name already. The pointer is good until the next one is added. */
struct load_file *load_files_add(struct load_files *files, const char *name, struct error *err);
/* By its name, links followed. ENOENT; EINVAL for links in circles and for one that leads out of the archive. */
struct load_file *load_files_find(struct load_files *files, const char *name, struct error *err);
/* "a/./b//c" and "./a" to "a/b/c"; NULL for what is absolute, empty or leads out with "..". Allocated. */
char *load_name_clean(const char *directory, const char *name);

/* load_plan.c */
struct planned_layer {
    char *name;               /* in the archive */
    char digest[DIGEST_TEXT]; /* that its file must have, or "" */
};
struct planned_image {
    char *config; /* the configuration's bytes */
    size_t config_len;
    char **diff_ids;
    struct planned_layer *layers; /* one for each diff ID; a legacy image has layers only */
    size_t count;
    char **names;
    char id[DIGEST_TEXT], parent[DIGEST_TEXT]; /* parent: another image of this archive, or "" */
    json_t *legacy;                            /* the v1 configurations from the bottom up, or NULL */
};
struct load_plan {
    struct planned_image *images;
    size_t count;
};
void load_plan_clear(struct load_plan *plan);
/* What the archive wants loaded, from what came. ENOENT when a file that is needed has not come: asked before the end of the
 * archive that means "not yet". */
int load_plan_make(struct load_files *files, bool ended, struct load_plan *plan, struct error *err);
struct planned_image *load_plan_add(struct load_plan *plan);
/* Reads rootfs.diff_ids from the configuration and checks it. */
int planned_image_config(struct planned_image *image, const char *text, size_t len, const char *name, struct error *err);

/* load_legacy.c */
int load_plan_legacy(struct load_files *files, struct load_plan *plan, struct error *err);
/* The configuration once the diff IDs are known; `diff_ids` in image order. */
int planned_image_legacy_config(struct planned_image *image, char *const *diff_ids, struct error *err);

#endif
