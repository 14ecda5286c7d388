/* The chains that engines share, and the rules of one bridge in them: what dockerd writes, in its order. All in one
 * iptables-restore, made from the difference to what iptables-save shows; nothing that is in place is touched. Engines in one
 * network namespace take turns. */
#include "network/network_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

/* --- taking turns --- */

enum { TURN_MS = 10, TURNS_MOST = 1000 };

/* Names of abstract sockets belong to a network namespace, as the chains do, and go away with who holds them. */
static int take_turn(struct error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    static const char text[] = "slipway-network-rules";
    memcpy(name.sun_path + 1, text, sizeof text - 1);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof text);
    cleanup_close int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "make a socket");
    for (int turn = 0; bind(fd, (struct sockaddr *)&name, size) < 0; turn++) {
        if (errno != EADDRINUSE || turn == TURNS_MOST)
            return error_errno(err, errno, "wait for another engine that writes packet rules");
        nanosleep(&(struct timespec){.tv_nsec = TURN_MS * 1000000}, NULL);
    }
    return move_fd(fd);
}

/* --- what is there --- */

/* Lines "TABLE -A ..." and "TABLE :CHAIN". */
static char **present_lines(const struct iptables *iptables, struct error *err)
{
    cleanup_free char *text = iptables_read(iptables, false, err);
    if (!text)
        return NULL;
    cleanup_strv char **lines = str_split(text, '\n');
    char **present = NULL;
    char table[32] = "";
    for (char **line = lines; *line; line++) {
        if (**line == '*')
            snprintf(table, sizeof table, "%s", *line + 1);
        else if (**line == ':')
            strv_take(&present, str_format("%s %.*s", table, (int)strcspn(*line, " "), *line));
        else if (**line == '-')
            strv_take(&present, str_format("%s %s", table, *line));
    }
    return present ? present : xcalloc(1, sizeof *present);
}

__attribute__((format(printf, 2, 3))) static bool has(char *const *present, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *line = str_vformat(format, args);
    va_end(args);
    return strv_has(present, line);
}

/* --- what there should be --- */

static const struct {
    const char *table, *chain;
    const char *last; /* the rule that ends it, or "" */
} shared_chains[] = {
    {"nat", "DOCKER", ""},
    {"filter", "DOCKER", ""},
    {"filter", "DOCKER-ISOLATION-STAGE-1", "-j RETURN"},
    {"filter", "DOCKER-ISOLATION-STAGE-2", "-j RETURN"},
    {"filter", "DOCKER-USER", "-j RETURN"},
};

/* When a rule applies: all of the bits must hold. */
enum when {
    ALWAYS = 0,
    WITH_PROXY = 1,
    WITHOUT_PROXY = 2,
    OPEN = 4, /* not --internal */
    INTERNAL = 8,
    MASQUERADED = 16,
    TALKATIVE = 32, /* enable_icc */
    SILENT = 64,
};

/* Appended to built-in chains where missing. Without a proxy 127.0.0.1 has to reach the DNAT rules too. %L is that of the family.
 */
static const struct {
    enum when when;
    const char *chain, *rule;
} shared_nat[] = {
    {ALWAYS, "PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER"},
    {WITH_PROXY, "OUTPUT", "! -d %L -m addrtype --dst-type LOCAL -j DOCKER"},
    {WITHOUT_PROXY, "OUTPUT", "-m addrtype --dst-type LOCAL -j DOCKER"},
};

/* One bridge's own rules: %B is the bridge, %S the subnet. Each is inserted at the head of its chain (or appended), so that the
 * order here is the reverse of what iptables shows. */
static const struct own_rule {
    unsigned when;
    const char *table, *chain, *rule;
    bool append;
} own_rules[] = {
    {OPEN | MASQUERADED, "nat", "POSTROUTING", "-s %S ! -o %B -j MASQUERADE", false},
    {OPEN | WITHOUT_PROXY, "nat", "POSTROUTING", "-o %B -m addrtype --src-type LOCAL -j MASQUERADE", false},
    {OPEN | MASQUERADED | WITH_PROXY, "nat", "DOCKER", "-i %B -j RETURN", false},
    {TALKATIVE, "filter", "FORWARD", "-i %B -o %B -j ACCEPT", false},
    {SILENT, "filter", "FORWARD", "-i %B -o %B -j DROP", true},
    {OPEN, "filter", "FORWARD", "-i %B ! -o %B -j ACCEPT", false},
    {OPEN, "filter", "FORWARD", "-o %B -j DOCKER", false},
    {OPEN, "filter", "FORWARD", "-o %B -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT", false},
    {OPEN, "filter", "DOCKER-ISOLATION-STAGE-1", "-i %B ! -o %B -j DOCKER-ISOLATION-STAGE-2", false},
    {OPEN, "filter", "DOCKER-ISOLATION-STAGE-2", "-o %B -j DROP", false},
    {INTERNAL, "filter", "DOCKER-ISOLATION-STAGE-1", "! -d %S -i %B -j DROP", false},
    {INTERNAL, "filter", "DOCKER-ISOLATION-STAGE-1", "! -s %S -o %B -j DROP", false},
};

/* In this order at the head of FORWARD, before any bridge's rules. */
static const char *const forward_head[] = {"-j DOCKER-USER", "-j DOCKER-ISOLATION-STAGE-1"};

static bool applies(const struct network *network, unsigned when)
{
    const struct definition *definition = &network->definition;
    unsigned holds = (network->set->userland_proxy ? WITH_PROXY : WITHOUT_PROXY) | (definition->internal ? INTERNAL : OPEN) |
                     (definition->masquerade ? MASQUERADED : 0) | (definition->icc ? TALKATIVE : SILENT);
    return (when & holds) == when;
}

static char *spell(const struct network *network, bool v6, const char *rule)
{
    char subnet[SUBNET_TEXT];
    ipam_text(v6 ? &network->ipam6 : &network->ipam, subnet);
    struct buf text = BUF_INIT;
    for (const char *p = rule; *p; p++) {
        if (str_starts(p, "%B"))
            buf_puts(&text, network->link), p++;
        else if (str_starts(p, "%S"))
            buf_puts(&text, subnet), p++;
        else if (str_starts(p, "%L"))
            buf_puts(&text, v6 ? "::1/128" : "127.0.0.0/8"), p++;
        else
            buf_putc(&text, *p);
    }
    return buf_take(&text);
}

/* --- the difference --- */

static void put_shared(const struct network *network, bool v6, char *const *present, const char *table, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(shared_chains); i++) {
        /* A chain that exists must not be declared again: iptables-restore would flush it. */
        if (str_equal(shared_chains[i].table, table) && !has(present, "%s :%s", table, shared_chains[i].chain))
            buf_printf(out, ":%s - [0:0]\n", shared_chains[i].chain);
    }
    for (size_t i = 0; i < ARRAY_LEN(shared_chains); i++) {
        const char *chain = shared_chains[i].chain, *last = shared_chains[i].last;
        if (*last && str_equal(shared_chains[i].table, table) && !has(present, "%s -A %s %s", table, chain, last))
            buf_printf(out, "-A %s %s\n", chain, last);
    }
    for (size_t i = 0; i < ARRAY_LEN(shared_nat) && str_equal(table, "nat"); i++) {
        cleanup_free char *rule = spell(network, v6, shared_nat[i].rule);
        if (applies(network, shared_nat[i].when) && !has(present, "nat -A %s %s", shared_nat[i].chain, rule))
            buf_printf(out, "-A %s %s\n", shared_nat[i].chain, rule);
    }
}

/* The rules of a bridge in FORWARD belong together: unless all are there, all are written anew. */
static bool forward_is_whole(const struct network *network, bool v6, char *const *present)
{
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        cleanup_free char *rule = spell(network, v6, own_rules[i].rule);
        if (str_equal(own_rules[i].chain, "FORWARD") && applies(network, own_rules[i].when) &&
            !has(present, "filter -A FORWARD %s", rule))
            return false;
    }
    return has(present, "filter -A FORWARD %s", forward_head[0]) && has(present, "filter -A FORWARD %s", forward_head[1]);
}

static void put_forward(const struct network *network, bool v6, char *const *present, struct buf *out)
{
    if (forward_is_whole(network, v6, present))
        return;
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        if (!str_equal(own_rules[i].chain, "FORWARD") || !applies(network, own_rules[i].when))
            continue;
        cleanup_free char *rule = spell(network, v6, own_rules[i].rule);
        if (has(present, "filter -A FORWARD %s", rule))
            buf_printf(out, "-D FORWARD %s\n", rule);
        buf_printf(out, "-%c FORWARD %s\n", own_rules[i].append ? 'A' : 'I', rule);
    }
    for (size_t i = ARRAY_LEN(forward_head); i-- > 0;) {
        if (has(present, "filter -A FORWARD %s", forward_head[i]))
            buf_printf(out, "-D FORWARD %s\n", forward_head[i]);
        buf_printf(out, "-I FORWARD %s\n", forward_head[i]);
    }
}

static void put_own(const struct network *network, bool v6, char *const *present, const char *table, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        const struct own_rule *own = &own_rules[i];
        if (!str_equal(own->table, table) || str_equal(own->chain, "FORWARD") || !applies(network, own->when))
            continue;
        cleanup_free char *rule = spell(network, v6, own->rule);
        if (!has(present, "%s -A %s %s", table, own->chain, rule))
            buf_printf(out, "-I %s %s\n", own->chain, rule);
    }
}

/* What an engine with other settings wrote (a proxy or none, icc or not): it would be asked before what holds now. */
static void put_contrary(const struct network *network, bool v6, char *const *present, const char *table, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        cleanup_free char *rule = spell(network, v6, own_rules[i].rule);
        if (str_equal(own_rules[i].table, table) && !applies(network, own_rules[i].when) &&
            has(present, "%s -A %s %s", table, own_rules[i].chain, rule))
            buf_printf(out, "-D %s %s\n", own_rules[i].chain, rule);
    }
    for (size_t i = 0; i < ARRAY_LEN(shared_nat) && str_equal(table, "nat"); i++) {
        cleanup_free char *rule = spell(network, v6, shared_nat[i].rule);
        if (!applies(network, shared_nat[i].when) && has(present, "nat -A %s %s", shared_nat[i].chain, rule))
            buf_printf(out, "-D %s %s\n", shared_nat[i].chain, rule);
    }
}

/* The bridge may have had another subnet before. */
static void put_outdated(const struct network *network, char *const *present, struct buf *out)
{
    cleanup_free char *current = spell(network, false, "nat -A POSTROUTING -s %S ! -o %B -j MASQUERADE");
    cleanup_free char *end = spell(network, false, " ! -o %B -j MASQUERADE");
    for (char *const *line = present; *line; line++)
        if (str_starts(*line, "nat -A POSTROUTING -s ") && str_ends(*line, end) && !str_equal(*line, current))
            buf_printf(out, "-D %s\n", *line + strlen("nat -A "));
}

/* --- port rules that an earlier daemon left --- */

static bool is_ours(const struct network *network, const char *dotted)
{
    ip_number address;
    return ip_parse(dotted, false, &address) == 0 && ipam_holds(&network->ipam, address);
}

static bool is_hairpin(const struct network *network, const char *line)
{
    char source[32], destination[32];
    if (sscanf(line, "nat -A POSTROUTING -s %31[0-9.]/32 -d %31[0-9.]/32 -p ", source, destination) != 2)
        return false;
    return str_equal(source, destination) && str_ends(line, " -j MASQUERADE") && is_ours(network, source);
}

static bool is_port_rule(const struct network *network, const char *line)
{
    cleanup_free char *in = spell(network, false, " ! -i %B ");
    char to[32];
    const char *destination = strstr(line, " -j DNAT --to-destination ");
    if (str_starts(line, "filter -A DOCKER "))
        return strstr(line, in);
    if (!str_starts(line, "nat -A DOCKER ") || !destination)
        return is_hairpin(network, line);
    return strstr(line, in) || (sscanf(destination, " -j DNAT --to-destination %31[0-9.]:", to) == 1 && is_ours(network, to));
}

static void collect_found(struct network *network, char *const *present)
{
    strv_free(network->found);
    network->found = NULL;
    for (char *const *line = present; *line; line++)
        if (is_port_rule(network, *line))
            strv_add(&network->found, *line);
}

/* --- doing it --- */

static int apply(const struct iptables *iptables, struct steps *steps, const struct buf *nat, const struct buf *filter,
                 struct error *err)
{
    cleanup_buf struct buf input = BUF_INIT;
    if (nat->len)
        buf_printf(&input, "*nat\n%sCOMMIT\n", nat->data);
    if (filter->len)
        buf_printf(&input, "*filter\n%sCOMMIT\n", filter->data);
    return input.len ? iptables_apply(iptables, steps, input.data, err) : 0;
}

/* The rules of one family that are missing. */
static int write_family(struct network *network, bool v6, bool drop_forward, bool collect, struct steps *steps, struct error *err)
{
    const struct iptables *iptables = v6 ? &network->set->ip6tables : &network->set->iptables;
    struct error local = ERROR_INIT;
    cleanup_strv char **present = present_lines(iptables, &local);
    if (!present)
        return error_set(err, local.code ? local.code : EIO, "%s", local.message);
    if (collect && !v6)
        collect_found(network, present);
    cleanup_buf struct buf nat = BUF_INIT, filter = BUF_INIT;
    put_shared(network, v6, present, "nat", &nat);
    if (!v6)
        put_outdated(network, present, &nat);
    put_contrary(network, v6, present, "nat", &nat);
    put_own(network, v6, present, "nat", &nat);
    if (drop_forward && !v6)
        buf_puts(&filter, ":FORWARD DROP [0:0]\n");
    put_shared(network, v6, present, "filter", &filter);
    put_forward(network, v6, present, &filter);
    put_contrary(network, v6, present, "filter", &filter);
    put_own(network, v6, present, "filter", &filter);
    return apply(iptables, steps, &nat, &filter, err);
}

static bool writes_v6(const struct network *network)
{
    return network->definition.ipv6 && network->set->ip6tables.backend != IPTABLES_NONE;
}

static int write_missing(struct network *network, bool drop_forward, bool collect, struct steps *steps, struct error *err)
{
    cleanup_close int turn = take_turn(err);
    if (turn < 0)
        return turn;
    int r = write_family(network, false, drop_forward, collect, steps, err);
    return r == 0 && writes_v6(network) ? write_family(network, true, false, false, steps, err) : r;
}

int rules_prepare(struct network *network, bool drop_forward, struct steps *steps, struct error *err)
{
    if (network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    return write_missing(network, drop_forward, true, steps, err);
}

int rules_repair(struct network *network, struct steps *steps, struct error *err)
{
    if (network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    return write_missing(network, false, false, steps, err);
}

static int remove_family(struct network *network, bool v6, struct steps *steps, struct error *err)
{
    const struct iptables *iptables = v6 ? &network->set->ip6tables : &network->set->iptables;
    struct error local = ERROR_INIT;
    cleanup_strv char **present = present_lines(iptables, &local);
    if (!present)
        return error_set(err, local.code ? local.code : EIO, "%s", local.message);
    cleanup_buf struct buf nat = BUF_INIT, filter = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        cleanup_free char *rule = spell(network, v6, own_rules[i].rule);
        if (has(present, "%s -A %s %s", own_rules[i].table, own_rules[i].chain, rule))
            buf_printf(str_equal(own_rules[i].table, "nat") ? &nat : &filter, "-D %s %s\n", own_rules[i].chain, rule);
    }
    for (char **line = present; *line; line++)
        if (!v6 && is_port_rule(network, *line))
            buf_printf(str_starts(*line, "nat ") ? &nat : &filter, "-D %s\n", strstr(*line, " -A ") + strlen(" -A "));
    return apply(iptables, steps, &nat, &filter, err);
}

int rules_remove(struct network *network, struct steps *steps, struct error *err)
{
    if (network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    cleanup_close int turn = take_turn(err);
    if (turn < 0)
        return turn;
    int r = remove_family(network, false, steps, err);
    return r == 0 && writes_v6(network) ? remove_family(network, true, steps, err) : r;
}

int rules_repair_ports(struct network *network, struct error *err)
{
    const struct iptables *iptables = &network->set->iptables;
    if (iptables->backend == IPTABLES_NONE || !network->attachments)
        return 0;
    struct error local = ERROR_INIT;
    cleanup_strv char **present = present_lines(iptables, &local);
    if (!present)
        return error_set(err, local.code ? local.code : EIO, "%s", local.message);
    strv_free(network->found);
    network->found = NULL;
    collect_found(network, present);
    int r = 0;
    for (const struct attachment *attachment = network->attachments; attachment && r == 0; attachment = attachment->next) {
        cleanup_free struct port_mapping *ports = xcalloc(attachment->port_count + 1, sizeof *ports);
        for (size_t i = 0; i < attachment->port_count; i++)
            ports[i] = attachment->ports[i]->mapping;
        r = rules_adopt(network, ports, attachment->port_count, attachment->address, err);
    }
    /* What is left over belongs to a port that is being given back this moment, or to nobody. */
    if (r == 0)
        rules_settle(network);
    return r;
}
