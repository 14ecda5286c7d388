/* Questions that a lesson asks at its end: drawn from the banks, judged here, where the keys are, and told at once. What was
 * answered goes to the log of events. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/browse.h"
#include "quizzes/classd/cards.h"
#include "quizzes/classd/draw.h"
#include "quizzes/classd/events.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/picks.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

enum { DRAWN_MOST = 20, CANDIDATES_MOST = 2000, NAMED_MOST = 200 };

struct candidate {
    int64_t rev, position;
    char bank[72];
};

struct drawing {
    const struct request *request;
    const char *engine; /* the version that questions have to be true for; "" for any */
    struct candidate *list;
    size_t count;
};

/* Whether it is true for their engine, and of a type that who asks can show; without "types" they can show all. */
static bool is_wanted(const struct drawing *drawing, int64_t rev, int64_t position)
{
    const json_t *types = json_object_get(drawing->request->body, "types");
    struct error ignored = ERROR_INIT;
    size_t index;
    json_t *type;
    cleanup_query sqlite3_stmt *query = store_query(
        drawing->request->store, &ignored, "SELECT type, engine_fits(engine, ?) FROM question WHERE rev = ? AND position = ?",
        "tii", drawing->engine, rev, position);
    if (!query || query_next(drawing->request->store, query, &ignored) != 1 || !query_int(query, 1))
        return false;
    if (!json_is_array(types))
        return true;
    json_array_foreach(types, index, type)
    {
        if (str_equal(json_string_value(type), query_text(query, 0)))
            return true;
    }
    return false;
}

static void add_candidate(struct drawing *drawing, int64_t rev, int64_t position, const char *bank)
{
    for (size_t i = 0; i < drawing->count; i++)
        if (drawing->list[i].rev == rev && drawing->list[i].position == position)
            return;
    if (drawing->count == CANDIDATES_MOST || !is_wanted(drawing, rev, position))
        return;
    struct candidate *candidate = &drawing->list[drawing->count++];
    *candidate = (struct candidate){.rev = rev, .position = position};
    snprintf(candidate->bank, sizeof candidate->bank, "%s", bank);
}

/* "bank/question". One that is not there is left out: banks change, and the others may still be asked. */
static void add_named(struct drawing *drawing, const json_t *names)
{
    size_t index;
    json_t *name;
    json_array_foreach(names, index, name)
    {
        const char *text = str_or(json_string_value(name), ""), *slash = strchr(text, '/');
        cleanup_free char *bank = xstrndup(text, slash ? (size_t)(slash - text) : 0);
        int64_t rev, position;
        struct error ignored = ERROR_INIT;
        if (slash && index < NAMED_MOST && question_find(drawing->request, bank, slash + 1, &rev, &position, &ignored) == 0)
            add_candidate(drawing, rev, position, bank);
    }
}

static int add_of_topic(struct drawing *drawing, const char *topic, struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(drawing->request->store, err,
                                                    "SELECT q.rev, q.position, b.id FROM question q JOIN bank b ON b.rev = q.rev "
                                                    "WHERE q.topic = ? COLLATE NOCASE AND b.recency ="
                                                    " (SELECT MAX(recency) FROM bank WHERE id = b.id) ORDER BY b.id, q.position",
                                                    "t", topic);
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(drawing->request->store, query, err)) == 1)
        if (assign_bank_open(drawing->request, query_text(query, 2), NULL) == 0)
            add_candidate(drawing, query_int(query, 0), query_int(query, 1), query_text(query, 2));
    return r;
}

static int add_item(const struct drawing *drawing, const struct candidate *candidate, json_t *items, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(drawing->request->store, err, "SELECT " QUESTION_COLUMNS " FROM question WHERE rev = ? AND position = ?", "ii",
                    candidate->rev, candidate->position);
    if (!query || query_next(drawing->request->store, query, err) != 1)
        return -err->code;
    json_t *item = question_json(drawing->request->store, candidate->rev, query, err);
    if (!item)
        return -err->code;
    json_object_set_new(item, "bank", json_string(candidate->bank));
    json_array_append_new(items, item);
    return 0;
}

static int add_of_bank(struct drawing *drawing, const char *bank, struct error *err)
{
    int64_t rev;
    int r = bank_newest(drawing->request, bank, &rev, err);
    if (r == 0)
        r = assign_bank_open(drawing->request, bank, err);
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query =
        store_query(drawing->request->store, err, "SELECT position FROM question WHERE rev = ? ORDER BY position", "i", rev);
    r = query ? 0 : -err->code;
    while (query && (r = query_next(drawing->request->store, query, err)) == 1)
        add_candidate(drawing, rev, query_int(query, 0), bank);
    return r;
}

int request_practice_draw(const struct request *request, json_t *reply, struct error *err)
{
    const char *topic = json_str(request->body, "topic", "");
    long long wanted = json_num(request->body, "count", 1);
    if (wanted < 1 || wanted > DRAWN_MOST)
        return error_set(err, EINVAL, "\"count\" is a number from 1 to %d", DRAWN_MOST);
    struct drawing drawing = {.request = request};
    int r = picks_engine(request->body, reply, &drawing.engine, err);
    if (r < 0)
        return r;
    cleanup_free struct candidate *room = drawing.list = xcalloc(CANDIDATES_MOST, sizeof *drawing.list);
    add_named(&drawing, json_object_get(request->body, "questions"));
    const char *bank = json_str(request->body, "bank", NULL);
    r = *topic ? add_of_topic(&drawing, topic, err) : 0;
    if (r == 0 && bank)
        r = add_of_bank(&drawing, bank, err);
    if (r < 0)
        return r;
    unsigned char seed[DRAW_SEED];
    size_t order[DRAWN_MOST], count = drawing.count < (size_t)wanted ? drawing.count : (size_t)wanted;
    if (getrandom(seed, sizeof seed, 0) != sizeof seed)
        return error_errno(err, errno, "draw questions");
    draw(seed, "practice", drawing.count, count, order);
    json_t *items = json_array();
    json_object_set_new(reply, "items", items);
    for (size_t i = 0; r == 0 && i < count; i++)
        r = add_item(&drawing, &room[order[i]], items, err);
    return r;
}

/* What was answered as the log keeps it; EINVAL for nothing. */
static int read_answer(const struct request *request, const struct drawn *item, char **answer, struct error *err)
{
    const json_t *given = json_object_get(request->body, "answer");
    int r = given ? answer_read(request->store, item, given, false, answer, err) : 0;
    if (!given || (r == 0 && !answer_given(item, *answer)))
        r = error_set(err, EINVAL, "\"answer\" is empty: choose an option");
    return r;
}

int request_practice_answer(const struct request *request, json_t *reply, struct error *err)
{
    const char *bank = json_str(request->body, "bank", ""), *id = json_str(request->body, "id", "");
    const char *about = json_str(request->body, "about", "");
    int64_t rev, position;
    struct drawn item;
    cleanup_free char *answer = NULL;
    int r = sits_no_exam(request, err);
    if (r == 0)
        r = question_find(request, bank, id, &rev, &position, err);
    if (r == 0)
        r = item_of_bank(request->store, rev, position, &item, err);
    if (r == 0)
        r = read_answer(request, &item, &answer, err);
    if (r == 0)
        r = item_add_secret(request->store, &item, answer, REVIEW_ALL, reply, err);
    if (r < 0)
        return r;
    bool right = json_flag(reply, "right", false);
    int64_t due_ms;
    if (!json_flag(reply, "pending", false)) {
        r = card_answered(request->store, request->person, bank, id, json_number_value(json_object_get(reply, "points")), &due_ms,
                          err);
        if (r < 0)
            return r;
        card_tell(request->store, reply, "due", due_ms);
    }
    struct event event = {
        .person = request->person,
        .attempt = EVENT_NONE,
        .slot = EVENT_NONE,
        .seq = EVENT_NONE,
        .kind = "practice",
        .body = json_pack("{s:s,s:s,s:s,s:s,s:b}", "bank", bank, "id", id, "about", about, "answer", answer, "right", right)};
    return event_append(request->store, &event, err);
}
