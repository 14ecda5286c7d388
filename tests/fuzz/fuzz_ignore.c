/* A .dockerignore and a path, divided by the first NUL. No crash, no leak; what lies under an ignored directory that may be skipped
 * is ignored. */
#include "base/ignore.h"
#include "base/memory.h"
#include "base/strings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t len = nul ? (size_t)(nul - data) : size;
    cleanup_free char *path = xstrndup(nul ? (const char *)nul + 1 : "a/b/c", nul ? size - len - 1 : 5);
    struct ignore *ignore = NULL;
    if (ignore_parse((const char *)data, len, &ignore, NULL) < 0)
        return 0;
    cleanup_free char *below = str_format("%s/x", path);
    if (ignore_skips(ignore, path) && !ignore_matches(ignore, path))
        abort();
    if (ignore_matches(ignore, path) && !ignore_matches(ignore, below) && !memchr(data, '!', len))
        abort();
    ignore_free(ignore);
    return 0;
}
