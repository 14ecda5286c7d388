/* A packet rule in the words of `iptables -S`. */
#include "kernel/net/iptables.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct text {
    char *out;
    size_t used;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text->out + text->used, RULE_TEXT - text->used, format, args);
    va_end(args);
    if (n > 0)
        text->used += (size_t)n < RULE_TEXT - text->used ? (size_t)n : RULE_TEXT - text->used - 1;
}

static void add_address(struct text *text, const char *option, uint32_t address)
{
    char dotted[INET_ADDRSTRLEN];
    if (address)
        add(text, " %s %s/32", option, inet_ntop(AF_INET, &address, dotted, sizeof dotted));
}

void packet_rule_text(const struct packet_rule *rule, const char *verb, char out[RULE_TEXT])
{
    struct text text = {.out = out};
    add(&text, "%s %s", verb, rule->chain);
    add_address(&text, "-s", rule->source);
    add_address(&text, "-d", rule->destination);
    if (*rule->in_link)
        add(&text, "%s -i %s", rule->in_not ? " !" : "", rule->in_link);
    if (*rule->out_link)
        add(&text, " -o %s", rule->out_link);
    add(&text, " -p %s -m %s --dport %u", rule->protocol, rule->protocol, rule->port);
    char to[INET_ADDRSTRLEN];
    switch (rule->target) {
    case RULE_ACCEPT:
        add(&text, " -j ACCEPT");
        break;
    case RULE_MASQUERADE:
        add(&text, " -j MASQUERADE");
        break;
    case RULE_DNAT:
        add(&text, " -j DNAT --to-destination %s:%u", inet_ntop(AF_INET, &rule->to_address, to, sizeof to), rule->to_port);
        break;
    }
}
