/* All that is kept of a student, written to a file; and a student erased, after that and after a question. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_work.h"
#include "tui/class_message.h"
#include "tui/class_room.h"

#include <errno.h>

enum { KEPT_USER, KEPT_FILE, KEPT_REASON };

static void ask_kept(struct class_room *room, const json_t *member, const char *title,
                     void (*given)(struct app *, void *, struct form *))
{
    const char *user = json_str(member, "user", "");
    cleanup_free char *file = str_format("%s.json", str_or(user, "student"));
    form_open(&room->form, title, given);
    form_add(&room->form, "User", "A login name, or its number; also of a student who was taken off the roster.", user);
    form_add(&room->form, "File", "JSON: answers, steps, marks, comments and events, readable by you alone.", file);
    room->form.at = *user ? KEPT_FILE : KEPT_USER;
}

/* What was written of it; NULL and told in the form when it cannot be. */
static json_t *kept_about(struct class_room *room, const struct form *form)
{
    struct error err = ERROR_INIT;
    uint32_t uid;
    const char *user = form_text(form, KEPT_USER), *file = form_text(form, KEPT_FILE), *reason = form_text(form, KEPT_REASON);
    class_user(user, &uid, &err);
    if (!err.code && !*file)
        error_set(&err, EINVAL, "name a file for it");
    if (!err.code && form->count > KEPT_REASON && !*reason)
        error_set(&err, EINVAL, "to erase a student needs a reason");
    return class_accept(room, &err)
               ? json_pack("{s:o,s:o,s:o}", "user", class_text(user), "file", class_text(file), "reason", class_text(reason))
               : NULL;
}

static json_t *build_export(const json_t *about, struct error *err)
{
    class_export_file(json_str(about, "user", ""), json_str(about, "file", ""), err);
    return NULL;
}

static void export_now(struct app *app, void *owner, long argument)
{
    struct class_room *room = owner;
    json_t *about = kept_about(room, &room->form);
    char said[200];
    (void)argument;
    if (!about)
        return;
    app_ran(app, "slipway class export %s %s", json_str(about, "user", ""), json_str(about, "file", ""));
    snprintf(said, sizeof said, "all that is kept of %.40s is in %.100s", json_str(about, "user", ""), json_str(about, "file", ""));
    class_change_by(app, owner, about, build_export, said, NULL);
}

static void export(struct app *app, void *owner, struct form *form)
{
    cleanup_json json_t *about = kept_about(owner, form);
    if (about)
        class_write_over(app, json_str(about, "file", ""), export_now, owner);
}

void class_kept_write(struct class_room *room, const json_t *member)
{
    ask_kept(room, member, "Write all that is kept of a student", export);
}

static json_t *build_erase(const json_t *about, struct error *err)
{
    return class_erase_request(json_str(about, "user", ""), json_str(about, "reason", ""), json_str(about, "file", ""), err);
}

static void erase(struct app *app, void *owner, long argument)
{
    struct class_room *room = owner;
    (void)argument;
    json_t *about = kept_about(room, &room->form);
    if (!about)
        return;
    app_ran(app, "slipway class erase --reason \"%s\" %s %s", json_str(about, "reason", ""), json_str(about, "user", ""),
            json_str(about, "file", ""));
    class_change_by(app, room, about, build_erase, "erased; marks and the log stay, and belong to nobody", NULL);
}

static void ask_erase(struct app *app, void *owner, struct form *form)
{
    char text[400];
    cleanup_json json_t *about = kept_about(owner, form);
    if (!about)
        return;
    snprintf(text, sizeof text,
             "All that is kept of %.60s is written to %.80s first. Then who that was is forgotten for good: the name, progress, "
             "cards to repeat. Marks and the log stay, and belong to nobody.",
             json_str(about, "user", ""), json_str(about, "file", ""));
    app_ask(app, "Erase a student", text, erase, owner, 0);
}

void class_erase_write(struct class_room *room, const json_t *member)
{
    ask_kept(room, member, "Erase a student", ask_erase);
    form_add(&room->form, "Reason", "It stands in the log.", "");
}
