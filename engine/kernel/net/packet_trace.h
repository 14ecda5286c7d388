/* What is traced, and what comes back of it: the same for both packet filters of the kernel (nft_trace.h, xt_trace.h). */
#ifndef SLIPWAY_KERNEL_NET_PACKET_TRACE_H
#define SLIPWAY_KERNEL_NET_PACKET_TRACE_H

#include <stdbool.h>
#include <stdint.h>

/* What is traced. Ports in host byte order; 0 for any. Of ICMP `source_port` is the identifier of an echo. */
struct packet_match {
    bool v6, any_address;
    uint8_t protocol; /* IPPROTO_TCP... */
    unsigned char source[16], destination[16];
    uint16_t source_port, destination_port;
};

enum trace_kind { TRACE_RULE, TRACE_RETURN, TRACE_POLICY };
enum trace_verdict { TRACE_CONTINUE, TRACE_ACCEPT, TRACE_DROP, TRACE_JUMP, TRACE_GOTO, TRACE_GIVE_BACK, TRACE_OTHER };

struct trace_event {
    uint32_t packet_id;
    enum trace_kind kind;
    enum trace_verdict verdict;
    bool own; /* in our own table: the packet as it comes in or goes on */
    char table[64], chain[64], jump[64];
    uint64_t handle; /* of the rule: nf_tables */
    int number;      /* of the rule in its chain: legacy tables */
    uint8_t hook;    /* NF_INET_PRE_ROUTING...: legacy tables */
    char in[16], out[16];
    bool has_packet; /* nf_tables: the first report of each chain has these; legacy tables: every report */
    unsigned char source[16], destination[16];
    uint16_t source_port, destination_port;
};

#endif
