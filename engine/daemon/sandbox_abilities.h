/* What lab machines on this host can do and what not, with the reason: for labs that need something that not every host has
 * ("needs" in lab.md), and for people. */
#ifndef SLIPWAY_DAEMON_SANDBOX_ABILITIES_H
#define SLIPWAY_DAEMON_SANDBOX_ABILITIES_H

#include "daemon/engine.h"

/* {"cgroup-v1":{"able":true,"about":"..."}, "uml":{"able":false,"about":"...","reason":"..."}, ...} */
json_t *sandbox_abilities(struct engine *engine);

/* Every name in the list `needs` (may be NULL): ENOTSUP with the reason for what this host cannot do, EINVAL for a name that is
 * none. */
int sandbox_able(struct engine *engine, const char *lab, const json_t *needs, struct error *err);

/* Debian's package user-mode-linux. */
#define SANDBOX_UML_KERNEL  "/usr/bin/linux.uml"
#define SANDBOX_UML_MODULES "/usr/lib/uml/modules"
bool sandbox_has_uml(struct error *why);

#endif
