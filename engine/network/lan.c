/* macvlan and ipvlan: containers as machines of their own on the network of a link of this machine. No bridge, no rules, no
 * published ports; the gateway is somebody else's router. The parent is a link that exists, a subinterface "eth0.50" that is made
 * where it does not, or, without any, a dummy that leads nowhere. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *driver_of(const struct network *network) { return network_driver_name(network->definition.driver); }

static int settle_mode(struct network *network, struct error *err)
{
    struct definition *definition = &network->definition;
    const char *preset = definition->driver == DRIVER_MACVLAN ? "bridge" : "l2";
    if (!*definition->mode)
        snprintf(definition->mode, sizeof definition->mode, "%s", preset);
    if (lan_mode_valid(driver_of(network), definition->mode))
        return 0;
    return error_set(err, EINVAL, "requested %s mode '%s' is not valid, '%s' mode is the %s driver default", driver_of(network),
                     definition->mode, preset, driver_of(network));
}

/* One parent belongs to one network of a kind: their containers would otherwise meet. */
static int check_parent_free(const struct network *network, struct error *err)
{
    for (const struct network *other = network->set->first; other; other = other->next)
        if (other != network && other->definition.driver == network->definition.driver && str_equal(other->link, network->link))
            return error_set(err, EPERM, "network dm-%.12s is already using parent interface %s", other->definition.id,
                             network->link);
    return 0;
}

/* "eth0.50" */
static int make_subinterface(struct network *network, struct steps *steps, struct error *err)
{
    char parent[16];
    const char *dot = strrchr(network->link, '.');
    long long id;
    struct link_info info;
    if (!dot || dot == network->link)
        return error_set(err, EINVAL, "the requested parent interface %s was not found on the Docker host", network->link);
    if (!str_to_int(dot + 1, &id))
        return error_set(err, EINVAL, "invalid subinterface vlan name %s, example formatting is eth0.10", network->link);
    if (id < 1 || id > 4094)
        return error_set(err, EINVAL, "vlan id must be between 1-4094, received: %lld", id);
    snprintf(parent, sizeof parent, "%.*s", (int)(dot - network->link), network->link);
    int r = link_find(&network->set->route, parent, &info, NULL);
    if (r < 0)
        return error_set(err, EINVAL, "the requested parent interface %s was not found on the Docker host", parent);
    return link_add_vlan(&network->set->route, steps, network->link, parent, info.index, (int)id, err);
}

static int make_parent(struct network *network, struct steps *steps, struct error *err)
{
    int r = *network->definition.parent ? make_subinterface(network, steps, err)
                                        : link_add_dummy(&network->set->route, steps, network->link, err);
    network->definition.made_parent = r == 0;
    return r;
}

static int check_parent(const struct network *network, const struct link_info *info, struct error *err)
{
    if (str_equal(info->name, "lo"))
        return error_set(err, EINVAL, "loopback interface is not a valid %s parent link", driver_of(network));
    if (info->master)
        return error_set(err, EBUSY, "parent interface %s is a port of a bridge: it cannot be a parent too", info->name);
    return 0;
}

/* Said when the network is made, not when its first container starts. */
static int check_kind(struct network *network, struct error *err)
{
    char name[16];
    const char *kind = driver_of(network);
    snprintf(name, sizeof name, "slp-%.10s", network->definition.id);
    const struct lan_link probe = {.kind = kind,
                                   .mode = network->definition.mode,
                                   .parent = network->link,
                                   .parent_index = network->link_index,
                                   .name = name,
                                   .label = ""};
    return lan_kind_missing(&network->set->route, &probe)
               ? error_set(err, EOPNOTSUPP, "operation not supported: this kernel has no %s links", kind)
               : 0;
}

int lan_up(struct network *network, struct steps *steps, struct error *err)
{
    struct definition *definition = &network->definition;
    struct link_info info = {0};
    struct error local = ERROR_INIT;
    if (*definition->parent)
        snprintf(network->link, sizeof network->link, "%s", definition->parent);
    else
        snprintf(network->link, sizeof network->link, "dm-%.12s", definition->id);
    int r = settle_mode(network, err);
    if (r == 0)
        r = check_parent_free(network, err);
    if (r < 0)
        return r;
    r = link_find(&network->set->route, network->link, &info, &local);
    if (r == -ENODEV) {
        r = make_parent(network, steps, err);
        if (r == 0)
            r = link_find(&network->set->route, network->link, &info, err);
    } else if (r < 0) {
        return error_set(err, local.code, "%s", local.message);
    }
    if (r == 0)
        r = check_parent(network, &info, err);
    if (r == 0 && !info.up)
        r = link_set_up(&network->set->route, steps, network->link, err);
    network->link_index = info.index;
    if (r == 0)
        r = check_kind(network, err);
    if (r < 0)
        lan_down(network, NULL);
    return r;
}

void lan_down(struct network *network, struct steps *steps)
{
    struct error err = ERROR_INIT;
    if (!network->definition.made_parent)
        return;
    if (link_delete(&network->set->route, steps, network->link, &err) < 0 && err.code != ENODEV)
        log_warn("%s", err.message);
    network->definition.made_parent = false;
}
