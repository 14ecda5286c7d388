/* The files of one log: path, and what it was before as path.1 (the youngest), path.2 ..., compressed ones as path.1.gz ...
 *
 * Compression runs in a process of its own, one at a time, and the result takes the file's place when it is complete, at whatever
 * number the file has by then. A compressed file names the file that it was in its header (RFC 1952, comment): a reader that has
 * the old one open finds its place again. What a shim that ended left uncompressed, the next one compresses.
 */
#ifndef SLIPWAY_SHIM_LOG_ROTATE_H
#define SLIPWAY_SHIM_LOG_ROTATE_H

#include <stdbool.h>
#include <sys/types.h>

struct shim_rotation {
    const char *path;
    int max_files; /* with the current one; 1 keeps no older one */
    bool compress;
    pid_t worker; /* the compressing process; 0: none */
    int number;   /* of the file that it compresses, by now; 0: that one is no longer wanted */
};

void shim_rotation_begin(struct shim_rotation *rotation); /* once, before the first rotation */
void shim_rotation_shift(struct shim_rotation *rotation); /* path becomes path.1; the caller makes a new path */
bool shim_rotation_reaped(struct shim_rotation *rotation, pid_t pid, int status); /* whether that process was the worker */

#endif
