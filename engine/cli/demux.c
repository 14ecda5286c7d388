/* Multiplexed output: one small state machine, fed with pieces of any size. */
#include "cli/session.h"

#include "base/files.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

int demux_feed(struct demux *demux, const char *bytes, size_t len,
               int (*put)(void *data, int stream, const char *bytes, size_t len), void *data, struct error *err)
{
    while (len) {
        if (demux->have < sizeof demux->head) {
            size_t take = sizeof demux->head - demux->have;
            take = take < len ? take : len;
            memcpy(demux->head + demux->have, bytes, take);
            demux->have += take;
            bytes += take;
            len -= take;
            if (demux->have < sizeof demux->head)
                return 0;
            const unsigned char *head = demux->head;
            if (head[0] > 3 || head[1] || head[2] || head[3])
                return error_set(err, EPROTO, "Unrecognized input header: %d", head[0]);
            demux->left = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
        }
        size_t take = demux->left < len ? demux->left : len;
        int r = take ? put(data, demux->head[0] == 1 || demux->head[0] == 0 ? 1 : 2, bytes, take) : 0;
        if (r < 0)
            return error_errno(err, EPROTO, "write the output");
        bytes += take;
        len -= take;
        demux->left -= take;
        if (!demux->left)
            demux->have = 0;
    }
    return 0;
}

int demux_put_stdio(void *data, int stream, const char *bytes, size_t len)
{
    (void)data;
    return write_full(stream == 1 ? STDOUT_FILENO : STDERR_FILENO, bytes, len);
}
