/* Sitting an exam: start or resume, and finish; answers are exam_answers.c. */
#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/picks.h"
#include "quizzes/classd/quiz.h"
#include "quizzes/classd/result.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_DEFAULT = 10, COUNT_MAX = 200, SECONDS_DEFAULT = 900, SECONDS_MIN = 5, SECONDS_MAX = 24 * 3600 };

/* The version of the engine that it was drawn for; attempts of before that was kept have none. */
static int add_engine(struct store *store, const struct attempt *attempt, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT json_extract(settings, '$.engine') FROM attempt WHERE id = ?", "i", attempt->id);
    int r = query ? query_next(store, query, err) : -err->code;
    if (r == 1 && !query_null(query, 0))
        json_object_set_new(reply, "engine", json_string(query_text(query, 0)));
    return r < 0 ? r : 0;
}

static int start_reply(const struct request *request, const struct attempt *attempt, int64_t from, bool resumed, json_t *reply,
                       struct error *err)
{
    struct store *store = request->store;
    cleanup_free char *title = NULL;
    int64_t pass, next = 0, count = store_number(store, 0, "SELECT count(*) FROM attempt_item WHERE attempt = ?", "i", attempt->id);
    int r = attempt_title(store, attempt, &title, &pass, err);
    if (r < 0)
        return r;
    json_t *items = json_array();
    int64_t over = (attempt->seconds + attempt->grace) * 1000 - attempt->elapsed;
    json_object_set_new(reply, "grace", json_integer(attempt->grace));
    json_object_set_new(reply, "over_ms_left", json_integer(over > 0 ? over : 0));
    json_object_update_new(reply,
                           json_pack("{s:I,s:s,s:s,s:I,s:I,s:I,s:I,s:b,s:s,s:o}", "attempt", (json_int_t)attempt->id, "bank",
                                     attempt->bank, "title", title, "pass", (json_int_t)pass, "count", (json_int_t)count, "seconds",
                                     (json_int_t)attempt->seconds, "deadline_ms_left", (json_int_t)attempt_left_ms(attempt),
                                     "resumed", resumed, "navigation", attempt->forward ? "forward" : "free", "items", items));
    r = items_json(store, attempt, from, attempt_reached(store, attempt), 0, items, &next, err);
    json_object_set_new(reply, "next", next ? json_integer(next) : json_null());
    return r < 0 ? r : add_engine(store, attempt, reply, err);
}

static int resume(const struct request *request, int64_t id, json_t *reply, struct error *err)
{
    struct attempt attempt;
    int64_t from = json_num(request->body, "from", 1);
    int r = attempt_running(request, id, &attempt, err);
    if (r == 0 && from == 1)
        r = attempt_log(request, id, EVENT_NONE, EVENT_NONE, "exam.resume", json_pack("{s:i}", "pid", (int)request->pid), err);
    return r < 0 ? r : start_reply(request, &attempt, from, true, reply, err);
}

/* What an attempt will be: named by its bank, its quiz, or as a mock exam. */
struct plan {
    const char *mode;
    char *name; /* attempt.bank */
    int64_t rev;
    long long count, seconds;
    json_t *settings, *domains;
    struct showing showing;
    struct exam_terms terms; /* of a class */
};

static void plan_free(struct plan *plan)
{
    free(plan->name);
    json_decref(plan->settings);
    json_decref(plan->domains);
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

static int plan_exam(const struct request *request, struct plan *plan, struct error *err)
{
    plan->count = json_num(request->body, "count", COUNT_DEFAULT);
    plan->seconds = json_num(request->body, "seconds", SECONDS_DEFAULT);
    plan->showing.domc = json_flag(request->body, "domc", false) ? COUNT_MAX : 0;
    int r = check_numbers(plan->count, plan->seconds, err);
    plan->terms = (struct exam_terms){.count = plan->count, .seconds = plan->seconds};
    if (r == 0)
        r = assign_terms(request, json_str(request->body, "bank", ""), &plan->terms, err);
    plan->name = xstrdup(plan->terms.bank);
    plan->count = plan->terms.count;
    plan->seconds = plan->terms.seconds;
    return r < 0 || *plan->name ? r : error_set(err, EINVAL, "exam.start needs \"bank\"");
}

static int plan_mock(const struct request *request, struct plan *plan, struct error *err)
{
    long long pass = json_num(request->body, "pass", MOCK_PASS);
    plan->count = json_num(request->body, "count", MOCK_COUNT);
    plan->seconds = json_num(request->body, "seconds", MOCK_SECONDS);
    plan->name = xstrdup("mock:dca");
    int r = check_numbers(plan->count, plan->seconds, err);
    if (r == 0 && (pass < 1 || pass > 100))
        r = error_set(err, EINVAL, "the pass mark is 1 to 100 percent, not %lld", pass);
    plan->showing.domc = r == 0 ? (size_t)((plan->count * MOCK_DOMC + MOCK_COUNT / 2) / MOCK_COUNT) : 0;
    json_object_set_new(plan->settings, "title", json_string("Mock exam: Docker Certified Associate"));
    json_object_set_new(plan->settings, "pass", json_integer(pass));
    return r;
}

static int plan_quiz(const struct request *request, struct plan *plan, struct error *err)
{
    cleanup_free char *name = str_format("quiz:%.64s", json_str(request->body, "quiz", ""));
    int r = assign_terms(request, name, &plan->terms, err);
    plan->name = xstrdup(plan->terms.bank);
    return r;
}

static const struct {
    const char *mode;
    int (*plan)(const struct request *request, struct plan *plan, struct error *err);
} modes[] = {{"exam", plan_exam}, {"mock", plan_mock}, {"quiz", plan_quiz}};

static int plan_read(const struct request *request, struct plan *plan, struct error *err)
{
    bool quiz = json_object_get(request->body, "quiz") || assign_is_quiz(request);
    const char *mode = json_str(request->body, "mode", quiz ? "quiz" : "exam");
    plan->settings = json_object();
    for (size_t i = 0; i < ARRAY_LEN(modes); i++)
        if (str_equal(modes[i].mode, mode)) {
            plan->mode = modes[i].mode;
            return modes[i].plan(request, plan, err);
        }
    return error_set(err, EINVAL, "there is no mode \"%.40s\"; choose exam, mock or quiz", mode);
}

/* The quiz's own settings become the plan's: asked for only when an attempt begins, not when one goes on. */
static int plan_open_quiz(const struct request *request, struct plan *plan, struct error *err)
{
    json_decref(plan->settings);
    plan->settings = NULL;
    int r = quiz_open(request, plan->name + strlen("quiz:"), &plan->terms, &plan->settings, err);
    if (r < 0)
        return r;
    plan->seconds = json_num(plan->settings, "seconds", 3600);
    plan->showing.keep_questions = json_flag(plan->settings, "keep_questions", false);
    plan->showing.keep_options = json_flag(plan->settings, "keep_options", false);
    return 0;
}

/* The same questions for everybody when the quiz has a seed, else each attempt's own. */
static void plan_seed(const struct store *store, const struct plan *plan, int64_t attempt, unsigned char seed[DRAW_SEED])
{
    const char *fixed = json_str(plan->settings, "seed", NULL);
    if (!fixed) {
        draw_seed(store->secret, sizeof store->secret, attempt, seed);
        return;
    }
    cleanup_free char *text = str_format("%s:%s", plan->name, fixed);
    hmac_sha256(store->secret, sizeof store->secret, text, strlen(text), seed);
}

static int plan_picks(const struct request *request, struct plan *plan, const unsigned char *seed, struct picks *picks,
                      struct error *err)
{
    struct store *store = request->store;
    /* What is set by others is for the version that they say; what one sits alone is for the one that one likes. */
    bool own = !str_equal(plan->mode, "quiz") && !plan->terms.assignment;
    const char *engine;
    int r = picks_engine(own ? request->body : plan->settings, plan->settings, &engine, err);
    if (r < 0)
        return r;
    if (str_equal(plan->mode, "exam")) {
        plan->rev = store_number(store, 0, "SELECT rev FROM bank WHERE id = ? ORDER BY recency DESC LIMIT 1", "t", plan->name);
        if (!plan->rev)
            return error_set(err, ENOENT, "no such question bank: %s; `slipway exam list` names them", plan->name);
        return picks_of_bank(store, plan->rev, engine, seed, (size_t)plan->count, picks, err);
    }
    cleanup_free char *closed = assign_closed(request);
    if (str_equal(plan->mode, "mock"))
        r = picks_of_blueprint(store, closed, engine, seed, (size_t)plan->count, picks, &plan->domains, err);
    else
        r = picks_of_rules(store, json_object_get(plan->settings, "draw"), engine, seed, picks, err);
    if (r < 0)
        return r;
    plan->rev = picks->list[0].rev;
    if (str_equal(plan->mode, "mock"))
        plan->showing.domc = (picks->count * MOCK_DOMC + MOCK_COUNT / 2) / MOCK_COUNT;
    else
        plan->showing.domc = (picks->count * (size_t)json_num(plan->settings, "domc", 0) + 50) / 100;
    return 0;
}

static int create(const struct request *request, struct plan *plan, int64_t *id, struct error *err)
{
    struct store *store = request->store;
    struct time_now now;
    store->time(&now);
    *id = 1 + store_number(store, 0, "SELECT max(id) FROM attempt", "");
    unsigned char seed[DRAW_SEED];
    plan_seed(store, plan, *id, seed);
    cleanup_picks struct picks picks = {0};
    int r = plan_picks(request, plan, seed, &picks, err);
    if (r < 0)
        return r;
    cleanup_free char *settings = json_text(plan->settings);
    r = store_run(store, err,
                  "INSERT INTO attempt (id, person, bank, rev, seed, seconds, started, boot_id, boot_base, mode, settings)"
                  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                  "iitibiititt", *id, request->person, plan->name, plan->rev, (const void *)seed, sizeof seed,
                  (int64_t)plan->seconds, now.real_ms, now.boot_id, now.boot_ms, plan->mode, settings);
    if (r == 0)
        r = picks_store(store, *id, seed, &picks, &plan->showing, err);
    char hex[2 * DRAW_SEED + 1];
    str_hex(seed, DRAW_SEED, hex);
    return r < 0 ? r
                 : attempt_log(request, *id, EVENT_NONE, EVENT_NONE, "exam.start",
                               json_pack("{s:s,s:s,s:I,s:I,s:I,s:s,s:s,s:i}", "mode", plan->mode, "bank", plan->name, "rev",
                                         (json_int_t)plan->rev, "count", (json_int_t)picks.count, "seconds",
                                         (json_int_t)plan->seconds, "seed", hex, "boot", now.boot_id, "pid", (int)request->pid),
                               err);
}

/* Its time ran out since the last sweep: end it, and begin another. */
static int end_expired(const struct request *request, int64_t id, json_t *reply, struct error *err)
{
    struct attempt old;
    *err = ERROR_INIT;
    int r = attempt_read(request, id, &old, err);
    r = r < 0 ? r : attempt_clock(request->store, &old, err);
    r = r < 0 ? r : attempt_end(request->store, &old, true, err);
    json_object_clear(reply);
    json_object_set_new(reply, "ok", json_true());
    return r;
}

static int begin(const struct request *request, struct plan *plan, json_t *reply, struct error *err)
{
    int64_t id;
    struct attempt attempt = {0};
    int r = str_equal(plan->mode, "quiz") ? plan_open_quiz(request, plan, err) : 0;
    if (r == 0)
        r = create(request, plan, &id, err);
    if (r == 0)
        r = assign_began(request, &plan->terms, id, err);
    if (r == 0)
        r = attempt_running(request, id, &attempt, err);
    if (r == 0)
        r = start_reply(request, &attempt, 1, false, reply, err);
    if (r == 0 && plan->domains)
        json_object_set(reply, "domains", plan->domains);
    return r;
}

int request_exam_start(const struct request *request, json_t *reply, struct error *err)
{
    struct plan plan __attribute__((cleanup(plan_free))) = {0};
    int r = plan_read(request, &plan, err);
    if (r < 0)
        return r;
    int64_t running = store_number(request->store, 0, "SELECT id FROM attempt WHERE person = ? AND bank = ? AND ended IS NULL",
                                   "it", request->person, plan.name);
    if (running && json_flag(request->body, "resume", true)) {
        r = resume(request, running, reply, err);
        if (r != -ETIME)
            return r;
        r = end_expired(request, running, reply, err);
        plan_free(&plan);
        plan = (struct plan){0};
        if (r == 0) /* what it may be followed by */
            r = plan_read(request, &plan, err);
        if (r < 0)
            return r;
    } else if (running) {
        return error_set(err, EBUSY, "attempt %lld at %s is running; resume it or finish it first", (long long)running, plan.name);
    }
    return begin(request, &plan, reply, err);
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
    return r < 0 ? r : result_json(request->store, &attempt, 1, reply, err);
}
