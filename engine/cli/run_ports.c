/* -p and --expose: [ip:][host[-host]:]container[-container][/proto], as Docker reads it. */
#include "cli/run_options.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <string.h>

static bool port_number(const char *text, long long *out) { return str_to_int(text, out) && *out >= 0 && *out <= 65535; }

/* "80" or "80-90". */
static bool port_range(const char *text, long long *from, long long *to)
{
    cleanup_free char *copy = xstrdup(text);
    char *dash = strchr(copy, '-');
    if (!dash)
        return port_number(copy, from) && (*to = *from, true);
    *dash = '\0';
    return port_number(copy, from) && port_number(dash + 1, to) && *to >= *from;
}

static const char *take_protocol(char *container)
{
    char *slash = strrchr(container, '/');
    if (!slash)
        return "tcp";
    *slash = '\0';
    return slash[1] ? slash + 1 : "tcp";
}

static bool known_protocol(const char *protocol)
{
    return str_equal(protocol, "tcp") || str_equal(protocol, "udp") || str_equal(protocol, "sctp");
}

static void expose(struct run_request *request, const char *key)
{
    json_t *exposed = json_object_get(request->config, "ExposedPorts");
    if (!exposed)
        json_object_set_new(request->config, "ExposedPorts", exposed = json_object());
    json_object_set_new(exposed, key, json_object());
}

static void bind(struct run_request *request, const char *key, const char *address, const char *host_port)
{
    json_t *bindings = json_object_get(request->host, "PortBindings");
    if (!bindings)
        json_object_set_new(request->host, "PortBindings", bindings = json_object());
    json_t *list = json_object_get(bindings, key);
    if (!list)
        json_object_set_new(bindings, key, list = json_array());
    json_array_append_new(list, json_pack("{s:s, s:s}", "HostIp", address, "HostPort", host_port));
}

/* Cuts "ip:host:container" at its last two colons; the address may hold colons of its own. */
static void split_spec(char *spec, char **address, char **host, char **container)
{
    static char none[] = "";
    *address = *host = none;
    char *last = strrchr(spec, ':');
    *container = last ? last + 1 : spec;
    if (!last)
        return;
    *last = '\0';
    char *middle = strrchr(spec, ':');
    *host = middle ? middle + 1 : spec;
    if (!middle)
        return;
    *middle = '\0';
    *address = spec;
}

static bool publish(struct run_request *request, const char *text)
{
    cleanup_free char *spec = xstrdup(text);
    char *address, *host, *container;
    split_spec(spec, &address, &host, &container);
    cleanup_free char *given = xstrdup(container);
    cleanup_free char *protocol = str_lower(take_protocol(container));
    size_t len = strlen(address);
    if (*address == '[' && address[len - 1] == ']') {
        address[len - 1] = '\0';
        address++;
    }
    if (*address && !run_is_address(address))
        return run_refuse(request, "invalid IP address: %s", address);
    if (!*container)
        return run_refuse(request, "no port specified: %s<empty>", text);
    long long from, to, host_from = 0, host_to = 0;
    if (!port_range(container, &from, &to) || from < 1)
        return run_refuse(request, "invalid containerPort: %s", container);
    if (*host && !port_range(host, &host_from, &host_to))
        return run_refuse(request, "invalid hostPort: %s", host);
    if (*host && to - from != host_to - host_from && to != from)
        return run_refuse(request, "invalid ranges specified for container and host Ports: %s and %s", container, host);
    if (!known_protocol(protocol))
        return run_refuse(request, "invalid proto: %s", protocol);
    for (long long i = 0; i <= to - from; i++) {
        cleanup_free char *key = str_format("%lld/%s", from + i, protocol);
        cleanup_free char *port = !*host                               ? xstrdup("")
                                  : from == to && host_from != host_to ? str_format("%lld-%lld", host_from, host_to)
                                                                       : str_format("%lld", host_from + i);
        expose(request, key);
        bind(request, key, address, port);
    }
    return true;
}

static bool bad_expose(struct run_request *request, const char *text, const char *port)
{
    cleanup_free char *first = xstrndup(port, strcspn(port, "-"));
    const char *second = strchr(port, '-') ? strchr(port, '-') + 1 : first;
    long long from, to;
    if (!*port)
        return run_refuse(request, "invalid range format for --expose: %s, error: empty string specified for ports", text);
    if (port_number(first, &from) && port_number(second, &to))
        return run_refuse(request, "invalid range format for --expose: %s, error: invalid range specified for port: %s", text,
                          port);
    const char *bad = port_number(first, &from) ? second : first;
    bool number = *bad && !bad[strspn(bad, "0123456789")];
    return run_refuse(request, "invalid range format for --expose: %s, error: strconv.ParseUint: parsing \"%s\": %s", text, bad,
                      number ? "value out of range" : "invalid syntax");
}

static bool expose_range(struct run_request *request, const char *text)
{
    if (strchr(text, ':'))
        return run_refuse(request, "invalid port format for --expose: %s", text);
    cleanup_free char *port = xstrdup(text);
    cleanup_free char *protocol = str_lower(take_protocol(port));
    long long from, to;
    if (!port_range(port, &from, &to))
        return bad_expose(request, text, port);
    for (long long i = from; i <= to; i++) {
        cleanup_free char *key = str_format("%lld/%s", i, protocol);
        expose(request, key);
    }
    return true;
}

/* "published=8080,target=80,protocol=udp" in the short form. */
static bool publish_long(struct run_request *request, const char *text)
{
    cleanup_strv char **fields = str_split(text, ',');
    const char *target = "", *published = "", *protocol = "tcp";
    for (size_t i = 0; fields[i]; i++) {
        char *equals = strchr(fields[i], '=');
        if (!equals || !equals[1])
            return run_refuse(request, "invalid publish opts format (should be name=value but got '%s')", fields[i]);
        *equals = '\0';
        const char *key = fields[i], *value = equals + 1;
        if (str_equal(key, "target"))
            target = value;
        else if (str_equal(key, "published"))
            published = value;
        else if (str_equal(key, "protocol"))
            protocol = value;
        else if (!str_equal(key, "mode"))
            return run_refuse(request, "invalid field key: %s", key);
    }
    cleanup_free char *spec = str_format("%s:%s/%s", published, target, protocol);
    return publish(request, spec);
}

bool run_ports(struct run_request *request)
{
    for (char **spec = request->options->publish; spec && *spec; spec++)
        if (!(strchr(*spec, '=') ? publish_long : publish)(request, *spec))
            return false;
    for (char **spec = request->options->expose; spec && *spec; spec++)
        if (!expose_range(request, *spec))
            return false;
    return true;
}
