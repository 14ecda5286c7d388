/* What iptables-save -c prints, as a document: tables, chains, rules, which chain leads where, and who wrote each rule. */
#include "observe/chains_text.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The next word of a rule, quotes taken along ("-m comment --comment "a b""); NULL at the end. */
static char *next_word(const char **at)
{
    while (**at == ' ')
        (*at)++;
    if (!**at)
        return NULL;
    const char *start = *at;
    bool quoted = false;
    for (; **at && (quoted || **at != ' '); (*at)++) {
        if (**at == '\\' && (*at)[1])
            (*at)++;
        else if (**at == '"')
            quoted = !quoted;
    }
    return xstrndup(start, (size_t)(*at - start));
}

/* What the rule leads to, and whether it names the bridge. */
static void read_words(const char *rule, const char *bridge, char **target, bool *named)
{
    cleanup_free char *before = NULL;
    const char *at = rule;
    *target = NULL;
    *named = false;
    for (char *word; (word = next_word(&at));) {
        if (before && (str_equal(before, "-j") || str_equal(before, "-g"))) {
            cleanup_free_p(target);
            *target = xstrdup(word);
        }
        if (before && bridge && (str_equal(before, "-i") || str_equal(before, "-o")) && str_equal(word, bridge))
            *named = true;
        cleanup_free_p(&before);
        before = word;
    }
}

static json_t *find_chain(json_t *chains, const char *name)
{
    size_t i;
    json_t *chain;
    json_array_foreach(chains, i, chain)
    {
        if (str_equal(json_string_value(json_object_get(chain, "name")), name))
            return chain;
    }
    return NULL;
}

static const struct {
    const char *chain, *hook;
} hooks[] = {
    {"PREROUTING", "prerouting"}, {"INPUT", "input"}, {"FORWARD", "forward"}, {"OUTPUT", "output"}, {"POSTROUTING", "postrouting"}};

static json_t *hook_of(const char *chain, const char *policy)
{
    for (size_t i = 0; i < ARRAY_LEN(hooks) && !str_equal(policy, "-"); i++)
        if (str_equal(hooks[i].chain, chain))
            return json_string(hooks[i].hook);
    return json_null();
}

/* ":DOCKER - [0:0]", ":FORWARD DROP [12:720]" */
static void add_chain(json_t *chains, const char *line)
{
    char name[64], policy[32];
    unsigned long long packets = 0, bytes = 0;
    if (sscanf(line, ":%63s %31s [%llu:%llu]", name, policy, &packets, &bytes) < 2)
        return;
    json_array_append_new(chains,
                          json_pack("{s:s, s:o, s:o, s:I, s:I, s:[]}", "name", name, "policy",
                                    str_equal(policy, "-") ? json_null() : json_string(policy), "hook", hook_of(name, policy),
                                    "packets", (json_int_t)packets, "bytes", (json_int_t)bytes, "rules"));
}

/* What the engine writes besides the chains of its own: %B is a bridge, %S a subnet of its network. */
static const char *const network_rules[] = {
    "-A FORWARD -i %B -o %B -j ACCEPT",           "-A FORWARD -i %B -o %B -j DROP",
    "-A FORWARD -i %B ! -o %B -j ACCEPT",         "-A FORWARD -o %B -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT",
    "-A POSTROUTING -s %S ! -o %B -j MASQUERADE", "-A POSTROUTING -o %B -m addrtype --src-type LOCAL -j MASQUERADE",
};

static bool spells(const char *pattern, const char *bridge, const char *subnet, const char *rule)
{
    cleanup_buf struct buf text = BUF_INIT;
    for (const char *at = pattern; *at; at++) {
        if (*at == '%')
            buf_puts(&text, *++at == 'B' ? bridge : subnet);
        else
            buf_putc(&text, *at);
    }
    return str_equal(text.data, rule);
}

static bool written_for(const json_t *network, const char *rule)
{
    const char *bridge = json_str(network, "bridge", "");
    json_t *subnets = json_object_get(network, "subnets"), *subnet;
    size_t i;
    for (size_t k = 0; k < ARRAY_LEN(network_rules) && *bridge; k++)
        json_array_foreach(subnets, i, subnet)
        {
            if (spells(network_rules[k], bridge, json_string_value(subnet), rule))
                return true;
        }
    return false;
}

static bool inside(const char *address, const char *subnet)
{
    char network[INET6_ADDRSTRLEN] = "";
    unsigned char a[16], b[16];
    unsigned bits = 0;
    if (sscanf(subnet, "%45[^/]/%u", network, &bits) != 2)
        return false;
    int family = strchr(subnet, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, address, a) != 1 || inet_pton(family, network, b) != 1 || bits > (family == AF_INET ? 32u : 128u))
        return false;
    for (unsigned i = 0; i < bits; i++)
        if ((a[i / 8] ^ b[i / 8]) & (0x80 >> i % 8))
            return false;
    return true;
}

static bool holds_address(const json_t *network, const char *word)
{
    char address[INET6_ADDRSTRLEN] = "";
    json_t *subnet;
    size_t i;
    /* "10.0.0.2/32", "10.0.0.2:80", "[fd00::2]:80" */
    const char *start = *word == '[' ? word + 1 : word;
    size_t length = strcspn(start, *word == '[' ? "]" : strchr(start, '.') ? "/:" : "/");
    snprintf(address, sizeof address, "%.*s", (int)length, start);
    json_array_foreach(json_object_get(network, "subnets"), i, subnet)
    {
        if (inside(address, str_or(json_string_value(subnet), "")))
            return true;
    }
    return false;
}

/* The network that a rule is about: it names its bridge, its subnet or an address in it. */
static const json_t *network_of(const json_t *networks, const char *rule)
{
    size_t i;
    json_t *network;
    const char *at = rule;
    for (char *word; (word = next_word(&at)); free(word)) {
        json_array_foreach((json_t *)networks, i, network)
        {
            const char *bridge = json_str(network, "bridge", "");
            if ((*bridge && str_equal(word, bridge)) || holds_address(network, word)) {
                free(word);
                return network;
            }
        }
    }
    return NULL;
}

static const char *const own_chains[] = {
    "DOCKER", "DOCKER-ISOLATION-STAGE-1", "DOCKER-ISOLATION-STAGE-2", "DOCKER-INGRESS", "DOCKER_OUTPUT", "DOCKER_POSTROUTING",
    NULL};

/* A hairpin rule of a published port: "-A POSTROUTING -s A/32 -d A/32 -p tcp ... -j MASQUERADE". */
static bool is_hairpin(const char *rule)
{
    char from[64], to[64];
    return sscanf(rule, "-A POSTROUTING -s %63s -d %63s -p ", from, to) == 2 && str_equal(from, to) &&
           strstr(rule, "-j MASQUERADE");
}

static const char *author(const char *chain, const char *target, const char *rule, const json_t *network)
{
    if (str_equal(chain, "DOCKER-USER"))
        return str_equal(rule, "-A DOCKER-USER -j RETURN") ? "engine" : "person";
    if (strv_has((char *const *)own_chains, chain))
        return network || str_equal(target, "RETURN") || str_starts(chain, "DOCKER_") ? "engine" : "person";
    if (target && (strv_has((char *const *)own_chains, target) || str_equal(target, "DOCKER-USER")))
        return "engine";
    return network && (written_for(network, rule) || is_hairpin(rule)) ? "engine" : "person";
}

/* "[0:0] -A DOCKER -i slipway0 -j RETURN" */
static void add_rule(json_t *chains, const char *line, const char *bridge, const json_t *networks)
{
    char name[64];
    unsigned long long packets, bytes;
    int text_at = 0;
    if (sscanf(line, "[%llu:%llu] %n-A %63s", &packets, &bytes, &text_at, name) < 3)
        return;
    json_t *rules = json_object_get(find_chain(chains, name), "rules");
    if (!rules)
        return;
    cleanup_free char *target = NULL;
    bool named;
    read_words(line + text_at, bridge, &target, &named);
    const char *rule = line + text_at;
    const json_t *network = network_of(networks, rule);
    json_array_append_new(rules, json_pack("{s:I, s:I, s:I, s:o, s:s, s:b, s:s, s:o}", "number",
                                           (json_int_t)json_array_size(rules) + 1, "packets", (json_int_t)packets, "bytes",
                                           (json_int_t)bytes, "target", target ? json_string(target) : json_null(), "rule", rule,
                                           "bridge", named ? 1 : 0, "by", author(name, target, rule, network), "network",
                                           network ? json_string(json_str(network, "name", "")) : json_null()));
}

/* Which chain leads where: {"from","rule","to"}, and how often each is led to. */
static json_t *find_jumps(json_t *chains)
{
    json_t *jumps = json_array(), *chain, *rule;
    size_t i, k;
    json_array_foreach(chains, i, chain) { json_object_set_new(chain, "references", json_integer(0)); }
    json_array_foreach(chains, i, chain)
    {
        json_array_foreach(json_object_get(chain, "rules"), k, rule)
        {
            const char *target = json_str(rule, "target", "");
            json_t *to = find_chain(chains, target);
            if (!to)
                continue;
            json_object_set_new(to, "references", json_integer(json_num(to, "references", 0) + 1));
            json_array_append_new(jumps, json_pack("{s:s, s:I, s:s}", "from", json_str(chain, "name", ""), "rule",
                                                   json_num(rule, "number", 0), "to", target));
        }
    }
    return jumps;
}

void chains_parse(json_t *tables, const char *family, const char *text, const char *bridge, const json_t *networks)
{
    json_t *chains = NULL, *table;
    size_t first = json_array_size(tables), i;
    cleanup_strv char **lines = str_split(text, '\n');
    for (char **line = lines; *line; line++) {
        if (**line == '*') {
            chains = json_array();
            json_array_append_new(tables, json_pack("{s:s, s:s, s:o}", "family", family, "name", *line + 1, "chains", chains));
        } else if (chains && **line == ':') {
            add_chain(chains, *line);
        } else if (chains && **line == '[') {
            add_rule(chains, *line, bridge, networks);
        }
    }
    json_array_foreach(tables, i, table)
    {
        if (i >= first)
            json_object_set_new(table, "jumps", find_jumps(json_object_get(table, "chains")));
    }
}
