/* The instructor's questions: banks with what the attempts say about them, a corrected one taken in and old attempts marked again
 * by it, and quizzes with their settings. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "quizzes/exam_commands.h"
#include "tui/class_room.h"
#include "tui/format.h"
#include "tui/mastery.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct banks {
    struct class_room room;
    json_t *banks, *quizzes;
    json_t *changes; /* of the last regrade; NULL for none */
    char chosen[80]; /* what is asked about, whatever the bar is on when that is answered */
    int top, lines, rows;
};

enum { FOOT = 2 };
enum { B_TITLE, B_NAME, B_DOMAIN, B_VERSION, B_QUESTIONS };
static const struct browse_column columns[] = {
    [B_TITLE] = {{"TITLE", 0, false, 0}, "title", NULL, false},
    [B_NAME] = {{"NAME", 20, false, 0}, "name", NULL, false},
    [B_DOMAIN] = {{"DOMAIN", 14, false, 0}, "domain", NULL, false},
    [B_VERSION] = {{"VERSION", 12, false, 100}, "version", NULL, false},
    [B_QUESTIONS] = {{"QUESTIONS", 9, true, 0}, "questions", NULL, true},
};

static void arrange(struct banks *banks)
{
    cleanup_json json_t *rows = json_array();
    size_t i;
    json_t *row;
    json_array_foreach(banks->quizzes, i, row)
    {
        json_t *copy = json_copy(row);
        cleanup_free char *id = str_format("quiz %s", json_str(row, "quiz", ""));
        json_object_update_new(
            copy, json_pack("{s:s,s:O?,s:s,s:s}", "id", id, "name", json_object_get(row, "quiz"), "domain", "quiz", "version", ""));
        json_array_append_new(rows, copy);
    }
    json_array_foreach(banks->banks, i, row)
    {
        json_t *copy = json_copy(row);
        json_object_set(copy, "id", json_object_get(row, "bank"));
        json_object_set(copy, "name", json_object_get(row, "bank"));
        json_array_append_new(rows, copy);
    }
    browse_take(&banks->room.browse, rows);
}

static void got_banks(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct banks *banks = owner;
    if (class_take(app, &banks->room, answer, "banks", &banks->banks, err))
        arrange(banks);
}

static void got_quizzes(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct banks *banks = owner;
    if (err)
        return;
    json_decref(banks->quizzes);
    banks->quizzes = json_incref(json_object_get(answer, "quizzes"));
    arrange(banks);
    app_dirty(app);
}

static void tick_banks(struct app *app, void *state)
{
    work_school(app->work, json_pack("{s:s}", "op", "quiz.list"), got_quizzes, state);
    work_school(app->work, json_pack("{s:s}", "op", "bank.list"), got_banks, state);
}

static void open_banks(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, columns, ARRAY_LEN(columns));
    app_ran(app, "slipway exam list");
}

/* --- what a regrade did --- */

static int draw_changes(const struct banks *banks, struct area area, int y)
{
    int from = y;
    size_t i;
    const json_t *row;
    if (json_array_size(banks->changes) == 0)
        return draw_wrapped(area, y, 0, S_DIM, "No ended attempt was marked by an older version of it.");
    json_array_foreach(banks->changes, i, row)
    {
        double before = json_number_value(json_object_get(row, "before")), after = json_number_value(json_object_get(row, "after"));
        enum style style = after > before ? S_OK : after < before ? S_BAD : S_TEXT;
        putf(area, y, 0, S_TEXT, "attempt %lld", json_num(row, "attempt", 0));
        putf(area, y, 16, S_DIM, "%6.2f %%", before);
        putf(area, y++, 26, style, "%s %6.2f %%  %s", glyph(G_ARROW), after,
             after > before   ? "more"
             : after < before ? "less"
                              : "the same");
        if (json_num(row, "kept", 0))
            putf(area, y++, 2, S_DIM, "%lld questions kept their old key: the new bank has other options there",
                 json_num(row, "kept", 0));
    }
    return y - from;
}

static void draw_regraded(struct banks *banks, struct area area)
{
    char title[120];
    snprintf(title, sizeof title, "Marked again by %s", banks->chosen);
    struct area inside = draw_box(area, title, "it stands in the log, with the reason", S_ACCENT);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    banks->rows = inside.h;
    banks->lines = draw_changes(banks, nothing, 0);
    int last = scroll_fit(&banks->top, inside, banks->lines);
    draw_changes(banks, text, -banks->top);
    scroll_marks(inside, banks->top, last);
}

static const char *moment(const json_t *row, const char *name, const char *none, char out[LOCAL_TIME])
{
    const json_t *at = json_object_get(row, name);
    snprintf(out, LOCAL_TIME, "%s", none);
    if (json_is_integer(at))
        local_time_text(json_integer_value(at), out);
    return out;
}

static void draw_quiz(const json_t *row, struct area area)
{
    char attempts[40] = "as many attempts as one likes", opens[LOCAL_TIME], closes[LOCAL_TIME];
    long long most = json_num(row, "attempts_most", 0), grace = json_num(row, "grace", 0);
    if (most)
        snprintf(attempts, sizeof attempts, "%lld attempt%s", most, most == 1 ? "" : "s");
    int x = putf(area, 0, 0, S_TEXT, "%.3g min", (double)json_num(row, "seconds", 0) / 60);
    if (grace)
        x += putf(area, 0, x, S_TEXT, " and %lld s of grace", grace);
    putf(area, 0, x, S_TEXT, ", %s%s%s", attempts, json_flag(row, "password", false) ? ", with a password" : "",
         str_equal(json_str(row, "navigation", ""), "forward") ? ", no way back" : "");
    putf(area, 1, 0, S_DIM, "opens %s, closes %s", moment(row, "opens", "at once", opens), moment(row, "closes", "never", closes));
}

static void draw_bank(const json_t *row, struct area area)
{
    cleanup_strv char **topics = json_to_strv(json_object_get(row, "topics"));
    cleanup_free char *names = strv_join(topics, " ");
    putf(area, 0, 0, S_TEXT, "version %s, %lld questions, passed at %lld %%", json_str(row, "version", ""),
         json_num(row, "questions", 0), json_num(row, "pass", 0));
    put_fit(area, 1, 0, area.w, S_DIM, str_or(names, "no topics"));
}

/* The table, and the one at the bar in words. */
static void draw_both(struct banks *banks, struct area inside)
{
    struct browse *browse = &banks->room.browse;
    const json_t *row = browse_selected(browse);
    struct area foot = area_rows(inside, inside.h - FOOT, FOOT);
    browse_draw(browse, filter_draw(&browse->filter, area_rows(inside, 0, inside.h - FOOT - 1)));
    if (!row)
        return;
    put_line(area_rows(inside, inside.h - FOOT - 1, 1), 0, G_HLINE, S_DIM);
    (str_starts(json_str(row, "id", ""), "quiz ") ? draw_quiz : draw_bank)(row, foot);
}

static void draw_banks(struct app *app, void *state, struct area area)
{
    struct banks *banks = state;
    struct area inside;
    char note[64];
    (void)app;
    browse_note(&banks->room.browse, note, sizeof note);
    if (banks->changes)
        draw_regraded(banks, class_strip(area, CLASS_BANKS));
    else if (class_frame(&banks->room, CLASS_BANKS, area, "Banks and quizzes", note, &inside))
        draw_both(banks, inside);
    class_over(&banks->room, area);
}

/* --- keys --- */

static json_t *selected(struct banks *banks) { return browse_selected(&banks->room.browse); }
static bool is_quiz(struct banks *banks) { return str_starts(json_str(selected(banks), "id", ""), "quiz "); }

static bool is_table(struct app *app, void *state)
{
    (void)app;
    return !((struct banks *)state)->changes;
}

static bool is_told(struct app *app, void *state) { return !is_table(app, state); }
static bool on_bank(struct app *app, void *state) { return is_table(app, state) && selected(state) && !is_quiz(state); }
static bool on_quiz(struct app *app, void *state) { return is_table(app, state) && selected(state) && is_quiz(state); }

static bool on_row(struct app *app, void *state) { return is_table(app, state) && selected(state); }

/* As the school's statistics take it. */
static char *about_of(struct banks *banks)
{
    return str_format("%s%s", is_quiz(banks) ? "quiz:" : "", json_str(selected(banks), "name", ""));
}

static void show_figures(struct app *app, void *state)
{
    cleanup_free char *bank = about_of(state);
    cleanup_json json_t *argument = json_pack("{s:s}", "bank", bank);
    app_push(app, TAB_EXAM, &screen_figures, argument);
    app_go(app, TAB_EXAM);
}

static void show_mastery(struct app *app, void *state)
{
    cleanup_free char *bank = about_of(state);
    mastery_show(app, bank, "");
}

static void show_files(struct app *app, void *state)
{
    (void)state;
    app_push(app, TAB_EXAM, &screen_bank_files, NULL);
    app_go(app, TAB_EXAM);
}

static void show_questions(struct app *app, void *state)
{
    (void)state;
    app_push(app, TAB_EXAM, &screen_questions, NULL);
    app_go(app, TAB_EXAM);
}

static json_t *build_bank(const json_t *about, struct error *err)
{
    return bank_import_request(json_str(about, "path", ""), json_flag(about, "practice", false), err);
}

static void import(struct app *app, void *owner, struct form *form)
{
    const char *path = form_text(form, 0);
    bool practice = str_starts(form_text(form, 1), "y");
    app_ran(app, "slipway class import %s%s", practice ? "--practice " : "", path);
    class_change_by(app, owner, json_pack("{s:o,s:b}", "path", class_text(path), "practice", practice), build_bank, "taken in",
                    NULL);
}

static void begin_import(struct app *app, void *state)
{
    struct class_room *room = state;
    (void)app;
    form_open(&room->form, "Take in a bank, new or corrected", import);
    form_add(&room->form, "File", "A bank in Markdown. What is wrong in it is told by line, and nothing is taken then.", "");
    form_add(&room->form, "Practice", "yes: students may practise with it; else it is kept for exams.", "no");
}

static json_t *build_quiz(const json_t *about, struct error *err)
{
    return quiz_set_request(json_str(about, "quiz", ""), json_str(about, "path", ""), err);
}

static void set_quiz(struct app *app, void *owner, struct form *form)
{
    const char *quiz = form_text(form, 0), *path = form_text(form, 1);
    app_ran(app, "slipway quiz set %s %s", quiz, path);
    class_change_by(app, owner, json_pack("{s:o,s:o}", "quiz", class_text(quiz), "path", class_text(path)), build_quiz, "set",
                    NULL);
}

static void begin_quiz(struct app *app, void *state)
{
    struct banks *banks = state;
    (void)app;
    form_open(&banks->room.form, "Set a quiz", set_quiz);
    form_add(&banks->room.form, "Name", "a-z, 0-9 and dashes", is_quiz(banks) ? json_str(selected(banks), "name", "") : "");
    form_add(&banks->room.form, "File",
             "Its settings in JSON: draw, seconds, grace, opens, closes, password and so on (man slipway-quiz-set).", "");
}

static void quiz_removed(struct app *app, void *owner, long argument)
{
    struct banks *banks = owner;
    (void)argument;
    app_ran(app, "slipway quiz remove %s", banks->chosen);
    class_change(app, &banks->room, json_pack("{s:s,s:s}", "op", "quiz.remove", "quiz", banks->chosen), "removed", NULL);
}

static void ask_remove(struct app *app, void *state)
{
    struct banks *banks = state;
    char text[300];
    copy_text(banks->chosen, sizeof banks->chosen, json_str(selected(banks), "name", ""));
    snprintf(text, sizeof text, "Nobody can begin \"%.80s\" any more. Attempts that run go on, and marks stay.",
             json_str(selected(banks), "title", ""));
    app_ask(app, "Remove the quiz", text, quiz_removed, banks, 0);
}

static void regraded(struct app *app, void *state, json_t *answer)
{
    struct banks *banks = state;
    (void)app;
    json_decref(banks->changes);
    banks->changes = json_incref(json_object_get(answer, "changes"));
    banks->top = 0;
}

static void regrade(struct app *app, void *owner, long argument)
{
    struct banks *banks = owner;
    const char *reason = form_text(&banks->room.form, 0);
    (void)argument;
    app_ran(app, "slipway class regrade --reason \"%s\" %s", reason, banks->chosen);
    class_change(app, &banks->room,
                 json_pack("{s:s,s:s,s:o}", "op", "class.regrade", "bank", banks->chosen, "reason", class_text(reason)), "",
                 regraded);
}

static void ask_regrade(struct app *app, void *owner, struct form *form)
{
    struct banks *banks = owner;
    char text[400];
    struct error err = ERROR_INIT;
    if (!*form_text(form, 0))
        error_set(&err, EINVAL, "a regrade needs a reason");
    if (!class_accept(&banks->room, &err))
        return;
    snprintf(text, sizeof text,
             "All ended attempts at older versions of %.60s are marked again by the keys of its newest one. Marks change; the old "
             "ones stay in the log, with your reason.",
             banks->chosen);
    app_ask(app, "Mark again", text, regrade, banks, 0);
}

static void begin_regrade(struct app *app, void *state)
{
    struct banks *banks = state;
    char title[120];
    (void)app;
    copy_text(banks->chosen, sizeof banks->chosen, json_str(selected(banks), "name", ""));
    snprintf(title, sizeof title, "Mark again by the corrected keys of %s", banks->chosen);
    form_open(&banks->room.form, title, ask_regrade);
    form_add(&banks->room.form, "Reason", "It stands in the log. Take the corrected bank in first (i).", "");
}

static void leave_changes(struct app *app, void *state)
{
    struct banks *banks = state;
    (void)app;
    json_decref(banks->changes);
    banks->changes = NULL;
}

static bool key_banks(struct app *app, void *state, keycode key)
{
    struct banks *banks = state;
    return banks->changes && !class_typing(app, state) ? scroll_key(&banks->top, key, banks->lines, banks->rows)
                                                       : class_key(app, state, key);
}

static struct filter *filter_of(struct app *app, void *state) { return is_told(app, state) ? NULL : class_filter(app, state); }

static void close_banks(struct app *app, void *state)
{
    struct banks *banks = state;
    (void)app;
    class_close(&banks->room);
    json_decref(banks->banks);
    json_decref(banks->quizzes);
    json_decref(banks->changes);
}

static const struct action actions[] = {
    {"banks.figures", "Enter s", "statistics", "what the attempts say about the one at the bar, and what is odd in it, in words",
     show_figures, on_row},
    {"banks.mastery", "m", "mastery", "how far its objectives are mastered, by the class and by each", show_mastery, on_row},
    {"banks.import", "i", "import", "take in a bank from a file, new or corrected", begin_import, is_table},
    {"banks.regrade", "r", "regrade", "mark old attempts by the corrected keys of the bank at the bar (asks first)", begin_regrade,
     on_bank},
    {"banks.quiz", "n", "quiz", "set a quiz, or change it, by a file of settings", begin_quiz, is_table},
    {"banks.remove", "D", "remove", "remove the quiz at the bar (asks first)", ask_remove, on_quiz},
    {"banks.files", "f", "files", "check a bank in a file, run its proofs, or convert it from or to GIFT, Aiken, Moodle XML or CSV",
     show_files, is_table},
    {"banks.questions", "b", NULL, "look through the questions of all banks", show_questions, is_table},
    {"banks.back", "Esc q Enter", NULL, "back to the banks", leave_changes, is_told},
    CLASS_ACTIONS("banks"),
    {"banks.sort", "o", NULL, "order by the next column; O turns it round", class_sort, is_table},
    {"banks.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, is_table},
    {"move.down", NULL, NULL, "another one", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The banks that quizzes and exams draw from, and the quizzes themselves. A bank that is taken in again under its name is its "
     "newest version: attempts that ended before keep the old one until they are marked again.",
     "man 1 slipway-class-import, man 1 slipway-class-regrade, man 1 slipway-quiz-set", NULL},
};

const struct screen screen_class_banks = {
    .name = "class-banks",
    .title = "Banks",
    .about = "Question banks and quizzes of the class.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct banks),
    .open = open_banks,
    .draw = draw_banks,
    .key = key_banks,
    .typing = class_typing,
    .filter = filter_of,
    .tick = tick_banks,
    .interval = class_interval,
    .close = close_banks,
};
