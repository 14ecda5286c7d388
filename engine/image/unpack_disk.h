/* The entries of a layer's tar made into files below one directory.
 *
 * No name is trusted: the directory that something is put into is opened below the top with no symbolic link followed (openat2(2),
 * RESOLVE_BENEATH and RESOLVE_NO_SYMLINKS), and the last name is only ever made new, linked or removed there, never followed. All
 * functions give 0 or a negative errno with the reason; the message does not name the entry.
 */
#ifndef SLIPWAY_IMAGE_UNPACK_DISK_H
#define SLIPWAY_IMAGE_UNPACK_DISK_H

#include "base/error.h"
#include "base/strings.h"

#include <archive_entry.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct disk;

/* Below `root`, a descriptor that stays the caller's. `opaque` gets the directories that hide all below them, each with its NUL: to
 * mark them takes more rights than this code should have. */
struct disk *disk_new(int root, struct buf *opaque);
/* Gives directories their times, which making files in them changed; frees. */
int disk_end(struct disk *disk, struct error *err);

/* `path` as disk_path gives it. A regular file has *fd, which disk_finish closes; everything else is complete, *fd is negative. */
int disk_make(struct disk *disk, const char *path, struct archive_entry *entry, int *fd, struct error *err);
/* `size` is that of the whole file. Zeros become holes. */
int disk_write(int fd, const void *block, size_t len, off_t offset, int64_t size, struct error *err);
int disk_finish(struct archive_entry *entry, int fd, struct error *err);

/* The overlay's sign that a name of the layers below is deleted. */
int disk_whiteout(struct disk *disk, const char *path, struct error *err);
int disk_opaque(struct disk *disk, const char *directory, struct error *err);

/* "./a//b/" and "/a/b" to "a/b", "./" to ""; NULL for what has "..". Allocated. */
char *disk_path(const char *path);

#endif
