/* The grading queue: free text that waits for a mark of the one who sits here, blind where the assignment says so; points by the
 * rubric, a comment, and on to the next. An instructor settles what two graders marked too far apart. */
#include "tui/class_grading.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/format.h"
#include "tui/list.h"

#include <errno.h>
#include <string.h>

const json_t *grading_answer(const struct grading *grading)
{
    return json_array_get(grading->queue, (size_t)grading->list.selected);
}

int grading_lines(const json_t *answer)
{
    int count = (int)json_array_size(json_object_get(answer, "criteria"));
    return count == 0 ? 2 : count < CRITERIA_MAX ? count : CRITERIA_MAX;
}

const char *grading_label(const json_t *answer, int line, double *most)
{
    const json_t *criterion = json_array_get(json_object_get(answer, "criteria"), (size_t)line);
    *most = json_number_value(json_object_get(criterion, "points"));
    return criterion ? json_str(criterion, "what", "") : line ? "of how many" : "points";
}

static bool number_of(const struct edit *edit, double *out) { return str_to_real(edit->text, out) && *out >= 0 && *out <= 1000; }

double grading_sum(const struct grading *grading, const json_t *answer, double *most, bool *whole)
{
    double sum = 0, points, of;
    bool rubric = json_array_size(json_object_get(answer, "criteria")) > 0;
    *most = 0;
    *whole = true;
    for (int i = 0; i < grading_lines(answer); i++) {
        bool given = number_of(&grading->points[i], &points);
        grading_label(answer, i, &of);
        *whole = *whole && given && (!rubric || points <= of);
        *most += rubric ? of : i == 1 && given ? points : 0;
        sum += given && (rubric || i == 0) ? points : 0;
    }
    *whole = *whole && sum <= *most && *most > 0;
    return sum;
}

/* What is written belongs to one answer: with another at the bar it begins anew. */
static void follow(struct grading *grading)
{
    const json_t *answer = grading_answer(grading);
    char name[40];
    snprintf(name, sizeof name, "%lld/%lld", json_num(answer, "attempt", 0), json_num(answer, "slot", 0));
    if (str_equal(name, grading->answer))
        return;
    copy_text(grading->answer, sizeof grading->answer, name);
    for (int i = 0; i < CRITERIA_MAX; i++)
        edit_set(&grading->points[i], "");
    edit_set(&grading->comment, "");
    grading->at = grading->top = 0;
    grading->problem[0] = 0;
    grading->writing = grading->writing && answer;
}

static void got_queue(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct grading *grading = owner;
    if (!class_got(app, &grading->room, err))
        return;
    json_t *queue = json_object_get(answer, "queue");
    /* The answer that is being marked stays at the bar, wherever it is in the queue by now. */
    size_t i;
    const json_t *row;
    json_array_foreach(queue, i, row)
    {
        char name[40];
        snprintf(name, sizeof name, "%lld/%lld", json_num(row, "attempt", 0), json_num(row, "slot", 0));
        if (str_equal(name, grading->answer))
            grading->list.selected = (int)i;
    }
    json_decref(grading->queue);
    grading->queue = json_incref(queue);
    int count = (int)json_array_size(queue);
    if (grading->list.selected >= count)
        grading->list.selected = count ? count - 1 : 0;
    follow(grading);
}

static void tick_grading(struct app *app, void *state)
{
    struct grading *grading = state;
    work_school(app->work, json_pack("{s:s,s:b}", "op", "class.queue", "disputed", grading->disputed), got_queue, state);
}

static void open_grading(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, NULL, 0);
    app_ran(app, "slipway class queue");
}

/* --- handing a mark in --- */

static void marked(struct app *app, void *state, json_t *answer)
{
    struct grading *grading = state;
    (void)app, (void)answer;
    grading->marked++;
    grading->answer[0] = 0; /* the next one in the queue takes its place */
    json_array_remove(grading->queue, (size_t)grading->list.selected);
    int count = (int)json_array_size(grading->queue);
    if (grading->list.selected >= count)
        grading->list.selected = count ? count - 1 : 0;
    follow(grading);
}

static json_t *mark_request(const struct grading *grading, const json_t *answer, char *words, size_t room)
{
    double most;
    bool whole;
    double sum = grading_sum(grading, answer, &most, &whole);
    json_t *request = json_pack("{s:s,s:O?,s:O?,s:f,s:f,s:o}", "op", grading->disputed ? "class.settle" : "class.grade", "attempt",
                                json_object_get(answer, "attempt"), "slot", json_object_get(answer, "slot"), "points", sum, "most",
                                most, "comment", class_text(grading->comment.text));
    size_t used = (size_t)snprintf(words, room, "slipway class %s %s ", grading->disputed ? "settle" : "grade", grading->answer);
    for (char *slash = strchr(words, '/'); slash; slash = NULL)
        *slash = ' ';
    if (json_array_size(json_object_get(answer, "criteria")) == 0) {
        snprintf(words + used, room - used, "%g/%g", sum, most);
        return request;
    }
    json_t *list = json_array();
    for (int i = 0; i < grading_lines(answer); i++) {
        double points = 0;
        number_of(&grading->points[i], &points);
        json_array_append_new(list, json_real(points));
        if (used < room)
            used += (size_t)snprintf(words + used, room - used, "%s%g", i ? "," : "", points);
    }
    json_object_set_new(request, "criteria", list);
    return request;
}

static void hand_in(struct app *app, struct grading *grading)
{
    const json_t *answer = grading_answer(grading);
    char words[200];
    double most;
    bool whole;
    grading_sum(grading, answer, &most, &whole);
    if (!whole || (grading->disputed && !grading->comment.text[0])) {
        copy_text(grading->problem, sizeof grading->problem,
                  !whole ? "Each line wants a number from 0 to what it is worth."
                         : "What settles a mark needs a comment that says why.");
        return;
    }
    grading->problem[0] = 0;
    json_t *request = mark_request(grading, answer, words, sizeof words);
    app_ran(app, "%s", words);
    class_change(app, &grading->room, request, "the mark is stored", marked);
}

/* --- keys --- */

static struct edit *line_at(struct grading *grading)
{
    return grading->at < grading_lines(grading_answer(grading)) ? &grading->points[grading->at] : &grading->comment;
}

static void write_key(struct app *app, struct grading *grading, keycode key)
{
    int lines = grading_lines(grading_answer(grading)) + 1;
    if (key == K_ESC)
        grading->writing = false;
    else if (key == K_ENTER && grading->at + 1 < lines && !line_at(grading)->text[0])
        copy_text(grading->problem, sizeof grading->problem, "Each line wants a number from 0 to what it is worth.");
    else if (key == K_ENTER && grading->at + 1 < lines)
        grading->at++;
    else if (key == K_ENTER)
        hand_in(app, grading);
    else if (key == K_TAB || key == K_DOWN)
        grading->at = (grading->at + 1) % lines;
    else if (key == K_SHIFT_TAB || key == K_UP)
        grading->at = (grading->at + lines - 1) % lines;
    else if (edit_key(line_at(grading), key))
        grading->problem[0] = 0;
}

static bool writes(struct app *app, void *state)
{
    (void)app;
    return ((struct grading *)state)->writing;
}

static bool key_grading(struct app *app, void *state, keycode key)
{
    struct grading *grading = state;
    if (grading->writing) {
        write_key(app, grading, key);
        return true;
    }
    if (!list_key(&grading->list, key, (int)json_array_size(grading->queue)))
        return false;
    follow(grading);
    return true;
}

static bool has_answer(struct app *app, void *state)
{
    (void)app;
    return grading_answer(state) != NULL;
}

static void begin_mark(struct app *app, void *state)
{
    struct grading *grading = state;
    (void)app;
    grading->writing = true;
}

static void step(struct app *app, struct grading *grading, keycode key)
{
    (void)app;
    list_key(&grading->list, key, (int)json_array_size(grading->queue));
    follow(grading);
}

static void next_one(struct app *app, void *state) { step(app, state, 'j'); }
static void one_before(struct app *app, void *state) { step(app, state, 'k'); }

static void down(struct app *app, void *state)
{
    struct grading *grading = state;
    (void)app;
    grading->top += grading->rows / 2 + 1;
}

static void up(struct app *app, void *state)
{
    struct grading *grading = state;
    (void)app;
    grading->top -= grading->top < grading->rows / 2 + 1 ? grading->top : grading->rows / 2 + 1;
}

static void swap_disputed(struct app *app, void *state)
{
    struct grading *grading = state;
    grading->disputed = !grading->disputed;
    grading->list = (struct list){0};
    json_decref(grading->queue);
    grading->queue = NULL;
    grading->room.loaded = false;
    follow(grading);
    app_ran(app, grading->disputed ? "slipway class queue --disputed" : "slipway class queue");
    tick_grading(app, state);
}

static void clicked_grading(struct app *app, void *state, struct list *list, int row)
{
    (void)app;
    list->selected = row;
    follow(state);
}

static void draw_grading(struct app *app, void *state, struct area area) { grading_draw(app, state, area); }

static void close_grading(struct app *app, void *state)
{
    struct grading *grading = state;
    (void)app;
    class_close(&grading->room);
    json_decref(grading->queue);
}

static const struct action actions[] = {
    {"grading.mark", "Enter i", "mark",
     "points for each line of the rubric and a comment; Enter on the comment stores it and goes on", begin_mark, has_answer},
    {"grading.next", "n Right", "answer", "the next answer, the one before", next_one, has_answer},
    {"grading.before", "p Left", "answer", "the next answer, the one before", one_before, has_answer},
    {"grading.down", "J PgDn", "scroll", "scroll a long answer", down, has_answer},
    {"grading.up", "K PgUp", NULL, "scroll a long answer", up, has_answer},
    {"grading.disputed", "d", "disputed", "answers that graders marked too far apart, to settle them; or back to the queue",
     swap_disputed, class_instructs},
    CLASS_ACTIONS("grading"),
    {"move.down", NULL, NULL, "another answer", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Free text of attempts that are over, which waits for a mark of yours. A blind assignment does not say whose it is. Where two "
     "graders mark, neither sees the other's mark; the mean counts, and where they are too far apart an instructor settles it.",
     "man 1 slipway-class-queue, man 1 slipway-class-grade", NULL},
};

const struct screen screen_grading = {
    .name = "grading",
    .title = "Grading",
    .about = "Free text that waits for a mark, by its rubric.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct grading),
    .open = open_grading,
    .draw = draw_grading,
    .key = key_grading,
    .typing = writes,
    .clicked = clicked_grading,
    .tick = tick_grading,
    .interval = class_interval,
    .close = close_grading,
};
