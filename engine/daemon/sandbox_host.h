/* What the root of a user namespace may not do to its own groups, done for it: rules of the devices controller
 * (cgroup-v1/devices.rst asks for the host's own CAP_SYS_ADMIN). Every lab machine finds a socket at /run/slipway-host/socket;
 * `docker-init --host devices.deny GROUP "c 1:3 rwm"` asks there, and in a machine cgset(1) is a wrapper that does. Who asks is
 * known by the kernel's word (SO_PEERCRED): only a machine's root is heard, and only about groups below the machine's own, whose
 * rules hold in any case.
 */
#ifndef SLIPWAY_DAEMON_SANDBOX_HOST_H
#define SLIPWAY_DAEMON_SANDBOX_HOST_H

#include "daemon/engine.h"

#define SANDBOX_HOST_PLACE "/run/slipway-host"

/* Listens and answers for as long as the process lives; machines that were started before find it again. */
void sandbox_host_start(struct engine *engine);
/* The directory that is bound at SANDBOX_HOST_PLACE; owned. */
char *sandbox_host_directory(const struct engine *engine);

#endif
