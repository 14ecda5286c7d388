/* The uncompressed bytes of a tar, block by block, with their SHA-256: reading, decompressing and hashing go on in a thread of
 * their own beside whoever takes the blocks. Plain tars are read as they are; what is compressed is told by its first bytes;
 * gzip goes through gunzip.h, everything else through libarchive. A plain tar of a single block is read without a thread. */
#ifndef SLIPWAY_IMAGE_UNPACK_SOURCE_H
#define SLIPWAY_IMAGE_UNPACK_SOURCE_H

#include "image/unpack.h"

#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct unpack_source;

/* Waits for the first block. `most`: bytes after which it fails. NULL when there are no threads to be had. */
struct unpack_source *unpack_source_open(const struct unpack_input *input, int64_t most);
/* The next block, good until the next call; its length, 0 at the end, negative when unpack_source_problem says why there is no
 * more. */
ssize_t unpack_source_next(struct unpack_source *source, const void **block);
const char *unpack_source_problem(const struct unpack_source *source); /* NULL: none so far */
bool unpack_source_too_large(const struct unpack_source *source);
int64_t unpack_source_seen(const struct unpack_source *source);                 /* bytes given so far */
void unpack_source_digest(struct unpack_source *source, char out[DIGEST_TEXT]); /* after the end */
void unpack_source_close(struct unpack_source *source);

#endif
