/* Moving a network device: its addresses are read, it goes, and over there it gets them back; see net_device.h. */
#include "kernel/net_device.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/namespaces.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int net_device_check(const char *name, struct error *err)
{
    const char *percent = strchr(name, '%');
    bool template = percent && percent[1] == 'd' && !strchr(percent + 1, '%');
    if (!*name || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, "..") || strpbrk(name, "/: \t\n") ||
        (percent && !template))
        return error_set(err, EINVAL, "invalid network device name \"%s\"", name);
    return 0;
}

/* --- rtnetlink --- */

struct request {
    struct nlmsghdr head;
    union {
        struct ifinfomsg link;
        struct ifaddrmsg address;
    } body;
    char attributes[512];
};

static int open_netlink(struct error *err)
{
    int sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return sock < 0 ? error_errno(err, errno, "open a netlink socket") : sock;
}

static void begin(struct request *request, unsigned short type, unsigned short flags, size_t body)
{
    *request = (struct request){.head = {.nlmsg_type = type, .nlmsg_flags = (unsigned short)(NLM_F_REQUEST | flags)}};
    request->head.nlmsg_len = (unsigned)NLMSG_LENGTH(body);
}

static void put(struct request *request, unsigned short type, const void *data, size_t len)
{
    struct rtattr *attribute = (struct rtattr *)((char *)request + NLMSG_ALIGN(request->head.nlmsg_len));
    if ((size_t)((char *)attribute - (char *)request) + RTA_SPACE(len) > sizeof *request)
        return;
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(len);
    memcpy(RTA_DATA(attribute), data, len);
    request->head.nlmsg_len = (unsigned)(NLMSG_ALIGN(request->head.nlmsg_len) + RTA_LENGTH(len));
}

/* Sends one request and waits for its acknowledgement; 0 or a negative errno. */
static int talk(int sock, struct request *request)
{
    char answer[4096];
    request->head.nlmsg_flags |= NLM_F_ACK;
    if (send(sock, request, request->head.nlmsg_len, 0) < 0)
        return -errno;
    ssize_t n = recv(sock, answer, sizeof answer, 0);
    const struct nlmsghdr *head = (const struct nlmsghdr *)answer;
    if (n < (ssize_t)NLMSG_LENGTH(sizeof(struct nlmsgerr)) || head->nlmsg_type != NLMSG_ERROR)
        return n < 0 ? -errno : -EPROTO;
    return ((const struct nlmsgerr *)NLMSG_DATA(head))->error;
}

/* --- addresses --- */

struct addresses {
    struct request *list; /* each as it is to be asked for again, with the index of the device left open */
    size_t count;
};

/* Of an address all but its label, which is the device's old name. */
static void keep_address(struct addresses *addresses, const struct nlmsghdr *message)
{
    const struct ifaddrmsg *body = NLMSG_DATA(message);
    struct request *request;
    addresses->list = xrealloc(addresses->list, (addresses->count + 1) * sizeof *addresses->list);
    request = &addresses->list[addresses->count++];
    begin(request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, sizeof request->body.address);
    request->body.address = *body;
    int left = (int)IFA_PAYLOAD(message);
    for (const struct rtattr *attribute = IFA_RTA(body); RTA_OK(attribute, left); attribute = RTA_NEXT(attribute, left))
        if (attribute->rta_type != IFA_LABEL)
            put(request, attribute->rta_type, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
}

static int read_addresses(int sock, unsigned index, struct addresses *addresses, struct error *err)
{
    struct request request;
    char *part cleanup_free = xmalloc(32768);
    begin(&request, RTM_GETADDR, NLM_F_DUMP, sizeof request.body.address);
    if (send(sock, &request, request.head.nlmsg_len, 0) < 0)
        return error_errno(err, errno, "ask for addresses");
    for (;;) {
        ssize_t n = recv(sock, part, 32768, 0);
        if (n <= 0)
            return error_errno(err, n ? errno : EPROTO, "read addresses");
        unsigned left = (unsigned)n;
        for (const struct nlmsghdr *message = (const struct nlmsghdr *)part; NLMSG_OK(message, left);
             message = NLMSG_NEXT(message, left)) {
            const struct ifaddrmsg *body = NLMSG_DATA(message);
            if (message->nlmsg_type == NLMSG_DONE)
                return 0;
            if (message->nlmsg_type == NLMSG_ERROR)
                return error_errno(err, -((const struct nlmsgerr *)NLMSG_DATA(message))->error, "read addresses");
            if (body->ifa_index == index && body->ifa_flags & IFA_F_PERMANENT && body->ifa_scope == RT_SCOPE_UNIVERSE)
                keep_address(addresses, message);
        }
    }
}

/* --- there --- */

static bool has_index(const struct if_nameindex *list, unsigned index)
{
    for (; list && list->if_index; list++)
        if (list->if_index == index)
            return true;
    return false;
}

/* The device that was not there before; its name goes to `name`. */
static unsigned newcomer(const struct if_nameindex *before, char name[IFNAMSIZ])
{
    struct if_nameindex *now = if_nameindex();
    unsigned index = 0;
    for (const struct if_nameindex *one = now; one && one->if_index && !index; one++)
        if (!has_index(before, one->if_index)) {
            index = one->if_index;
            snprintf(name, IFNAMSIZ, "%s", one->if_name);
        }
    if_freenameindex(now);
    return index;
}

struct trip {
    const char *device, *name, *label;
    int netns;
    struct if_nameindex *before;
    struct addresses addresses;
};

/* What is done with the feet in the other namespace. */
typedef int visit_fn(struct steps *steps, struct trip *trip, struct error *err);

static int visit(struct steps *steps, struct trip *trip, visit_fn *there, struct error *err)
{
    const struct namespace_kind *kind = namespace_kind("network");
    int home cleanup_close = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    int rc =
        home < 0 ? error_errno(err, errno, "open /proc/self/ns/net") : namespace_join(NULL, trip->netns, kind, trip->label, err);
    if (rc < 0)
        return rc;
    rc = there(steps, trip, err);
    (void)namespace_join(NULL, home, kind, "home", NULL);
    return rc;
}

static int look_around(struct steps *steps, struct trip *trip, struct error *err)
{
    (void)steps, (void)err;
    trip->before = if_nameindex();
    return 0;
}

static int is_free(struct steps *steps, struct trip *trip, struct error *err)
{
    (void)steps;
    return if_nametoindex(trip->name) ? error_set(err, EEXIST, "move the network device %s into the container as %s: File exists",
                                                  trip->device, trip->name)
                                      : 0;
}

static int settle(struct steps *steps, struct trip *trip, struct error *err)
{
    char name[IFNAMSIZ] = "";
    int sock cleanup_close = open_netlink(err);
    unsigned index = sock < 0 ? 0 : newcomer(trip->before, name);
    if (sock < 0)
        return sock;
    if (!index)
        return error_set(err, ENODEV, "the network device did not arrive in the container's network namespace");
    int64_t start = step_start();
    struct request request;
    begin(&request, RTM_NEWLINK, 0, sizeof request.body.link);
    request.body.link = (struct ifinfomsg){.ifi_index = (int)index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    int rc = talk(sock, &request);
    step_recordf(steps, start, rc, "link up", name, "nsenter --net=%s ip link set %s up", trip->label, name);
    if (rc < 0)
        return error_errno(err, -rc, "bring the network device %s up", name);
    for (size_t i = 0; i < trip->addresses.count; i++) {
        start = step_start();
        trip->addresses.list[i].body.address.ifa_index = index;
        rc = talk(sock, &trip->addresses.list[i]);
        step_recordf(steps, start, rc, "address", name, "nsenter --net=%s ip addr add ... dev %s", trip->label, name);
        if (rc < 0)
            return error_errno(err, -rc, "give the network device %s its address again", name);
    }
    return 0;
}

static int move(struct steps *steps, int sock, unsigned index, const struct trip *trip, struct error *err)
{
    int64_t start = step_start();
    struct request request;
    begin(&request, RTM_NEWLINK, 0, sizeof request.body.link);
    request.body.link.ifi_index = (int)index;
    put(&request, IFLA_NET_NS_FD, &trip->netns, sizeof trip->netns);
    put(&request, IFLA_IFNAME, trip->name, strlen(trip->name) + 1);
    int rc = talk(sock, &request);
    step_recordf(steps, start, rc, "link move", trip->device, "ip link set %s netns %s name %s", trip->device, trip->label,
                 trip->name);
    return rc < 0 ? error_errno(err, -rc, "move the network device %s into the container as %s", trip->device, trip->name) : 0;
}

int net_device_check_free(const char *device, const char *name, int netns, const char *label, struct error *err)
{
    struct trip trip = {.device = device, .name = str_or(name, device), .label = label, .netns = netns};
    if (!if_nametoindex(device))
        return error_set(err, ENODEV, "there is no network device %s", device);
    return strchr(trip.name, '%') ? 0 : visit(NULL, &trip, is_free, err);
}

int net_device_hand_over(struct steps *steps, const char *device, const char *name, int netns, const char *label, struct error *err)
{
    struct trip trip = {.device = device, .name = str_or(name, device), .label = label, .netns = netns};
    unsigned index = if_nametoindex(device);
    if (!index)
        return error_set(err, ENODEV, "there is no network device %s", device);
    int sock cleanup_close = open_netlink(err);
    int rc = sock < 0 ? sock : read_addresses(sock, index, &trip.addresses, err);
    if (!rc)
        rc = visit(steps, &trip, look_around, err);
    if (!rc)
        rc = move(steps, sock, index, &trip, err);
    if (!rc)
        rc = visit(steps, &trip, settle, err);
    if (trip.before)
        if_freenameindex(trip.before);
    free(trip.addresses.list);
    return rc;
}
