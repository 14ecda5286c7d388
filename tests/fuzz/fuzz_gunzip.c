/* Hostile gzip: whatever comes in, what comes out ends, with a reason when it ends early; and it is the same however it is asked
 * for. The first byte says how much is asked for at a time. */
#include "base/memory.h"
#include "image/gunzip.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { OUT_MOST = 1 << 20 };

struct input {
    const uint8_t *at;
    size_t left;
};

static ssize_t give(void *data, char *out, size_t room)
{
    struct input *input = data;
    size_t count = input->left < room ? input->left : room;
    memcpy(out, input->at, count);
    input->at += count;
    input->left -= count;
    return (ssize_t)count;
}

static size_t unpack(const uint8_t *data, size_t size, char *out, size_t piece, int *failed)
{
    struct input input = {data, size};
    struct gunzip *gunzip = gunzip_new(give, &input);
    size_t total = 0;
    ssize_t got = 0;
    while (total + piece <= OUT_MOST && (got = gunzip_read(gunzip, out + total, piece)) > 0)
        total += (size_t)got;
    if (got < 0 && !gunzip_problem(gunzip))
        abort();
    *failed = got < 0;
    gunzip_free(gunzip);
    return total;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int failed_whole, failed_pieces;
    if (size < 1)
        return 0;
    cleanup_free char *whole = xmalloc(OUT_MOST), *pieces = xmalloc(OUT_MOST);
    size_t a = unpack(data + 1, size - 1, whole, OUT_MOST / 2, &failed_whole);
    size_t b = unpack(data + 1, size - 1, pieces, 1 + data[0] * 16, &failed_pieces);
    if (a < OUT_MOST / 2 && b < OUT_MOST / 2 &&
        (failed_whole != failed_pieces || (!failed_whole && (a != b || memcmp(whole, pieces, a)))))
        abort();
    return 0;
}
