/* How it ended, in words for somebody who wonders why he cannot connect. */
#include "daemon/trace_internal.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const char *network_name_of(const struct trace *trace, const char *link)
{
    return json_str(trace_network_of(trace, link), "name", link);
}

static bool internal(const struct trace *trace, const char *link)
{
    return json_flag(trace_network_of(trace, link), "internal", false);
}

/* Why this rule drops. */
static char *reason(const struct trace *trace, const json_t *hop)
{
    const char *chain = json_str(hop, "chain", ""), *in = json_str(hop, "in", ""), *out = json_str(hop, "out", "");
    const char *author = json_str(hop, "by", "");
    if (str_equal(json_str(hop, "step", ""), "policy"))
        return str_format("no rule accepted it, and %s drops what is left over", chain);
    if (str_equal(chain, "DOCKER-ISOLATION-STAGE-2"))
        return str_format("networks %s and %s are kept apart", network_name_of(trace, in), network_name_of(trace, out));
    if (str_equal(chain, "DOCKER-ISOLATION-STAGE-1"))
        return str_format("network %s is internal: nothing from outside comes in, nothing goes out",
                          network_name_of(trace, internal(trace, in) ? in : out));
    if (str_equal(chain, "FORWARD") && str_equal(in, out) && str_equal(author, "engine"))
        return str_format("containers on network %s may not talk to each other (enable_icc=false)", network_name_of(trace, in));
    if (str_equal(author, "person"))
        return str_format("a rule that a person has written: %s", json_str(hop, "rule_text", ""));
    return xstrdup(json_str(hop, "rule_text", ""));
}

static char *dropped_text(const struct trace *trace, bool rejected)
{
    const json_t *hop = trace->drop;
    cleanup_free char *why = reason(trace, hop);
    cleanup_free char *rule = json_num(hop, "rule", 0) ? str_format("rule %lld", json_num(hop, "rule", 0)) : xstrdup("policy");
    return str_format("%s by %s %s %s in %s: %s", rejected ? "rejected" : "dropped", json_str(hop, "table", ""),
                      json_str(hop, "chain", ""), rule, json_str(hop, "namespace", ""), why);
}

static json_t *verdict(const char *result, char *text)
{
    json_t *doc = json_pack("{s:s, s:s}", "result", result, "text", text);
    free(text);
    return doc;
}

static const struct trace_space *receiver(const struct trace *trace)
{
    return trace->last && trace->last->own && str_equal(trace->last->chain, "received") ? trace->last_space : NULL;
}

/* Never sent: the source knows no way. */
static json_t *no_way(const struct trace *trace)
{
    cleanup_free char *to = trace_address(trace, trace->probe.destination, 0);
    const char *from = trace->spaces[0].name;
    if (trace->result == -EACCES || trace->result == -EINVAL)
        return verdict("no route", str_format("%s may not send to %s: %s", from, to, strerror(-trace->result)));
    size_t i;
    json_t *link;
    json_array_foreach(json_object_get(json_array_get(json_object_get(trace->topology, "namespaces"), 1), "links"), i, link)
    {
        const char *there, *far;
        if (trace->host == 0 || !trace_wire(trace, from, json_str(link, "name", ""), &there, &far))
            continue;
        const char *bridge = json_str(trace_link(trace, there, far), "master", "");
        if (internal(trace, bridge))
            return verdict("no route", str_format("no route from %s to %s: network %s is internal, so %s has no default route",
                                                  from, to, network_name_of(trace, bridge), from));
    }
    return verdict("no route",
                   str_format("no route from %s to %s: none of its routes leads there (%s)", from, to, strerror(-trace->result)));
}

static char *goal(const struct trace *trace, const struct trace_space *space)
{
    if (!trace->probe.port)
        return xstrdup(space->name);
    uint16_t port = trace->probe.port;
    for (size_t i = 0; i < space->count; i++)
        if (space->events[i].has_packet)
            port = space->events[i].destination_port;
    return str_format("%s, %s port %u", space->name, trace->protocol, port);
}

static json_t *refused(const struct trace *trace)
{
    const struct trace_space *at = receiver(trace);
    if (!at)
        return verdict("refused", str_format("refused by a machine beyond this one (%s)", strerror(-trace->result)));
    cleanup_free char *where = goal(trace, at);
    return verdict("refused", str_format("arrived at %s, and was refused: nothing listens there (%s)", where,
                                         str_equal(trace->protocol, "tcp") ? "RST" : "ICMP port unreachable"));
}

static json_t *answered(const struct trace *trace)
{
    const struct trace_space *at = receiver(trace);
    if (!at)
        return verdict("answered", xstrdup("answered by a machine beyond this one"));
    cleanup_free char *where = goal(trace, at);
    bool proxy = str_equal(at->name, "host") && trace->count > trace->host + 1 && trace->probe.port;
    return verdict("answered", proxy ? str_format("answered by %s: the engine's userland proxy, which hands it on to %s", where,
                                                  trace->spaces[trace->host + 1].name)
                                     : str_format("answered by %s", where));
}

static json_t *not_forwarded(const struct trace *trace)
{
    cleanup_free char *forward = file_read("/proc/sys/net/ipv4/ip_forward", NULL, NULL);
    size_t last = json_array_size(trace->hops);
    const json_t *hop = last ? json_array_get(trace->hops, last - 1) : NULL;
    cleanup_free char *to = trace_address(trace, trace->probe.destination, 0);
    if (!trace->probe.v6 && forward && *forward == '0')
        return verdict("dropped", xstrdup("the host does not forward: net.ipv4.ip_forward is 0"));
    if (str_equal(json_str(hop, "step", ""), "route") && str_equal(json_str(hop, "verdict", ""), "none"))
        return verdict("no route", str_format("the host has no route to %s", to));
    return verdict("dropped",
                   xstrdup("it came into the host and went no further, though no rule dropped it: the kernel's own checks "
                           "did (reverse path, ip_forward, a wrong source address)"));
}

static json_t *unanswered(const struct trace *trace)
{
    const struct trace_space *at = receiver(trace);
    cleanup_free char *where = at ? goal(trace, at) : NULL;
    if (at && str_equal(trace->protocol, "udp"))
        return verdict("delivered", str_format("delivered to %s; nothing refused it, and UDP knows no receipt", where));
    if (at)
        return verdict("unanswered",
                       str_format("arrived at %s; no answer came back: see what drops packets on their way back", where));
    if (!trace->last)
        return verdict("unanswered", xstrdup("the probe was never seen by the packet filter"));
    const char *out = trace->last->out, *space = trace->last_space->name, *there, *far;
    cleanup_free char *to = trace_address(trace, trace->probe.destination, 0);
    if (trace->last->own && str_equal(trace->last->chain, "out")) {
        bool host = str_equal(space, "host");
        bool bridged = host ? trace_network_of(trace, out) != NULL : trace_wire(trace, space, out, &there, &far);
        return verdict("unanswered", bridged
                                         ? str_format("it left %s by %s, and nobody there has this address", space, out)
                                         : str_format("it left this machine by %s; no answer from %s within a second", out, to));
    }
    return str_equal(space, "host") && trace->host ? not_forwarded(trace)
                                                   : verdict("unanswered", str_format("last seen in %s, without a verdict", space));
}

json_t *trace_verdict_of(struct trace *trace)
{
    bool refusal = trace->result == -ECONNREFUSED;
    bool unreachable = trace->result == -EHOSTUNREACH || trace->result == -ENETUNREACH || trace->result == -EACCES;
    if (trace->drop)
        return verdict(refusal || unreachable ? "rejected" : "dropped", dropped_text(trace, refusal || unreachable));
    if (trace->result > 0)
        return answered(trace);
    if (!trace->last)
        return trace->result < 0 ? no_way(trace) : unanswered(trace);
    if (refusal)
        return refused(trace);
    if (str_equal(trace->last_space->name, "host") && trace->host && !(trace->last->own && !str_equal(trace->last->chain, "in")))
        return not_forwarded(trace);
    return unanswered(trace);
}
