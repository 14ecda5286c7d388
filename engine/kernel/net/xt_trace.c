/* Setting a trace up in a namespace, reading its reports, and taking it away: the logger of the namespace is changed only while
 * rules stand that tell what it was before. */
#include "kernel/net/xt_trace.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/xt_trace_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the namespace's logger --- */

#define OUR_LOGGER "nfnetlink_log"

static const char *logger_path(bool v6) { return v6 ? "/proc/sys/net/netfilter/nf_log/10" : "/proc/sys/net/netfilter/nf_log/2"; }

static int logger_set(struct steps *steps, const char *label, bool v6, const char *logger, struct error *err)
{
    int64_t start = step_start();
    bool host = str_equal(label, "host");
    struct error local = ERROR_INIT;
    int r = file_write(logger_path(v6), logger, strlen(logger), 0, &local);
    step_recordf(steps, start, r, "sysctl", logger_path(v6), "%s%s%ssysctl -w net.netfilter.nf_log.%d=%s",
                 host ? "" : "ip netns exec ", host ? "" : label, host ? "" : " ", v6 ? 10 : 2, logger);
    return r < 0 ? error_set(err, EOPNOTSUPP, "packets cannot be traced here: %s cannot be made their logger: %s", logger,
                             local.message)
                 : 0;
}

/* --- opening and closing --- */

struct opening {
    struct xt_tracer *tracer;
    const struct packet_match *match;
    struct error error;
};

static int take_away(struct steps *steps, const char *label, bool v6, struct error *err)
{
    cleanup_buf struct buf removal = BUF_INIT;
    struct iptables iptables;
    char logger[64];
    int r = xt_trace_programs(&iptables, v6, err);
    if (r == 0)
        r = xt_trace_find(&iptables, &removal, logger, err);
    if (r < 0 || !removal.len)
        return r;
    r = logger_set(steps, label, v6, logger, err);
    int removed = xt_trace_apply(&iptables, steps, label, v6, removal.data, err);
    return r < 0 ? r : removed;
}

static int put_rules(struct opening *opening, struct error *err)
{
    struct xt_tracer *tracer = opening->tracer;
    struct iptables iptables;
    int r = xt_trace_programs(&iptables, tracer->v6, err);
    cleanup_free char *logger = r == 0 ? file_read(logger_path(tracer->v6), NULL, NULL) : NULL;
    if (r < 0)
        return r;
    r = xt_trace_put(&iptables, tracer->steps, tracer->label, opening->match, logger ? str_trim(logger) : "NONE", err);
    if (r == 0)
        r = logger_set(tracer->steps, tracer->label, tracer->v6, OUR_LOGGER, err);
    return r;
}

/* The group first: who has it has the namespace's trace to himself. */
static int open_inside(void *context)
{
    struct opening *opening = context;
    struct xt_tracer *tracer = opening->tracer;
    int r = nflog_open(&tracer->log, 0, &opening->error);
    if (r < 0)
        return r;
    (void)conntrack_watch(&tracer->flows, NULL);
    tracer->names = if_nameindex();
    r = take_away(NULL, tracer->label, tracer->v6, &opening->error);
    if (r == 0)
        r = put_rules(opening, &opening->error);
    if (r < 0)
        (void)take_away(tracer->steps, tracer->label, tracer->v6, NULL);
    return r;
}

int xt_tracer_open(struct xt_tracer *tracer, struct steps *steps, int netns, const char *label, const struct packet_match *match,
                   struct error *err)
{
    *tracer = (struct xt_tracer){.v6 = match->v6, .netns = netns, .steps = steps};
    snprintf(tracer->label, sizeof tracer->label, "%s", label);
    struct opening opening = {.tracer = tracer, .match = match};
    int r = netns_run(netns, open_inside, &opening, &opening.error);
    tracer->open = r == 0;
    if (r == 0)
        return 0;
    xt_tracer_close(tracer);
    return error_set(err, opening.error.code, "%s", opening.error.message);
}

static int close_inside(void *context)
{
    struct xt_tracer *tracer = context;
    struct error err = ERROR_INIT;
    int r = take_away(tracer->steps, tracer->label, tracer->v6, &err);
    if (r < 0)
        log_warn("the rules of a trace in %s are still there (%s); a start of the engine removes them", tracer->label, err.message);
    return r;
}

void xt_tracer_close(struct xt_tracer *tracer)
{
    if (tracer->open)
        (void)netns_run(tracer->netns, close_inside, tracer, NULL);
    nflog_close(&tracer->log);
    netlink_close(&tracer->flows);
    if (tracer->names)
        if_freenameindex(tracer->names);
    tracer->names = NULL;
    tracer->open = false;
}

/* --- what a killed engine left --- */

static int sweep_inside(void *context)
{
    static const char *const names[] = {"/proc/thread-self/net/ip_tables_names", "/proc/thread-self/net/ip6_tables_names"};
    for (int v6 = 0; v6 < 2; v6++) {
        cleanup_free char *tables = file_read(names[v6], NULL, NULL);
        struct error err = ERROR_INIT;
        if (tables && strstr(tables, "raw\n") && take_away(NULL, context, v6, &err) < 0)
            log_warn("the rules of a trace that was cut off may still be in %s: %s", (const char *)context, err.message);
    }
    return 0;
}

void xt_trace_sweep(pid_t pid)
{
    char path[64] = "/proc/thread-self/ns/net", label[32] = "host";
    if (pid != 1) {
        snprintf(path, sizeof path, "/proc/%d/ns/net", (int)pid);
        snprintf(label, sizeof label, "process %d", (int)pid);
    }
    cleanup_close int netns = open(path, O_RDONLY | O_CLOEXEC);
    if (netns >= 0)
        (void)netns_run(netns, sweep_inside, label, NULL);
}

/* --- reports --- */

int xt_tracer_fd(const struct xt_tracer *tracer) { return nflog_fd(&tracer->log); }

static void link_name(const struct xt_tracer *tracer, unsigned index, char out[16])
{
    for (const struct if_nameindex *name = tracer->names; index && name && name->if_index; name++)
        if (name->if_index == index)
            snprintf(out, 16, "%s", name->if_name);
    if (index && !*out)
        snprintf(out, 16, "%u", index);
}

static void read_packet(bool v6, const struct nflog_report *report, struct trace_event *event)
{
    const unsigned char *packet = report->packet;
    size_t length = v6 ? 16 : 4, at = v6 ? 8 : 12, least = v6 ? 40 : 20;
    if (!packet || report->size < least)
        return;
    size_t header = v6 ? 40 : (size_t)(packet[0] & 0xf) * 4;
    uint8_t protocol = packet[v6 ? 6 : 9];
    event->has_packet = true;
    memcpy(event->source, packet + at, length);
    memcpy(event->destination, packet + at + length, length);
    if (report->size < header + 8)
        return;
    const unsigned char *ports = packet + header;
    bool echo = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
    event->source_port = (uint16_t)(echo ? ports[4] << 8 | ports[5] : ports[0] << 8 | ports[1]);
    event->destination_port = (uint16_t)(echo ? 0 : ports[2] << 8 | ports[3]);
}

/* Chains may have colons in their names, tables and the rest have none. */
bool xt_trace_parse(const char *prefix, struct trace_event *event)
{
    static const struct {
        const char *word;
        enum trace_kind kind;
    } kinds[] = {{"rule", TRACE_RULE}, {"return", TRACE_RETURN}, {"policy", TRACE_POLICY}};
    if (!str_starts(prefix, "TRACE: "))
        return false;
    cleanup_free char *text = xstrdup(prefix + strlen("TRACE: "));
    char *number = strrchr(text, ':');
    if (!number)
        return false;
    *number++ = '\0';
    char *kind = strrchr(text, ':'), *chain = strchr(text, ':');
    if (!kind || kind == chain)
        return false;
    *kind++ = *chain++ = '\0';
    snprintf(event->table, sizeof event->table, "%.63s", text);
    snprintf(event->chain, sizeof event->chain, "%.63s", chain);
    event->number = (int)strtol(number, NULL, 10);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (str_equal(kinds[i].word, kind)) {
            event->kind = kinds[i].kind;
            return event->number > 0;
        }
    }
    return false;
}

static bool read_prefix(const char *prefix, struct trace_event *event)
{
    if (!str_starts(prefix, XT_TRACE_MARK "-"))
        return xt_trace_parse(prefix, event);
    event->own = true;
    event->kind = TRACE_POLICY;
    event->verdict = TRACE_ACCEPT;
    snprintf(event->chain, sizeof event->chain, "%.63s", prefix + strlen(XT_TRACE_MARK "-"));
    return true;
}

bool xt_tracer_next(struct xt_tracer *tracer, struct trace_event *event)
{
    struct nflog_report report;
    while (nflog_next(&tracer->log, &report)) {
        *event = (struct trace_event){.hook = report.hook};
        if (!read_prefix(report.prefix, event))
            continue;
        link_name(tracer, report.in, event->in);
        link_name(tracer, report.out, event->out);
        read_packet(tracer->v6, &report, event);
        return true;
    }
    return false;
}
