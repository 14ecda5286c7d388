/* "Why can't I connect?": one probe packet, and every rule, chain, bridge and wire that it met.
 *
 * request: {"from":"host"|CONTAINER, "to":"HOST:PORT" (HOST alone for icmp; a container's name, an address or a name), "protocol":
 * "tcp"|"udp"|"icmp"}. `networks`: what topology_networks gives.
 *
 * {"from":{"namespace","address","port"},"to":{"given","address","port","namespace":".."|null},"protocol":"tcp","backend":"nf_tables"|"legacy",
 *  "hops":[{"namespace":"web","step":"route"|"sent"|"wire"|"arrives"|"rule"|"policy"|"return"|"nat"|"leaves"|"received",
 *           "text":"..","command":"..","table","chain","rule":N,"rule_text","verdict","by","network","packet":"a:1 > b:2"}],
 *  "verdict":{"result":"answered"|"refused"|"rejected"|"dropped"|"no route"|"unanswered"|"delivered","text":".."},
 *  "steps":[ what was done for it, and undone: steps_json ]}
 *
 * Where iptables is the legacy one the reports are those of its TRACE target (kernel/xt_trace.h); the story is the same.
 */
#ifndef SLIPWAY_DAEMON_TRACE_H
#define SLIPWAY_DAEMON_TRACE_H

#include "daemon/engine.h"

/* EINVAL and ENOENT for the request; EBUSY when the container does not run; EOPNOTSUPP where packets cannot be traced. */
json_t *trace_run(struct engine *engine, const json_t *request, const json_t *networks, struct error *err);

/* At a start of the engine: what a trace that was cut off has left in legacy tables of the host and of containers that run. */
void trace_sweep(struct engine *engine);

#endif
