/* Views kept side by side, and the wires between them. For each view the numbers by which it knows the others are asked for when a
 * wire needs them, the first view's first: that is the host, where nearly all wires lead. */
#include "observe/network_picture.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <linux/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { UNASKED = -2 };

bool network_picture_knows(const struct network_picture *picture, uint64_t inode)
{
    for (size_t i = 0; i < picture->count; i++)
        if (picture->views[i].inode == inode)
            return true;
    return false;
}

int network_picture_add(struct network_picture *picture, const char *name, int netns, struct error *err)
{
    cleanup_close int owned = netns;
    struct stat status;
    if (fstat(owned, &status) < 0)
        return error_errno(err, errno, "look at the network namespace of %s", name);
    if (network_picture_knows(picture, status.st_ino) || picture->count == NETWORK_PICTURE_MOST)
        return 0;
    struct netlink netlink = {0};
    int r = netlink_open_in(&netlink, owned, err);
    if (r < 0)
        return error_prefix(err, "look into the network of %s", name);
    if (picture->count == picture->room) {
        picture->room = picture->room ? picture->room * 2 : 8;
        picture->views = xrealloc(picture->views, picture->room * sizeof *picture->views);
    }
    picture->views[picture->count++] =
        (struct view){.name = xstrdup(name), .inode = status.st_ino, .netns = move_fd(owned), .netlink = netlink};
    return 0;
}

void network_picture_drop(struct network_picture *picture, size_t index)
{
    view_clear(&picture->views[index]);
    memmove(&picture->views[index], &picture->views[index + 1], (picture->count - index - 1) * sizeof *picture->views);
    picture->count--;
}

int network_picture_read(struct network_picture *picture, struct error *err)
{
    for (size_t i = 0; i < picture->count; i++) {
        int r = view_read(&picture->views[i], err);
        if (r < 0)
            return r;
    }
    free(picture->numbers);
    picture->numbers = xcalloc(picture->count * picture->count + 1, sizeof *picture->numbers);
    for (size_t i = 0; i < picture->count * picture->count; i++)
        picture->numbers[i] = UNASKED;
    return 0;
}

void network_picture_clear(struct network_picture *picture)
{
    for (size_t i = 0; i < picture->count; i++)
        view_clear(&picture->views[i]);
    free(picture->views);
    free(picture->numbers);
    *picture = (struct network_picture){0};
}

/* --- wires --- */

/* The view that `view` knows by this number; the count of views when none is. */
static size_t by_number(const struct network_picture *picture, size_t view, int number)
{
    for (size_t i = 0; i < picture->count; i++) {
        int *known = &picture->numbers[view * picture->count + i];
        if (*known == UNASKED)
            *known = view_nsid(&picture->views[view], picture->views[i].netns);
        if (*known == number)
            return i;
    }
    return picture->count;
}

/* A veth's other end, or the link below a macvlan or ipvlan. */
static bool is_wire(const struct view_link *link)
{
    static const char *const kinds[] = {"veth", "macvlan", "ipvlan", NULL};
    return link->peer && strv_has((char *const *)kinds, link->kind);
}

bool network_picture_other_end(const struct network_picture *picture, size_t view, const struct view_link *link,
                               struct wire_end *end)
{
    if (!is_wire(link))
        return false;
    size_t there = link->peer_nsid >= 0 ? by_number(picture, view, link->peer_nsid) : view;
    if (there == picture->count)
        return false;
    *end = (struct wire_end){there, view_link_at(&picture->views[there], link->peer)};
    return end->link != NULL;
}

/* --- the document --- */

static json_t *string_or_null(const char *text) { return text ? json_string(text) : json_null(); }

json_t *network_picture_strings(char *const *list)
{
    json_t *array = json_array();
    for (; list && *list; list++)
        json_array_append_new(array, json_string(*list));
    return array;
}

static json_t *describe_link(const struct network_picture *picture, size_t view, const struct view_link *link)
{
    struct wire_end end;
    bool wired = network_picture_other_end(picture, view, link, &end);
    const struct view_link *master = link->master ? view_link_at(&picture->views[view], link->master) : NULL;
    json_t *doc = json_pack("{s:i, s:s, s:s, s:b, s:b, s:s, s:i, s:o, s:o, s:o, s:o}", "index", link->index, "name", link->name,
                            "kind", link->kind, "up", link->flags & IFF_UP ? 1 : 0, "carrier", link->flags & IFF_LOWER_UP ? 1 : 0,
                            "mac", link->mac, "mtu", link->mtu, "addresses", network_picture_strings(link->addresses), "peer_index",
                            is_wire(link) ? json_integer(link->peer) : json_null(), "peer_namespace",
                            string_or_null(wired ? picture->views[end.view].name : NULL), "master",
                            string_or_null(master ? master->name : NULL));
    const struct {
        const char *name;
        uint64_t value;
    } counters[] = {{"rx_bytes", link->rx_bytes},     {"rx_packets", link->rx_packets}, {"tx_bytes", link->tx_bytes},
                    {"tx_packets", link->tx_packets}, {"rx_dropped", link->rx_dropped}, {"tx_dropped", link->tx_dropped}};
    for (size_t i = 0; i < ARRAY_LEN(counters); i++)
        json_object_set_new(doc, counters[i].name, json_integer((json_int_t)counters[i].value));
    return doc;
}

json_t *network_picture_links(const struct network_picture *picture, size_t view, network_picture_choice shown)
{
    json_t *links = json_array();
    for (size_t i = 0; i < picture->views[view].link_count; i++)
        if (!shown || shown(picture, view, &picture->views[view].links[i]))
            json_array_append_new(links, describe_link(picture, view, &picture->views[view].links[i]));
    return links;
}

static json_t *describe_end(const struct network_picture *picture, size_t view, const struct view_link *link)
{
    return json_pack("{s:s, s:s}", "namespace", picture->views[view].name, "link", link->name);
}

/* The two ends of a veth each know the other; a macvlan's parent knows nothing of it. */
static bool says_it_first(size_t view, const struct view_link *link, const struct wire_end *end)
{
    if (!str_equal(link->kind, "veth"))
        return true;
    return view < end->view || (view == end->view && link->index < end->link->index);
}

json_t *network_picture_wires(const struct network_picture *picture, network_picture_choice shown)
{
    json_t *wires = json_array();
    struct wire_end end;
    for (size_t i = 0; i < picture->count; i++) {
        for (size_t j = 0; j < picture->views[i].link_count; j++) {
            const struct view_link *link = &picture->views[i].links[j];
            if ((shown && !shown(picture, i, link)) || !network_picture_other_end(picture, i, link, &end) ||
                !says_it_first(i, link, &end))
                continue;
            bool veth = str_equal(link->kind, "veth");
            json_t *near = describe_end(picture, i, link), *far = describe_end(picture, end.view, end.link);
            json_array_append_new(wires,
                                  json_pack("{s:s, s:o, s:o}", "kind", link->kind, "a", veth ? near : far, "b", veth ? far : near));
        }
    }
    return wires;
}

json_t *network_picture_bridges(const struct network_picture *picture)
{
    json_t *bridges = json_array();
    for (size_t i = 0; i < picture->count; i++) {
        const struct view *view = &picture->views[i];
        for (size_t j = 0; j < view->link_count; j++) {
            if (!str_equal(view->links[j].kind, "bridge"))
                continue;
            json_t *ports = json_array();
            for (size_t k = 0; k < view->link_count; k++) {
                struct wire_end end;
                if (view->links[k].master != view->links[j].index)
                    continue;
                bool wired = network_picture_other_end(picture, i, &view->links[k], &end);
                json_array_append_new(ports, json_pack("{s:s, s:o}", "link", view->links[k].name, "peer",
                                                       wired ? describe_end(picture, end.view, end.link) : json_null()));
            }
            json_array_append_new(bridges, json_pack("{s:s, s:s, s:b, s:o, s:o}", "name", view->links[j].name, "namespace",
                                                     view->name, "up", view->links[j].flags & IFF_UP ? 1 : 0, "addresses",
                                                     network_picture_strings(view->links[j].addresses), "ports", ports));
        }
    }
    return bridges;
}
