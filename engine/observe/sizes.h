/* How much lies in a directory tree: bytes of its regular files (a hard-linked one once) and how many entries it has. */
#ifndef SLIPWAY_OBSERVE_SIZES_H
#define SLIPWAY_OBSERVE_SIZES_H

#include <stdint.h>

struct tree_size {
    int64_t bytes;
    int64_t files;
};

struct tree_size sizes_of_tree(const char *directory);
/* For a tree that does not change any more, such as an image's layer: counted once, then remembered. Thread-safe. */
struct tree_size sizes_of_fixed_tree(const char *directory);

#endif
