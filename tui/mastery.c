/* How far the objectives of a bank are mastered: by the class, by one of its people, and, of one objective, by each of them. All
 * figures come from the school; the shares are made here. */
#include "tui/mastery.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/exam_figures.h"
#include "tui/class_room.h"
#include "tui/format.h"

#include <stdlib.h>
#include <string.h>

enum { HALF = 50, CLASS = -1 };

struct mastery {
    struct class_room room;
    json_t *all; /* the answer, its people by name */
    char bank[80], user[80];
    char topic[80], objective[120]; /* of which people are on show */
    long long person;               /* who stays on show when it is asked again; 0: the class */
    int who;                        /* whose objectives: an index of a person, or CLASS */
    bool people;                    /* of one objective, instead of somebody's objectives */
    bool every;                     /* attempts; else the first of each */
    bool asking, complete;          /* complete: the last page has come, and `who` is a place among all people */
};

/* In three tables, of the class, of a person, and of the people of an objective, the same columns hold the same kind of thing. */
enum { M_NAME, M_SECOND, M_ANSWERS, M_SHARE, M_BESIDE, M_BAR, M_COLUMNS };
static const struct browse_column of_class[M_COLUMNS] = {
    {{"OBJECTIVE", 0, false, 0}, "name", NULL, false},   {{"TOPIC", 10, false, 0}, "second", NULL, false},
    {{"ANSWERS", 7, true, 0}, "answers", NULL, true},    {{"MASTERED", 8, true, 0}, "share", NULL, false},
    {{"BELOW HALF", 10, true, 0}, "beside", NULL, true}, {{"", 24, false, 100}, NULL, NULL, false},
};
static const struct browse_column of_person[M_COLUMNS] = {
    {{"OBJECTIVE", 0, false, 0}, "name", NULL, false}, {{"TOPIC", 10, false, 0}, "second", NULL, false},
    {{"ANSWERS", 7, true, 0}, "answers", NULL, true},  {{"MASTERED", 8, true, 0}, "share", NULL, false},
    {{"CLASS", 10, true, 0}, "beside", NULL, false},   {{"", 24, false, 100}, NULL, NULL, false},
};
static const struct browse_column of_people[M_COLUMNS] = {
    {{"STUDENT", 0, false, 0}, "name", NULL, false},  {{"USER", 16, false, 0}, "second", NULL, false},
    {{"ANSWERS", 7, true, 0}, "answers", NULL, true}, {{"MASTERED", 8, true, 0}, "share", NULL, false},
    {{"IN ALL", 10, true, 0}, "beside", NULL, false}, {{"", 24, false, 100}, NULL, NULL, false},
};

/* --- what is known --- */

static json_t *people_of(const struct mastery *mastery) { return json_object_get(mastery->all, "students"); }

static const json_t *person_at(const struct mastery *mastery)
{
    return mastery->who == CLASS ? NULL : json_array_get(people_of(mastery), (size_t)mastery->who);
}

static json_t *objectives_of(const struct mastery *mastery, const json_t *person)
{
    return json_object_get(person ? person : mastery->all, "objectives");
}

static double share_of(const json_t *entry)
{
    long long answers = json_num(entry, "answers", 0);
    return answers ? 100 * json_number_value(json_object_get(entry, "points")) / (double)answers : 0;
}

/* Of all answers of somebody, or of the class; gives how many. */
static long long share_in_all(const json_t *objectives, double *share)
{
    long long answers = 0;
    double points = 0;
    size_t i;
    const json_t *entry;
    json_array_foreach(objectives, i, entry)
    {
        answers += json_num(entry, "answers", 0);
        points += json_number_value(json_object_get(entry, "points"));
    }
    *share = answers ? 100 * points / (double)answers : 0;
    return answers;
}

static const json_t *entry_of(const json_t *objectives, const char *topic, const char *objective)
{
    size_t i;
    const json_t *entry;
    json_array_foreach(objectives, i, entry)
    {
        if (str_equal(json_str(entry, "objective", ""), objective) && str_equal(json_str(entry, "topic", ""), topic))
            return entry;
    }
    return NULL;
}

static int below_half(const struct mastery *mastery, const char *topic, const char *objective)
{
    int count = 0;
    size_t i;
    const json_t *person;
    json_array_foreach(people_of(mastery), i, person)
    {
        const json_t *entry = entry_of(json_object_get(person, "objectives"), topic, objective);
        count += entry && share_of(entry) < HALF;
    }
    return count;
}

/* --- the rows of a table --- */

static json_t *row_of(const char *id, const char *name, const char *second, const json_t *entry, double beside)
{
    return json_pack("{s:s,s:s,s:s,s:I,s:f,s:f}", "id", id, "name", name, "second", second, "answers",
                     (json_int_t)json_num(entry, "answers", 0), "share", share_of(entry), "beside", beside);
}

static json_t *objective_rows(const struct mastery *mastery)
{
    const json_t *person = person_at(mastery), *entry;
    json_t *rows = json_array();
    size_t i;
    json_array_foreach(objectives_of(mastery, person), i, entry)
    {
        const char *topic = json_str(entry, "topic", ""), *objective = json_str(entry, "objective", "");
        cleanup_free char *id = str_format("%s %s", topic, objective);
        double beside =
            person ? share_of(entry_of(objectives_of(mastery, NULL), topic, objective)) : below_half(mastery, topic, objective);
        json_array_append_new(rows, row_of(id, *objective ? objective : "(none named)", topic, entry, beside));
    }
    return rows;
}

static json_t *people_rows(const struct mastery *mastery)
{
    json_t *rows = json_array();
    size_t i;
    const json_t *person;
    json_array_foreach(people_of(mastery), i, person)
    {
        const json_t *objectives = json_object_get(person, "objectives");
        const json_t *entry = entry_of(objectives, mastery->topic, mastery->objective);
        cleanup_free char *id = str_format("%zu", i);
        double beside;
        share_in_all(objectives, &beside);
        if (entry)
            json_array_append_new(rows, row_of(id, mastery_name(person), json_str(person, "user", ""), entry, beside));
    }
    return rows;
}

static void arrange(struct mastery *mastery)
{
    struct browse *browse = &mastery->room.browse;
    browse->columns = mastery->people ? of_people : mastery->who == CLASS ? of_class : of_person;
    cleanup_json json_t *rows = mastery->people ? people_rows(mastery) : objective_rows(mastery);
    browse_take(browse, rows);
}

/* Another table, with the bar on the row of this id. */
static void turn_to(struct mastery *mastery, bool people, int who, const char *id)
{
    struct browse *browse = &mastery->room.browse;
    mastery->people = people;
    mastery->who = who;
    edit_set(&browse->filter.edit, "");
    browse->list = (struct list){0};
    copy_text(browse->selected, sizeof browse->selected, id);
    arrange(mastery);
}

/* --- asking --- */

static int by_name(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int order = strcasecmp(mastery_name(a), mastery_name(b));
    return order ? order : json_num(a, "person", 0) < json_num(b, "person", 0) ? -1 : 1;
}

static int by_topic(const void *left, const void *right)
{
    const json_t *a = *(json_t *const *)left, *b = *(json_t *const *)right;
    int order = strcmp(json_str(a, "topic", ""), json_str(b, "topic", ""));
    return order ? order : strcmp(json_str(a, "objective", ""), json_str(b, "objective", ""));
}

static void sort_member(json_t *object, const char *member, int (*compare)(const void *, const void *))
{
    json_t *list = json_object_get(object, member), *entry, *sorted = json_array();
    size_t count = json_array_size(list), i;
    cleanup_free json_t **rows = xcalloc(count + 1, sizeof(json_t *));
    json_array_foreach(list, i, entry) rows[i] = entry;
    qsort(rows, count, sizeof *rows, compare);
    for (i = 0; i < count; i++)
        json_array_append(sorted, rows[i]);
    json_object_set_new(object, member, sorted);
}

/* The school tells of them as they came in the attempts. */
static void sort_all(json_t *all)
{
    size_t i;
    json_t *person;
    sort_member(all, "objectives", by_topic);
    sort_member(all, "students", by_name);
    json_array_foreach(json_object_get(all, "students"), i, person) { sort_member(person, "objectives", by_topic); }
}

static bool is_wanted(const struct mastery *mastery, const json_t *person)
{
    return mastery->user[0] ? str_equal(json_str(person, "user", ""), mastery->user)
                            : mastery->person && json_num(person, "person", 0) == mastery->person;
}

/* Who was to be shown; the class when they have no answers here. */
static void find_person(struct mastery *mastery)
{
    size_t i;
    const json_t *person;
    mastery->who = CLASS;
    json_array_foreach(people_of(mastery), i, person)
    {
        if (is_wanted(mastery, person))
            mastery->who = (int)i;
    }
}

static void ask(struct app *app, struct mastery *mastery, json_int_t from);

static void got_mastery(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct mastery *mastery = owner;
    mastery->asking = false;
    if (!class_got(app, &mastery->room, err))
        return;
    if (mastery->all)
        mastery_join(mastery->all, answer);
    else
        mastery->all = json_incref(answer);
    json_int_t next = json_num(answer, "next", 0);
    if (next) {
        ask(app, mastery, next);
        return;
    }
    mastery->complete = true;
    sort_all(mastery->all);
    find_person(mastery);
    if (mastery->user[0] && mastery->who == CLASS)
        app_note(app, S_DIM, "%s has no answers here yet: this is the class", mastery->user);
    arrange(mastery);
}

static void ask(struct app *app, struct mastery *mastery, json_int_t from)
{
    mastery->asking = true;
    work_school(app->work,
                json_pack("{s:s,s:s,s:s,s:I}", "op", "exam.mastery", "bank", mastery->bank, "attempts",
                          mastery->every ? "all" : "first", "from", from),
                got_mastery, mastery);
}

static void begin(struct app *app, struct mastery *mastery)
{
    if (mastery->complete)
        mastery->person = json_num(person_at(mastery), "person", 0);
    mastery->complete = false;
    json_decref(mastery->all);
    mastery->all = NULL;
    app_ran(app, "slipway exam statistics --mastery%s %s", mastery->every ? " --all" : "", mastery->bank);
    ask(app, mastery, 0);
}

static void open_mastery(struct app *app, void *state, const void *argument)
{
    struct mastery *mastery = state;
    copy_text(mastery->bank, sizeof mastery->bank, json_str(argument, "bank", ""));
    copy_text(mastery->user, sizeof mastery->user, json_str(argument, "user", ""));
    mastery->who = CLASS;
    class_open(app, &mastery->room, of_class, M_COLUMNS);
    begin(app, mastery);
}

void mastery_show(struct app *app, const char *bank, const char *user)
{
    cleanup_json json_t *argument = json_pack("{s:s,s:s}", "bank", bank, "user", user);
    app_push(app, TAB_EXAM, &screen_mastery, argument);
    app_go(app, TAB_EXAM);
}

/* --- drawing --- */

static void draw_cells(void *data, const struct table *table, struct area area, int y, const json_t *row, bool on)
{
    const struct mastery *mastery = data;
    double share = json_number_value(json_object_get(row, "share")), beside = json_number_value(json_object_get(row, "beside"));
    bool counts = !mastery->people && mastery->who == CLASS, low = share < HALF;
    enum style plain = on ? S_SELECT : S_TEXT;
    char text[24];
    table_cell(table, area, y, M_NAME, on ? plain : S_STRONG, json_str(row, "name", ""));
    table_cell(table, area, y, M_SECOND, on ? plain : S_DIM, json_str(row, "second", ""));
    snprintf(text, sizeof text, "%lld", json_num(row, "answers", 0));
    table_cell(table, area, y, M_ANSWERS, plain, text);
    snprintf(text, sizeof text, "%.1f", share);
    table_cell(table, area, y, M_SHARE, on || !low ? plain : S_BAD, text);
    snprintf(text, sizeof text, counts ? "%.0f" : "%.1f", beside);
    table_cell(table, area, y, M_BESIDE, on ? plain : S_DIM, counts && beside == 0 ? "" : text);
    if (table->width[M_BAR])
        draw_gauge(area, y, table->x[M_BAR], table->width[M_BAR], share / 100, low ? S_BAD : S_OK);
}

/* Whose it is, with how many answers, and how much of all that was asked. */
static void draw_head(const struct mastery *mastery, struct area area)
{
    const json_t *person = mastery->people ? NULL : person_at(mastery);
    char name[200], text[80];
    double share;
    long long answers;
    if (mastery->people) {
        const json_t *entry = entry_of(objectives_of(mastery, NULL), mastery->topic, mastery->objective);
        answers = json_num(entry, "answers", 0);
        share = share_of(entry);
        snprintf(name, sizeof name, "%s %s", mastery->topic, mastery->objective);
    } else {
        answers = share_in_all(objectives_of(mastery, person), &share);
        snprintf(name, sizeof name, "%s", person ? mastery_name(person) : "The class");
    }
    snprintf(text, sizeof text, "%lld answers, %.1f %% mastered", answers, share);
    put_fit(area, 0, 0, area.w - text_width(text) - 12, S_STRONG, name);
    put_right(area, 0, area.w, S_TEXT, text);
    if (person)
        putf(area, 1, 0, S_DIM, "%d of %zu", mastery->who + 1, json_array_size(people_of(mastery)));
    else if (!mastery->people)
        putf(area, 1, 0, S_DIM, "%zu people", json_array_size(people_of(mastery)));
}

static void draw_mastery(struct app *app, void *state, struct area area)
{
    struct mastery *mastery = state;
    struct browse *browse = &mastery->room.browse;
    (void)app;
    struct area inside =
        draw_box(area, "Mastery of objectives", mastery->every ? "percent; all attempts" : "percent; first attempts", S_ACCENT);
    browse->draw = draw_cells;
    browse->data = mastery;
    if (mastery->room.error[0]) {
        draw_wrapped(inside, 0, 0, S_WARN, mastery->room.error);
    } else if (!mastery->complete) {
        put(inside, 0, 0, S_DIM, "asking the school");
    } else {
        draw_head(mastery, inside);
        browse_draw(browse, filter_draw(&browse->filter, area_rows(inside, 2, inside.h)));
    }
    class_over(&mastery->room, area);
}

/* --- keys --- */

static bool shows_objectives(struct app *app, void *state)
{
    const struct mastery *mastery = state;
    (void)app;
    return mastery->complete && !mastery->people;
}

static bool shows_people(struct app *app, void *state)
{
    (void)app;
    return ((struct mastery *)state)->people;
}

static bool has_people(struct app *app, void *state) { return shows_people(app, state) && ((struct mastery *)state)->complete; }

static bool shows_person(struct app *app, void *state)
{
    const struct mastery *mastery = state;
    (void)app;
    return !mastery->people && mastery->who != CLASS && !mastery->user[0];
}

static void step(struct mastery *mastery, int by)
{
    int count = (int)json_array_size(people_of(mastery)) + 1; /* and the class, before the first */
    mastery->user[0] = 0;
    mastery->who = (mastery->who + 1 + by + count) % count - 1;
    arrange(mastery);
}

static void person_before(struct app *app, void *state)
{
    (void)app;
    step(state, -1);
}

static void next_person(struct app *app, void *state)
{
    (void)app;
    step(state, 1);
}

static void open_objective(struct app *app, void *state)
{
    struct mastery *mastery = state;
    const json_t *row = browse_selected(&mastery->room.browse);
    (void)app;
    if (!row)
        return;
    const char *id = json_str(row, "id", ""), *topic = json_str(row, "second", "");
    copy_text(mastery->topic, sizeof mastery->topic, topic);
    copy_text(mastery->objective, sizeof mastery->objective, id + strlen(topic) + 1);
    turn_to(mastery, true, mastery->who, "");
}

static void open_person(struct app *app, void *state)
{
    struct mastery *mastery = state;
    const json_t *row = browse_selected(&mastery->room.browse);
    (void)app;
    if (!row)
        return;
    cleanup_free char *objective = str_format("%s %s", mastery->topic, mastery->objective);
    mastery->user[0] = 0;
    turn_to(mastery, false, atoi(json_str(row, "id", "0")), objective);
}

static void leave_people(struct app *app, void *state)
{
    struct mastery *mastery = state;
    cleanup_free char *objective = str_format("%s %s", mastery->topic, mastery->objective);
    (void)app;
    turn_to(mastery, false, mastery->who, objective);
}

static void leave_person(struct app *app, void *state)
{
    struct mastery *mastery = state;
    (void)app;
    mastery->person = 0;
    mastery->who = CLASS;
    arrange(mastery);
}

static void swap_attempts(struct app *app, void *state)
{
    struct mastery *mastery = state;
    mastery->every = !mastery->every;
    begin(app, mastery);
}

static bool is_there(struct app *app, void *state)
{
    const struct mastery *mastery = state;
    (void)app;
    return !mastery->asking;
}

static bool has_all(struct app *app, void *state)
{
    (void)app;
    return ((struct mastery *)state)->complete;
}

static void write_csv(struct app *app, void *state, FILE *out)
{
    const struct mastery *mastery = state;
    mastery_csv(out, mastery->all);
    app_ran(app, "slipway exam statistics --mastery --csv%s %s >%s", mastery->every ? " --all" : "", mastery->bank,
            form_text(&mastery->room.form, 0));
}

static void to_file(struct app *app, void *state)
{
    (void)app;
    class_save(state, "Write the mastery of objectives as CSV",
               "A row an objective, of the class and of each: who, topic, objective, answers, points.", "mastery.csv", write_csv);
}

static const char *where_mastery(struct app *app, void *state)
{
    (void)app;
    return ((struct mastery *)state)->bank;
}

static void close_mastery(struct app *app, void *state)
{
    struct mastery *mastery = state;
    (void)app;
    class_close(&mastery->room);
    json_decref(mastery->all);
}

static const struct action actions[] = {
    {"mastery.objective", "Enter", "who", "of the objective at the bar: how far each has mastered it", open_objective,
     shows_objectives},
    {"mastery.person", "Enter", "open", "all objectives of the one at the bar", open_person, has_people},
    {"mastery.before", "h Left", "student", "the student before, the next one; before the first is the class", person_before,
     shows_objectives},
    {"mastery.next", "l Right", "student", "the student before, the next one; before the first is the class", next_person,
     shows_objectives},
    {"mastery.every", "a", "attempts", "count every attempt, or only the first of each: later ones know the questions",
     swap_attempts, is_there},
    {"mastery.csv", "e", "CSV", "write all of it to a file as CSV", to_file, has_all},
    {"mastery.sort", "o", "order", "order by the next column; O turns it round", class_sort, NULL},
    {"mastery.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, NULL},
    {"mastery.leave-people", "Esc q", NULL, "back to the objectives", leave_people, shows_people},
    {"mastery.leave-person", "Esc q", NULL, "back to the class", leave_person, shows_person},
    {"move.down", NULL, NULL, "another one", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "MASTERED is the mean mark, in percent, of the answers to the questions of an objective. In the class's table BELOW HALF "
     "counts the people under 50 %; in a person's, CLASS is how far the class has it. Free text counts when it is marked.",
     "man 1 slipway-exam-statistics", NULL},
};

const struct screen screen_mastery = {
    .name = "mastery",
    .title = "Mastery",
    .about = "How far the objectives of a bank are mastered, by the class and by each. In a class for instructors.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct mastery),
    .open = open_mastery,
    .draw = draw_mastery,
    .key = class_key,
    .typing = class_typing,
    .filter = class_filter,
    .close = close_mastery,
    .where = where_mastery,
};
