/* A quiz for the one who asks: its settings with what is set for them alone, whether they may begin, and what they have reached. */
#include "quizzes/classd/quiz.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/review.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <math.h>
#include <string.h>

enum { SECONDS_UNSET = 3600 };

/* "overrides" for the one who asks; the caller's. NULL when there are none. */
static json_t *own_of(const struct request *request, const json_t *settings)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, NULL, "SELECT name FROM person WHERE id = ?", "i", request->person);
    const char *login = query && query_next(request->store, query, NULL) == 1 ? query_text(query, 0) : "";
    return json_incref(json_object_get(json_object_get(settings, "overrides"), login));
}

/* The settings with what is set for this login in them, and its names as "own", without what is nobody's business. */
static json_t *settings_for(const struct request *request, const char *text)
{
    json_t *settings = json_loads(text, 0, NULL);
    cleanup_json json_t *own = own_of(request, settings);
    json_t *names = json_array();
    const char *name;
    json_t *value;
    json_object_foreach(own, name, value) { json_array_append_new(names, json_string(name)); }
    if (own)
        json_object_update(settings, own);
    json_object_del(settings, "overrides");
    json_object_set_new(settings, "own", names);
    return settings;
}

static json_t *stored_settings(const struct request *request, const char *id)
{
    cleanup_query sqlite3_stmt *query = store_query(request->store, NULL, "SELECT settings FROM quiz WHERE id = ?", "t", id);
    return query && query_next(request->store, query, NULL) == 1 ? json_loads(query_text(query, 0), 0, NULL) : NULL;
}

json_t *quiz_read(const struct request *request, const char *id, json_t **own)
{
    json_t *settings = stored_settings(request, id), *rule;
    size_t i;
    long long count = 0;
    if (own)
        *own = own_of(request, settings);
    json_array_foreach(json_object_get(settings, "draw"), i, rule) count += json_num(rule, "count", 1);
    if (settings)
        json_object_update_new(settings, json_pack("{s:I,s:I}", "count", (json_int_t)count, "seconds",
                                                   (json_int_t)json_num(settings, "seconds", SECONDS_UNSET)));
    json_object_del(settings, "overrides");
    return settings;
}

/* By the quiz's grading method, negative when there is none yet or its points may not be seen. */
static double final_points(const struct request *request, const char *name, const char *grading, int64_t *attempts,
                           struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err, "SELECT id FROM attempt WHERE person = ? AND bank = ? AND ended NOT NULL AND max > 0 ORDER BY id",
        "it", request->person, name);
    struct grade grade = {0};
    bool open = true;
    *attempts = 0;
    while (query && query_next(request->store, query, err) == 1) {
        ++*attempts;
        open = open && review_points(request->store, query_int(query, 0));
        grade_add(&grade, grading, mark_percent(request->store, query_int(query, 0)));
    }
    return grade.count && open ? grade.value : -1;
}

int request_quiz_list(const struct request *request, json_t *reply, struct error *err)
{
    json_t *list = json_array();
    json_object_set_new(reply, "quizzes", list);
    if (is_student(request))
        return 0; /* in a class they come as assignments */
    cleanup_query sqlite3_stmt *query = store_query(request->store, err, "SELECT id, settings FROM quiz ORDER BY id", "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1) {
        cleanup_json json_t *settings = settings_for(request, query_text(query, 1));
        cleanup_free char *name = str_format("quiz:%s", query_text(query, 0));
        int64_t attempts;
        double grade = final_points(request, name, json_str(settings, "grading", "highest"), &attempts, err);
        json_t *entry = json_pack(
            "{s:s,s:s,s:I,s:I,s:s,s:O,s:I,s:I,s:O?,s:O?,s:b,s:o}", "quiz", query_text(query, 0), "title",
            json_str(settings, "title", query_text(query, 0)), "seconds", (json_int_t)json_num(settings, "seconds", SECONDS_UNSET),
            "grace", (json_int_t)json_num(settings, "grace", 0), "navigation", json_str(settings, "navigation", "free"), "own",
            json_object_get(settings, "own"), "attempts", (json_int_t)attempts, "attempts_most",
            (json_int_t)json_num(settings, "attempts", 0), "opens", json_object_get(settings, "opens"), "closes",
            json_object_get(settings, "closes"), "password", json_object_get(settings, "password") != NULL, "grade",
            grade < 0 ? json_null() : json_integer((json_int_t)floor(grade + 1e-9)));
        json_array_append_new(list, entry);
    }
    return r;
}

static int check_window(const json_t *settings, int64_t now, struct error *err)
{
    char when[CLOCK_TEXT];
    if (now < json_num(settings, "opens", 0)) {
        clock_rfc3339(json_num(settings, "opens", 0) * 1000000, when);
        return error_set(err, ETIME, "the quiz opens at %s", when);
    }
    if (json_object_get(settings, "closes") && now >= json_num(settings, "closes", 0)) {
        clock_rfc3339(json_num(settings, "closes", 0) * 1000000, when);
        return error_set(err, ETIME, "the quiz closed at %s", when);
    }
    return 0;
}

/* In a time that does not tell how much of it was right. */
static bool same_secret(const char *a, const char *b)
{
    size_t len = strlen(a), other = strlen(b);
    unsigned char differ = len != other;
    for (size_t i = 0; i < other; i++)
        differ |= (unsigned char)(b[i] ^ (len ? a[i % len] : 0));
    return !differ;
}

/* When it opens and closes, and how often: for a quiz that is sat without an assignment. */
static int check_begin(const struct request *request, const char *id, const json_t *own, struct error *err)
{
    cleanup_free char *name = str_format("quiz:%s", id);
    int64_t used =
        store_number(request->store, 0, "SELECT count(*) FROM attempt WHERE person = ? AND bank = ?", "it", request->person, name);
    long long most = json_num(own, "attempts", 0);
    int r = check_window(own, store_now_ms(request->store), err);
    if (r == 0 && most && used >= most)
        r = error_set(err, EDQUOT, "the quiz %s allows %lld attempt%s, and you used %lld", id, most, most == 1 ? "" : "s",
                      (long long)used);
    return r;
}

static int check_password(const struct request *request, const char *id, const json_t *own, struct error *err)
{
    if (json_object_get(own, "password") && !same_secret(json_str(own, "password", ""), json_str(request->body, "password", "")))
        return error_set(err, EACCES, "the quiz %s has a password, and this is not it", id);
    return 0;
}

/* Who comes late has until it closes. */
static void set_limit(const struct request *request, const struct exam_terms *terms, json_t *own)
{
    long long seconds = json_num(own, "seconds", SECONDS_UNSET);
    if (terms->assignment) {
        seconds = terms->seconds;
        json_object_set_new(own, "closes", json_integer(terms->closes));
    } else if (json_object_get(own, "closes")) {
        long long left = (json_num(own, "closes", 0) - store_now_ms(request->store)) / 1000;
        seconds = left < seconds ? (left < 1 ? 1 : left) : seconds;
    }
    json_object_set_new(own, "seconds", json_integer(seconds));
}

int quiz_open(const struct request *request, const char *id, const struct exam_terms *terms, json_t **settings, struct error *err)
{
    *settings = NULL;
    cleanup_query sqlite3_stmt *query = store_query(request->store, err, "SELECT settings FROM quiz WHERE id = ?", "t", id);
    int r = query ? query_next(request->store, query, err) : -err->code;
    if (r <= 0)
        return r < 0 ? r : error_set(err, ENOENT, "no such quiz: %.60s; `slipway quiz list` names them", id);
    cleanup_json json_t *own = settings_for(request, query_text(query, 0));
    r = terms->assignment ? 0 : check_begin(request, id, own, err);
    if (r == 0)
        r = check_password(request, id, own, err);
    if (r < 0)
        return r;
    json_object_del(own, "password");
    json_object_del(own, "own");
    json_object_set_new(own, "quiz", json_string(id));
    if (!json_object_get(own, "title"))
        json_object_set_new(own, "title", json_string(id));
    set_limit(request, terms, own);
    *settings = json_incref(own);
    return 0;
}
