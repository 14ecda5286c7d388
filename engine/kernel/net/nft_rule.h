/* What one packet rule looks like in nf_tables. Used by nft.c only. */
#ifndef SLIPWAY_KERNEL_NET_NFT_RULE_H
#define SLIPWAY_KERNEL_NET_NFT_RULE_H

#include "kernel/net/iptables.h"

#include <libnftnl/rule.h>

/* The expressions of `rule`, without table and chain; nftnl_rule_free. */
struct nftnl_rule *nft_rule_build(const struct packet_rule *rule);

/* A text that two rules share when they match and do the same, whatever they have counted; allocated. */
char *nft_rule_signature(const struct nftnl_rule *rule);

#endif
