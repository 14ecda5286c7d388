/* What a lab needs of the host that not every host has. */
#ifndef SLIPWAY_LABS_HOST_NEEDS_H
#define SLIPWAY_LABS_HOST_NEEDS_H

#include "labs/lab.h"

/* ENOTSUP with the reason and what would help. What the engine knows best (uml, ...) it refuses itself. */
int host_needs_check(const char *host, const struct lab *lab, struct error *err);

#endif
