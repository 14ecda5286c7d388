/* Which engine to talk to, and how names are written into a request. */
#include "client/client.h"

#include "base/strings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

const char *client_host(const char *flag)
{
    if (!str_empty(flag))
        return flag;
    const char *own = getenv("SLIPWAY_HOST"), *docker = getenv("DOCKER_HOST");
    return str_or(own, str_or(docker, "unix:///run/slipway.sock"));
}

char *client_escape(const char *text)
{
    struct buf out = BUF_INIT;
    for (; *text; text++) {
        if (isalnum((unsigned char)*text) || strchr("-._~", *text))
            buf_putc(&out, *text);
        else
            buf_printf(&out, "%%%02X", (unsigned char)*text);
    }
    return buf_take(&out);
}
