/* The way through a tree of local files: directories before what is in them, names in the order of their bytes. Links are not
 * followed, and sockets are passed over. */
#ifndef SLIPWAY_CLI_WALK_H
#define SLIPWAY_CLI_WALK_H

#include "base/error.h"

#include <sys/stat.h>

enum walk_choice { WALK_TAKE, WALK_PASS /* not itself, but what is in it */, WALK_LEAVE /* with all that is in it */ };

struct walk {
    /* What becomes of a file. `path` is its name with the directories on the way, without a slash at its end. NULL: all are taken.
     */
    enum walk_choice (*choose)(void *data, const char *path, const struct stat *st);
    /* Each that was taken: `at` is the directory it is in, under `name`. 0, or an error that ends the walk. */
    int (*visit)(void *data, int at, const char *name, const char *path, const struct stat *st, struct error *err);
    /* What cannot be looked at or into, with the errno; 0 passes over it. NULL: it ends the walk. */
    int (*problem)(void *data, const char *path, int code, struct error *err);
    void *data;
};

/* File `name` of `directory`, and all that is in it; paths begin with `name`. */
int walk_tree(const struct walk *walk, const char *directory, const char *name, struct error *err);
/* What is in `directory`, without itself. */
int walk_inside(const struct walk *walk, const char *directory, struct error *err);

#endif
