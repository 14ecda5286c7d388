/* A look at a student's lab terminal, as it is on their screen. Nothing typed here reaches it; their screen says who looks. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/class_message.h"
#include "tui/class_room.h"
#include "tui/format.h"
#include "tui/screen_text.h"

enum { EVERY_MS = 1000 };

struct peek {
    struct class_room room;
    json_t *student; /* "uid", "name" */
    json_t *answer;
    bool asking;
};

static void got_peek(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct peek *peek = owner;
    peek->asking = false;
    class_take(app, &peek->room, answer, NULL, &peek->answer, err);
}

static void tick_peek(struct app *app, void *state)
{
    struct peek *peek = state;
    if (peek->asking)
        return;
    peek->asking = true;
    work_school(app->work, json_pack("{s:s,s:O?}", "op", "class.peek", "uid", json_object_get(peek->student, "uid")), got_peek,
                peek);
}

static int every(struct app *app, void *state)
{
    (void)app, (void)state;
    return EVERY_MS;
}

static void open_peek(struct app *app, void *state, const void *argument)
{
    struct peek *peek = state;
    peek->student = json_incref((json_t *)argument);
    class_open(app, &peek->room, NULL, 0);
    app_ran(app, "slipway class peek --follow %lld", json_num(peek->student, "uid", 0));
}

static const char *why_not(const char *state)
{
    static const struct {
        const char *state, *words;
    } words[] = {
        {"away", "Their Slipway is not running, or has not asked the school for a while. It is looked for again every second."},
        {"elsewhere", "No lab's terminal is on their screen now. It shows here when they come back to one."},
        {"waits", "Their screen is being told who looks; then it shows."},
    };
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (str_equal(words[i].state, state))
            return words[i].words;
    return "";
}

static void draw_peek(struct app *app, void *state, struct area area)
{
    struct peek *peek = state;
    char title[160], note[80];
    const json_t *shown = json_object_get(peek->answer, "screen"), *screen = json_is_object(shown) ? shown : NULL;
    const char *where = json_str(peek->answer, "where", "");
    (void)app;
    snprintf(title, sizeof title, *where ? "%.60s, %.60s" : "%.60s", json_str(peek->student, "name", ""), where);
    snprintf(note, sizeof note, "read only%s", area.w >= 100 ? "; they see that you look" : "");
    struct area inside = draw_box(area, title, note, screen ? S_ACCENT : S_DIM);
    if (peek->room.error[0])
        draw_wrapped(inside, 0, 0, S_WARN, peek->room.error);
    else if (screen)
        screen_text_draw(screen, inside);
    else
        draw_wrapped(inside, 0, 0, S_DIM, peek->answer ? why_not(json_str(peek->answer, "state", "")) : "asking the school");
    class_over(&peek->room, area);
}

static void message(struct app *app, void *state)
{
    struct peek *peek = state;
    class_message_write(app, &peek->room, peek->student);
}

/* Their screen is told at once, not when the look runs out. */
static void close_peek(struct app *app, void *state)
{
    struct peek *peek = state;
    work_school(app->work, json_pack("{s:s,s:O?,s:b}", "op", "class.peek", "uid", json_object_get(peek->student, "uid"), "end", 1),
                NULL, NULL);
    class_close(&peek->room);
    json_decref(peek->student);
    json_decref(peek->answer);
}

static const struct action actions[] = {
    {"peek.message", "m", "message", "a line to this student", message, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "The lab terminal on a student's screen, asked for once a second. Their screen names you as long as you look, and what is on "
     "it "
     "is given to nobody who is not named there. You cannot type in it. That you looked stands in the class's log; what you saw "
     "does not.",
     "man 1 slipway-class-peek", NULL},
};

const struct screen screen_peek = {
    .name = "peek",
    .title = "Terminal",
    .about = "A look at a student's lab terminal.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct peek),
    .open = open_peek,
    .draw = draw_peek,
    .key = class_key,
    .typing = class_typing,
    .tick = tick_peek,
    .interval = every,
    .close = close_peek,
};
