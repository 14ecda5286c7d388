/* Answers of an attempt that runs, flags, and the way on: everything that is acknowledged is an event in the chain. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/domc.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A seq that is stored already: the same answer again is fine, another one is not. */
static int repeat(const struct request *request, int64_t attempt, int64_t slot, int64_t seq, const json_t *body, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err, "SELECT body FROM event WHERE attempt = ? AND slot = ? AND seq = ?", "iii", attempt, slot, seq);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r <= 0)
        return r;
    cleanup_free char *same = json_text(body);
    if (str_equal(query_text(query, 0), same))
        return 1;
    return error_set(err, EEXIST, "answer %lld to this question is stored already with other options; send a greater seq",
                     (long long)seq);
}

/* One option of an item whose options come one at a time. */
static int say(const struct request *request, const struct drawn *item, int64_t attempt, char **said, bool yes, struct error *err)
{
    size_t count = strlen(*said) / 2;
    char *more = str_format("%s%c%c", *said, item->ordering[count], yes ? '+' : '-');
    free(*said);
    *said = more;
    return attempt_log(request, attempt, item->slot, (int64_t)count + 1, "exam.answer", json_pack("{s:s}", "answer", more), err);
}

/* {"option":"b","yes":true}: options are judged in the order shown, each once. Judging one again as before is harmless. */
static int say_one(const struct request *request, const struct drawn *item, int64_t attempt, const char *keys, char **said,
                   struct error *err)
{
    const char *option = json_str(request->body, "option", "");
    const json_t *yes = json_object_get(request->body, "yes");
    size_t count = strlen(*said) / 2, options = strlen(item->ordering), index = (size_t)(*option - 'a');
    if (!json_is_boolean(yes) || strlen(option) != 1 || *option < 'a' || index >= options)
        return error_set(err, EINVAL, "this question shows one option at a time: send \"option\" and \"yes\": true or false");
    if (index < count && ((*said)[2 * index + 1] == '+') == json_is_true(yes))
        return 0;
    if (index < count)
        return error_set(err, EEXIST, "option %s was judged already; there is no way back", option);
    if (domc_over(keys, *said, options, item->domc == 2))
        return error_set(err, EALREADY, "this question is over");
    if (index != count)
        return error_set(err, EINVAL, "option %s is not shown yet", option);
    return say(request, item, attempt, said, json_is_true(yes), err);
}

/* All at once, from a file of answers: yes to those in the list, until it is over. */
static int say_all(const struct request *request, const struct drawn *item, int64_t attempt, const char *keys, char **said,
                   struct error *err)
{
    struct drawn plain = *item;
    cleanup_free char *chosen = NULL;
    plain.type = QUESTION_MULTIPLE;
    int r = answer_read(request->store, &plain, json_object_get(request->body, "answer"), true, &chosen, err);
    while (r == 0 && !domc_over(keys, *said, strlen(item->ordering), item->domc == 2))
        r = say(request, item, attempt, said, strchr(chosen, item->ordering[strlen(*said) / 2]) != NULL, err);
    return r;
}

static int answer_domc(const struct request *request, const struct drawn *item, const struct attempt *attempt, json_t *reply,
                       struct error *err)
{
    char keys[16];
    int64_t seq;
    cleanup_free char *said = NULL;
    int r = score_keys(request->store, item->rev, item->position, keys, err);
    if (r == 0)
        r = attempt_answer(request->store, attempt->id, item->slot, &said, &seq, err);
    if (r == 0)
        r = json_object_get(request->body, "answer") ? say_all(request, item, attempt->id, keys, &said, err)
                                                     : say_one(request, item, attempt->id, keys, &said, err);
    if (r < 0)
        return r;
    size_t options = strlen(item->ordering), count = strlen(said) / 2;
    bool over = domc_over(keys, said, options, item->domc == 2);
    cleanup_json json_t *shown = json_object();
    r = item_add_options(request->store, item, count + 1, shown, err);
    json_object_set_new(reply, "seq", json_integer((json_int_t)count));
    json_object_set_new(reply, "over", json_boolean(over));
    json_object_set(reply, "option", over ? json_null() : json_array_get(json_object_get(shown, "options"), count));
    return r;
}

/* A question that was left, or is not reached yet, when there is no way back. */
static int check_reached(const struct request *request, const struct attempt *attempt, int64_t slot, struct error *err)
{
    int64_t reached = attempt_reached(request->store, attempt);
    if (!attempt->forward || slot == reached)
        return 0;
    return slot < reached ? error_set(err, EPERM, "question %lld was left; in this quiz there is no way back", (long long)slot)
                          : error_set(err, EPERM, "question %lld is not reached yet", (long long)slot);
}

static int answer_plain(const struct request *request, const struct drawn *item, const struct attempt *attempt, json_t *reply,
                        struct error *err)
{
    struct store *store = request->store;
    int64_t seq = json_num(request->body, "seq", 0), last;
    cleanup_free char *given = NULL, *before = NULL;
    bool by_source = str_equal(json_str(request->body, "by", ""), "source");
    int r = answer_read(store, item, json_object_get(request->body, "answer"), by_source, &given, err);
    if (r == 0)
        r = attempt_answer(store, attempt->id, item->slot, &before, &last, err);
    if (r < 0)
        return r;
    json_object_set_new(reply, "seq", json_integer(last));
    if (seq < 0 || seq > INT32_MAX)
        return error_set(err, EINVAL, "\"seq\" must be a number from 1 on");
    seq = seq ? seq : last + 1;
    cleanup_json json_t *body = json_pack("{s:s}", "answer", given);
    r = repeat(request, attempt->id, item->slot, seq, body, err);
    if (r == 0)
        r = attempt_log(request, attempt->id, item->slot, seq, "exam.answer", json_incref(body), err);
    if (r >= 0)
        json_object_set_new(reply, "seq", json_integer(seq > last ? seq : last));
    return r < 0 ? r : 0;
}

/* The attempt that runs, and the item of it, that a request is about. */
static int asked_for(const struct request *request, struct attempt *attempt, struct drawn *item, struct error *err)
{
    int64_t id = json_num(request->body, "attempt", 0);
    int r = attempt_running(request, id, attempt, err);
    return r < 0 ? r : item_find(request->store, id, json_num(request->body, "slot", 0), item, err);
}

int request_exam_answer(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    struct drawn item;
    int r = asked_for(request, &attempt, &item, err);
    if (r == 0)
        r = check_reached(request, &attempt, item.slot, err);
    if (r == 0)
        r = item.domc ? answer_domc(request, &item, &attempt, reply, err) : answer_plain(request, &item, &attempt, reply, err);
    if (r == 0)
        json_object_set_new(reply, "deadline_ms_left", json_integer(attempt_left_ms(&attempt)));
    return r;
}

/* On to the next question of an attempt in which there is no way back. */
int request_exam_go(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    struct drawn item;
    int64_t next;
    int r = asked_for(request, &attempt, &item, err);
    if (r < 0)
        return r;
    int64_t reached = attempt_reached(request->store, &attempt);
    if (attempt.forward && item.slot != reached && item.slot != reached + 1)
        return error_set(err, EPERM, "question %lld cannot be reached from question %lld", (long long)item.slot,
                         (long long)reached);
    if (attempt.forward && item.slot == reached + 1)
        r = attempt_log(request, attempt.id, item.slot, EVENT_NONE, "exam.go", json_object(), err);
    json_t *items = json_array();
    json_object_set_new(reply, "items", items);
    if (r == 0)
        r = items_json(request->store, &attempt, item.slot, item.slot, 0, items, &next, err);
    json_object_set_new(reply, "deadline_ms_left", json_integer(attempt_left_ms(&attempt)));
    return r;
}

int request_exam_flag(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    struct attempt attempt;
    struct drawn item;
    int r = asked_for(request, &attempt, &item, err);
    bool flagged = json_flag(request->body, "flagged", true);
    return r < 0
               ? r
               : attempt_log(request, attempt.id, item.slot, EVENT_NONE, "exam.flag", json_pack("{s:b}", "flagged", flagged), err);
}
