/* The table that marks a packet, and the reports of its way. */
#include "kernel/net/nft_trace.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <libnftnl/trace.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* First of all and last of all: raw is -300, srcnat is 100. */
enum { EARLY = -450, LATE = 450 };

static const struct {
    const char *name;
    uint32_t hook;
    int priority;
    bool marks;
} chains[] = {
    {"in", NF_INET_PRE_ROUTING, EARLY, true},    {"sent", NF_INET_LOCAL_OUT, EARLY, true},
    {"received", NF_INET_LOCAL_IN, LATE, false}, {"forwarded", NF_INET_FORWARD, LATE, false},
    {"out", NF_INET_POST_ROUTING, LATE, false},
};

static struct nlmsghdr *add_message(struct netlink_batch *batch, struct netlink *netlink, uint16_t type, uint16_t flags,
                                    uint8_t family, uint16_t resource)
{
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, type, flags);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
    return message;
}

static uint16_t nft_type(int message) { return (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | message); }

/* --- the rule --- */

static void put_compare(struct nftnl_rule *rule, const void *value, uint32_t size)
{
    struct nftnl_expr *compare = nftnl_expr_alloc("cmp");
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(compare, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
    nftnl_expr_set(compare, NFTNL_EXPR_CMP_DATA, value, size);
    nftnl_rule_add_expr(rule, compare);
}

static void put_field(struct nftnl_rule *rule, uint32_t base, uint32_t offset, const void *value, uint32_t size)
{
    struct nftnl_expr *payload = nftnl_expr_alloc("payload");
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(payload, NFTNL_EXPR_PAYLOAD_LEN, size);
    nftnl_rule_add_expr(rule, payload);
    put_compare(rule, value, size);
}

static void put_addresses(struct nftnl_rule *rule, const struct packet_match *match)
{
    static const unsigned char none[16];
    uint32_t size = match->v6 ? 16 : 4, at = match->v6 ? 8 : 12;
    if (memcmp(match->source, none, size) != 0)
        put_field(rule, NFT_PAYLOAD_NETWORK_HEADER, at, match->source, size);
    put_field(rule, NFT_PAYLOAD_NETWORK_HEADER, at + size, match->destination, size);
}

static void put_mark(struct nftnl_rule *rule)
{
    struct nftnl_expr *one = nftnl_expr_alloc("immediate"), *meta = nftnl_expr_alloc("meta");
    const uint8_t on = 1;
    nftnl_expr_set_u32(one, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
    nftnl_expr_set(one, NFTNL_EXPR_IMM_DATA, &on, sizeof on);
    nftnl_rule_add_expr(rule, one);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_NFTRACE);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_SREG, NFT_REG_1);
    nftnl_rule_add_expr(rule, meta);
}

static struct nftnl_rule *marking_rule(const struct packet_match *match)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    struct nftnl_expr *meta = nftnl_expr_alloc("meta");
    uint16_t from = htons(match->source_port), to = htons(match->destination_port);
    bool echo = match->protocol == IPPROTO_ICMP || match->protocol == IPPROTO_ICMPV6;
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
    nftnl_expr_set_u32(meta, NFTNL_EXPR_META_DREG, NFT_REG_1);
    nftnl_rule_add_expr(rule, meta);
    put_compare(rule, &match->protocol, 1);
    if (!match->any_address)
        put_addresses(rule, match);
    if (echo) {
        const uint8_t request = match->v6 ? 128 : 8;
        put_field(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, &request, 1);
        put_field(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 4, &from, 2);
    } else {
        if (from)
            put_field(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 0, &from, 2);
        if (to)
            put_field(rule, NFT_PAYLOAD_TRANSPORT_HEADER, 2, &to, 2);
    }
    put_mark(rule);
    return rule;
}

/* --- the table --- */

static void put_table(struct netlink_batch *batch, struct nft_tracer *tracer, uint8_t family)
{
    struct nlmsghdr *message =
        add_message(batch, &tracer->owner, nft_type(NFT_MSG_NEWTABLE), NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, family, 0);
    struct nftnl_table *table = nftnl_table_alloc();
    nftnl_table_set_str(table, NFTNL_TABLE_NAME, tracer->table);
    nftnl_table_set_u32(table, NFTNL_TABLE_FLAGS, NFT_TABLE_F_OWNER);
    nftnl_table_nlmsg_build_payload(message, table);
    nftnl_table_free(table);
}

static void put_chain(struct netlink_batch *batch, struct nft_tracer *tracer, uint8_t family, size_t which)
{
    struct nlmsghdr *message = add_message(batch, &tracer->owner, nft_type(NFT_MSG_NEWCHAIN), NLM_F_CREATE | NLM_F_ACK, family, 0);
    struct nftnl_chain *chain = nftnl_chain_alloc();
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, tracer->table);
    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, chains[which].name);
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "filter");
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, chains[which].hook);
    nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, chains[which].priority);
    nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    nftnl_chain_nlmsg_build_payload(message, chain);
    nftnl_chain_free(chain);
}

static void put_rule(struct netlink_batch *batch, struct nft_tracer *tracer, uint8_t family, size_t which,
                     const struct packet_match *match)
{
    struct nlmsghdr *message =
        add_message(batch, &tracer->owner, nft_type(NFT_MSG_NEWRULE), NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, family, 0);
    struct nftnl_rule *rule = marking_rule(match);
    nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, tracer->table);
    nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chains[which].name);
    nftnl_rule_nlmsg_build_payload(message, rule);
    nftnl_rule_free(rule);
}

static int make_table(struct nft_tracer *tracer, const struct packet_match *match, struct error *err)
{
    uint8_t family = match->v6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    add_message(&batch, &tracer->owner, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    put_table(&batch, tracer, family);
    for (size_t i = 0; i < ARRAY_LEN(chains); i++)
        put_chain(&batch, tracer, family, i);
    for (size_t i = 0; i < ARRAY_LEN(chains); i++)
        if (chains[i].marks)
            put_rule(&batch, tracer, family, i, match);
    add_message(&batch, &tracer->owner, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, &tracer->owner, NULL, &local);
    return r < 0 ? error_set(err, EOPNOTSUPP, "packets cannot be traced here: this kernel's nf_tables refuses a tracing table: %s",
                             local.message)
                 : 0;
}

/* --- opening and closing --- */

struct opening {
    struct nft_tracer *tracer;
    const struct packet_match *match;
    struct error error;
};

static int open_inside(void *context)
{
    struct opening *opening = context;
    struct nft_tracer *tracer = opening->tracer;
    int group = NFNLGRP_NFTRACE;
    int r = netlink_open(&tracer->owner, NETLINK_NETFILTER, &opening->error);
    if (r == 0)
        r = netlink_open(&tracer->events, NETLINK_NETFILTER, &opening->error);
    if (r < 0)
        return r;
    if (mnl_socket_setsockopt(tracer->events.socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) < 0)
        return error_set(&opening->error, EOPNOTSUPP, "packets cannot be traced here: this kernel has no nf_tables trace: %s",
                         strerror(errno));
    tracer->names = if_nameindex();
    snprintf(tracer->table, sizeof tracer->table, "slipway-trace-%u", tracer->owner.port);
    return make_table(tracer, opening->match, &opening->error);
}

int nft_tracer_open(struct nft_tracer *tracer, struct steps *steps, int netns, const char *label, const struct packet_match *match,
                    struct error *err)
{
    *tracer = (struct nft_tracer){.v6 = match->v6};
    struct opening opening = {.tracer = tracer, .match = match};
    int64_t start = step_start();
    int r = netns_run(netns, open_inside, &opening, &opening.error);
    step_recordf(steps, start, r, "nft table", label, "ip netns exec %s nft add rule %s %s in meta nftrace set 1", label,
                 match->v6 ? "ip6" : "ip", *tracer->table ? tracer->table : "slipway-trace");
    if (r == 0)
        return 0;
    nft_tracer_close(tracer);
    return error_set(err, opening.error.code, "%s", opening.error.message);
}

void nft_tracer_close(struct nft_tracer *tracer)
{
    netlink_close(&tracer->owner);
    netlink_close(&tracer->events);
    if (tracer->names)
        if_freenameindex(tracer->names);
    *tracer = (struct nft_tracer){0};
}

/* --- reports --- */

int nft_tracer_fd(const struct nft_tracer *tracer) { return mnl_socket_get_fd(tracer->events.socket); }

static void link_name(const struct nft_tracer *tracer, const struct nftnl_trace *trace, uint16_t which, char out[16])
{
    uint32_t index = nftnl_trace_is_set(trace, which) ? nftnl_trace_get_u32(trace, which) : 0;
    for (const struct if_nameindex *name = tracer->names; index && name && name->if_index; name++)
        if (name->if_index == index)
            snprintf(out, 16, "%s", name->if_name);
    if (index && !*out)
        snprintf(out, 16, "%u", index);
}

static enum trace_verdict verdict_of(uint32_t code)
{
    switch ((int)code) {
    case NF_DROP:
        return TRACE_DROP;
    case NF_ACCEPT:
        return TRACE_ACCEPT;
    case NFT_JUMP:
        return TRACE_JUMP;
    case NFT_GOTO:
        return TRACE_GOTO;
    case NFT_RETURN:
        return TRACE_GIVE_BACK;
    case NFT_CONTINUE:
        return TRACE_CONTINUE;
    default:
        return TRACE_OTHER;
    }
}

static void read_packet(const struct nft_tracer *tracer, const struct nftnl_trace *trace, struct trace_event *event)
{
    uint32_t size, ports_size, length = tracer->v6 ? 16 : 4, at = tracer->v6 ? 8 : 12;
    const unsigned char *header = nftnl_trace_get_data(trace, NFTNL_TRACE_NETWORK_HEADER, &size);
    const unsigned char *transport = nftnl_trace_get_data(trace, NFTNL_TRACE_TRANSPORT_HEADER, &ports_size);
    if (!header || size < at + 2 * length)
        return;
    event->has_packet = true;
    memcpy(event->source, header + at, length);
    memcpy(event->destination, header + at + length, length);
    if (transport && ports_size >= 4) {
        event->source_port = (uint16_t)(transport[0] << 8 | transport[1]);
        event->destination_port = (uint16_t)(transport[2] << 8 | transport[3]);
    }
}

static const char *text_of(const struct nftnl_trace *trace, uint16_t which)
{
    return nftnl_trace_is_set(trace, which) ? str_or(nftnl_trace_get_str(trace, which), "") : "";
}

static bool read_event(const struct nft_tracer *tracer, const struct nlmsghdr *message, struct trace_event *event)
{
    *event = (struct trace_event){0};
    struct nftnl_trace *trace = nftnl_trace_alloc();
    bool whole = (message->nlmsg_type & 0xff) == NFT_MSG_TRACE && nftnl_trace_nlmsg_parse(message, trace) == 0;
    if (whole) {
        uint32_t type = nftnl_trace_get_u32(trace, NFTNL_TRACE_TYPE);
        event->packet_id = nftnl_trace_get_u32(trace, NFTNL_TRACE_ID);
        event->kind = type == NFT_TRACETYPE_RULE ? TRACE_RULE : type == NFT_TRACETYPE_POLICY ? TRACE_POLICY : TRACE_RETURN;
        snprintf(event->table, sizeof event->table, "%s", text_of(trace, NFTNL_TRACE_TABLE));
        snprintf(event->chain, sizeof event->chain, "%s", text_of(trace, NFTNL_TRACE_CHAIN));
        snprintf(event->jump, sizeof event->jump, "%s", text_of(trace, NFTNL_TRACE_JUMP_TARGET));
        event->own = str_equal(event->table, tracer->table);
        event->verdict = verdict_of(nftnl_trace_get_u32(
            trace, event->kind == TRACE_POLICY && nftnl_trace_is_set(trace, NFTNL_TRACE_POLICY) ? NFTNL_TRACE_POLICY
                                                                                                : NFTNL_TRACE_VERDICT));
        if (nftnl_trace_is_set(trace, NFTNL_TRACE_RULE_HANDLE))
            event->handle = nftnl_trace_get_u64(trace, NFTNL_TRACE_RULE_HANDLE);
        link_name(tracer, trace, NFTNL_TRACE_IIF, event->in);
        link_name(tracer, trace, NFTNL_TRACE_OIF, event->out);
        read_packet(tracer, trace, event);
    }
    nftnl_trace_free(trace);
    return whole;
}

bool nft_tracer_next(struct nft_tracer *tracer, struct trace_event *event)
{
    char buffer[8192];
    for (;;) {
        ssize_t got = recv(nft_tracer_fd(tracer), buffer, sizeof buffer, MSG_DONTWAIT);
        if (got < (ssize_t)sizeof(struct nlmsghdr))
            return false;
        if (mnl_nlmsg_ok((struct nlmsghdr *)buffer, (int)got) && read_event(tracer, (struct nlmsghdr *)buffer, event))
            return true;
    }
}

/* --- which rule it was --- */

struct counting {
    uint64_t handle;
    int at, found;
};

static int count_rule(const struct nlmsghdr *message, void *data)
{
    struct counting *counting = data;
    struct nftnl_rule *rule = nftnl_rule_alloc();
    if (nftnl_rule_nlmsg_parse(message, rule) == 0) {
        counting->at++;
        if (nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE) == counting->handle)
            counting->found = counting->at;
    }
    nftnl_rule_free(rule);
    return MNL_CB_OK;
}

static void count_again(void *data)
{
    struct counting *counting = data;
    counting->at = counting->found = 0;
}

int nft_tracer_rule_number(struct nft_tracer *tracer, const char *table, const char *chain, uint64_t handle)
{
    char buffer[512];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = nft_type(NFT_MSG_GETRULE);
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = tracer->v6 ? NFPROTO_IPV6 : NFPROTO_IPV4, .version = NFNETLINK_V0};
    mnl_attr_put_strz(request, NFTA_RULE_TABLE, table);
    mnl_attr_put_strz(request, NFTA_RULE_CHAIN, chain);
    struct counting counting = {.handle = handle};
    return netlink_dump(&tracer->owner, request, count_rule, &counting, count_again, NULL) < 0 ? 0 : counting.found;
}
