/* A file that holds a file system, mounted by way of a loop device (loop(4)). The device lets go of the file by itself when the
 * last mount is gone, so there is nothing to clean up, whatever crashes. */
#ifndef SLIPWAY_KERNEL_MOUNT_LOOP_H
#define SLIPWAY_KERNEL_MOUNT_LOOP_H

#include "base/error.h"
#include "kernel/step.h"

/* A detached mount (descriptor) of the ext4 in `image`, with neither devices nor times of access. */
int loop_mount(struct steps *steps, const char *image, struct error *err);

#endif
