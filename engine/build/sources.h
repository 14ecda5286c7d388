/* What COPY and ADD take: files of the context or of an image, texts in the Dockerfile, downloads. */
#ifndef SLIPWAY_BUILD_SOURCES_H
#define SLIPWAY_BUILD_SOURCES_H

#include "build/build_internal.h"

#include "base/strings.h"

struct source {
    int root;       /* borrowed: of the place that it comes from */
    char *path;     /* as it was written, or as a wildcard found it */
    char *resolved; /* below root, without links */
    char *name;     /* what a file is called when it is put into a directory */
    char *digest;   /* "file:...", "dir:...", or of a download the number alone */
    bool directory, downloaded;
};

struct sources {
    struct turn *turn;
    int root;                    /* of the context or the image */
    struct workspace *workspace; /* the image's */
    char *scratch;               /* a directory for texts and downloads, made when it is needed */
    int scratch_fd;
    bool keep_owner; /* what is placed keeps it, so that the same files give something else */
    struct source *list;
    size_t count;
    struct buf lines; /* "digest path" for each file, for explanations */
};
#define SOURCES_INIT ((struct sources){.root = -EBADF, .scratch_fd = -EBADF})

int sources_open_context(struct turn *turn, struct sources *sources, struct error *err);
int sources_open_image(struct turn *turn, const char *image, struct sources *sources, struct error *err); /* "": nothing */
void sources_clear(struct sources *sources);

/* A path, or all that a pattern fits (which may be nothing). `command` is for messages. */
int sources_add(struct sources *sources, const char *path, const char *command, struct error *err);
int sources_add_text(struct sources *sources, const struct heredoc *heredoc, struct error *err);
/* `checksum`: "sha256:..." that it must have, or "". */
int sources_add_url(struct sources *sources, const char *url, const char *dest, const char *checksum, struct error *err);

char *sources_digest(const struct sources *sources); /* of all: "multi:..." when there are several; allocated */
bool source_is_archive(const struct source *source); /* a tar, compressed or not, that ADD unpacks */

#endif
