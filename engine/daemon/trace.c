/* Who sends, who may receive, the probe, and the reports that come in meanwhile. */
#include "daemon/trace_internal.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/membership.h"
#include "observe/observe.h"
#include "observe/topology.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* TCP would send its SYN again after a second. */
enum { PATIENCE_MS = 900, AFTERWARDS_MS = 40 };

/* --- namespaces --- */

static int space_add(struct trace *trace, const char *name, pid_t pid, struct error *err)
{
    char path[64] = "/proc/thread-self/ns/net";
    if (pid != 1)
        snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
    cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
    struct stat this, other;
    if (netns < 0 || fstat(netns, &this) < 0)
        return error_errno(err, errno == ENOENT ? ESRCH : errno, "open the network namespace of %s", name);
    for (size_t i = 0; i < trace->count; i++)
        if (fstat(trace->spaces[i].netns, &other) == 0 && other.st_ino == this.st_ino)
            return 0;
    if (trace->count == TRACE_SPACES)
        return 0;
    struct trace_space *space = &trace->spaces[trace->count++];
    *space = (struct trace_space){.pid = pid, .netns = move_fd(netns)};
    snprintf(space->name, sizeof space->name, "%s", name);
    space->events = xcalloc(TRACE_EVENTS, sizeof *space->events);
    return 0;
}

static int take_source(struct engine *engine, struct trace *trace, const char *from, struct error *err)
{
    if (str_equal(from, "host"))
        return space_add(trace, "host", 1, err);
    cleanup_instance struct instance *instance = table_find(engine, from, err);
    if (!instance)
        return -(err ? err->code : ENOENT);
    pid_t pid = instance_running_pid(instance);
    if (!pid)
        return error_set(err, EBUSY, "Container %s is not running", instance->id);
    pthread_mutex_lock(&engine->lock);
    cleanup_free char *name = xstrdup(instance->name);
    pthread_mutex_unlock(&engine->lock);
    return space_add(trace, name, pid, err);
}

/* --- the destination --- */

static int split(const char *to, bool wants_port, char **host, uint16_t *port, struct error *err)
{
    const char *end = *to == '[' ? strchr(to, ']') : NULL;
    const char *colon = end ? (end[1] == ':' ? end + 1 : NULL) : strrchr(to, ':');
    if (!end && colon && strchr(to, ':') != colon)
        colon = NULL; /* an IPv6 address without brackets */
    char *rest = NULL;
    long number = colon ? strtol(colon + 1, &rest, 10) : 0;
    if (colon && (rest == colon + 1 || *rest || number < 1 || number > 65535))
        return error_set(err, EINVAL, "%s: a port is a number from 1 to 65535", to);
    if (wants_port && !colon)
        return error_set(err, EINVAL, "%s: say which port: HOST:PORT", to);
    *host = end ? xstrndup(to + 1, (size_t)(end - to - 1)) : xstrndup(to, colon ? (size_t)(colon - to) : strlen(to));
    *port = wants_port ? (uint16_t)number : 0;
    return **host ? 0 : error_set(err, EINVAL, "%s: say where to: HOST:PORT", to);
}

static bool take_literal(struct trace *trace, const char *text)
{
    trace->probe.v6 = strchr(text, ':');
    return inet_pton(trace->probe.v6 ? AF_INET6 : AF_INET, text, trace->probe.destination) == 1;
}

/* The address that the source would reach a container by: the one on a network that both are on, else any. Locked. */
static const char *address_for(const struct instance *target, const struct instance *source)
{
    const char *any = NULL;
    for (size_t i = 0; i < target->membership_count; i++) {
        const struct membership *membership = target->memberships[i];
        const char *address = *membership->endpoint.address ? membership->endpoint.address : membership->endpoint.address6;
        if (!membership->up || !*address)
            continue;
        for (size_t k = 0; source && k < source->membership_count; k++)
            if (source->memberships[k]->up && source->memberships[k]->network == membership->network)
                return address;
        any = any ? any : address;
    }
    return any;
}

static int take_container(struct engine *engine, struct trace *trace, struct instance *target, const char *from, struct error *err)
{
    cleanup_instance struct instance *source = str_equal(from, "host") ? NULL : table_find(engine, from, NULL);
    char text[64] = "";
    pthread_mutex_lock(&engine->lock);
    snprintf(text, sizeof text, "%s", str_or(address_for(target, source), ""));
    pthread_mutex_unlock(&engine->lock);
    if (!*text || !take_literal(trace, text))
        return error_set(err, EINVAL, "container %s has no address: it does not run, or shares another network", target->name);
    return 0;
}

static int take_name(struct trace *trace, const char *host, struct error *err)
{
    struct addrinfo *found = NULL;
    int r = getaddrinfo(host, NULL, &(struct addrinfo){.ai_socktype = SOCK_STREAM}, &found);
    if (r)
        return error_set(err, ENOENT, "%s is neither a container, nor an address, nor a name that the host can look up: %s", host,
                         gai_strerror(r));
    trace->probe.v6 = found->ai_family == AF_INET6;
    if (trace->probe.v6)
        memcpy(trace->probe.destination, &((struct sockaddr_in6 *)found->ai_addr)->sin6_addr, 16);
    else
        memcpy(trace->probe.destination, &((struct sockaddr_in *)found->ai_addr)->sin_addr, 4);
    freeaddrinfo(found);
    return 0;
}

static int take_destination(struct engine *engine, struct trace *trace, const char *from, const char *to, struct error *err)
{
    cleanup_free char *host = NULL;
    bool ports = trace->probe.protocol != IPPROTO_ICMP;
    int r = split(to, ports, &host, &trace->probe.port, err);
    if (r < 0)
        return r;
    snprintf(trace->given, sizeof trace->given, "%s", to);
    cleanup_instance struct instance *target = table_find(engine, host, NULL);
    if (target)
        return take_container(engine, trace, target, from, err);
    return take_literal(trace, host) ? 0 : take_name(trace, host, err);
}

/* --- who may receive it --- */

static bool has_address(const struct trace *trace, const struct endpoint *endpoint)
{
    unsigned char address[16];
    const char *text = trace->probe.v6 ? endpoint->address6 : endpoint->address;
    return *text && inet_pton(trace->probe.v6 ? AF_INET6 : AF_INET, text, address) == 1 &&
           memcmp(address, trace->probe.destination, trace->probe.v6 ? 16 : 4) == 0;
}

static bool publishes(const struct trace *trace, const struct endpoint *endpoint)
{
    for (size_t i = 0; i < endpoint->port_count; i++)
        if (endpoint->ports[i].host_port == trace->probe.port && str_equal(endpoint->ports[i].protocol, trace->protocol))
            return true;
    return false;
}

static void take_targets(struct engine *engine, struct trace *trace)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    for (size_t i = 0; i < count; i++) {
        bool wanted = false;
        char name[136];
        pid_t pid = instance_running_pid(all[i]);
        pthread_mutex_lock(&engine->lock);
        snprintf(name, sizeof name, "%s", all[i]->name);
        for (size_t k = 0; k < all[i]->membership_count && pid; k++)
            wanted = wanted || (all[i]->memberships[k]->up && (has_address(trace, &all[i]->memberships[k]->endpoint) ||
                                                               publishes(trace, &all[i]->memberships[k]->endpoint)));
        pthread_mutex_unlock(&engine->lock);
        if (wanted)
            (void)space_add(trace, name, pid, NULL);
    }
    table_all_free(all, count);
}

/* --- the picture and the rules as they are before --- */

/* A trace in legacy tables shares them, their logger and its one reader with every other. */
static pthread_mutex_t legacy_lock = PTHREAD_MUTEX_INITIALIZER;

static int read_rules(struct trace *trace, bool *legacy, struct error *err)
{
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_space *space = &trace->spaces[i];
        json_decref(space->rules);
        space->rules = observe_rules(space->pid, trace->networks, err);
        if (!space->rules)
            return -(err && err->code ? err->code : EIO);
        space->legacy = !str_equal(json_str(space->rules, "backend", ""), "nf_tables");
        *legacy = *legacy || space->legacy;
    }
    return 0;
}

static int look_around(struct trace *trace, struct error *err)
{
    struct observe_space around[TRACE_SPACES];
    size_t count = 0;
    int r = read_rules(trace, &trace->locked, err);
    if (trace->locked) {
        pthread_mutex_lock(&legacy_lock);
        r = read_rules(trace, &trace->locked, err); /* without the rules of a trace before */
    }
    if (r < 0)
        return r;
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_space *space = &trace->spaces[i];
        if (space->pid != 1)
            around[count++] = (struct observe_space){.name = space->name, .id = "", .kind = "container", .pid = space->pid};
    }
    struct observe_topology *topology = observe_topology_new(false);
    r = observe_topology_spaces(topology, around, count, err);
    trace->topology = r == 0 ? observe_topology_read(topology, err) : NULL;
    observe_topology_free(topology);
    return trace->topology ? 0 : -(err && err->code ? err->code : EIO);
}

static int arm(struct trace *trace, struct error *err)
{
    const struct probe *probe = &trace->probe;
    for (size_t i = 0; i < trace->count; i++) {
        struct packet_match match = {.v6 = probe->v6,
                                     .protocol = probe->protocol == IPPROTO_ICMP && probe->v6 ? IPPROTO_ICMPV6 : probe->protocol,
                                     .source_port = probe->source_port,
                                     .destination_port = probe->port};
        memcpy(match.source, probe->source, sizeof match.source);
        memcpy(match.destination, probe->destination, sizeof match.destination);
        /* At its goal it may have other addresses and another port. */
        if (i > trace->host) {
            match.any_address = true;
            match.destination_port = 0;
        }
        int r = tracer_open(trace, &trace->spaces[i], &match, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- sending and listening --- */

static bool listen_once(struct trace *trace)
{
    bool dropped = false;
    for (size_t i = 0; i < trace->count; i++) {
        struct trace_space *space = &trace->spaces[i];
        while (space->count < TRACE_EVENTS && tracer_next(trace, space, &space->events[space->count])) {
            dropped = dropped || space->events[space->count].verdict == TRACE_DROP;
            space->count++;
        }
    }
    return dropped;
}

static void follow(struct trace *trace)
{
    struct pollfd fds[TRACE_SPACES + 1];
    int64_t end = clock_mono_ns() + PATIENCE_MS * 1000000LL;
    bool settling = false;
    for (size_t i = 0; i < trace->count; i++)
        fds[i] = (struct pollfd){.fd = tracer_fd(&trace->spaces[i]), .events = POLLIN};
    for (;;) {
        int64_t left = end - clock_mono_ns();
        /* When it is known how it ended the last reports may still be on their way. */
        fds[trace->count] = (struct pollfd){.fd = trace->result ? -1 : trace->probe.fd, .events = probe_events(&trace->probe)};
        if (left <= 0 || poll(fds, trace->count + 1, (int)(left / 1000000) + 1) < 0)
            break;
        bool dropped = listen_once(trace);
        if (!trace->result)
            trace->result = probe_result(&trace->probe);
        if ((dropped || trace->result) && !settling) {
            settling = true;
            end = clock_mono_ns() + AFTERWARDS_MS * 1000000LL;
        }
    }
    listen_once(trace);
    for (size_t i = 0; i < trace->count; i++)
        tracer_complete(trace, &trace->spaces[i]);
}

/* --- all of it --- */

char *trace_address(const struct trace *trace, const unsigned char *address, uint16_t port)
{
    char text[INET6_ADDRSTRLEN];
    inet_ntop(trace->probe.v6 ? AF_INET6 : AF_INET, address, text, sizeof text);
    if (!port)
        return xstrdup(text);
    return trace->probe.v6 ? str_format("[%s]:%u", text, port) : str_format("%s:%u", text, port);
}

static json_t *describe(struct trace *trace)
{
    bool ports = trace->probe.port;
    cleanup_free char *from = trace_address(trace, trace->probe.source, 0), *to = trace_address(trace, trace->probe.destination, 0);
    const char *receiver = trace->count > trace->host + 1 ? trace->spaces[trace->host + 1].name : NULL;
    json_t *verdict = trace_verdict_of(trace);
    return json_pack("{s:{s:s, s:s, s:i}, s:{s:s, s:s, s:i, s:o}, s:s, s:s, s:O, s:o, s:o}", "from", "namespace",
                     trace->spaces[0].name, "address", from, "port", ports ? trace->probe.source_port : 0, "to", "given",
                     trace->given, "address", to, "port", trace->probe.port, "namespace",
                     receiver ? json_string(receiver) : json_null(), "protocol", trace->protocol, "backend",
                     trace->spaces[trace->host].legacy ? "legacy" : "nf_tables", "hops", trace->hops, "verdict", verdict, "steps",
                     steps_json(trace->steps));
}

static void disarm(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++)
        tracer_close(&trace->spaces[i]);
}

static void trace_free(struct trace *trace)
{
    for (size_t i = 0; i < trace->count; i++) {
        fd_close(trace->spaces[i].netns);
        json_decref(trace->spaces[i].rules);
        free(trace->spaces[i].events);
    }
    if (trace->locked)
        pthread_mutex_unlock(&legacy_lock);
    probe_close(&trace->probe);
    steps_free(trace->steps);
    json_decref(trace->topology);
    json_decref(trace->hops);
    free(trace);
}

static int prepare(struct engine *engine, struct trace *trace, const json_t *request, struct error *err)
{
    static const struct {
        const char *name;
        uint8_t number;
    } protocols[] = {{"tcp", IPPROTO_TCP}, {"udp", IPPROTO_UDP}, {"icmp", IPPROTO_ICMP}};
    const char *protocol = json_str(request, "protocol", "tcp"), *from = json_str(request, "from", "host");
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        if (str_equal(protocols[i].name, protocol))
            trace->probe.protocol = protocols[i].number;
    if (!trace->probe.protocol)
        return error_set(err, EINVAL, "unknown protocol %s: there are tcp, udp and icmp", protocol);
    snprintf(trace->protocol, sizeof trace->protocol, "%s", protocol);
    int r = take_source(engine, trace, from, err);
    if (r == 0)
        r = take_destination(engine, trace, from, json_str(request, "to", ""), err);
    if (r < 0)
        return r;
    size_t before = trace->count;
    r = space_add(trace, "host", 1, err);
    trace->host = trace->count > before ? before : 0;
    if (r == 0)
        take_targets(engine, trace);
    return r < 0 ? r : look_around(trace, err);
}

json_t *trace_run(struct engine *engine, const json_t *request, const json_t *networks, struct error *err)
{
    struct trace *trace = xcalloc(1, sizeof *trace);
    json_t *doc = NULL;
    trace->networks = networks;
    trace->probe.fd = -EBADF;
    trace->hops = json_array();
    trace->steps = steps_new();
    if (prepare(engine, trace, request, err) == 0) {
        trace->result = probe_open(&trace->probe, trace->spaces[0].netns, NULL);
        int r = 0;
        if (trace->result == 0 && (r = arm(trace, err)) == 0) {
            trace->result = probe_send(&trace->probe);
            follow(trace);
        }
        if (r == 0)
            trace_tell(trace); /* asks nf_tables for the numbers of rules */
        disarm(trace);
        doc = r == 0 ? describe(trace) : NULL;
    }
    trace_free(trace);
    return doc;
}
