/* epoll behind the sources; the one place that waits. */
#include "shim/loop.h"

#include "base/memory.h"

#include <errno.h>
#include <sys/epoll.h>

static int poller = -EBADF;

int shim_loop_open(struct error *err)
{
    poller = epoll_create1(EPOLL_CLOEXEC);
    return poller < 0 ? error_errno(err, errno, "epoll_create1") : 0;
}

void shim_watch(struct shim_source *source, uint32_t events)
{
    if (source->fd < 0 || (source->inside && source->watched == events))
        return;
    struct epoll_event event = {.events = events, .data.ptr = source};
    if (epoll_ctl(poller, source->inside ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, source->fd, &event) == 0) {
        source->inside = true;
        source->watched = events;
    }
}

void shim_unwatch(struct shim_source *source)
{
    if (source->fd >= 0 && source->inside)
        epoll_ctl(poller, EPOLL_CTL_DEL, source->fd, NULL);
    source->inside = false;
    source->watched = 0;
}

void shim_source_close(struct shim_source *source)
{
    shim_unwatch(source);
    source->fd = fd_close(source->fd);
}

void shim_loop_step(int timeout_ms)
{
    struct epoll_event event;
    if (epoll_wait(poller, &event, 1, timeout_ms) == 1) {
        struct shim_source *source = event.data.ptr;
        source->ready(source, event.events);
    }
}
