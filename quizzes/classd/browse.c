/* Questions to look through outside an exam: their public part for everybody, the key of one for who sits no exam. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/requests.h"
#include "quizzes/classd/score.h"

#include <errno.h>

/* The newest revision of the bank that the request names. */
static int newest(const struct request *request, const char *op, int64_t *rev, struct error *err)
{
    const char *bank = json_str(request->body, "bank", NULL);
    if (!bank)
        return error_set(err, EINVAL, "%s needs \"bank\"", op);
    *rev = store_number(request->store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", bank);
    return *rev ? 0 : error_set(err, ENOENT, "no such question bank: %s; `slipway exam list` names them", bank);
}

static int add_choices(struct store *store, int64_t rev, int64_t position, json_t *item, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT letter, text FROM choice WHERE rev = ? AND position = ? ORDER BY letter", "ii", rev, position);
    json_t *options = json_array();
    int r = query ? 0 : -err->code;
    json_object_set_new(item, "options", options);
    while (query && (r = query_next(store, query, err)) == 1)
        json_array_append_new(options, json_pack("{s:s,s:s}", "id", query_text(query, 0), "text", query_text(query, 1)));
    return r;
}

int request_bank_items(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    int64_t rev;
    int r = newest(request, "bank.items", &rev, err);
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT position, id, type, level, topic, objective, stem FROM question WHERE rev = ? AND position >= ? ORDER BY position",
        "ii", rev, (int64_t)json_num(request->body, "from", 1));
    json_t *items = json_array(), *next = json_null();
    size_t size = 0;
    r = query ? 0 : -err->code;
    json_object_set_new(reply, "items", items);
    while (query && (r = query_next(store, query, err)) == 1) {
        int64_t position = query_int(query, 0);
        cleanup_json json_t *item =
            json_pack("{s:I,s:s,s:s,s:I,s:s,s:s,s:s}", "position", (json_int_t)position, "id", query_text(query, 1), "type",
                      query_text(query, 2), "level", (json_int_t)query_int(query, 3), "topic", query_text(query, 4), "objective",
                      query_text(query, 5), "stem", query_text(query, 6));
        r = add_choices(store, rev, position, item, err);
        if (r < 0)
            return r;
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        if (size > ITEMS_REPLY_MAX && json_array_size(items) > 0) {
            next = json_integer(position);
            break;
        }
        json_array_append(items, item);
    }
    json_object_set_new(reply, "next", next);
    return r < 0 ? r : 0;
}

/* Any attempt of theirs counts, not only one that drew this question: a refusal must not tell what was drawn, and two banks may
 * share a question. */
static int sits_no_exam(const struct request *request, struct error *err)
{
    int64_t running =
        store_number(request->store, 0, "SELECT id FROM attempt WHERE person = ? AND ended IS NULL LIMIT 1", "i", request->person);
    return running ? error_set(err, EBUSY, "attempt %lld is running; answers are shown when it is finished", (long long)running)
                   : 0;
}

int request_item_key(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *id = json_str(request->body, "id", "");
    int64_t rev, position = 0;
    char keys[16];
    int r = sits_no_exam(request, err);
    if (r == 0)
        r = newest(request, "item.key", &rev, err);
    if (r < 0)
        return r;
    position = store_number(store, 0, "SELECT position FROM question WHERE rev = ? AND id = ?", "it", rev, id);
    if (!position)
        return error_set(err, ENOENT, "bank %s has no question \"%.60s\"", json_str(request->body, "bank", ""), id);
    r = score_keys(store, rev, position, keys, err);
    if (r < 0)
        return r;
    json_t *key = json_array(), *explanations = json_object();
    json_object_set_new(reply, "key", key);
    json_object_set_new(reply, "explanations", explanations);
    for (const char *letter = keys; *letter; letter++)
        json_array_append_new(key, json_stringn(letter, 1));
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT letter, explanation FROM choice_secret WHERE rev = ? AND position = ?", "ii", rev, position);
    r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        json_object_set_new(explanations, query_text(query, 0), json_string(query_text(query, 1)));
    return r;
}
