/* The cards' rows, and what is due. Only questions that the newest revision of a bank has are asked or counted. */
#include "quizzes/classd/cards.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/browse.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/picks.h"
#include "quizzes/classd/review.h"
#include "quizzes/classd/score.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { ASKED_MOST = 50, ASKED_COUNT = 20, NEW_COUNT = 10 };

/* What an instructor keeps for exams is not asked outside of them, nor (`closed`, a parameter) what is set as a quiz whose results
 * are not out. */
#define PRACTISED(closed)                                                                                                          \
    " b.recency = (SELECT MAX(recency) FROM bank WHERE id = b.id) AND b.id NOT IN (SELECT bank FROM bank_kept) AND b.id NOT IN"    \
    " (SELECT value FROM json_each(" closed "))"

static int card_read(struct store *store, int64_t person, const char *bank, const char *question, struct fsrs_card *card,
                     struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err, "SELECT stability, difficulty, state, step, due, at FROM card WHERE person = ? AND bank = ? AND question = ?",
        "itt", person, bank, question);
    int r = query ? query_next(store, query, err) : -err->code;
    *card = (struct fsrs_card){0};
    if (r == 1)
        *card = (struct fsrs_card){.stability = sqlite3_column_double(query, 0),
                                   .difficulty = sqlite3_column_double(query, 1),
                                   .state = (enum fsrs_state)query_int(query, 2),
                                   .step = (int)query_int(query, 3),
                                   .due_ms = query_int(query, 4),
                                   .at_ms = query_int(query, 5)};
    return r < 0 ? r : 0;
}

static enum fsrs_rating rating_of(double share) { return share >= 1 ? FSRS_GOOD : share > 0 ? FSRS_HARD : FSRS_AGAIN; }

/* Numbers go as text, which holds all their digits: the columns are REAL and take them as such. */
static int card_write(struct store *store, int64_t person, const char *bank, const char *question, const struct fsrs_card *card,
                      bool lapse, struct error *err)
{
    char stability[32], difficulty[32];
    snprintf(stability, sizeof stability, "%.17g", card->stability);
    snprintf(difficulty, sizeof difficulty, "%.17g", card->difficulty);
    return store_run(store, err,
                     "INSERT INTO card (person, bank, question, stability, difficulty, state, step, due, at, reviews, lapses)"
                     " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10) ON CONFLICT DO UPDATE SET stability = ?4,"
                     " difficulty = ?5, state = ?6, step = ?7, due = ?8, at = ?9, reviews = reviews + 1, lapses = lapses + ?10",
                     "ittttiiiii", person, bank, question, stability, difficulty, (int64_t)card->state, (int64_t)card->step,
                     card->due_ms, card->at_ms, (int64_t)lapse);
}

static int review(struct store *store, int64_t person, const char *bank, const char *question, double share, int64_t at_ms,
                  int64_t *due_ms, struct error *err)
{
    struct fsrs_card card;
    int r = card_read(store, person, bank, question, &card, err);
    if (r < 0)
        return r;
    enum fsrs_rating rating = rating_of(share);
    bool lapse = card.state == FSRS_REVIEW && rating == FSRS_AGAIN;
    fsrs_review(&card, rating, at_ms);
    *due_ms = card.due_ms;
    return card_write(store, person, bank, question, &card, lapse, err);
}

int card_answered(struct store *store, int64_t person, const char *bank, const char *question, double share, int64_t *due_ms,
                  struct error *err)
{
    return review(store, person, bank, question, share, store_now_ms(store), due_ms, err);
}

/* What was asked again since then is not set back. */
static int review_later(struct store *store, int64_t person, const char *bank, const char *question, double share, int64_t ended,
                        struct error *err)
{
    int64_t due_ms, at = store_number(store, 0, "SELECT at FROM card WHERE person = ? AND bank = ? AND question = ?", "itt", person,
                                      bank, question);
    return at > ended ? 0 : review(store, person, bank, question, share, ended, &due_ms, err);
}

static int count_attempt(struct store *store, int64_t person, int64_t attempt, int64_t ended, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT i.slot, b.id, q.id FROM attempt_item i JOIN bank b ON b.rev = i.rev"
                    " JOIN question q ON q.rev = i.rev AND q.position = i.position WHERE i.attempt = ? ORDER BY i.slot",
                    "i", attempt);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        struct drawn item;
        struct mark mark;
        cleanup_free char *answer = NULL;
        r = mark_slot(store, attempt, query_int(query, 0), &item, &answer, &mark, err);
        if (r == 0 && answer_given(&item, answer) && !mark.pending)
            r = review_later(store, person, query_text(query, 1), query_text(query, 2), mark.points, ended, err);
        if (r < 0)
            return r;
    }
    return r;
}

/* Attempts of which the marks have come out since; the order needs all rows before the first, so those that are done may go. */
static int cards_settle(struct store *store, int64_t person, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT w.attempt, a.ended FROM card_wait w JOIN attempt a ON a.id = w.attempt WHERE w.person = ? ORDER BY a.ended", "i",
        person);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        int64_t attempt = query_int(query, 0);
        if (!review_counts(store, attempt))
            continue;
        r = count_attempt(store, person, attempt, query_int(query, 1), err);
        if (r == 0)
            r = store_run(store, err, "DELETE FROM card_wait WHERE attempt = ?", "i", attempt);
        if (r < 0)
            return r;
    }
    return r;
}

int cards_of_attempt(struct store *store, const struct attempt *attempt, struct error *err)
{
    int r = store_run(store, err, "INSERT INTO card_wait (attempt, person) VALUES (?, ?)", "ii", attempt->id, attempt->person);
    return r < 0 ? r : cards_settle(store, attempt->person, err);
}

void card_tell(struct store *store, json_t *object, const char *name, int64_t at_ms)
{
    int64_t now = store_now_ms(store);
    json_object_set_new(object, name, json_time(at_ms));
    json_object_set_new(object, "wait", json_integer(at_ms > now ? (at_ms - now + 999) / 1000 : 0));
}

static json_t *domain_entry(json_t *domains, const char *domain)
{
    size_t i;
    json_t *entry;
    json_array_foreach(domains, i, entry)
    {
        if (strcasecmp(json_str(entry, "domain", ""), domain) == 0)
            return entry;
    }
    return NULL;
}

int64_t cards_due(const struct request *request, const char *engine, json_t *domains, struct error *err)
{
    int r = cards_settle(request->store, request->person, err);
    if (r < 0)
        return r;
    cleanup_free char *closed = assign_closed(request);
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT b.domain, sum(c.due <= ?2), min(c.due) FROM card c JOIN bank b ON b.id = c.bank AND" PRACTISED(
            "?3") " JOIN question q ON q.rev = b.rev AND q.id = c.question WHERE c.person = ?1 AND engine_fits(q.engine, ?4)"
                  " GROUP BY b.domain COLLATE NOCASE",
        "iitt", request->person, store_now_ms(request->store), closed, engine);
    int64_t sum = 0;
    r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1) {
        json_t *entry = domain_entry(domains, query_text(query, 0));
        sum += query_int(query, 1);
        json_object_set_new(entry, "due", json_integer(query_int(query, 1)));
        card_tell(request->store, entry, "next", query_int(query, 2));
    }
    return r < 0 ? r : sum;
}

int cards_export(const struct request *request, json_t *reply, struct error *err)
{
    int r = cards_settle(request->store, request->person, err);
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err, "SELECT bank, question, due, reviews, lapses FROM card WHERE person = ? ORDER BY 1, 2",
                    "i", request->person);
    json_t *list = json_array();
    r = query ? 0 : -err->code;
    json_object_set_new(reply, "cards", list);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(list, json_pack("{s:s,s:s,s:o,s:I,s:I}", "bank", query_text(query, 0), "id", query_text(query, 1),
                                              "due", json_time(query_int(query, 2)), "reviews", (json_int_t)query_int(query, 3),
                                              "lapses", (json_int_t)query_int(query, 4)));
    return r;
}

/* --- learn.due --- */

struct asking {
    const struct request *request;
    const char *domain; /* "" for all */
    const char *closed; /* banks that are not asked now */
    const char *engine; /* the version that questions have to be true for; "" for any */
    json_t *items;
};

/* The rows of a query of rev, position, bank and when it was due (null when it is new). */
static int add_items(struct asking *asking, sqlite3_stmt *rows, size_t most, struct error *err)
{
    struct store *store = asking->request->store;
    int r = rows ? 0 : -err->code;
    while (rows && json_array_size(asking->items) < most && (r = query_next(store, rows, err)) == 1) {
        cleanup_query sqlite3_stmt *query =
            store_query(store, err, "SELECT " QUESTION_COLUMNS " FROM question WHERE rev = ? AND position = ?", "ii",
                        query_int(rows, 0), query_int(rows, 1));
        if (!query || query_next(store, query, err) != 1)
            return -err->code;
        json_t *item = question_json(store, query_int(rows, 0), query, err);
        if (!item)
            return -err->code;
        json_object_set_new(item, "bank", json_string(query_text(rows, 2)));
        json_object_set_new(item, "due", query_null(rows, 3) ? json_null() : json_time(query_int(rows, 3)));
        json_array_append_new(asking->items, item);
    }
    return r < 0 ? r : 0;
}

/* What waits longest against its stability is the nearest to being forgotten: that is asked first. */
static int add_due(struct asking *asking, size_t most, struct error *err)
{
    cleanup_query sqlite3_stmt *rows =
        store_query(asking->request->store, err,
                    "SELECT q.rev, q.position, c.bank, c.due FROM card c JOIN bank b ON b.id = c.bank AND" PRACTISED(
                        "?5") " JOIN question q ON q.rev = b.rev AND q.id = c.question WHERE c.person = ?1 AND c.due <= ?2"
                              " AND (?3 = '' OR b.domain = ?3 COLLATE NOCASE) AND q.type NOT IN ('essay', 'task')"
                              " AND engine_fits(q.engine, ?6) ORDER BY (?2 - c.at) / c.stability DESC, c.bank, c.question LIMIT ?4",
                    "iititt", asking->request->person, store_now_ms(asking->request->store), asking->domain, (int64_t)most,
                    asking->closed, asking->engine);
    return add_items(asking, rows, most, err);
}

/* Easy ones first, those of a level in an order that is each learner's own. */
static int add_new(struct asking *asking, size_t count, struct error *err)
{
    cleanup_query sqlite3_stmt *rows = store_query(
        asking->request->store, err,
        "SELECT q.rev, q.position, b.id, NULL FROM question q JOIN bank b ON b.rev = q.rev AND" PRACTISED(
            "?4") " WHERE (?2 = '' OR b.domain = ?2 COLLATE NOCASE) AND q.type NOT IN ('essay', 'task') AND engine_fits(q.engine, "
                  "?5) AND NOT EXISTS"
                  " (SELECT 1 FROM card c WHERE c.person = ?1 AND c.bank = b.id AND c.question = q.id)"
                  " ORDER BY q.level, (q.rev * 7919 + q.position * 104729 + ?1 * 31) % 10007, q.rev, q.position LIMIT ?3",
        "ititt", asking->request->person, asking->domain, (int64_t)count, asking->closed, asking->engine);
    return add_items(asking, rows, json_array_size(asking->items) + count, err);
}

/* Domains with their questions that were never asked and those that are due. */
static int add_counts(struct asking *asking, json_t *reply, struct error *err)
{
    const struct request *request = asking->request;
    cleanup_query sqlite3_stmt *query =
        store_query(request->store, err,
                    "SELECT b.domain, count(*), count(c.person) FROM question q JOIN bank b ON b.rev = q.rev AND" PRACTISED(
                        "?2") " LEFT JOIN card c ON c.person = ?1 AND c.bank = b.id AND c.question = q.id"
                              " WHERE q.type NOT IN ('essay', 'task') AND engine_fits(q.engine, ?3)"
                              " GROUP BY b.domain COLLATE NOCASE ORDER BY 1",
                    "itt", request->person, asking->closed, asking->engine);
    json_t *domains = json_array();
    int r = query ? 0 : -err->code;
    json_object_set_new(reply, "domains", domains);
    while (query && (r = query_next(request->store, query, err)) == 1)
        json_array_append_new(domains, json_pack("{s:s,s:I,s:I,s:i,s:n}", "domain", query_text(query, 0), "seen",
                                                 (json_int_t)query_int(query, 2), "new",
                                                 (json_int_t)(query_int(query, 1) - query_int(query, 2)), "due", 0, "next"));
    int64_t due = r < 0 ? r : cards_due(request, asking->engine, domains, err);
    json_object_set_new(reply, "due", json_integer(due));
    return due < 0 ? (int)due : 0;
}

static int asked_domain(struct asking *asking, const json_t *domains, struct error *err)
{
    asking->domain = json_str(asking->request->body, "domain", "");
    if (!*asking->domain || domain_entry((json_t *)domains, asking->domain))
        return 0;
    return error_set(err, ENOENT, "no bank is of the domain \"%.40s\"; `slipway quiz due` names the domains", asking->domain);
}

int request_learn_due(const struct request *request, json_t *reply, struct error *err)
{
    cleanup_free char *closed = assign_closed(request);
    struct asking asking = {.request = request, .items = json_array(), .closed = closed};
    long long most = json_num(request->body, "count", ASKED_COUNT), fresh = json_num(request->body, "new", NEW_COUNT);
    json_object_set_new(reply, "items", asking.items);
    if (most < 0 || most > ASKED_MOST || fresh < 0 || fresh > ASKED_MOST)
        return error_set(err, EINVAL, "\"count\" and \"new\" are numbers from 0 to %d", ASKED_MOST);
    int r = picks_engine(request->body, reply, &asking.engine, err);
    if (r == 0)
        r = cards_settle(request->store, request->person, err);
    if (r == 0)
        r = add_counts(&asking, reply, err);
    if (r == 0)
        r = asked_domain(&asking, json_object_get(reply, "domains"), err);
    if (r == 0 && most > 0)
        r = add_due(&asking, (size_t)most, err);
    long long room = most - (long long)json_array_size(asking.items);
    if (r == 0 && room > 0 && fresh > 0)
        r = add_new(&asking, (size_t)(fresh < room ? fresh : room), err);
    return r;
}
