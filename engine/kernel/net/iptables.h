/* Packet filter rules, and the iptables programs.
 *
 * A `struct packet_rule` is the kind of rule that publishing a port needs; it can be written as iptables text (the words of
 * `iptables -S`, in its order) or, by nft.h, as the kernel's own expressions. Tables and chains are made by iptables-restore,
 * once, whatever the backend; where the machine's iptables is the legacy one, changes go through it too.
 * The program is `iptables`, or what the environment variable SLIPWAY_IPTABLES names ("iptables-legacy", a path).
 */
#ifndef SLIPWAY_KERNEL_NET_IPTABLES_H
#define SLIPWAY_KERNEL_NET_IPTABLES_H

#include "base/error.h"
#include "kernel/step.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rule_target { RULE_ACCEPT, RULE_DNAT, RULE_MASQUERADE };

struct packet_rule {
    const char *table; /* "nat", "filter" */
    const char *chain;
    uint32_t source, destination;   /* single addresses in network byte order; 0 for any */
    char in_link[16], out_link[16]; /* "" for any */
    bool in_not;                    /* "! -i" */
    const char *protocol;           /* "tcp", "udp" or "sctp" */
    uint16_t port;                  /* destination port, host byte order */
    enum rule_target target;
    uint32_t to_address; /* DNAT */
    uint16_t to_port;
};

enum { RULE_TEXT = 256 };
/* "-A DOCKER ! -i slipway0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:80"; `verb` is "-A" or "-D". */
void packet_rule_text(const struct packet_rule *rule, const char *verb, char out[RULE_TEXT]);

enum iptables_backend { IPTABLES_NONE, IPTABLES_NFT, IPTABLES_LEGACY };

struct iptables {
    enum iptables_backend backend;
    char save[256], restore[256]; /* paths of the programs */
};

/* Which iptables this machine has (`iptables -V`). Without any: backend IPTABLES_NONE, and an error (ENOENT) that says which
 * package has it. */
int iptables_detect(struct iptables *iptables, struct error *err);
/* Its twin for IPv6: `ip6tables` where the above takes `iptables`. */
int iptables_detect_v6(struct iptables *iptables, struct error *err);
/* The same for one backend, whatever `iptables` stands for: the programs iptables-nft-* or iptables-legacy-*. */
int iptables_find(struct iptables *iptables, enum iptables_backend backend, struct error *err);
int iptables_find_v6(struct iptables *iptables, enum iptables_backend backend, struct error *err);

/* `iptables-save` of the calling thread's network namespace; allocated. With counters, "[packets:bytes]" opens each rule. */
char *iptables_read(const struct iptables *iptables, bool counters, struct error *err);

/* `iptables-restore --noflush -w` of `input`: all of it or nothing. Each line leaves a step as an iptables command. */
int iptables_apply(const struct iptables *iptables, struct steps *steps, const char *input, struct error *err);

/* Rules by one iptables-restore: what legacy machines have instead of nft_change. */
int iptables_change(const struct iptables *iptables, struct steps *steps, const struct packet_rule *remove, size_t removals,
                    const struct packet_rule *add, size_t additions, struct error *err);

#endif
