/* The program whose processes read and write archives: slipway-archive beside the daemon. It has none of the daemon's other
 * libraries, so that one starts in 2 ms instead of 5; a commit needs two, a build one for its context and two for each step. */
#ifndef SLIPWAY_IMAGE_HELPER_H
#define SLIPWAY_IMAGE_HELPER_H

/* A path for exec, held by this process: an upgrade that replaces the file does not mix two versions. Where the program is missing
 * it is the running one, which can do the same. Never NULL. */
const char *helper_program(void);

#endif
