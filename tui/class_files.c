/* Files of questions, on the instructor's own side: a bank checked, and its proofs run, before the class gets it, and banks from
 * and to the formats of others. What is wrong, weak or lost is told by line. Nothing here changes the class. */
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/bank_files.h"
#include "quizzes/prove_command.h"
#include "tui/class_room.h"
#include "tui/format.h"
#include "tui/list.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct job;

struct files {
    struct class_room room;
    struct bank_lines told;
    char sum[300]; /* of the last file, in a line; "" before there was one */
    int top, lines, rows;
    struct job *job; /* under way */
    int64_t began_ns;
};

enum { EVERY_MS = 1000, MACHINES = 2 };

enum { C_FROM, C_TO, C_FORMAT, C_ID, C_TITLE, C_DOMAIN, C_LICENCE, C_TOPIC, C_LINES };
enum { P_FILE = C_FROM, P_QUESTION };

/* One file, off the screen's thread; `words` as they were written. */
struct job {
    void (*run)(struct job *job, struct error *err);
    char *words[C_LINES], *host;
    atomic_bool stop; /* nobody waits for it any more */
    struct bank_lines told;
    char sum[300];
};

/* --- the work --- */

static void check(struct job *job, struct error *err)
{
    const char *path = job->words[C_FROM];
    struct course_names *names = course_names_load(err);
    int r = names ? bank_check(path, names, &job->told, err) : -1;
    course_names_free(names);
    if (r == 0 && job->told.count)
        snprintf(job->sum, sizeof job->sum, "%.200s: %zu problem%s", path, job->told.count, job->told.count == 1 ? "" : "s");
    else if (r == 0)
        snprintf(job->sum, sizeof job->sum, "%.200s: %zu questions, nothing wrong", path, job->told.questions);
}

/* What the prover says: a line a run, what a failed one said below it, and figures. */
static void take_proofs(struct job *job, char *text)
{
    cleanup_strv char **lines = str_split(str_trim(text), '\n');
    bool failed = false;
    for (char **line = lines; *line; line++) {
        failed = **line == '#' ? failed : str_starts(*line, "not ok");
        if (!line[1])
            copy_text(job->sum, sizeof job->sum, *line + (str_starts(*line, "# ") ? 2 : 0));
        else
            strv_add(failed ? &job->told.problems : &job->told.notes, *line);
    }
}

static void prove(struct job *job, struct error *err)
{
    char *files[] = {job->words[P_FILE], NULL}, *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    const struct prove what = {.host = job->host,
                               .gates = true,
                               .jobs = MACHINES,
                               .only = job->words[P_QUESTION][0] ? job->words[P_QUESTION] : NULL,
                               .stop = &job->stop,
                               .out = out};
    int failures = prove_files(&what, files, err);
    fclose(out);
    if (failures >= 0)
        take_proofs(job, text);
    job->told.count = failures > 0 ? (size_t)failures : 0;
    free(text);
}

static const char *word(const struct job *job, int line) { return job->words[line][0] ? job->words[line] : NULL; }

static void convert(struct job *job, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    const struct exchange_defaults defaults = {.id = word(job, C_ID),
                                               .title = word(job, C_TITLE),
                                               .domain = word(job, C_DOMAIN),
                                               .licence = word(job, C_LICENCE),
                                               .topic = word(job, C_TOPIC)};
    const char *from = job->words[C_FROM], *to = job->words[C_TO];
    int r = str_ends(from, ".md") ? bank_to_other(from, word(job, C_FORMAT), &out, &job->told, err)
                                  : bank_from_other(from, word(job, C_FORMAT), &defaults, &out, &job->told, err);
    if (r < 0)
        return;
    if (job->told.count)
        snprintf(job->sum, sizeof job->sum, "%.160s: %zu problem%s; nothing was written", from, job->told.count,
                 job->told.count == 1 ? "" : "s");
    else if (bank_file_write(from, to, &out, err) == 0)
        snprintf(job->sum, sizeof job->sum, "%.110s is written to %.110s", from, to);
}

static void do_job(void *data, struct error *err)
{
    struct job *job = data;
    job->run(job, err);
}

static void take(struct files *files, struct job *job)
{
    files->top = 0;
    bank_lines_free(&files->told);
    files->told = job->told;
    job->told = (struct bank_lines){0};
    copy_text(files->sum, sizeof files->sum, job->sum);
}

static void tell(struct app *app, struct files *files, struct job *job, const struct error *err)
{
    files->job = NULL;
    if (class_came(app, &files->room, err))
        take(files, job);
}

static void job_done(struct app *app, void *owner, void *data, const struct error *err)
{
    struct job *job = data;
    if (owner)
        tell(app, owner, job, err);
    bank_lines_free(&job->told);
    for (int i = 0; i < C_LINES; i++)
        free(job->words[i]);
    free(job->host);
    free(job);
}

/* One at a time; what is wrong is told in the form. */
static bool may_begin(struct files *files, struct error *err)
{
    if (!err->code && files->job)
        error_set(err, EBUSY, "a run is under way");
    return class_accept(&files->room, err);
}

static void begin(struct app *app, struct files *files, void (*run)(struct job *, struct error *))
{
    struct form *form = &files->room.form;
    struct job *job = xcalloc(1, sizeof *job);
    for (int i = 0; i < C_LINES; i++)
        job->words[i] = xstrdup(form_text(form, i));
    job->run = run;
    job->host = xstrdup(app->host);
    form->error[0] = 0;
    form->sent = true;
    form->open = run != prove; /* that takes as long as its proofs do */
    files->job = job;
    files->began_ns = clock_mono_ns();
    work_run(app->work, run == prove ? LANE_PROOFS : LANE_SLOW, do_job, job_done, job, files);
}

static bool is_proving(const struct files *files) { return files->job && files->job->run == prove; }

/* --- drawing --- */

static int draw_lines(char *const *lines, struct area area, int y, enum style style)
{
    int from = y;
    for (char *const *line = lines; line && *line; line++)
        y += draw_wrapped(area, y, 0, style, *line);
    return y - from;
}

static int draw_told(const struct files *files, struct area area, int y)
{
    int from = y;
    const struct bank_lines *told = &files->told;
    if (is_proving(files))
        return draw_wrapped(area, y, 0, S_TEXT,
                            "Each proof runs in a lab machine of its own, and once more with an engine that does nothing, where it "
                            "must fail. To leave this screen stops it.");
    if (!files->sum[0])
        return draw_wrapped(area, y, 0, S_DIM,
                            "l checks a bank in Markdown: what is wrong, where, how to mend it, and what is weak. p runs the "
                            "proofs of its keys in lab machines. v makes a bank of GIFT, Aiken, Moodle XML or CSV, or one of these "
                            "of a bank, and lists what a format cannot hold. A bank that is well is taken into the class from the "
                            "screen before this one (i).");
    y += draw_wrapped(area, y, 0, told->count ? S_BAD : S_OK, files->sum) + 1;
    y += draw_lines(told->problems, area, y, S_WARN);
    if (told->count > strv_len(told->problems))
        putf(area, y++, 0, S_WARN, "and %zu more", told->count - strv_len(told->problems));
    y += draw_lines(told->notes, area, y, S_TEXT);
    return y - from;
}

static void draw_files(struct app *app, void *state, struct area area)
{
    struct files *files = state;
    char note[40] = "";
    if (files->job)
        snprintf(note, sizeof note, "%s, %lld s", is_proving(files) ? "proving" : "reading",
                 (long long)(clock_mono_ns() - files->began_ns) / 1000000000);
    struct area inside = draw_box(area, "Files of questions", note, S_ACCENT);
    struct area text = area_columns(inside, 0, inside.w - 1), nothing = {text.y, text.x, 0, text.w};
    (void)app;
    files->rows = inside.h;
    files->lines = draw_told(files, nothing, 0);
    int last = scroll_fit(&files->top, inside, files->lines);
    draw_told(files, text, -files->top);
    scroll_marks(inside, files->top, last);
    class_over(&files->room, area);
}

/* --- keys --- */

static void check_given(struct app *app, void *owner, struct form *form)
{
    struct files *files = owner;
    struct error err = ERROR_INIT;
    if (!*form_text(form, 0))
        error_set(&err, EINVAL, "name a file");
    if (!may_begin(files, &err))
        return;
    app_ran(app, "slipway quiz lint %s", form_text(form, 0));
    begin(app, files, check);
}

static void begin_check(struct app *app, void *state)
{
    struct form *form = &((struct class_room *)state)->form;
    (void)app;
    form_open(form, "Check a bank", check_given);
    form_add(form, "File", "A bank in Markdown. Its topics, lessons and labs have to be there, too.", "");
}

static void proofs_given(struct app *app, void *owner, struct form *form)
{
    struct files *files = owner;
    struct error err = ERROR_INIT;
    const char *file = form_text(form, P_FILE), *question = form_text(form, P_QUESTION);
    if (!*file)
        error_set(&err, EINVAL, "name a file");
    if (!may_begin(files, &err))
        return;
    app_ran(app, "slipway quiz prove%s%s %s", *question ? " --question " : "", question, file);
    begin(app, files, prove);
}

static void begin_proofs(struct app *app, void *state)
{
    struct form *form = &((struct class_room *)state)->form;
    (void)app;
    form_open(form, "Run the proofs of a bank", proofs_given);
    form_add(form, "File", "A bank in Markdown. The engine that is asked is the one of this program.", "");
    form_add(form, "Question", "Only this one; empty: all.", "");
}

static void convert_now(struct app *app, void *owner, long argument)
{
    struct files *files = owner;
    const struct form *form = &files->room.form;
    struct error err = ERROR_INIT;
    const char *from = form_text(form, C_FROM), *to = form_text(form, C_TO), *format = form_text(form, C_FORMAT);
    (void)argument;
    if (!may_begin(files, &err))
        return;
    app_ran(app, "slipway quiz %s%s%s -o %s %s", str_ends(from, ".md") ? "export" : "import", *format ? " --format " : "", format,
            to, from);
    begin(app, files, convert);
}

static void convert_given(struct app *app, void *owner, struct form *form)
{
    struct files *files = owner;
    struct error err = ERROR_INIT;
    const char *from = form_text(form, C_FROM), *to = form_text(form, C_TO), *format = form_text(form, C_FORMAT);
    bool bank = str_ends(from, ".md");
    if (!*from || !*to)
        error_set(&err, EINVAL, "name both files");
    else if (bank && !*format)
        error_set(&err, EINVAL, "say which format %s gets: gift, aiken, moodle-xml or csv", to);
    if (may_begin(files, &err))
        class_write_over(app, to, convert_now, files);
}

static void begin_convert(struct app *app, void *state)
{
    static const char *const lines[C_LINES][2] = {
        [C_FROM] = {"From", "A bank, whose name ends in .md, or a file of GIFT, Aiken, Moodle XML or CSV."},
        [C_TO] = {"To", "The file that is written."},
        [C_FORMAT] = {"Format", "Of the one that is no bank: gift, aiken, moodle-xml or csv; empty: by the name it comes from."},
        [C_ID] = {"Id", "Of a new bank; empty: by the name of the file."},
        [C_TITLE] = {"Title", "Of a new bank; empty: its id."},
        [C_DOMAIN] = {"Domain", "Of a new bank; empty: foundations."},
        [C_LICENCE] = {"Licence", "Of the questions of a new bank."},
        [C_TOPIC] = {"Topic", "Of questions that name none, in a new bank."},
    };
    struct form *form = &((struct class_room *)state)->form;
    (void)app;
    form_open(form, "Convert a file of questions", convert_given);
    for (int i = 0; i < C_LINES; i++)
        form_add(form, lines[i][0], lines[i][1], "");
}

static bool key_files(struct app *app, void *state, keycode key)
{
    struct files *files = state;
    return class_typing(app, state) ? class_key(app, state, key) : scroll_key(&files->top, key, files->lines, files->rows);
}

static void tick_files(struct app *app, void *state)
{
    if (((struct files *)state)->job)
        app_dirty(app);
}

static int every(struct app *app, void *state)
{
    (void)app, (void)state;
    return EVERY_MS;
}

static void open_files(struct app *app, void *state, const void *argument)
{
    (void)argument;
    class_open(app, state, NULL, 0);
}

static void close_files(struct app *app, void *state)
{
    struct files *files = state;
    (void)app;
    if (files->job)
        atomic_store(&files->job->stop, true);
    class_close(&files->room);
    bank_lines_free(&files->told);
}

static const struct action actions[] = {
    {"bank-files.check", "l Enter", "check", "a bank in a file: what is wrong with it, and what is weak", begin_check, NULL},
    {"bank-files.prove", "p", "prove", "run the proofs of a bank's keys, in lab machines", begin_proofs, NULL},
    {"bank-files.convert", "v", "convert", "a bank from or to GIFT, Aiken, Moodle XML or CSV", begin_convert, NULL},
    {"move.down", NULL, NULL, "scroll", NULL, NULL},
    {NULL, NULL, NULL, NULL, NULL, NULL},
};

static const struct part parts[] = {
    {NULL,
     "Files of yours, not the class's banks: what a check of one found, or what a format could not hold of another. "
     "Nothing is half written: with a problem there is no file.",
     "man 1 slipway-quiz-lint, man 1 slipway-quiz-prove, man 1 slipway-quiz-import, man 1 slipway-quiz-export", NULL},
};

const struct screen screen_bank_files = {
    .name = "bank-files",
    .title = "Files",
    .about = "Checks and converts files of questions.",
    .actions = actions,
    .parts = parts,
    .part_count = ARRAY_LEN(parts),
    .school = true,
    .fleeting = true,
    .size = sizeof(struct files),
    .open = open_files,
    .draw = draw_files,
    .key = key_files,
    .typing = class_typing,
    .tick = tick_files,
    .interval = every,
    .close = close_files,
};
