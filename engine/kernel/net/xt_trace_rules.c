/* What a person would type to trace one packet, written for iptables-restore: in PREROUTING and in OUTPUT of raw first an NFLOG
 * rule, which says that the packet begins its way here, then the TRACE rule. */
#include "kernel/net/xt_trace_rules.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *chain, *prefix;
} ways[] = {{"PREROUTING", XT_TRACE_MARK "-in"}, {"OUTPUT", XT_TRACE_MARK "-sent"}};

int xt_trace_programs(struct iptables *iptables, bool v6, struct error *err)
{
    int r = v6 ? iptables_detect_v6(iptables, NULL) : iptables_detect(iptables, NULL);
    if (r == 0 && iptables->backend == IPTABLES_LEGACY)
        return 0;
    return v6 ? iptables_find_v6(iptables, IPTABLES_LEGACY, err) : iptables_find(iptables, IPTABLES_LEGACY, err);
}

/* --- putting them --- */

static void put_address(struct buf *text, bool v6, const char *option, const unsigned char *address)
{
    char name[INET6_ADDRSTRLEN];
    buf_printf(text, " %s %s", option, inet_ntop(v6 ? AF_INET6 : AF_INET, address, name, sizeof name));
}

/* The identifier of an echo is no match of iptables' own: it is compared as two bytes of the packet. */
static void put_echo(struct buf *text, const struct packet_match *match)
{
    if (match->v6)
        buf_printf(text, " -p icmpv6 -m icmp6 --icmpv6-type 128 -m u32 --u32 \"44>>16=%u\"", match->source_port);
    else
        buf_printf(text, " -p icmp -m icmp --icmp-type 8 -m u32 --u32 \"0>>22&0x3C@4>>16=%u\"", match->source_port);
}

static void put_match(struct buf *text, const struct packet_match *match)
{
    const char *protocol = match->protocol == IPPROTO_UDP ? "udp" : "tcp";
    if (!match->any_address) {
        put_address(text, match->v6, "-s", match->source);
        put_address(text, match->v6, "-d", match->destination);
    }
    if (match->protocol == IPPROTO_ICMP || match->protocol == IPPROTO_ICMPV6) {
        put_echo(text, match);
        return;
    }
    buf_printf(text, " -p %s -m %s", protocol, protocol);
    if (match->source_port)
        buf_printf(text, " --sport %u", match->source_port);
    if (match->destination_port)
        buf_printf(text, " --dport %u", match->destination_port);
}

/* The lines of `input` that are rules, as steps. */
static void record(struct steps *steps, int64_t start, int result, const char *label, bool v6, const char *input)
{
    bool host = str_equal(label, "host");
    cleanup_strv char **lines = str_split(input, '\n');
    for (char **line = lines; *line; line++)
        if (**line == '-')
            step_recordf(steps, start, result, "iptables-restore", label, "%s%s%s%s -t raw %s", host ? "" : "ip netns exec ",
                         host ? "" : label, host ? "" : " ", v6 ? "ip6tables" : "iptables", *line);
}

int xt_trace_apply(const struct iptables *iptables, struct steps *steps, const char *label, bool v6, const char *input,
                   struct error *err)
{
    int64_t start = step_start();
    int r = iptables_apply(iptables, NULL, input, err);
    record(steps, start, r, label, v6, input);
    return r;
}

/* The table mangle has a chain at each hook: with it there is a report wherever the packet comes by. */
int xt_trace_put(const struct iptables *iptables, struct steps *steps, const char *label, const struct packet_match *match,
                 const char *logger, struct error *err)
{
    cleanup_buf struct buf input = BUF_INIT, rule = BUF_INIT;
    put_match(&rule, match);
    buf_printf(&rule, " -m comment --comment \"" XT_TRACE_MARK " %s\"", logger);
    buf_puts(&input, "*mangle\nCOMMIT\n*raw\n");
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        buf_printf(&input, "-I %s%s -j TRACE\n", ways[i].chain, rule.data);
        buf_printf(&input, "-I %s%s -j NFLOG --nflog-group 0 --nflog-threshold 1 --nflog-prefix %s\n", ways[i].chain, rule.data,
                   ways[i].prefix);
    }
    buf_puts(&input, "COMMIT\n");
    struct error local = ERROR_INIT;
    int r = xt_trace_apply(iptables, steps, label, match->v6, input.data, &local);
    return r < 0 ? error_set(err, local.code == EBUSY ? EBUSY : EOPNOTSUPP,
                             "packets cannot be traced here: this machine's iptables takes no TRACE rule: %s", local.message)
                 : 0;
}

/* --- removing them --- */

void xt_trace_removal(const char *saved, struct buf *input, char logger[64])
{
    static const char mark[] = "--comment \"" XT_TRACE_MARK " ";
    bool raw = false;
    cleanup_strv char **lines = str_split(saved, '\n');
    for (char **line = lines; *line; line++) {
        const char *comment = strstr(*line, mark);
        raw = **line == '*' ? str_equal(*line, "*raw") : raw;
        if (!raw || !comment || !str_starts(*line, "-A "))
            continue;
        comment += sizeof mark - 1;
        snprintf(logger, 64, "%.*s", (int)strcspn(comment, "\""), comment);
        buf_printf(input, "%s-D %s\n", input->len ? "" : "*raw\n", *line + 3);
    }
    if (input->len)
        buf_puts(input, "COMMIT\n");
}

int xt_trace_find(const struct iptables *iptables, struct buf *removal, char logger[64], struct error *err)
{
    *logger = '\0';
    cleanup_free char *saved = iptables_read(iptables, false, err);
    if (!saved)
        return -(err ? err->code : EIO);
    xt_trace_removal(saved, removal, logger);
    return 0;
}
