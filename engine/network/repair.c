/* Putting right what others have undone: bridges, wires and rules that should be there. */
#include "network/network_internal.h"

#include "base/log.h"

#include <errno.h>

int network_repair(struct network *network, struct error *err)
{
    bool made = false, turned_on = false;
    struct error local = ERROR_INIT;
    if (!network_has_driver(network))
        return 0;
    if (!network->up)
        return network_up(network, NULL, err);
    if (network->definition.driver != DRIVER_BRIDGE)
        return 0;
    int r = bridge_up(network, &made, &turned_on, NULL, err);
    for (const struct attachment *attachment = network->attachments; r == 0 && attachment; attachment = attachment->next) {
        int wired = *attachment->host_link ? wire_replug(network, attachment->host_link, &local) : 0;
        if (wired < 0 && wired != -ENODEV) /* a link that is gone went with its container, which is just ending */
            log_warn("container %s: %s", attachment->name, local.message);
    }
    if (r == 0)
        r = rules_repair(network, NULL, err);
    return r == 0 ? rules_repair_ports(network, err) : r;
}

void networks_repair(struct networks *set)
{
    pthread_mutex_lock(&set->lock);
    for (struct network *network = set->first; network; network = network->next) {
        struct error err = ERROR_INIT;
        if (network_repair(network, &err) < 0)
            log_warn("network %s cannot be repaired: %s", network->definition.name, err.message);
    }
    pthread_mutex_unlock(&set->lock);
}
