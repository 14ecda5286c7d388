/* From the kernel's reports to steps that a person can read: route, rules, changed addresses, wires and bridges, in the order in
 * which the packet met them. */
#include "daemon/trace_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/topology.h"

#include <errno.h>
#include <string.h>

/* --- the picture --- */

static json_t *named(json_t *list, const char *name)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        if (str_equal(json_str(item, "name", ""), name))
            return item;
    }
    return NULL;
}

const json_t *trace_link(const struct trace *trace, const char *space, const char *link)
{
    return named(json_object_get(named(json_object_get(trace->topology, "namespaces"), space), "links"), link);
}

bool trace_wire(const struct trace *trace, const char *space, const char *link, const char **there, const char **far_link)
{
    size_t i;
    json_t *wire;
    json_array_foreach(json_object_get(trace->topology, "wires"), i, wire)
    {
        static const char *const ends[] = {"a", "b"};
        for (int end = 0; end < 2; end++) {
            const json_t *near = json_object_get(wire, ends[end]), *far = json_object_get(wire, ends[!end]);
            if (!str_equal(json_str(near, "namespace", ""), space) || !str_equal(json_str(near, "link", ""), link))
                continue;
            *there = json_str(far, "namespace", "");
            *far_link = json_str(far, "link", "");
            return true;
        }
    }
    return false;
}

const json_t *trace_network_of(const struct trace *trace, const char *bridge)
{
    size_t i;
    json_t *network;
    json_array_foreach((json_t *)trace->networks, i, network)
    {
        if (*bridge && str_equal(json_str(network, "bridge", ""), bridge))
            return network;
    }
    return NULL;
}

/* --- steps --- */

static json_t *add_hop(struct trace *trace, const struct trace_space *space, const char *step, char *text)
{
    json_t *hop = json_pack("{s:s, s:s, s:s}", "namespace", space->name, "step", step, "text", text);
    json_array_append_new(trace->hops, hop);
    free(text);
    return hop;
}

static char *packet_text(const struct trace *trace, const struct trace_event *event)
{
    bool ports = trace->probe.port;
    cleanup_free char *from = trace_address(trace, event->source, ports ? event->source_port : 0);
    cleanup_free char *to = trace_address(trace, event->destination, ports ? event->destination_port : 0);
    return str_format("%s > %s", from, to);
}

static void tell_route(struct trace *trace, const struct trace_space *space, const unsigned char *to, const unsigned char *from,
                       const char *in)
{
    struct error err = ERROR_INIT;
    cleanup_free char *goal = trace_address(trace, to, 0);
    cleanup_free char *route = observe_route(space->netns, trace->probe.v6, to, from, in, &err);
    bool host = str_equal(space->name, "host");
    cleanup_free char *where = host ? xstrdup("") : str_format("ip netns exec %s ", space->name);
    cleanup_free char *source = from ? trace_address(trace, from, 0) : NULL;
    cleanup_free char *by = in ? str_format(" from %s iif %s", source, in) : xstrdup("");
    cleanup_free char *command = str_format("%sip route get %s%s", where, goal, by);
    json_t *hop = add_hop(trace, space, "route",
                          route ? str_format("route: %s", route) : str_format("no route to %s: %s", goal, err.message));
    json_object_set_new(hop, "command", json_string(command));
    json_object_set_new(hop, "verdict", json_string(route ? "found" : "none"));
}

/* Out of a namespace by `out`: what is at the other end. */
static void tell_wire(struct trace *trace, const struct trace_space *space, const char *out)
{
    const char *there, *far;
    if (!trace_wire(trace, space->name, out, &there, &far))
        return;
    const char *bridge = json_str(trace_link(trace, there, far), "master", "");
    const json_t *network = trace_network_of(trace, bridge);
    cleanup_free char *plugged = *bridge ? str_format(", a port of bridge %s%s%s%s", bridge, network ? " (network " : "",
                                                      network ? json_str(network, "name", "") : "", network ? ")" : "")
                                         : xstrdup("");
    add_hop(trace, space, "wire", str_format("%s of %s is wired to %s of %s%s", out, space->name, far, there, plugged));
}

/* Into a namespace by `in`: the port of the bridge that it came from. */
static void tell_delivery(struct trace *trace, const struct trace_space *space, const char *in)
{
    const char *there, *port;
    if (!trace_wire(trace, space->name, in, &there, &port))
        return;
    const char *bridge = json_str(trace_link(trace, there, port), "master", "");
    if (*bridge)
        add_hop(trace, &trace->spaces[trace->host], "bridge",
                str_format("bridge %s hands it to its port %s, wired to %s of %s", bridge, port, in, space->name));
}

/* --- rules --- */

json_t *trace_chain_of(const struct trace *trace, const struct trace_space *space, const struct trace_event *event)
{
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(space->rules, "tables"), i, table)
    {
        if (str_equal(json_str(table, "family", ""), trace->probe.v6 ? "ip6" : "ip") &&
            str_equal(json_str(table, "name", ""), event->table))
            return named(json_object_get(table, "chains"), event->chain);
    }
    return NULL;
}

const json_t *trace_rule_of(const struct trace *trace, const struct trace_space *space, const struct trace_event *event, int number)
{
    return number < 1 ? NULL : json_array_get(json_object_get(trace_chain_of(trace, space, event), "rules"), (size_t)number - 1);
}

static const char *const verdicts[] = {"continue", "accept", "drop", "jump", "goto", "return", "other"};

static void tell_rule(struct trace *trace, struct trace_space *space, const struct trace_event *event)
{
    int number = tracer_rule_number(space, event);
    const json_t *rule = trace_rule_of(trace, space, event, number);
    const char *target = json_str(rule, "target", "");
    cleanup_free char *verdict = event->verdict == TRACE_JUMP || event->verdict == TRACE_GOTO
                                     ? str_format("%s %s", verdicts[event->verdict], event->jump)
                                 : *target && event->verdict != TRACE_GIVE_BACK ? xstrdup(target)
                                                                                : xstrdup(verdicts[event->verdict]);
    cleanup_free char *where = str_format("%s %s rule %d", event->table, event->chain, number);
    const char *author = json_str(rule, "by", ""), *text = json_str(rule, "rule", "");
    json_t *hop = add_hop(trace, space, "rule", str_format("%s: %s%s%s", where, verdict, *text ? "   " : "", text));
    json_object_update_new(hop, json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:s, s:s}", "table", event->table, "chain", event->chain,
                                          "rule", number, "rule_text", text, "verdict", verdict, "by", author, "in", event->in,
                                          "out", event->out));
    json_object_set_new(hop, "network", json_string(json_str(rule, "network", "")));
    if (event->verdict == TRACE_DROP)
        trace->drop = hop;
}

static void tell_policy(struct trace *trace, const struct trace_space *space, const struct trace_event *event)
{
    bool drop = event->verdict == TRACE_DROP;
    json_t *hop =
        add_hop(trace, space, "policy", str_format("%s %s: policy %s", event->table, event->chain, drop ? "DROP" : "ACCEPT"));
    json_object_update_new(hop, json_pack("{s:s, s:s, s:s, s:s, s:s}", "table", event->table, "chain", event->chain, "verdict",
                                          drop ? "drop" : "accept", "in", event->in, "out", event->out));
    if (drop)
        trace->drop = hop;
}

static void tell_return(struct trace *trace, const struct trace_space *space, const struct trace_event *event)
{
    json_t *hop =
        add_hop(trace, space, "return", str_format("%s %s: no rule decided, back to the caller", event->table, event->chain));
    json_object_update_new(hop, json_pack("{s:s, s:s, s:s}", "table", event->table, "chain", event->chain, "verdict", "return"));
}

/* --- the packet itself --- */

struct telling {
    struct trace_event packet; /* as seen last, anywhere */
    bool known, routed;
    unsigned seen;  /* own chains that it has come in by here */
    const char *in; /* the link by which it came into this namespace; "" when it was sent there */
};

static void tell_change(struct trace *trace, const struct trace_space *space, struct telling *telling,
                        const struct trace_event *event)
{
    size_t size = trace->probe.v6 ? 16 : 4;
    bool ports = trace->probe.port;
    bool to = memcmp(event->destination, telling->packet.destination, size) != 0 ||
              (ports && event->destination_port != telling->packet.destination_port);
    bool from =
        memcmp(event->source, telling->packet.source, size) != 0 || (ports && event->source_port != telling->packet.source_port);
    if (telling->known && (to || from)) {
        cleanup_free char *before = packet_text(trace, &telling->packet), *after = packet_text(trace, event);
        json_t *hop = add_hop(trace, space, "nat",
                              str_format("%s rewritten: %s becomes %s",
                                         to && from ? "addresses"
                                         : to       ? "destination"
                                                    : "source",
                                         before, after));
        json_object_update_new(hop, json_pack("{s:s, s:s}", "before", before, "after", after));
    }
    telling->packet = *event;
    telling->known = true;
}

static void tell_own(struct trace *trace, const struct trace_space *space, struct telling *telling, const struct trace_event *event)
{
    cleanup_free char *packet = packet_text(trace, &telling->packet);
    json_t *hop = NULL;
    bool carried = !str_equal(space->name, trace->spaces[0].name) || !str_equal(event->chain, "in");
    if (str_equal(event->chain, "sent")) {
        hop = add_hop(trace, space, "sent", str_format("%s %s leaves its socket, out by %s", trace->protocol, packet, event->out));
    } else if (str_equal(event->chain, "in") && carried) {
        if (space != &trace->spaces[trace->host])
            tell_delivery(trace, space, event->in);
        hop = add_hop(trace, space, "arrives", str_format("%s comes into %s by %s", packet, space->name, event->in));
        telling->in = event->in;
        telling->routed = false;
    } else if (str_equal(event->chain, "received")) {
        hop = add_hop(trace, space, "received", str_format("%s is for %s itself: handed to whoever listens", packet, space->name));
    } else if (str_equal(event->chain, "out")) {
        hop = add_hop(trace, space, "leaves", str_format("%s leaves %s by %s", packet, space->name, event->out));
        tell_wire(trace, space, event->out);
    }
    if (hop)
        json_object_update_new(hop, json_pack("{s:s, s:s, s:s}", "packet", packet, "in", event->in, "out", event->out));
}

/* Between prerouting and forward the kernel decides where it goes. */
static void tell_decision(struct trace *trace, const struct trace_space *space, struct telling *telling,
                          const struct trace_event *event)
{
    bool forwarded = *event->in && *event->out && !str_equal(event->in, event->out);
    if (telling->routed || !telling->in || !*telling->in || !forwarded)
        return;
    telling->routed = true;
    tell_route(trace, space, telling->packet.destination, telling->packet.source, event->in);
}

/* What follows the probe (the end of a connection that was answered) is not its way: it enters once, and once more through lo. */
static bool enters_again(struct telling *telling, const struct trace_event *event)
{
    unsigned which = str_equal(event->chain, "sent") ? 1 : str_equal(event->chain, "in") ? 2 : 0;
    if (!event->own || !event->has_packet || !which)
        return false;
    bool again = telling->seen & which;
    telling->seen |= which;
    return again;
}

/* The links are told with the first report of each chain. The end of a built-in chain is told by its policy. */
static void fill_in(struct trace_space *space, size_t index)
{
    struct trace_event *event = &space->events[index], *before = index ? event - 1 : NULL;
    if (!event->has_packet && before) {
        memcpy(event->in, before->in, sizeof event->in);
        memcpy(event->out, before->out, sizeof event->out);
    }
    if (event->kind == TRACE_RULE && !event->handle && !event->number)
        event->kind = TRACE_RETURN;
}

static bool policy_follows(const struct trace_space *space, size_t index)
{
    const struct trace_event *event = &space->events[index];
    return index + 1 < space->count && event[1].kind == TRACE_POLICY && str_equal(event[1].chain, event->chain) &&
           str_equal(event[1].table, event->table);
}

static void tell_event(struct trace *trace, struct trace_space *space, struct telling *telling, size_t index)
{
    const struct trace_event *event = &space->events[index];
    if (event->own && event->kind == TRACE_POLICY)
        tell_own(trace, space, telling, event);
    else if (event->own)
        return;
    else if (event->kind == TRACE_RULE)
        tell_rule(trace, space, event);
    else if (event->kind == TRACE_POLICY)
        tell_policy(trace, space, event);
    else if (!policy_follows(space, index))
        tell_return(trace, space, event);
}

static void tell_space(struct trace *trace, struct trace_space *space, struct telling *telling)
{
    telling->in = NULL;
    telling->routed = false;
    telling->seen = 0;
    for (size_t i = 0; i < space->count; i++) {
        const struct trace_event *event = &space->events[i];
        if (enters_again(telling, event))
            return;
        fill_in(space, i);
        if (event->has_packet)
            tell_change(trace, space, telling, event);
        trace->last_space = space;
        trace->last = event;
        tell_decision(trace, space, telling, event);
        tell_event(trace, space, telling, i);
    }
}

/* Came in, met no forward chain and was not for the host: the look-up after prerouting says why. */
static void tell_lost(struct trace *trace, const struct telling *telling)
{
    const struct trace_space *host = &trace->spaces[trace->host];
    if (trace->last_space != host || trace->drop || !telling->in || !*telling->in || telling->routed)
        return;
    if (str_equal(trace->last->chain, "received") || (trace->last->own && str_equal(trace->last->chain, "out")))
        return;
    tell_route(trace, host, telling->packet.destination, telling->packet.source, telling->in);
}

void trace_tell(struct trace *trace)
{
    struct telling telling = {0};
    tell_route(trace, &trace->spaces[0], trace->probe.destination, NULL, NULL);
    for (size_t i = 0; i < trace->count; i++) {
        if (i == trace->host + 1 && i != 1)
            tell_lost(trace, &telling);
        tell_space(trace, &trace->spaces[i], &telling);
    }
    if (trace->count == trace->host + 1 && trace->host)
        tell_lost(trace, &telling);
}
