/* Hashing by nettle, randomness by getrandom(2). */
#include "base/digest.h"

#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/hmac.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

static void digest_text(struct sha256_ctx *ctx, char out[DIGEST_TEXT])
{
    unsigned char raw[SHA256_DIGEST_SIZE];
    sha256_digest(ctx, sizeof raw, raw);
    memcpy(out, "sha256:", 7);
    str_hex(raw, sizeof raw, out + 7);
}

void digest_bytes(const void *data, size_t len, char out[DIGEST_TEXT])
{
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    sha256_update(&ctx, len, data);
    digest_text(&ctx, out);
}

int digest_file(const char *path, char out[DIGEST_TEXT], struct error *err)
{
    cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    struct sha256_ctx ctx;
    sha256_init(&ctx);
    cleanup_free unsigned char *chunk = xmalloc(1 << 16);
    for (;;) {
        ssize_t got = read(fd, chunk, 1 << 16);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s", path);
        if (got == 0)
            break;
        sha256_update(&ctx, (size_t)got, chunk);
    }
    digest_text(&ctx, out);
    return 0;
}

void hmac_sha256(const void *key, size_t key_len, const void *data, size_t len, unsigned char out[32])
{
    struct hmac_sha256_ctx ctx;
    hmac_sha256_set_key(&ctx, key_len, key);
    hmac_sha256_update(&ctx, len, data);
    hmac_sha256_digest(&ctx, 32, out);
}

void random_bytes(void *out, size_t len)
{
    char *p = out;
    while (len) {
        ssize_t got = getrandom(p, len, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            abort();
        p += got;
        len -= (size_t)got;
    }
}

void id_generate(char out[ID_TEXT])
{
    do {
        unsigned char raw[32];
        random_bytes(raw, sizeof raw);
        str_hex(raw, sizeof raw, out);
    } while (strspn(out, "0123456789") >= 12);
}
