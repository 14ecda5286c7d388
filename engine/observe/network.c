/* The picture of a container's network: its namespace, those it has made itself (a lab's `ip netns add`), the part of the host that
 * is wired to them, and the wires. Every namespace is read through a socket that a visiting thread opened in it; nobody's
 * own namespace changes. */
#include "observe/observe.h"

#include "base/memory.h"
#include "base/strings.h"
#include "observe/network_view.h"
#include "observe/proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { VIEWS_MOST = 64, NAMES_MOST = 1024 /* looked at in /run/netns: it is the learner's directory */ };

struct picture {
    struct view views[VIEWS_MOST];
    size_t count;
    bool has_host;
};

/* --- which namespaces --- */

static int open_socket(void *context) { return netlink_open(context, NETLINK_ROUTE, NULL); }

static bool is_known(const struct picture *picture, uint64_t inode)
{
    for (size_t i = 0; i < picture->count; i++)
        if (picture->views[i].inode == inode)
            return true;
    return false;
}

/* Takes `netns` over. A namespace that is known already, or one too many, is left out. */
static int add_view(struct picture *picture, const char *name, int netns, struct error *err)
{
    cleanup_close int owned = netns;
    struct stat status;
    if (fstat(owned, &status) < 0)
        return error_errno(err, errno, "look at the network namespace of %s", name);
    if (is_known(picture, status.st_ino) || picture->count == VIEWS_MOST)
        return 0;
    struct netlink netlink = {0};
    int r = netns_run(owned, open_socket, &netlink, err);
    if (r < 0)
        return error_prefix(err, "look into the network of %s", name);
    picture->views[picture->count++] =
        (struct view){.name = xstrdup(name), .inode = status.st_ino, .netns = move_fd(owned), .netlink = netlink};
    return 0;
}

/* Paths inside are the learner's: they are looked up below the container's root, and only what proves to be a network namespace is
 * opened. */
static int open_inside(int root, const char *path, int flags)
{
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, root, path, &how, sizeof how);
}

static int open_named(int root, const char *name)
{
    cleanup_free char *path = str_format("run/netns/%s", name);
    cleanup_close int there = open_inside(root, path, O_PATH);
    struct statfs filesystem;
    if (there < 0 || fstatfs(there, &filesystem) < 0 || filesystem.f_type != NSFS_MAGIC)
        return -EINVAL;
    cleanup_free char *again = str_format("/proc/self/fd/%d", there);
    cleanup_close int netns = open(again, O_RDONLY | O_CLOEXEC);
    if (netns < 0 || ioctl(netns, NS_GET_NSTYPE) != CLONE_NEWNET)
        return -EINVAL;
    return move_fd(netns);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void add_named(struct picture *picture, pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/root", (int)pid);
    cleanup_close int root = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    /* With the machine's own mounts, the names there are the machine's. */
    int fd = root < 0 || proc_namespace(pid, "mnt") == proc_namespace(getpid(), "mnt")
                 ? -1
                 : open_inside(root, "run/netns", O_RDONLY | O_DIRECTORY);
    cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    char **names cleanup_strv = NULL;
    if (!dir)
        fd_close(fd);
    size_t left = NAMES_MOST;
    for (struct dirent *entry; dir && left && (entry = readdir(dir)); left--)
        if (*entry->d_name != '.')
            strv_add(&names, entry->d_name);
    if (names)
        qsort(names, strv_len(names), sizeof *names, by_text);
    for (char **name = names; name && *name; name++) {
        int netns = open_named(root, *name);
        if (netns >= 0)
            (void)add_view(picture, *name, netns, NULL);
    }
}

static char *status_of(pid_t pid) { return proc_read(pid, "status", NULL, NULL); }

/* As deep in pid namespaces as `pid`, where that is deeper than the caller; or descended from it. A control group alone may be
 * shared with others. */
static bool belongs(pid_t member, pid_t pid)
{
    cleanup_free char *own = status_of(getpid()), *first = status_of(pid), *status = status_of(member);
    if (own && first && status && proc_depth(first) > proc_depth(own) && proc_depth(status) >= proc_depth(first))
        return true;
    for (int depth = 0; depth < 64 && member > 1 && member != pid; depth++) {
        cleanup_free char *line = status_of(member);
        cleanup_free char *parent = line ? proc_field(line, "PPid") : NULL;
        member = parent ? (pid_t)atoi(parent) : 0;
    }
    return member == pid;
}

/* Namespaces without a name, held by processes only (`unshare --net`). */
static void add_of_processes(struct picture *picture, pid_t pid)
{
    cleanup_free pid_t *members = proc_members(pid, NULL);
    for (pid_t *member = members; member && *member; member++) {
        uint64_t inode = proc_namespace(*member, "net");
        if (!inode || is_known(picture, inode) || !belongs(*member, pid))
            continue;
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/ns/net", (int)*member);
        int netns = open(path, O_RDONLY | O_CLOEXEC);
        cleanup_free char *command = proc_read(*member, "comm", NULL, NULL);
        if (netns < 0 || !command) {
            fd_close(netns);
            continue;
        }
        cleanup_free char *name = str_format("pid %d (%s)", (int)*member, str_trim(command));
        (void)add_view(picture, name, netns, NULL);
    }
}

static int collect(struct picture *picture, pid_t pid, struct error *err)
{
    char path[64];
    int host = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (host < 0)
        return error_errno(err, errno, "open /proc/thread-self/ns/net");
    int r = add_view(picture, "host", host, err);
    if (r < 0)
        return r;
    snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns < 0)
        return error_errno(err, errno == ENOENT ? ESRCH : errno, "open the network namespace of process %d", (int)pid);
    r = add_view(picture, "container", netns, err);
    if (r < 0 || picture->count == 1) /* it shares the host's */
        return r;
    add_named(picture, pid);
    add_of_processes(picture, pid);
    return 0;
}

/* --- wires --- */

struct wire_end {
    size_t view;
    const struct view_link *link;
};

/* For each view, the number by which it knows each of the others. */
struct numbers {
    int of[VIEWS_MOST][VIEWS_MOST];
};

static void learn_numbers(struct picture *picture, struct numbers *numbers)
{
    for (size_t i = 0; i < picture->count; i++) {
        bool asked = false;
        for (size_t j = 0; j < picture->views[i].link_count; j++)
            asked = asked || picture->views[i].links[j].peer_nsid >= 0;
        for (size_t j = 0; j < picture->count; j++)
            numbers->of[i][j] = asked ? view_nsid(&picture->views[i], picture->views[j].netns) : -1;
    }
}

/* The other end of a veth; false when it is in a namespace that is not in the picture. */
static bool other_end(const struct picture *picture, const struct numbers *numbers, size_t view, const struct view_link *link,
                      struct wire_end *end)
{
    if (!str_equal(link->kind, "veth") || !link->peer)
        return false;
    size_t there = view;
    if (link->peer_nsid >= 0)
        for (there = 0; there < picture->count && numbers->of[view][there] != link->peer_nsid; there++)
            ;
    if (there == picture->count)
        return false;
    *end = (struct wire_end){there, view_link_at(&picture->views[there], link->peer)};
    return end->link != NULL;
}

/* Of the host, only what leads to the others: wires into shown namespaces, and the bridges they are plugged into. */
static bool matters(const struct picture *picture, const struct numbers *numbers, size_t view, const struct view_link *link)
{
    struct wire_end end;
    if (view != 0 || picture->count == 1)
        return true;
    if (other_end(picture, numbers, view, link, &end))
        return end.view != 0;
    for (size_t i = 0; i < picture->views[0].link_count; i++) {
        const struct view_link *port = &picture->views[0].links[i];
        if (port->master == link->index && other_end(picture, numbers, 0, port, &end) && end.view != 0)
            return true;
    }
    return false;
}

/* --- the document --- */

static json_t *string_or_null(const char *text) { return text ? json_string(text) : json_null(); }

static json_t *describe_link(const struct picture *picture, const struct numbers *numbers, size_t view,
                             const struct view_link *link)
{
    struct wire_end end;
    bool wired = other_end(picture, numbers, view, link, &end);
    const struct view_link *master = link->master ? view_link_at(&picture->views[view], link->master) : NULL;
    json_t *addresses = json_array();
    for (char **address = link->addresses; address && *address; address++)
        json_array_append_new(addresses, json_string(*address));
    bool is_wire = str_equal(link->kind, "veth") && link->peer;
    return json_pack(
        "{s:i, s:s, s:s, s:b, s:b, s:s, s:i, s:o, s:o, s:o, s:o, s:I, s:I, s:I, s:I}", "index", link->index, "name", link->name,
        "kind", link->kind, "up", link->flags & IFF_UP ? 1 : 0, "carrier", link->flags & IFF_LOWER_UP ? 1 : 0, "mac", link->mac,
        "mtu", link->mtu, "addresses", addresses, "peer_index", is_wire ? json_integer(link->peer) : json_null(), "peer_namespace",
        string_or_null(wired ? picture->views[end.view].name : NULL), "master", string_or_null(master ? master->name : NULL),
        "rx_bytes", (json_int_t)link->rx_bytes, "rx_packets", (json_int_t)link->rx_packets, "tx_bytes", (json_int_t)link->tx_bytes,
        "tx_packets", (json_int_t)link->tx_packets);
}

/* " dev NAME" in a route's words. */
static bool leads_over(const char *route, const char *name)
{
    const char *dev = strstr(route, " dev ");
    size_t length = strlen(name);
    return dev && strncmp(dev + 5, name, length) == 0 && (dev[5 + length] == ' ' || !dev[5 + length]);
}

static json_t *describe_routes(const struct picture *picture, const struct numbers *numbers, size_t view)
{
    json_t *routes = json_array();
    for (char **route = picture->views[view].routes; route && *route; route++) {
        bool shown = view != 0 || picture->count == 1;
        for (size_t i = 0; i < picture->views[view].link_count && !shown; i++) {
            const struct view_link *link = &picture->views[view].links[i];
            shown = leads_over(*route, link->name) && matters(picture, numbers, view, link);
        }
        if (shown)
            json_array_append_new(routes, json_string(*route));
    }
    return routes;
}

static json_t *describe_view(const struct picture *picture, const struct numbers *numbers, size_t view)
{
    json_t *links = json_array();
    for (size_t i = 0; i < picture->views[view].link_count; i++)
        if (matters(picture, numbers, view, &picture->views[view].links[i]))
            json_array_append_new(links, describe_link(picture, numbers, view, &picture->views[view].links[i]));
    return json_pack("{s:s, s:I, s:o, s:o}", "name", picture->views[view].name, "inode", (json_int_t)picture->views[view].inode,
                     "links", links, "routes", describe_routes(picture, numbers, view));
}

static json_t *describe_end(const struct picture *picture, size_t view, const struct view_link *link)
{
    return json_pack("{s:s, s:s}", "namespace", picture->views[view].name, "link", link->name);
}

static json_t *describe_wires(const struct picture *picture, const struct numbers *numbers)
{
    json_t *wires = json_array();
    struct wire_end end;
    for (size_t i = 0; i < picture->count; i++) {
        for (size_t j = 0; j < picture->views[i].link_count; j++) {
            const struct view_link *link = &picture->views[i].links[j];
            if (!matters(picture, numbers, i, link) || !other_end(picture, numbers, i, link, &end))
                continue;
            bool first = i < end.view || (i == end.view && link->index < end.link->index);
            if (first)
                json_array_append_new(wires, json_pack("{s:o, s:o}", "a", describe_end(picture, i, link), "b",
                                                       describe_end(picture, end.view, end.link)));
        }
    }
    return wires;
}

static json_t *describe(const struct picture *picture, const struct numbers *numbers)
{
    json_t *namespaces = json_array();
    for (size_t i = 0; i < picture->count; i++) {
        json_t *view = describe_view(picture, numbers, i);
        /* A sandbox has no way out: no host in its picture. */
        if (i == 0 && picture->count > 1 && json_array_size(json_object_get(view, "links")) == 0)
            json_decref(view);
        else
            json_array_append_new(namespaces, view);
    }
    return json_pack("{s:o, s:o}", "namespaces", namespaces, "wires", describe_wires(picture, numbers));
}

json_t *observe_network(pid_t pid, struct error *err)
{
    struct picture *picture = xcalloc(1, sizeof *picture);
    cleanup_free struct numbers *numbers = xcalloc(1, sizeof *numbers);
    int r = collect(picture, pid, err);
    for (size_t i = 0; i < picture->count && r == 0; i++)
        r = view_read(&picture->views[i], err);
    json_t *document = NULL;
    if (r == 0) {
        learn_numbers(picture, numbers);
        document = describe(picture, numbers);
    }
    for (size_t i = 0; i < picture->count; i++)
        view_clear(&picture->views[i]);
    free(picture);
    return document;
}
