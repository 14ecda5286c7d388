/* The networks: bridges with an address range, and the containers that are plugged in. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/explore.h"
#include "tui/format.h"

static const struct browse_column columns[] = {
    {{"NAME", 0, false, 0}, "name", NULL, false},         {{"DRIVER", 8, false, 0}, "driver", NULL, false},
    {{"SUBNET", 18, false, 0}, "subnet", NULL, false},    {{"GATEWAY", 15, false, 100}, "gateway", NULL, false},
    {{"SCOPE", 6, false, 110}, "scope", NULL, false},     {{"CONTAINERS", 20, false, 0}, "used_by", NULL, false},
    {{"AGE", 7, true, 90}, "created", explore_age, true},
};

static bool uses(const json_t *container, const char *network)
{
    return json_object_get(json_at(container, "NetworkSettings.Networks"), network) != NULL;
}

static json_t *rows(const json_t *list, const json_t *containers)
{
    json_t *out = json_array(), *network;
    size_t index;
    json_array_foreach(list, index, network)
    {
        const char *name = json_str(network, "Name", "");
        const json_t *range = json_array_get(json_at(network, "IPAM.Config"), 0);
        json_array_append_new(out, json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:o,s:I}", "id", json_str(network, "Id", ""), "name", name,
                                             "driver", json_str(network, "Driver", ""), "subnet", json_str(range, "Subnet", "-"),
                                             "gateway", json_str(range, "Gateway", "-"), "scope", json_str(network, "Scope", ""),
                                             "used_by", explore_users(containers, uses, name), "created",
                                             (json_int_t)explore_seconds(json_str(network, "Created", ""))));
    }
    return out;
}

static const struct explore_kind kind = {
    .tab = EXPLORE_NETWORKS,
    .one = "network",
    .many = "networks",
    .list = "/networks",
    .columns = columns,
    .column_count = ARRAY_LEN(columns),
    .rows = rows,
    .remove = "/networks/%s",
    .remove_ran = "slipway network rm",
    .lost = "Its bridge and its rules go; names of containers are no longer found through it.",
    .prune = "/networks/prune",
    .prune_ran = "slipway network prune -f",
    .prune_lost = "Remove all networks that no container uses?",
    .deleted = "NetworksDeleted",
    .make_prompt = "name of the new network: ",
    .make_path = "/networks/create",
    .make_member = "Name",
    .make_ran = "slipway network create",
    .ran = "slipway network ls",
    .empty = "slipway network create front",
};

static void open_networks(struct app *app, void *state, const void *argument)
{
    (void)argument;
    explore_open(app, state, &kind);
}

static void open_map(struct app *app, void *state)
{
    (void)state;
    app_ran(app, "curl --unix-socket /run/slipway.sock http://d/slipway/topology");
    app_push(app, TAB_CONTAINERS, &screen_network, NULL);
    app_go(app, TAB_CONTAINERS);
}

static const struct action actions[] = {
    {"networks.inspect", "Enter i", "inspect", "all that the engine knows of it, as a tree", explore_inspect, NULL},
    {"networks.map", "n", "map", "the map of the machine's network, its rules, and the trace of a packet", open_map, NULL},
    {"networks.make", "a", "add", "make a new one, by name", explore_make, NULL},
    {"networks.remove", "D", "remove", "remove it, or those that are marked (asks first)", explore_remove, NULL},
    {"networks.prune", "P", NULL, "remove all that nobody uses (asks first)", explore_prune, NULL},
    EXPLORE_ACTIONS("networks"),
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "A network of the driver bridge is a bridge on the host with an address range: each container in it has a wire (a veth pair) "
     "into that bridge, an address of the range, and finds the others by name. host is the machine's own network, none has no "
     "wire at all. n draws all of it.",
     "man 8 bridge, man 4 veth, man 1 slipway-network", NULL},
};

const struct screen screen_networks = {
    .name = "networks",
    .title = "Networks",
    .about = "All networks, and who is plugged in. The list follows the engine's events.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .open = open_networks,
    EXPLORE_SCREEN,
};
