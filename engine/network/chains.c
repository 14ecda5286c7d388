/* The chains that engines share, and the rules of one bridge in them: what dockerd writes, in its order. All in one
 * iptables-restore, made from the difference to what iptables-save shows; nothing that is in place is touched. Engines in one
 * network namespace take turns. */
#include "network/network_internal.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
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
static char **present_lines(const struct network *network, struct error *err)
{
    cleanup_free char *text = iptables_read(&network->set->iptables, false, err);
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

/* Appended to built-in chains where missing. Without a proxy 127.0.0.1 has to reach the DNAT rules too. */
static const struct {
    enum when when;
    const char *chain, *rule;
} shared_nat[] = {
    {ALWAYS, "PREROUTING", "-m addrtype --dst-type LOCAL -j DOCKER"},
    {WITH_PROXY, "OUTPUT", "! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER"},
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

static char *spell(const struct network *network, const char *rule)
{
    struct in_addr subnet = {htonl(network->ipam.subnet)};
    char dotted[INET_ADDRSTRLEN];
    inet_ntop(AF_INET, &subnet, dotted, sizeof dotted);
    struct buf text = BUF_INIT;
    for (const char *p = rule; *p; p++) {
        if (str_starts(p, "%B"))
            buf_puts(&text, network->link), p++;
        else if (str_starts(p, "%S"))
            buf_printf(&text, "%s/%d", dotted, network->ipam.prefix_len), p++;
        else
            buf_putc(&text, *p);
    }
    return buf_take(&text);
}

/* --- the difference --- */

static void put_shared(const struct network *network, char *const *present, const char *table, struct buf *out)
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
    for (size_t i = 0; i < ARRAY_LEN(shared_nat) && str_equal(table, "nat"); i++)
        if (applies(network, shared_nat[i].when) && !has(present, "nat -A %s %s", shared_nat[i].chain, shared_nat[i].rule))
            buf_printf(out, "-A %s %s\n", shared_nat[i].chain, shared_nat[i].rule);
}

/* The rules of a bridge in FORWARD belong together: unless all are there, all are written anew. */
static bool forward_is_whole(const struct network *network, char *const *present)
{
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        cleanup_free char *rule = spell(network, own_rules[i].rule);
        if (str_equal(own_rules[i].chain, "FORWARD") && applies(network, own_rules[i].when) &&
            !has(present, "filter -A FORWARD %s", rule))
            return false;
    }
    return has(present, "filter -A FORWARD %s", forward_head[0]) && has(present, "filter -A FORWARD %s", forward_head[1]);
}

static void put_forward(const struct network *network, char *const *present, struct buf *out)
{
    if (forward_is_whole(network, present))
        return;
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        if (!str_equal(own_rules[i].chain, "FORWARD") || !applies(network, own_rules[i].when))
            continue;
        cleanup_free char *rule = spell(network, own_rules[i].rule);
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

static void put_own(const struct network *network, char *const *present, const char *table, struct buf *out)
{
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        const struct own_rule *own = &own_rules[i];
        if (!str_equal(own->table, table) || str_equal(own->chain, "FORWARD") || !applies(network, own->when))
            continue;
        cleanup_free char *rule = spell(network, own->rule);
        if (!has(present, "%s -A %s %s", table, own->chain, rule))
            buf_printf(out, "-I %s %s\n", own->chain, rule);
    }
}

/* The bridge may have had another subnet before. */
static void put_outdated(const struct network *network, char *const *present, struct buf *out)
{
    cleanup_free char *current = spell(network, "nat -A POSTROUTING -s %S ! -o %B -j MASQUERADE");
    cleanup_free char *end = spell(network, " ! -o %B -j MASQUERADE");
    for (char *const *line = present; *line; line++)
        if (str_starts(*line, "nat -A POSTROUTING -s ") && str_ends(*line, end) && !str_equal(*line, current))
            buf_printf(out, "-D %s\n", *line + strlen("nat -A "));
}

/* --- port rules that an earlier daemon left --- */

static bool is_hairpin(const struct network *network, const char *line)
{
    char source[32], destination[32];
    struct in_addr address;
    if (sscanf(line, "nat -A POSTROUTING -s %31[0-9.]/32 -d %31[0-9.]/32 -p ", source, destination) != 2)
        return false;
    return str_equal(source, destination) && str_ends(line, " -j MASQUERADE") && inet_pton(AF_INET, source, &address) == 1 &&
           ipam_holds(&network->ipam, ntohl(address.s_addr));
}

static bool is_port_rule(const struct network *network, const char *line)
{
    cleanup_free char *in = spell(network, " ! -i %B ");
    char to[32];
    struct in_addr address;
    const char *destination = strstr(line, " -j DNAT --to-destination ");
    if (str_starts(line, "filter -A DOCKER "))
        return strstr(line, in);
    if (!str_starts(line, "nat -A DOCKER ") || !destination)
        return is_hairpin(network, line);
    return strstr(line, in) || (sscanf(destination, " -j DNAT --to-destination %31[0-9.]:", to) == 1 &&
                                inet_pton(AF_INET, to, &address) == 1 && ipam_holds(&network->ipam, ntohl(address.s_addr)));
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

static int write_missing(struct network *network, bool drop_forward, bool collect, struct steps *steps, struct error *err)
{
    cleanup_close int turn = take_turn(err);
    if (turn < 0)
        return turn;
    cleanup_strv char **present = present_lines(network, err);
    if (!present)
        return -(err && err->code ? err->code : EIO);
    if (collect)
        collect_found(network, present);
    cleanup_buf struct buf input = BUF_INIT, nat = BUF_INIT, filter = BUF_INIT;
    put_shared(network, present, "nat", &nat);
    put_outdated(network, present, &nat);
    put_own(network, present, "nat", &nat);
    if (drop_forward)
        buf_puts(&filter, ":FORWARD DROP [0:0]\n");
    put_shared(network, present, "filter", &filter);
    put_forward(network, present, &filter);
    put_own(network, present, "filter", &filter);
    if (nat.len)
        buf_printf(&input, "*nat\n%sCOMMIT\n", nat.data);
    if (filter.len)
        buf_printf(&input, "*filter\n%sCOMMIT\n", filter.data);
    return input.len ? iptables_apply(&network->set->iptables, steps, input.data, err) : 0;
}

int rules_prepare(struct network *network, bool drop_forward, struct steps *steps, struct error *err)
{
    if (network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    return write_missing(network, drop_forward, true, steps, err);
}

int rules_repair(struct network *network, struct steps *steps, struct error *err)
{
    return write_missing(network, false, false, steps, err);
}

int rules_remove(struct network *network, struct steps *steps, struct error *err)
{
    if (network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    cleanup_close int turn = take_turn(err);
    if (turn < 0)
        return turn;
    cleanup_strv char **present = present_lines(network, err);
    if (!present)
        return -(err && err->code ? err->code : EIO);
    cleanup_buf struct buf input = BUF_INIT, nat = BUF_INIT, filter = BUF_INIT;
    for (size_t i = 0; i < ARRAY_LEN(own_rules); i++) {
        cleanup_free char *rule = spell(network, own_rules[i].rule);
        if (has(present, "%s -A %s %s", own_rules[i].table, own_rules[i].chain, rule))
            buf_printf(str_equal(own_rules[i].table, "nat") ? &nat : &filter, "-D %s %s\n", own_rules[i].chain, rule);
    }
    for (char **line = present; *line; line++)
        if (is_port_rule(network, *line))
            buf_printf(str_starts(*line, "nat ") ? &nat : &filter, "-D %s\n", strstr(*line, " -A ") + strlen(" -A "));
    if (nat.len)
        buf_printf(&input, "*nat\n%sCOMMIT\n", nat.data);
    if (filter.len)
        buf_printf(&input, "*filter\n%sCOMMIT\n", filter.data);
    return input.len ? iptables_apply(&network->set->iptables, steps, input.data, err) : 0;
}
