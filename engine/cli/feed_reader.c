/* Waits for the engine's next block. */
#include "cli/feed_reader.h"

#include <errno.h>
#include <poll.h>

ssize_t feed_read(void *data, const void **block)
{
    struct feed_reader *reader = data;
    for (;;) {
        long got = client_feed_read(reader->feed, reader->block, sizeof reader->block, &reader->err);
        *block = reader->block;
        if (got > 0 || got == -ENODATA)
            return got > 0 ? got : 0;
        if (got < 0)
            return -1;
        struct pollfd wait = {.fd = client_feed_fd(reader->feed), .events = POLLIN};
        poll(&wait, 1, -1);
    }
}
