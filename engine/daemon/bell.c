/* Waking any number of waiters through eventfds; see bell.h. */
#include "daemon/bell.h"

#include "base/memory.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

int bell_join(struct bell *bell)
{
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    pthread_mutex_lock(&bell->lock);
    if (bell->count == bell->room) {
        bell->room = bell->room ? bell->room * 2 : 4;
        bell->listeners = xrealloc(bell->listeners, bell->room * sizeof *bell->listeners);
    }
    bell->listeners[bell->count++] = fd;
    pthread_mutex_unlock(&bell->lock);
    return fd;
}

void bell_leave(struct bell *bell, int *fd)
{
    pthread_mutex_lock(&bell->lock);
    for (size_t i = 0; i < bell->count; i++) {
        if (bell->listeners[i] != *fd)
            continue;
        bell->listeners[i] = bell->listeners[--bell->count];
        break;
    }
    pthread_mutex_unlock(&bell->lock);
    *fd = fd_close(*fd);
}

void bell_ring(struct bell *bell)
{
    const uint64_t one = 1;
    pthread_mutex_lock(&bell->lock);
    for (size_t i = 0; i < bell->count; i++) {
        /* The only failure is a full counter, which wakes the listener all the same. */
        if (write(bell->listeners[i], &one, sizeof one) < 0)
            continue;
    }
    pthread_mutex_unlock(&bell->lock);
}

void bell_free(struct bell *bell)
{
    free(bell->listeners);
    bell->listeners = NULL;
    bell->count = bell->room = 0;
}

static enum bell_result wait_with(int fd, int client, short leaving, int timeout_ms)
{
    struct pollfd fds[2] = {{.fd = fd, .events = POLLIN}, {.fd = client, .events = leaving}};
    for (;;) {
        int ready = poll(fds, 2, timeout_ms);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return BELL_TIMEOUT;
        if (fds[0].revents) {
            uint64_t rings;
            if (read(fd, &rings, sizeof rings) < 0 && errno != EAGAIN)
                return BELL_TIMEOUT;
            return BELL_RANG;
        }
        return BELL_CLIENT_GONE;
    }
}

/* Of a TCP connection nothing else tells that the client is gone. */
enum bell_result bell_wait(int fd, int client, int timeout_ms) { return wait_with(fd, client, POLLRDHUP, timeout_ms); }

enum bell_result bell_wait_duplex(int fd, int client, int timeout_ms) { return wait_with(fd, client, 0, timeout_ms); }
