/* The packet filter that a namespace has: nf_tables tells all by itself; of the legacy tables' reports the verdicts are found in
 * the rules, and what no rule says (that the packet was handed over, that it left, how its source was rewritten) is put between
 * them. */
#include "daemon/trace_internal.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/instance.h"

#include <arpa/inet.h>
#include <linux/netfilter.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int tracer_open(struct trace *trace, struct trace_space *space, const struct packet_match *match, struct error *err)
{
    if (space->legacy)
        return xt_tracer_open(&space->xt, trace->steps, space->netns, space->name, match, err);
    return nft_tracer_open(&space->nft, trace->steps, space->netns, space->name, match, err);
}

void tracer_close(struct trace_space *space)
{
    xt_tracer_close(&space->xt);
    nft_tracer_close(&space->nft);
}

int tracer_fd(const struct trace_space *space) { return space->legacy ? xt_tracer_fd(&space->xt) : nft_tracer_fd(&space->nft); }

int tracer_rule_number(struct trace_space *space, const struct trace_event *event)
{
    return space->legacy ? event->number : nft_tracer_rule_number(&space->nft, event->table, event->chain, event->handle);
}

/* --- verdicts of legacy rules --- */

static const struct {
    const char *target;
    enum trace_verdict verdict;
} targets[] = {
    {"ACCEPT", TRACE_ACCEPT},   {"DROP", TRACE_DROP},   {"REJECT", TRACE_DROP},   {"RETURN", TRACE_GIVE_BACK},
    {"DNAT", TRACE_ACCEPT},     {"SNAT", TRACE_ACCEPT}, {"NETMAP", TRACE_ACCEPT}, {"MASQUERADE", TRACE_ACCEPT},
    {"REDIRECT", TRACE_ACCEPT}, {"QUEUE", TRACE_OTHER}, {"NFQUEUE", TRACE_OTHER}, {"TPROXY", TRACE_ACCEPT},
    {"SYNPROXY", TRACE_DROP},
};

static enum trace_verdict rule_verdict(const struct trace *trace, const struct trace_space *space, struct trace_event *event,
                                       const json_t *rule)
{
    const char *target = json_str(rule, "target", "");
    struct trace_event there = *event;
    for (size_t i = 0; i < ARRAY_LEN(targets); i++)
        if (str_equal(targets[i].target, target))
            return targets[i].verdict;
    snprintf(there.chain, sizeof there.chain, "%s", target);
    if (!*target || !trace_chain_of(trace, space, &there))
        return TRACE_CONTINUE;
    snprintf(event->jump, sizeof event->jump, "%s", target);
    return strstr(json_str(rule, "rule", ""), " -g ") ? TRACE_GOTO : TRACE_JUMP;
}

static bool has_trace_rules(const struct trace_event *event)
{
    return str_equal(event->table, "raw") && (str_equal(event->chain, "PREROUTING") || str_equal(event->chain, "OUTPUT"));
}

/* The kernel calls a last rule without conditions the end of its chain, so what an event is about is told by its number alone. */
static void judge(const struct trace *trace, const struct trace_space *space, struct trace_event *event)
{
    const json_t *chain = trace_chain_of(trace, space, event);
    const char *policy = json_str(chain, "policy", "");
    event->number -= has_trace_rules(event) ? XT_TRACE_RULES : 0;
    const json_t *rule = trace_rule_of(trace, space, event, event->number);
    bool built_in = *policy || (!chain && event->kind == TRACE_POLICY);
    event->kind = rule ? TRACE_RULE : built_in ? TRACE_POLICY : TRACE_RETURN;
    if (rule)
        event->verdict = rule_verdict(trace, space, event, rule);
    else
        event->verdict = !built_in ? TRACE_GIVE_BACK : str_equal(policy, "DROP") ? TRACE_DROP : TRACE_ACCEPT;
}

bool tracer_next(const struct trace *trace, struct trace_space *space, struct trace_event *event)
{
    if (!space->legacy)
        return nft_tracer_next(&space->nft, event);
    bool one = xt_tracer_next(&space->xt, event);
    if (one && !event->own)
        judge(trace, space, event);
    return one;
}

/* --- what no rule says --- */

struct completing {
    struct trace_event *events; /* the new ones */
    size_t count;
    struct trace_event last; /* of the old ones */
    struct flow_tuple first, sent_on;
    bool begun, translated;
};

static void append(struct completing *completing, const struct trace_event *event)
{
    if (completing->count < TRACE_EVENTS)
        completing->events[completing->count++] = *event;
}

static void note_first(const struct trace *trace, struct trace_space *space, struct completing *completing,
                       const struct trace_event *event)
{
    if (completing->begun || !event->has_packet)
        return;
    bool echo = trace->probe.protocol == IPPROTO_ICMP;
    struct flow_tuple *first = &completing->first;
    *first = (struct flow_tuple){.v6 = trace->probe.v6,
                                 .protocol = echo && trace->probe.v6 ? IPPROTO_ICMPV6 : trace->probe.protocol,
                                 .source_port = event->source_port,
                                 .destination_port = event->destination_port};
    memcpy(first->source, event->source, sizeof first->source);
    memcpy(first->destination, event->destination, sizeof first->destination);
    completing->begun = true;
    completing->translated = conntrack_watch_find(&space->xt.flows, first, &completing->sent_on);
}

/* At the end of a hook: no rule dropped it there, so it was handed over, or went out. */
static void leave_hook(struct completing *completing)
{
    struct trace_event event = completing->last;
    bool received = event.hook == NF_INET_LOCAL_IN, out = event.hook == NF_INET_POST_ROUTING;
    if (!completing->begun || event.verdict == TRACE_DROP || !(received || out))
        return;
    event.own = true;
    event.kind = TRACE_POLICY;
    event.verdict = TRACE_ACCEPT;
    event.number = 0;
    *event.table = '\0';
    snprintf(event.chain, sizeof event.chain, "%s", received ? "received" : "out");
    if (out && completing->translated) {
        memcpy(event.source, completing->sent_on.source, sizeof event.source);
        memcpy(event.destination, completing->sent_on.destination, sizeof event.destination);
        event.source_port = completing->sent_on.source_port;
        event.destination_port = completing->sent_on.destination_port;
    }
    append(completing, &event);
}

/* A table that is there for the trace only, or is empty, has nothing to tell. */
static bool telling(const struct trace *trace, const struct trace_space *space, const struct trace_event *event)
{
    bool passing = event->own || !(str_equal(event->table, "raw") || str_equal(event->table, "mangle"));
    const json_t *chain = passing ? NULL : trace_chain_of(trace, space, event);
    return passing || event->kind != TRACE_POLICY || event->verdict == TRACE_DROP ||
           json_array_size(json_object_get(chain, "rules"));
}

void tracer_complete(const struct trace *trace, struct trace_space *space)
{
    if (!space->legacy)
        return;
    struct completing completing = {.events = xcalloc(TRACE_EVENTS, sizeof *completing.events)};
    for (size_t i = 0; i < space->count; i++) {
        struct trace_event *event = &space->events[i];
        if (event->own)
            note_first(trace, space, &completing, event);
        if (i && (event->own || event->hook != completing.last.hook))
            leave_hook(&completing);
        if (telling(trace, space, event))
            append(&completing, event);
        completing.last = *event;
    }
    if (space->count)
        leave_hook(&completing);
    free(space->events);
    space->events = completing.events;
    space->count = completing.count;
}

/* --- after a crash --- */

void trace_sweep(struct engine *engine)
{
    size_t count;
    struct instance **all = table_all(engine, &count);
    xt_trace_sweep(1);
    for (size_t i = 0; i < count; i++) {
        pid_t pid = instance_running_pid(all[i]);
        if (pid)
            xt_trace_sweep(pid);
    }
    table_all_free(all, count);
}
