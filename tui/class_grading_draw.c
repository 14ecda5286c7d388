/* How an answer is shown to who marks it: the queue at the left; the question, the answer and what others gave above; the rubric,
 * which is what is written in, below. */
#include "tui/class_grading.h"

#include "base/json.h"
#include "base/strings.h"
#include "tui/format.h"
#include "tui/list.h"
#include "tui/pageview.h"

#include <string.h>

static int write_place(const json_t *row, char out[24])
{
    snprintf(out, 24, "%lld/%lld", json_num(row, "attempt", 0), json_num(row, "slot", 0));
    return (int)strlen(out);
}

static void draw_queue(struct grading *grading, struct area area)
{
    char note[32];
    int count = (int)json_array_size(grading->queue);
    snprintf(note, sizeof note, "%d", count);
    struct area inside = draw_box(area, grading->disputed ? "To settle" : "To mark", note, grading->writing ? S_DIM : S_ACCENT);
    struct area wide = {inside.y, inside.x - 1, inside.h, inside.w + 2};
    int top = list_fit(&grading->list, wide, count), widest = 0;
    char text[24];
    for (int y = 0; y < wide.h && top + y < count; y++) {
        int width = write_place(json_array_get(grading->queue, (size_t)(top + y)), text);
        widest = width > widest ? width : widest;
    }
    for (int y = 0; y < wide.h && top + y < count; y++) {
        const json_t *row = json_array_get(grading->queue, (size_t)(top + y));
        enum style style = table_row(wide, y, list_selected(&grading->list, top + y));
        bool on = style == S_SELECT;
        write_place(row, text);
        put(wide, y, 2, on ? style : S_DIM, text);
        int x = 2 + widest + 1;
        const char *whose = json_string_value(json_object_get(row, "student"));
        put_fit(wide, y, x, wide.w - x - 1, on ? style : whose ? S_STRONG : S_DIM, whose ? whose : "blind");
    }
}

/* What graders gave an answer that is to be settled. */
static int draw_marks(const json_t *answer, struct area area, int y)
{
    int from = y;
    size_t i, k;
    const json_t *mark, *part;
    json_array_foreach(json_object_get(answer, "marks"), i, mark)
    {
        int x = putf(area, y, 0, S_WARN, "%g of %g", json_number_value(json_object_get(mark, "points")),
                     json_number_value(json_object_get(mark, "most")));
        x += 2;
        json_array_foreach(json_object_get(mark, "criteria"), k, part)
        {
            x += putf(area, y, x, S_DIM, k ? ", %g" : "(%g", json_number_value(part));
        }
        if (k)
            x += put(area, y, x, S_DIM, ")");
        putf(area, y, x + 2, S_DIM, "%s", json_str(mark, "by", ""));
        y++;
        if (*json_str(mark, "comment", ""))
            y += draw_wrapped(area_columns(area, 2, area.w), y, 0, S_TEXT, json_str(mark, "comment", ""));
    }
    return y == from ? 0 : y + 1 - from;
}

static int draw_text(const json_t *answer, struct area area, int y)
{
    int from = y;
    y += draw_markdown(area, y, 0, S_DIM, json_str(answer, "stem", "")) + 1;
    y += draw_marks(answer, area, y);
    y += draw_wrapped(area, y, 0, S_STRONG, str_or(json_str(answer, "answer", ""), "(nothing was written)"));
    return y - from;
}

static void draw_answer(struct grading *grading, const json_t *answer, struct area area)
{
    char title[200], note[80];
    const char *whose = json_string_value(json_object_get(answer, "student"));
    snprintf(title, sizeof title, "%.60s, %.60s", whose ? whose : "blind", json_str(answer, "question", ""));
    snprintf(note, sizeof note, "%.60s", json_str(answer, "title", ""));
    struct area inside = draw_box(area, title, note, S_DIM);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    grading->rows = inside.h;
    grading->lines = draw_text(answer, nothing, 0);
    int last = scroll_fit(&grading->top, inside, grading->lines);
    draw_text(answer, text, -grading->top);
    scroll_marks(inside, grading->top, last);
}

static void draw_points(const struct grading *grading, const json_t *answer, struct area area, int y, int line)
{
    double most;
    const char *label = grading_label(answer, line, &most);
    bool on = grading->writing && grading->at == line;
    char of[24] = "";
    if (most > 0)
        snprintf(of, sizeof of, "of %g", most);
    put(area, y, 0, S_ACCENT, on ? glyph(G_BAR) : " ");
    put_fit(area, y, 2, area.w - 18, on ? S_STRONG : S_TEXT, label);
    edit_draw(&grading->points[line], area, y, area.w - 14, 6, on ? S_STRONG : S_OK, on);
    put_right(area, y, area.w, S_DIM, of);
}

/* With how many have marked it, where there are several to do so. */
static void mark_title(const struct grading *grading, const json_t *answer, char *out, size_t room)
{
    long long given = json_num(answer, "given", 0), graders = json_num(answer, "graders", 1);
    copy_text(out, room, grading->disputed ? "Settle it" : "Mark");
    if (graders > 1 && !grading->disputed)
        snprintf(out, room, "Mark: %lld of %lld marks given", given, graders);
}

static void draw_rubric(struct app *app, const struct grading *grading, const json_t *answer, struct area area)
{
    double most;
    bool whole;
    char title[64], note[64];
    double sum = grading_sum(grading, answer, &most, &whole);
    snprintf(note, sizeof note, most > 0 ? "%g of %g%s" : "points%.0f", sum, most, whole ? "" : ", not whole yet");
    if (most <= 0)
        snprintf(note, sizeof note, "points");
    mark_title(grading, answer, title, sizeof title);
    struct area inside = draw_box(area, title, note, grading->writing ? S_ACCENT : S_DIM);
    int lines = grading_lines(answer), rows = inside.h - 2, top = grading->at >= rows ? grading->at - rows + 1 : 0;
    top = top + rows > lines ? (lines > rows ? lines - rows : 0) : top;
    for (int y = 0; y < rows && top + y < lines; y++)
        draw_points(grading, answer, inside, y, top + y);
    bool on = grading->writing && grading->at == lines;
    put(inside, inside.h - 2, 0, S_ACCENT, on ? glyph(G_BAR) : " ");
    put(inside, inside.h - 2, 2, on ? S_KEY : S_DIM, "comment");
    edit_draw(&grading->comment, inside, inside.h - 2, 11, inside.w - 12, on ? S_STRONG : S_TEXT, on);
    const char *hint = !grading->writing ? "Enter marks it"
                       : on              ? "Enter stores the mark and goes on, Tab: next line, Esc: leave"
                                         : "Enter or Tab: next line, Esc: leave";
    bool refused = app->note[0] && app->note_style == S_BAD;
    put_fit(inside, inside.h - 1, 2, inside.w - 2, grading->problem[0] || refused ? S_WARN : S_DIM,
            grading->problem[0] ? grading->problem
            : refused           ? app->note
                                : hint);
}

void grading_draw(struct app *app, struct grading *grading, struct area area)
{
    const json_t *answer = grading_answer(grading);
    struct area inside;
    if (grading->room.error[0] || !grading->room.loaded) {
        class_frame(&grading->room, CLASS_GRADING, area, "Grading", NULL, &inside);
        return;
    }
    inside = class_strip(area, CLASS_GRADING);
    if (!answer) {
        struct area box = draw_box(inside, "Grading", NULL, S_ACCENT);
        putf(box, 0, 0, S_OK, "%s %s", glyph(G_CHECK),
             grading->disputed ? "No marks are too far apart." : "Nothing waits for a mark of yours.");
        if (grading->marked)
            putf(box, 1, 2, S_DIM, "%d marked just now", grading->marked);
        return;
    }
    int side = area.w >= 110 ? 34 : 22, lower = grading_lines(answer) + 4;
    lower = lower > inside.h / 2 ? inside.h / 2 : lower;
    draw_queue(grading, area_columns(inside, 0, side));
    struct area right = area_columns(inside, side, inside.w);
    draw_answer(grading, answer, area_rows(right, 0, right.h - lower));
    draw_rubric(app, grading, answer, area_rows(right, right.h - lower, lower));
}
