/* From method and path to a handler. */
#include "api/http.h"
#include "api/server.h"

#include "base/memory.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static const struct route *const tables[] = {prune_routes,  container_routes, exec_routes,    image_routes,    slipway_routes,
                                             system_routes, volume_routes,    network_routes, archive_routes,  df_routes,
                                             absent_routes, metrics_routes,   auth_routes,    registry_routes, saved_routes,
                                             check_routes,  build_routes};

static void clear(char *captured[])
{
    for (size_t i = 0; i < CAPTURES; i++)
        free(captured[i]), captured[i] = NULL;
}

/* "*" takes one segment. "**" takes as much as leaves the rest of the pattern to match (names of images hold slashes). */
static bool match(const char *pattern, const char *path, char *captured[], size_t at)
{
    while (*pattern && *pattern != '*') {
        if (*pattern++ != *path++)
            return false;
    }
    if (!*pattern)
        return !*path;
    bool deep = pattern[1] == '*';
    const char *rest = pattern + (deep ? 2 : 1);
    if (!*path || *path == '/')
        return false;
    for (size_t len = strlen(path); len > 0; len--) {
        if (!deep && memchr(path, '/', len))
            continue;
        if (path[len] && path[len] != '/')
            continue;
        if (!match(rest, path + len, captured, at + 1))
            continue;
        captured[at] = xstrndup(path, len);
        return true;
    }
    return false;
}

const struct route *route_find(const char *method, const char *path, char *captured[])
{
    for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
        for (const struct route *route = tables[i]; route->method; route++) {
            if (!str_equal(route->method, method))
                continue;
            if (match(route->pattern, path, captured, 0))
                return route;
            clear(captured);
        }
    }
    return NULL;
}

int version_split(const char *url, const char **rest)
{
    *rest = url;
    if (!str_starts(url, "/v1.") || !isdigit((unsigned char)url[4]))
        return 0;
    char *end;
    long minor = strtol(url + 4, &end, 10);
    if (*end != '/' || minor > 9999)
        return 0;
    *rest = end;
    return minor ? (int)minor : -1;
}
