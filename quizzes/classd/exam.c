/* Sitting an exam: start or resume, answer, flag, finish. Everything that is acknowledged is an event in the chain. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_DEFAULT = 10, COUNT_MAX = 200, SECONDS_DEFAULT = 900, SECONDS_MIN = 5, SECONDS_MAX = 24 * 3600 };

static int log_event(const struct request *request, int64_t attempt, int64_t slot, int64_t seq, const char *kind, json_t *body,
                     struct error *err)
{
    struct event event = {.person = request->person, .attempt = attempt, .slot = slot, .seq = seq, .kind = kind, .body = body};
    return event_append(request->store, &event, err);
}

static int start_reply(const struct request *request, const struct attempt *attempt, int64_t from, bool resumed, json_t *reply,
                       struct error *err)
{
    struct store *store = request->store;
    cleanup_query sqlite3_stmt *query = store_query(store, err, "SELECT title, pass FROM bank WHERE rev = ?", "i", attempt->rev);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r < 0)
        return r;
    int64_t next = 0, count = store_number(store, 0, "SELECT count(*) FROM attempt_item WHERE attempt = ?", "i", attempt->id);
    json_t *items = json_array();
    json_object_update_new(reply, json_pack("{s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:o}", "attempt", (json_int_t)attempt->id, "bank",
                                            attempt->bank, "title", query_text(query, 0), "pass", (json_int_t)query_int(query, 1),
                                            "count", (json_int_t)count, "seconds", (json_int_t)attempt->seconds, "deadline_ms_left",
                                            (json_int_t)attempt_left_ms(attempt), "resumed", resumed, "items", items));
    r = items_json(store, attempt, from, false, items, &next, err);
    json_object_set_new(reply, "next", next ? json_integer(next) : json_null());
    return r;
}

static int resume(const struct request *request, int64_t id, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int64_t from = json_num(request->body, "from", 1);
    int r = attempt_running(request, id, &attempt, err);
    if (r == 0 && from == 1)
        r = log_event(request, id, EVENT_NONE, EVENT_NONE, "exam.resume", json_pack("{s:i}", "pid", (int)request->pid), err);
    return r < 0 ? r : start_reply(request, &attempt, from, true, reply, err);
}

static int create(const struct request *request, const char *bank, int64_t rev, int64_t count, int64_t seconds, int64_t *id,
                  struct error *err)
{
    struct store *store = request->store;
    struct time_now now;
    store->time(&now);
    *id = 1 + store_number(store, 0, "SELECT max(id) FROM attempt", "");
    unsigned char seed[DRAW_SEED];
    draw_seed(store->secret, sizeof store->secret, *id, seed);
    int r = store_run(store, err,
                      "INSERT INTO attempt (id, person, bank, rev, seed, seconds, started, boot_id, boot_base)"
                      " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                      "iitibiiti", *id, request->person, bank, rev, (const void *)seed, sizeof seed, seconds, now.real_ms,
                      now.boot_id, now.boot_ms);
    if (r == 0)
        r = items_draw(store, *id, rev, seed, (size_t)count, err);
    char hex[2 * DRAW_SEED + 1];
    str_hex(seed, DRAW_SEED, hex);
    return r < 0 ? r
                 : log_event(request, *id, EVENT_NONE, EVENT_NONE, "exam.start",
                             json_pack("{s:s,s:I,s:I,s:I,s:s,s:s,s:i}", "bank", bank, "rev", (json_int_t)rev, "count",
                                       (json_int_t)count, "seconds", (json_int_t)seconds, "seed", hex, "boot", now.boot_id, "pid",
                                       (int)request->pid),
                             err);
}

static int check_numbers(long long count, long long seconds, struct error *err)
{
    if (count < 1 || count > COUNT_MAX)
        return error_set(err, EINVAL, "an exam has 1 to %d questions, not %lld", COUNT_MAX, count);
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX)
        return error_set(err, EINVAL, "an exam lasts %d seconds to %d hours, not %lld seconds", SECONDS_MIN, SECONDS_MAX / 3600,
                         seconds);
    return 0;
}

int request_exam_start(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    const char *bank = json_str(request->body, "bank", NULL);
    long long count = json_num(request->body, "count", COUNT_DEFAULT),
              seconds = json_num(request->body, "seconds", SECONDS_DEFAULT);
    if (!bank)
        return error_set(err, EINVAL, "exam.start needs \"bank\"");
    int r = check_numbers(count, seconds, err);
    if (r < 0)
        return r;
    int64_t running = store_number(store, 0, "SELECT id FROM attempt WHERE person = ? AND bank = ? AND ended IS NULL", "it",
                                   request->person, bank);
    if (running && json_flag(request->body, "resume", true)) {
        r = resume(request, running, reply, err);
        if (r != -ETIME)
            return r;
        /* Its time ran out since the last sweep: end it, and begin another. */
        struct attempt old;
        r = attempt_read(request, running, &old, err);
        r = r < 0 ? r : attempt_clock(store, &old, err);
        r = r < 0 ? r : attempt_end(store, &old, true, err);
        if (r < 0)
            return r;
        *err = ERROR_INIT;
        json_object_clear(reply);
        json_object_set_new(reply, "ok", json_true());
    } else if (running) {
        return error_set(err, EBUSY, "attempt %lld at %s is running; resume it or finish it first", (long long)running, bank);
    }
    int64_t rev = store_number(store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", bank);
    if (!rev)
        return error_set(err, ENOENT, "no such question bank: %s; `slipway exam list` names them", bank);
    int64_t questions = store_number(store, 0, "SELECT count(*) FROM question WHERE rev = ?", "i", rev), id;
    r = create(request, bank, rev, count < questions ? count : questions, seconds, &id, err);
    struct attempt attempt = {0};
    if (r == 0)
        r = attempt_running(request, id, &attempt, err);
    return r < 0 ? r : start_reply(request, &attempt, 1, false, reply, err);
}

/* A letter in the bank file's order, or the text of an option. */
static char source_letter(struct store *store, const struct attempt *attempt, int64_t position, const char *given)
{
    int64_t code = store_number(store, 0, "SELECT unicode(letter) FROM choice WHERE rev = ? AND position = ? AND text = ?", "iit",
                                attempt->rev, position, given);
    return code ? (char)code : strlen(given) == 1 ? *given : 0;
}

/* The answer as sorted letters of the bank file. */
static int read_choices(const struct request *request, const struct attempt *attempt, const char *ordering, int64_t position,
                        char chosen[16], struct error *err)
{
    const json_t *answer = json_object_get(request->body, "answer"), *value;
    bool by_source = str_equal(json_str(request->body, "by", ""), "source"), picked[16] = {false};
    size_t i, count = 0;
    if (!json_is_array(answer))
        return error_set(err, EINVAL, "\"answer\" must be a list of option letters");
    json_array_foreach(answer, i, value)
    {
        const char *given = json_is_string(value) ? json_string_value(value) : "";
        char letter = by_source ? source_letter(request->store, attempt, position, given) : letter_to_source(ordering, given[0]);
        if (!letter || !strchr(ordering, letter) || (!by_source && given[1]))
            return error_set(err, EINVAL, "this question has no option \"%.40s\"", given);
        picked[letter - 'a'] = true;
    }
    for (char letter = 'a'; letter < 'a' + 15; letter++)
        if (picked[letter - 'a'])
            chosen[count++] = letter;
    chosen[count] = 0;
    return 0;
}

static int check_single(struct store *store, const struct attempt *attempt, int64_t position, const char *chosen, struct error *err)
{
    if (strlen(chosen) > 1 &&
        store_number(store, 0, "SELECT type IN ('single', 'truefalse') FROM question WHERE rev = ? AND position = ?", "ii",
                     attempt->rev, position))
        return error_set(err, EINVAL, "this question is single choice: answer with one option");
    return 0;
}

/* A seq that is stored already: the same answer again is fine, another one is not. */
static int repeat(const struct request *request, int64_t attempt, int64_t slot, int64_t seq, const char *chosen, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err, "SELECT body FROM event WHERE attempt = ? AND slot = ? AND seq = ?", "iii", attempt, slot, seq);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r <= 0)
        return r;
    cleanup_free char *same = str_format("{\"answer\":\"%s\"}", chosen);
    if (str_equal(query_text(query, 0), same))
        return 1;
    return error_set(err, EEXIST, "answer %lld to this question is stored already with other options; send a greater seq",
                     (long long)seq);
}

int request_exam_answer(const struct request *request, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    int64_t id = json_num(request->body, "attempt", 0), slot = json_num(request->body, "slot", 0), position, last;
    int64_t seq = json_num(request->body, "seq", 0);
    struct attempt attempt;
    char ordering[16], chosen[16] = "", before[16];
    int r = attempt_running(request, id, &attempt, err);
    if (r == 0)
        r = item_ordering(store, id, slot, ordering, &position, err);
    if (r == 0)
        r = read_choices(request, &attempt, ordering, position, chosen, err);
    if (r == 0)
        r = check_single(store, &attempt, position, chosen, err);
    if (r == 0)
        r = attempt_answer(store, id, slot, before, &last, err);
    if (r < 0)
        return r;
    json_object_set_new(reply, "seq", json_integer(last));
    if (seq < 0 || seq > INT32_MAX)
        return error_set(err, EINVAL, "\"seq\" must be a number from 1 on");
    seq = seq ? seq : last + 1;
    r = repeat(request, id, slot, seq, chosen, err);
    if (r == 0)
        r = log_event(request, id, slot, seq, "exam.answer", json_pack("{s:s}", "answer", chosen), err);
    if (r < 0)
        return r;
    json_object_set_new(reply, "seq", json_integer(seq > last ? seq : last));
    json_object_set_new(reply, "deadline_ms_left", json_integer(attempt_left_ms(&attempt)));
    return 0;
}

int request_exam_flag(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    int64_t id = json_num(request->body, "attempt", 0), slot = json_num(request->body, "slot", 0), position;
    struct attempt attempt;
    char ordering[16];
    int r = attempt_running(request, id, &attempt, err);
    if (r == 0)
        r = item_ordering(request->store, id, slot, ordering, &position, err);
    bool flagged = json_flag(request->body, "flagged", true);
    return r < 0 ? r : log_event(request, id, slot, EVENT_NONE, "exam.flag", json_pack("{s:b}", "flagged", flagged), err);
}

int request_exam_finish(const struct request *request, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int r = attempt_read(request, json_num(request->body, "attempt", 0), &attempt, err);
    if (r == 0 && !attempt.ended) {
        r = attempt_clock(request->store, &attempt, err);
        if (r == 0)
            r = attempt_end(request->store, &attempt, attempt_left_ms(&attempt) == 0, err);
    }
    return r < 0 ? r : result_json(request->store, &attempt, json_num(request->body, "from", 1), reply, err);
}
