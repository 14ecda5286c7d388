/* Unix-domain sockets: listening, connecting, passing descriptors. All descriptors are close-on-exec. */
#ifndef SLIPWAY_BASE_SOCKETS_H
#define SLIPWAY_BASE_SOCKETS_H

#include "base/error.h"

#include <sys/types.h>

/* `type` is SOCK_STREAM or SOCK_SEQPACKET. A stale socket file (nobody answers) is replaced; a live one is EADDRINUSE. */
int unix_listen(const char *path, int type, mode_t mode, struct error *err);
int unix_connect(const char *path, int type, struct error *err);

/* Send `len` bytes with `count` descriptors (SCM_RIGHTS); receive likewise. 0/-errno; the count of bytes for receiving. */
int fds_send(int sock, const void *data, size_t len, const int *fds, size_t count);
ssize_t fds_receive(int sock, void *data, size_t len, int *fds, size_t *count);

#endif
