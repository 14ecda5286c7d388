/* Messages of the class: those to all and to the one who asks, and writing one. */
#include "tui/class_message.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "tui/format.h"

#include <string.h>

static void send(struct app *app, void *owner, struct form *form)
{
    struct class_room *room = owner;
    const char *text = form_text(form, 0);
    json_t *request = json_pack("{s:s,s:o}", "op", "class.message", "text", class_text(text));
    if (form->value >= 0)
        json_object_set_new(request, "uid", json_integer(form->value));
    if (form->value >= 0)
        app_ran(app, "slipway class message --to %ld \"%s\"", form->value, text);
    else
        app_ran(app, "slipway class message \"%s\"", text);
    class_change(app, room, request, "sent; it shows on their screens within seconds", NULL);
}

void class_message_write(struct app *app, struct class_room *room, const json_t *student)
{
    char title[100];
    (void)app;
    snprintf(title, sizeof title, student ? "Message to %.60s" : "Message to everybody", json_str(student, "name", ""));
    form_open(&room->form, title, send);
    form_add(&room->form, "Text", "One line. It shows at the foot of their screen, and slipway class inbox keeps it.", "");
    room->form.value = student ? (long)json_num(student, "uid", 0) : -1;
}

enum { LINES_LEAST = 4 };
enum { M_AT, M_FROM, M_TO, M_TEXT };
static const struct browse_column columns[] = {
    [M_AT] = {{"AT", 16, false, 0}, "when", NULL, true},
    [M_FROM] = {{"FROM", 16, false, 0}, "from", NULL, false},
    [M_TO] = {{"TO", 12, false, 100}, "whom", NULL, false},
    [M_TEXT] = {{"MESSAGE", 0, false, 0}, "text", NULL, false},
};

static json_t *row_of(const json_t *message)
{
    char id[24], when[LOCAL_TIME];
    snprintf(id, sizeof id, "%012lld", json_num(message, "message", 0));
    local_time_of(json_str(message, "at", NULL), when);
    const char *from_day = strchr(when, ' ') ? strchr(when, ' ') + 1 : when; /* sorts by time */
    cleanup_free char *short_when = xstrndup(from_day, 16);
    const char *whom = !json_flag(message, "personal", false) ? "all" : str_or(json_str(message, "to", ""), "you");
    return json_pack("{s:s,s:s,s:O?,s:s,s:O?}", "id", id, "when", short_when, "from", json_object_get(message, "from"), "whom",
                     whom, "text", json_object_get(message, "text"));
}

static void got_messages(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_room *room = owner;
    if (!class_got(app, room, err))
        return;
    cleanup_json json_t *rows = json_array();
    const json_t *list = json_object_get(answer, "messages");
    for (size_t i = json_array_size(list); i > 0; i--)
        json_array_append_new(rows, row_of(json_array_get(list, i - 1)));
    browse_take(&room->browse, rows);
    json_t *last = json_array_get(list, json_array_size(list) - 1);
    if (json_flag(last, "new", false)) /* read here: it need not come up at the foot as well */
        work_school(app->work, json_pack("{s:s,s:O}", "op", "class.inbox", "seen", json_object_get(last, "message")), NULL, NULL);
}

static void tick_messages(struct app *app, void *state)
{
    work_school(app->work, json_pack("{s:s,s:b}", "op", "class.inbox", "sent", 1), got_messages, state);
}

static void open_messages(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, columns, ARRAY_LEN(columns));
    app_ran(app, "slipway class inbox");
}

/* Of the message in full: as many as it takes, as long as half is left for the others. */
static int lines_of(const char *text, struct area area)
{
    int lines = draw_wrapped(area_rows(area, 0, 0), 0, 0, S_TEXT, text);
    lines = lines < LINES_LEAST ? LINES_LEAST : lines;
    return lines > area.h / 2 ? area.h / 2 : lines;
}

static void draw_messages(struct app *app, void *state, struct area area)
{
    struct class_room *room = state;
    struct area inside;
    (void)app;
    if (class_frame(room, CLASS_MESSAGES, area, "Messages", "the newest first", &inside)) {
        const json_t *row = browse_selected(&room->browse);
        if (!row) {
            put(inside, 0, 0, S_DIM, "no message yet");
        } else {
            int lines = lines_of(json_str(row, "text", ""), inside);
            browse_draw(&room->browse, filter_draw(&room->browse.filter, area_rows(inside, 0, inside.h - lines - 1)));
            put_line(area_rows(inside, inside.h - lines - 1, 1), 0, G_HLINE, S_DIM);
            draw_wrapped(area_rows(inside, inside.h - lines, lines), 0, 0, S_STRONG, json_str(row, "text", ""));
        }
    }
    class_over(room, area);
}

static void write_all(struct app *app, void *state) { class_message_write(app, state, NULL); }

static void close_messages(struct app *app, void *state)
{
    (void)app;
    class_close(state);
}

static const struct action actions[] = {
    {"messages.write", "m", "write", "a line to everybody; to one of them from the board", write_all, class_staff},
    CLASS_ACTIONS("messages"),
    {"move.down", NULL, "choose", "another message", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "What was written to all and to you, the newest first; a grader or instructor sees what they wrote as well. Below, the "
     "message at the bar in full.",
     "man 1 slipway-class-inbox", NULL},
};

const struct screen screen_messages = {
    .name = "messages",
    .title = "Messages",
    .about = "The messages of the class.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct class_room),
    .open = open_messages,
    .draw = draw_messages,
    .key = class_key,
    .typing = class_typing,
    .filter = class_filter,
    .tick = tick_messages,
    .interval = class_interval,
    .close = close_messages,
};
