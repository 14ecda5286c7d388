/* DOCKER_OUTPUT and DOCKER_POSTROUTING inside a container: with nf_tables one transaction in the shape that iptables-nft 1.8.9
 * gives the same rules, so that iptables in the container shows them; with legacy tables one iptables-restore. */
#include "kernel/net/resolver_rules.h"

#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/netlink.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/chain.h>
#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/table.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TO_RESOLVER   "DOCKER_OUTPUT"
#define FROM_RESOLVER "DOCKER_POSTROUTING"

/* struct iphdr and the transport headers; XT_ALIGN */
enum { IP_SOURCE_AT = 12, IP_DESTINATION_AT = 16, SOURCE_PORT_AT = 0, DESTINATION_PORT_AT = 2, TARGET_ALIGN = 8, NAME_PORT = 53 };

/* Where packets are met, and the chain of ours that they are sent to. */
static const struct hook {
    const char *chain, *ours;
    uint32_t number;
    int32_t priority;
} hooks[] = {{"OUTPUT", TO_RESOLVER, NF_INET_LOCAL_OUT, -100}, {"POSTROUTING", FROM_RESOLVER, NF_INET_POST_ROUTING, 100}};

/* --- texts --- */

static void rule_texts(const struct resolver_place *place, char out[4][RULE_TEXT])
{
    const struct {
        const char *name;
        uint16_t port;
    } kinds[] = {{"tcp", place->tcp_port}, {"udp", place->udp_port}};
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        snprintf(out[i], RULE_TEXT,
                 "-A " TO_RESOLVER " -d " RESOLVER_ADDRESS "/32 -p %s -m %s --dport 53 -j DNAT --to-destination " RESOLVER_ADDRESS
                 ":%u",
                 kinds[i].name, kinds[i].name, kinds[i].port);
        snprintf(out[2 + i], RULE_TEXT,
                 "-A " FROM_RESOLVER " -s " RESOLVER_ADDRESS "/32 -p %s -m %s --sport %u -j SNAT --to-source :53", kinds[i].name,
                 kinds[i].name, kinds[i].port);
    }
}

static void jump_text(const struct hook *hook, char out[RULE_TEXT])
{
    snprintf(out, RULE_TEXT, "-A %s -d " RESOLVER_ADDRESS "/32 -j %s", hook->chain, hook->ours);
}

static void record(const struct resolver_place *place, struct steps *steps, int64_t start, int result)
{
    char texts[4][RULE_TEXT], jump[RULE_TEXT];
    rule_texts(place, texts);
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        step_recordf(steps, start, result, "nft chain", hooks[i].ours, "ip netns exec %s iptables -t nat -N %s", place->label,
                     hooks[i].ours);
        start = step_start(); /* one transaction: the first carries its time */
        jump_text(&hooks[i], jump);
        step_recordf(steps, start, result, "nft rule", hooks[i].chain, "ip netns exec %s iptables -t nat %s", place->label, jump);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        step_recordf(steps, start, result, "nft rule", i < 2 ? TO_RESOLVER : FROM_RESOLVER, "ip netns exec %s iptables -t nat %s",
                     place->label, texts[i]);
}

/* --- legacy --- */

static int restore(const struct resolver_place *place, struct steps *steps, struct error *err)
{
    char texts[4][RULE_TEXT], jump[RULE_TEXT];
    cleanup_buf struct buf input = BUF_INIT;
    cleanup_free char *present = place->fresh ? NULL : iptables_read(place->iptables, false, NULL);
    rule_texts(place, texts);
    buf_puts(&input, "*nat\n");
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
        buf_printf(&input, ":%s - [0:0]\n", hooks[i].ours); /* flushes a chain that is there */
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        jump_text(&hooks[i], jump);
        if (!present || !strstr(present, jump))
            buf_printf(&input, "%s\n", jump);
    }
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        buf_printf(&input, "%s\n", texts[i]);
    buf_puts(&input, "COMMIT\n");
    return iptables_apply(place->iptables, steps, input.data, err);
}

/* --- nf_tables: expressions --- */

static struct nftnl_expr *expression(struct nftnl_rule *rule, const char *name)
{
    struct nftnl_expr *made = nftnl_expr_alloc(name);
    nftnl_rule_add_expr(rule, made);
    return made;
}

static void compare(struct nftnl_rule *rule, const void *value, uint32_t length)
{
    struct nftnl_expr *made = expression(rule, "cmp");
    nftnl_expr_set_u32(made, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(made, NFTNL_EXPR_CMP_OP, NFT_CMP_EQ);
    nftnl_expr_set(made, NFTNL_EXPR_CMP_DATA, value, length);
}

static void match_payload(struct nftnl_rule *rule, uint32_t base, uint32_t offset, const void *value, uint32_t length)
{
    struct nftnl_expr *made = expression(rule, "payload");
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_LEN, length);
    compare(rule, value, length);
}

static void match_address(struct nftnl_rule *rule, uint32_t offset)
{
    struct in_addr address;
    inet_pton(AF_INET, RESOLVER_ADDRESS, &address);
    match_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, &address, sizeof address);
}

static void match_protocol(struct nftnl_rule *rule, uint8_t protocol)
{
    struct nftnl_expr *made = expression(rule, "meta");
    nftnl_expr_set_u32(made, NFTNL_EXPR_META_KEY, NFT_META_L4PROTO);
    nftnl_expr_set_u32(made, NFTNL_EXPR_META_DREG, NFT_REG_1);
    compare(rule, &protocol, sizeof protocol);
    nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_PROTO, protocol);
    nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_FLAGS, 0);
}

static void target(struct nftnl_rule *rule, const char *name, uint32_t revision, const void *info, size_t size)
{
    size_t aligned = (size + TARGET_ALIGN - 1) / TARGET_ALIGN * TARGET_ALIGN;
    unsigned char *copy = xcalloc(1, aligned); /* libnftnl takes it over */
    memcpy(copy, info, size);
    nftnl_expr_set_u64(expression(rule, "counter"), NFTNL_EXPR_CTR_PACKETS, 0);
    struct nftnl_expr *made = expression(rule, "target");
    nftnl_expr_set_str(made, NFTNL_EXPR_TG_NAME, name);
    nftnl_expr_set_u32(made, NFTNL_EXPR_TG_REV, revision);
    nftnl_expr_set(made, NFTNL_EXPR_TG_INFO, copy, (uint32_t)aligned);
}

static struct nftnl_rule *new_rule(const char *chain)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    nftnl_rule_set_str(rule, NFTNL_RULE_TABLE, "nat");
    nftnl_rule_set_str(rule, NFTNL_RULE_CHAIN, chain);
    return rule;
}

static struct nftnl_rule *jump_rule(const struct hook *hook)
{
    struct nftnl_rule *rule = new_rule(hook->chain);
    match_address(rule, IP_DESTINATION_AT);
    nftnl_expr_set_u64(expression(rule, "counter"), NFTNL_EXPR_CTR_PACKETS, 0);
    struct nftnl_expr *verdict = expression(rule, "immediate");
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
    nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_VERDICT, (uint32_t)NFT_JUMP);
    nftnl_expr_set_str(verdict, NFTNL_EXPR_IMM_CHAIN, hook->ours);
    return rule;
}

static struct nftnl_rule *rule_to(uint8_t protocol, uint16_t port)
{
    struct nftnl_rule *rule = new_rule(TO_RESOLVER);
    uint16_t asked = htons(NAME_PORT);
    struct nf_nat_range2 range = {.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED};
    inet_pton(AF_INET, RESOLVER_ADDRESS, &range.min_addr.ip);
    range.max_addr = range.min_addr;
    range.min_proto.all = range.max_proto.all = htons(port);
    match_protocol(rule, protocol);
    match_address(rule, IP_DESTINATION_AT);
    match_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT_AT, &asked, sizeof asked);
    target(rule, "DNAT", 2, &range, sizeof range);
    return rule;
}

static struct nftnl_rule *rule_from(uint8_t protocol, uint16_t port)
{
    struct nftnl_rule *rule = new_rule(FROM_RESOLVER);
    uint16_t own = htons(port), shown = htons(NAME_PORT);
    struct nf_nat_ipv4_multi_range_compat range = {.rangesize = 1, .range[0].flags = NF_NAT_RANGE_PROTO_SPECIFIED};
    range.range[0].min.all = range.range[0].max.all = shown;
    match_protocol(rule, protocol);
    match_address(rule, IP_SOURCE_AT);
    match_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, SOURCE_PORT_AT, &own, sizeof own);
    target(rule, "SNAT", 0, &range, sizeof range);
    return rule;
}

/* --- nf_tables: messages --- */

struct transaction {
    struct netlink netlink;
    struct netlink_batch batch;
};

static struct nlmsghdr *message(struct transaction *transaction, uint16_t type, uint16_t flags)
{
    bool frame = type == NFNL_MSG_BATCH_BEGIN || type == NFNL_MSG_BATCH_END;
    uint16_t full = frame ? type : (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
    struct nlmsghdr *made = netlink_batch_add(&transaction->batch, &transaction->netlink, full, flags);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(made, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = frame ? AF_UNSPEC : NFPROTO_IPV4,
                              .version = NFNETLINK_V0,
                              .res_id = frame ? htons(NFNL_SUBSYS_NFTABLES) : 0};
    return made;
}

static void put_rule(struct transaction *transaction, struct nftnl_rule *rule, uint16_t flags)
{
    nftnl_rule_nlmsg_build_payload(message(transaction, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | flags), rule);
    nftnl_rule_free(rule);
}

static void put_chain(struct transaction *transaction, const char *name, const struct hook *hook)
{
    struct nftnl_chain *chain = nftnl_chain_alloc();
    nftnl_chain_set_str(chain, NFTNL_CHAIN_TABLE, "nat");
    nftnl_chain_set_str(chain, NFTNL_CHAIN_NAME, name);
    if (hook) {
        nftnl_chain_set_str(chain, NFTNL_CHAIN_TYPE, "nat");
        nftnl_chain_set_u32(chain, NFTNL_CHAIN_HOOKNUM, hook->number);
        nftnl_chain_set_s32(chain, NFTNL_CHAIN_PRIO, hook->priority);
        nftnl_chain_set_u32(chain, NFTNL_CHAIN_POLICY, NF_ACCEPT);
    }
    nftnl_chain_nlmsg_build_payload(message(transaction, NFT_MSG_NEWCHAIN, NLM_F_CREATE), chain);
    nftnl_chain_free(chain);
}

static void put_table(struct transaction *transaction)
{
    struct nftnl_table *table = nftnl_table_alloc();
    nftnl_table_set_str(table, NFTNL_TABLE_NAME, "nat");
    nftnl_table_nlmsg_build_payload(message(transaction, NFT_MSG_NEWTABLE, NLM_F_CREATE), table);
    nftnl_table_free(table);
}

static void flush_chain(struct transaction *transaction, const char *name)
{
    struct nftnl_rule *all = new_rule(name);
    nftnl_rule_nlmsg_build_payload(message(transaction, NFT_MSG_DELRULE, 0), all);
    nftnl_rule_free(all);
}

struct seen {
    const char *chain;
    bool jumps;
};

static int see_expression(struct nftnl_expr *expression, void *data)
{
    struct seen *seen = data;
    if (str_equal(nftnl_expr_get_str(expression, NFTNL_EXPR_NAME), "immediate") &&
        nftnl_expr_is_set(expression, NFTNL_EXPR_IMM_CHAIN) &&
        str_equal(nftnl_expr_get_str(expression, NFTNL_EXPR_IMM_CHAIN), seen->chain))
        seen->jumps = true;
    return 0;
}

static int see_rule(const struct nlmsghdr *answer, void *data)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    if (nftnl_rule_nlmsg_parse(answer, rule) == 0)
        nftnl_expr_foreach(rule, see_expression, data);
    nftnl_rule_free(rule);
    return MNL_CB_OK;
}

/* Does the hook's chain lead to ours already? */
static bool jumps(struct netlink *netlink, const struct hook *hook)
{
    char buffer[256];
    struct seen seen = {.chain = hook->ours};
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = NFPROTO_IPV4, .version = NFNETLINK_V0};
    mnl_attr_put_strz(request, NFTA_RULE_TABLE, "nat");
    mnl_attr_put_strz(request, NFTA_RULE_CHAIN, hook->chain);
    (void)netlink_dump(netlink, request, see_rule, &seen, NULL, NULL);
    return seen.jumps;
}

static int transact(const struct resolver_place *place, struct transaction *transaction, struct error *err)
{
    bool jump[ARRAY_LEN(hooks)];
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++)
        jump[i] = place->fresh || !jumps(&transaction->netlink, &hooks[i]);
    netlink_batch_begin(&transaction->batch);
    message(transaction, NFNL_MSG_BATCH_BEGIN, 0);
    put_table(transaction);
    for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
        put_chain(transaction, hooks[i].chain, &hooks[i]);
        put_chain(transaction, hooks[i].ours, NULL);
        flush_chain(transaction, hooks[i].ours);
        if (jump[i])
            put_rule(transaction, jump_rule(&hooks[i]), 0);
    }
    put_rule(transaction, rule_to(IPPROTO_TCP, place->tcp_port), 0);
    put_rule(transaction, rule_to(IPPROTO_UDP, place->udp_port), 0);
    put_rule(transaction, rule_from(IPPROTO_TCP, place->tcp_port), 0);
    put_rule(transaction, rule_from(IPPROTO_UDP, place->udp_port), NLM_F_ACK);
    message(transaction, NFNL_MSG_BATCH_END, 0);
    return netlink_batch_send(&transaction->batch, &transaction->netlink, NULL, err);
}

int resolver_rules(const struct resolver_place *place, struct steps *steps, struct error *err)
{
    if (!place->iptables || place->iptables->backend == IPTABLES_NONE)
        return error_set(err, ENOENT, "there is no iptables");
    if (place->iptables->backend == IPTABLES_LEGACY)
        return restore(place, steps, err);
    struct transaction *transaction = xcalloc(1, sizeof *transaction);
    int64_t start = step_start();
    int r = netlink_open(&transaction->netlink, NETLINK_NETFILTER, err);
    if (r == 0)
        r = transact(place, transaction, err);
    if (r < 0)
        error_prefix(err, "make the rules for " RESOLVER_ADDRESS);
    if (r == -ENOENT)
        r = -EOPNOTSUPP; /* an answer of the kernel's, not "no iptables" */
    record(place, steps, start, r);
    netlink_close(&transaction->netlink);
    free(transaction);
    return r;
}
