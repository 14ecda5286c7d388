/* A keyed stream of numbers, and a shuffle fed by it. */
#include "quizzes/classd/draw.h"

#include "base/digest.h"
#include "base/memory.h"
#include "base/strings.h"

#include <string.h>

enum { BLOCK = 32 };

struct stream {
    const unsigned char *seed;
    const char *label;
    unsigned char block[BLOCK];
    size_t used;
    unsigned counter;
};

void draw_seed(const void *secret, size_t secret_len, int64_t attempt, unsigned char seed[DRAW_SEED])
{
    cleanup_free char *text = str_format("attempt:%lld", (long long)attempt);
    hmac_sha256(secret, secret_len, text, strlen(text), seed);
}

static uint32_t stream_next(struct stream *stream)
{
    if (stream->used == BLOCK) {
        cleanup_free char *text = str_format("%s:%u", stream->label, stream->counter++);
        hmac_sha256(stream->seed, DRAW_SEED, text, strlen(text), stream->block);
        stream->used = 0;
    }
    uint32_t number;
    memcpy(&number, stream->block + stream->used, sizeof number);
    stream->used += sizeof number;
    return number;
}

/* 0 to `bound` - 1, each as likely as the others: what lies above the last full multiple of `bound` is thrown away. */
static uint32_t below(struct stream *stream, uint32_t bound)
{
    uint32_t reject = (uint32_t)(-bound) % bound, number;
    do
        number = stream_next(stream);
    while (number < reject);
    return number % bound;
}

void draw(const unsigned char seed[DRAW_SEED], const char *label, size_t most, size_t count, size_t *out)
{
    struct stream stream = {.seed = seed, .label = label, .used = BLOCK};
    cleanup_free size_t *deck = xcalloc(most + 1, sizeof *deck);
    for (size_t i = 0; i < most; i++)
        deck[i] = i;
    for (size_t i = 0; i < count && i < most; i++) {
        size_t other = i + below(&stream, (uint32_t)(most - i));
        size_t taken = deck[other];
        deck[other] = deck[i];
        out[i] = deck[i] = taken;
    }
}
