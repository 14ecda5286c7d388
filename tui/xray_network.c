/* The network: the picture of namespaces and wires, and the routes below it. Wires are chosen, rules are told with who added them
 * and packets are traced on the network screen, to which this one leads. */
#include "base/json.h"
#include "base/strings.h"
#include "tui/topology.h"
#include "tui/xray_state.h"

#include <stdio.h>

int xray_network(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = 0;
    /* The picture is drawn whole or scrolled away as a whole. */
    struct area picture = {area.y, area.x, area.h, area.w};
    if (top == 0)
        y = draw_topology(picture, doc, before, "container");
    else
        y = -top + 12;
    y++;
    size_t index;
    json_t *space;
    json_array_foreach(json_object_get(doc, "namespaces"), index, space)
    {
        json_t *routes = json_object_get(space, "routes");
        const char *name = json_str(space, "name", "");
        if (str_equal(name, "host"))
            continue;
        putf(area, y, 0, S_TITLE, "Routes in %s", name);
        y++;
        json_t *old = json_object_get(xray_same(json_object_get(before, "namespaces"), space, "name"), "routes");
        size_t i;
        json_t *route;
        if (json_array_size(routes) == 0)
            put(area, y++, 1, S_DIM, "none: nothing beyond its own addresses can be reached");
        json_array_foreach(routes, i, route)
        {
            bool fresh = before && !json_equal(route, json_array_get(old, i));
            put_fit(area, y++, 1, area.w - 1, fresh ? S_CHANGED : S_CODE, str_or(json_string_value(route), ""));
        }
    }
    return y + top;
}

static void open_network(struct app *app, void *state)
{
    const struct xray *xray = state;
    json_t *container = model_container(app, xray->id);
    if (!container)
        return;
    app_ran(app, "slipway xray %s network", xray->name);
    app_push(app, TAB_CONTAINERS, &screen_network, container);
    app_go(app, TAB_CONTAINERS);
}

const struct action xray_network_actions[] = {
    {"xray.map", "n", "map", "the map of the machine's network: choose a wire and see both its ends", open_network, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

const struct action xray_chains_actions[] = {
    {"xray.rules", "n", "rules", "the network screen: the way of a packet through all rules, who added each, and its trace",
     open_network, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};
