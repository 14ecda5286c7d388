/* The shim's event loop: epoll, level-triggered, one event at a time.
 *
 * One event is taken per epoll_wait so that a handler may close and free any source without leaving a stale event behind; the
 * kernel's ready list is a queue, so no source starves another. Without a deadline the loop sleeps until the kernel
 * has news: an idle shim never wakes up. See epoll(7).
 */
#ifndef SLIPWAY_SHIM_LOOP_H
#define SLIPWAY_SHIM_LOOP_H

#include "base/error.h"

#include <stdbool.h>
#include <stdint.h>

struct shim_source {
    int fd; /* owned; negative for none */
    bool inside;
    uint32_t watched;
    void (*ready)(struct shim_source *source, uint32_t events);
    void *owner;
};

int shim_loop_open(struct error *err);
/* Wait for one event at most `timeout_ms` (-1: for ever) and handle it. */
void shim_loop_step(int timeout_ms);

/* Tell epoll what to wait for; 0 still reports a hang-up. shim_unwatch reports nothing. */
void shim_watch(struct shim_source *source, uint32_t events);
void shim_unwatch(struct shim_source *source);
void shim_source_close(struct shim_source *source);

#endif
