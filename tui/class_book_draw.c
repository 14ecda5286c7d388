/* The gradebook's grid: a row a student, a column an assignment, as many as fit around the one at the bar; below it what they have
 * in common. And one student with all that makes the course mark. */
#include "tui/class_book.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "tui/format.h"
#include "tui/list.h"

#include <stdlib.h>
#include <string.h>

enum { NAME = 20, CELL = 9, CELL_MOST = 24, COURSE = 9, FEET = 4, PASS = 50 };

static const json_t *mark_of(const json_t *student, int column, int count)
{
    return column == count ? json_object_get(student, "course") : json_array_get(json_object_get(student, "marks"), (size_t)column);
}

/* '*' for answers in it that wait for a grader, '~' for what a student's program reports and nobody has confirmed, or 0. */
static char sign_of(const json_t *student, int column)
{
    if (json_integer_value(json_array_get(json_object_get(student, "pending"), (size_t)column)) > 0)
        return '*';
    return json_is_true(json_array_get(json_object_get(student, "reported"), (size_t)column)) ? '~' : 0;
}

/* "87.5" and its sign; "." for what is not there. */
static const char *mark_text(const json_t *mark, char sign, char out[16])
{
    char after[2] = {sign};
    snprintf(out, 16, ".");
    if (json_is_number(mark))
        snprintf(out, 16, "%.1f%s", json_number_value(mark), after);
    return out;
}

static enum style mark_style(const json_t *mark)
{
    return !json_is_number(mark) ? S_DIM : json_number_value(mark) < PASS ? S_BAD : S_TEXT;
}

/* Where the assignments begin, how many fit, and that the one at the bar is among them. Where all do, what is left goes to them. */
static int fit_columns(struct book *book, struct area area)
{
    int room = area.w - NAME - COURSE - 3, count = book_columns(book), fit = room < CELL ? 1 : room / CELL;
    book->cell = count == 0 || count > fit ? CELL : room / count < CELL_MOST ? room / count : CELL_MOST;
    if (book->column < count) {
        book->left = book->column < book->left ? book->column : book->left;
        book->left = book->column >= book->left + fit ? book->column - fit + 1 : book->left;
    }
    if (book->left + fit > count)
        book->left = count > fit ? count - fit : 0;
    return count < fit ? count : fit;
}

static int cell_x(const struct book *book, int index) { return NAME + 2 + index * book->cell; }

static void draw_cell(struct area area, int y, int x, int width, enum style style, const char *text)
{
    if (text_width(text) > width)
        put_fit(area, y, x, width, style, text);
    else
        put_right(area, y, x + width, style, text);
}

static const json_t *work_at(const struct book *book, int column)
{
    return json_array_get(json_object_get(book->all, "assignments"), (size_t)column);
}

static void draw_heads(const struct book *book, struct area area, int fit)
{
    int count = book_columns(book);
    put(area, 0, 2, S_DIM, "STUDENT");
    for (int i = 0; i < fit; i++) {
        bool on = book->column == book->left + i;
        draw_cell(area, 0, cell_x(book, i) + 1, book->cell - 1, on ? S_ACCENT : S_DIM,
                  json_str(work_at(book, book->left + i), "title", ""));
    }
    draw_cell(area, 0, area.w - COURSE - 1, COURSE - 1, book->column == count ? S_ACCENT : S_DIM, "COURSE");
    if (book->left > 0)
        put(area, 0, cell_x(book, 0) - 2, S_ACCENT, "<");
    if (book->left + fit < count)
        put(area, 0, cell_x(book, fit) + 1, S_ACCENT, ">");
}

static void draw_row(const struct book *book, struct area area, int y, int row, int fit)
{
    const json_t *student = json_array_get(book->students, (size_t)row);
    bool on = list_selected(&book->list, row);
    int count = book_columns(book);
    char text[16];
    enum style ground = table_row(area, y, on);
    put_fit(area, y, 2, NAME - 1, on ? ground : S_STRONG, json_str(student, "name", ""));
    for (int i = 0; i <= fit; i++) {
        int column = i == fit ? count : book->left + i;
        const json_t *mark = mark_of(student, column, count);
        int x = i == fit ? area.w - COURSE - 1 : cell_x(book, i) + 1, width = i == fit ? COURSE - 1 : book->cell - 1;
        bool at = on && column == book->column;
        mark_text(mark, column < count ? sign_of(student, column) : 0, text);
        draw_cell(area, y, x, width, on ? ground : mark_style(mark), text);
        if (at)
            put(area, y, x + width - text_width(text) - 1, S_KEY, ">");
    }
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* Of a column: the median and how many have a mark. */
static int median_of(const struct book *book, int column, double *median)
{
    const json_t *all = json_object_get(book->all, "students");
    size_t count = 0, index;
    const json_t *student;
    cleanup_free double *marks = xcalloc(json_array_size(all) + 1, sizeof *marks);
    json_array_foreach(all, index, student)
    {
        const json_t *mark = mark_of(student, column, book_columns(book));
        if (json_is_number(mark))
            marks[count++] = json_number_value(mark);
    }
    qsort(marks, count, sizeof *marks, compare);
    *median = count == 0 ? 0 : count % 2 ? marks[count / 2] : (marks[count / 2 - 1] + marks[count / 2]) / 2;
    return (int)count;
}

static void draw_feet(const struct book *book, struct area area, int fit)
{
    int all = book_columns(book);
    static const char *const names[FEET] = {"median", "have a mark", "due", "weight"};
    for (int y = 0; y < FEET; y++)
        put(area, y, 2, S_DIM, names[y]);
    for (int i = 0; i <= fit; i++) {
        int column = i == fit ? all : book->left + i, x = i == fit ? area.w - COURSE - 1 : cell_x(book, i) + 1;
        int width = i == fit ? COURSE - 1 : book->cell - 1;
        double median;
        char text[24], when[LOCAL_TIME];
        int count = median_of(book, column, &median);
        snprintf(text, sizeof text, count ? "%.1f" : ".", median);
        draw_cell(area, 0, x, width, S_TEXT, text);
        snprintf(text, sizeof text, "%d", count);
        draw_cell(area, 1, x, width, S_DIM, text);
        if (column == all)
            continue;
        local_time_of(json_str(work_at(book, column), "due", NULL), when);
        snprintf(text, sizeof text, "%.5s", strlen(when) > 14 ? when + 9 : "");
        draw_cell(area, 2, x, width, S_DIM, text);
        snprintf(text, sizeof text, "%g", json_number_value(json_object_get(work_at(book, column), "weight")));
        draw_cell(area, 3, x, width, S_DIM, text);
    }
}

static void draw_grid(struct book *book, struct area inside)
{
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    int fit = fit_columns(book, wide), feet = book->own ? 0 : FEET + 1;
    draw_heads(book, wide, fit);
    struct area body = area_rows(wide, 1, wide.h - 1 - feet);
    int total = (int)json_array_size(book->students), top = list_fit(&book->list, body, total);
    for (int y = 0; y < body.h && top + y < total; y++)
        draw_row(book, body, y, top + y, fit);
    if (feet) {
        struct area foot = area_rows(wide, wide.h - feet, feet);
        put_line(area_columns(foot, 1, foot.w - 2), 0, G_HLINE, S_DIM);
        draw_feet(book, area_rows(foot, 1, FEET), fit);
    }
}

/* --- one student --- */

static int draw_work(const json_t *work, const json_t *mark, char sign, struct area area, int y)
{
    char text[16], due[LOCAL_TIME];
    int bar = area.w >= 100 ? 30 : 12, x = area.w - bar - 1;
    local_time_of(json_str(work, "due", NULL), due);
    put_fit(area, y, 0, x - 34, S_STRONG, json_str(work, "title", ""));
    put_fit(area, y, x - 33, 14, S_DIM, json_str(work, "category", ""));
    putf(area, y, x - 18, S_DIM, "w %g", json_number_value(json_object_get(work, "weight")));
    put_right(area, y, x - 2, mark_style(mark), mark_text(mark, sign, text));
    if (json_is_number(mark))
        draw_gauge(area, y, x, bar, json_number_value(mark) / 100, json_number_value(mark) < PASS ? S_BAD : S_OK);
    return 1;
}

static int draw_one(const struct book *book, const json_t *student, struct area area, int y)
{
    int from = y, count = book_columns(book);
    char text[16];
    const json_t *course = json_object_get(student, "course");
    bool pending = false, reported = false;
    putf(area, y, 0, S_DIM, "course mark");
    put(area, y, 13, mark_style(course), mark_text(course, 0, text));
    put(area, y++, 20, S_DIM, json_is_number(course) ? "%, of what is due or was begun" : "nothing counts yet");
    y++;
    for (int i = 0; i < count; i++) {
        char sign = sign_of(student, i);
        pending = pending || sign == '*';
        reported = reported || sign == '~';
        y += draw_work(work_at(book, i), mark_of(student, i, count), sign, area, y);
    }
    y++;
    if (pending)
        put(area, y++, 0, S_DIM, "* answers in it still wait for a grader");
    if (reported)
        put(area, y++, 0, S_DIM, "~ reported by the student's own program: counts when somebody confirms it");
    return y - from;
}

static void draw_student(struct book *book, const json_t *student, struct area area)
{
    char title[120];
    snprintf(title, sizeof title, "%.60s (%.30s)", json_str(student, "name", ""), json_str(student, "user", ""));
    struct area inside = draw_box(area, title, "percent", S_ACCENT);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    book->rows = inside.h;
    book->lines = draw_one(book, student, nothing, 0);
    int last = scroll_fit(&book->top, inside, book->lines);
    draw_one(book, student, text, -book->top);
    scroll_marks(inside, book->top, last);
}

void book_draw(struct book *book, struct area area)
{
    struct area inside;
    const json_t *student = book_student(book);
    if (book->open && student) {
        draw_student(book, student, class_strip(area, CLASS_BOOK));
    } else if (class_frame(&book->room, CLASS_BOOK, area, book->own ? "Marks" : "Gradebook",
                           book->by_mark ? "percent, the lowest first" : "percent, by name", &inside)) {
        if (json_array_size(book->students) == 0)
            put(inside, 0, 0, S_DIM, filter_on(&book->room.browse.filter) ? "nobody matches" : "no students yet");
        inside = filter_draw(&book->room.browse.filter, inside);
        if (json_array_size(book->students) > 0)
            draw_grid(book, inside);
    }
    class_over(&book->room, area);
}
