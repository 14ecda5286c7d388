/* Assignments: lessons, labs and quizzes with their dates. An instructor sets, changes and takes them back, gives one student more
 * time, and weighs categories; a student opens what is set. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "tui/class_message.h"
#include "tui/class_room.h"
#include "tui/format.h"
#include "tui/reader.h"

#include <errno.h>
#include <string.h>

struct works {
    struct class_room room;
    json_t *list;
};

enum { W_TITLE, W_KIND, W_OPENS, W_DUE, W_CLOSES, W_WEIGHT, W_CATEGORY, W_LATE };
static const struct browse_column columns[] = {
    [W_TITLE] = {{"TITLE", 0, false, 0}, "title", NULL, false},
    [W_KIND] = {{"KIND", 7, false, 0}, "kind", NULL, false},
    [W_OPENS] = {{"OPENS", 16, false, 100}, "from", NULL, false},
    [W_DUE] = {{"DUE", 16, false, 0}, "until", NULL, false},
    [W_CLOSES] = {{"CLOSES", 16, false, 100}, "end", NULL, false},
    [W_WEIGHT] = {{"WEIGHT", 6, true, 0}, "weighs", NULL, true},
    [W_CATEGORY] = {{"CATEGORY", 12, false, 0}, "category", NULL, false},
    [W_LATE] = {{"LATE", 6, true, 100}, "penalty", NULL, true},
};

/* As forms take it: local time, without a zone's name. */
static const char *clock_face(const json_t *at, char out[LOCAL_TIME])
{
    char text[LOCAL_TIME];
    local_time_of(json_string_value(at), text);
    snprintf(out, LOCAL_TIME, "%.16s", strchr(text, ' ') ? strchr(text, ' ') + 1 : "");
    return out;
}

static void add_texts(json_t *work)
{
    static const char *const times[][2] = {{"opens", "from"}, {"due", "until"}, {"closes", "end"}, {"review", "told"}};
    char text[LOCAL_TIME];
    for (size_t i = 0; i < ARRAY_LEN(times); i++)
        json_object_set_new(work, times[i][1], json_string(clock_face(json_object_get(work, times[i][0]), text)));
    snprintf(text, sizeof text, "%06lld", json_num(work, "assignment", 0));
    json_object_set_new(work, "id", json_string(text));
    snprintf(text, sizeof text, "%g", json_number_value(json_object_get(work, "weight")));
    json_object_set_new(work, "weighs", json_string(text));
    snprintf(text, sizeof text, "%g%%", json_number_value(json_object_get(work, "late")));
    json_object_set_new(work, "penalty", json_string(text[0] == '0' ? "" : text));
}

static void got_works(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct works *works = owner;
    size_t i;
    json_t *work;
    if (!class_take(app, &works->room, answer, "assignments", &works->list, err))
        return;
    json_array_foreach(works->list, i, work) { add_texts(work); }
    browse_take(&works->room.browse, works->list);
}

static void tick_works(struct app *app, void *state)
{
    work_school(app->work, json_pack("{s:s}", "op", "class.assignments"), got_works, state);
}

static void open_works(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, columns, ARRAY_LEN(columns));
    app_ran(app, "slipway class assignments");
}

static json_t *selected(struct works *works) { return browse_selected(&works->room.browse); }

/* The one at the bar in words. */
static void draw_one(const json_t *work, struct area area)
{
    char text[200];
    bool quiz = str_equal(json_str(work, "kind", ""), "quiz");
    putf(area, 0, 0, S_STRONG, "%lld  %s %s", json_num(work, "assignment", 0), json_str(work, "kind", ""),
         json_str(work, "ref", ""));
    putf(area, 1, 0, S_TEXT, "opens %s, due %s, closes %s", json_str(work, "from", ""), json_str(work, "until", ""),
         json_str(work, "end", ""));
    if (!quiz) {
        put(area, 2, 0, S_DIM,
            json_flag(work, "trust", false) ? "steps count as students' programs report them"
                                            : "steps are shown as reported, and count when somebody confirms them");
        return;
    }
    long long graders = json_num(work, "graders", 1), attempts = json_num(work, "attempts", 1);
    snprintf(text, sizeof text, "%lld questions in %lld min, %lld attempt%s (%s counts)", json_num(work, "count", 0),
             json_num(work, "seconds", 0) / 60, attempts, attempts == 1 ? "" : "s", json_str(work, "grading", "highest"));
    put_fit(area, 2, 0, area.w, S_TEXT, text);
    const char *blind = !json_flag(work, "blind", false) ? ""
                        : graders == 1                   ? ", who does not see whose it is"
                                                         : ", who do not see whose it is";
    snprintf(text, sizeof text, "free text: %lld grader%s%s; results %s", graders, graders == 1 ? "" : "s", blind,
             json_str(work, "told", ""));
    put_fit(area, 3, 0, area.w, S_DIM, text);
}

static void draw_works(struct app *app, void *state, struct area area)
{
    struct works *works = state;
    struct browse *browse = &works->room.browse;
    struct area inside;
    (void)app;
    if (class_frame(&works->room, CLASS_WORK, area, "Assignments", "local time", &inside)) {
        if (json_array_size(works->list) == 0) {
            put(inside, 0, 0, S_DIM,
                class_student(app, state) ? "nothing is set" : "nothing is set yet: n sets a lesson, lab or quiz");
        } else {
            browse_draw(browse, filter_draw(&browse->filter, area_rows(inside, 0, inside.h - 5)));
            put_line(area_rows(inside, inside.h - 5, 1), 0, G_HLINE, S_DIM);
            draw_one(selected(works), area_rows(inside, inside.h - 4, 4));
        }
    }
    class_over(&works->room, area);
}

/* --- setting and changing --- */

enum field {
    F_KIND,
    F_REF,
    F_TITLE,
    F_OPENS,
    F_DUE,
    F_CLOSES,
    F_REVIEW,
    F_WEIGHT,
    F_CATEGORY,
    F_LATE,
    F_COUNT,
    F_MINUTES,
    F_ATTEMPTS,
    F_GRADING,
    F_GRADERS,
    F_BLIND,
    F_TOLERANCE,
    F_TRUST
};

static const char *const time_hint = "2026-12-01 18:00, here; or RFC 3339";

enum reads { READ_TEXT, READ_TIME, READ_NUMBER, READ_REAL, READ_YES };

/* A line of the form: how it is read, and the member it becomes. */
static const struct line {
    const char *label, *hint, *member;
    enum reads reads;
    long long times;
} lines[] = {
    [F_KIND] = {"Kind", "lesson, lab or quiz", "kind", READ_TEXT, 1},
    [F_REF] = {"Name", "of the lesson, the lab or the question bank", "ref", READ_TEXT, 1},
    [F_TITLE] = {"Title", "What the gradebook calls it; empty: its name", "title", READ_TEXT, 1},
    [F_OPENS] = {"Opens", "Empty: now", "opens", READ_TIME, 1},
    [F_DUE] = {"Due", "2026-12-01 18:00, here", "due", READ_TIME, 1},
    [F_CLOSES] = {"Closes", "For good; empty: when it is due", "closes", READ_TIME, 1},
    [F_REVIEW] = {"Results", "When marks and keys are shown; empty: when it closes", "review", READ_TIME, 1},
    [F_WEIGHT] = {"Weight", "Within its category; empty: 1", "weight", READ_REAL, 1},
    [F_CATEGORY] = {"Category", "Empty: lesson, lab or quiz", "category", READ_TEXT, 1},
    [F_LATE] = {"Late", "Percent of the mark that each begun day takes", "late", READ_REAL, 1},
    [F_COUNT] = {"Questions", "Of a quiz: drawn for each student; empty: 10", "count", READ_NUMBER, 1},
    [F_MINUTES] = {"Minutes", "Of a quiz: the limit; empty: 15", "seconds", READ_NUMBER, 60},
    [F_ATTEMPTS] = {"Attempts", "Of a quiz; empty: 1", "attempts", READ_NUMBER, 1},
    [F_GRADING] = {"Counts", "Of several attempts: highest, average, first or last", "grading", READ_TEXT, 1},
    [F_GRADERS] = {"Graders", "Of each free text: 1 or 2", "graders", READ_NUMBER, 1},
    [F_BLIND] = {"Blind", "yes: graders do not see whose it is", "blind", READ_YES, 1},
    [F_TOLERANCE] = {"Tolerance", "Percent that two graders may be apart before it has to be settled; empty: 10", "tolerance",
                     READ_REAL, 1},
    [F_TRUST] = {"Trust", "yes: steps of lessons and labs count as students' programs report them", "trust", READ_YES, 1},
};

/* What was written in a line, as a member of the request; an empty line is left to the school. */
static void read_line(const struct line *line, const char *text, json_t *request, struct error *err)
{
    int64_t ms;
    long long number;
    double real;
    bool yes = str_equal(text, "yes") || str_equal(text, "y");
    if (line->reads == READ_YES) {
        json_object_set_new(request, line->member, json_boolean(yes));
        if (*text && !yes && !str_equal(text, "no") && !str_equal(text, "n"))
            error_set(err, EINVAL, "%s: write yes or no", line->label);
    } else if (!*text) {
        return;
    } else if (line->reads == READ_TEXT) {
        json_object_set_new(request, line->member, class_text(text));
    } else if (line->reads == READ_TIME) {
        if (local_time_parse(text, &ms, err) == 0)
            json_object_set_new(request, line->member, json_integer(ms));
    } else if (line->reads == READ_REAL && class_real(text, &real)) {
        json_object_set_new(request, line->member, json_real(real));
    } else if (line->reads == READ_NUMBER && str_to_int(text, &number)) {
        json_object_set_new(request, line->member, json_integer(number * line->times));
    } else {
        error_set(err, EINVAL, "%s: \"%.30s\" is no number", line->label, text);
    }
}

/* What was left empty is the same as the other, also where it was something else before. */
static void follow(json_t *request, const char *member, const char *other)
{
    if (!json_object_get(request, member))
        json_object_set(request, member, json_object_get(request, other));
}

static void set(struct app *app, void *owner, struct form *form)
{
    struct class_room *room = owner;
    struct error err = ERROR_INIT;
    json_t *request = json_pack("{s:s}", "op", form->value ? "class.reassign" : "class.assign");
    int first = form->value ? F_TITLE : 0;
    for (int i = 0; i < form->count && !err.code; i++)
        read_line(&lines[first + i], form_text(form, i), request, &err);
    if (!err.code && !json_object_get(request, "due"))
        error_set(&err, EINVAL, "an assignment needs a time when it is due");
    if (!class_accept(room, &err)) {
        json_decref(request);
        return;
    }
    follow(request, "closes", "due");
    follow(request, "review", "closes");
    if (form->value) {
        json_object_set_new(request, "assignment", json_integer(form->value));
        app_ran(app, "slipway class reassign --due '%s' %ld", form_text(form, F_DUE - F_TITLE), form->value);
    } else {
        app_ran(app, "slipway class assign --due '%s' %s %s", form_text(form, F_DUE), form_text(form, F_KIND),
                form_text(form, F_REF));
    }
    class_change(app, room, request, form->value ? "changed" : "set to the class", NULL);
}

/* A time that follows from another is left empty, so that it goes on following. */
static bool same_as_before(const json_t *work, enum field field)
{
    const char *other = field == F_CLOSES ? "due" : field == F_REVIEW ? "closes" : NULL;
    return other && json_equal(json_object_get(work, lines[field].member), json_object_get(work, other));
}

static const char *line_text(const json_t *work, enum field field, char out[LOCAL_TIME])
{
    static const char *const shown[] = {[F_OPENS] = "from", [F_DUE] = "until", [F_CLOSES] = "end", [F_REVIEW] = "told"};
    const json_t *value = json_object_get(work, lines[field].member);
    if (!work)
        return "";
    switch (lines[field].reads) {
    case READ_TIME:
        return same_as_before(work, field) ? "" : json_str(work, shown[field], "");
    case READ_YES:
        return json_is_true(value) ? "yes" : "no";
    case READ_NUMBER:
        snprintf(out, LOCAL_TIME, "%lld", (long long)json_integer_value(value) / lines[field].times);
        return out;
    case READ_REAL:
        snprintf(out, LOCAL_TIME, "%g", json_number_value(value));
        return out;
    default:
        return str_or(json_string_value(value), "");
    }
}

static void open_form(struct class_room *room, const char *title, const json_t *work)
{
    char text[LOCAL_TIME];
    form_open(&room->form, title, set);
    room->form.value = (long)json_num(work, "assignment", 0);
    for (int i = work ? F_TITLE : F_KIND; i <= F_TRUST; i++)
        form_add(&room->form, lines[i].label, lines[i].hint, line_text(work, (enum field)i, text));
}

static void begin_set(struct app *app, void *state)
{
    (void)app;
    open_form(state, "Set to the class", NULL);
}

static void begin_change(struct app *app, void *state)
{
    struct works *works = state;
    char title[100];
    (void)app;
    snprintf(title, sizeof title, "Change %.80s", json_str(selected(works), "title", ""));
    open_form(&works->room, title, selected(works));
}

static void taken_back(struct app *app, void *owner, long assignment)
{
    app_ran(app, "slipway class unassign %ld", assignment);
    class_change(app, owner, json_pack("{s:s,s:I}", "op", "class.unassign", "assignment", (json_int_t)assignment), "taken back",
                 NULL);
}

static void ask_back(struct app *app, void *state)
{
    struct works *works = state;
    char text[300];
    snprintf(text, sizeof text, "\"%.80s\" leaves the gradebook, and counts for nobody. What was handed in stays in the log.",
             json_str(selected(works), "title", ""));
    app_ask(app, "Take it back", text, taken_back, works, (long)json_num(selected(works), "assignment", 0));
}

/* --- more time or attempts for one --- */

static void extend(struct app *app, void *owner, struct form *form)
{
    struct class_room *room = owner;
    struct error err = ERROR_INIT;
    uint32_t uid = 0;
    int64_t due = 0;
    long long attempts = 0;
    const char *user = form_text(form, 0), *until = form_text(form, 1), *more = form_text(form, 2);
    class_user(user, &uid, &err);
    if (!err.code && *until)
        local_time_parse(until, &due, &err);
    if (!err.code && *more && !str_to_int(more, &attempts))
        error_set(&err, EINVAL, "attempts: \"%.30s\" is no number", more);
    if (!class_accept(room, &err))
        return;
    app_ran(app, "slipway class extend %ld %s", form->value, user);
    class_change(app, room,
                 json_pack("{s:s,s:I,s:I,s:I,s:I,s:o}", "op", "class.extend", "assignment", (json_int_t)form->value, "uid",
                           (json_int_t)uid, "due", (json_int_t)due, "attempts", (json_int_t)attempts, "reason",
                           class_text(form_text(form, 3))),
                 "extended; the reason stands in the log", NULL);
}

void class_extend_write(struct class_room *room, const json_t *work, const char *user)
{
    char title[100];
    snprintf(title, sizeof title, "More time for %.80s", json_str(work, "title", ""));
    form_open(&room->form, title, extend);
    room->form.value = (long)json_num(work, "assignment", 0);
    form_add(&room->form, "User", "A login name, or its number.", user);
    form_add(&room->form, "Until", time_hint, "");
    form_add(&room->form, "Attempts", "So many more; empty: none", "");
    form_add(&room->form, "Reason", "It stands in the log.", "");
    room->form.at = *user ? 1 : 0;
}

static void begin_extend(struct app *app, void *state)
{
    struct works *works = state;
    (void)app;
    class_extend_write(&works->room, selected(works), "");
}

/* --- categories --- */

static void weigh(struct app *app, void *owner, struct form *form)
{
    struct class_room *room = owner;
    struct error err = ERROR_INIT;
    json_t *request = json_pack("{s:s,s:o}", "op", "class.category", "category", class_text(form_text(form, 0)));
    read_line(&(struct line){"Weight", NULL, "weight", READ_REAL, 1}, form_text(form, 1), request, &err);
    read_line(&(struct line){"Dropped", NULL, "drops", READ_NUMBER, 1}, form_text(form, 2), request, &err);
    if (!class_accept(room, &err)) {
        json_decref(request);
        return;
    }
    app_ran(app, "slipway class category --weight %s --drop %s %s", str_or(form_text(form, 1), "1"),
            str_or(form_text(form, 2), "0"), form_text(form, 0));
    class_change(app, room, request, "weighed", NULL);
}

static void begin_weigh(struct app *app, void *state)
{
    struct works *works = state;
    (void)app;
    form_open(&works->room.form, "Weigh a category", weigh);
    form_add(&works->room.form, "Category", "of assignments", json_str(selected(works), "category", ""));
    form_add(&works->room.form, "Weight", "in the course mark; empty: 1", "");
    form_add(&works->room.form, "Dropped", "so many of the lowest marks are left out; empty: none", "");
    works->room.form.at = 1;
}

/* --- the student's side --- */

static void begin_work(struct app *app, void *state)
{
    struct works *works = state;
    const json_t *work = selected(works);
    const char *kind = json_str(work, "kind", ""), *ref = json_str(work, "ref", "");
    if (str_equal(kind, "lesson")) {
        reader_show(app, ref);
    } else if (str_equal(kind, "lab")) {
        lab_show(app, ref);
    } else {
        char bank[32];
        snprintf(bank, sizeof bank, "@%lld", json_num(work, "assignment", 0));
        json_t *argument = json_pack("{s:s}", "bank", bank);
        app_ran(app, "slipway exam take %s", bank);
        app_push(app, TAB_EXAM, &screen_question, argument);
        app_go(app, TAB_EXAM);
        json_decref(argument);
    }
}

static bool on_work(struct app *app, void *state) { return class_instructs(app, state) && selected(state); }

static bool on_own(struct app *app, void *state)
{
    (void)app;
    return selected(state) && !class_instructs(app, state);
}

static void close_works(struct app *app, void *state)
{
    struct works *works = state;
    (void)app;
    class_close(&works->room);
    json_decref(works->list);
}

static const struct action actions[] = {
    {"works.begin", "Enter", "begin", "open the lesson or lab, or begin the quiz", begin_work, on_own},
    {"works.change", "Enter", "change", "dates, weight and terms of the one at the bar", begin_change, on_work},
    {"works.set", "n", "new", "set a lesson, a lab or a quiz to the class", begin_set, class_instructs},
    {"works.extend", "x", "extend", "more time or attempts for one student", begin_extend, on_work},
    {"works.weigh", "w", "weigh", "the weight of a category in the course mark, and how many of its lowest are left out",
     begin_weigh, class_instructs},
    {"works.remove", "D", "take back", "take the one at the bar back (asks first)", ask_back, on_work},
    CLASS_ACTIONS("works"),
    {"works.sort", "o", NULL, "order by the next column; O turns it round", class_sort, NULL},
    {"works.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, NULL},
    {"move.down", NULL, NULL, "another one", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "What is set to the class. A mark is a percentage; each begun day after it was due takes LATE of it. Assignments are averaged "
     "by "
     "their weight within their category, and categories by theirs.",
     "man 1 slipway-class-assign, man 1 slipway-class-extend, man 1 slipway-class-category", NULL},
};

const struct screen screen_assignments = {
    .name = "assignments",
    .title = "Assignments",
    .about = "Lessons, labs and quizzes that are set to the class, with their dates.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct works),
    .open = open_works,
    .draw = draw_works,
    .key = class_key,
    .typing = class_typing,
    .filter = class_filter,
    .tick = tick_works,
    .interval = class_interval,
    .close = close_works,
};
