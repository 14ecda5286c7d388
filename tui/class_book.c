/* The gradebook: students by assignments, one student, more time for one of them, and the whole of it as a file. For a student: the
 * one row that is theirs. */
#include "tui/class_book.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "quizzes/class_work.h"
#include "tui/class_message.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/mastery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int book_columns(const struct book *book) { return (int)json_array_size(json_object_get(book->all, "assignments")); }

const json_t *book_student(const struct book *book) { return json_array_get(book->students, (size_t)book->list.selected); }

const json_t *book_work(const struct book *book)
{
    return json_array_get(json_object_get(book->all, "assignments"), (size_t)book->column);
}

static double course_of(const json_t *student)
{
    const json_t *course = json_object_get(student, "course");
    return json_is_number(course) ? json_number_value(course) : -1;
}

static int lower_first(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    double x = course_of(a), y = course_of(b);
    return x < y ? -1 : x > y ? 1 : strcmp(json_str(a, "name", ""), json_str(b, "name", ""));
}

/* Those that match the filter, in the order wanted; the bar stays on the student it was on. */
static void arrange(struct book *book)
{
    cleanup_json json_t *before = json_incref((json_t *)book_student(book));
    const json_t *all = json_object_get(book->all, "students");
    size_t count = 0, index;
    json_t *student;
    cleanup_free json_t **rows = xcalloc(json_array_size(all) + 1, sizeof(json_t *));
    copy_text(book->filtered, sizeof book->filtered, book->room.browse.filter.edit.text);
    json_array_foreach(all, index, student)
    {
        if (filter_match(&book->room.browse.filter, json_str(student, "name", ""), json_str(student, "user", ""), NULL))
            rows[count++] = student;
    }
    if (book->by_mark)
        qsort(rows, count, sizeof *rows, lower_first);
    json_decref(book->students);
    book->students = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append(book->students, rows[i]);
        if (before && json_num(rows[i], "uid", -1) == json_num(before, "uid", -2))
            book->list.selected = (int)i;
    }
}

static void got_book(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct book *book = owner;
    if (!class_got(app, &book->room, err) || book->room.form.open) /* what is written is about the student and the column now */
        return;
    cleanup_json json_t *old = book->all; /* rows of it are still on show while the new ones are put in order */
    book->all = json_incref(answer);
    arrange(book);
}

static void tick_book(struct app *app, void *state)
{
    struct book *book = state;
    book->own = class_student(app, state);
    work_school(app->work, json_pack("{s:s}", "op", book->own ? "class.marks" : "class.gradebook"), got_book, state);
}

static void open_book(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, NULL, 0);
    app_ran(app, class_student(app, state) ? "slipway class marks" : "slipway class gradebook");
}

static void draw_book(struct app *app, void *state, struct area area)
{
    struct book *book = state;
    (void)app;
    if (!str_equal(book->filtered, book->room.browse.filter.edit.text))
        arrange(book);
    book_draw(book, area);
}

/* --- keys --- */

static bool is_grid(struct app *app, void *state)
{
    (void)app;
    return !((struct book *)state)->open;
}

static bool is_open(struct app *app, void *state) { return !is_grid(app, state); }

static void left(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    book->column -= book->column > 0;
}

static void right(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    book->column += book->column < book_columns(book);
}

static void open_student(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    book->open = book_student(book) != NULL;
    book->top = 0;
}

static void close_student(struct app *app, void *state)
{
    (void)app;
    ((struct book *)state)->open = false;
}

static void order(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    book->by_mark = !book->by_mark;
    arrange(book);
}

static bool can_extend(struct app *app, void *state)
{
    struct book *book = state;
    return class_instructs(app, state) && !book->own && book_student(book) && book_work(book);
}

static void extend(struct app *app, void *state)
{
    struct book *book = state;
    char uid[24];
    (void)app;
    snprintf(uid, sizeof uid, "%lld", json_num(book_student(book), "uid", 0));
    class_extend_write(&book->room, book_work(book), uid);
}

static bool is_graded(struct app *app, void *state)
{
    struct book *book = state;
    return class_instructs(app, state) && !book->own && book_student(book) &&
           str_equal(json_str(book_work(book), "kind", ""), "quiz");
}

static void show_mastery(struct app *app, void *state)
{
    struct book *book = state;
    const json_t *work = book_work(book);
    cleanup_free char *bank =
        str_format("%s%s", str_equal(json_str(work, "source", ""), "quiz") ? "quiz:" : "", json_str(work, "ref", ""));
    mastery_show(app, bank, json_str(book_student(book), "user", ""));
}

static bool can_confirm(struct app *app, void *state)
{
    struct book *book = state;
    const char *kind = json_str(book_work(book), "kind", "quiz");
    return class_staff(app, state) && !book->own && book_student(book) && !str_equal(kind, "quiz");
}

static void confirm(struct app *app, void *owner, struct form *form)
{
    struct book *book = owner;
    struct error err = ERROR_INIT;
    const char *share = form_text(form, 0), *comment = form_text(form, 1);
    double percent = 0;
    if (*share && !class_real(share, &percent))
        error_set(&err, EINVAL, "\"%.30s\" is no number", share);
    if (!class_accept(&book->room, &err))
        return;
    json_t *request =
        json_pack("{s:s,s:O?,s:O?,s:o}", "op", "class.confirm", "assignment", json_object_get(book_work(book), "assignment"), "uid",
                  json_object_get(book_student(book), "uid"), "comment", class_text(comment));
    if (*share)
        json_object_set_new(request, "percent", json_real(percent));
    app_ran(app, "slipway class confirm %lld %s %s", json_num(book_work(book), "assignment", 0),
            json_str(book_student(book), "user", ""), share);
    class_change(app, &book->room, request, "confirmed", NULL);
}

static void begin_confirm(struct app *app, void *state)
{
    struct book *book = state;
    char title[120];
    (void)app;
    snprintf(title, sizeof title, "Confirm \"%.40s\" of %.40s", json_str(book_work(book), "title", ""),
             json_str(book_student(book), "name", ""));
    form_open(&book->room.form, title, confirm);
    form_add(&book->room.form, "Percent", "What counts of it; empty: as their program reports.", "");
    form_add(&book->room.form, "Comment", "What was looked at; it stands in the log.", "");
}

static void message(struct app *app, void *state)
{
    struct book *book = state;
    class_message_write(app, &book->room, book_student(book));
}

static bool has_others(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    return book->all && !book->own;
}

static void write_csv(struct app *app, void *state, FILE *out)
{
    const struct book *book = state;
    class_book_csv(out, book->all);
    app_ran(app, "slipway class gradebook --csv >%s", form_text(&book->room.form, 0));
}

static void write_html(struct app *app, void *state, FILE *out)
{
    const struct book *book = state;
    class_report_write(out, book->all, form_text(&book->room.form, 1));
    app_ran(app, "slipway class report %s", form_text(&book->room.form, 0));
}

static void as_csv(struct app *app, void *state)
{
    (void)app;
    class_save(state, "Write the gradebook as CSV",
               "A table for spreadsheets: user, name, a column an assignment, the course mark.", "gradebook.csv", write_csv);
}

static void as_html(struct app *app, void *state)
{
    struct class_room *room = state;
    (void)app;
    class_save(room, "Write the gradebook as HTML", "One page with a table and plots, which needs nothing else.", "gradebook.html",
               write_html);
    form_add(&room->form, "Title", "What stands above it.", str_or(class_title(), "Gradebook"));
}

static struct filter *filter_of(struct app *app, void *state) { return is_open(app, state) ? NULL : class_filter(app, state); }

static bool key_book(struct app *app, void *state, keycode key)
{
    struct book *book = state;
    if (class_typing(app, state))
        return class_key(app, state, key);
    if (book->open)
        return scroll_key(&book->top, key, book->lines, book->rows);
    return list_key(&book->list, key, (int)json_array_size(book->students));
}

static void close_book(struct app *app, void *state)
{
    struct book *book = state;
    (void)app;
    class_close(&book->room);
    json_decref(book->students);
    json_decref(book->all);
}

static const struct action actions[] = {
    {"book.open", "Enter", "open", "one student, with all that makes the course mark", open_student, is_grid},
    {"book.close", "Esc q Enter", NULL, "back to the grid", close_student, is_open},
    {"book.left", "h Left", "column", "the assignment before, the next one", left, is_grid},
    {"book.right", "l Right", "column", "the assignment before, the next one", right, is_grid},
    {"book.extend", "x", "extend", "more time or attempts for the student at the bar, in the column at the bar", extend,
     can_extend},
    {"book.confirm", "C", NULL, "confirm what a student's program reports of a lesson or lab: it counts from then on",
     begin_confirm, can_confirm},
    {"book.mastery", "M", NULL, "of a quiz: how far the student at the bar has mastered its objectives", show_mastery, is_graded},
    {"book.csv", "e", "CSV, HTML", "write it to a file: e as CSV, E as a page with plots", as_csv, has_others},
    {"book.html", "E", "CSV, HTML", "write it to a file: e as CSV, E as a page with plots", as_html, has_others},
    {"book.order", "o", "order", "by name, or the lowest course mark first", order, is_grid},
    CLASS_ACTIONS("book"),
    {"book.message", "m", NULL, "a line to the student at the bar", message, has_others},
    {"move.down", NULL, NULL, "another student", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Marks in percent. Of a quiz: the best or the last attempt, after what being late takes; of a lesson or lab: the share of its "
     "steps that is done. A dot is no mark yet: it counts as 0 from the day it was due. A star: answers in it wait for a grader. "
     "~: reported by the student's own program; it counts when somebody confirms it (C).",
     "man 1 slipway-class-gradebook, man 1 slipway-class-category", NULL},
};

const struct screen screen_gradebook = {
    .name = "gradebook",
    .title = "Gradebook",
    .about = "All marks of the class; a student sees their own.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct book),
    .open = open_book,
    .draw = draw_book,
    .key = key_book,
    .typing = class_typing,
    .filter = filter_of,
    .tick = tick_book,
    .interval = class_interval,
    .close = close_book,
};
