/* What the numbers in a control group's files say, the same for both versions of the interface. Shared by cgroup.c and its
 * children. */
#ifndef SLIPWAY_OBSERVE_FIGURES_H
#define SLIPWAY_OBSERVE_FIGURES_H

#include "observe/group.h"

#include <jansson.h>

json_t *figures_memory(const struct group *group); /* null where the group is in no hierarchy with the controller */
json_t *figures_cpu(const struct group *group);
json_t *figures_pids(const struct group *group);
bool figures_frozen(const struct group *group);

/* The smallest memory limit of the group and all above it; -1 for none. */
int64_t figures_memory_limit(const struct group *group);

#endif
