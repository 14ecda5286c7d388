/* Drawing items, and putting them into replies. Only items_secret reads the secret part. */
#include "quizzes/classd/items.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>

static int draw_one(struct store *store, int64_t attempt, int64_t rev, const unsigned char *seed, int64_t slot, int64_t position,
                    struct error *err)
{
    size_t order[16];
    int64_t choices = store_number(store, 0, "SELECT count(*) FROM choice WHERE rev = ? AND position = ?", "ii", rev, position);
    cleanup_free char *label = str_format("options:%lld", (long long)position);
    draw(seed, label, (size_t)choices, (size_t)choices, order);
    char ordering[16] = "";
    for (int64_t i = 0; i < choices && i < 15; i++)
        ordering[i] = (char)('a' + order[i]);
    return store_run(store, err, "INSERT INTO attempt_item (attempt, slot, position, ordering) VALUES (?, ?, ?, ?)", "iiit",
                     attempt, slot, position, ordering);
}

int items_draw(struct store *store, int64_t attempt, int64_t rev, const unsigned char *seed, size_t count, struct error *err)
{
    size_t most = (size_t)store_number(store, 0, "SELECT count(*) FROM question WHERE rev = ?", "i", rev);
    cleanup_free size_t *positions = xcalloc(count + 1, sizeof *positions);
    draw(seed, "questions", most, count, positions);
    int r = 0;
    for (size_t i = 0; i < count && r == 0; i++)
        r = draw_one(store, attempt, rev, seed, (int64_t)i + 1, (int64_t)positions[i] + 1, err);
    return r;
}

char letter_to_source(const char *ordering, char shown)
{
    size_t at = (size_t)(shown - 'a');
    return shown >= 'a' && at < strlen(ordering) ? ordering[at] : 0;
}

char letter_to_shown(const char *ordering, char source)
{
    const char *at = source ? strchr(ordering, source) : NULL;
    return at ? (char)('a' + (at - ordering)) : 0;
}

int item_ordering(struct store *store, int64_t attempt, int64_t slot, char ordering[16], int64_t *position, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT ordering, position FROM attempt_item WHERE attempt = ? AND slot = ?", "ii", attempt, slot);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "attempt %lld has no question %lld", (long long)attempt, (long long)slot);
    strncpy(ordering, query_text(query, 0), 15);
    ordering[15] = 0;
    *position = query_int(query, 1);
    return 0;
}

/* Letters as shown, in the order shown. */
static json_t *shown_letters(const char *ordering, const char *sources)
{
    json_t *out = json_array();
    for (size_t i = 0; ordering[i]; i++)
        if (strchr(sources, ordering[i]))
            json_array_append_new(out, json_stringn((char[]){(char)('a' + i)}, 1));
    return out;
}

static int add_options(struct store *store, int64_t rev, int64_t position, const char *ordering, json_t *item, struct error *err)
{
    json_t *options = json_array();
    json_object_set_new(item, "options", options);
    for (size_t i = 0; ordering[i]; i++) {
        char letter[2] = {ordering[i]}, shown[2] = {(char)('a' + i)};
        cleanup_query sqlite3_stmt *query = store_query(
            store, err, "SELECT text FROM choice WHERE rev = ? AND position = ? AND letter = ?", "iit", rev, position, letter);
        int r = query ? query_next(store, query, err) : -err->code;
        if (r < 0)
            return r;
        json_array_append_new(options, json_pack("{s:s,s:s}", "id", shown, "text", r ? query_text(query, 0) : ""));
    }
    return 0;
}

static int add_secret(struct store *store, int64_t rev, int64_t position, const char *ordering, const char *chosen, json_t *item,
                      struct error *err)
{
    char keys[16];
    int r = score_keys(store, rev, position, keys, err);
    if (r < 0)
        return r;
    json_object_set_new(item, "right", json_boolean(score_item(keys, chosen)));
    json_object_set_new(item, "key", shown_letters(ordering, keys));
    json_t *explanations = json_object();
    json_object_set_new(item, "explanations", explanations);
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT letter, explanation FROM choice_secret WHERE rev = ? AND position = ?", "ii", rev, position);
    while (query && (r = query_next(store, query, err)) == 1) {
        char shown[2] = {letter_to_shown(ordering, *query_text(query, 0))};
        json_object_set_new(explanations, shown, json_string(query_text(query, 1)));
    }
    return query ? r : -err->code;
}

static bool flagged(struct store *store, int64_t attempt, int64_t slot)
{
    return store_number(store, 0,
                        "SELECT body = '{\"flagged\":true}' FROM event WHERE attempt = ? AND slot = ? AND kind = 'exam.flag'"
                        " ORDER BY id DESC LIMIT 1",
                        "ii", attempt, slot);
}

static int item_json(struct store *store, const struct attempt *attempt, sqlite3_stmt *row, bool secret, json_t *item,
                     struct error *err)
{
    int64_t slot = query_int(row, 0), position = query_int(row, 1), seq;
    const char *ordering = query_text(row, 2);
    char chosen[16];
    int r = attempt_answer(store, attempt->id, slot, chosen, &seq, err);
    if (r < 0)
        return r;
    json_object_set_new(item, "slot", json_integer(slot));
    json_object_set_new(item, "id", json_string(query_text(row, 3)));
    json_object_set_new(item, "type", json_string(query_text(row, 4)));
    json_object_set_new(item, "level", json_integer(query_int(row, 5)));
    json_object_set_new(item, "topic", json_string(query_text(row, 6)));
    json_object_set_new(item, "stem", json_string(query_text(row, 7)));
    json_object_set_new(item, "answer", shown_letters(ordering, chosen));
    json_object_set_new(item, "seq", json_integer(seq));
    json_object_set_new(item, "flagged", json_boolean(flagged(store, attempt->id, slot)));
    r = add_options(store, attempt->rev, position, ordering, item, err);
    return r < 0 || !secret ? r : add_secret(store, attempt->rev, position, ordering, chosen, item, err);
}

int items_json(struct store *store, const struct attempt *attempt, int64_t from, bool secret, json_t *out, int64_t *next,
               struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, i.position, i.ordering, q.id, q.type, q.level, q.topic, q.stem FROM attempt_item i"
                    " JOIN question q ON q.rev = ? AND q.position = i.position WHERE i.attempt = ? AND i.slot >= ? ORDER BY i.slot",
                    "iii", attempt->rev, attempt->id, from);
    size_t size = 0;
    int r = query ? 0 : -err->code;
    *next = 0;
    while (query && (r = query_next(store, query, err)) == 1) {
        cleanup_json json_t *item = json_object();
        int64_t slot = query_int(query, 0);
        r = item_json(store, attempt, query, secret, item, err);
        if (r < 0)
            return r;
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        if (size > ITEMS_REPLY_MAX && json_array_size(out) > 0) {
            *next = slot;
            return 0;
        }
        json_array_append(out, item);
    }
    return r < 0 ? r : 0;
}
