/* A set of paths that remembers only hashes: 64 bits each, so that millions fit. Two paths are one with the chance of a 64-bit
 * collision. "./a//b" is "a/b". Zero-initialised it is empty. */
#ifndef SLIPWAY_IMAGE_PATH_SET_H
#define SLIPWAY_IMAGE_PATH_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct path_set {
    uint64_t *slots; /* 0: free */
    size_t room, count;
};

void path_set_add(struct path_set *set, const char *path);
bool path_set_has(const struct path_set *set, const char *path);
void path_set_free(struct path_set *set);

#endif
