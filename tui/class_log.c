/* The class's log: whether anything that is stored was changed, in words; and the line that a student's receipt names. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "tui/class_room.h"
#include "tui/format.h"

#include <string.h>

struct class_log {
    struct class_room room;
    json_t *audit;
    char receipt[80]; /* that was asked for; "" for none */
    bool asking;
};

static void got_audit(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_log *log = owner;
    log->asking = false;
    class_take(app, &log->room, answer, NULL, &log->audit, err);
}

static void ask(struct app *app, struct class_log *log)
{
    json_t *request = json_pack("{s:s}", "op", "audit");
    if (log->receipt[0])
        json_object_set_new(request, "receipt", class_text(log->receipt));
    log->asking = true;
    work_school(app->work, request, got_audit, log);
}

static void open_log(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, NULL, 0);
    app_ran(app, "slipway class audit");
    ask(app, state);
}

static int draw_verdict(const struct class_log *log, struct area area)
{
    bool intact = json_flag(log->audit, "intact", false);
    int x = put(area, 0, 0, intact ? S_OK : S_BAD, glyph(intact ? G_CHECK : G_CROSS)) + 1;
    struct area text = area_columns(area, x, area.w);
    int y = draw_wrapped(text, 0, 0, intact ? S_OK : S_BAD,
                         intact ? "Nothing was changed: the chain of the log holds, and every table of marks agrees with it."
                                : "The log was changed.");
    if (!intact)
        y += draw_wrapped(text, y, 0, S_STRONG, json_str(log->audit, "problem", ""));
    y++;
    put(area, y, 0, S_DIM, "events");
    putf(area, y++, 9, S_TEXT, "%lld", json_num(log->audit, "events", 0));
    put(area, y, 0, S_DIM, "head");
    y += draw_wrapped(area_columns(area, 9, area.w), y, 0, S_CODE, json_str(log->audit, "head", ""));
    return y + 1;
}

static int draw_found(const struct class_log *log, struct area area, int y)
{
    const json_t *found = json_object_get(log->audit, "receipt");
    char at[LOCAL_TIME];
    put(area, y, 0, S_DIM, "receipt");
    y += draw_wrapped(area_columns(area, 9, area.w), y, 0, S_CODE, log->receipt);
    if (!json_is_object(found))
        return y + draw_wrapped(area_columns(area, 9, area.w), y, 0, S_WARN,
                                "No event has this hash: it is not from this log, or the log was rewritten.");
    local_time_of(json_str(found, "at", NULL), at);
    putf(area, y++, 9, S_OK, "%s event %lld, %s", glyph(G_CHECK), json_num(found, "event", 0), at);
    putf(area, y++, 9, S_TEXT, "attempt %lld, %s", json_num(found, "attempt", 0), json_str(found, "kind", ""));
    return y;
}

static void draw_log(struct app *app, void *state, struct area area)
{
    struct class_log *log = state;
    struct area inside;
    (void)app;
    if (class_frame(&log->room, CLASS_LOG, area, "Log", log->asking ? "looking" : "recomputed from its first line", &inside)) {
        int y = draw_verdict(log, inside);
        if (log->receipt[0])
            y = draw_found(log, inside, y) + 1;
        draw_wrapped(
            inside, y, 0, S_DIM,
            "Each answer, mark, extension and look at a screen is a line of the log, which holds the hash of the line before. "
            "Whoever can write to the database can still write another log; a student's receipt, which names the hash of a "
            "line, shows that.");
    }
    class_over(&log->room, area);
}

static void look_again(struct app *app, void *state)
{
    struct class_log *log = state;
    app_ran(app, log->receipt[0] ? "slipway class audit --receipt %s" : "slipway class audit", log->receipt);
    ask(app, log);
}

static void receipt_given(struct app *app, void *owner, struct form *form)
{
    struct class_log *log = owner;
    copy_text(log->receipt, sizeof log->receipt, form_text(form, 0));
    form->open = false;
    look_again(app, log);
}

static void look_for(struct app *app, void *state)
{
    struct class_room *room = state;
    (void)app;
    form_open(&room->form, "Look for a receipt", receipt_given);
    form_add(&room->form, "Receipt", "The 64 digits that a student got when an exam was handed in.", "");
}

static void close_log(struct app *app, void *state)
{
    struct class_log *log = state;
    (void)app;
    class_close(&log->room);
    json_decref(log->audit);
}

static const struct action actions[] = {
    {"log.again", "Enter a", "audit", "recompute the log's chain now", look_again, NULL},
    {"log.receipt", "r", "receipt", "the line that a student's receipt names", look_for, NULL},
    CLASS_ACTIONS("log"),
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Every event of the class is a line that is chained to the one before by its hash. The audit recomputes all of them, and "
     "compares "
     "the tables of answers and marks with what the log says.",
     "man 1 slipway-class-audit", NULL},
};

const struct screen screen_log = {
    .name = "class-log",
    .title = "Log",
    .about = "Whether what is stored is what happened.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct class_log),
    .open = open_log,
    .draw = draw_log,
    .key = class_key,
    .typing = class_typing,
    .close = close_log,
};
