/* Copying a tree within the kernel's file systems: what an image has at the place of a volume becomes the volume's first content,
 * what a root file system has where a tmpfs is mounted is copied up into it. The source may be hostile: everything goes by
 * descriptors, no link is followed, depth is bounded. Owners, modes, times, holes, extended attributes and hard links are kept;
 * sockets are left out.
 */
#ifndef SLIPWAY_KERNEL_MOUNT_COPY_TREE_H
#define SLIPWAY_KERNEL_MOUNT_COPY_TREE_H

#include "base/error.h"

/* Copy all that is in directory `from` to the empty directory `to`, and make `to` like `from`. */
int copy_tree(int from, int to, struct error *err);
int copy_tree_top(int from, int to, struct error *err); /* the latter alone: owner, mode, attributes, times */

#endif
