/* The name server's one thread: waits for descriptors and deadlines, and calls what is theirs. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "kernel/net/netlink.h"
#include "network/dns_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { EVENTS_A_TURN = 64, SLOT_NONE = 0 };

void dns_lock(struct dns *dns)
{
    pthread_mutex_lock(&dns->queue);
    pthread_mutex_lock(&dns->lock);
    pthread_mutex_unlock(&dns->queue);
}

void dns_unlock(struct dns *dns) { pthread_mutex_unlock(&dns->lock); }

/* --- watches --- */

/* Slot 0 is never used, so that no key is 0. */
static uint32_t slot_take(struct dns *dns, struct watch *watch)
{
    if (dns->slot_free == SLOT_NONE) {
        uint32_t before = dns->slot_room, room = before ? before * 2 : 64;
        dns->slots = xrealloc(dns->slots, room * sizeof *dns->slots);
        for (uint32_t i = before; i < room; i++)
            dns->slots[i] = (struct slot){.next_free = i + 1 < room ? i + 1 : SLOT_NONE};
        dns->slot_free = before ? before : 1;
        dns->slot_room = room;
    }
    uint32_t slot = dns->slot_free;
    dns->slot_free = dns->slots[slot].next_free;
    dns->slots[slot].watch = watch;
    return slot;
}

int watch_begin(struct dns *dns, struct watch *watch, enum watch_kind kind, int fd, uint32_t events)
{
    uint32_t slot = slot_take(dns, watch);
    *watch = (struct watch){.kind = kind, .fd = fd, .key = (uint64_t)dns->slots[slot].generation << 32 | slot};
    struct epoll_event event = {.events = events, .data.u64 = watch->key};
    if (epoll_ctl(dns->epoll, EPOLL_CTL_ADD, fd, &event) == 0)
        return 0;
    int code = errno;
    watch_end(dns, watch);
    return -code;
}

void watch_change(struct dns *dns, struct watch *watch, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.u64 = watch->key};
    if (watch->key)
        epoll_ctl(dns->epoll, EPOLL_CTL_MOD, watch->fd, &event);
}

void watch_end(struct dns *dns, struct watch *watch)
{
    if (!watch->key)
        return;
    uint32_t slot = (uint32_t)watch->key;
    dns->slots[slot] = (struct slot){.generation = dns->slots[slot].generation + 1, .next_free = dns->slot_free};
    dns->slot_free = slot;
    fd_close(watch->fd); /* and epoll forgets it */
    *watch = (struct watch){.fd = -EBADF};
}

struct watch *watch_find(const struct dns *dns, uint64_t key, enum watch_kind kind)
{
    uint32_t slot = (uint32_t)key;
    if (slot >= dns->slot_room || dns->slots[slot].generation != key >> 32)
        return NULL;
    struct watch *watch = dns->slots[slot].watch;
    return watch && (kind == WATCH_NONE || watch->kind == kind) ? watch : NULL;
}

/* --- the loop --- */

#define of_watch(type, member, watch) ((struct type *)((char *)(watch)-offsetof(struct type, member)))

static void dispatch(struct dns *dns, const struct epoll_event *event)
{
    struct watch *watch = watch_find(dns, event->data.u64, WATCH_NONE);
    eventfd_t ignored;
    if (!watch)
        return;
    switch (watch->kind) {
    case WATCH_NONE:
        break;
    case WATCH_WAKE:
        eventfd_read(watch->fd, &ignored);
        break;
    case WATCH_UDP:
        server_udp_ready(of_watch(server, udp, watch));
        break;
    case WATCH_TCP:
        client_accept(of_watch(server, tcp, watch));
        break;
    case WATCH_CLIENT:
        client_ready(of_watch(client, watch, watch), event->events);
        break;
    case WATCH_FORWARD:
        forward_ready(of_watch(forward, watch, watch), event->events);
        break;
    }
}

static int sooner(int one, int other) { return one < 0 ? other : other < 0 || one < other ? one : other; }

static void *run(void *context)
{
    struct dns *dns = context;
    struct epoll_event events[EVENTS_A_TURN];
    int patience = -1;
    for (bool stop = false; !stop;) {
        int count = epoll_wait(dns->epoll, events, EVENTS_A_TURN, patience);
        dns_lock(dns);
        for (int i = 0; i < count; i++)
            dispatch(dns, &events[i]);
        int64_t now = clock_mono_ns();
        patience = sooner(forwards_expire(dns, now), clients_expire(dns, now));
        stop = dns->stopping;
        dns_unlock(dns);
    }
    return NULL;
}

int dns_start(struct dns *dns, struct error *err)
{
    if (dns->running)
        return 0;
    dns->home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    if (dns->home < 0)
        return error_errno(err, errno, "open /proc/thread-self/ns/net");
    dns->epoll = epoll_create1(EPOLL_CLOEXEC);
    int wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int r = dns->epoll < 0 || wake < 0 ? -errno : watch_begin(dns, &dns->wake, WATCH_WAKE, wake, EPOLLIN);
    if (r == 0)
        r = -netlink_thread(&dns->thread, run, dns);
    if (r < 0) {
        watch_end(dns, &dns->wake);
        dns->epoll = fd_close(dns->epoll);
        dns->home = fd_close(dns->home);
        return error_errno(err, -r, "start the name server");
    }
    dns->buffer = xmalloc(DNS_MESSAGE_MOST);
    dns->running = true;
    return 0;
}

void dns_stop(struct dns *dns)
{
    if (!dns->running)
        return;
    dns_lock(dns);
    dns->stopping = true;
    eventfd_write(dns->wake.fd, 1);
    dns_unlock(dns);
    pthread_join(dns->thread, NULL);
    watch_end(dns, &dns->wake);
    dns->epoll = fd_close(dns->epoll);
    dns->home = fd_close(dns->home);
    free(dns->buffer);
    dns->running = false;
}
