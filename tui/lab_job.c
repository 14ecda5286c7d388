/* What workers do for an open lab, and what comes of it. */
#include "tui/lab_state.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct lab_job {
    enum lab_deed deed;
    struct attached *attached;
    char *host, *slug, *text;
    size_t step;
    int result;
};

void lab_detach(struct attached *attached)
{
    if (--attached->refs > 0)
        return;
    if (attached->open)
        lab_close(&attached->session);
    if (attached->loaded)
        lab_clear(&attached->lab);
    free(attached);
}

static void do_start(struct lab_job *job, struct error *err)
{
    struct attached *attached = job->attached;
    struct lab_session *session = &attached->session;
    if (!attached->loaded) {
        job->result = lab_load(job->slug, &attached->lab, err);
        attached->loaded = job->result == 0;
    }
    if (job->result == 0)
        job->result = lab_personalise(&attached->lab, err);
    if (job->result == 0)
        job->result = lab_start(job->host, &attached->lab, true, session, err);
    if (job->result == -EBUSY) {
        /* Started from a command line, and still there: go on with it. */
        *err = ERROR_INIT;
        job->result = lab_resume(job->host, &attached->lab, session, err);
    }
    attached->open = job->result >= 0;
}

static void do_job(void *data, struct error *err)
{
    struct lab_job *job = data;
    struct lab_session *session = &job->attached->session;
    switch (job->deed) {
    case DEED_START:
        do_start(job, err);
        break;
    case DEED_CHECK:
    case DEED_WATCH:
        job->result = lab_check(session, job->step, &job->text, err);
        break;
    case DEED_SOLVE:
        job->result = lab_solve(session, job->step, &job->text, err);
        break;
    case DEED_RESET:
        job->result = lab_reset(session, err);
        break;
    case DEED_RESET_STEP:
        job->result = lab_reset_step(session, job->step, err);
        break;
    case DEED_LEASE:
        job->result = lab_lease_again(session, err);
        break;
    }
    if (job->result < 0 && err->code == 0)
        error_set(err, -job->result, "the lab's engine gave no reason");
}

static void set_text(char **to, char *text)
{
    free(*to);
    *to = NULL;
    cleanup_free char *given = text;
    if (!str_empty(text))
        *to = xstrdup(str_trim(text));
}

static void copy_session(struct lab_screen *screen)
{
    const struct lab_session *session = &screen->attached->session;
    memcpy(screen->done, session->done, sizeof screen->done);
    memcpy(screen->hints_used, session->hints, sizeof screen->hints_used);
    screen->steps_done = session->steps_done;
    screen->until_ns = session->asked_ns + session->left_ms * 1000000;
    screen->machine_count = session->machine_count < LAB_MACHINES ? session->machine_count : LAB_MACHINES;
    for (size_t i = 0; i < screen->machine_count; i++)
        copy_text(screen->ids[i], sizeof screen->ids[i], session->machines[i].id);
    copy_text(screen->id, sizeof screen->id, session->id);
}

static void entered(struct app *app, struct lab_screen *screen)
{
    screen->lab = &screen->attached->lab;
    copy_session(screen);
    screen->step = lab_current(&screen->attached->session);
    screen->news = screen->lab->step_count;
    screen->hints = 0;
    screen->top = 0;
    set_text(&screen->advice, NULL);
    set_text(&screen->trouble, NULL);
    set_text(&screen->solution, NULL);
    lab_entered(app, screen);
}

/* The step that is shown goes on to the next one when it became done; one that was looked at by choice stays. */
static void became_done(struct app *app, struct lab_screen *screen, const bool before[LAB_STEPS_MOST], bool solved)
{
    size_t count = screen->lab->step_count, last = count;
    for (size_t i = 0; i < count; i++)
        last = screen->done[i] && !before[i] ? i : last;
    if (last == count)
        return;
    screen->news = screen->lab->steps[last].meaning.count ? last : count;
    if (screen->step < count && screen->done[screen->step]) {
        screen->step = lab_current(&screen->attached->session);
        screen->hints = 0;
        screen->top = 0;
        screen->introduction = false;
    }
    set_text(&screen->advice, NULL);
    if (!solved)
        set_text(&screen->solution, NULL);
    if (screen->steps_done >= count)
        app_note(app, S_OK, "%s all steps done", glyph(G_CHECK));
    else
        app_note(app, S_OK, "%s step %zu done", glyph(G_CHECK), last + 1);
    model_want_progress(app);
}

static void checked(struct app *app, struct lab_screen *screen, struct lab_job *job)
{
    bool before[LAB_STEPS_MOST], fresh = screen->steps_done < job->attached->session.steps_done;
    memcpy(before, screen->done, sizeof before);
    copy_session(screen);
    set_text(&screen->trouble, NULL);
    if (job->deed == DEED_SOLVE)
        set_text(&screen->solution, move_ptr(job->text));
    else if (job->deed == DEED_CHECK || job->result > 0)
        set_text(&screen->advice, move_ptr(job->text));
    if (fresh)
        became_done(app, screen, before, job->deed == DEED_SOLVE);
    else if (job->deed == DEED_CHECK && screen->steps_done < screen->lab->step_count)
        app_note(app, S_WARN, "not yet: %s", str_or(screen->advice, "the check is not satisfied"));
}

/* A check, a solution or a new lease that could not be had. */
static void failed(struct app *app, struct lab_screen *screen, const struct lab_job *job, const struct error *err)
{
    bool unreachable = err->code == ECONNREFUSED || err->code == ECONNRESET || err->code == ENOENT || err->code == EPROTO;
    if (err->code == ENODEV || (job->deed == DEED_LEASE && err->code == ENOENT)) {
        lab_lost(app, screen);
    } else if (job->deed == DEED_LEASE) {
        screen->away = true; /* and again with the next tick */
    } else if (!unreachable || job->deed != DEED_WATCH) {
        set_text(&screen->trouble, xstrdup(err->message));
        *screen->trouble = (char)toupper((unsigned char)*screen->trouble);
        if (job->deed != DEED_WATCH)
            app_note(app, S_BAD, "%s", err->message);
    }
}

static bool makes_machine(enum lab_deed deed) { return deed == DEED_START || deed == DEED_RESET || deed == DEED_RESET_STEP; }

static void job_done(struct app *app, void *owner, void *data, const struct error *err)
{
    struct lab_job *job = data;
    struct lab_screen *screen = owner;
    if (screen) {
        screen->busy = false;
        screen->error[0] = 0;
        if (err && makes_machine(job->deed)) {
            screen->phase = LAB_FAILED;
            copy_text(screen->error, sizeof screen->error, err->message);
        } else if (err) {
            failed(app, screen, job, err);
        } else if (makes_machine(job->deed)) {
            entered(app, screen);
        } else if (job->deed == DEED_LEASE) {
            screen->away = false;
            app_note(app, S_OK, "the engine is back; the lab goes on");
            lab_pane_open(app, screen);
        } else {
            checked(app, screen, job);
        }
        app_dirty(app);
    }
    lab_detach(job->attached);
    free(job->slug);
    free(job->host);
    free(job->text);
    free(job);
}

void lab_job(struct app *app, struct lab_screen *screen, enum lab_deed deed, const char *doing)
{
    if (screen->busy)
        return;
    screen->busy = true;
    screen->doing = doing;
    if (deed != DEED_LEASE)
        screen->checked_ns = clock_mono_ns();
    screen->attached->refs++;
    struct lab_job *job = xcalloc(1, sizeof *job);
    *job = (struct lab_job){deed, screen->attached, xstrdup(app->host), xstrdup(screen->slug), NULL, screen->step, 0};
    work_run(app->work, LANE_LAB, do_job, job_done, job, screen);
    if (deed != DEED_WATCH && deed != DEED_LEASE)
        app_dirty(app);
}
