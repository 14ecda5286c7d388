/* The proxy's thread, and the register of what it serves. Handlers run under one lock and never block, so that other threads
 * may add and drop ports between two turns. */
#include "network/proxy_loop.h"

#include "base/memory.h"
#include "kernel/net/netlink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS = 64, SWEEP_MS = 10000 };

int proxy_watch(struct proxy *proxy, struct watched *watched, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = watched};
    return epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, watched->fd, &event) < 0 ? -errno : 0;
}

void proxy_bury(struct proxy *proxy, struct watched *watched)
{
    watched->dead = true;
    /* Closing alone is not enough: epoll forgets a file when its last descriptor goes, and a program that is being started at this
     * moment has copies of all of ours until it execs. */
    if (watched->fd >= 0)
        epoll_ctl(proxy->epoll, EPOLL_CTL_DEL, watched->fd, NULL);
    watched->fd = fd_close(watched->fd);
    watched->next_dead = proxy->dead;
    proxy->dead = watched;
}

static void free_dead(struct proxy *proxy)
{
    struct watched *next;
    for (struct watched *watched = proxy->dead; watched; watched = next) {
        next = watched->next_dead;
        free(watched->memory);
    }
    proxy->dead = NULL;
}

static int patience(const struct proxy *proxy)
{
    if (proxy->again)
        return 0;
    return proxy->udp_clients ? SWEEP_MS : -1;
}

static void *proxy_run(void *context)
{
    struct proxy *proxy = context;
    pthread_mutex_lock(&proxy->lock);
    while (!proxy->stop) {
        int timeout = patience(proxy);
        pthread_mutex_unlock(&proxy->lock);
        struct epoll_event events[EVENTS];
        int count = epoll_wait(proxy->epoll, events, EVENTS, timeout);
        pthread_mutex_lock(&proxy->lock);
        for (int i = 0; i < count; i++) {
            struct watched *watched = events[i].data.ptr;
            if (!watched)
                (void)!read(proxy->wake, &(eventfd_t){0}, sizeof(eventfd_t));
            else if (!watched->dead)
                watched->ready(proxy, watched, events[i].events);
        }
        tcp_again(proxy);
        udp_expire(proxy);
        free_dead(proxy);
    }
    pthread_mutex_unlock(&proxy->lock);
    return NULL;
}

static void wake(struct proxy *proxy)
{
    eventfd_t one = 1;
    (void)!write(proxy->wake, &one, sizeof one);
}

struct proxy *proxy_new(struct error *err)
{
    struct proxy *proxy = xcalloc(1, sizeof *proxy);
    pthread_mutex_init(&proxy->lock, NULL);
    proxy->epoll = epoll_create1(EPOLL_CLOEXEC);
    proxy->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN};
    int r = 0;
    if (proxy->epoll < 0 || proxy->wake < 0 || epoll_ctl(proxy->epoll, EPOLL_CTL_ADD, proxy->wake, &event) < 0)
        r = errno;
    else
        r = netlink_thread(&proxy->thread, proxy_run, proxy);
    if (r) {
        error_errno(err, r, "start the userland proxy");
        fd_close(proxy->epoll);
        fd_close(proxy->wake);
        free(proxy);
        return NULL;
    }
    return proxy;
}

static void end_service(struct proxy *proxy, struct service *service)
{
    tcp_close_all(proxy, service);
    udp_close_all(proxy, service);
    proxy_bury(proxy, &service->watched);
}

void proxy_free(struct proxy *proxy)
{
    if (!proxy)
        return;
    pthread_mutex_lock(&proxy->lock);
    for (struct service *service = proxy->services; service; service = service->next)
        end_service(proxy, service);
    proxy->services = NULL;
    proxy->stop = true;
    wake(proxy);
    pthread_mutex_unlock(&proxy->lock);
    pthread_join(proxy->thread, NULL);
    free_dead(proxy);
    fd_close(proxy->epoll);
    fd_close(proxy->wake);
    pthread_mutex_destroy(&proxy->lock);
    free(proxy);
}

int proxy_serve(struct proxy *proxy, const void *owner, int socket, bool udp, uint32_t address, uint16_t port, struct error *err)
{
    struct service *service = xcalloc(1, sizeof *service);
    service->watched = (struct watched){.ready = udp ? udp_from_client : tcp_accept, .fd = socket, .memory = service};
    service->owner = owner;
    service->backend = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = address};
    if (udp)
        udp_prepare(socket);
    pthread_mutex_lock(&proxy->lock);
    int r = proxy_watch(proxy, &service->watched, udp ? EPOLLIN : EPOLLIN | EPOLLET);
    if (r == 0) {
        service->next = proxy->services;
        proxy->services = service;
    }
    pthread_mutex_unlock(&proxy->lock);
    if (r < 0) {
        fd_close(socket);
        free(service);
        return error_errno(err, -r, "serve port %u by the userland proxy", port);
    }
    return 0;
}

void proxy_drop(struct proxy *proxy, const void *owner)
{
    pthread_mutex_lock(&proxy->lock);
    for (struct service **link = &proxy->services; *link;) {
        struct service *service = *link;
        if (service->owner == owner) {
            *link = service->next;
            end_service(proxy, service);
        } else {
            link = &service->next;
        }
    }
    wake(proxy); /* to free what was buried */
    pthread_mutex_unlock(&proxy->lock);
}
