/* The exam's front: question banks to start from, and the history of attempts. A running attempt is gone on with by itself. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "quizzes/class_client.h"
#include "tui/app.h"
#include "tui/class_room.h"
#include "tui/exam_choices.h"
#include "tui/format.h"
#include "tui/list.h"

#include <string.h>

struct exam {
    struct list banks_list, attempts_list;
    struct filter banks_filter, attempts_filter;
    json_t *banks, *quizzes, *works, *attempts;
    bool on_attempts; /* which list has the keys */
    bool resumed;     /* a running attempt was opened by itself once */
    bool imported;
    char error[400];
};

enum { COUNT = 10, SECONDS = 900 };

static void got_banks(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct exam *exam = owner;
    copy_text(exam->error, sizeof exam->error, err ? err->message : "");
    if (!err) {
        json_decref(exam->banks);
        exam->banks = json_incref(json_object_get(answer, "banks"));
    }
    app_dirty(app);
}

static void got_quizzes(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct exam *exam = owner;
    if (err)
        return;
    json_decref(exam->quizzes);
    exam->quizzes = json_incref(json_object_get(answer, "quizzes"));
    app_dirty(app);
}

/* What is set to the class; where there is none, nothing is. */
static void got_works(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct exam *exam = owner;
    if (err)
        return;
    json_decref(exam->works);
    exam->works = json_incref(answer);
    app_dirty(app);
}

static json_t *running_attempt(const struct exam *exam)
{
    size_t index;
    json_t *attempt;
    json_array_foreach(exam->attempts, index, attempt)
    {
        if (str_equal(json_str(attempt, "state", ""), "running"))
            return attempt;
    }
    return NULL;
}

static void start(struct app *app, const char *bank)
{
    json_t *argument = json_pack("{s:s,s:i,s:i}", "bank", bank, "count", COUNT, "seconds", SECONDS);
    char words[100];
    exam_command(bank, words, sizeof words);
    app_ran(app, "%s", words);
    app_push(app, TAB_EXAM, &screen_question, argument);
    json_decref(argument);
    app->clock_ms = -1;
}

static void got_attempts(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct exam *exam = owner;
    if (err)
        return;
    json_decref(exam->attempts);
    exam->attempts = json_incref(json_object_get(answer, "attempts"));
    json_t *running = running_attempt(exam);
    if (running && !exam->resumed && app->depth[TAB_EXAM] == 1 && app->tab == TAB_EXAM) {
        exam->resumed = true;
        start(app, json_str(running, "bank", ""));
        app_note(app, S_WARN, "an exam was running, and so was its clock: going on where you were");
    }
    app_dirty(app);
}

static void import(void *data, struct error *err)
{
    (void)data;
    class_import_shipped(err);
}

static void imported(struct app *app, void *owner, void *data, const struct error *err)
{
    struct exam *exam = owner;
    (void)data;
    if (!exam)
        return;
    if (err)
        copy_text(exam->error, sizeof exam->error, err->message);
    app_dirty(app);
}

/* Runs when the screen comes to be shown: banks first in the lane, then the lists. */
static void tick_exam(struct app *app, void *state)
{
    struct exam *exam = state;
    if (!exam->imported)
        work_run(app->work, LANE_SCHOOL, import, imported, NULL, exam);
    exam->imported = true;
    work_school(app->work, json_pack("{s:s}", "op", "bank.list"), got_banks, exam);
    work_school(app->work, json_pack("{s:s}", "op", "quiz.list"), got_quizzes, exam);
    work_school(app->work, json_pack("{s:s}", "op", "class.assignments"), got_works, exam);
    work_school(app->work, json_pack("{s:s}", "op", "exam.list"), got_attempts, exam);
}

enum { B_TITLE, B_QUESTIONS, B_PASS, B_DOMAIN };
static const struct column bank_columns[] = {
    [B_TITLE] = {"QUESTION BANK", 0, false, 0},
    [B_QUESTIONS] = {"QUESTIONS", 9, true, 0},
    [B_PASS] = {"PASS AT", 7, true, 0},
    [B_DOMAIN] = {"DOMAIN", 20, false, 100},
};

enum { A_STATE, A_BANK, A_WHEN, A_SCORE, A_PERCENT, A_BAR };
static const struct column attempt_columns[] = {
    [A_STATE] = {"", 12, false, 0},    [A_BANK] = {"ATTEMPT", 0, false, 0}, [A_WHEN] = {"WHEN", 10, true, 0},
    [A_SCORE] = {"SCORE", 8, true, 0}, [A_PERCENT] = {"", 5, true, 0},      [A_BAR] = {"", 20, false, 100},
};

static void draw_bank(const struct table *table, struct area area, int y, json_t *bank, bool on)
{
    enum style row = table_row(area, y, on);
    char text[48];
    table_cell(table, area, y, B_TITLE, on ? row : S_STRONG, json_str(bank, "title", json_str(bank, "bank", "")));
    bool set = json_object_get(bank, "terms") != NULL;
    snprintf(text, sizeof text, "%lld", json_num(bank, "questions", 0));
    table_cell(table, area, y, B_QUESTIONS, row, set ? json_str(bank, "kind", "") : text);
    snprintf(text, sizeof text, "%.0f%%", json_number_value(json_object_get(bank, "pass")));
    table_cell(table, area, y, B_PASS, row, set ? "" : text);
    table_cell(table, area, y, B_DOMAIN, on ? row : S_DIM, json_str(bank, "domain", ""));
}

static void draw_attempt(const struct table *table, struct area area, int y, json_t *attempt, bool on)
{
    enum style row = table_row(area, y, on);
    enum attempt_state state = attempt_state(attempt);
    bool passed = state == ATTEMPT_PASSED;
    char text[64], when[UNITS_TEXT];
    snprintf(text, sizeof text, "%s %s", glyph(attempt_looks[state].sign), attempt_looks[state].words);
    table_cell(table, area, y, A_STATE, on ? row : attempt_looks[state].style, text);
    table_cell(table, area, y, A_BANK, row, json_str(attempt, "title", json_str(attempt, "bank", "")));
    snprintf(text, sizeof text, "%s ago", format_ago(json_str(attempt, "started", ""), when));
    table_cell(table, area, y, A_WHEN, on ? row : S_DIM, when[0] ? text : "");
    if (state == ATTEMPT_RUNNING) {
        table_cell(table, area, y, A_SCORE, row, "");
        return;
    }
    if (state == ATTEMPT_WITHHELD) {
        table_cell(table, area, y, A_SCORE, row, "later");
        return;
    }
    double percent = json_number_value(json_object_get(attempt, "percent"));
    snprintf(text, sizeof text, "%g of %g", json_number_value(json_object_get(attempt, "score")),
             json_number_value(json_object_get(attempt, "max")));
    table_cell(table, area, y, A_SCORE, row, text);
    snprintf(text, sizeof text, "%.0f%%", percent);
    table_cell(table, area, y, A_PERCENT, row, text);
    if (table->width[A_BAR])
        draw_gauge(area, y, table->x[A_BAR], table->width[A_BAR], percent / 100, on ? row : passed ? S_OK : S_WARN);
}

typedef void (*draw_row_fn)(const struct table *table, struct area area, int y, json_t *row, bool on);

static void draw_list(struct area inside, struct list *list, const struct column *columns, int count, json_t *rows, bool keys,
                      draw_row_fn draw)
{
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    struct table table = table_begin(wide, columns, count);
    struct area body = area_rows(wide, 1, wide.h);
    int total = (int)json_array_size(rows), top = list_fit(list, body, total);
    for (int y = 0; y < body.h && top + y < total; y++)
        draw(&table, body, y, json_array_get(rows, (size_t)(top + y)), keys && list_selected(list, top + y));
}

/* The rows that match what is looked for; a new array. */
static json_t *matching(json_t *rows, const struct filter *filter)
{
    json_t *found = json_array(), *row;
    size_t index;
    json_array_foreach(rows, index, row)
    {
        if (filter_match(filter, json_str(row, "title", ""), json_str(row, "bank", ""), json_str(row, "domain", ""),
                         json_str(row, "state", ""), NULL))
            json_array_append(found, row);
    }
    return found;
}

/* The exams that can be taken and match what is looked for; a new array. */
static json_t *choices(struct exam *exam)
{
    cleanup_json json_t *every = exam_choices(exam->works, exam->quizzes, exam->banks);
    return matching(every, &exam->banks_filter);
}

static void draw_exam(struct app *app, void *state, struct area area)
{
    struct exam *exam = state;
    (void)app;
    cleanup_json json_t *every = exam_choices(exam->works, exam->quizzes, exam->banks),
                        *banks = matching(every, &exam->banks_filter);
    cleanup_json json_t *attempts = matching(exam->attempts, &exam->attempts_filter);
    int upper = (int)json_array_size(every) + 6;
    upper = upper < 8 ? 8 : upper > area.h / 2 ? area.h / 2 : upper;
    struct area inside =
        draw_box(area_rows(area, 0, upper), "Take an exam", "ten questions, fifteen minutes", exam->on_attempts ? S_DIM : S_ACCENT);
    if (exam->error[0])
        draw_wrapped(inside, 0, 0, S_WARN, exam->error);
    else if (!exam->banks)
        put(inside, 0, 0, S_DIM, "asking the school");
    else if (json_array_size(exam->banks) == 0)
        put(inside, 0, 0, S_DIM, "no question bank yet: slipway exam import FILE");
    else
        draw_list(filter_draw(&exam->banks_filter, area_rows(inside, 0, inside.h - 2)), &exam->banks_list, bank_columns,
                  ARRAY_LEN(bank_columns), banks, !exam->on_attempts, draw_bank);
    const json_t *chosen = json_array_get(banks, (size_t)exam->banks_list.selected);
    put_fit(inside, inside.h - 2, 0, inside.w, S_TEXT, json_str(chosen, "terms", ""));
    put(inside, inside.h - 1, 0, S_DIM, "Each answer is stored when given. The clock runs on, whatever happens here.");
    struct area lower = draw_box(area_rows(area, upper, area.h), "History", "Enter: answers and explanations",
                                 exam->on_attempts ? S_ACCENT : S_DIM);
    if (json_array_size(exam->attempts) == 0)
        put(lower, 0, 0, S_DIM, "no attempt yet");
    else
        draw_list(filter_draw(&exam->attempts_filter, lower), &exam->attempts_list, attempt_columns, ARRAY_LEN(attempt_columns),
                  attempts, exam->on_attempts, draw_attempt);
}

static void enter(struct app *app, struct exam *exam)
{
    cleanup_json json_t *banks = choices(exam);
    cleanup_json json_t *attempts = matching(exam->attempts, &exam->attempts_filter);
    if (!exam->on_attempts) {
        json_t *bank = json_array_get(banks, (size_t)exam->banks_list.selected);
        if (bank)
            start(app, json_str(bank, "bank", ""));
        return;
    }
    json_t *attempt = json_array_get(attempts, (size_t)exam->attempts_list.selected);
    if (!attempt)
        return;
    if (str_equal(json_str(attempt, "state", ""), "running")) {
        start(app, json_str(attempt, "bank", ""));
        return;
    }
    app_ran(app, "slipway exam results %lld", json_num(attempt, "attempt", 0));
    app_push(app, TAB_EXAM, &screen_results, attempt);
    app->clock_ms = -1;
}

static void open_row(struct app *app, void *state) { enter(app, state); }

static void show_questions(struct app *app, void *state)
{
    (void)state;
    app_push(app, TAB_EXAM, &screen_questions, NULL);
    app_go(app, TAB_EXAM);
}

static void repeat(struct app *app, void *state)
{
    (void)state;
    app_push(app, TAB_EXAM, &screen_repeat, NULL);
    app_go(app, TAB_EXAM);
}

static bool on_bank(struct app *app, void *state)
{
    (void)app;
    return !((struct exam *)state)->on_attempts;
}

static void show_figures(struct app *app, void *state)
{
    struct exam *exam = state;
    cleanup_json json_t *banks = choices(exam);
    json_t *bank = json_array_get(banks, (size_t)exam->banks_list.selected);
    if (!*json_str(bank, "title", "") || !*json_str(bank, "domain", "") || *json_str(bank, "bank", "") == '@') {
        app_note(app, S_DIM, "statistics are of one bank: choose one");
        return;
    }
    app_push(app, TAB_EXAM, &screen_figures, bank);
    app_go(app, TAB_EXAM);
}

static bool has_class(struct app *app, void *state)
{
    (void)app;
    return json_object_get(((struct exam *)state)->works, "assignments") != NULL; /* the school has answered for one */
}

static void show_class(struct app *app, void *state) { class_show(app, class_student(app, state) ? CLASS_WORK : CLASS_BOARD); }

static void other_list(struct app *app, void *state)
{
    struct exam *exam = state;
    (void)app;
    exam->on_attempts = !exam->on_attempts;
}

static struct filter *filter_of(struct app *app, void *state)
{
    struct exam *exam = state;
    (void)app;
    return exam->on_attempts ? &exam->attempts_filter : &exam->banks_filter;
}

static bool key_exam(struct app *app, void *state, keycode key)
{
    struct exam *exam = state;
    cleanup_json json_t *rows = exam->on_attempts ? matching(exam->attempts, &exam->attempts_filter) : choices(exam);
    (void)app;
    return list_key(exam->on_attempts ? &exam->attempts_list : &exam->banks_list, key, (int)json_array_size(rows));
}

static void clicked_exam(struct app *app, void *state, struct list *list, int row)
{
    struct exam *exam = state;
    (void)app;
    exam->on_attempts = list == &exam->attempts_list;
    list->selected = row;
}

static void close_exam(struct app *app, void *state)
{
    struct exam *exam = state;
    (void)app;
    json_decref(exam->banks);
    json_decref(exam->quizzes);
    json_decref(exam->works);
    json_decref(exam->attempts);
}

static const struct action actions[] = {
    {"exam.open", "Enter", "start", "begin an exam, go on with a running one, or open the results of one that is over", open_row,
     NULL},
    {"exam.history", "Tab Shift-Tab", "history", "between the banks and the history", other_list, NULL},
    {"exam.repeat", "r", "repeat", "answer what is due by repetition, each with its explanation at once", repeat, NULL},
    {"exam.figures", "s", NULL, "statistics of the bank at the bar: what the attempts say about its questions", show_figures,
     on_bank},
    {"exam.questions", "b", "browse", "look through the questions of all banks", show_questions, NULL},
    {"exam.class", "c", "class", "the class: assignments, marks, messages; for its staff the board and the rest", show_class,
     has_class},
    {"move.down", NULL, "choose", "another row", NULL, NULL},
    {"move.up", NULL, "choose", "another row", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Above, the quizzes of an instructor, the banks of questions, of which an exam draws ten at random, and a mock exam in the "
     "weights of the certification. All are graded at the end. Below, the attempts so far "
     "with their scores. An attempt whose clock has run out is graded with what was stored by then.",
     "man 1 slipway", NULL},
};

const struct screen screen_exam = {
    .name = "exam",
    .title = "Exam",
    .about = "An exam draws ten questions at random from a bank and gives you fifteen minutes. An attempt that was cut off goes on "
             "where it was, with "
             "its clock still running.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .size = sizeof(struct exam),
    .draw = draw_exam,
    .key = key_exam,
    .filter = filter_of,
    .clicked = clicked_exam,
    .tick = tick_exam,
    .close = close_exam,
};
