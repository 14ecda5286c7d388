/* How layers of an overlay hide each other (overlayfs.rst, "whiteouts and opaque directories"), read without mounting anything.
 * Both forms are known: character device 0:0 and trusted.overlay.*, and those for user namespaces, user.overlay.*. */
#ifndef SLIPWAY_OBSERVE_OVERLAY_H
#define SLIPWAY_OBSERVE_OVERLAY_H

#include <stdbool.h>
#include <sys/stat.h>

bool overlay_is_whiteout(const char *path, const struct stat *st);
bool overlay_is_opaque(const char *directory);

/* lstat(2) of `path` (relative) as seen through `layers` (directories, top first, ends with NULL). 0, or -ENOENT. */
int overlay_lstat(const char *const *layers, const char *path, struct stat *st);

/* The same; gives the index of the layer that it was found in. `memo` (may be NULL) remembers which layers hide what is in the
 * directory last asked for: for many questions about layers that stay as they are. Begins as all zeros; free with
 * overlay_memo_free. */
enum { OVERLAY_MEMO_LAYERS = 130 };
struct overlay_memo {
    char *parent;
    signed char hides[OVERLAY_MEMO_LAYERS]; /* 0: not known yet, 1: yes, -1: no */
};
int overlay_find(const char *const *layers, const char *path, struct overlay_memo *memo, struct stat *st);
void overlay_memo_free(struct overlay_memo *memo);

#endif
