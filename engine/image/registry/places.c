/* From the name of a registry to the addresses at which it may be asked. */
#include "image/registry/registry.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#define HUB      "docker.io"
#define HUB_HOST "registry-1.docker.io"

/* "localhost:5000" and "[::1]:5000" without the port and the brackets. */
static char *host_alone(const char *host)
{
    if (*host == '[')
        return xstrndup(host + 1, strcspn(host + 1, "]"));
    const char *colon = strrchr(host, ':');
    return xstrndup(host, colon ? (size_t)(colon - host) : strlen(host));
}

static bool bits_equal(const unsigned char *a, const unsigned char *b, long bits)
{
    if (memcmp(a, b, (size_t)bits / 8) != 0)
        return false;
    return bits % 8 == 0 || (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

/* `network` is "10.0.0.0/8" or "fd00::/8". */
static bool in_network(const struct sockaddr *address, const char *network)
{
    unsigned char wanted[16];
    char *end;
    const char *slash = strchr(network, '/');
    if (!slash)
        return false;
    cleanup_free char *base = xstrndup(network, (size_t)(slash - network));
    bool six = address->sa_family == AF_INET6;
    long bits = strtol(slash + 1, &end, 10);
    if (*end || end == slash + 1 || bits < 0 || bits > (six ? 128 : 32) || inet_pton(address->sa_family, base, wanted) != 1)
        return false;
    const void *own = six ? (const void *)&((const struct sockaddr_in6 *)address)->sin6_addr
                          : (const void *)&((const struct sockaddr_in *)address)->sin_addr;
    return bits_equal(own, wanted, bits);
}

static bool any_network(const struct addrinfo *addresses, const char *network)
{
    for (const struct addrinfo *at = addresses; at; at = at->ai_next)
        if ((at->ai_family == AF_INET || at->ai_family == AF_INET6) && in_network(at->ai_addr, network))
            return true;
    return false;
}

static bool is_insecure(const char *host, const json_t *listed)
{
    size_t i;
    json_t *entry;
    cleanup_free char *alone = host_alone(host);
    if (strcasecmp(alone, "localhost") == 0)
        return true;
    json_array_foreach(listed, i, entry)
    {
        const char *text = str_or(json_string_value(entry), "");
        const char *scheme = strstr(text, "://");
        if (strcasecmp(scheme ? scheme + 3 : text, host) == 0)
            return true;
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *addresses = NULL;
    if (getaddrinfo(alone, NULL, &hints, &addresses) != 0)
        return false;
    bool found = any_network(addresses, "127.0.0.0/8") || any_network(addresses, "::1/128");
    json_array_foreach(listed, i, entry) found = found || any_network(addresses, str_or(json_string_value(entry), ""));
    freeaddrinfo(addresses);
    return found;
}

static void add(struct place **places, size_t *count, const char *scheme, const char *host, bool insecure)
{
    *places = xrealloc(*places, (*count + 1) * sizeof **places);
    (*places)[(*count)++] = (struct place){.url = str_format("%s://%s", scheme, host), .host = xstrdup(host), .insecure = insecure};
}

static void add_mirrors(struct place **places, size_t *count, const json_t *mirrors, const json_t *listed)
{
    size_t i;
    json_t *entry;
    json_array_foreach(mirrors, i, entry)
    {
        cleanup_free char *text = xstrdup(str_or(json_string_value(entry), ""));
        while (*text && text[strlen(text) - 1] == '/')
            text[strlen(text) - 1] = '\0';
        const char *sep = strstr(text, "://"), *rest = sep ? sep + 3 : text;
        if (!*rest)
            continue;
        cleanup_free char *host = xstrndup(rest, strcspn(rest, "/"));
        cleanup_free char *scheme = sep ? xstrndup(text, (size_t)(sep - text)) : xstrdup("https");
        add(places, count, scheme, rest, is_insecure(host, listed));
        (*places)[*count - 1].mirror = true;
        free((*places)[*count - 1].host);
        (*places)[*count - 1].host = move_ptr(host);
    }
}

struct place *places_of(const char *domain, const json_t *insecure, const json_t *mirrors, bool pulling, size_t *count)
{
    struct place *places = NULL;
    *count = 0;
    bool hub = str_equal(domain, HUB) || str_equal(domain, "index." HUB);
    const char *host = hub ? HUB_HOST : domain;
    if (hub && pulling)
        add_mirrors(&places, count, mirrors, insecure);
    bool plain = !hub && is_insecure(host, insecure);
    add(&places, count, "https", host, plain);
    if (plain)
        add(&places, count, "http", host, true);
    return places;
}

void places_free(struct place *places, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(places[i].url);
        free(places[i].host);
    }
    free(places);
}
