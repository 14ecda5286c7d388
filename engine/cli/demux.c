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

/* Docker frames every line; what goes to the same place is written together. */
struct gathered {
    int stream;
    size_t len;
    char bytes[64 * 1024];
};

static int flush(struct gathered *gathered)
{
    size_t len = gathered->len;
    gathered->len = 0;
    return len ? write_full(gathered->stream == 1 ? STDOUT_FILENO : STDERR_FILENO, gathered->bytes, len) : 0;
}

static int gather(void *data, int stream, const char *bytes, size_t len)
{
    struct gathered *gathered = data;
    int r = stream != gathered->stream || len > sizeof gathered->bytes - gathered->len ? flush(gathered) : 0;
    gathered->stream = stream;
    if (r == 0 && len > sizeof gathered->bytes)
        return write_full(stream == 1 ? STDOUT_FILENO : STDERR_FILENO, bytes, len);
    if (r == 0) {
        memcpy(gathered->bytes + gathered->len, bytes, len);
        gathered->len += len;
    }
    return r;
}

int demux_stdio(struct demux *demux, const char *bytes, size_t len, struct error *err)
{
    struct gathered gathered;
    gathered.stream = 0;
    gathered.len = 0;
    int r = demux_feed(demux, bytes, len, gather, &gathered, err);
    int w = flush(&gathered);
    return r < 0 ? r : w < 0 ? error_errno(err, EPROTO, "write the output") : 0;
}
