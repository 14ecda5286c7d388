/* slipwayd --rootless: the engine of one person without any privilege. The process enters user, mount and network namespaces of its
 * own, in which it is root, and goes on as ever. What that costs:
 *
 *   ids      there is one, the person's own: files of images belong to it, whoever they belonged to
 *   limits   none, unless the host has given its groups to the person: -m and the like are refused then
 *   network  its own: containers reach each other and not the world, and published ports are to be had inside only
 *   disks    of lab machines have no bound
 *
 * Roots are below ~/.local/share/slipway and $XDG_RUNTIME_DIR/slipway, the socket is $XDG_RUNTIME_DIR/slipway.sock, when nothing
 * else is said.
 */
#ifndef SLIPWAY_API_ROOTLESS_H
#define SLIPWAY_API_ROOTLESS_H

#include "base/error.h"

#include <jansson.h>
#include <sys/types.h>

/* Before any thread and any other look at where we are. `given` (what the flags said) gets the roots that it lacks. Does nothing
 * for who is root already, but for these. */
int rootless_enter(json_t *given, struct error *err);

/* Who `uid`, as the kernel shows it here, is outside: clients are there. */
uid_t rootless_outside(uid_t uid);

#endif
