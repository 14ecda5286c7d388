/* The rules, as a packet meets them: the five hooks, the chains of the one that is chosen, rules with counters, and who wrote each.
 */
#include "tui/network_state.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/units.h"
#include "tui/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char *const hooks[HOOKS] = {"PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"};
/* The order of tables in every hook. */
static const char *const order[] = {"raw", "mangle", "nat", "filter", "security"};
enum { ROWS_MAX = 2000, DETAIL_ROWS = 4 };

struct row {
    const json_t *table, *chain, *rule; /* without a rule: the chain's head */
};

/* --- asking --- */

static void got_rules(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct network_screen *screen = owner;
    screen->asking_rules = false;
    bool foreign = err && err->code == ENOENT && app->model.docker;
    copy_text(screen->rules_error, sizeof screen->rules_error,
              foreign ? "This engine is not Slipway's own and does not show its rules."
              : err   ? err->message
                      : "");
    if (!err && answer && !(screen->rules && json_equal(screen->rules, answer))) {
        json_decref(screen->rules_before);
        screen->rules_before = screen->rules;
        screen->rules = json_incref(answer);
        app_dirty(app);
    } else if (!err && screen->rules_before) {
        json_decref(screen->rules_before);
        screen->rules_before = NULL;
        app_dirty(app);
    }
    if (err)
        app_dirty(app);
}

void rules_want(struct app *app, struct network_screen *screen)
{
    if (screen->asking_rules || app->model.link == LINK_DOWN)
        return;
    screen->asking_rules = true;
    cleanup_free char *escaped = client_escape(screen->ns);
    char path[300];
    snprintf(path, sizeof path, "/slipway/chains?ns=%s", escaped);
    work_engine(app->work, LANE_LIVE, "GET", path, NULL, got_rules, screen);
}

/* --- finding --- */

static json_t *find_table(const struct network_screen *screen, const json_t *doc, const char *name)
{
    size_t i;
    json_t *table;
    json_array_foreach(json_object_get(doc, "tables"), i, table)
    {
        if (str_equal(json_str(table, "name", ""), name) && str_equal(json_str(table, "family", ""), screen->v6 ? "ip6" : "ip"))
            return table;
    }
    return NULL;
}

static json_t *find_chain(const json_t *table, const char *name)
{
    size_t i;
    json_t *chain;
    json_array_foreach(json_object_get(table, "chains"), i, chain)
    {
        if (str_equal(json_str(chain, "name", ""), name))
            return chain;
    }
    return NULL;
}

static json_t *same_rule(const struct network_screen *screen, const json_t *table, const json_t *chain, const json_t *rule)
{
    json_t *old = find_chain(find_table(screen, screen->rules_before, json_str(table, "name", "")), json_str(chain, "name", ""));
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(old, "rules"), i, entry)
    {
        if (str_equal(json_str(entry, "rule", ""), json_str(rule, "rule", "-")))
            return entry;
    }
    return NULL;
}

static bool counts(const struct network_screen *screen, const json_t *table, const json_t *chain, const json_t *rule)
{
    json_t *old = same_rule(screen, table, chain, rule);
    return old && json_num(old, "packets", 0) != json_num(rule, "packets", 0);
}

/* --- the path --- */

static int draw_hook(const struct network_screen *screen, struct area area, int y, int x, int hook, bool choose)
{
    bool met = false, dropped = false, moving = false;
    char text[120];
    int used = snprintf(text, sizeof text, "%s", hooks[hook]);
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        json_t *table = find_table(screen, screen->rules, order[i]), *chain = find_chain(table, hooks[hook]);
        if (!chain)
            continue;
        bool here = false;
        met = trace_met(screen, order[i], hooks[hook], 0, &here) || met;
        dropped = dropped || here;
        size_t k, count = json_array_size(json_object_get(chain, "rules"));
        json_t *rule;
        json_array_foreach(json_object_get(chain, "rules"), k, rule) { moving = moving || counts(screen, table, chain, rule); }
        if (count && used < (int)sizeof text)
            used += snprintf(text + used, sizeof text - (size_t)used, " %s %zu", order[i], count);
    }
    bool chosen = choose && hook == screen->hook && !screen->depth;
    int at = x;
    if (met)
        at += put(area, y, at, dropped ? S_BAD : S_OK, glyph(dropped ? G_CROSS : G_CHECK));
    at += put(area, y, at, chosen ? S_SELECT : moving ? S_CHANGED : S_STRONG, text);
    return at - x;
}

static int draw_step(struct area area, int y, int x, const char *text)
{
    int at = x + put(area, y, x, S_DIM, " ");
    at += put(area, y, at, S_DIM, glyph(G_ARROW));
    at += put(area, y, at, S_DIM, " ");
    return at + put(area, y, at, S_DIM, text) - x;
}

void rules_draw_path(const struct network_screen *screen, struct area area, bool choose)
{
    int x = put(area, 1, 1, S_DIM, "wire") + 1;
    x += draw_step(area, 1, x, "");
    int first = x;
    x += draw_hook(screen, area, 1, x, 0, choose);
    x += draw_step(area, 1, x, "");
    int branch = x;
    x += draw_hook(screen, area, 1, x, 2, choose);
    x += draw_step(area, 1, x, "");
    x += draw_hook(screen, area, 1, x, 4, choose);
    draw_step(area, 1, x, "wire");
    int local = first + draw_hook(screen, area, 0, first, 1, choose);
    local += draw_step(area, 0, local, "process");
    local += draw_step(area, 0, local, "");
    draw_hook(screen, area, 0, local > branch ? local : branch, 3, choose);
    put_line(area, 2, G_HLINE, S_DIM);
}

/* --- the rows --- */

static void add_chain(const struct network_screen *screen, struct row *rows, int *count, const json_t *table, const json_t *chain)
{
    size_t i;
    json_t *rule;
    if (*count < ROWS_MAX)
        rows[(*count)++] = (struct row){table, chain, NULL};
    json_array_foreach(json_object_get(chain, "rules"), i, rule)
    {
        if (*count < ROWS_MAX && filter_match(&screen->filter, json_str(rule, "rule", ""), json_str(rule, "by", ""),
                                              json_str(rule, "network", ""), NULL))
            rows[(*count)++] = (struct row){table, chain, rule};
    }
}

static int collect(const struct network_screen *screen, struct row *rows)
{
    int count = 0;
    if (screen->depth) {
        json_t *table = find_table(screen, screen->rules, screen->jumps[screen->depth - 1].table);
        json_t *chain = find_chain(table, screen->jumps[screen->depth - 1].chain);
        if (chain)
            add_chain(screen, rows, &count, table, chain);
        return count;
    }
    for (size_t i = 0; i < ARRAY_LEN(order); i++) {
        json_t *table = find_table(screen, screen->rules, order[i]), *chain = find_chain(table, hooks[screen->hook]);
        if (chain)
            add_chain(screen, rows, &count, table, chain);
    }
    return count;
}

/* Without "-A CHAIN" and without the target, which have columns of their own. */
static void match_of(const json_t *rule, char *out, size_t room)
{
    const char *text = json_str(rule, "rule", ""), *target = json_str(rule, "target", "");
    const char *after = str_starts(text, "-A ") ? strchr(text + 3, ' ') : NULL;
    cleanup_free char *jump = str_format("-j %s", target);
    const char *match = after ? after + 1 : "", *at = *target ? strstr(match, jump) : NULL;
    if (!at)
        copy_text(out, room, match);
    else
        snprintf(out, room, "%.*s%s", (int)(at - match), match, at + strlen(jump) + (at[strlen(jump)] == ' '));
}

static void draw_head(const struct network_screen *screen, struct area area, int y, const struct row *row, bool selected)
{
    const char *policy = json_str(row->chain, "policy", ""), *table = json_str(row->table, "name", ""),
               *name = json_str(row->chain, "name", "");
    bool dropped = false;
    int met = trace_met(screen, table, name, 0, &dropped);
    char packets[UNITS_TEXT];
    if (selected)
        put_fill(area, y, 0, area.w, S_SELECT);
    int x = 1 + putf(area, y, 1, selected ? S_SELECT : S_TITLE, "%s %s", table, name);
    if (*policy)
        x += putf(area, y, x,
                  selected                    ? S_SELECT
                  : str_equal(policy, "DROP") ? S_BAD
                                              : S_DIM,
                  "  policy %s, %s packets fell through", policy, format_count(json_num(row->chain, "packets", 0), packets));
    else
        x += putf(area, y, x, selected ? S_SELECT : S_DIM, "  %lld rules lead here", json_num(row->chain, "references", 0));
    if (met)
        put(area, y, x + 2, dropped ? S_BAD : S_OK, glyph(dropped ? G_CROSS : G_CHECK));
}

static void draw_rule(const struct network_screen *screen, struct area area, int y, const struct row *row, bool selected)
{
    char packets[UNITS_TEXT], bytes[UNITS_TEXT], match[512];
    const char *target = json_str(row->rule, "target", "");
    bool dropped = false, person = str_equal(json_str(row->rule, "by", ""), "person");
    long long number = json_num(row->rule, "number", 0);
    int met = trace_met(screen, json_str(row->table, "name", ""), json_str(row->chain, "name", ""), number, &dropped);
    enum style plain = selected ? S_SELECT : S_TEXT;
    if (selected)
        put_fill(area, y, 0, area.w, S_SELECT);
    if (met)
        put(area, y, 0, dropped ? S_BAD : S_OK, glyph(dropped ? G_CROSS : G_CHECK));
    putf(area, y, 2, plain, "%2lld", number);
    bool moving = counts(screen, row->table, row->chain, row->rule);
    put_right(area, y, 11, moving && !selected ? S_CHANGED : plain, format_count(json_num(row->rule, "packets", 0), packets));
    put_right(area, y, 18, selected ? S_SELECT : S_DIM, format_bytes(json_num(row->rule, "bytes", 0), bytes));
    bool bad = str_equal(target, "DROP") || str_equal(target, "REJECT");
    put_fit(area, y, 20, 16, selected ? S_SELECT : bad ? S_BAD : S_ACCENT, target);
    match_of(row->rule, match, sizeof match);
    put_fit(area, y, 37, area.w - 37 - 11, plain, *match ? match : "every packet");
    const char *network = json_str(row->rule, "network", "");
    put_fit(area, y, area.w - 10, 10,
            selected ? S_SELECT
            : person ? S_WARN
                     : S_DIM,
            person     ? "person"
            : *network ? network
                       : "engine");
}

static void draw_detail(struct area area, const struct row *row)
{
    if (!row || !row->rule) {
        put(area, 0, 0, S_DIM, "Rules are tried from the first to the last; the first that decides ends the chain.");
        return;
    }
    int rows = draw_wrapped(area, 0, 0, S_CODE, json_str(row->rule, "rule", ""));
    const char *network = json_str(row->rule, "network", "");
    if (str_equal(json_str(row->rule, "by", ""), "person"))
        put(area, rows, 0, S_WARN, "written by a person, or by another program: the engine leaves it alone");
    else if (*network)
        putf(area, rows, 0, S_DIM, "written by the engine for network %s", network);
    else
        put(area, rows, 0, S_DIM, "written by the engine for all its networks");
}

void rules_draw(struct app *app, struct network_screen *screen, struct area area)
{
    char title[160];
    (void)app;
    snprintf(title, sizeof title, "%s of %s%s%s", screen->v6 ? "IPv6 rules" : "Rules", screen->ns, screen->depth ? ": " : "",
             screen->depth ? screen->jumps[screen->depth - 1].chain : "");
    struct area inside = draw_box(area, title, json_str(screen->rules, "backend", ""), S_DIM);
    if (screen->rules_error[0] || !screen->rules) {
        draw_wrapped(inside, 0, 0, screen->rules_error[0] ? S_WARN : S_DIM,
                     screen->rules_error[0] ? screen->rules_error : "looking");
        return;
    }
    rules_draw_path(screen, area_rows(inside, 0, 3), true);
    struct area body = filter_draw(&screen->filter, area_rows(inside, 3, inside.h - 3 - DETAIL_ROWS)),
                detail = area_rows(inside, inside.h - DETAIL_ROWS + 1, 3);
    cleanup_free struct row *rows = xcalloc(ROWS_MAX, sizeof *rows);
    int count = collect(screen, rows), top = list_fit(&screen->list, body, count);
    for (int y = 0; y < body.h && top + y < count; y++) {
        bool selected = list_selected(&screen->list, top + y);
        if (rows[top + y].rule)
            draw_rule(screen, body, y, &rows[top + y], selected);
        else
            draw_head(screen, body, y, &rows[top + y], selected);
    }
    if (!count)
        put(body, 0, 1, S_DIM, "no table has a chain here: every packet passes");
    put_line(area_rows(inside, inside.h - DETAIL_ROWS, 1), 0, G_HLINE, S_DIM);
    draw_detail(detail, screen->list.selected < count ? &rows[screen->list.selected] : NULL);
}

/* --- keys --- */

static void jump(struct network_screen *screen)
{
    cleanup_free struct row *rows = xcalloc(ROWS_MAX, sizeof *rows);
    int count = collect(screen, rows);
    if (screen->list.selected >= count || screen->depth == JUMPS_MAX)
        return;
    const struct row *row = &rows[screen->list.selected];
    const char *target = json_str(row->rule, "target", "");
    if (!row->rule || !find_chain(row->table, target))
        return;
    copy_text(screen->jumps[screen->depth].table, sizeof screen->jumps[0].table, json_str(row->table, "name", ""));
    copy_text(screen->jumps[screen->depth++].chain, sizeof screen->jumps[0].chain, target);
    screen->list = (struct list){0};
}

static void next_namespace(struct app *app, struct network_screen *screen)
{
    json_t *spaces = json_object_get(screen->now, "namespaces"), *space;
    size_t i, count = json_array_size(spaces), at = 0;
    json_array_foreach(spaces, i, space)
    {
        if (str_equal(json_str(space, "name", ""), screen->ns))
            at = i;
    }
    for (i = 1; i <= count; i++) {
        space = json_array_get(spaces, (at + i) % count);
        if (str_equal(json_str(space, "kind", ""), "inner"))
            continue;
        copy_text(screen->ns, sizeof screen->ns, json_str(space, "name", "host"));
        break;
    }
    json_decref(screen->rules);
    screen->rules = NULL;
    screen->depth = 0;
    screen->list = (struct list){0};
    app_ran(app, str_equal(screen->ns, "host") ? "iptables-save -c" : "ip netns exec %s iptables-save -c", screen->ns);
    rules_want(app, screen);
}

static void turn_hook(struct network_screen *screen, int by)
{
    screen->hook = (screen->hook + by) % HOOKS;
    screen->depth = 0;
    screen->list = (struct list){0};
}

static void next_hook(struct app *app, void *state)
{
    (void)app;
    turn_hook(state, 1);
}

static void hook_before(struct app *app, void *state)
{
    (void)app;
    turn_hook(state, HOOKS - 1);
}

static void follow_jump(struct app *app, void *state)
{
    (void)app;
    jump(state);
}

static bool has_jumped(struct app *app, void *state)
{
    (void)app;
    return ((struct network_screen *)state)->depth > 0;
}

static void jump_back(struct app *app, void *state)
{
    struct network_screen *screen = state;
    (void)app;
    screen->depth--;
    screen->list = (struct list){0};
}

static void other_namespace(struct app *app, void *state) { next_namespace(app, state); }

static void other_family(struct app *app, void *state)
{
    struct network_screen *screen = state;
    screen->v6 = !screen->v6;
    screen->depth = 0;
    screen->list = (struct list){0};
    app_ran(app, "%s", screen->v6 ? "ip6tables-save -c" : "iptables-save -c");
}

bool rules_key(struct network_screen *screen, keycode key)
{
    cleanup_free struct row *rows = xcalloc(ROWS_MAX, sizeof *rows);
    return list_key(&screen->list, key, collect(screen, rows));
}

const struct action rules_actions[] = {
    {"rules.jump", "Enter", "open", "into the chain that the rule jumps to", follow_jump, NULL},
    {"rules.hook-before", "h Left", "hook", "the hook before or after", hook_before, NULL},
    {"rules.hook", "l Right", "hook", "the hook before or after", next_hook, NULL},
    {"rules.back", "Bksp", NULL, "back to the chain that jumped here", jump_back, has_jumped},
    {"rules.namespace", "n", NULL, "the rules of the next namespace (the host, then each container)", other_namespace, NULL},
    {"rules.family", "6", NULL, "those of IPv6, or of IPv4 again", other_family, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};
