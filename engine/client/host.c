/* Which engine to talk to, and how names are written into a request. */
#include "client/client.h"

#include "base/memory.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *client_host(const char *flag)
{
    if (!str_empty(flag))
        return flag;
    const char *own = getenv("SLIPWAY_HOST"), *docker = getenv("DOCKER_HOST");
    return str_or(own, str_or(docker, "unix:///run/slipway.sock"));
}

/* "name", "name:port", ":port", "[::1]:port" */
static char *tcp_address(const char *text, bool tls)
{
    cleanup_free char *name = xstrdup(text);
    char *bracket = strrchr(name, ']'), *colon = strrchr(bracket ? bracket : name, ':');
    const char *port = colon && colon[1] ? colon + 1 : tls ? "2376" : "2375";
    if (colon)
        *colon = '\0';
    return str_format("tcp://%s:%s", str_or(name, "localhost"), port);
}

char *client_host_parse(const char *text, bool tls, struct error *err)
{
    cleanup_free char *copy = xstrdup(text);
    const char *host = str_trim(copy), *sep = strstr(host, "://");
    if (!*host || str_equal(host, "unix://"))
        return xstrdup("unix:///run/slipway.sock");
    if (str_starts(host, "unix://") || str_starts(host, "sandbox://"))
        return xstrdup(host);
    if (!sep || str_starts(host, "tcp://"))
        return tcp_address(sep ? sep + 3 : host, tls);
    if (str_starts(host, "ssh://"))
        error_set(err, EINVAL, "ssh:// is not available: forward the socket with `ssh -L` and use unix:// or tcp://");
    else
        error_set(err, EINVAL, "invalid bind address format: %s", host);
    return NULL;
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
