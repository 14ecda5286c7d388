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

static bool expose_range(struct run_request *request, const char *text)
{
    if (strchr(text, ':'))
        return run_refuse(request, "invalid port format for --expose: %s", text);
    cleanup_free char *port = xstrdup(text);
    cleanup_free char *protocol = str_lower(take_protocol(port));
    long long from, to;
    if (!port_range(port, &from, &to))
        return run_refuse(
            request, "invalid range format for --expose: %s, error: strconv.ParseUint: parsing \"%s\": invalid syntax", text, port);
    for (long long i = from; i <= to; i++) {
        cleanup_free char *key = str_format("%lld/%s", i, protocol);
        expose(request, key);
    }
    return true;
}

bool run_ports(struct run_request *request)
{
    for (char **spec = request->options->publish; spec && *spec; spec++)
        if (!publish(request, *spec))
            return false;
    for (char **spec = request->options->expose; spec && *spec; spec++)
        if (!expose_range(request, *spec))
            return false;
    return true;
}
