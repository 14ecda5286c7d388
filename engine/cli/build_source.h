/* The context of a build: a directory of this machine, what standard input gives (a tar, or a Dockerfile alone), a git repository
 * that is cloned here, or an address that the engine gets it from. It is read as a tar, which a thread makes while it is sent. */
#ifndef SLIPWAY_CLI_BUILD_SOURCE_H
#define SLIPWAY_CLI_BUILD_SOURCE_H

#include "base/error.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct ignore;

struct build_source {
    char *remote;     /* an address; then there is no tar */
    char *dockerfile; /* the Dockerfile's path in the context; "": what the engine looks for by itself */
    int fd;           /* the tar, to be read until its end */

    /* What follows is kept here. */
    char *directory;
    char *cloned; /* a directory that is taken away at the end */
    struct ignore *ignore;
    char *text; /* of a Dockerfile that is not in the directory, or is all there is */
    size_t text_len;
    char *ignore_text; /* .dockerignore, changed so that such a Dockerfile is not among the files of COPY */
    char *head;        /* what has been read of standard input to see what it is */
    size_t head_len;
    bool gzip, running;
    int out, result;
    pthread_t thread;
    struct error err;
};

/* `file`: of -f, or NULL. Errors are EPROTO and in Docker's words. */
int build_source_open(const char *context, const char *file, bool compress, struct build_source *source, struct error *err);

/* After the end of `fd`: whether the tar is whole. */
int build_source_end(struct build_source *source, struct error *err);
void build_source_close(struct build_source *source);
#define cleanup_build_source __attribute__((cleanup(build_source_close)))

#endif
