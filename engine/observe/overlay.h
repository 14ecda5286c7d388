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

/* The same; gives the index of the layer that it was found in. */
int overlay_find(const char *const *layers, const char *path, struct stat *st);

#endif
