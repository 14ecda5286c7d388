/* A tar becomes a directory, in a process of its own that can do no harm outside it.
 *
 * Reads whatever libarchive can decompress, keeps owners, modes, times, extended attributes, hard links and device nodes, and
 * hashes the uncompressed bytes on the way: one pass gives the layer's files, its size and its diff ID (OCI image spec, layer).
 * Names that hold "..", or pass through a symbolic link, are refused. One that begins with "/" is below the directory all the same
 * in a layer (some programs write layers so), and refused elsewhere.
 */
#ifndef SLIPWAY_IMAGE_UNPACK_H
#define SLIPWAY_IMAGE_UNPACK_H

#include "base/digest.h"
#include "base/error.h"
#include "base/strings.h"

#include <stdbool.h>
#include <stdint.h>

/* The bytes of `fd` until its end; or, of a file that others read too, `length` bytes from `from`. */
struct unpack_input {
    int fd;
    bool part;
    bool undigested; /* nobody wants the digest: the report has none */
    int64_t from, length;
    int stop; /* of a part: an eventfd that says when it is wanted no more, or negative. What is no part ends when its writer goes.
               */
};

struct unpack_limits {
    int64_t bytes; /* of the uncompressed tar, and of the files in it */
    int64_t entries;
    bool measure;   /* nothing is written: the files are in place already, and only the tar's digest and split are wanted */
    bool unpadded;  /* the last file's block may lack its end, as in tars of Docker's client */
    bool whiteouts; /* it is a layer: ".wh.name" is the mark of a deleted name (OCI image spec, layer), and becomes the overlay's */
};

struct unpack_report {
    int code; /* 0, or a positive errno with `message` */
    char message[512];
    char diff_id[DIGEST_TEXT];
    int64_t size;      /* bytes of regular files, each hard-linked one once */
    int64_t tar_bytes; /* of the uncompressed tar */
    int64_t entries;
    uint64_t opaque_bytes; /* of the list of opaque directories */
};

/* In this process, below the current directory. Sets report->code and ->message; what was made stays. `split`: where the tar-split
 * goes (tar_split.h), or negative. `opaque` gets the directories that hide all below them, each with its NUL: the attribute by
 * which an overlay knows them is for those to set who have the right to. */
void unpack_here(const struct unpack_input *input, const struct unpack_limits *limits, int split, struct unpack_report *report,
                 struct buf *opaque);

/* In a process of its own: chroot to `directory`, no sockets, no privilege but that of making files. `limits` NULL takes generous
 * ones. The caller removes `directory` after a failure. */
int unpack_confined(const struct unpack_input *input, const char *directory, const struct unpack_limits *limits, int split,
                    struct unpack_report *report, struct error *err);

#endif
