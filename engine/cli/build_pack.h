/* The files of a build's context, as .dockerignore leaves them. */
#ifndef SLIPWAY_CLI_BUILD_PACK_H
#define SLIPWAY_CLI_BUILD_PACK_H

#include "base/error.h"
#include "base/ignore.h"
#include "cli/pack.h"

#include <stddef.h>

/* Everything that would be sent can be read; else EPROTO with Docker's words. */
int build_pack_check(const char *directory, const struct ignore *ignore, struct error *err);

struct build_pack {
    const char *directory; /* NULL: there is only a Dockerfile */
    const struct ignore *ignore;
    const char *dockerfile; /* name of one that is added, with its text; NULL: it is among the files */
    const char *text;
    size_t text_len;
    const char *ignore_text; /* in place of .dockerignore; NULL: as it is */
};
int build_pack(const struct build_pack *what, int fd, const struct pack_options *options, struct error *err);

/* `head`, and behind it what `in` gives, to `out`. */
int build_pack_copy(const char *head, size_t head_len, int in, int out, bool gzip, struct error *err);

#endif
