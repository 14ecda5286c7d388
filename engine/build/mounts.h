/* RUN --mount=type=bind|cache|tmpfs|secret: what a container of RUN sees and its layer does not get. */
#ifndef SLIPWAY_BUILD_MOUNTS_H
#define SLIPWAY_BUILD_MOUNTS_H

#include "build/build_internal.h"

struct mounts;

/* Takes the flags apart and finds what they name. `key`: what counts for the cache, "" when there is none. EINVAL. */
int mounts_read(struct turn *turn, const struct instruction *instruction, struct mounts **out, struct error *err);
const char *mounts_key(const struct mounts *mounts);
/* One more: a file with this text that can be executed, at `target`. */
int mounts_add_script(struct mounts *mounts, const char *text, const char *target, struct error *err);
/* Makes what is to be mounted; waits for a cache that somebody has for himself. Gives HostConfig.Mounts, a new array. */
int mounts_make(struct mounts *mounts, json_t **out, struct error *err);
/* Afterwards: places that were made only to mount something there go from the layer. */
void mounts_tidy(struct mounts *mounts, const struct rootfs *rootfs);
void mounts_free(struct mounts *mounts); /* NULL is fine */

#endif
