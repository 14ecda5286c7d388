/* What a directive may be set to: one small check each, found by key. */
#include "daemon/directive_values.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

static bool is_ip(const char *text)
{
    unsigned char address[16];
    return inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
}

static int check_ip(const char *text, struct error *err)
{
    return is_ip(text) ? 0 : error_set(err, EINVAL, "%s is not an ip address", text);
}

/* Ports are published on IPv4 addresses. */
static int check_ip4(const char *text, struct error *err)
{
    struct in_addr address;
    return inet_pton(AF_INET, text, &address) == 1 ? 0 : error_set(err, EINVAL, "%s is not an ip address", text);
}

static int check_cidr(const char *text, struct error *err)
{
    cleanup_free char *address = xstrdup(text);
    char *slash = strchr(address, '/');
    struct in_addr ip;
    long long bits = -1;
    if (slash)
        *slash = '\0';
    if (slash && inet_pton(AF_INET, address, &ip) == 1 && str_to_int(slash + 1, &bits) && bits >= 0 && bits <= 32)
        return 0;
    return error_set(err, EINVAL, "invalid CIDR address: %s", text);
}

static int check_label(const char *text, struct error *err)
{
    return strchr(text, '=') && *text != '=' ? 0 : error_set(err, EINVAL, "bad attribute format: %s", text);
}

static int check_level(const char *text, struct error *err)
{
    static const char *const levels[] = {"debug", "info", "warn", "error", "fatal"};
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (str_equal(levels[i], text))
            return 0;
    return error_set(err, EINVAL, "invalid logging level: %s", text);
}

static int check_cgroupns(const char *text, struct error *err)
{
    if (!*text || str_equal(text, "host") || str_equal(text, "private"))
        return 0;
    return error_set(err, EINVAL, "Default cgroup namespace mode (%s) is invalid. Use \"host\" or \"private\".", text);
}

static int check_ipc(const char *text, struct error *err)
{
    if (str_equal(text, "private") || str_equal(text, "shareable"))
        return 0;
    return error_set(err, EINVAL, "Default IPC mode setting (%s) is invalid. Use \"private\" or \"shareable\".", text);
}

static int check_mirror(const char *text, struct error *err)
{
    const char *host = strstr(text, "://");
    if (!host || !host[3])
        return error_set(err, EINVAL, "invalid mirror: \"%s\" is not a valid URI", text);
    if (!str_starts(text, "http://") && !str_starts(text, "https://"))
        return error_set(err, EINVAL, "invalid mirror: unsupported scheme \"%.*s\" in \"%s\"", (int)(host - text), text, text);
    const char *rest = host + 3 + strcspn(host + 3, "/?#");
    if (*rest && !str_equal(rest, "/"))
        return error_set(err, EINVAL, "invalid mirror: path, query, or fragment at end of the URI \"%s\"", text);
    return 0;
}

static int check_registry(const char *text, struct error *err)
{
    if (strstr(text, "://"))
        return error_set(err, EINVAL, "insecure registry %s should not contain '://'", text);
    if (!*text || *text == '-' || text[strlen(text) - 1] == '-')
        return error_set(err, EINVAL, "invalid index name (%s). Cannot begin or end with a hyphen.", text);
    return 0;
}

static int check_bridge(const char *text, struct error *err)
{
    if (str_equal(text, "none"))
        return error_set(err, EINVAL, "bridge: none: the bridge network is always there; use --network none for containers");
    return *text && strlen(text) < 16 && !strpbrk(text, "/ \t") ? 0
                                                                : error_set(err, EINVAL, "bridge: %s is no name for a link", text);
}

static int check_absolute(const char *text, struct error *err)
{
    return *text ? 0 : error_set(err, EINVAL, "a directory cannot be empty");
}

static int check_metrics(const char *text, struct error *err)
{
    const char *colon = strrchr(text, ':');
    long long port;
    return !*text || (colon && str_to_int(colon + 1, &port) && port >= 0 && port <= 65535)
               ? 0
               : error_set(err, EINVAL, "metrics-addr: %s is no address:port", text);
}

static bool is_cidr6(const char *text)
{
    cleanup_free char *address = xstrndup(text, strcspn(text, "/"));
    struct in6_addr ip;
    long long bits;
    return strchr(text, '/') && inet_pton(AF_INET6, address, &ip) == 1 && str_to_int(strchr(text, '/') + 1, &bits) && bits >= 1 &&
           bits <= 126;
}

static int check_cidr6(const char *text, struct error *err)
{
    return !*text || is_cidr6(text) ? 0 : error_set(err, EINVAL, "invalid CIDR address: %s", text);
}

static int check_pool(const json_t *pool, struct error *err)
{
    const char *base = json_str(pool, "base", NULL);
    long long size = json_num(pool, "size", 0);
    long long most = base && is_cidr6(base) ? 126 : 30;
    if (!base || (most == 30 && check_cidr(base, err) < 0))
        return error_set(err, EINVAL, "invalid base pool \"%s\": invalid CIDR address: %s", str_or(base, ""), str_or(base, ""));
    long long bits = 0;
    str_to_int(strchr(base, '/') + 1, &bits);
    if (size < bits || size > most)
        return error_set(err, EINVAL, "invalid pools size: %lld: it is between %lld, of %s, and %lld", size, bits, base, most);
    return 0;
}

/* Of strings: the check is of the value, or of each element of a list. */
static const struct {
    const char *key;
    int (*check)(const char *text, struct error *err);
} texts[] = {{"bip", check_cidr},
             {"fixed-cidr-v6", check_cidr6},
             {"bridge", check_bridge},
             {"data-root", check_absolute},
             {"default-cgroupns-mode", check_cgroupns},
             {"default-ipc-mode", check_ipc},
             {"dns", check_ip},
             {"exec-root", check_absolute},
             {"host-gateway-ip", check_ip},
             {"insecure-registries", check_registry},
             {"ip", check_ip4},
             {"labels", check_label},
             {"log-level", check_level},
             {"metrics-addr", check_metrics},
             {"registry-mirrors", check_mirror}};

static const struct {
    const char *key;
    long long least, most;
    const char *message;
} numbers[] = {
    {"default-shm-size", 1, INT64_MAX, "invalid default shm size: %lld"},
    {"max-concurrent-downloads", 0, 1 << 16, "invalid max concurrent downloads: %lld"},
    {"max-concurrent-uploads", 0, 1 << 16, "invalid max concurrent uploads: %lld"},
    {"max-download-attempts", 1, 1 << 16, "invalid max download attempts: %lld"},
    {"mtu", 68, 65535, "invalid default MTU: %lld"},
    {"shutdown-timeout", -1, 1 << 24, "invalid shutdown timeout: %lld"},
};

static int check_text(const char *key, const char *text, struct error *err)
{
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        if (str_equal(texts[i].key, key) && !(str_empty(text) && (str_equal(key, "bip") || str_equal(key, "host-gateway-ip"))))
            return texts[i].check(text, err);
    return 0;
}

/* The same label twice, with two values. */
static int check_labels(const json_t *labels, struct error *err)
{
    size_t i, j;
    json_t *one;
    json_array_foreach(labels, i, one)
    {
        const char *text = json_string_value(one);
        size_t name = strcspn(text, "=") + 1;
        for (j = 0; j < i; j++) {
            const char *other = json_string_value(json_array_get(labels, j));
            if (strncmp(text, other, name) == 0 && !str_equal(text, other))
                return error_set(err, EINVAL, "conflict labels for %s and %s", other, text);
        }
    }
    return 0;
}

static int check_refused(const struct directive *directive, const json_t *value, struct error *err)
{
    json_t *preset = json_loads(directive->preset, JSON_DECODE_ANY, NULL);
    bool same = json_equal(preset, (json_t *)value) || (json_is_array(value) && !json_array_size(value)) ||
                (json_is_object(value) && !json_object_size(value));
    json_decref(preset);
    if (same)
        return 0;
    cleanup_free char *shown = directive_show(value);
    return error_set(err, EINVAL, "%s: %s is not available: %s", directive->key, shown, directive->refusal);
}

int directive_check(const struct directive *directive, const json_t *value, struct error *err)
{
    size_t i;
    json_t *entry;
    int rc = 0;
    if (directive->refusal)
        return check_refused(directive, value, err);
    if (json_is_string(value))
        return check_text(directive->key, json_string_value(value), err);
    if (json_is_integer(value)) {
        json_int_t number = json_integer_value(value);
        for (i = 0; i < ARRAY_LEN(numbers); i++)
            if (str_equal(numbers[i].key, directive->key) && (number < numbers[i].least || number > numbers[i].most))
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
                return error_set(err, EINVAL, numbers[i].message, (long long)number);
#pragma GCC diagnostic pop
        return 0;
    }
    json_array_foreach(value, i, entry)
    {
        rc =
            directive->kind == DIRECTIVE_POOLS ? check_pool(entry, err) : check_text(directive->key, json_string_value(entry), err);
        if (rc < 0)
            return rc;
    }
    return str_equal(directive->key, "labels") ? check_labels(value, err) : 0;
}
