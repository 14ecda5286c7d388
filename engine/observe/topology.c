/* The picture of the whole machine: the host, every container's namespace, and what is between them. Sockets stay open from one
 * look to the next; those that follow also hear of each change (rtnetlink(7)), so that nobody has to ask again and again. */
#include "observe/topology.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/network_picture.h"
#include "observe/proc.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is known of a namespace besides what the kernel says; one for each view, found by its inode. */
struct space {
    uint64_t inode;
    const char *kind;
    char id[65];
    char **names; /* who lives in it */
    struct netlink monitor;
};

struct observe_topology {
    struct network_picture picture;
    struct space *spaces;
    size_t count;
    int epoll; /* -EBADF unless followed */
};

struct observe_topology *observe_topology_new(bool follow)
{
    struct observe_topology *topology = xcalloc(1, sizeof *topology);
    topology->epoll = follow ? epoll_create1(EPOLL_CLOEXEC) : -EBADF;
    return topology;
}

static void space_clear(struct space *space)
{
    netlink_close(&space->monitor);
    strv_free(space->names);
}

void observe_topology_free(struct observe_topology *topology)
{
    if (!topology)
        return;
    for (size_t i = 0; i < topology->count; i++)
        space_clear(&topology->spaces[i]);
    free(topology->spaces);
    network_picture_clear(&topology->picture);
    fd_close(topology->epoll);
    free(topology);
}

/* --- hearing of changes --- */

static int open_monitor(void *context)
{
    static const int groups[] = {RTNLGRP_LINK,       RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR,
                                 RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE,  RTNLGRP_NEIGH};
    struct netlink *monitor = context;
    int r = netlink_open(monitor, NETLINK_ROUTE, NULL);
    for (size_t i = 0; i < ARRAY_LEN(groups) && r == 0; i++)
        mnl_socket_setsockopt(monitor->socket, NETLINK_ADD_MEMBERSHIP, (void *)&groups[i], sizeof groups[i]);
    return r;
}

static void listen_to(struct observe_topology *topology, struct space *space, int netns)
{
    if (topology->epoll < 0 || netns_run(netns, open_monitor, &space->monitor, NULL) < 0)
        return;
    int fd = mnl_socket_get_fd(space->monitor.socket);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
    epoll_ctl(topology->epoll, EPOLL_CTL_ADD, fd, &event);
}

int observe_topology_fd(const struct observe_topology *topology) { return topology->epoll; }

/* What the messages say is of no interest: the next look shows it. A lost one (ENOBUFS) is a message, too. */
void observe_topology_heard(struct observe_topology *topology)
{
    struct epoll_event events[32];
    char buffer[8192];
    int count = topology->epoll < 0 ? 0 : epoll_wait(topology->epoll, events, ARRAY_LEN(events), 0);
    for (int i = 0; i < count; i++)
        while (recv(events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
            ;
}

/* --- which namespaces --- */

static struct space *space_of(struct observe_topology *topology, uint64_t inode)
{
    for (size_t i = 0; i < topology->count; i++)
        if (topology->spaces[i].inode == inode)
            return &topology->spaces[i];
    return NULL;
}

/* Every view that has come since the last time is a space of this kind. */
static void name_new_views(struct observe_topology *topology, size_t from, const char *kind, const char *id)
{
    for (size_t i = from; i < topology->picture.count; i++) {
        const struct view *view = &topology->picture.views[i];
        topology->spaces = xrealloc(topology->spaces, (topology->count + 1) * sizeof *topology->spaces);
        struct space *space = &topology->spaces[topology->count++];
        *space = (struct space){.inode = view->inode, .kind = i == from ? kind : "inner"};
        snprintf(space->id, sizeof space->id, "%s", id);
        listen_to(topology, space, view->netns);
    }
}

static int add_host(struct observe_topology *topology, struct error *err)
{
    int host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host < 0)
        return error_errno(err, errno, "open /proc/thread-self/ns/net");
    int r = network_picture_add(&topology->picture, "host", host, err);
    if (r == 0)
        name_new_views(topology, 0, "host", "");
    return r;
}

/* A container that ended between the list and the look is left out. */
static void add_space(struct observe_topology *topology, const struct observe_space *from)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)from->pid);
    cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
    uint64_t inode = proc_namespace(from->pid, "net");
    if (netns < 0 || !inode)
        return;
    size_t before = topology->picture.count;
    if (!network_picture_knows(&topology->picture, inode)) {
        /* "host" is the name of one namespace only. */
        cleanup_free char *name = str_equal(from->name, "host") ? str_format("container %s", from->name) : xstrdup(from->name);
        if (network_picture_add(&topology->picture, name, move_fd(netns), NULL) < 0)
            return;
        name_new_views(topology, before, from->kind, from->id);
    }
    struct space *space = space_of(topology, inode);
    if (space)
        strv_add(&space->names, from->name);
    if (str_equal(from->kind, "sandbox")) {
        cleanup_free char *prefix = str_format("%s/", from->name);
        before = topology->picture.count;
        network_picture_add_inner(&topology->picture, from->pid, prefix);
        name_new_views(topology, before, "inner", from->id);
    }
}

static bool still_there(const uint64_t *inodes, size_t count, uint64_t inode)
{
    for (size_t i = 0; i < count; i++)
        if (inodes[i] == inode)
            return true;
    return false;
}

static void drop_gone(struct observe_topology *topology, const struct observe_space *spaces, size_t count)
{
    cleanup_free uint64_t *inodes = xcalloc(count + 1, sizeof *inodes);
    for (size_t i = 0; i < count; i++)
        inodes[i] = proc_namespace(spaces[i].pid, "net");
    for (size_t i = topology->picture.count; i-- > 1;) {
        struct view *view = &topology->picture.views[i];
        struct space *space = space_of(topology, view->inode);
        /* Inner ones are found anew each time: they cost a socket, and a name may have gone. */
        if (space && !str_equal(space->kind, "inner") && still_there(inodes, count, view->inode))
            continue;
        if (space) {
            space_clear(space);
            *space = topology->spaces[--topology->count];
        }
        network_picture_drop(&topology->picture, i);
    }
}

int observe_topology_spaces(struct observe_topology *topology, const struct observe_space *spaces, size_t count, struct error *err)
{
    drop_gone(topology, spaces, count);
    int r = topology->picture.count ? 0 : add_host(topology, err);
    if (r < 0)
        return r;
    for (size_t i = 0; i < topology->count; i++) {
        strv_free(topology->spaces[i].names);
        topology->spaces[i].names = NULL;
    }
    for (size_t i = 0; i < count; i++)
        add_space(topology, &spaces[i]);
    return 0;
}

/* --- the document --- */

static json_t *describe_view(struct observe_topology *topology, size_t index)
{
    const struct view *view = &topology->picture.views[index];
    const struct space *space = space_of(topology, view->inode);
    return json_pack("{s:s, s:s, s:s, s:o, s:I, s:o, s:o, s:o, s:o}", "name", view->name, "kind", space ? space->kind : "inner",
                     "id", space ? space->id : "", "containers", network_picture_strings(space ? space->names : NULL), "inode",
                     (json_int_t)view->inode, "links", network_picture_links(&topology->picture, index, NULL), "routes",
                     network_picture_strings(view->routes), "routes6", network_picture_strings(view->routes6), "neighbours",
                     network_picture_strings(view->neighbours));
}

json_t *observe_topology_read(struct observe_topology *topology, struct error *err)
{
    if (network_picture_read(&topology->picture, err) < 0)
        return NULL;
    json_t *namespaces = json_array();
    for (size_t i = 0; i < topology->picture.count; i++)
        json_array_append_new(namespaces, describe_view(topology, i));
    return json_pack("{s:o, s:o, s:o}", "namespaces", namespaces, "bridges", network_picture_bridges(&topology->picture), "wires",
                     network_picture_wires(&topology->picture, NULL));
}

char *observe_route(int netns, bool v6, const unsigned char *to, const unsigned char *from, const char *in, struct error *err)
{
    struct view view = {.name = xstrdup("a namespace"), .netns = -EBADF};
    int r = netlink_open_in(&view.netlink, netns, err);
    if (r == 0)
        r = view_read(&view, err);
    char *text = r == 0 ? view_route(&view, v6, to, from, in, err) : NULL;
    view_clear(&view);
    return text;
}
