/* Hostile WWW-Authenticate headers, and platforms: parsed without harm; a Bearer challenge always says whom to ask. */
#include "base/memory.h"
#include "base/strings.h"
#include "image/registry/challenge.h"
#include "image/registry/platform.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct challenge challenge;
    struct platform platform;
    struct error err = ERROR_INIT;
    cleanup_free char *text = xstrndup((const char *)data, size);
    challenge_parse(text, &challenge);
    if (challenge.kind == CHALLENGE_BEARER && str_empty(challenge.realm))
        abort();
    challenge_clear(&challenge);
    if (platform_parse(text, &platform, &err) < 0 && !*err.message)
        abort();
    char shown[3 * PLATFORM_TEXT];
    platform_text(&platform, shown);
    return 0;
}
