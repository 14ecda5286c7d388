/* The picture of a container's network: its namespace, those it has made itself (a lab's `ip netns add`), the part of the host that
 * is wired to them, and the wires. Every namespace is read through a socket that a visiting thread opened in it; nobody's
 * own namespace changes. */
#include "observe/observe.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/network_picture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int collect(struct network_picture *picture, pid_t pid, struct error *err)
{
    char path[64];
    int host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host < 0)
        return error_errno(err, errno, "open /proc/thread-self/ns/net");
    int r = network_picture_add(picture, "host", host, err);
    if (r < 0)
        return r;
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns < 0)
        return error_errno(err, errno == ENOENT ? ESRCH : errno, "open the network namespace of process %d", (int)pid);
    r = network_picture_add(picture, "container", netns, err);
    if (r < 0 || picture->count == 1) /* it shares the host's */
        return r;
    network_picture_add_inner(picture, pid, "");
    return 0;
}

static bool leads_out(const struct network_picture *picture, const struct view_link *link)
{
    struct wire_end end;
    return network_picture_other_end(picture, 0, link, &end) && end.view != 0;
}

/* Something in another namespace sits on this link of the host. */
static bool carries(const struct network_picture *picture, const struct view_link *link)
{
    struct wire_end end;
    for (size_t i = 1; i < picture->count; i++)
        for (size_t j = 0; j < picture->views[i].link_count; j++)
            if (network_picture_other_end(picture, i, &picture->views[i].links[j], &end) && end.view == 0 && end.link == link)
                return true;
    return false;
}

/* Of the host, only what leads to the others: wires into shown namespaces, and the bridges they are plugged into. */
static bool matters(const struct network_picture *picture, size_t view, const struct view_link *link)
{
    if (view != 0 || picture->count == 1)
        return true;
    if (str_equal(link->kind, "veth"))
        return leads_out(picture, link);
    for (size_t i = 0; i < picture->views[0].link_count; i++) {
        const struct view_link *port = &picture->views[0].links[i];
        if (port->master == link->index && leads_out(picture, port))
            return true;
    }
    return carries(picture, link);
}

/* --- the document --- */

static json_t *describe_routes(const struct network_picture *picture, size_t view, char *const *list)
{
    json_t *routes = json_array();
    for (char *const *route = list; route && *route; route++) {
        bool shown = view != 0 || picture->count == 1;
        for (size_t i = 0; i < picture->views[view].link_count && !shown; i++) {
            const struct view_link *link = &picture->views[view].links[i];
            shown = view_route_over(*route, link->name) && matters(picture, view, link);
        }
        if (shown)
            json_array_append_new(routes, json_string(*route));
    }
    return routes;
}

static json_t *describe_view(const struct network_picture *picture, size_t index)
{
    const struct view *view = &picture->views[index];
    return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o}", "name", view->name, "inode", (json_int_t)view->inode, "links",
                     network_picture_links(picture, index, matters), "routes", describe_routes(picture, index, view->routes),
                     "routes6", describe_routes(picture, index, view->routes6), "neighbours",
                     network_picture_strings(view->neighbours));
}

static json_t *describe(const struct network_picture *picture)
{
    json_t *namespaces = json_array();
    for (size_t i = 0; i < picture->count; i++) {
        json_t *view = describe_view(picture, i);
        /* A sandbox has no way out: no host in its picture. */
        if (i == 0 && picture->count > 1 && json_array_size(json_object_get(view, "links")) == 0)
            json_decref(view);
        else
            json_array_append_new(namespaces, view);
    }
    return json_pack("{s:o, s:o}", "namespaces", namespaces, "wires", network_picture_wires(picture, matters));
}

json_t *observe_network(pid_t pid, struct error *err)
{
    struct network_picture picture = {0};
    int r = collect(&picture, pid, err);
    if (r == 0)
        r = network_picture_read(&picture, err);
    json_t *document = r == 0 ? describe(&picture) : NULL;
    network_picture_clear(&picture);
    return document;
}
