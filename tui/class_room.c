/* What the class's screens share. */
#include "tui/class_room.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "tui/format.h"
#include "tui/hit.h"
#include "tui/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVERY_MS = 4000, GRADER = 1, INSTRUCTOR = 2, STUDENT = 4, STAFF = GRADER | INSTRUCTOR, ALL = STAFF | STUDENT };

static const struct {
    const char *name, *student_name;
    const struct screen *screen;
    unsigned roles; /* whom the school answers */
} tables[CLASS_TABS] = {
    [CLASS_BOARD] = {"Board", NULL, &screen_class, STAFF},
    [CLASS_GRADING] = {"Grading", NULL, &screen_grading, STAFF},
    [CLASS_BOOK] = {"Gradebook", "Marks", &screen_gradebook, ALL},
    [CLASS_WORK] = {"Assignments", NULL, &screen_assignments, ALL},
    [CLASS_ROSTER] = {"Roster", NULL, &screen_roster, STAFF},
    [CLASS_MESSAGES] = {"Messages", NULL, &screen_messages, ALL},
    [CLASS_BANKS] = {"Banks", NULL, &screen_class_banks, INSTRUCTOR},
    [CLASS_LOG] = {"Log", NULL, &screen_log, INSTRUCTOR},
};

/* What the one who sits here is in the class, 0 as long as it is not known. */
static unsigned role;
static char title[100];

const char *class_title(void) { return title; }

static void got_info(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    static const struct {
        const char *name;
        unsigned role;
    } names[] = {{"student", STUDENT}, {"grader", GRADER}, {"instructor", INSTRUCTOR}};
    (void)owner;
    role = 0;
    copy_text(title, sizeof title, err ? "" : json_str(answer, "title", ""));
    for (size_t i = 0; i < ARRAY_LEN(names) && !err; i++)
        if (str_equal(names[i].name, json_str(answer, "role", "")))
            role = names[i].role;
    app_dirty(app);
}

static bool is_one(unsigned roles) { return role == 0 || (role & roles) != 0; }

bool class_instructs(struct app *app, void *state)
{
    (void)app, (void)state;
    return is_one(INSTRUCTOR);
}

bool class_staff(struct app *app, void *state)
{
    (void)app, (void)state;
    return is_one(STAFF);
}

bool class_student(struct app *app, void *state)
{
    (void)app, (void)state;
    return role == STUDENT;
}

/* Beside each other: they take each other's place above the exams, so that Esc leads back there. */
void class_show(struct app *app, enum class_tab tab)
{
    app_home_of(app, TAB_EXAM);
    app_push(app, TAB_EXAM, tables[tab].screen, NULL);
    app_go(app, TAB_EXAM);
}

static void show_clicked(struct app *app, long tab) { class_show(app, (enum class_tab)tab); }

static int tab_on_show(struct app *app)
{
    for (int i = 0; i < CLASS_TABS; i++)
        if (app_view(app)->screen == tables[i].screen)
            return i;
    return CLASS_BOARD;
}

static void step(struct app *app, int by)
{
    int tab = tab_on_show(app);
    do
        tab = (tab + by + CLASS_TABS) % CLASS_TABS;
    while (!is_one(tables[tab].roles));
    class_show(app, (enum class_tab)tab);
}

void class_next(struct app *app, void *state)
{
    (void)state;
    step(app, 1);
}

void class_before(struct app *app, void *state)
{
    (void)state;
    step(app, -1);
}

struct area class_strip(struct area area, enum class_tab on)
{
    int x = 1, gap = area.w >= 100 ? 4 : 2;
    for (int i = 0; i < CLASS_TABS; i++) {
        const char *name = role == STUDENT && tables[i].student_name ? tables[i].student_name : tables[i].name;
        if (!is_one(tables[i].roles) && i != (int)on)
            continue;
        if (i == (int)on)
            x += put(area, 0, x, S_ACCENT, glyph(G_PLAY)) + 1;
        hit_call(area, 0, x, text_width(name), show_clicked, i);
        x += put(area, 0, x, i == (int)on ? S_STRONG : S_DIM, name) + gap;
    }
    return area_rows(area, 1, area.h);
}

/* --- what every one of them does --- */

void class_open(struct app *app, struct class_room *room, const struct browse_column *columns, int count)
{
    browse_open(&room->browse, columns, count, -1);
    work_school(app->work, json_pack("{s:s}", "op", "class.info"), got_info, room);
}

void class_close(struct class_room *room) { browse_close(&room->browse); }

bool class_typing(struct app *app, void *state)
{
    const struct class_room *room = state;
    (void)app;
    return room->form.open;
}

struct filter *class_filter(struct app *app, void *state)
{
    (void)app;
    return &((struct class_room *)state)->browse.filter;
}

bool class_key(struct app *app, void *state, keycode key)
{
    struct class_room *room = state;
    if (!room->form.open)
        return browse_key(&room->browse, key);
    form_key(app, &room->form, state, key);
    return true;
}

int class_interval(struct app *app, void *state)
{
    (void)app, (void)state;
    return EVERY_MS;
}

void class_sort(struct app *app, void *state)
{
    (void)app;
    browse_sort_next(&((struct class_room *)state)->browse);
}

void class_reverse(struct app *app, void *state)
{
    struct browse *browse = &((struct class_room *)state)->browse;
    (void)app;
    browse_sort(browse, browse->sort);
}

bool class_frame(struct class_room *room, enum class_tab tab, struct area area, const char *title, const char *note,
                 struct area *inside)
{
    *inside = draw_box(class_strip(area, tab), title, note, S_ACCENT);
    if (room->error[0])
        draw_wrapped(*inside, 0, 0, S_WARN, room->error);
    else if (!room->loaded)
        put(*inside, 0, 0, S_DIM, "asking the school");
    return !room->error[0] && room->loaded;
}

void class_over(struct class_room *room, struct area area)
{
    if (room->form.open)
        form_draw(&room->form, area);
}

bool class_got(struct app *app, struct class_room *room, const struct error *err)
{
    copy_text(room->error, sizeof room->error, err ? err->message : "");
    room->loaded = room->loaded || !err;
    app_dirty(app);
    return !err;
}

bool class_take(struct app *app, struct class_room *room, json_t *answer, const char *part, json_t **slot, const struct error *err)
{
    if (!class_got(app, room, err))
        return false;
    json_decref(*slot);
    *slot = json_incref(part ? json_object_get(answer, part) : answer);
    return true;
}

/* --- changes --- */

bool class_accept(struct class_room *room, const struct error *err)
{
    if (err->code)
        copy_text(room->form.error, sizeof room->form.error, err->message);
    return err->code == 0;
}

bool class_came(struct app *app, struct class_room *room, const struct error *err)
{
    struct form *form = &room->form;
    bool waits = form->open && form->sent;
    form->sent = false;
    app_dirty(app);
    if (err && waits)
        class_accept(room, err);
    else if (err)
        app_note(app, S_BAD, "%s", err->message);
    else if (waits)
        form->open = false;
    return !err;
}

static void made(struct app *app, void *owner, json_t *answer, const struct error *err)
{
    struct class_room *room = owner;
    room->sending = false;
    if (!class_came(app, room, err))
        return;
    if (room->said[0])
        app_note(app, S_OK, "%s %s", glyph(G_CHECK), room->said);
    if (room->changed)
        room->changed(app, room, answer);
    struct view *view = app_view(app);
    if (view->state == room && view->screen->tick)
        view->screen->tick(app, room);
}

typedef void change_fn(struct app *app, void *state, json_t *answer);

/* False when a change is under way: Enter was pressed twice, or in a form that was opened meanwhile. */
static bool begins(struct class_room *room, const char *said, change_fn *changed)
{
    struct form *form = &room->form;
    if (room->sending) {
        copy_text(form->error, sizeof form->error, form->sent ? "" : "another change is under way");
        return false;
    }
    room->sending = form->sent = true;
    room->changed = changed;
    form->error[0] = 0;
    copy_text(room->said, sizeof room->said, said);
    return true;
}

void class_change(struct app *app, struct class_room *room, json_t *request, const char *said, change_fn *changed)
{
    if (begins(room, said, changed))
        work_school(app->work, request, made, room);
    else
        json_decref(request);
}

/* --- what takes longer, and files --- */

struct file_job {
    char *path, *text; /* to be written there; else a request is built */
    size_t len;
    json_t *about;
    class_build *build;
    json_t *reply;
};

static void do_file_job(void *data, struct error *err)
{
    struct file_job *job = data;
    if (job->text) {
        file_replace(job->path, job->text, job->len, 0600, err);
        return;
    }
    cleanup_json json_t *request = job->build(job->about, err);
    if (request)
        class_call(request, &job->reply, err);
}

static void file_job_done(struct app *app, void *owner, void *data, const struct error *err)
{
    struct file_job *job = data;
    if (owner)
        made(app, owner, job->reply, err);
    json_decref(job->about);
    json_decref(job->reply);
    free(job->path);
    free(job->text);
    free(job);
}

static void run_file_job(struct app *app, struct class_room *room, const struct file_job *job)
{
    struct file_job *copy = xcalloc(1, sizeof *copy);
    *copy = *job;
    work_run(app->work, LANE_SCHOOL, do_file_job, file_job_done, copy, room);
}

void class_change_by(struct app *app, struct class_room *room, json_t *about, class_build *build, const char *said,
                     change_fn *changed)
{
    if (begins(room, said, changed))
        run_file_job(app, room, &(struct file_job){.about = about, .build = build});
    else
        json_decref(about);
}

void class_write_over(struct app *app, const char *path, void (*yes)(struct app *, void *, long), void *owner)
{
    char text[200];
    snprintf(text, sizeof text, "There is a file %.120s. What is in it is lost.", path);
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        app_ask(app, "Write over the file", text, yes, owner, 0);
    else
        yes(app, owner, 0);
}

static void save(struct app *app, void *owner, long argument)
{
    struct class_room *room = owner;
    const char *path = form_text(&room->form, 0);
    char said[200];
    (void)argument;
    snprintf(said, sizeof said, "written to %.180s", path);
    if (!begins(room, said, NULL))
        return;
    struct file_job job = {.path = xstrdup(path)};
    FILE *memory = open_memstream(&job.text, &job.len);
    room->output(app, room, memory);
    fclose(memory);
    run_file_job(app, room, &job);
}

static void name_given(struct app *app, void *owner, struct form *form)
{
    struct error err = ERROR_INIT;
    if (!*form_text(form, 0))
        error_set(&err, EINVAL, "name a file");
    if (class_accept(owner, &err))
        class_write_over(app, form_text(form, 0), save, owner);
}

void class_save(struct class_room *room, const char *title, const char *hint, const char *name, class_output *output)
{
    room->output = output;
    form_open(&room->form, title, name_given);
    form_add(&room->form, "File", hint, name);
}

json_t *class_text(const char *text) { return json_text_value(text, strlen(text)); }

bool class_real(const char *text, double *out)
{
    cleanup_free char *number = xstrndup(text, strlen(text) - str_ends(text, "%"));
    return str_to_real(number, out);
}
