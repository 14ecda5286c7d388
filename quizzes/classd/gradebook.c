/* The gradebook: a mark for each student and assignment, and the course mark they make.
 *
 * A mark is a percentage. Of a quiz: its best or last attempt, regraded marks before first ones, and with what graders gave to free
 * text; less `late` percent of it for each begun day after it was due. Of a lesson or lab: the share of its steps that is done,
 * which the student's own program reported: it is shown, and counts for the course when the assignment trusts it or a person has
 * confirmed it (confirm.c). Assignments are averaged by weight within their category, the lowest `drops` left out,
 * and categories by weight. What is not due yet and not begun counts for nothing; what is due and missing counts as 0.
 */
#include "quizzes/classd/gradebook.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/classd/assign.h"
#include "quizzes/classd/marks.h"
#include "quizzes/classd/progress.h"
#include "quizzes/classd/review.h"
#include "quizzes/classd/roles.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };

struct work {
    int64_t id, due, review;
    bool trust;
    double weight, late;
    char kind[8], ref[72], category[72], grading[16];
};

static double after_penalty(const struct work *work, double percent, int64_t at, int64_t due)
{
    if (at <= due || work->late <= 0)
        return percent;
    double days = (double)((at - due + DAY_MS - 1) / DAY_MS), left = 100 - work->late * days;
    return left <= 0 ? 0 : percent * left / 100;
}

struct book {
    struct work *works;
    size_t count;
    struct mark_category *categories;
    size_t category_count;
    int64_t now;
    bool hide; /* marks whose review is still to come: a student's own view keeps them back */
};

struct cell {
    double mark;     /* NAN when there is none */
    int64_t pending; /* answers that wait for a person */
    bool reported;   /* by the student's own program, and nobody has confirmed it */
    bool hidden;
};

static int quiz_mark(struct store *store, const struct work *work, int64_t person, int64_t due, bool hide, struct cell *cell,
                     struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT a.id, a.ended FROM assignment_attempt x JOIN attempt a ON a.id = x.attempt WHERE x.assignment = ?"
                    " AND a.person = ? AND a.ended IS NOT NULL ORDER BY a.id",
                    "ii", work->id, person);
    struct grade grade = {0};
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        double points;
        int64_t max, waiting;
        cell->hidden = cell->hidden || (hide && !review_points(store, query_int(query, 0)));
        r = mark_attempt(store, query_int(query, 0), &points, &max, &waiting, err);
        if (r < 0)
            return r;
        cell->pending += waiting;
        double percent = max > 0 ? fmin(100, 100 * points / (double)max) : 0;
        grade_add(&grade, work->grading, after_penalty(work, percent, query_int(query, 1), due));
    }
    cell->mark = grade.count ? grade.value : NAN;
    return r;
}

/* The last word of a person on it; NAN when there is none. */
static double confirmed(struct store *store, const struct work *work, int64_t person, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err, "SELECT percent FROM confirmation WHERE assignment = ? AND person = ? ORDER BY id DESC LIMIT 1",
                    "ii", work->id, person);
    return query && query_next(store, query, err) == 1 ? query_real(query, 0) : NAN;
}

/* Late is what was done last after it was due, confirmed or not. */
static void progress_share(struct store *store, const struct work *work, int64_t person, int64_t due, struct cell *cell,
                           struct error *err)
{
    cleanup_query sqlite3_stmt *query = store_query(
        store, err,
        "SELECT step, steps, done, coalesce(finished, stepped, at) FROM progress WHERE person = ? AND kind = ? AND id = ?", "itt",
        person, work->kind, work->ref);
    bool known = query && query_next(store, query, err) == 1;
    double share = confirmed(store, work, person, err), steps = known ? (double)query_int(query, 1) : 0;
    cell->reported = isnan(share) && known && !work->trust;
    if (known && isnan(share))
        share = query_int(query, 2) ? 100 : steps > 0 ? fmin(100, 100 * (double)query_int(query, 0) / steps) : 0;
    cell->mark = known ? after_penalty(work, share, query_int(query, 3), due) : share;
}

/* Before a quiz's review a student is not told the mark, nor how many answers wait. */
static void fill_cell(struct store *store, const struct book *book, const struct work *work, int64_t person, struct cell *cell,
                      bool *counts, struct error *err)
{
    int64_t due = assign_due(store, work->id, person);
    *cell = (struct cell){.mark = NAN};
    if (!str_equal(work->kind, "quiz"))
        progress_share(store, work, person, due, cell, err);
    else if (book->hide && book->now < work->review)
        cell->hidden = true;
    else
        quiz_mark(store, work, person, due, book->hide, cell, err);
    if (cell->hidden)
        *cell = (struct cell){.mark = NAN, .hidden = true};
    *counts = !cell->hidden && !cell->reported && (!isnan(cell->mark) || book->now > due);
}

static int read_works(struct store *store, struct work **out, size_t *count, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT id, due, grading, weight, late, kind, ref, category, ifnull(review, closes), trust FROM assignment"
                    " WHERE removed IS NULL ORDER BY due, id",
                    "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        *out = xrealloc(*out, (*count + 1) * sizeof **out);
        struct work *work = &(*out)[(*count)++];
        *work = (struct work){.id = query_int(query, 0),
                              .due = query_int(query, 1),
                              .weight = sqlite3_column_double(query, 3),
                              .late = sqlite3_column_double(query, 4),
                              .review = query_int(query, 8),
                              .trust = query_int(query, 9) != 0};
        strncpy(work->grading, query_text(query, 2), sizeof work->grading - 1);
        strncpy(work->kind, query_text(query, 5), sizeof work->kind - 1);
        strncpy(work->ref, query_text(query, 6), sizeof work->ref - 1);
        strncpy(work->category, query_text(query, 7), sizeof work->category - 1);
    }
    return r;
}

struct weighed {
    double mark, weight;
    bool dropped;
};

/* The lowest marks fall, the heavier first of two that are equal. */
static void drop_lowest(struct weighed *list, size_t count, int64_t drops)
{
    for (; drops > 0; drops--) {
        struct weighed *lowest = NULL;
        size_t kept = 0;
        for (size_t i = 0; i < count; i++) {
            kept += !list[i].dropped;
            if (!list[i].dropped &&
                (!lowest || list[i].mark < lowest->mark || (list[i].mark == lowest->mark && list[i].weight > lowest->weight)))
                lowest = &list[i];
        }
        if (kept <= 1)
            return;
        lowest->dropped = true;
    }
}

double course_mark(const struct book_mark *marks, size_t count, const struct mark_category *categories, size_t category_count)
{
    double sum = 0, weights = 0;
    cleanup_free struct weighed *list = xcalloc(count + 1, sizeof *list);
    for (size_t c = 0; c < category_count; c++) {
        size_t n = 0;
        double part = 0, part_weights = 0;
        for (size_t i = 0; i < count; i++)
            if (marks[i].counts && str_equal(marks[i].category, categories[c].name))
                list[n++] = (struct weighed){marks[i].mark, marks[i].weight, false};
        drop_lowest(list, n, categories[c].drops);
        for (size_t i = 0; i < n; i++)
            if (!list[i].dropped) {
                part += list[i].mark * list[i].weight;
                part_weights += list[i].weight;
            }
        if (part_weights <= 0)
            continue;
        sum += part / part_weights * categories[c].weight;
        weights += categories[c].weight;
    }
    return weights > 0 ? sum / weights : NAN;
}

static int read_categories(struct store *store, struct mark_category **out, size_t *count, struct error *err)
{
    cleanup_query sqlite3_stmt *query =
        store_query(store, err,
                    "SELECT a.category, ifnull(c.weight, 1), ifnull(c.drops, 0) FROM (SELECT DISTINCT category FROM assignment"
                    " WHERE removed IS NULL) a LEFT JOIN category c ON c.name = a.category ORDER BY 1",
                    "");
    int r = query ? 0 : -err->code;
    while (query && (r = query_next(store, query, err)) == 1) {
        *out = xrealloc(*out, (*count + 1) * sizeof **out);
        struct mark_category *category = &(*out)[(*count)++];
        *category = (struct mark_category){.weight = sqlite3_column_double(query, 1), .drops = query_int(query, 2)};
        strncpy(category->name, query_text(query, 0), sizeof category->name - 1);
    }
    return r;
}

static json_t *rounded(double value) { return isnan(value) ? json_null() : json_real(round(value * 100) / 100); }

static json_t *row_of(struct store *store, const struct book *book, sqlite3_stmt *member, struct error *err)
{
    int64_t person = query_int(member, 0);
    cleanup_free struct book_mark *marks = xcalloc(book->count + 1, sizeof *marks);
    json_t *list = json_array(), *waiting = json_array(), *unconfirmed = json_array();
    for (size_t i = 0; i < book->count; i++) {
        const struct work *work = &book->works[i];
        struct cell cell;
        bool counts;
        fill_cell(store, book, work, person, &cell, &counts, err);
        marks[i] = (struct book_mark){
            .category = work->category, .weight = work->weight, .mark = isnan(cell.mark) ? 0 : cell.mark, .counts = counts};
        json_array_append_new(list, rounded(cell.mark));
        json_array_append_new(waiting, json_integer(cell.pending));
        json_array_append_new(unconfirmed, json_boolean(cell.reported));
    }
    double course = course_mark(marks, book->count, book->categories, book->category_count);
    return json_pack("{s:I,s:s,s:s,s:o,s:o,s:o,s:o}", "uid", (json_int_t)query_int(member, 1), "user", query_text(member, 2),
                     "name", query_text(member, 3), "marks", list, "pending", waiting, "reported", unconfirmed, "course",
                     rounded(course));
}

static void book_free(struct book *book)
{
    free(book->works);
    free(book->categories);
}

int gradebook_rows(const struct request *request, int64_t person, bool hide, json_t *reply, struct error *err)
{
    struct store *store = request->store;
    __attribute__((cleanup(book_free))) struct book book = {.hide = hide};
    book.now = store_now_ms(store);
    int r = read_works(store, &book.works, &book.count, err);
    if (r == 0)
        r = read_categories(store, &book.categories, &book.category_count, err);
    cleanup_query sqlite3_stmt *members =
        r < 0 ? NULL
              : store_query(store, err,
                            "SELECT m.person, p.uid, p.name, m.name FROM member m JOIN person p ON p.id ="
                            " m.person WHERE m.removed IS NULL AND iif(?1, m.person = ?1, m.role ="
                            " 'student') ORDER BY m.name, p.uid",
                            "i", person);
    json_t *rows = json_array();
    json_object_set_new(reply, "students", rows);
    r = members ? 0 : -err->code;
    while (members && (r = query_next(store, members, err)) == 1) {
        json_array_append_new(rows, row_of(store, &book, members, err));
        if (err->code)
            return -err->code; /* a mark that cannot be read is no zero */
    }
    return r < 0 ? r : request_class_assignments(request, reply, err);
}

int request_class_gradebook(const struct request *request, json_t *reply, struct error *err)
{
    return gradebook_rows(request, 0, false, reply, err);
}

int request_class_marks(const struct request *request, json_t *reply, struct error *err)
{
    return gradebook_rows(request, request->person, true, reply, err);
}

int request_class_category(const struct request *request, json_t *reply, struct error *err)
{
    (void)reply;
    const char *name = json_str(request->body, "category", "");
    const json_t *given = json_object_get(request->body, "weight");
    double weight = json_is_number(given) ? json_number_value(given) : 1;
    int64_t drops = json_num(request->body, "drops", 0);
    if (!*name || strlen(name) > 60 || !(weight >= 0 && weight <= 1000) || drops < 0 || drops > 100)
        return error_set(err, EINVAL,
                         "a category has a name of at most 60 bytes, a \"weight\" of 0 to 1000 and \"drops\" of 0 to 100");
    int r =
        store_run(request->store, err,
                  "INSERT INTO category (name, weight, drops) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET weight = excluded.weight,"
                  " drops = excluded.drops",
                  "tdi", name, weight, drops);
    return r < 0 ? r
                 : progress_event(request, "class.category",
                                  json_pack("{s:s,s:f,s:I}", "category", name, "weight", weight, "drops", (json_int_t)drops), err);
}
