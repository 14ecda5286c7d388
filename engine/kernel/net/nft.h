/* Packet rules put into the kernel's nf_tables directly (libnftnl), in the shape that iptables-nft gives its own: targets are
 * xtables targets (`DNAT` revision 2, `MASQUERADE` revision 0), matches are what iptables 1.8.9 translates them to. So
 * `iptables -S`, `-C`, `-D` and iptables-save show and take them as theirs. 0.1 ms for a port's three rules, where the program
 * takes 3. Tables and chains must exist: -ENOENT otherwise.
 */
#ifndef SLIPWAY_KERNEL_NET_NFT_H
#define SLIPWAY_KERNEL_NET_NFT_H

#include "kernel/net/iptables.h"
#include "kernel/net/netlink.h"

/* `netlink`: opened on NETLINK_NETFILTER. Rules to remove that are not there (any more) are no error. Removals and
 * additions of up to 20 rules are one transaction; more are several. */
int nft_change(struct netlink *netlink, struct steps *steps, const struct packet_rule *remove, size_t removals,
               const struct packet_rule *add, size_t additions, struct error *err);

#endif
