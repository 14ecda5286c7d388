/* The rules of published ports: what one port needs, adding and removing it by the machine's backend, and taking over what an
 * earlier daemon left. */
#include "network/network_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net/nft.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what a port needs --- */

/* 0 for all of IPv4; false for an IPv6 address, to which no IPv4 rule applies. */
static bool host_address(const struct port_mapping *port, uint32_t *address)
{
    struct in_addr in = {0};
    if (!str_empty(port->host_address) && inet_pton(AF_INET, port->host_address, &in) != 1)
        return false;
    *address = in.s_addr;
    return true;
}

size_t rules_of_port(const struct network *network, const struct port_mapping *port, uint32_t address,
                     struct packet_rule rules[RULES_PER_PORT])
{
    uint32_t host, container = htonl(address);
    if (!host_address(port, &host))
        return 0;
    static const char *const protocols[] = {"udp", "sctp"};
    const char *protocol = "tcp";
    for (size_t i = 0; i < ARRAY_LEN(protocols); i++)
        protocol = str_equal(port->protocol, protocols[i]) ? protocols[i] : protocol;
    rules[0] = (struct packet_rule){.table = "nat",
                                    .chain = "DOCKER",
                                    .destination = host,
                                    .in_not = true,
                                    .protocol = protocol,
                                    .port = port->host_port,
                                    .target = RULE_DNAT,
                                    .to_address = container,
                                    .to_port = port->container_port};
    rules[1] = (struct packet_rule){.table = "filter",
                                    .chain = "DOCKER",
                                    .destination = container,
                                    .in_not = true,
                                    .protocol = protocol,
                                    .port = port->container_port,
                                    .target = RULE_ACCEPT};
    rules[2] = (struct packet_rule){.table = "nat",
                                    .chain = "POSTROUTING",
                                    .source = container,
                                    .destination = container,
                                    .protocol = protocol,
                                    .port = port->container_port,
                                    .target = RULE_MASQUERADE};
    /* With the proxy, containers reach the host's ports through it; without, the DNAT is for them too. */
    if (network->set->userland_proxy)
        snprintf(rules[0].in_link, sizeof rules[0].in_link, "%s", network->link);
    snprintf(rules[1].in_link, sizeof rules[1].in_link, "%s", network->link);
    snprintf(rules[1].out_link, sizeof rules[1].out_link, "%s", network->link);
    return RULES_PER_PORT;
}

static int later_port(const void *left, const void *right)
{
    const struct port_mapping *a = left, *b = right;
    if (a->host_port != b->host_port)
        return a->host_port > b->host_port ? -1 : 1;
    if (a->container_port != b->container_port)
        return a->container_port > b->container_port ? -1 : 1;
    return strcmp(a->protocol, b->protocol);
}

struct port_mapping *rules_port_order(const struct port_mapping *ports, size_t count)
{
    struct port_mapping *sorted = xcalloc(count + 1, sizeof *sorted);
    if (count)
        memcpy(sorted, ports, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, later_port);
    return sorted;
}

static struct packet_rule *rules_of_ports(const struct network *network, const struct port_mapping *ports, size_t count,
                                          uint32_t address, size_t *rule_count)
{
    cleanup_free struct port_mapping *sorted = rules_port_order(ports, count);
    struct packet_rule *rules = xcalloc(count * RULES_PER_PORT + 1, sizeof *rules);
    *rule_count = 0;
    for (size_t i = 0; i < count; i++)
        *rule_count += rules_of_port(network, &sorted[i], address, rules + *rule_count);
    return rules;
}

/* --- changing --- */

/* iptables has a match of its own for it, which is left to the program. */
static bool any_sctp(const struct packet_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(rules[i].protocol, "sctp"))
            return true;
    return false;
}

static int change(struct network *network, struct steps *steps, const struct packet_rule *remove, size_t removals,
                  const struct packet_rule *add, size_t additions, struct error *err)
{
    if (removals + additions == 0 || network->set->iptables.backend == IPTABLES_NONE)
        return 0;
    if (network->set->iptables.backend == IPTABLES_NFT && !any_sctp(remove, removals) && !any_sctp(add, additions))
        return nft_change(&network->set->filter, steps, remove, removals, add, additions, err);
    return iptables_change(&network->set->iptables, steps, remove, removals, add, additions, err);
}

/* One by one and whatever happens: used where some of them may not be there. */
static void remove_each(struct network *network, struct steps *steps, const struct packet_rule *rules, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)change(network, steps, rules + i, 1, NULL, 0, NULL);
}

static int add_rules(struct network *network, const struct packet_rule *rules, size_t count, struct steps *steps, struct error *err)
{
    int r = change(network, steps, NULL, 0, rules, count, err);
    if (r == 0 || r == -EBUSY)
        return r; /* busy: it never had the lock, so that nothing was written */
    /* A firewall script may have flushed the chains: make them again, once. More than one transaction may have been needed, so
     * that a part of the rules may be in place. */
    remove_each(network, NULL, rules, count);
    bool chains_gone = r == -ENOENT || network->set->iptables.backend == IPTABLES_LEGACY; /* which does not say what it lacks */
    if (chains_gone && rules_repair(network, steps, err) == 0)
        r = change(network, steps, NULL, 0, rules, count, err);
    if (r < 0)
        remove_each(network, NULL, rules, count);
    return r;
}

int rules_publish(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address, struct steps *steps,
                  struct error *err)
{
    size_t rule_count;
    cleanup_free struct packet_rule *rules = rules_of_ports(network, ports, count, address, &rule_count);
    return add_rules(network, rules, rule_count, steps, err);
}

void rules_unpublish(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address, struct steps *steps)
{
    size_t rule_count;
    cleanup_free struct packet_rule *rules = rules_of_ports(network, ports, count, address, &rule_count);
    struct error err = ERROR_INIT;
    if (change(network, steps, rules, rule_count, NULL, 0, &err) == 0)
        return;
    /* iptables-restore gives up at the first rule that somebody else has removed. */
    remove_each(network, steps, rules, rule_count);
}

/* --- after a restart --- */

/* "nat -A DOCKER ..." among network->found; taken out when it is there. */
static bool claim(struct network *network, const struct packet_rule *rule)
{
    char text[RULE_TEXT];
    packet_rule_text(rule, "-A", text);
    cleanup_free char *line = str_format("%s %s", rule->table, text);
    for (char **found = network->found; found && *found; found++) {
        if (!str_equal(*found, line))
            continue;
        free(*found);
        do
            found[0] = found[1];
        while (*found++);
        return true;
    }
    return false;
}

int rules_adopt(struct network *network, const struct port_mapping *ports, size_t count, uint32_t address, struct error *err)
{
    size_t rule_count, missing = 0;
    cleanup_free struct packet_rule *rules = rules_of_ports(network, ports, count, address, &rule_count);
    for (size_t i = 0; i < rule_count; i++)
        if (!claim(network, &rules[i]))
            rules[missing++] = rules[i];
    return add_rules(network, rules, missing, NULL, err);
}

void rules_settle(struct network *network)
{
    if (!network->found || !*network->found)
        return;
    log_info("removing %zu rules on %s that belong to no container", strv_len(network->found), network->link);
    cleanup_buf struct buf input = BUF_INIT;
    for (char **found = network->found; *found; found++) {
        buf_clear(&input);
        const char *rule = strchr(*found, ' ') + 1;
        buf_printf(&input, "*%.*s\n-D%s\nCOMMIT\n", (int)(rule - *found - 1), *found, rule + strlen("-A"));
        /* One at a time: a rule that is gone already must not keep the others. */
        (void)iptables_apply(&network->set->iptables, NULL, input.data, NULL);
    }
    strv_free(network->found);
    network->found = NULL;
}
