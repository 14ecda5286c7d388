/* Packet rules as nf_tables expressions, in the order and form in which iptables-nft 1.8.9 writes them
 * (`nft --debug=netlink list ruleset` shows them); and a signature to know such a rule again. */
#include "kernel/net/nft_rule.h"

#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <libnftnl/expr.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_nat.h>
#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

/* struct iphdr and the transport headers */
enum { IP_SOURCE_AT = 12, IP_DESTINATION_AT = 16, DESTINATION_PORT_AT = 2 };

/* xtables aligns what a target carries to eight bytes (XT_ALIGN). */
enum { TARGET_ALIGN = 8 };

static struct nftnl_expr *expression(struct nftnl_rule *rule, const char *name)
{
    struct nftnl_expr *made = nftnl_expr_alloc(name);
    nftnl_rule_add_expr(rule, made);
    return made;
}

static void compare(struct nftnl_rule *rule, uint32_t operation, const void *value, uint32_t length)
{
    struct nftnl_expr *made = expression(rule, "cmp");
    nftnl_expr_set_u32(made, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
    nftnl_expr_set_u32(made, NFTNL_EXPR_CMP_OP, operation);
    nftnl_expr_set(made, NFTNL_EXPR_CMP_DATA, value, length);
}

static void load_meta(struct nftnl_rule *rule, uint32_t key)
{
    struct nftnl_expr *made = expression(rule, "meta");
    nftnl_expr_set_u32(made, NFTNL_EXPR_META_KEY, key);
    nftnl_expr_set_u32(made, NFTNL_EXPR_META_DREG, NFT_REG_1);
}

static void load_payload(struct nftnl_rule *rule, uint32_t base, uint32_t offset, uint32_t length)
{
    struct nftnl_expr *made = expression(rule, "payload");
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_DREG, NFT_REG_1);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_BASE, base);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_OFFSET, offset);
    nftnl_expr_set_u32(made, NFTNL_EXPR_PAYLOAD_LEN, length);
}

static void match_link(struct nftnl_rule *rule, uint32_t key, const char *name, bool not )
{
    if (!*name)
        return;
    load_meta(rule, key);
    compare(rule, not ? NFT_CMP_NEQ : NFT_CMP_EQ, name, (uint32_t)strlen(name) + 1);
}

static void match_address(struct nftnl_rule *rule, uint32_t offset, uint32_t address)
{
    if (!address)
        return;
    load_payload(rule, NFT_PAYLOAD_NETWORK_HEADER, offset, sizeof address);
    compare(rule, NFT_CMP_EQ, &address, sizeof address);
}

static void jump_target(struct nftnl_rule *rule, const char *name, uint32_t revision, const void *info, size_t size)
{
    size_t aligned = (size + TARGET_ALIGN - 1) / TARGET_ALIGN * TARGET_ALIGN;
    unsigned char *copy = xcalloc(1, aligned); /* libnftnl takes it over */
    memcpy(copy, info, size);
    struct nftnl_expr *made = expression(rule, "target");
    nftnl_expr_set_str(made, NFTNL_EXPR_TG_NAME, name);
    nftnl_expr_set_u32(made, NFTNL_EXPR_TG_REV, revision);
    nftnl_expr_set(made, NFTNL_EXPR_TG_INFO, copy, (uint32_t)aligned);
}

static void jump(struct nftnl_rule *rule, const struct packet_rule *packet)
{
    struct nf_nat_range2 destination = {.flags = NF_NAT_RANGE_MAP_IPS | NF_NAT_RANGE_PROTO_SPECIFIED};
    struct nf_nat_ipv4_multi_range_compat none = {.rangesize = 1};
    struct nftnl_expr *verdict;
    switch (packet->target) {
    case RULE_ACCEPT:
        verdict = expression(rule, "immediate");
        nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
        nftnl_expr_set_u32(verdict, NFTNL_EXPR_IMM_VERDICT, NF_ACCEPT);
        break;
    case RULE_DNAT:
        destination.min_addr.ip = destination.max_addr.ip = packet->to_address;
        destination.min_proto.all = destination.max_proto.all = htons(packet->to_port);
        jump_target(rule, "DNAT", 2, &destination, sizeof destination);
        break;
    case RULE_MASQUERADE:
        jump_target(rule, "MASQUERADE", 0, &none, sizeof none);
        break;
    }
}

struct nftnl_rule *nft_rule_build(const struct packet_rule *packet)
{
    struct nftnl_rule *rule = nftnl_rule_alloc();
    uint8_t protocol = str_equal(packet->protocol, "udp") ? IPPROTO_UDP : IPPROTO_TCP;
    uint16_t port = htons(packet->port);
    match_link(rule, NFT_META_IIFNAME, packet->in_link, packet->in_not);
    match_link(rule, NFT_META_OIFNAME, packet->out_link, false);
    load_meta(rule, NFT_META_L4PROTO);
    compare(rule, NFT_CMP_EQ, &protocol, sizeof protocol);
    match_address(rule, IP_SOURCE_AT, packet->source);
    match_address(rule, IP_DESTINATION_AT, packet->destination);
    load_payload(rule, NFT_PAYLOAD_TRANSPORT_HEADER, DESTINATION_PORT_AT, sizeof port);
    compare(rule, NFT_CMP_EQ, &port, sizeof port);
    nftnl_expr_set_u64(expression(rule, "counter"), NFTNL_EXPR_CTR_PACKETS, 0);
    jump(rule, packet);
    nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_PROTO, protocol);
    nftnl_rule_set_u32(rule, NFTNL_RULE_COMPAT_FLAGS, 0);
    return rule;
}

/* --- knowing a rule again --- */

static const struct {
    const char *name;
    uint16_t attributes[5]; /* ended by 0 */
} telling[] = {
    {"meta", {NFTNL_EXPR_META_KEY, NFTNL_EXPR_META_DREG}},
    {"cmp", {NFTNL_EXPR_CMP_SREG, NFTNL_EXPR_CMP_OP, NFTNL_EXPR_CMP_DATA}},
    {"payload", {NFTNL_EXPR_PAYLOAD_DREG, NFTNL_EXPR_PAYLOAD_BASE, NFTNL_EXPR_PAYLOAD_OFFSET, NFTNL_EXPR_PAYLOAD_LEN}},
    {"immediate", {NFTNL_EXPR_IMM_DREG, NFTNL_EXPR_IMM_VERDICT, NFTNL_EXPR_IMM_CHAIN}},
    {"target", {NFTNL_EXPR_TG_NAME, NFTNL_EXPR_TG_REV, NFTNL_EXPR_TG_INFO}},
    {"counter", {0}},
};

static void add_hex(struct buf *out, const unsigned char *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        buf_putc(out, "0123456789abcdef"[bytes[i] >> 4]);
        buf_putc(out, "0123456789abcdef"[bytes[i] & 15]);
    }
}

static int sign_expression(struct nftnl_expr *expression, void *data)
{
    struct buf *signature = data;
    const char *name = nftnl_expr_get_str(expression, NFTNL_EXPR_NAME);
    buf_puts(signature, name);
    size_t kind = 0;
    while (kind < ARRAY_LEN(telling) && !str_equal(telling[kind].name, name))
        kind++;
    if (kind == ARRAY_LEN(telling))
        buf_puts(signature, "?");
    for (size_t i = 0; kind < ARRAY_LEN(telling) && telling[kind].attributes[i]; i++) {
        uint32_t length = 0;
        const void *value = NULL;
        if (nftnl_expr_is_set(expression, telling[kind].attributes[i]))
            value = nftnl_expr_get(expression, telling[kind].attributes[i], &length);
        buf_putc(signature, ' ');
        if (value)
            add_hex(signature, value, length);
    }
    buf_putc(signature, '\n');
    return 0;
}

char *nft_rule_signature(const struct nftnl_rule *rule)
{
    struct buf signature = BUF_INIT;
    nftnl_expr_foreach((struct nftnl_rule *)rule, sign_expression, &signature);
    return buf_take(&signature);
}
