/* Capabilities as sets of bits, named as capabilities(7) names them. Whatever a config asks for is cut down to the bounding set
 * that is there: on a machine that lacks CAP_SYS_RESOURCE, "all" means all the others. */
#ifndef SLIPWAY_KERNEL_CAPABILITIES_H
#define SLIPWAY_KERNEL_CAPABILITIES_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct capability_sets {
    uint64_t bounding, effective, permitted, inheritable, ambient;
};

enum { CAPABILITY_COUNT = 41 };

/* "CAP_CHOWN" for 0; NULL beyond the last one known. */
const char *capability_name(int number);
/* Exact name ("CAP_CHOWN") to number; -1 when unknown. */
int capability_number(const char *name);

/* The bounding set of the calling process; one prctl per capability, so keep the result. */
uint64_t capability_bounding(void);

/* Does the calling thread have it, in effect, in its own user namespace? */
bool capability_held(int number);

/* process.capabilities of an OCI config; NULL: all empty. Names that are unknown or not in the bounding set are left out, and added
 * to the list `left_out`: that they cannot be granted is worth a warning, no error (config.md#linux-process). */
void capability_sets_parse(const json_t *capabilities, struct capability_sets *sets, char ***left_out);

/* Drop from the bounding set everything not in `sets->bounding`. Needs CAP_SETPCAP; before the user is changed. */
int capability_bound(struct steps *steps, const struct capability_sets *sets, struct error *err);

/* The other sets, after the user was changed with keepcaps on. `extra` stays effective and permitted besides (for loading
 * seccomp later); ambient capabilities are raised only when `extra` is 0. */
int capability_apply(struct steps *steps, const struct capability_sets *sets, uint64_t extra, struct error *err);

#endif
