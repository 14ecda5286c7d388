/* A body that streams in from the engine, block by block, as copy_unpack (copy_local.h) takes a tar. */
#ifndef SLIPWAY_CLI_FEED_READER_H
#define SLIPWAY_CLI_FEED_READER_H

#include "client/client.h"

struct feed_reader {
    struct client_feed *feed;
    struct error err; /* why feed_read gave -1 */
    char block[64 * 1024];
};

/* The next block, which stays until the next call: its length, 0 at the end, -1 with `err` filled. `data` is a struct feed_reader.
 */
ssize_t feed_read(void *data, const void **block);

#endif
