/* Readiness (sd_notify(3)) across the border of a container: a socket of our own is mounted where the caller's stands
 * ($NOTIFY_SOCKET), and what may be said of a service is handed on. */
#ifndef SLIPWAY_RUNTIME_OCI_NOTIFY_H
#define SLIPWAY_RUNTIME_OCI_NOTIFY_H

#include "runtime/oci/oci.h"

/* With $NOTIFY_SOCKET: make the socket in the state's directory and add its mount and variable to the config. */
int notify_prepare(const struct oci_state *state, json_t *config, struct error *err);

/* The socket that notify_prepare made, to be polled; -EBADF when the container has none or the caller does not listen. The state is
 * open. */
int notify_open(const struct oci_state *state, struct error *err);

/* Read one message; hand READY=1 on. True when it was. */
bool notify_forward(int fd);

/* Until the container says that it is ready, or ends. */
void notify_wait(int fd, int pidfd);

#endif
