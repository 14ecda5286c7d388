/* trace-packet: one probe, and every rule, chain, bridge and wire on its way. What is printed is what POST /slipway/trace answers;
 * --json gives that document. */
#include "cli/cli.h"
#include "cli/commands.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
    const char *from, *to, *protocol;
    bool json;
};

#define AT(member) offsetof(struct options, member)

static const struct {
    const char *step, *colour;
} colours[] = {{"route", "36"}, {"wire", "2"}, {"bridge", "2"}, {"nat", "33"}, {"return", "2"}};

static const char *colour_of(const json_t *hop)
{
    const char *verdict = json_str(hop, "verdict", "");
    if (str_equal(verdict, "DROP") || str_equal(verdict, "drop") || str_equal(verdict, "REJECT") || str_equal(verdict, "none"))
        return "31";
    if (str_equal(json_str(hop, "by", ""), "person"))
        return "35";
    for (size_t i = 0; i < ARRAY_LEN(colours); i++)
        if (str_equal(colours[i].step, json_str(hop, "step", "")))
            return colours[i].colour;
    return "0";
}

static void print_hop(const json_t *hop, const char *before, bool colour)
{
    const char *space = json_str(hop, "namespace", "");
    if (!str_equal(space, before))
        printf("%s%s%s\n", colour ? "\033[1m" : "", space, colour ? "\033[0m" : "");
    printf("  %-9s %s%s%s%s", json_str(hop, "step", ""), colour ? "\033[" : "", colour ? colour_of(hop) : "", colour ? "m" : "",
           json_str(hop, "text", ""));
    const char *author = json_str(hop, "by", ""), *network = json_str(hop, "network", "");
    if (str_equal(author, "person"))
        fputs("   (written by a person)", stdout);
    else if (*network)
        printf("   (network %s)", network);
    puts(colour ? "\033[0m" : "");
}

/* What a script wants to know: 0 when it was answered or delivered, 2 when not. */
static int print_all(const json_t *doc)
{
    bool colour = cli_colour(STDOUT_FILENO);
    const char *before = "", *result = json_str(doc, "verdict.result", "");
    size_t i;
    json_t *hop;
    json_array_foreach(json_object_get(doc, "hops"), i, hop)
    {
        print_hop(hop, before, colour);
        before = json_str(hop, "namespace", "");
    }
    bool good = str_equal(result, "answered") || str_equal(result, "delivered");
    printf("\n%s%s%s\n", colour ? good ? "\033[1;32m" : "\033[1;31m" : "", json_str(doc, "verdict.text", ""),
           colour ? "\033[0m" : "");
    return good ? 0 : 2;
}

int cmd_trace_packet(const struct command_context *context, int argc, char **argv)
{
    static const struct flag flags[] = {
        {0, "from", FLAG_STRING, AT(from), "container|host", "Who sends (default \"host\")"},
        {0, "json", FLAG_BOOL, AT(json), NULL, "Print the engine's document instead of lines"},
        {0, "proto", FLAG_STRING, AT(protocol), "tcp|udp|icmp",
         "What to send: a connection attempt, a datagram or an echo (default \"tcp\")"},
        {0, "to", FLAG_STRING, AT(to), "host:port", "Where to: a container, an address or a name (without a port for icmp)"},
        {0}};
    struct options options = {0};
    int rc = cli_parse(context, flags, &options, NULL, (struct cli_operands){0, 0, false}, &argc, &argv);
    if (rc != CLI_GO)
        return rc;
    if (str_empty(options.to))
        return cli_bad_flag(context, "trace-packet", "--to HOST:PORT is missing: where should the packet go?");
    struct error err = ERROR_INIT;
    cleanup_client struct client *client = client_new(context->host);
    cleanup_json json_t *body = json_pack("{s:s, s:s, s:s}", "from", str_or(options.from, "host"), "to", options.to, "protocol",
                                          str_or(options.protocol, "tcp"));
    cleanup_json json_t *answer = NULL;
    if (client_call(client, "POST", "/slipway/trace", body, &answer, &err) < 0) {
        if (err.code == ENOENT && strstr(err.message, "page not found"))
            error_set(&err, EPROTO, "trace-packet needs a slipway engine: the one asked knows nothing of it");
        return cli_failed(&err);
    }
    if (!options.json)
        return print_all(answer);
    char *text = json_dumps(answer, JSON_INDENT(4));
    puts(str_or(text, "null"));
    free(text);
    return 0;
}
