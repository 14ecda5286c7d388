/* The network: the picture of namespaces and wires, and the routes below it. */
#include "base/json.h"
#include "base/strings.h"
#include "tui/topology.h"
#include "tui/xray.h"

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
