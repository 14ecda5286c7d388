/* A learner's goes at labs: the seed of their parameters, and what is done in the machine that they have now.
 *
 * Which machine it is stands beside it, so that whoever comes next (a command, the UI, after a restart) goes on where the last one
 * stopped, and nothing is taken for done that was done in a machine that is gone. It is kept here and not in the machine, where the
 * learner is root.
 */
#include "base/digest.h"
#include "base/json.h"
#include "base/memory.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/classd/progress.h"

#include <errno.h>
#include <string.h>

enum { SEED = 32, STEPS_MOST = 64, HINTS_MOST = 100, MACHINE_MOST = 128, GRACE_MS = 2000 };

struct go {
    const char *lab, *machine;
    int64_t started, minutes, now;
    int64_t steps;
};

int request_lab_seed(const struct request *request, json_t *reply, struct error *err)
{
    const char *lab = json_str(request->body, "lab", "");
    if (!bank_name_valid(lab))
        return error_set(err, EINVAL, "a seed is for a \"lab\" (a-z, 0-9 and dashes)");
    /* By the user's number, which stays when their data are erased: a machine that runs keeps its values. */
    cleanup_free char *text = str_format("lab:%lld:%s", (long long)request->uid, lab);
    unsigned char seed[SEED];
    char hex[2 * SEED + 1];
    hmac_sha256(request->store->secret, STORE_SECRET, text, strlen(text), seed);
    str_hex(seed, SEED, hex);
    json_object_set_new(reply, "seed", json_string(hex));
    return 0;
}

static int go_read(const struct request *request, struct go *go, struct error *err)
{
    int64_t now = store_now_ms(request->store);
    *go = (struct go){.lab = json_str(request->body, "lab", ""),
                      .machine = json_str(request->body, "machine", ""),
                      .minutes = json_num(request->body, "minutes", 0),
                      .started = now,
                      .now = now,
                      .steps = json_num(request->body, "steps", 0)};
    if (!bank_name_valid(go->lab) || !*go->machine || strlen(go->machine) > MACHINE_MOST)
        return error_set(err, EINVAL, "a go needs its \"lab\" (a-z, 0-9 and dashes) and its \"machine\"");
    if (go->steps < 0 || go->steps > STEPS_MOST || go->minutes < 0 || go->minutes > 24 * 60)
        return error_set(err, EINVAL, "\"steps\" are at most %d, \"minutes\" at most a day", STEPS_MOST);
    return 0;
}

/* 1 and the stored times when the machine is the one of the last go; 0 when it is another. */
static int go_stored(const struct request *request, struct go *go, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT started, minutes FROM lab_go WHERE person = ? AND lab = ? AND machine = ?", "itt",
                    request->person, go->lab, go->machine);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r == 1) {
        go->started = query_int(query, 0);
        go->minutes = query_int(query, 1);
    }
    return r;
}

static int64_t steps_done(const struct request *request, const struct go *go)
{
    return store_number(request->store, 0, "SELECT count(*) FROM lab_step WHERE person = ? AND lab = ? AND done", "it",
                        request->person, go->lab);
}

/* What was done goes, except what a fresh machine was given again; the hints that were read stay read then, and the time runs on.
 */
static int go_new(const struct request *request, struct go *go, struct error *err)
{
    json_t *keep = json_object_get(request->body, "keep");
    struct store *store = request->store;
    if (keep)
        go->started =
            store_number(store, go->now, "SELECT started FROM lab_go WHERE person = ? AND lab = ?", "it", request->person, go->lab);
    cleanup_free char *kept = keep ? json_text(keep) : xstrdup("[]");
    int r = keep ? store_run(store, err,
                             "UPDATE lab_step SET done = 0, solved = 0 WHERE person = ? AND lab = ?"
                             " AND step NOT IN (SELECT value FROM json_each(?))",
                             "itt", request->person, go->lab, kept)
                 : store_run(store, err, "DELETE FROM lab_step WHERE person = ? AND lab = ?", "it", request->person, go->lab);
    if (r == 0)
        r = store_run(store, err,
                      "INSERT INTO lab_go (person, lab, machine, started, minutes) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                      " machine = excluded.machine, started = excluded.started, minutes = excluded.minutes",
                      "ittii", request->person, go->lab, go->machine, go->started, go->minutes);
    return r < 0 ? r
                 : progress_event(request, "lab.go",
                                  json_pack("{s:s,s:s,s:o}", "lab", go->lab, "machine", go->machine, "keep",
                                            keep ? json_incref(keep) : json_array()),
                                  err);
}

static int go_reply(const struct request *request, const struct go *go, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT step, done, solved, hints FROM lab_step WHERE person = ? AND lab = ?", "it",
                    request->person, go->lab);
    int r = query ? 0 : -err->code;
    json_t *steps = json_object();
    json_object_set_new(reply, "steps", steps);
    json_object_set_new(reply, "started", json_time(go->started));
    int64_t left = go->started + go->minutes * 60000 - go->now;
    json_object_set_new(reply, "left_ms", go->minutes ? json_integer(left > 0 ? left : 0) : json_null());
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_object_set_new(steps, query_text(query, 0),
                            json_pack("{s:b,s:b,s:I}", "done", (int)query_int(query, 1), "solved", (int)query_int(query, 2),
                                      "hints", (json_int_t)query_int(query, 3)));
    return r;
}

int request_lab_go(const struct request *request, json_t *reply, struct error *err)
{
    struct go go;
    int r = go_read(request, &go, err);
    if (r == 0)
        r = go_stored(request, &go, err);
    if (r == 0)
        r = go_new(request, &go, err);
    if (r < 0)
        return r;
    struct progress_mark mark = {"lab", go.lab, steps_done(request, &go), go.steps, false, true};
    r = progress_mark(request, &mark, err);
    return r < 0 ? r : go_reply(request, &go, reply, err);
}

/* The go that a step or a hint belongs to. */
static int go_current(const struct request *request, struct go *go, const char **step, struct error *err)
{
    int r = go_read(request, go, err);
    if (r == 0)
        r = go_stored(request, go, err);
    if (r == 0)
        return error_set(err, ESTALE, "this machine of the lab %s is not your last one; start over with the last", go->lab);
    if (r < 0)
        return r;
    *step = json_str(request->body, "step", "");
    return bank_name_valid(*step) ? 0 : error_set(err, EINVAL, "\"step\" is the name of a step (a-z, 0-9 and dashes)");
}

/* What it took counts for the record until the lab is done, and again when a later go has done it too. */
static int record_help(const struct request *request, const struct go *go, bool finished, struct error *err)
{
    return store_run(request->store, err,
                     "UPDATE progress SET hints = (SELECT sum(hints) FROM lab_step WHERE person = ?1 AND lab = ?2),"
                     " solved = (SELECT sum(solved) FROM lab_step WHERE person = ?1 AND lab = ?2)"
                     " WHERE person = ?1 AND kind = 'lab' AND id = ?2 AND (NOT done OR ?3)",
                     "iti", request->person, go->lab, (int64_t)finished);
}

int request_lab_step(const struct request *request, json_t *reply, struct error *err)
{
    struct go go;
    const char *step = "";
    int r = go_current(request, &go, &step, err);
    if (r < 0)
        return r;
    if (go.minutes && go.now > go.started + go.minutes * 60000 + GRACE_MS)
        return error_set(err, ETIME, "the %lld minutes of this lab are over; what is done now does not count",
                         (long long)go.minutes);
    bool solved = json_flag(request->body, "solved", false);
    r = store_run(request->store, err,
                  "INSERT INTO lab_step (person, lab, step, done, solved) VALUES (?, ?, ?, 1, ?)"
                  " ON CONFLICT DO UPDATE SET done = 1, solved = max(solved, excluded.solved)",
                  "itti", request->person, go.lab, step, (int64_t)solved);
    int64_t count = steps_done(request, &go);
    bool all = go.steps > 0 && count >= go.steps;
    if (r == 0)
        r = progress_mark(request, &(struct progress_mark){"lab", go.lab, count, go.steps, all, false}, err);
    if (r == 0)
        r = record_help(request, &go, all, err);
    if (r == 0)
        r = progress_event(request, "lab.step", json_pack("{s:s,s:s,s:b}", "lab", go.lab, "step", step, "solved", solved), err);
    return r < 0 ? r : go_reply(request, &go, reply, err);
}

int request_lab_hint(const struct request *request, json_t *reply, struct error *err)
{
    struct go go;
    const char *step = "";
    long long hint = json_num(request->body, "hint", 0);
    int r = go_current(request, &go, &step, err);
    if (r == 0 && (hint < 1 || hint > HINTS_MOST))
        r = error_set(err, EINVAL, "\"hint\" is the number of a hint, from 1");
    if (r == 0)
        r = store_run(request->store, err,
                      "INSERT INTO lab_step (person, lab, step, hints) VALUES (?, ?, ?, ?)"
                      " ON CONFLICT DO UPDATE SET hints = max(hints, excluded.hints)",
                      "itti", request->person, go.lab, step, (int64_t)hint);
    if (r == 0)
        r = progress_mark(request, &(struct progress_mark){"lab", go.lab, -1, -1, false, false}, err);
    if (r == 0)
        r = record_help(request, &go, false, err);
    if (r == 0)
        r = progress_event(request, "lab.hint", json_pack("{s:s,s:s,s:I}", "lab", go.lab, "step", step, "hint", (json_int_t)hint),
                           err);
    return r < 0 ? r : go_reply(request, &go, reply, err);
}
