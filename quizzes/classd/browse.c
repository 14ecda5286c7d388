/* Questions to look through outside an exam: their public part for everybody, the key of one for who sits no exam. */
#include "quizzes/classd/browse.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/requests.h"

#include <errno.h>
#include <stdint.h>

json_t *question_json(struct store *store, int64_t rev, sqlite3_stmt *row, struct error *err)
{
    int64_t position = query_int(row, 0);
    json_t *item = json_pack("{s:I,s:s,s:s,s:I,s:s,s:s,s:s}", "position", (json_int_t)position, "id", query_text(row, 1), "type",
                             query_text(row, 2), "level", (json_int_t)query_int(row, 3), "topic", query_text(row, 4), "objective",
                             query_text(row, 5), "stem", query_text(row, 6));
    struct drawn drawn;
    if (item_of_bank(store, rev, position, &drawn, err) == 0 && item_add_options(store, &drawn, SIZE_MAX, item, err) == 0)
        return item;
    json_decref(item);
    return NULL;
}

int request_bank_items(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *bank = json_str(request->body, "bank", NULL);
    int64_t rev;
    int r = bank ? bank_newest(request, bank, &rev, err) : error_set(err, EINVAL, "bank.items needs \"bank\"");
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT " QUESTION_COLUMNS " FROM question WHERE rev = ? AND position >= ? ORDER BY position", "ii",
                    rev, (int64_t)json_num(request->body, "from", 1));
    json_t *items = json_array(), *next = json_null();
    size_t size = 0;
    r = query ? 0 : -err->code;
    json_object_set_new(reply, "items", items);
    while (query && (r = query_next(store, query, err)) == 1) {
        int64_t position = query_int(query, 0);
        cleanup_json json_t *item = question_json(store, rev, query, err);
        if (!item)
            return -err->code;
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
int sits_no_exam(const struct request *request, struct error *err)
{
    int64_t running =
        store_number(request->store, 0, "SELECT id FROM attempt WHERE person = ? AND ended IS NULL LIMIT 1", "i", request->person);
    return running ? error_set(err, EBUSY, "attempt %lld is running; answers are shown when it is finished", (long long)running)
                   : 0;
}

int bank_newest(const struct request *request, const char *bank, int64_t *rev, struct error *err)
{
    int r = assign_bank_open(request, bank, err);
    if (r < 0)
        return r;
    *rev = store_number(request->store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", bank);
    return *rev ? 0 : error_set(err, ENOENT, "no such question bank: %s; `slipway exam list` names them", bank);
}

int question_find(const struct request *request, const char *bank, const char *id, int64_t *rev, int64_t *position,
                  struct error *err)
{
    int r = bank_newest(request, bank, rev, err);
    if (r < 0)
        return r;
    *position = store_number(request->store, 0, "SELECT position FROM question WHERE rev = ? AND id = ?", "it", *rev, id);
    return *position ? 0 : error_set(err, ENOENT, "bank %s has no question \"%.60s\"", bank, id);
}

int request_item_key(const struct request *request, json_t *reply, struct error *err)
{
    const char *bank = json_str(request->body, "bank", NULL);
    int64_t rev, position;
    struct drawn item;
    int r = sits_no_exam(request, err);
    if (r == 0)
        r = bank ? question_find(request, bank, json_str(request->body, "id", ""), &rev, &position, err)
                 : error_set(err, EINVAL, "item.key needs \"bank\"");
    if (r == 0)
        r = item_of_bank(request->store, rev, position, &item, err);
    return r < 0 ? r : item_add_secret(request->store, &item, "", REVIEW_KEY | REVIEW_EXPLANATIONS, reply, err);
}
