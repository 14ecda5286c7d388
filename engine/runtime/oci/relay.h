/* Bytes one way from one descriptor to another, through a ring, without ever waiting: the two directions of a terminal. */
#ifndef SLIPWAY_RUNTIME_OCI_RELAY_H
#define SLIPWAY_RUNTIME_OCI_RELAY_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

enum { RELAY_ROOM = 65536 };

struct relay {
    int from, to;
    bool ended;     /* nothing more comes */
    bool discarded; /* nobody takes it: what comes is read and dropped, so that its writer is not held up */
    size_t head, len;
    char ring[RELAY_ROOM];
};

/* A descriptor for `fd`'s file that does not wait, with flags of its own: those of `fd` are shared with whoever started us. `fd`
 * itself where that cannot be had (a regular file, a socket, or a terminal that was somebody else's). `flags`: O_RDONLY, O_WRONLY.
 */
int relay_open(int fd, int flags);

/* Which events are of interest now, in the two entries that belong to this relay. */
void relay_poll(const struct relay *relay, struct pollfd polled[2]);

/* After poll. */
void relay_turn(struct relay *relay, const struct pollfd polled[2]);

/* Put `count` bytes behind what waits; those that do not fit are lost. */
void relay_add(struct relay *relay, const char *bytes, size_t count);

#endif
