/* Transactions on nf_tables: finding the handles of rules that go, and sending what goes and what comes in one batch.
 * What a rule looks like to the kernel is said in nft_rule.c. */
#include "kernel/net/nft.h"

#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/nft_rule.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libnftnl/rule.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <string.h>

enum { RULES_IN_BATCH = 20, FIND_ATTEMPTS = 5 };

static struct nlmsghdr *add_message(struct netlink_batch *batch, struct netlink *netlink, uint16_t type, uint16_t flags,
                                    uint8_t family, uint16_t resource)
{
    struct nlmsghdr *message = netlink_batch_add(batch, netlink, type, flags);
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(message, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = family, .version = NFNETLINK_V0, .res_id = htons(resource)};
    return message;
}

/* --- finding rules that are in place --- */

struct wanted {
    const struct packet_rule *rule;
    char *signature;
    uint64_t handle; /* 0: not found */
};

struct search {
    struct wanted *wanted;
    size_t count;
    const char *table, *chain;
};

/* Each wanted rule takes one rule of the kernel's at most: two alike are two. */
static int compare_rule(const struct nlmsghdr *message, void *data)
{
    struct search *search = data;
    struct nftnl_rule *rule = nftnl_rule_alloc();
    if (!rule || nftnl_rule_nlmsg_parse(message, rule) < 0) {
        nftnl_rule_free(rule);
        return MNL_CB_OK;
    }
    cleanup_free char *signature = nft_rule_signature(rule);
    for (size_t i = 0; i < search->count; i++) {
        struct wanted *wanted = &search->wanted[i];
        if (!wanted->handle && str_equal(wanted->rule->table, search->table) && str_equal(wanted->rule->chain, search->chain) &&
            str_equal(wanted->signature, signature)) {
            wanted->handle = nftnl_rule_get_u64(rule, NFTNL_RULE_HANDLE);
            break;
        }
    }
    nftnl_rule_free(rule);
    return MNL_CB_OK;
}

static void forget_handles(void *data)
{
    struct search *search = data;
    for (size_t i = 0; i < search->count; i++)
        if (str_equal(search->wanted[i].rule->table, search->table) && str_equal(search->wanted[i].rule->chain, search->chain))
            search->wanted[i].handle = 0;
}

static int search_chain(struct netlink *netlink, struct search *search, struct error *err)
{
    char buffer[256];
    struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
    request->nlmsg_type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG_GETRULE;
    request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    struct nfgenmsg *body = mnl_nlmsg_put_extra_header(request, sizeof *body);
    *body = (struct nfgenmsg){.nfgen_family = NFPROTO_IPV4, .version = NFNETLINK_V0};
    mnl_attr_put_strz(request, NFTA_RULE_TABLE, search->table);
    mnl_attr_put_strz(request, NFTA_RULE_CHAIN, search->chain);
    struct error local = ERROR_INIT;
    int r = netlink_dump(netlink, request, compare_rule, search, forget_handles, &local);
    if (r == -ENOENT)
        return 0; /* no such chain: none of its rules either */
    return r < 0 ? error_set(err, local.code, "list chain %s: %s", search->chain, local.message) : 0;
}

static int search_rules(struct netlink *netlink, struct wanted *wanted, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        bool searched = false;
        for (size_t j = 0; j < i && !searched; j++)
            searched =
                str_equal(wanted[i].rule->chain, wanted[j].rule->chain) && str_equal(wanted[i].rule->table, wanted[j].rule->table);
        if (searched)
            continue;
        struct search search = {.wanted = wanted, .count = count, .table = wanted[i].rule->table, .chain = wanted[i].rule->chain};
        int r = search_chain(netlink, &search, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* --- transactions --- */

static void put_change(struct netlink_batch *batch, struct netlink *netlink, const struct packet_rule *rule, uint64_t handle,
                       bool last)
{
    uint16_t type = (NFNL_SUBSYS_NFTABLES << 8) | (handle ? NFT_MSG_DELRULE : NFT_MSG_NEWRULE);
    uint16_t flags = (handle ? 0 : NLM_F_CREATE | NLM_F_APPEND) | (last ? NLM_F_ACK : 0);
    struct nlmsghdr *message = add_message(batch, netlink, type, flags, NFPROTO_IPV4, 0);
    struct nftnl_rule *shape = handle ? nftnl_rule_alloc() : nft_rule_build(rule);
    nftnl_rule_set_str(shape, NFTNL_RULE_TABLE, rule->table);
    nftnl_rule_set_str(shape, NFTNL_RULE_CHAIN, rule->chain);
    if (handle)
        nftnl_rule_set_u64(shape, NFTNL_RULE_HANDLE, handle);
    nftnl_rule_nlmsg_build_payload(message, shape);
    nftnl_rule_free(shape);
}

struct change {
    const struct packet_rule *rule;
    uint64_t handle; /* 0: a rule to add */
};

static int send_changes(struct netlink *netlink, const struct change *changes, size_t count, struct error *err)
{
    struct netlink_batch batch;
    netlink_batch_begin(&batch);
    add_message(&batch, netlink, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    for (size_t i = 0; i < count; i++)
        put_change(&batch, netlink, changes[i].rule, changes[i].handle, i == count - 1);
    add_message(&batch, netlink, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES);
    unsigned failed = 0;
    struct error local = ERROR_INIT;
    int r = netlink_batch_send(&batch, netlink, &failed, &local);
    if (r == 0)
        return 0;
    const struct change *culprit = failed && failed <= count ? &changes[failed - 1] : &changes[0];
    char text[RULE_TEXT];
    packet_rule_text(culprit->rule, culprit->handle ? "-D" : "-A", text);
    return error_set(err, local.code, "iptables -t %s %s: %s", culprit->rule->table, text, local.message);
}

static void record(struct steps *steps, int64_t start, int result, const struct change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[RULE_TEXT];
        packet_rule_text(changes[i].rule, changes[i].handle ? "-D" : "-A", text);
        step_recordf(steps, start, result, "nft rule", changes[i].rule->chain, "iptables -t %s %s", changes[i].rule->table, text);
        start = step_start(); /* one transaction: the first carries its time */
    }
}

/* With the handles as they are now; -ENOENT or -EAGAIN when somebody changed the chains meanwhile. */
static int attempt(struct netlink *netlink, struct steps *steps, struct wanted *wanted, size_t removals,
                   const struct packet_rule *add, size_t additions, struct error *err)
{
    int r = search_rules(netlink, wanted, removals, err);
    if (r < 0)
        return r;
    cleanup_free struct change *changes = xcalloc(removals + additions + 1, sizeof *changes);
    size_t count = 0;
    for (size_t i = 0; i < removals; i++)
        if (wanted[i].handle)
            changes[count++] = (struct change){wanted[i].rule, wanted[i].handle};
    for (size_t i = 0; i < additions; i++)
        changes[count++] = (struct change){&add[i], 0};
    for (size_t sent = 0; sent < count; sent += RULES_IN_BATCH) {
        size_t part = count - sent < RULES_IN_BATCH ? count - sent : RULES_IN_BATCH;
        int64_t start = step_start();
        r = send_changes(netlink, changes + sent, part, err);
        record(steps, start, r, changes + sent, part);
        if (r < 0)
            return r;
    }
    return 0;
}

int nft_change(struct netlink *netlink, struct steps *steps, const struct packet_rule *remove, size_t removals,
               const struct packet_rule *add, size_t additions, struct error *err)
{
    cleanup_free struct wanted *wanted = xcalloc(removals + 1, sizeof *wanted);
    for (size_t i = 0; i < removals; i++) {
        struct nftnl_rule *shape = nft_rule_build(&remove[i]);
        wanted[i] = (struct wanted){.rule = &remove[i], .signature = nft_rule_signature(shape)};
        nftnl_rule_free(shape);
    }
    int r = 0;
    for (int i = 0; i < FIND_ATTEMPTS; i++) {
        r = attempt(netlink, steps, wanted, removals, add, additions, err);
        /* Additions that fail are the caller's to judge; a removal was overtaken by somebody else's. */
        if (additions || (r != -ENOENT && r != -EAGAIN))
            break;
    }
    for (size_t i = 0; i < removals; i++)
        cleanup_free_p(&wanted[i].signature);
    return r;
}
