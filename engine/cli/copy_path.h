/* Paths as `docker cp` reads them: a "/" or "/." at the end of one means something, so it survives all cleaning. */
#ifndef SLIPWAY_CLI_COPY_PATH_H
#define SLIPWAY_CLI_COPY_PATH_H

#include "base/error.h"

#include <stdbool.h>

char *copy_clean(const char *path);                       /* lexically; allocated */
char *copy_join(const char *directory, const char *path); /* cleaned */
bool copy_ends_in_dot(const char *path);                  /* "." or ".../." */
bool copy_ends_in_slash(const char *path);
bool copy_says_directory(const char *path); /* either of these */
/* The cleaned path taken apart; "." is the name when the path ends in it. Both allocated. */
void copy_split(const char *path, char **directory, char **name);
char *copy_base(const char *path);     /* Go's filepath.Base; allocated */
char *copy_absolute(const char *path); /* of a local path, what is at its end kept */

/* What a copy reads or writes. */
struct copy_end {
    char *path;
    bool exists, directory;
    char *rename; /* the name by which it was asked for when a link led elsewhere; NULL: none */
};
void copy_end_clear(struct copy_end *end);

/* Local ends. The source must exist; links before its last name are followed, and the last too with `follow`. The destination need
 * not exist, but what it would be in must. */
int copy_source(const char *path, bool follow, struct copy_end *out, struct error *err);
int copy_destination(const char *path, struct copy_end *out, struct error *err);
/* `resolved`, which `path` leads to, with what `path` has at its end; and *rename when the last name is another one now. */
char *copy_rebase(const char *path, const char *resolved, char **rename);

/* Where a copy of `source` unpacks to, and which name changes into which: "cannot copy directory", "no such directory". */
struct copy_plan {
    char *directory, *from, *to; /* from is NULL: names stay */
};
int copy_plan(const struct copy_end *source, const struct copy_end *destination, struct copy_plan *plan, struct error *err);
void copy_plan_clear(struct copy_plan *plan);

#endif
