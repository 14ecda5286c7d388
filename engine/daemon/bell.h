/* A bell: whoever waits for something to change joins it and gets a descriptor for poll(2), so that one wait can also watch the
 * client's connection. Every ring makes every descriptor readable. No lock is held while anybody waits. */
#ifndef SLIPWAY_DAEMON_BELL_H
#define SLIPWAY_DAEMON_BELL_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct bell {
    pthread_mutex_t lock;
    int *listeners;
    size_t count, room;
};
#define BELL_INIT ((struct bell){.lock = PTHREAD_MUTEX_INITIALIZER})

int bell_join(struct bell *bell);            /* an eventfd; hand it back with bell_leave */
void bell_leave(struct bell *bell, int *fd); /* closes it and makes it -EBADF */
void bell_ring(struct bell *bell);
void bell_free(struct bell *bell);

enum bell_result { BELL_RANG, BELL_TIMEOUT, BELL_CLIENT_GONE };

/* Wait for a ring (which is taken), for `timeout_ms` (-1: for ever), or until the peer of `client` (-1: none) hangs up; one that
 * will send no more has left, too, as for Go's HTTP server. */
enum bell_result bell_wait(int fd, int client, int timeout_ms);

/* The same for a connection that is a raw stream: a peer that will send no more (the end of its stdin) still listens. */
enum bell_result bell_wait_duplex(int fd, int client, int timeout_ms);

#endif
