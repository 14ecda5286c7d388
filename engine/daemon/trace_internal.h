/* What the files of a trace share: trace.c sends the probe and collects reports, trace_story.c makes steps of them that a person
 * can read, trace_verdict.c says how it ended, trace_tracer.c knows which packet filter a namespace has. */
#ifndef SLIPWAY_DAEMON_TRACE_INTERNAL_H
#define SLIPWAY_DAEMON_TRACE_INTERNAL_H

#include "daemon/trace.h"
#include "kernel/net/nft_trace.h"
#include "kernel/net/xt_trace.h"
#include "kernel/probe.h"

enum { TRACE_SPACES = 12, TRACE_EVENTS = 512 };

struct trace_space {
    char name[136];
    pid_t pid; /* 1: the host's */
    int netns;
    bool legacy; /* its rules are in the legacy tables */
    struct nft_tracer nft;
    struct xt_tracer xt;
    json_t *rules; /* observe_rules */
    struct trace_event *events;
    size_t count;
};

struct trace {
    const json_t *networks;
    struct probe probe;
    char given[300], protocol[8];
    struct trace_space spaces[TRACE_SPACES]; /* the source first; the host first or second; then who may receive it */
    size_t count, host;
    bool locked;      /* the legacy tables are this trace's alone */
    json_t *topology; /* before the probe */
    json_t *hops;
    struct steps *steps;
    int result; /* of the probe */
    /* Where it was seen last: */
    const struct trace_space *last_space;
    const struct trace_event *last;
    const json_t *drop; /* the rule or chain that dropped it: borrowed from `hops` */
};

int tracer_open(struct trace *trace, struct trace_space *space, const struct packet_match *match, struct error *err);
void tracer_close(struct trace_space *space);
int tracer_fd(const struct trace_space *space);
bool tracer_next(const struct trace *trace, struct trace_space *space, struct trace_event *event); /* with its verdict */
/* When all reports of a space are there: what the packet filter does not tell by itself. */
void tracer_complete(const struct trace *trace, struct trace_space *space);
int tracer_rule_number(struct trace_space *space, const struct trace_event *event); /* from 1; 0 when it is gone */

/* A chain of the rules before the probe, and a rule of it; NULL when there was none. */
json_t *trace_chain_of(const struct trace *trace, const struct trace_space *space, const struct trace_event *event);
const json_t *trace_rule_of(const struct trace *trace, const struct trace_space *space, const struct trace_event *event,
                            int number);

/* "10.0.0.2", "10.0.0.2:80", "[fd00::2]:80". */
char *trace_address(const struct trace *trace, const unsigned char *address, uint16_t port);
/* The network of a bridge of the host; NULL when it is none. */
const json_t *trace_network_of(const struct trace *trace, const char *bridge);

void trace_tell(struct trace *trace);          /* fills hops, last and drop */
json_t *trace_verdict_of(struct trace *trace); /* {"result","text"} */

/* The end of a wire in another namespace: false when `link` of `space` is none. */
bool trace_wire(const struct trace *trace, const char *space, const char *link, const char **there, const char **far_link);
const json_t *trace_link(const struct trace *trace, const char *space, const char *link);

#endif
