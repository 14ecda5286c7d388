/* libisal's stream, driven from its output's side. */
#include "image/registry/gzip.h"

#include "base/memory.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

enum { BLOCK = 128 * 1024 };

struct gzip {
    struct isal_zstream stream;
    unsigned char level[ISAL_DEF_LVL1_DEFAULT];
    unsigned char in[BLOCK];
};

struct gzip *gzip_new(void)
{
    struct gzip *gzip = xcalloc(1, sizeof *gzip);
    isal_deflate_init(&gzip->stream);
    gzip->stream.gzip_flag = IGZIP_GZIP;
    gzip->stream.level = 1;
    gzip->stream.level_buf = gzip->level;
    gzip->stream.level_buf_size = sizeof gzip->level;
    return gzip;
}

void gzip_free(struct gzip *gzip) { free(gzip); }

ssize_t gzip_read(struct gzip *gzip, char *out, size_t room,
                  ssize_t (*read_more)(void *data, char *bytes, size_t room, struct error *err), void *data, struct error *err)
{
    struct isal_zstream *stream = &gzip->stream;
    stream->next_out = (unsigned char *)out;
    stream->avail_out = (unsigned)room;
    while (stream->avail_out > 0 && stream->internal_state.state != ZSTATE_END) {
        if (stream->avail_in == 0 && !stream->end_of_stream) {
            ssize_t got = read_more(data, (char *)gzip->in, sizeof gzip->in, err);
            if (got < 0)
                return got;
            stream->next_in = gzip->in;
            stream->avail_in = (unsigned)got;
            stream->end_of_stream = got == 0;
        }
        int r = isal_deflate(stream);
        if (r != COMP_OK)
            return error_set(err, EIO, "compressing a layer: libisal fails with %d", r);
    }
    return (ssize_t)(room - stream->avail_out);
}
