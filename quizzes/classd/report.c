/* exam.statistics and exam.mastery: the marks of all ended attempts at a bank's questions, made into a matrix and handed to
 * statistics.c. Marks depend on question and answer alone, so each pair is judged once, however many gave it. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/browse.h"
#include "quizzes/classd/items.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/score.h"
#include "quizzes/classd/statistics.h"

#include <errno.h>
#include <math.h>
#include <string.h>

struct judged {
    char *answer;
    int64_t rev, regraded;
    int domc;
    struct mark mark;
};

struct asked {
    char *id, *bank, *topic, *objective;
    struct drawn drawn; /* as it was seen last */
    struct judged *judged;
    size_t judged_count;
    size_t chosen[16], shown[16]; /* by letter of the bank; one at a time an option is chosen by a yes, and not shown to all */
    double sums[16];              /* of the totals of who chose it, as shares */
    size_t one_at_a_time;         /* attempts in which its options came so */
};

struct cell {
    size_t attempt, item;
    double mark;
    bool one_at_a_time;
    char *answer;
};

struct report {
    const struct request *request;
    struct asked *items;
    size_t item_count;
    int64_t *attempts, *persons; /* of each row of the matrix */
    size_t attempt_count;
    struct cell *cells;
    size_t cell_count, cell_room;
};

static void report_clear(struct report *report)
{
    for (size_t i = 0; i < report->item_count; i++) {
        struct asked *item = &report->items[i];
        for (size_t k = 0; k < item->judged_count; k++)
            free(item->judged[k].answer);
        free(item->judged);
        free(item->id);
        free(item->bank);
        free(item->topic);
        free(item->objective);
    }
    for (size_t i = 0; i < report->cell_count; i++)
        free(report->cells[i].answer);
    free(report->items);
    free(report->attempts);
    free(report->persons);
    free(report->cells);
}

static struct asked *item_named(struct report *report, sqlite3_stmt *row)
{
    const char *id = query_text(row, 2), *bank = query_text(row, 10);
    for (size_t i = 0; i < report->item_count; i++)
        if (str_equal(report->items[i].id, id) && str_equal(report->items[i].bank, bank))
            return &report->items[i];
    report->items = xrealloc(report->items, (report->item_count + 1) * sizeof *report->items);
    struct asked *item = &report->items[report->item_count++];
    *item = (struct asked){
        .id = xstrdup(id), .bank = xstrdup(bank), .topic = xstrdup(query_text(row, 3)), .objective = xstrdup(query_text(row, 4))};
    return item;
}

/* What people gave for an answer; NAN while somebody has still to read it. */
static double graded(struct store *store, int64_t attempt, const struct drawn *item, const char *answer)
{
    struct error err = ERROR_INIT;
    struct mark mark;
    return mark_answer(store, attempt, item, answer, &mark, &err) < 0 || mark.pending ? NAN : mark.points;
}

/* By the key that counts for the attempt now: `regraded` is the revision that corrected it, 0 for none. */
static int judge(struct report *report, struct asked *item, sqlite3_stmt *row, const char *answer, double *mark, struct error *err)
{
    struct store *store = report->request->store;
    struct drawn drawn;
    struct judged one = {.rev = query_int(row, 6), .domc = (int)query_int(row, 7), .regraded = query_int(row, 9)};
    int64_t attempt = query_int(row, 0), slot = query_int(row, 1);
    const struct judged *known = NULL;
    for (size_t i = 0; i < item->judged_count && !known; i++)
        if (item->judged[i].rev == one.rev && item->judged[i].regraded == one.regraded && item->judged[i].domc == one.domc &&
            str_equal(item->judged[i].answer, answer))
            known = &item->judged[i];
    if (known && !known->mark.pending) {
        *mark = known->mark.points;
        return 0;
    }
    int r = item_find(store, attempt, slot, &drawn, err);
    item->drawn = drawn;
    if (r == 0)
        r = mark_correct(store, attempt, &item->drawn, err);
    if (r == 0)
        r = score_answer(store, &item->drawn, answer, &one.mark, NULL, err);
    if (r < 0)
        return r;
    *mark = one.mark.pending ? graded(store, attempt, &drawn, answer) : one.mark.points;
    if (known)
        return 0;
    one.answer = xstrdup(answer);
    item->judged = xrealloc(item->judged, (item->judged_count + 1) * sizeof *item->judged);
    item->judged[item->judged_count++] = one;
    return 0;
}

static int add_cell(struct report *report, sqlite3_stmt *row, struct error *err)
{
    int64_t attempt = query_int(row, 0);
    if (report->attempt_count == 0 || report->attempts[report->attempt_count - 1] != attempt) {
        size_t room = (report->attempt_count + 1) * sizeof *report->attempts;
        report->attempts = xrealloc(report->attempts, room);
        report->persons = xrealloc(report->persons, room);
        report->attempts[report->attempt_count] = attempt;
        report->persons[report->attempt_count++] = query_int(row, 5);
    }
    if (report->cell_count == report->cell_room)
        report->cells =
            xrealloc(report->cells, (report->cell_room = report->cell_room ? report->cell_room * 2 : 1024) * sizeof *report->cells);
    struct asked *item = item_named(report, row);
    struct cell *cell = &report->cells[report->cell_count++];
    *cell = (struct cell){report->attempt_count - 1, (size_t)(item - report->items), NAN, query_int(row, 7) != 0,
                          xstrdup(query_text(row, 8))};
    item->one_at_a_time += cell->one_at_a_time;
    return judge(report, item, row, cell->answer, &cell->mark, err);
}

/* First attempts only, unless all are wanted: later ones know the questions already. */
static int load(struct report *report, struct error *err)
{
    const struct request *request = report->request;
    const char *bank = json_str(request->body, "bank", ""), *which = json_str(request->body, "attempts", "first");
    int64_t rev;
    int r = sits_no_exam(request, err);
    if (r == 0 && !str_equal(which, "first") && !str_equal(which, "all"))
        r = error_set(err, EINVAL, "\"attempts\" is \"first\" or \"all\"");
    /* A bank has no ":" in its name; mock exams and quizzes have, and questions of several banks. */
    bool whole = strchr(bank, ':') != NULL;
    if (r == 0 && !whole)
        r = bank_newest(request, bank, &rev, err);
    if (r < 0)
        return r;
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, err,
        "SELECT i.attempt, i.slot, q.id, q.topic, q.objective, a.person, i.rev, i.domc, (SELECT json_extract(e.body, '$.answer')"
        " FROM event e WHERE e.attempt = i.attempt AND e.slot = i.slot AND e.seq NOT NULL ORDER BY e.seq DESC LIMIT 1),"
        " (SELECT g.rev FROM regrade g JOIN bank n ON n.rev = g.rev AND n.id = b.id WHERE g.attempt = a.id ORDER BY g.id DESC"
        " LIMIT 1), b.id FROM attempt a JOIN attempt_item i ON i.attempt = a.id JOIN bank b ON b.rev = i.rev"
        " JOIN question q ON q.rev = i.rev AND q.position = i.position WHERE a.ended IS NOT NULL AND iif(?3, a.bank, b.id) = ?1"
        " AND (?2 = 'all' OR a.id IN (SELECT min(id) FROM attempt WHERE ended IS NOT NULL GROUP BY person, bank))"
        " ORDER BY i.attempt, i.slot",
        "tti", bank, which, (int64_t)whole);
    r = query ? 0 : -err->code;
    while (query && (r = query_next(request->store, query, err)) == 1)
        if ((r = add_cell(report, query, err)) < 0)
            return r;
    if (r == 0 && report->attempt_count == 0)
        r = error_set(err, ENOENT, "nobody has finished %s%s yet", whole ? "the exam " : "an exam with questions of the bank ",
                      bank);
    return r;
}

static json_t *number(double value) { return isnan(value) || isinf(value) ? json_null() : json_real(value); }

static json_t *range(const double ends[2]) { return isnan(ends[0]) ? json_null() : json_pack("[f,f]", ends[0], ends[1]); }

static void count_choice(struct asked *item, char letter, bool chosen, double share)
{
    if (letter < 'a' || letter >= 'a' + 16)
        return;
    item->shown[letter - 'a']++;
    item->chosen[letter - 'a'] += chosen;
    item->sums[letter - 'a'] += chosen ? share : 0;
}

/* Options that came one at a time were shown as far as something was said to them: "c-a+"; others all, and the letters are those
 * that were chosen. */
static void count_cell(struct asked *item, const struct cell *cell, double share)
{
    for (const char *p = cell->answer; cell->one_at_a_time && *p && p[1]; p += 2)
        count_choice(item, *p, p[1] == '+', share);
    for (const char *p = item->drawn.ordering; !cell->one_at_a_time && *p; p++)
        count_choice(item, *p, strchr(cell->answer, *p) != NULL, share);
}

/* Who chose what, and how well they did in all. Only where options are chosen by letter. */
static void count_choices(struct report *report, const struct marks *marks)
{
    cleanup_free double *share = xcalloc(marks->attempts + 1, sizeof *share), *asked = xcalloc(marks->attempts + 1, sizeof *asked);
    for (size_t i = 0; i < report->cell_count; i++)
        if (!isnan(report->cells[i].mark)) {
            share[report->cells[i].attempt] += report->cells[i].mark;
            asked[report->cells[i].attempt] += 1;
        }
    for (size_t i = 0; i < report->cell_count; i++) {
        const struct cell *cell = &report->cells[i];
        struct asked *item = &report->items[cell->item];
        if (item->drawn.type <= QUESTION_TRUEFALSE && asked[cell->attempt] > 0)
            count_cell(item, cell, share[cell->attempt] / asked[cell->attempt]);
    }
}

/* By chance, in the share of attempts that had its options all at once and that had them one at a time. */
static double guess_of(const struct asked *item, size_t answers, size_t options, size_t keys)
{
    if (item->drawn.type == QUESTION_MATCHING) /* one of the right sides, of which there may be fewer than pairs */
        options = keys = strlen(item->drawn.pairing);
    double at_once = statistics_guess(item->drawn.type, item->drawn.scoring, options, keys);
    if (!item->one_at_a_time)
        return at_once;
    double part = answers ? (double)item->one_at_a_time / (double)answers : 1;
    return part * statistics_guess_domc(options, keys) + (part < 1 ? (1 - part) * at_once : 0);
}

static int add_options(const struct report *report, const struct asked *item, struct statistics_option *options, size_t *count,
                       size_t *keys, json_t *out, struct error *err)
{
    struct store *store = report->request->store;
    *count = *keys = 0;
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT c.letter, c.text, s.is_key FROM choice c JOIN choice_secret s USING (rev, position, letter)"
                    " WHERE c.rev = ? AND c.position = ? ORDER BY c.letter",
                    "ii", item->drawn.rev, item->drawn.position);
    int r = query ? 0 : -err->code;
    while (query && *count < 16 && (r = query_next(store, query, err)) == 1) {
        size_t letter = (size_t)(*query_text(query, 0) - 'a') % 16;
        struct statistics_option *option = &options[(*count)++];
        *option = (struct statistics_option){
            .key = query_int(query, 2) != 0, .count = item->chosen[letter], .shown = item->shown[letter]};
        option->mean = option->count ? item->sums[letter] / (double)option->count : NAN;
        *keys += option->key;
        json_array_append_new(out, json_pack("{s:s,s:s,s:b,s:I,s:I,s:o}", "id", query_text(query, 0), "text", query_text(query, 1),
                                             "key", (int)option->key, "count", (json_int_t)option->count, "shown",
                                             (json_int_t)option->shown, "mean", number(option->mean)));
    }
    return r < 0 ? r : 0;
}

static json_t *item_json(const struct report *report, const struct asked *item, const struct statistics_item *figures,
                         struct error *err)
{
    struct statistics_option options[16];
    size_t count, keys;
    json_t *list = json_array();
    if (add_options(report, item, options, &count, &keys, list, err) < 0) {
        json_decref(list);
        return NULL;
    }
    bool letters = item->drawn.type <= QUESTION_TRUEFALSE;
    double guess = guess_of(item, figures->count, count, keys);
    cleanup_strv char **warnings = statistics_warnings(figures, guess, options, letters ? count : 0);
    json_t *out = json_pack("{s:s,s:s,s:s,s:s,s:s,s:I,s:o,s:o,s:o,s:o,s:o,s:o}", "id", item->id, "bank", item->bank, "type",
                            question_type_name(item->drawn.type), "topic", item->topic, "objective", item->objective, "count",
                            (json_int_t)figures->count, "facility", number(figures->facility), "facility_range",
                            range(figures->facility_range), "deviation", number(figures->deviation), "guess", number(guess),
                            "intended", number(figures->intended), "effective", number(figures->effective));
    json_object_update_new(out, json_pack("{s:o,s:o,s:o,s:b,s:o,s:o}", "discrimination", number(figures->discrimination),
                                          "discrimination_range", range(figures->discrimination_range), "efficiency",
                                          number(figures->efficiency), "against", (int)figures->against, "options", list,
                                          "warnings", json_from_strv(warnings)));
    return out;
}

/* The matrix; its two lists are the caller's. */
static struct marks marks_of(const struct report *report)
{
    struct marks marks = {.attempts = report->attempt_count, .items = report->item_count};
    size_t cells = marks.attempts * marks.items;
    marks.marks = xcalloc(cells + 1, sizeof *marks.marks);
    marks.most = xcalloc(marks.items + 1, sizeof *marks.most);
    for (size_t i = 0; i < cells; i++)
        marks.marks[i] = NAN;
    for (size_t i = 0; i < marks.items; i++)
        marks.most[i] = 1;
    for (size_t i = 0; i < report->cell_count; i++)
        marks.marks[report->cells[i].attempt * marks.items + report->cells[i].item] = report->cells[i].mark;
    return marks;
}

static int tell(struct report *report, json_t *reply, struct error *err)
{
    struct marks marks = marks_of(report);
    cleanup_free double *cells = marks.marks, *most = marks.most;
    cleanup_free struct statistics_item *figures = xcalloc(marks.items + 1, sizeof *figures);
    struct statistics_test test;
    statistics_compute(&marks, figures, &test);
    count_choices(report, &marks);
    json_object_set_new(reply, "test",
                        json_pack("{s:I,s:I,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "attempts", (json_int_t)test.attempts, "questions",
                                  (json_int_t)marks.items, "mean", number(test.mean), "median", number(test.median), "deviation",
                                  number(test.deviation), "skewness", number(test.skewness), "kurtosis", number(test.kurtosis),
                                  "consistency", number(test.consistency), "error_ratio", number(test.error_ratio),
                                  "standard_error", number(test.standard_error)));
    json_t *items = json_array(), *next = json_null();
    json_object_set_new(reply, "items", items);
    size_t size = 0;
    for (size_t i = (size_t)json_num(report->request->body, "from", 0); i < report->item_count; i++) {
        cleanup_json json_t *item = item_json(report, &report->items[i], &figures[i], err);
        if (!item)
            return -err->code;
        size += json_dumpb(item, NULL, 0, JSON_COMPACT);
        if (size > ITEMS_REPLY_MAX && json_array_size(items)) {
            next = json_integer((json_int_t)i);
            break;
        }
        json_array_append(items, item);
    }
    json_object_set_new(reply, "next", next);
    return 0;
}

int request_exam_statistics(const struct request *request, json_t *reply, struct error *err)
{
    struct report report = {.request = request};
    int r = load(&report, err);
    if (r == 0)
        r = tell(&report, reply, err);
    report_clear(&report);
    return r;
}

/* --- exam.mastery --- */

/* One answer counted for an objective; the entry is made when it is missing. */
static void count_objective(json_t *list, const struct asked *item, double mark)
{
    size_t i;
    json_t *entry, *found = NULL;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_str(entry, "objective", ""), item->objective) && str_equal(json_str(entry, "topic", ""), item->topic))
            found = entry;
    }
    if (!found) {
        found = json_pack("{s:s,s:s,s:i,s:f}", "objective", item->objective, "topic", item->topic, "answers", 0, "points", 0.0);
        json_array_append_new(list, found);
    }
    json_object_set_new(found, "answers", json_integer(json_num(found, "answers", 0) + 1));
    json_object_set_new(found, "points", json_real(json_number_value(json_object_get(found, "points")) + mark));
}

static json_t *student(const struct request *request, json_t *students, int64_t person)
{
    size_t i;
    json_t *entry;
    json_array_foreach(students, i, entry)
    {
        if (json_num(entry, "person", 0) == person)
            return json_object_get(entry, "objectives");
    }
    struct error ignored = ERROR_INIT;
    cleanup_query sqlite3_stmt *query = store_query(
        request->store, &ignored,
        "SELECT uid, name, (SELECT m.name FROM member m WHERE m.person = p.id) FROM person p WHERE id = ?", "i", person);
    bool known = query && query_next(request->store, query, &ignored) == 1;
    entry = json_pack("{s:I,s:s,s:s,s:[]}", "person", (json_int_t)person, "user", known ? query_text(query, 1) : "", "name",
                      known ? query_text(query, 2) : "", "objectives");
    json_array_append_new(students, entry);
    return json_object_get(entry, "objectives");
}

static int mastery(const struct report *report, json_t *reply)
{
    json_t *class = json_array(), *students = json_array();
    json_object_set_new(reply, "objectives", class);
    json_object_set_new(reply, "students", students);
    json_object_set_new(reply, "next", json_null());
    int64_t from = json_num(report->request->body, "from", 0);
    size_t size = 0;
    for (size_t i = 0; i < report->cell_count; i++) {
        const struct cell *cell = &report->cells[i];
        int64_t person = report->persons[cell->attempt];
        if (isnan(cell->mark))
            continue;
        count_objective(class, &report->items[cell->item], cell->mark);
        if ((int64_t)cell->attempt < from || size > ITEMS_REPLY_MAX / 2)
            continue;
        count_objective(student(report->request, students, person), &report->items[cell->item], cell->mark);
        bool ends = i + 1 < report->cell_count && report->cells[i + 1].attempt != cell->attempt;
        size = ends ? json_dumpb(students, NULL, 0, JSON_COMPACT) : size;
        if (size > ITEMS_REPLY_MAX / 2)
            json_object_set_new(reply, "next", json_integer((json_int_t)cell->attempt + 1));
    }
    return 0;
}

int request_exam_mastery(const struct request *request, json_t *reply, struct error *err)
{
    struct report report = {.request = request};
    int r = load(&report, err);
    if (r == 0)
        r = mastery(&report, reply);
    report_clear(&report);
    return r;
}
