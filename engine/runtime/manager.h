/* Groups made by somebody else: systemd, which wants to be asked for a scope (systemd.scope(5), and its "Control Group APIs and
 * Delegation"). The runtime knows what it wants; who speaks D-Bus is given to it by the program, as only slipway-oci does. */
#ifndef SLIPWAY_RUNTIME_MANAGER_H
#define SLIPWAY_RUNTIME_MANAGER_H

#include "base/error.h"
#include "kernel/step.h"

#include <jansson.h>
#include <stdbool.h>
#include <sys/types.h>

struct runtime_manager {
    /* A transient scope `unit` in `slice` that is delegated, with `first` in it, the limits of `resources` as properties
     * (`unified`: of cgroup v2), and those of annotations "org.systemd.property.NAME". Returns when it is there; gives its path
     * below each hierarchy's root, allocated. */
    int (*start)(struct steps *steps, const char *unit, const char *slice, pid_t first, const json_t *config, bool unified,
                 char **path, struct error *err);
    /* Other properties, so that systemd does not put the old ones back when it looks again. */
    int (*update)(struct steps *steps, const char *unit, const json_t *resources, bool unified, struct error *err);
    /* Ends the scope; one that is not there is success. */
    int (*stop)(struct steps *steps, const char *unit, struct error *err);
};

/* For the manager "systemd" of runtime_set_cgroup_manager; NULL: there is none. */
void runtime_offer_systemd(const struct runtime_manager *systemd);
const struct runtime_manager *runtime_systemd(void);

#endif
