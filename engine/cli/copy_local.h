/* The local side of `cp`: files here to a tar, and a tar to files here. Every tar entry's first name may be exchanged for another
 * on the way, which is how a copy gets the name that the destination gives it. */
#ifndef SLIPWAY_CLI_COPY_LOCAL_H
#define SLIPWAY_CLI_COPY_LOCAL_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct copy_rename {
    const char *from, *to; /* both NULL: none */
};

/* `name` (a file, or "." for all that is in it) of directory `directory` as a tar to `fd`. `bytes` (may be NULL): of the files. */
int copy_pack(const char *directory, const char *name, const struct copy_rename *rename, int fd, int64_t *bytes, struct error *err);

/* The tar that `read` gives into `directory`, which is entered. Owners are kept with `owners`. A directory is not replaced by a
 * file, nor the other way round. No entry can leave the directory. */
int copy_unpack(const char *directory, const struct copy_rename *rename, bool owners,
                ssize_t (*read)(void *data, const void **block), void *data, int64_t *bytes, struct error *err);

#endif
