/* The life of an attempt between start and end; nothing of it is kept in memory, so that a killed process forgets nothing. */
#include "quizzes/classd/attempt.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/cards.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { SWEEP_MS = 200, JUMP_MS = 5000 };

#define COLUMNS                                                                                                                    \
    "id, person, rev, seconds, started, boot_base, drift, ifnull(ended, 0), ifnull(used, 0), ifnull(points, ifnull(score, 0)),"    \
    " ifnull(max, 0), reason IS 'expired', bank, boot_id, ifnull(json_extract(settings, '$.grace'), 0),"                           \
    " json_extract(settings, '$.navigation') IS 'forward'"

static void fill(sqlite3_stmt *row, struct attempt *out)
{
    *out = (struct attempt){.id = query_int(row, 0),
                            .person = query_int(row, 1),
                            .rev = query_int(row, 2),
                            .seconds = query_int(row, 3),
                            .started = query_int(row, 4),
                            .boot_base = query_int(row, 5),
                            .drift = query_int(row, 6),
                            .ended = query_int(row, 7),
                            .used = query_int(row, 8),
                            .points = query_real(row, 9),
                            .max = query_int(row, 10),
                            .expired = query_int(row, 11),
                            .grace = query_int(row, 14),
                            .forward = query_int(row, 15)};
    strncpy(out->bank, query_text(row, 12), sizeof out->bank - 1);
    strncpy(out->boot_id, query_text(row, 13), sizeof out->boot_id - 1);
}

int attempt_read(const struct request *request, int64_t id, struct attempt *out, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT " COLUMNS " FROM attempt WHERE id = ? AND person = ?", "ii", id, request->person);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r < 0)
        return r;
    if (r == 0)
        return error_set(err, ENOENT, "no such attempt: %lld", (long long)id);
    fill(query, out);
    return 0;
}

/* An event of the attempt as a whole, of none of its questions. */
static int note(struct store *store, const struct attempt *attempt, const char *kind, json_t *body, struct error *err)
{
    struct event event = {
        .person = attempt->person, .attempt = attempt->id, .slot = EVENT_NONE, .seq = EVENT_NONE, .kind = kind, .body = body};
    return event_append(store, &event, err);
}

/* The clock of another boot has gone: what is sure is the last event before, what is likely is the wall clock. */
static int bridge_reboot(struct store *store, struct attempt *attempt, const struct time_now *now, struct error *err)
{
    int64_t last = store_number(store, attempt->boot_base, "SELECT max(boot) FROM event WHERE attempt = ?", "i", attempt->id);
    int64_t sure = last - attempt->boot_base, likely = now->real_ms - attempt->started - attempt->drift;
    attempt->elapsed = likely > sure ? likely : sure;
    attempt->boot_base = now->boot_ms - attempt->elapsed;
    attempt->drift = now->real_ms - attempt->started - attempt->elapsed;
    memcpy(attempt->boot_id, now->boot_id, sizeof attempt->boot_id);
    int r = store_run(store, err, "UPDATE attempt SET boot_id = ?, boot_base = ?, drift = ? WHERE id = ?", "tiii", attempt->boot_id,
                      attempt->boot_base, attempt->drift, attempt->id);
    json_int_t elapsed = attempt->elapsed;
    return r < 0 ? r : note(store, attempt, "clock.reboot", json_pack("{s:I}", "elapsed_ms", elapsed), err);
}

static int note_jump(struct store *store, struct attempt *attempt, const struct time_now *now, struct error *err)
{
    int64_t drift = now->real_ms - attempt->started - attempt->elapsed;
    if (llabs(drift - attempt->drift) <= JUMP_MS)
        return 0;
    int r = note(store, attempt, "clock.jump", json_pack("{s:I}", "by_ms", (json_int_t)(drift - attempt->drift)), err);
    attempt->drift = drift;
    return r < 0 ? r : store_run(store, err, "UPDATE attempt SET drift = ? WHERE id = ?", "ii", drift, attempt->id);
}

int attempt_clock(struct store *store, struct attempt *attempt, struct error *err)
{
    struct time_now now;
    store->time(&now);
    if (attempt->ended)
        return 0;
    if (!str_equal(now.boot_id, attempt->boot_id))
        return bridge_reboot(store, attempt, &now, err);
    attempt->elapsed = now.boot_ms - attempt->boot_base;
    return note_jump(store, attempt, &now, err);
}

int64_t attempt_left_ms(const struct attempt *attempt)
{
    int64_t left = attempt->seconds * 1000 - attempt->elapsed;
    return attempt->ended || left < 0 ? 0 : left;
}

bool attempt_over(const struct attempt *attempt)
{
    return attempt->ended || attempt->elapsed >= (attempt->seconds + attempt->grace) * 1000;
}

int attempt_running(const struct request *request, int64_t id, struct attempt *out, struct error *err)
{
    int r = attempt_read(request, id, out, err);
    if (r == 0 && !out->ended)
        r = attempt_clock(request->store, out, err);
    if (r < 0)
        return r;
    if (out->ended && !out->expired)
        return error_set(err, EALREADY, "attempt %lld is finished; its answers do not change any more", (long long)id);
    if (attempt_over(out))
        return error_set(err, ETIME, "the time of attempt %lld is up; what was answered before is stored and counts",
                         (long long)id);
    return 0;
}

/* What was done in the labs of the attempt's tasks since it began becomes their answer: "3/4" steps, without those that were solved
 * for the learner. */
static int tasks_mark(struct store *store, const struct attempt *attempt, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, ifnull((SELECT count(*) FROM lab_step s JOIN lab_go g ON g.person = s.person AND g.lab = s.lab"
                    " WHERE s.person = ?1 AND s.lab = q.lab AND s.done AND NOT s.solved AND g.started >= ?3), 0),"
                    " ifnull((SELECT steps FROM progress p WHERE p.person = ?1 AND p.kind = 'lab' AND p.id = q.lab), 0)"
                    " FROM attempt_item i JOIN question q ON q.rev = i.rev AND q.position = i.position"
                    " WHERE i.attempt = ?2 AND q.type = 'task'",
                    "iii", attempt->person, attempt->id, attempt->started);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        cleanup_free char *done = str_format("%lld/%lld", (long long)query_int(query, 1), (long long)query_int(query, 2));
        struct event event = {.person = attempt->person,
                              .attempt = attempt->id,
                              .slot = query_int(query, 0),
                              .seq = 1,
                              .kind = "exam.task",
                              .body = json_pack("{s:s}", "answer", done)};
        r = event_append(store, &event, err);
        if (r < 0)
            return r;
    }
    return r;
}

int attempt_end(struct store *store, struct attempt *attempt, bool expired, struct error *err)
{
    int64_t now = store_now_ms(store);
    int r = tasks_mark(store, attempt, err);
    if (r == 0)
        r = score_attempt(store, attempt->id, &attempt->points, &attempt->max, err);
    if (r < 0)
        return r;
    int64_t over = attempt->elapsed - attempt->seconds * 1000;
    attempt->expired = expired;
    attempt->ended = expired && over > 0 ? now - over : now;
    attempt->used = over > 0 ? attempt->seconds * 1000 : attempt->elapsed;
    json_t *marks = json_pack("{s:o,s:I}", "score", score_json(attempt->points), "max", (json_int_t)attempt->max);
    r = note(store, attempt, expired ? "exam.expire" : "exam.finish", marks, err);
    if (r == 0)
        r = store_run(store, err, "UPDATE attempt SET ended = ?, reason = ?, used = ?, score = ?, max = ?, points = ? WHERE id = ?",
                      "itiiidi", attempt->ended, expired ? "expired" : "finished", attempt->used, (int64_t)attempt->points,
                      attempt->max, attempt->points, attempt->id);
    return r < 0 ? r : cards_of_attempt(store, attempt, err);
}

static size_t running_attempts(struct store *store, struct attempt **out, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT " COLUMNS " FROM attempt WHERE ended IS NULL ORDER BY id", "");
    size_t count = 0;
    while (query && query_next(store, query, err) == 1) {
        *out = xrealloc(*out, (count + 1) * sizeof **out);
        fill(query, &(*out)[count++]);
    }
    return count;
}

int attempts_sweep(struct store *store, struct error *err)
{
    struct time_now now;
    store->time(&now);
    if (store->swept_ms >= 0 && now.boot_ms >= store->swept_ms && now.boot_ms - store->swept_ms < SWEEP_MS)
        return 0;
    store->swept_ms = now.boot_ms;
    cleanup_free struct attempt *running = NULL;
    size_t count = running_attempts(store, &running, err);
    int r = -err->code;
    for (size_t i = 0; i < count && r == 0; i++) {
        r = attempt_clock(store, &running[i], err);
        if (r == 0 && attempt_over(&running[i]))
            r = attempt_end(store, &running[i], true, err);
    }
    return r;
}

int64_t attempts_next_ms(struct store *store)
{
    struct time_now now;
    store->time(&now);
    int64_t at = store_number(
        store, -1,
        "SELECT min(boot_base + (seconds + ifnull(json_extract(settings, '$.grace'), 0)) * 1000) FROM attempt WHERE ended IS NULL",
        "");
    return at == -1 ? -1 : at > now.boot_ms ? at - now.boot_ms : 0;
}

int attempt_answer(struct store *store, int64_t attempt, int64_t slot, char **answer, int64_t *seq, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT seq, body FROM event WHERE attempt = ? AND slot = ? AND seq NOT NULL ORDER BY seq DESC LIMIT 1", "ii",
        attempt, slot);
    int r = query ? query_next(store, query, err) : -err->code;
    *answer = NULL;
    *seq = 0;
    if (r == 0)
        *answer = xstrdup("");
    if (r <= 0)
        return r;
    *seq = query_int(query, 0);
    cleanup_json json_t *body = json_parse(query_text(query, 1), strlen(query_text(query, 1)), "stored answer", err);
    if (body)
        *answer = xstrdup(json_str(body, "answer", ""));
    return body ? 0 : -err->code;
}

int64_t attempt_reached(struct store *store, const struct attempt *attempt)
{
    return attempt->forward && !attempt->ended
               ? store_number(store, 1, "SELECT max(slot) FROM event WHERE attempt = ? AND kind = 'exam.go'", "i", attempt->id)
               : INT64_MAX;
}

int attempt_title(struct store *store, const struct attempt *attempt, char **title, int64_t *pass, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT ifnull(json_extract(a.settings, '$.title'), b.title), ifnull(json_extract(a.settings, '$.pass'), b.pass)"
        " FROM attempt a JOIN bank b ON b.rev = a.rev WHERE a.id = ?",
        "i", attempt->id);
    int r = query ? query_next(store, query, err) : -err->code;
    *title = r == 1 ? xstrdup(query_text(query, 0)) : NULL;
    *pass = r == 1 ? query_int(query, 1) : 0;
    return r < 0 ? r : 0;
}

int attempt_log(const struct request *request, int64_t attempt, int64_t slot, int64_t seq, const char *kind, json_t *body,
                struct error *err)
{
    struct event event = {.person = request->person, .attempt = attempt, .slot = slot, .seq = seq, .kind = kind, .body = body};
    return event_append(request->store, &event, err);
}
