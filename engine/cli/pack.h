/* Local files into a tar, as a stream: what `cp` and `build` have in common. Memory does not grow with the files. */
#ifndef SLIPWAY_CLI_PACK_H
#define SLIPWAY_CLI_PACK_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

struct pack_options {
    bool anonymous;    /* owned by 0:0, times in whole seconds: the same files make the same tar anywhere */
    bool capabilities; /* with file capabilities (security.capability), the one attribute that Docker's client sends */
    bool gzip;
};

struct pack;

/* A tar that goes to `fd`; NULL without libarchive. `err` is for all that follows. */
struct pack *pack_new(int fd, const struct pack_options *options, struct error *err);

/* File `name` of the directory `at`, as `stored` ("dir/name"). A second name of a file becomes a link to the first. */
int pack_add(struct pack *pack, int at, const char *name, const char *stored, const struct stat *st);

/* A file that is nowhere else. */
int pack_text(struct pack *pack, const char *stored, mode_t mode, int64_t seconds, const char *text, size_t len);

/* Writes the end of the tar, unless something has failed, and frees it in any case. `bytes` (may be NULL): of the files. */
int pack_end(struct pack *pack, int64_t *bytes);

/* `head` and what `fd` gives behind it (a tar), to `out`, compressed. */
int pack_gzip(const char *head, size_t len, int fd, int out, struct error *err);

#endif
