/* Datagrams through the proxy. Each client has a socket of its own towards the container, so that answers find their way back; they
 * leave from the address that the client had sent to (IP_PKTINFO), or a client on a machine with several would not know them. */
#include "network/proxy_loop.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DATAGRAMS_IN_A_TURN = 64, CLIENTS_MOST = 1024 };
static const int64_t IDLE_NS = 90 * INT64_C(1000000000), SWEEP_NS = 5 * INT64_C(1000000000);

union peer {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* The address a datagram came to, as the control message that makes an answer leave from it. */
union local {
    struct cmsghdr header;
    char room[CMSG_SPACE(sizeof(struct in6_pktinfo))];
};

struct udp_client {
    struct watched watched;
    struct service *service;
    union peer peer;
    socklen_t peer_size;
    union local local;
    size_t local_size;
    int64_t last_ns;
    struct udp_client *next;
};

void udp_prepare(int socket)
{
    int on = 1;
    setsockopt(socket, IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    setsockopt(socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on); /* fails on IPv4, where it is not needed */
}

/* Keep the address only: the way out is for routing to choose. */
static void keep_local(struct udp_client *client, struct msghdr *message)
{
    client->local_size = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == IPPROTO_IP && part->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            info = (struct in_pktinfo){.ipi_spec_dst = info.ipi_addr};
            client->local.header = (struct cmsghdr){CMSG_LEN(sizeof info), IPPROTO_IP, IP_PKTINFO};
            memcpy(CMSG_DATA(&client->local.header), &info, sizeof info);
            client->local_size = CMSG_SPACE(sizeof info);
        } else if (part->cmsg_level == IPPROTO_IPV6 && part->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(part), sizeof info);
            client->local.header = (struct cmsghdr){CMSG_LEN(sizeof info), IPPROTO_IPV6, IPV6_PKTINFO};
            memcpy(CMSG_DATA(&client->local.header), &info, sizeof info);
            client->local_size = CMSG_SPACE(sizeof info);
        }
    }
}

static void client_close(struct proxy *proxy, struct udp_client *client)
{
    struct udp_client **link = &client->service->clients;
    while (*link && *link != client)
        link = &(*link)->next;
    if (*link)
        *link = client->next;
    client->service->client_count--;
    proxy->udp_clients--;
    proxy_bury(proxy, &client->watched);
}

/* An answer of the container. Errors (the container's port is closed) are read away and otherwise ignored, as datagrams may be. */
static void answer_ready(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    struct udp_client *client = (struct udp_client *)watched; /* its first member */
    (void)events;
    for (int turn = 0; turn < DATAGRAMS_IN_A_TURN; turn++) {
        ssize_t got = recv(watched->fd, proxy->datagram, sizeof proxy->datagram, MSG_DONTWAIT);
        if (got < 0)
            return;
        client->last_ns = clock_mono_ns();
        struct iovec data = {proxy->datagram, (size_t)got};
        struct msghdr message = {.msg_name = &client->peer,
                                 .msg_namelen = client->peer_size,
                                 .msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = client->local_size ? &client->local : NULL,
                                 .msg_controllen = client->local_size};
        (void)sendmsg(client->service->watched.fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

static struct udp_client *client_find(struct service *service, const union peer *peer, socklen_t size)
{
    for (struct udp_client **link = &service->clients; *link; link = &(*link)->next) {
        struct udp_client *client = *link;
        if (client->peer_size != size || memcmp(&client->peer, peer, size) != 0)
            continue;
        /* To the front: who speaks now speaks again soon. */
        *link = client->next;
        client->next = service->clients;
        return service->clients = client;
    }
    return NULL;
}

static void close_oldest(struct proxy *proxy, struct service *service)
{
    struct udp_client *oldest = service->clients;
    for (struct udp_client *client = service->clients; client; client = client->next)
        if (client->last_ns < oldest->last_ns)
            oldest = client;
    if (oldest)
        client_close(proxy, oldest);
}

static struct udp_client *client_open(struct proxy *proxy, struct service *service, const union peer *peer, socklen_t size)
{
    if (service->client_count >= CLIENTS_MOST)
        close_oldest(proxy, service);
    cleanup_close int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&service->backend, sizeof service->backend) < 0)
        return NULL;
    struct udp_client *client = xcalloc(1, sizeof *client);
    client->watched = (struct watched){.ready = answer_ready, .fd = fd, .memory = client};
    if (proxy_watch(proxy, &client->watched, EPOLLIN) < 0) {
        free(client);
        return NULL;
    }
    (void)move_fd(fd);
    client->service = service;
    client->peer = *peer;
    client->peer_size = size;
    client->next = service->clients;
    service->clients = client;
    service->client_count++;
    proxy->udp_clients++;
    return client;
}

void udp_from_client(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    struct service *service = (struct service *)watched; /* its first member */
    (void)events;
    for (int turn = 0; turn < DATAGRAMS_IN_A_TURN; turn++) {
        union peer peer = {0};
        char control[256];
        struct iovec data = {proxy->datagram, sizeof proxy->datagram};
        struct msghdr message = {.msg_name = &peer,
                                 .msg_namelen = sizeof peer,
                                 .msg_iov = &data,
                                 .msg_iovlen = 1,
                                 .msg_control = control,
                                 .msg_controllen = sizeof control};
        ssize_t got = recvmsg(watched->fd, &message, MSG_DONTWAIT);
        if (got < 0)
            return;
        struct udp_client *client = client_find(service, &peer, message.msg_namelen);
        if (!client)
            client = client_open(proxy, service, &peer, message.msg_namelen);
        if (!client)
            continue;
        keep_local(client, &message);
        client->last_ns = clock_mono_ns();
        (void)send(client->watched.fd, proxy->datagram, (size_t)got, MSG_DONTWAIT | MSG_NOSIGNAL);
    }
}

void udp_close_all(struct proxy *proxy, struct service *service)
{
    while (service->clients)
        client_close(proxy, service->clients);
}

void udp_expire(struct proxy *proxy)
{
    int64_t now = clock_mono_ns(), limit = now - IDLE_NS;
    if (!proxy->udp_clients || now < proxy->next_sweep_ns)
        return;
    proxy->next_sweep_ns = now + SWEEP_NS;
    for (struct service *service = proxy->services; service; service = service->next) {
        struct udp_client *next;
        for (struct udp_client *client = service->clients; client; client = next) {
            next = client->next;
            if (client->last_ns < limit)
                client_close(proxy, client);
        }
    }
}
