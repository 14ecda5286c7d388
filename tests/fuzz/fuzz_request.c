/* The small languages of a request: version and path, filters, detach keys, addresses to listen on; and the scanner that words what
 * is wrong with JSON, which has to agree with the parser on what JSON is. */
#include "api/http.h"
#include "api/listen.h"
#include "api/server.h"
#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "fuzz_request: %s\n", what);
    abort();
}

static void path(const char *text)
{
    static const char *const methods[] = {"GET", "POST", "DELETE", "PUT", "HEAD"};
    char *captured[CAPTURES] = {NULL};
    const char *rest = NULL;
    int version = version_split(text, &rest);
    must(version <= 9999 && rest >= text && rest <= text + strlen(text), "a version out of bounds");
    for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
        const struct route *route = route_find(methods[i], rest, captured);
        for (size_t j = 0; j < CAPTURES; j++) {
            must(route || !captured[j], "a capture without a route");
            must(!captured[j] || *captured[j], "an empty capture");
            free(captured[j]);
            captured[j] = NULL;
        }
    }
}

static void json(const char *text)
{
    size_t len = strlen(text);
    char why[160];
    size_t end = 0;
    bool bad = json_stream_problem(text, len, &end, why, sizeof why);
    must(end <= len && (!bad || *why), "a problem without words");
    if (!bad)
        return;
    json_t *doc = json_loadb(text, len, JSON_DECODE_ANY, NULL);
    must(!doc, why);
}

static void filters(const char *text)
{
    struct error err = ERROR_INIT;
    cleanup_json json_t *found = filters_parse(text, &err);
    must(found || *err.message, "no filters and no reason");
    const char *key;
    json_t *values;
    json_object_foreach(found, key, values)
    {
        must(json_is_array(values), "values that are no list");
        filter_has(found, key, "a");
        filter_part_of(found, key, "abc");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1)
        return 0;
    struct error err = ERROR_INIT;
    struct detach detach;
    cleanup_free char *text = xstrndup((const char *)data + 1, size - 1);
    switch (data[0] % 5) {
    case 0:
        path(text);
        break;
    case 1:
        json(text);
        break;
    case 2:
        filters(text);
        break;
    case 3:
        must(detach_parse(text, &detach, &err) ? detach.count <= sizeof detach.keys : err.code != 0, "detach keys");
        break;
    default:
        for (int tls = 0; tls < 2; tls++) {
            cleanup_free char *address = listen_canonical(text, tls, &err);
            cleanup_free char *again = address ? listen_canonical(address, tls, &err) : NULL;
            must(!address || str_equal(address, again), "an address that is not final");
        }
    }
    return 0;
}
