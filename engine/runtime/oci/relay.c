/* The ring between two descriptors; see relay.h. */
#include "runtime/oci/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe that is writable takes this much at once (pipe(7)); a descriptor that may wait is never given more. */
enum { AT_ONCE = 4096 };

int relay_open(int fd, int flags)
{
    struct stat status;
    char path[64];
    if (fstat(fd, &status) < 0 || !(S_ISCHR(status.st_mode) || S_ISFIFO(status.st_mode)))
        return fd;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int own = open(path, flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    return own < 0 ? fd : own;
}

void relay_poll(const struct relay *relay, struct pollfd polled[2])
{
    polled[0] = (struct pollfd){relay->ended || relay->len == RELAY_ROOM ? -1 : relay->from, POLLIN, 0};
    polled[1] = (struct pollfd){relay->len && !relay->discarded ? relay->to : -1, POLLOUT, 0};
}

static size_t smaller(size_t a, size_t b) { return a < b ? a : b; }

static void fill(struct relay *relay)
{
    size_t tail = (relay->head + relay->len) % RELAY_ROOM;
    size_t room = smaller(RELAY_ROOM - relay->len, RELAY_ROOM - tail);
    ssize_t n = read(relay->from, relay->ring + tail, room);
    if (n > 0)
        relay->len += (size_t)n;
    else if (n == 0 || (errno != EAGAIN && errno != EINTR)) /* EIO: the last one closed the terminal */
        relay->ended = true;
}

static void drain(struct relay *relay)
{
    size_t count = smaller(smaller(relay->len, RELAY_ROOM - relay->head), AT_ONCE);
    ssize_t n = write(relay->to, relay->ring + relay->head, count);
    if (n > 0) {
        relay->head = (relay->head + (size_t)n) % RELAY_ROOM;
        relay->len -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        relay->discarded = true;
    }
}

void relay_turn(struct relay *relay, const struct pollfd polled[2])
{
    if (polled[1].revents)
        drain(relay);
    if (polled[0].revents)
        fill(relay);
    if (relay->discarded)
        relay->len = 0;
}

void relay_add(struct relay *relay, const char *bytes, size_t count)
{
    for (; count && relay->len < RELAY_ROOM; count--, relay->len++)
        relay->ring[(relay->head + relay->len) % RELAY_ROOM] = *bytes++;
}
