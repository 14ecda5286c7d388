/* How a learner stands: for each domain what was asked and how much of it was right the last time, the topics that are weakest, and
 * when there was anything at all. One answer for the home screen. Only exams that have ended and practice count: nothing here tells
 * of a running exam. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank/engine_range.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/cards.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/score.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { ATTEMPTS_MOST = 60, PRACTICE_MOST = 2000, ACTIVE_MOST = 3400, TREND = 10, TOPICS_MOST = 12, TOPIC_SEEN = 2 };
static const int64_t ACTIVE_DAYS_MS = 70LL * 86400000, HALF_HOUR_MS = 1800000;

/* One question as it was answered one time. */
struct answered {
    char *question; /* "bank/id" */
    char *domain, *topic;
    bool right;
    int64_t at;
};

struct standing {
    const struct request *request;
    struct answered *list;
    size_t count, room;
    json_t *domains, *topics;
};

static void add_answered(struct standing *standing, const char *bank, const char *id, const char *domain, const char *topic,
                         bool right, int64_t at)
{
    if (standing->count == standing->room)
        standing->list =
            xrealloc(standing->list, (standing->room = standing->room ? standing->room * 2 : 64) * sizeof *standing->list);
    standing->list[standing->count++] =
        (struct answered){str_format("%s/%s", bank, id), xstrdup(domain), xstrdup(topic), right, at};
}

static void standing_clear(struct standing *standing)
{
    for (size_t i = 0; i < standing->count; i++) {
        free(standing->list[i].question);
        free(standing->list[i].domain);
        free(standing->list[i].topic);
    }
    free(standing->list);
}

/* The entry whose fields are these; made with zeros when there is none. Domains are the same in whatever case they are written. */
static json_t *entry_of(json_t *list, const char *domain, const char *topic)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (strcasecmp(json_str(entry, "domain", ""), domain) == 0 && (!topic || str_equal(json_str(entry, "topic", ""), topic)))
            return entry;
    }
    entry = json_pack("{s:s,s:i,s:i}", "domain", domain, "seen", 0, "right", 0);
    if (topic)
        json_object_set_new(entry, "topic", json_string(topic));
    else
        json_object_update_new(entry, json_pack("{s:i,s:i,s:i,s:[]}", "questions", 0, "pass", 0, "due", 0, "trend"));
    json_array_append_new(list, entry);
    return entry;
}

static void count_up(json_t *entry, const char *field, json_int_t by)
{
    json_object_set_new(entry, field, json_integer(json_num(entry, field, 0) + by));
}

/* The domains that there are questions of. */
static int add_domains(struct standing *standing, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(standing->request->store, err,
                    "SELECT b.domain, b.pass, (SELECT COUNT(*) FROM question q WHERE q.rev = b.rev) FROM bank b"
                    " WHERE b.recency = (SELECT MAX(recency) FROM bank WHERE id = b.id) ORDER BY b.id",
                    "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(standing->request->store, query, err)) == 1) {
        json_t *entry = entry_of(standing->domains, query_text(query, 0), NULL);
        count_up(entry, "questions", query_int(query, 2));
        if (query_int(query, 1) > json_num(entry, "pass", 0))
            json_object_set_new(entry, "pass", json_integer(query_int(query, 1)));
    }
    return r;
}

static int add_items(struct standing *standing, int64_t attempt, int64_t at, struct error *err)
{
    struct store *store = standing->request->store;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, q.topic, q.id, b.id, b.domain FROM attempt_item i JOIN bank b ON b.rev = i.rev"
                    " JOIN question q ON q.rev = i.rev AND q.position = i.position WHERE i.attempt = ?",
                    "i", attempt);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        struct drawn item;
        struct mark mark;
        cleanup_free char *answer = NULL;
        r = mark_slot(store, attempt, query_int(query, 0), &item, &answer, &mark, err);
        if (r < 0)
            return r;
        if (!mark.pending)
            add_answered(standing, query_text(query, 3), query_text(query, 2), query_text(query, 4), query_text(query, 1),
                         mark.right, at);
    }
    return r;
}

static int add_attempts(struct standing *standing, struct error *err)
{
    struct store *store = standing->request->store;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT a.id, a.mode = 'exam', b.domain, a.ended FROM attempt a JOIN bank b ON b.rev = a.rev"
                    " WHERE a.person = ? AND a.ended IS NOT NULL ORDER BY a.id DESC LIMIT ?",
                    "ii", standing->request->person, (int64_t)ATTEMPTS_MOST);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        int64_t attempt = query_int(query, 0);
        if (!review_counts(store, attempt))
            continue;
        json_t *trend =
            query_int(query, 1) ? json_object_get(entry_of(standing->domains, query_text(query, 2), NULL), "trend") : NULL;
        if (trend && json_array_size(trend) < TREND) /* newest first so far */
            json_array_insert_new(trend, 0, json_integer((json_int_t)(mark_percent(store, attempt) + 1e-9)));
        r = add_items(standing, attempt, query_int(query, 3), err);
        if (r < 0)
            return r;
    }
    return r;
}

static int add_practice(struct standing *standing, struct error *err)
{
    struct store *store = standing->request->store;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT b.id, q.id, b.domain, q.topic, json_extract(e.body, '$.right'), e.at FROM event e"
                    " JOIN bank b ON b.id = json_extract(e.body, '$.bank')"
                    " AND b.recency = (SELECT MAX(recency) FROM bank WHERE id = b.id)"
                    " JOIN question q ON q.rev = b.rev AND q.id = json_extract(e.body, '$.id')"
                    " WHERE e.person = ? AND e.kind = 'practice' ORDER BY e.id DESC LIMIT ?",
                    "ii", standing->request->person, (int64_t)PRACTICE_MOST);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1)
        add_answered(standing, query_text(query, 0), query_text(query, 1), query_text(query, 2), query_text(query, 3),
                     query_int(query, 4), query_int(query, 5));
    return r;
}

static int by_question(const void *left, const void *right)
{
    const struct answered *a = left, *b = right;
    int order = strcmp(a->question, b->question);
    return order ? order : a->at > b->at ? -1 : a->at < b->at;
}

/* Of each question the last answer: what was learned since counts, and what was forgotten. Gives how many were wrong. */
static long long count_last(struct standing *standing)
{
    long long wrong = 0;
    if (standing->count)
        qsort(standing->list, standing->count, sizeof *standing->list, by_question);
    for (size_t i = 0; i < standing->count; i++) {
        const struct answered *one = &standing->list[i];
        if (i && str_equal(one->question, standing->list[i - 1].question))
            continue;
        json_t *entries[] = {entry_of(standing->domains, one->domain, NULL), entry_of(standing->topics, one->domain, one->topic)};
        for (size_t k = 0; k < ARRAY_LEN(entries); k++) {
            count_up(entries[k], "seen", 1);
            count_up(entries[k], "right", one->right);
        }
        wrong += !one->right;
    }
    return wrong;
}

static json_int_t percent_of(const json_t *entry) { return score_percent(json_num(entry, "right", 0), json_num(entry, "seen", 0)); }

/* Those of which enough was asked, the weakest first; what is all right is not weak. */
static json_t *weakest(const json_t *topics)
{
    json_t *out = json_array(), *topic;
    size_t index;
    json_array_foreach(topics, index, topic)
    {
        size_t at = 0;
        if (json_num(topic, "seen", 0) < TOPIC_SEEN || percent_of(topic) == 100)
            continue;
        while (at < json_array_size(out) && percent_of(json_array_get(out, at)) <= percent_of(topic))
            at++;
        json_array_insert(out, at, topic);
    }
    while (json_array_size(out) > TOPICS_MOST)
        json_array_remove(out, TOPICS_MOST);
    return out;
}

static int add_active(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT DISTINCT at / ?2 FROM event WHERE person = ?1 AND at > ?3 AND kind <> 'progress.erase'"
                    " ORDER BY 1 DESC LIMIT ?4",
                    "iiii", request->person, HALF_HOUR_MS, store_now_ms(request->store) - ACTIVE_DAYS_MS, (int64_t)ACTIVE_MOST);
    int r = query ? 0 : -err->code;
    json_t *active = json_array();
    json_object_set_new(reply, "active", active);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(active, json_integer(query_int(query, 0)));
    return r;
}

int request_standing(const struct request *request, json_t *reply, struct error *err)
{
    struct standing standing = {.request = request, .domains = json_array(), .topics = json_array()};
    int r = add_domains(&standing, err);
    if (r == 0)
        r = add_attempts(&standing, err);
    if (r == 0)
        r = add_practice(&standing, err);
    if (r == 0) {
        json_object_set_new(reply, "wrong", json_integer(count_last(&standing)));
        json_object_set_new(reply, "topics", weakest(standing.topics));
        json_object_set(reply, "domains", standing.domains);
        int64_t due = cards_due(request, ENGINE_COURSE, standing.domains, err);
        json_object_set_new(reply, "due", json_integer(due));
        r = due < 0 ? (int)due : add_active(request, reply, err);
    }
    json_decref(standing.topics);
    json_decref(standing.domains);
    standing_clear(&standing);
    return r;
}
