/* An instructor's settings for a quiz: checked when they are set, applied when an attempt begins, and copied into the attempt, so
 * that a change touches no attempt that runs. */
#include "quizzes/classd/quiz.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/bank_source.h"
#include "quizzes/bank/engine_range.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/picks.h"
#include "quizzes/classd/progress.h"

#include <errno.h>
#include <string.h>

enum { DAY = 24 * 3600, ATTEMPTS_MOST = 1000, TEXT_MOST = 200 };

/* One setting: how it has to look. */
typedef const char *check_setting(const json_t *value); /* NULL when it is good, else what it has to be */

static bool number_between(const json_t *value, long long least, long long most)
{
    return json_is_integer(value) && json_integer_value(value) >= least && json_integer_value(value) <= most;
}

static bool one_of(const json_t *value, const char *const *words)
{
    for (; *words; words++)
        if (str_equal(json_string_value(value), *words))
            return true;
    return false;
}

static const char *check_text(const json_t *value)
{
    const char *text = json_string_value(value);
    return text && *text && strlen(text) <= TEXT_MOST && !strpbrk(text, "\x1b\n\r\a\b") ? NULL : "a line of at most 200 bytes";
}

static const char *check_seconds(const json_t *value) { return number_between(value, 5, DAY) ? NULL : "5 to 86400 seconds"; }
static const char *check_grace(const json_t *value) { return number_between(value, 0, 3600) ? NULL : "0 to 3600 seconds"; }
static const char *check_time(const json_t *value)
{
    return number_between(value, 0, 9000000000000) ? NULL : "a time in milliseconds since 1970, UTC";
}
static const char *check_attempts(const json_t *value)
{
    return number_between(value, 0, ATTEMPTS_MOST) ? NULL : "0 (as many as one likes) to 1000";
}
static const char *check_percent(const json_t *value) { return number_between(value, 1, 100) ? NULL : "1 to 100 percent"; }
static const char *check_share(const json_t *value) { return number_between(value, 0, 100) ? NULL : "0 to 100 percent"; }
static const char *check_flag(const json_t *value) { return json_is_boolean(value) ? NULL : "true or false"; }

static const char *check_grading(const json_t *value)
{
    return one_of(value, (const char *const[]){"highest", "average", "first", "last", NULL}) ? NULL
                                                                                             : "highest, average, first or last";
}

static const char *check_navigation(const json_t *value)
{
    return one_of(value, (const char *const[]){"free", "forward", NULL}) ? NULL : "free or forward";
}

static const char *check_engine(const json_t *value)
{
    const char *version = json_string_value(value);
    return version && engine_version_wanted(version) ? NULL : "the version of an engine, as \"20.10\", or \"any\"";
}

static const char *check_rules(const json_t *value)
{
    static const char *const known[] = {"bank", "domain", "topic", "objective", "level", "count", NULL};
    size_t index;
    const json_t *rule, *field;
    const char *name;
    json_array_foreach(value, index, rule)
    {
        json_object_foreach((json_t *)rule, name, field)
        {
            cleanup_json json_t *text = json_string(name);
            if (!one_of(text, known))
                return "a list of {bank, domain, topic, objective, level, count}";
        }
        if (!number_between(json_object_get(rule, "count"), 1, PICKS_MAX))
            return "a list in which each has a \"count\" from 1 to 200";
    }
    return json_array_size(value) ? NULL : "a list of at least one of {bank, domain, topic, objective, level, count}";
}

static const char *check_review(const json_t *value)
{
    static const char what[] = "lists of right, points, key and explanations for after, later and closed; nothing is shown during "
                               "an attempt";
    const char *phase;
    const json_t *list, *word;
    size_t index;
    if (!json_is_object(value))
        return what;
    json_object_foreach((json_t *)value, phase, list)
    {
        cleanup_json json_t *name = json_string(phase);
        if (!one_of(name, (const char *const[]){"after", "later", "closed", NULL}) || !json_is_array(list))
            return what;
        json_array_foreach(list, index, word)
        {
            if (!one_of(word, (const char *const[]){"right", "points", "key", "explanations", NULL}))
                return what;
        }
    }
    return NULL;
}

static const char *check_overrides(const json_t *value);

static const struct setting {
    const char *name;
    check_setting *check;
    bool person; /* may be overridden for one person */
} table[] = {
    {"title", check_text, false},
    {"draw", check_rules, false},
    {"seconds", check_seconds, true},
    {"grace", check_grace, true},
    {"opens", check_time, true},
    {"closes", check_time, true},
    {"attempts", check_attempts, true},
    {"grading", check_grading, false},
    {"pass", check_percent, false},
    {"domc", check_share, false},
    {"keep_questions", check_flag, false},
    {"keep_options", check_flag, false},
    {"navigation", check_navigation, false},
    {"review", check_review, false},
    {"password", check_text, true},
    {"seed", check_text, false},
    {"engine", check_engine, false},
    {"overrides", check_overrides, false},
};

static const struct setting *setting_named(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (str_equal(table[i].name, name))
            return &table[i];
    return NULL;
}

/* {"login": {"seconds": 5400, ...}} */
static const char *check_overrides(const json_t *value)
{
    const char *login, *name;
    const json_t *own, *field;
    if (!json_is_object(value))
        return "{\"login\": {\"seconds\": ...}}";
    json_object_foreach((json_t *)value, login, own)
    {
        json_object_foreach((json_t *)own, name, field)
        {
            const struct setting *setting = setting_named(name);
            if (!setting || !setting->person || setting->check(field))
                return "{\"login\": {...}} of seconds, grace, opens, closes, attempts and password";
        }
    }
    return NULL;
}

static int check_settings(const json_t *settings, struct error *err)
{
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)settings, name, value)
    {
        const struct setting *setting = setting_named(name);
        const char *wanted = setting ? setting->check(value) : NULL;
        if (!setting)
            return error_set(err, EINVAL, "a quiz has no setting \"%.40s\"", name);
        if (wanted)
            return error_set(err, EINVAL, "\"%s\" must be %s", name, wanted);
    }
    if (!json_object_get(settings, "draw"))
        return error_set(err, EINVAL, "a quiz needs \"draw\": which questions, and how many");
    if (json_object_get(settings, "closes") && json_num(settings, "closes", 0) <= json_num(settings, "opens", 0))
        return error_set(err, EINVAL, "the quiz closes before it opens");
    return 0;
}

int request_quiz_set(const struct request *request, json_t *reply, struct error *err)
{
    const char *id = json_str(request->body, "quiz", "");
    const json_t *settings = json_object_get(request->body, "settings");
    if (!bank_name_valid(id))
        return error_set(err, EINVAL, "\"%.60s\" is no name for a quiz: use a-z, 0-9 and dashes, at most 64", id);
    if (!json_is_object(settings))
        return error_set(err, EINVAL, "quiz.set needs \"settings\"");
    /* Try the rules now: better here than when a class begins. */
    static const unsigned char seed[DRAW_SEED];
    cleanup_picks struct picks picks = {0};
    const char *engine;
    int r = check_settings(settings, err);
    if (r == 0)
        r = picks_engine(settings, reply, &engine, err);
    if (r == 0)
        r = picks_of_rules(request->store, json_object_get(settings, "draw"), engine, seed, &picks, err);
    if (r < 0)
        return r;
    cleanup_free char *text = json_text(settings);
    r = store_run(request->store, err,
                  "INSERT INTO quiz (id, settings, person, changed) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (id) DO UPDATE"
                  " SET settings = ?2, person = ?3, changed = ?4",
                  "ttii", id, text, request->person, store_now_ms(request->store));
    struct event event = {.person = request->person,
                          .attempt = EVENT_NONE,
                          .slot = EVENT_NONE,
                          .seq = EVENT_NONE,
                          .kind = "quiz.set",
                          .body = json_pack("{s:s,s:O}", "quiz", id, "settings", settings)};
    return r < 0 ? (json_decref(event.body), r) : event_append(request->store, &event, err);
}

int request_quiz_remove(const struct request *request, json_t *reply, struct error *err)
{
    const char *id = json_str(request->body, "quiz", "");
    (void)reply;
    if (!store_number(request->store, 0, "SELECT count(*) FROM quiz WHERE id = ?", "t", id))
        return error_set(err, ENOENT, "no such quiz: %.60s", id);
    int64_t set =
        store_number(request->store, 0, "SELECT id FROM assignment WHERE source = 'quiz' AND ref = ? AND removed IS NULL", "t", id);
    if (set)
        return error_set(err, EBUSY, "the quiz %s is set as assignment %lld; take that back first", id, (long long)set);
    int r = store_run(request->store, err, "DELETE FROM quiz WHERE id = ?", "t", id);
    return r < 0 ? r : progress_event(request, "quiz.remove", json_pack("{s:s}", "quiz", id), err);
}
