/* The tar-split of a layer: all of its tar that is not the contents of files, with a note where which file's contents stood.
 *
 * The format is that of Docker's tar-split.json.gz: gzip of one JSON object a line, {"type":2,"payload":BASE64,"position":N} for
 * raw bytes and {"type":1,"name":PATH,"size":BYTES,"payload":BASE64 of the CRC-64 (ISO, big-endian),"position":N} for contents. A
 * name that is not UTF-8 stands in "name_raw" as base64.
 */
#ifndef SLIPWAY_IMAGE_TAR_SPLIT_H
#define SLIPWAY_IMAGE_TAR_SPLIT_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

uint64_t tar_crc(uint64_t crc, const void *bytes, size_t len); /* begin with 0 */

struct tar_split;                        /* being written */
struct tar_split *tar_split_new(int fd); /* `fd` stays the caller's */
void tar_split_raw(struct tar_split *split, const void *bytes, size_t len);
void tar_split_file(struct tar_split *split, const char *name, int64_t size, uint64_t crc);
int tar_split_end(struct tar_split *split, struct error *err); /* frees; EIO when it could not all be written */

struct tar_part {
    char *name; /* of a file; NULL: raw bytes */
    int64_t size;
    uint64_t crc;
    unsigned char *raw; /* `size` of them */
};
struct tar_split_reader;
struct tar_split_reader *tar_split_open(int directory, const char *name, struct error *err);
/* 1: `part` holds the next, valid until the next call; 0: that was all; EBADMSG for what is none. */
int tar_split_next(struct tar_split_reader *reader, struct tar_part *part, struct error *err);
void tar_split_close(struct tar_split_reader *reader);

#endif
