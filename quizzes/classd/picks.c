/* Drawing the questions of an attempt by its seed. */
#include "quizzes/classd/picks.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/engine_range.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void picks_free(struct picks *picks)
{
    free(picks->list);
    *picks = (struct picks){0};
}

static bool is_picked(const struct picks *picks, int64_t rev, int64_t position)
{
    for (size_t i = 0; i < picks->count; i++)
        if (picks->list[i].rev == rev && picks->list[i].position == position)
            return true;
    return false;
}

static void add_pick(struct picks *picks, struct pick pick)
{
    if (picks->count % 64 == 0)
        picks->list = xrealloc(picks->list, (picks->count + 64) * sizeof *picks->list);
    picks->list[picks->count++] = pick;
}

/* What a question has to be; "" and 0 for anything. */
struct rule {
    const char *bank, *domain, *topic, *objective;
    int64_t level, rev;
    bool choices;       /* single and multiple only, and none that an instructor keeps for exams */
    const char *engine; /* "" for any */
    const char *closed; /* a JSON list of banks that are not to be drawn from; NULL for none */
};

static int candidates(struct store *store, const struct rule *rule, const struct picks *without, struct picks *out,
                      struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT q.rev, q.position, q.type IN ('single', 'multiple') FROM bank b JOIN question q ON q.rev = b.rev"
                    " WHERE (?1 = 0 OR b.rev = ?1) AND (?1 <> 0 OR b.recency = (SELECT max(recency) FROM bank n WHERE n.id = b.id))"
                    " AND (?2 = '' OR b.id = ?2) AND (?3 = '' OR b.domain = ?3) AND (?4 = '' OR q.topic = ?4 COLLATE NOCASE)"
                    " AND (?5 = '' OR q.objective = ?5) AND (?6 = 0 OR q.level = ?6)"
                    " AND (NOT ?7 OR b.id NOT IN (SELECT bank FROM bank_kept)) AND b.id NOT IN (SELECT value FROM json_each(?8)) "
                    "AND engine_fits(q.engine, ?9)"
                    " ORDER BY b.id, q.position",
                    "ittttiitt", rule->rev, rule->bank, rule->domain, rule->topic, rule->objective, rule->level,
                    (int64_t)rule->choices, rule->closed ? rule->closed : "[]", rule->engine);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        struct pick pick = {query_int(query, 0), query_int(query, 1), query_int(query, 2)};
        if ((pick.choices || !rule->choices) && !is_picked(without, pick.rev, pick.position))
            add_pick(out, pick);
    }
    return r;
}

/* Draws up to `count` and says in *drawn how many there were. */
static int draw_rule(struct store *store, const struct rule *rule, const unsigned char *seed, const char *label, size_t count,
                     struct picks *picks, size_t *drawn, struct error *err)
{
    cleanup_picks struct picks from = {0};
    int r = candidates(store, rule, picks, &from, err);
    *drawn = count < from.count ? count : from.count;
    cleanup_free size_t *order = xcalloc(*drawn + 1, sizeof *order);
    draw(seed, label, from.count, *drawn, order);
    for (size_t i = 0; r == 0 && i < *drawn; i++)
        add_pick(picks, from.list[order[i]]);
    return r;
}

#define ANYTHING .bank = "", .domain = "", .topic = "", .objective = ""

int picks_engine(const json_t *from, json_t *reply, const char **engine, struct error *err)
{
    const json_t *said = json_object_get(from, "engine");
    const char *wanted = said && !json_is_string(said) ? NULL : engine_version_wanted(json_string_value(said));
    if (!wanted) {
        cleanup_free char *text = json_dumps(said, JSON_ENCODE_ANY | JSON_COMPACT);
        return error_set(err, EINVAL, "\"engine\" is a version, as 20.10, or any, not %.40s", text);
    }
    bool any = !*wanted;
    json_object_set_new(reply, "engine", json_string(any ? ENGINE_ANY : wanted)); /* `from` may be `reply`, and `wanted` in it */
    *engine = any ? "" : json_str(reply, "engine", "");
    return 0;
}

int picks_of_bank(struct store *store, int64_t rev, const char *engine, const unsigned char *seed, size_t count,
                  struct picks *picks, struct error *err)
{
    size_t drawn;
    const struct rule rule = {ANYTHING, .rev = rev, .engine = engine};
    return draw_rule(store, &rule, seed, "questions", count, picks, &drawn, err);
}

int picks_of_rules(struct store *store, const json_t *rules, const char *engine, const unsigned char *seed, struct picks *picks,
                   struct error *err)
{
    size_t index;
    const json_t *entry;
    json_array_foreach(rules, index, entry)
    {
        struct rule rule = {.bank = json_str(entry, "bank", ""),
                            .domain = json_str(entry, "domain", ""),
                            .topic = json_str(entry, "topic", ""),
                            .objective = json_str(entry, "objective", ""),
                            .level = json_num(entry, "level", 0),
                            .engine = engine};
        long long count = json_num(entry, "count", 1);
        cleanup_free char *label = str_format("rule:%zu", index);
        size_t drawn;
        if (count < 1 || picks->count + (size_t)count > PICKS_MAX)
            return error_set(err, EINVAL, "rule %zu: a quiz has 1 to %d questions", index + 1, PICKS_MAX);
        int r = draw_rule(store, &rule, seed, label, (size_t)count, picks, &drawn, err);
        if (r < 0)
            return r;
        if (drawn < (size_t)count) {
            cleanup_free char *text = json_text(entry);
            return error_set(err, ENOENT, "rule %zu, %s: the banks have %zu questions for it", index + 1, text, drawn);
        }
    }
    return 0;
}

const char *const blueprint_domains[6] = {"orchestration", "images", "installation", "networking", "security", "storage"};
static const size_t blueprint_percent[6] = {25, 20, 15, 15, 15, 10};

void blueprint_counts(size_t count, size_t out[6])
{
    size_t rest[6], given = 0;
    for (size_t i = 0; i < 6; i++) {
        out[i] = count * blueprint_percent[i] / 100;
        rest[i] = count * blueprint_percent[i] % 100;
        given += out[i];
    }
    for (; given < count; given++) {
        size_t best = 0;
        for (size_t i = 1; i < 6; i++)
            if (rest[i] > rest[best])
                best = i;
        out[best]++;
        rest[best] = 0;
    }
}

int picks_of_blueprint(struct store *store, const char *closed, const char *engine, const unsigned char *seed, size_t count,
                       struct picks *picks, json_t **domains, struct error *err)
{
    struct rule rule = {.bank = "", .topic = "", .objective = "", .choices = true, .engine = engine, .closed = closed};
    size_t wanted[6], drawn;
    int r = 0;
    blueprint_counts(count, wanted);
    *domains = json_array();
    for (size_t i = 0; i < 6 && r == 0; i++) {
        rule.domain = blueprint_domains[i];
        r = draw_rule(store, &rule, seed, blueprint_domains[i], wanted[i], picks, &drawn, err);
        json_array_append_new(*domains, json_pack("{s:s,s:I,s:I}", "domain", blueprint_domains[i], "wanted", (json_int_t)wanted[i],
                                                  "count", (json_int_t)drawn));
    }
    for (size_t i = 0; i < 6 && r == 0 && picks->count < count; i++) {
        rule.domain = blueprint_domains[i];
        r = draw_rule(store, &rule, seed, "rest", count - picks->count, picks, &drawn, err);
        json_t *entry = json_array_get(*domains, i);
        json_object_set_new(entry, "count", json_integer(json_num(entry, "count", 0) + (json_int_t)drawn));
    }
    if (r == 0 && picks->count == 0)
        r = error_set(err, ENOENT,
                      "no bank has single or multiple choice questions on %s, ... or %s; `slipway exam import FILE`"
                      " brings one",
                      blueprint_domains[0], blueprint_domains[5]);
    return r;
}

/* Letters 0 to `count` - 1 of a table, shuffled or not. */
static void shuffled(const unsigned char *seed, const char *kind, const struct pick *pick, size_t count, bool keep, char out[16])
{
    size_t order[16];
    cleanup_free char *label = str_format("%s:%lld:%lld", kind, (long long)pick->rev, (long long)pick->position);
    count = count < 15 ? count : 15;
    draw(seed, label, count, count, order);
    for (size_t i = 0; i < count; i++)
        out[i] = (char)('a' + (keep ? i : order[i]));
    out[count] = 0;
}

static int store_one(struct store *store, int64_t attempt, const unsigned char *seed, int64_t slot, const struct pick *pick,
                     bool domc, bool keep, struct error *err)
{
    char ordering[16], pairing[16];
    int64_t choices =
        store_number(store, 0, "SELECT count(*) FROM choice WHERE rev = ? AND position = ?", "ii", pick->rev, pick->position);
    int64_t others =
        store_number(store, 0, "SELECT count(*) FROM counterpart WHERE rev = ? AND position = ?", "ii", pick->rev, pick->position);
    /* The order of what has to be ordered is no order to keep. */
    bool ordered = store_number(store, 0, "SELECT type = 'ordering' FROM question WHERE rev = ? AND position = ?", "ii", pick->rev,
                                pick->position);
    shuffled(seed, "options", pick, (size_t)choices, keep && !ordered && !domc, ordering);
    shuffled(seed, "counterparts", pick, (size_t)others, false, pairing);
    cleanup_free char *label = str_format("domc:%lld:%lld", (long long)pick->rev, (long long)pick->position);
    size_t extra = 0;
    draw(seed, label, 2, 1, &extra);
    return store_run(
        store, err, "INSERT INTO attempt_item (attempt, slot, position, ordering, rev, pairing, domc) VALUES (?, ?, ?, ?, ?, ?, ?)",
        "iiititi", attempt, slot, pick->position, ordering, pick->rev, pairing, (int64_t)(domc ? 1 + extra : 0));
}

/* Which of the picks are shown one option at a time. */
static void choose_domc(const unsigned char *seed, const struct picks *picks, size_t wanted, bool *domc)
{
    size_t able = 0;
    cleanup_free size_t *which = xcalloc(picks->count + 1, sizeof *which), *order = xcalloc(picks->count + 1, sizeof *order);
    for (size_t i = 0; i < picks->count; i++)
        if (picks->list[i].choices)
            which[able++] = i;
    wanted = wanted < able ? wanted : able;
    draw(seed, "domc", able, wanted, order);
    for (size_t i = 0; i < wanted; i++)
        domc[which[order[i]]] = true;
}

int picks_store(struct store *store, int64_t attempt, const unsigned char *seed, const struct picks *picks,
                const struct showing *showing, struct error *err)
{
    cleanup_free size_t *order = xcalloc(picks->count + 1, sizeof *order);
    cleanup_free bool *domc = xcalloc(picks->count + 1, sizeof *domc);
    draw(seed, "order", picks->count, picks->count, order);
    choose_domc(seed, picks, showing->domc, domc);
    int r = 0;
    for (size_t i = 0; i < picks->count && r == 0; i++) {
        size_t at = showing->keep_questions ? i : order[i];
        r = store_one(store, attempt, seed, (int64_t)i + 1, &picks->list[at], domc[at], showing->keep_options, err);
    }
    return r;
}
