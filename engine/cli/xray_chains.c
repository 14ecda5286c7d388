/* Packet filter rules with their counters; those that name the container's bridge are marked. */
#include "cli/xray.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/format.h"

static void draw_rule(const struct xray *xray, const json_t *rule)
{
    bool ours = json_flag(rule, "bridge", false);
    cleanup_free char *bytes = cli_size((double)json_num(rule, "bytes", 0), 3);
    if (xray->brief && !ours)
        return;
    fprintf(xray->out, "    %s%3lld %8lld %8s  %s%s\n", xray->colour && ours ? "\033[36m" : "", json_num(rule, "number", 0),
            json_num(rule, "packets", 0), bytes, json_str(rule, "rule", ""), xray->colour && ours ? "\033[0m" : "");
}

static bool worth_showing(const struct xray *xray, const json_t *chain)
{
    size_t i;
    json_t *rule;
    bool ours = false;
    json_array_foreach(json_object_get(chain, "rules"), i, rule) { ours |= json_flag(rule, "bridge", false); }
    return xray->brief ? ours : json_array_size(json_object_get(chain, "rules")) > 0 || json_str(chain, "policy", NULL) != NULL;
}

void plain_chains(const struct xray *xray, const json_t *doc)
{
    cleanup_free char *note = str_format("%s; counters of packets and bytes", json_str(doc, "backend", ""));
    plain_heading(xray, "CHAINS", note);
    size_t i, k, r;
    json_t *table, *chain, *rule;
    json_array_foreach(json_object_get(doc, "tables"), i, table)
    {
        json_array_foreach(json_object_get(table, "chains"), k, chain)
        {
            if (!worth_showing(xray, chain))
                continue;
            const char *policy = json_str(chain, "policy", NULL);
            fprintf(xray->out, "  %s / %s%s%s", json_str(table, "name", ""), json_str(chain, "name", ""), policy ? "  policy " : "",
                    policy ? policy : "");
            if (policy)
                fprintf(xray->out, "  %lld packets", json_num(chain, "packets", 0));
            fputc('\n', xray->out);
            json_array_foreach(json_object_get(chain, "rules"), r, rule) { draw_rule(xray, rule); }
        }
    }
}
