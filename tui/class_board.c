/* The class as its instructor sees it: who is where, how long without a step forward, with how many hints, and what each has in
 * all. A student's program shows the refusal that it gets. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "quizzes/class_work.h"
#include "tui/class_message.h"
#include "tui/class_room.h"
#include "tui/format.h"

enum { EVERY_MS = 2000, STUCK_SECONDS = 600 };

struct class_board {
    struct class_room room;
    json_t *students, *marks; /* uid -> course mark */
};

enum { B_STUDENT, B_KIND, B_WHERE, B_STEP, B_STUCK, B_SEEN, B_HINTS, B_COURSE };
static const struct browse_column columns[] = {
    [B_STUDENT] = {{"STUDENT", 20, false, 0}, "name", NULL, false},
    [B_KIND] = {{"KIND", 7, false, 100}, "kind", NULL, false},
    [B_WHERE] = {{"WHERE", 0, false, 0}, "where", NULL, false},
    [B_STEP] = {{"STEP", 7, true, 0}, "step", NULL, true},
    [B_STUCK] = {{"STUCK", 6, true, 0}, "stuck_seconds", NULL, true},
    [B_SEEN] = {{"SEEN", 6, true, 0}, "seen_seconds", NULL, false},
    [B_HINTS] = {{"HINTS", 6, true, 0}, "hints", NULL, true},
    [B_COURSE] = {{"COURSE", 7, true, 0}, "course", NULL, false},
};

static void arrange(struct class_board *board)
{
    cleanup_json json_t *rows = json_array();
    size_t i;
    json_t *student;
    json_array_foreach(board->students, i, student)
    {
        char uid[24];
        snprintf(uid, sizeof uid, "%lld", json_num(student, "uid", 0));
        json_object_set_new(student, "id", json_string(uid));
        json_t *mark = json_object_get(board->marks, uid);
        json_object_set(student, "course", mark ? mark : json_null());
        json_array_append(rows, student);
    }
    browse_take(&board->room.browse, rows);
}

static void got_board(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_board *board = owner;
    if (class_take(app, &board->room, answer, "students", &board->students, err))
        arrange(board);
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
    arrange(board);
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
    (void)argument;
    class_open(app, state, columns, ARRAY_LEN(columns));
    app_ran(app, "slipway class board");
}

static void draw_student(void *data, const struct table *table, struct area area, int y, const json_t *student, bool on)
{
    enum style row = on ? S_SELECT : S_TEXT;
    char text[48], stuck[16], seen[16];
    const json_t *waits = json_object_get(student, "stuck_seconds"), *course = json_object_get(student, "course");
    (void)data;
    duration_short(waits, stuck);
    duration_short(json_object_get(student, "seen_seconds"), seen);
    bool long_stuck = json_is_integer(waits) && json_integer_value(waits) >= STUCK_SECONDS;
    table_cell(table, area, y, B_STUDENT, on ? row : S_STRONG, json_str(student, "name", ""));
    table_cell(table, area, y, B_KIND, row, json_str(student, "kind", ""));
    table_cell(table, area, y, B_WHERE, row, str_or(json_str(student, "where", ""), "-"));
    snprintf(text, sizeof text, json_num(student, "steps", 0) ? "%lld/%lld" : "-", json_num(student, "step", 0),
             json_num(student, "steps", 0));
    table_cell(table, area, y, B_STEP, row, json_flag(student, "done", false) ? "done" : text);
    if (long_stuck && strlen(stuck) < 5)
        snprintf(text, sizeof text, "!%s", stuck);
    table_cell(table, area, y, B_STUCK, on || !long_stuck ? row : S_WARN, long_stuck && strlen(stuck) < 5 ? text : stuck);
    table_cell(table, area, y, B_SEEN, row, seen);
    snprintf(text, sizeof text, "%lld", json_num(student, "hints", 0));
    table_cell(table, area, y, B_HINTS, row, text);
    snprintf(text, sizeof text, json_is_number(course) ? "%.1f%%" : "-", json_number_value(course));
    table_cell(table, area, y, B_COURSE, row, text);
}

/* In words, where there is room for them: how many work, are stuck, or have not been here. */
static void draw_sum(const struct class_board *board, struct area area)
{
    int there = 0, stuck = 0, away = 0, exam = 0;
    size_t i;
    const json_t *student;
    json_array_foreach(board->students, i, student)
    {
        const json_t *seen = json_object_get(student, "seen_seconds"), *waits = json_object_get(student, "stuck_seconds");
        bool recent = json_is_integer(seen) && json_integer_value(seen) < 300;
        there += recent;
        away += !json_is_integer(seen);
        exam += str_equal(json_str(student, "kind", ""), "exam");
        stuck += recent && json_is_integer(waits) && json_integer_value(waits) >= STUCK_SECONDS;
    }
    putf(area, area.h - 1, 0, S_DIM, "%zu students, %d here, %d in exams, %d never seen", json_array_size(board->students), there,
         exam, away);
    char text[40];
    snprintf(text, sizeof text, "%d stuck for 10 min (!)", stuck);
    put_right(area, area.h - 1, area.w, stuck ? S_WARN : S_DIM, text);
}

static void draw_board(struct app *app, void *state, struct area area)
{
    struct class_board *board = state;
    struct area inside;
    (void)app;
    if (class_frame(&board->room, CLASS_BOARD, area, str_or(class_title(), "Class"),
                    "who is where, how long without a step forward", &inside)) {
        board->room.browse.draw = draw_student;
        if (json_array_size(board->students) == 0) {
            put(inside, 0, 0, S_DIM, "no students yet: the roster takes them, or slipway class enrol USER");
        } else {
            draw_sum(board, inside);
            browse_draw(&board->room.browse, filter_draw(&board->room.browse.filter, area_rows(inside, 0, inside.h - 2)));
        }
    }
    class_over(&board->room, area);
}

static bool has_student(struct app *app, void *state)
{
    (void)app;
    return browse_selected(&((struct class_board *)state)->room.browse) != NULL;
}

static void look(struct app *app, void *state)
{
    struct class_board *board = state;
    app_push(app, TAB_EXAM, &screen_peek, browse_selected(&board->room.browse));
    app_go(app, TAB_EXAM);
}

static void message(struct app *app, void *state)
{
    struct class_board *board = state;
    class_message_write(app, &board->room, browse_selected(&board->room.browse));
}

static void message_all(struct app *app, void *state) { class_message_write(app, state, NULL); }

static void close_board(struct app *app, void *state)
{
    struct class_board *board = state;
    (void)app;
    class_close(&board->room);
    json_decref(board->students);
    json_decref(board->marks);
}

static const struct action actions[] = {
    {"board.peek", "Enter", "look", "at the lab terminal of the student at the bar; their screen says that you do", look,
     has_student},
    {"board.message", "m", "message", "a line to the student at the bar; M to all of them", message, has_student},
    {"board.message-all", "M", NULL, "a line to the student at the bar; M to all of them", message_all, class_staff},
    CLASS_ACTIONS("board"),
    {"board.sort", "o", "order", "order by the next column; O turns it round", class_sort, NULL},
    {"board.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, NULL},
    {"move.down", NULL, "choose", "another student", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Each student's lesson, lab or running exam, the steps done of all, the time since the last step forward (STUCK; ! from ten "
     "minutes on), since the last sign of life (SEEN), the hints read and the course mark so far.",
     "man 1 slipway-class-board", NULL},
};

const struct screen screen_class = {
    .name = "class",
    .title = "Class",
    .about = "The class's board: it looks again every two seconds.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct class_board),
    .open = open_board,
    .draw = draw_board,
    .key = class_key,
    .typing = class_typing,
    .filter = class_filter,
    .tick = tick_board,
    .interval = every,
    .close = close_board,
};
