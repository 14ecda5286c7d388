/* How much lies in a directory tree: bytes of its regular files (a hard-linked one once) and how many entries it has. What
 * is mounted inside is not counted. */
#ifndef SLIPWAY_OBSERVE_SIZES_H
#define SLIPWAY_OBSERVE_SIZES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct tree_size {
    int64_t bytes;
    int64_t files;
    bool cut; /* there is more: very many entries, or very deep ones, are not looked at */
};

struct tree_size sizes_of_tree(const char *directory);
/* For a tree that does not change any more, such as an image's layer: counted once, then remembered. Thread-safe. */
struct tree_size sizes_of_fixed_tree(const char *directory);

/* Files with several names that were met: a hash table with open addressing, at most half full. Begins as all zeros. */
struct linked_file;
struct links {
    struct linked_file *places;
    size_t count, room; /* room: a power of two */
};
bool links_first(struct links *links, dev_t device, ino_t inode); /* true the first time that it is met */
void links_free(struct links *links);

#endif
