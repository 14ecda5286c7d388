/* The class as its instructor sees it: who is where, how long without a step forward, with how many hints, and what each has in
 * all. A student's program shows the refusal that it gets. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "quizzes/class_work.h"
#include "tui/app.h"
#include "tui/format.h"
#include "tui/list.h"

enum { EVERY_MS = 2000, STUCK_SECONDS = 600 };

struct class_board {
    struct list list;
    json_t *students, *marks;
    char error[300];
};

static void got_board(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_board *board = owner;
    copy_text(board->error, sizeof board->error, err ? err->message : "");
    json_decref(board->students);
    board->students = err ? NULL : json_incref(json_object_get(answer, "students"));
    app_dirty(app);
}

static void got_book(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_board *board = owner;
    if (err)
        return;
    json_decref(board->marks);
    board->marks = json_object();
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(answer, "students"), i, row)
    {
        char uid[24];
        snprintf(uid, sizeof uid, "%lld", json_num(row, "uid", 0));
        json_object_set(board->marks, uid, json_object_get(row, "course"));
    }
    app_dirty(app);
}

static void tick_board(struct app *app, void *state)
{
    work_school(app->work, json_pack("{s:s}", "op", "class.board"), got_board, state);
    work_school(app->work, json_pack("{s:s}", "op", "class.gradebook"), got_book, state);
}

static int every(struct app *app, void *state)
{
    (void)app, (void)state;
    return EVERY_MS;
}

static void open_board(struct app *app, void *state, const void *argument)
{
    (void)state, (void)argument;
    app_ran(app, "slipway class board");
}

enum { B_STUDENT, B_KIND, B_WHERE, B_STEP, B_STUCK, B_SEEN, B_HINTS, B_COURSE };
static const struct column columns[] = {
    [B_STUDENT] = {"STUDENT", 20, false, 0}, [B_KIND] = {"KIND", 7, false, 100},  [B_WHERE] = {"WHERE", 0, false, 0},
    [B_STEP] = {"STEP", 7, true, 0},         [B_STUCK] = {"STUCK", 6, true, 0},   [B_SEEN] = {"SEEN", 6, true, 0},
    [B_HINTS] = {"HINTS", 5, true, 0},       [B_COURSE] = {"COURSE", 7, true, 0},
};

static void draw_student(const struct table *table, struct area area, int y, const json_t *student, const json_t *marks, bool on)
{
    enum style row = table_row(area, y, on);
    cleanup_free char *name = text_shown(json_str(student, "name", ""));
    char text[48], stuck[16], seen[16], uid[24];
    const json_t *waits = json_object_get(student, "stuck_seconds");
    duration_short(waits, stuck);
    duration_short(json_object_get(student, "seen_seconds"), seen);
    bool long_stuck = json_is_integer(waits) && json_integer_value(waits) >= STUCK_SECONDS;
    table_cell(table, area, y, B_STUDENT, on ? row : S_STRONG, name);
    table_cell(table, area, y, B_KIND, row, json_str(student, "kind", ""));
    table_cell(table, area, y, B_WHERE, row, str_or(json_str(student, "where", ""), "-"));
    snprintf(text, sizeof text, "%lld/%lld", json_num(student, "step", 0), json_num(student, "steps", 0));
    table_cell(table, area, y, B_STEP, row, json_flag(student, "done", false) ? "done" : text);
    table_cell(table, area, y, B_STUCK, on || !long_stuck ? row : S_WARN, stuck);
    table_cell(table, area, y, B_SEEN, row, seen);
    snprintf(text, sizeof text, "%lld", json_num(student, "hints", 0));
    table_cell(table, area, y, B_HINTS, row, text);
    snprintf(uid, sizeof uid, "%lld", json_num(student, "uid", 0));
    const json_t *course = json_object_get(marks, uid);
    snprintf(text, sizeof text, json_is_number(course) ? "%.1f%%" : "-", json_number_value(course));
    table_cell(table, area, y, B_COURSE, row, text);
}

static void draw_rows(struct class_board *board, struct area area)
{
    struct table table = table_begin(area, columns, ARRAY_LEN(columns));
    struct area body = area_rows(area, 1, area.h);
    int total = (int)json_array_size(board->students), top = list_fit(&board->list, body, total);
    for (int y = 0; y < body.h && top + y < total; y++)
        draw_student(&table, body, y, json_array_get(board->students, (size_t)(top + y)), board->marks,
                     list_selected(&board->list, top + y));
}

static void draw_board(struct app *app, void *state, struct area area)
{
    struct class_board *board = state;
    (void)app;
    struct area inside = draw_box(area, "Class", "who is where, how long without a step forward", S_ACCENT);
    if (board->error[0])
        draw_wrapped(inside, 0, 0, S_WARN, board->error);
    else if (!board->students)
        put(inside, 0, 0, S_DIM, "asking the school");
    else if (json_array_size(board->students) == 0)
        put(inside, 0, 0, S_DIM, "no students yet: slipway class enrol USER");
    else {
        draw_rows(board, (struct area){inside.y, inside.x - 1, inside.h, inside.w + 2});
    }
}

static bool key_board(struct app *app, void *state, keycode key)
{
    struct class_board *board = state;
    (void)app;
    return list_key(&board->list, key, (int)json_array_size(board->students));
}

static void close_board(struct app *app, void *state)
{
    struct class_board *board = state;
    work_forget(app->work, board);
    json_decref(board->students);
    json_decref(board->marks);
}

static const struct action actions[] = {
    {"move.down", NULL, "choose", "another student", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Each student's lesson, lab or running exam, the steps done of all, the time since the last step forward (STUCK), since the "
     "last "
     "sign of life (SEEN), the hints read and the course mark so far. slipway class message --to USER sends a line to their "
     "screen.",
     "man 1 slipway-class-board", NULL},
};

const struct screen screen_class = {
    .name = "class",
    .title = "Class",
    .about = "The class's board: it looks again every two seconds.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .fleeting = true,
    .size = sizeof(struct class_board),
    .open = open_board,
    .draw = draw_board,
    .key = key_board,
    .tick = tick_board,
    .interval = every,
    .close = close_board,
};
