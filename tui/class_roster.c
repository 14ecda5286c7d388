/* The roster: who belongs to the class, as what, with how much extra time; one by one, from a file, and back into one. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_commands.h"
#include "tui/class_message.h"
#include "tui/class_room.h"
#include "tui/format.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct roster {
    struct class_room room;
    json_t *members;
};

enum { R_NAME, R_USER, R_UID, R_ROLE, R_EXTRA };
static const struct browse_column columns[] = {
    [R_NAME] = {{"NAME", 0, false, 0}, "name", NULL, false},       [R_USER] = {{"USER", 16, false, 0}, "user", NULL, false},
    [R_UID] = {{"UID", 10, true, 0}, "uid", NULL, false},          [R_ROLE] = {{"ROLE", 11, false, 0}, "role", NULL, false},
    [R_EXTRA] = {{"EXTRA TIME", 10, true, 0}, "more", NULL, true},
};

static void got_roster(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct roster *roster = owner;
    size_t i;
    json_t *member;
    if (!class_take(app, &roster->room, answer, "members", &roster->members, err))
        return;
    json_array_foreach(roster->members, i, member)
    {
        char text[32];
        snprintf(text, sizeof text, "%lld", json_num(member, "uid", 0));
        json_object_set_new(member, "id", json_string(text));
        snprintf(text, sizeof text, "%lld %%", json_num(member, "extra", 0));
        json_object_set_new(member, "more", json_num(member, "extra", 0) ? json_string(text) : json_string(""));
    }
    browse_take(&roster->room.browse, roster->members);
}

static void tick_roster(struct app *app, void *state)
{
    work_school(app->work, json_pack("{s:s}", "op", "class.roster"), got_roster, state);
}

static void open_roster(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, columns, ARRAY_LEN(columns));
    app_ran(app, "slipway class roster");
}

static void draw_roster(struct app *app, void *state, struct area area)
{
    struct roster *roster = state;
    struct browse *browse = &roster->room.browse;
    struct area inside;
    char note[64];
    (void)app;
    browse_note(browse, note, sizeof note);
    if (class_frame(&roster->room, CLASS_ROSTER, area, "Roster", note, &inside))
        browse_draw(browse, filter_draw(&browse->filter, inside));
    class_over(&roster->room, area);
}

/* --- changes --- */

enum { F_USER, F_ROLE, F_NAME, F_EXTRA };

static void enrol(struct app *app, void *owner, struct form *form)
{
    struct class_room *room = owner;
    struct error err = ERROR_INIT;
    uint32_t uid = 0;
    long long extra = 0;
    const char *user = form_text(form, F_USER), *name = form_text(form, F_NAME), *role = form_text(form, F_ROLE);
    const char *more = form_text(form, F_EXTRA);
    class_user(user, &uid, &err);
    if (!err.code && *more && !str_to_int(more, &extra))
        error_set(&err, EINVAL, "extra time is a number of percent, as 25");
    if (!class_accept(room, &err))
        return;
    app_ran(app, "slipway class enrol --role %s --name \"%s\" --extra %lld %s", str_or(role, "student"), name, extra, user);
    class_change(app, room,
                 json_pack("{s:s,s:[{s:I,s:s,s:o,s:I}]}", "op", "class.enrol", "members", "uid", (json_int_t)uid, "role",
                           str_or(role, "student"), "name", class_text(name), "extra", (json_int_t)extra),
                 "enrolled", NULL);
}

static void open_form(struct class_room *room, const char *title, const json_t *member)
{
    char extra[24] = "";
    if (member)
        snprintf(extra, sizeof extra, "%lld", json_num(member, "extra", 0));
    form_open(&room->form, title, enrol);
    form_add(&room->form, "User", "A login name of this machine, or its number.", json_str(member, "user", ""));
    form_add(&room->form, "Role", "student, grader or instructor", json_str(member, "role", "student"));
    form_add(&room->form, "Name", "As lists and the gradebook show it; empty: the login name.", json_str(member, "name", ""));
    form_add(&room->form, "Extra time", "Percent that is added to every time limit of theirs, 0 to 300.", extra);
}

static void add(struct app *app, void *state)
{
    (void)app;
    open_form(state, "Enrol", NULL);
}

static void change(struct app *app, void *state)
{
    struct roster *roster = state;
    (void)app;
    open_form(&roster->room, "Change", browse_selected(&roster->room.browse));
}

static void removed(struct app *app, void *owner, long uid)
{
    app_ran(app, "slipway class remove %ld", uid);
    class_change(app, owner, json_pack("{s:s,s:I}", "op", "class.remove", "uid", (json_int_t)uid), "taken off the roster", NULL);
}

static void take_off(struct app *app, void *state)
{
    struct roster *roster = state;
    const json_t *member = browse_selected(&roster->room.browse);
    char text[300];
    snprintf(text, sizeof text, "%.80s may no longer ask the class for anything. What they did and their marks stay in the log.",
             json_str(member, "name", ""));
    app_ask(app, "Take off the roster", text, removed, roster, (long)json_num(member, "uid", 0));
}

static json_t *build_roster(const json_t *about, struct error *err)
{
    const char *path = json_str(about, "path", ""), *group = json_str(about, "group", "");
    cleanup_json json_t *members = json_array();
    int r = *path ? class_roster_read(path, members, err) : 0;
    if (r == 0 && *group)
        r = class_roster_group(group, json_str(about, "role", ""), members, err);
    return r < 0 ? NULL : json_pack("{s:s,s:O}", "op", "class.enrol", "members", members);
}

enum { FROM_FILE, FROM_GROUP, FROM_ROLE };

static void take_many(struct app *app, void *owner, struct form *form)
{
    const char *path = form_text(form, FROM_FILE), *group = form_text(form, FROM_GROUP), *role = form_text(form, FROM_ROLE);
    struct error err = ERROR_INIT;
    if (!*path && !*group)
        error_set(&err, EINVAL, "name a file, a group, or both");
    if (!class_accept(owner, &err))
        return;
    app_ran(app, "slipway class enrol%s%s%s%s%s%s", *path ? " --csv " : "", path, *group ? " --group " : "", group,
            *group ? " --role " : "", *group ? str_or(role, "student") : "");
    class_change_by(app, owner,
                    json_pack("{s:o,s:o,s:o}", "path", class_text(path), "group", class_text(group), "role", class_text(role)),
                    build_roster, "the roster is taken", NULL);
}

static void from_file(struct app *app, void *state)
{
    struct class_room *room = state;
    (void)app;
    form_open(&room->form, "Enrol from a file, or a Unix group", take_many);
    form_add(&room->form, "File", "CSV with the columns user, role, name, extra. All of it is taken, or nothing.", "");
    form_add(&room->form, "Group", "Everybody in this Unix group of the machine; empty: only the file.", "");
    form_add(&room->form, "Role", "Of those in the group: student, grader or instructor.", "student");
}

static void write_csv(struct app *app, void *state, FILE *out)
{
    const struct roster *roster = state;
    class_roster_write(out, roster->members);
    app_ran(app, "slipway class roster --csv >%s", form_text(&roster->room.form, 0));
}

static void to_file(struct app *app, void *state)
{
    (void)app;
    class_save(state, "Write the roster", "CSV, as \"from a file\" takes it.", "roster.csv", write_csv);
}

static void write_kept(struct app *app, void *state)
{
    struct roster *roster = state;
    (void)app;
    class_kept_write(&roster->room, browse_selected(&roster->room.browse));
}

static void erase(struct app *app, void *state)
{
    struct roster *roster = state;
    (void)app;
    class_erase_write(&roster->room, browse_selected(&roster->room.browse));
}

static bool on_member(struct app *app, void *state)
{
    return class_instructs(app, state) && browse_selected(&((struct roster *)state)->room.browse);
}

static void message(struct app *app, void *state)
{
    struct roster *roster = state;
    class_message_write(app, &roster->room, browse_selected(&roster->room.browse));
}

static void close_roster(struct app *app, void *state)
{
    struct roster *roster = state;
    (void)app;
    class_close(&roster->room);
    json_decref(roster->members);
}

static const struct action actions[] = {
    {"roster.change", "Enter", "change", "role, name and extra time of the one at the bar", change, on_member},
    {"roster.add", "a", "enrol", "put a user on the roster", add, class_instructs},
    {"roster.from-file", "i", "import", "a roster from a CSV file, or a Unix group", from_file, class_instructs},
    {"roster.to-file", "e", "export", "the roster into a CSV file", to_file, NULL},
    {"roster.remove", "D", "remove", "take the one at the bar off the roster (asks first)", take_off, on_member},
    {"roster.kept", "w", "kept, erase", "w writes all that is kept of a student to a file; E erases the student too (asks first)",
     write_kept, class_instructs},
    {"roster.erase", "E", "kept, erase", "w writes all that is kept of a student to a file; E erases the student too (asks first)",
     erase, class_instructs},
    {"roster.message", "m", NULL, "a line to the one at the bar", message, NULL},
    CLASS_ACTIONS("roster"),
    {"roster.sort", "o", NULL, "order by the next column; O turns it round", class_sort, NULL},
    {"roster.reverse", "O", NULL, "order by the next column; O turns it round", class_reverse, NULL},
    {"move.down", NULL, NULL, "another one", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Who belongs to the class. People are known by their user numbers; roles say what they may ask for: students for what is "
     "theirs, graders for the board, the roster, marking and the gradebook, instructors for everything. Extra time is added to "
     "each "
     "of "
     "their time limits.",
     "man 1 slipway-class-roster, man 1 slipway-class-enrol", NULL},
};

const struct screen screen_roster = {
    .name = "roster",
    .title = "Roster",
    .about = "Who belongs to the class, and as what.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct roster),
    .open = open_roster,
    .draw = draw_roster,
    .key = class_key,
    .typing = class_typing,
    .filter = class_filter,
    .tick = tick_roster,
    .interval = class_interval,
    .close = close_roster,
};
