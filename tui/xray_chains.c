/* Tables, chains and rules with their counters. Rules that name the engine's bridge stand out; counters that moved are marked. */
#include "base/json.h"
#include "base/strings.h"
#include "base/units.h"
#include "tui/format.h"
#include "tui/xray.h"

#include <stdio.h>
#include <string.h>

/* The rule without "-A CHAIN", which stands above it. */
static const char *match_of(const char *rule)
{
    if (!str_starts(rule, "-A "))
        return rule;
    const char *after = strchr(rule + 3, ' ');
    return after ? after + 1 : rule;
}

/* Who added it: the engine, for a network or for itself; or somebody by hand. */
enum { WHO = 12 };

static void draw_who(struct area area, int y, const json_t *rule)
{
    const char *by = json_str(rule, "by", ""), *network = json_str(rule, "network", "");
    bool person = str_equal(by, "person");
    put_fit(area, y, area.w - WHO + 2, WHO - 2, person ? S_WARN : S_DIM, person ? "by hand" : *network ? network : by);
}

static int draw_rule(struct area area, int y, const json_t *rule, const json_t *old, bool marking)
{
    char packets[UNITS_TEXT], bytes[UNITS_TEXT];
    bool ours = json_flag(rule, "bridge", false);
    enum style count = xray_mark(rule, old, "packets", marking, S_TEXT);
    put_right(area, y, 8, count, format_count(json_num(rule, "packets", 0), packets));
    put_right(area, y, 16, S_DIM, format_bytes(json_num(rule, "bytes", 0), bytes));
    const char *target = json_str(rule, "target", "");
    put_fit(area, y, 18, 11, str_equal(target, "DROP") || str_equal(target, "REJECT") ? S_BAD : S_ACCENT, target);
    struct area right = {area.y, area.x + 30, area.h, area.w - 30 - WHO};
    draw_who(area, y, rule);
    int rows = draw_wrapped(right, y, 0, marking && !old ? S_CHANGED : ours ? S_CODE : S_DIM, match_of(json_str(rule, "rule", "")));
    return y + (rows > 1 ? rows : 1);
}

static int draw_chain(struct area area, int y, const json_t *table, const json_t *chain, const json_t *old, bool marking)
{
    const char *policy = json_str(chain, "policy", "");
    putf(area, y, 0, S_TITLE, "%s ", json_str(table, "name", ""));
    int x = text_width(json_str(table, "name", "")) + 1;
    x += put(area, y, x, S_STRONG, json_str(chain, "name", ""));
    char packets[UNITS_TEXT];
    if (*policy) {
        x += putf(area, y, x, str_equal(policy, "DROP") ? S_BAD : S_DIM, "  policy %s", policy);
        putf(area, y, x, xray_mark(chain, old, "packets", false, S_DIM), "  %s packets fell through",
             format_count(json_num(chain, "packets", 0), packets));
    } else {
        put(area, y, x, S_DIM, "  a chain that others jump to");
    }
    y++;
    size_t index;
    json_t *rule;
    json_array_foreach(json_object_get(chain, "rules"), index, rule)
    {
        y = draw_rule(area, y, rule, xray_same(json_object_get(old, "rules"), rule, "rule"), marking);
    }
    return y + 1;
}

static bool names_bridge(const json_t *chain)
{
    size_t index;
    json_t *rule;
    json_array_foreach(json_object_get(chain, "rules"), index, rule)
    {
        if (json_flag(rule, "bridge", false))
            return true;
    }
    return false;
}

struct pass {
    bool ours; /* chains with rules of the engine in this pass, the others in the next */
    int quiet, count;
};

static int draw_tables(struct area area, int y, const json_t *doc, const json_t *before, struct pass *pass)
{
    size_t i, j;
    json_t *table, *chain;
    json_array_foreach(json_object_get(doc, "tables"), i, table)
    {
        json_t *old_table = xray_same(json_object_get(before, "tables"), table, "name");
        json_array_foreach(json_object_get(table, "chains"), j, chain)
        {
            bool rules = json_array_size(json_object_get(chain, "rules")) > 0;
            pass->quiet += !rules && !pass->ours;
            if (!rules || names_bridge(chain) != pass->ours)
                continue;
            pass->count++;
            y = draw_chain(area, y, table, chain, xray_same(json_object_get(old_table, "chains"), chain, "name"), before != NULL);
        }
    }
    return y;
}

int xray_chains(struct area area, int top, const json_t *doc, const json_t *before)
{
    int y = -top;
    putf(area, y++, 0, S_DIM, "backend %s; chains with rules of the engine come first", json_str(doc, "backend", "?"));
    put_right(area, y, 8, S_DIM, "PACKETS");
    put_right(area, y, 16, S_DIM, "BYTES");
    put(area, y, 18, S_DIM, "TARGET");
    put(area, y, 30, S_DIM, "RULE");
    put(area, y++, area.w - WHO + 2, S_DIM, "ADDED BY");
    struct pass pass = {.ours = true};
    y = draw_tables(area, y, doc, before, &pass);
    pass.ours = false;
    y = draw_tables(area, y, doc, before, &pass);
    if (!pass.count)
        put(area, y++, 0, S_DIM, "no rules");
    if (pass.quiet)
        putf(area, y++, 0, S_DIM, "%d chain%s without rules not listed", pass.quiet, pass.quiet == 1 ? "" : "s");
    return y + top;
}
