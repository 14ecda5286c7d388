/* What a lab needs of the host (`needs` in lab.md) that not every host has: the engine knows (GET /slipway/sandboxes/abilities). */
#ifndef SLIPWAY_LABS_ABILITIES_H
#define SLIPWAY_LABS_ABILITIES_H

#include "labs/lab.h"

#include <jansson.h>

/* "cgroup-v2: the memory controller of this host is on cgroup v1; ...": the first need that this host cannot meet, allocated; NULL
 * when it meets all. `abilities` is the engine's answer; NULL is no answer, and lacks nothing. */
char *abilities_lacking(const json_t *abilities, const struct lab *lab);
/* The same, asking the engine. NULL too when it does not answer: then making the machine will say more. */
char *host_lacks(const char *host, const struct lab *lab);

#endif
