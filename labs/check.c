/* Running a lab's scripts in its machine, and what their results mean. */
#include "labs/session.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/sandbox.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static char *script_text(const struct lab *lab, const char *path, struct error *err)
{
    cleanup_free char *common_path = path_join(lab->folder, "common.sh");
    cleanup_free char *common = path_exists(common_path) ? file_read(common_path, NULL, err) : xstrdup("");
    cleanup_free char *script = common ? file_read(path, NULL, err) : NULL;
    return script ? str_format("%s\n%s", common, script) : NULL;
}

static char **environment_of(const struct lab *lab)
{
    char **list = NULL;
    strv_take(&list, str_format("LAB=%s", lab->slug));
    for (size_t i = 0; i < lab->parameter_count; i++)
        strv_take(&list, str_format("%s=%s", lab->parameters[i].name, str_or(lab->parameters[i].value, "")));
    return list;
}

/* Whether the machine is still there; when it cannot be asked, that it is not known. */
static int machine_alive(const struct lab_session *session, const char *id)
{
    cleanup_free char *path = str_format("/containers/%s/json", id);
    struct client *client = client_new(session->host);
    cleanup_json json_t *state = NULL;
    struct error err = ERROR_INIT;
    int r = client_call(client, "GET", path, NULL, &state, &err);
    client_free(client);
    return r == -ENOENT ? 0 : r < 0 ? r : json_flag(state, "State.Running", false);
}

/* What the runtime or a check's own shell says of a machine in a bad way. */
static const struct {
    const char *said, *means;
    bool by_scripts; /* where a script says it, nothing else is meant */
} ailments[] = {{"executable file not found", "the machine's programs are gone: its files were deleted", false},
                {"no such file or directory", "the machine's programs are gone: its files were deleted", false},
                {"No space left on device", "the machine's disk is full: delete something", true},
                {"Resource temporarily unavailable", "the machine can have no more processes: end some", true},
                {"Cannot allocate memory", "the machine has no memory left: end something", true}};

static const char *ailment(const char *text, bool by_script)
{
    for (size_t i = 0; i < ARRAY_LEN(ailments); i++)
        if ((!by_script || ailments[i].by_scripts) && strcasestr(text, ailments[i].said))
            return ailments[i].means;
    return NULL;
}

/* What has become of the machine, and what to do; the first error stays when nothing better is known. */
static int explain(const struct lab_session *session, const struct lab_machine *machine, struct error *err)
{
    if (err->code == ECONNREFUSED)
        return -err->code;
    const char *slug = session->lab->slug, *means = ailment(err->message, false);
    if (machine_alive(session, machine->id) == 0)
        return error_set(err, ENODEV,
                         "the machine of this lab is gone: it was stopped, or removed from outside; a reset makes a fresh one"
                         " (slipway lab reset %s)",
                         slug);
    if (means)
        return error_set(err, EAGAIN, "%s; a reset makes a fresh one (slipway lab reset %s)", means, slug);
    return -err->code;
}

static int run_on(const struct lab_session *session, const struct lab_machine *machine, const struct sandbox_script *script,
                  char **output, struct error *err)
{
    int r = sandbox_run(session->host, machine->id, script, output, err);
    if (r < 0 && r != -ETIMEDOUT)
        r = explain(session, machine, err);
    return r;
}

int lab_script(struct lab_session *session, const char *script, unsigned seconds, char **output, struct error *err)
{
    cleanup_strv char **environment = environment_of(session->lab);
    struct sandbox_script what = {"script", script, environment, seconds};
    return run_on(session, &session->machines[0], &what, output, err);
}

int lab_script_file(struct lab_session *session, const char *folder, const char *name, unsigned seconds, char **output,
                    struct error *err)
{
    cleanup_strv char **environment = environment_of(session->lab);
    int r = 0;
    free(*output);
    *output = NULL;
    for (size_t i = 0; i < session->machine_count && r == 0; i++) {
        const char *host = session->machines[i].name;
        cleanup_free char *file = str_format("%s%s%s.sh", name, host ? "@" : "", host ? host : ""), *path = path_join(folder, file);
        if (!path_exists(path))
            continue;
        cleanup_free char *text = script_text(session->lab, path, err), *said = NULL;
        struct sandbox_script script = {file, text, environment, seconds};
        r = text ? run_on(session, &session->machines[i], &script, &said, err) : -err->code;
        free(*output);
        *output = move_ptr(said);
    }
    if (!*output)
        *output = xstrdup("");
    return r;
}

bool lab_step_open(const struct lab_session *session, size_t step)
{
    const struct lab *lab = session->lab;
    bool strict = str_equal(lab->order_of_steps, "strict");
    for (size_t i = 0; i < step; i++)
        if (!session->done[i] && (strict || strv_has(lab->steps[step].needs, lab->steps[i].slug)))
            return false;
    return true;
}

size_t lab_current(const struct lab_session *session)
{
    size_t step = 0;
    while (step < session->lab->step_count && (session->done[step] || !lab_step_open(session, step)))
        step++;
    return step;
}

/* A check that could not look says nothing of the step. */
static int not_done(const struct lab_session *session, int code, char **said, struct error *err)
{
    enum { KILLED = 137 };
    const char *means = ailment(*said, true);
    if (code == KILLED && !means)
        means = "the check was killed, most likely because the machine has no memory left: end something";
    if (!means)
        return 0;
    return error_set(err, EAGAIN, "%s; a reset makes a fresh one (slipway lab reset %s)", means, session->lab->slug);
}

/* 1 when it became done, 0 when not. */
static int check_step(struct lab_session *session, size_t step, bool solved, char **said, struct error *err)
{
    int r = lab_script_file(session, session->lab->steps[step].folder, "verify", VERIFY_SECONDS, said, err);
    if (r == -ETIMEDOUT)
        return error_set(err, ETIMEDOUT,
                         "the check of step %s did not end within %d s and was stopped; try again, or reset the step",
                         session->lab->steps[step].slug, VERIFY_SECONDS);
    if (r != 0)
        return r < 0 ? r : not_done(session, r, said, err);
    r = school_step(session, step, solved, err);
    return r < 0 ? r : 1;
}

static int check_open(struct lab_session *session, size_t wanted, size_t solved, char **advice, struct error *err)
{
    int passed = 0;
    for (size_t i = 0; i < session->lab->step_count; i++) {
        if (session->done[i] || !lab_step_open(session, i))
            continue;
        cleanup_free char *said = NULL;
        int r = check_step(session, i, i == solved, &said, err);
        if (r < 0)
            return r;
        passed += r;
        if (r == 0 && (!*advice || i == wanted)) {
            free(*advice);
            *advice = xstrdup(str_trim(said));
        }
    }
    return passed;
}

static int check(struct lab_session *session, size_t wanted, size_t solved, char **advice, struct error *err)
{
    cleanup_free char *said = NULL;
    if (lab_time_over(session) && session->steps_done < session->lab->step_count)
        return error_set(err, ETIME, "the %d minutes of this lab are over; a reset begins again (slipway lab reset %s)",
                         session->lab->minutes, session->lab->slug);
    /* In order: what a step needs comes before it, so that one pass is enough. */
    int r = check_open(session, wanted, solved, &said, err);
    if (advice)
        *advice = said ? move_ptr(said) : xstrdup("");
    return r;
}

int lab_check(struct lab_session *session, size_t step, char **advice, struct error *err)
{
    return check(session, step, session->lab->step_count, advice, err);
}

int lab_solve(struct lab_session *session, size_t step, char **output, struct error *err)
{
    const struct lab *lab = session->lab;
    if (session->steps_done >= lab->step_count)
        return error_set(err, EALREADY, "lab %s: all %zu steps are done", lab->slug, lab->step_count);
    if (step >= lab->step_count || session->done[step] || !lab_step_open(session, step))
        return error_set(err, EINVAL, "lab %s: this step cannot be done now; do first what it needs", lab->slug);
    cleanup_free char *printed = NULL, *advice = NULL;
    int r = lab_script_file(session, lab->steps[step].folder, "solve", SOLVE_SECONDS, &printed, err);
    if (r < 0)
        return r;
    r = check(session, step, step, &advice, err);
    if (r >= 0 && !session->done[step])
        r = error_set(err, EIO, "step %s: the solution did not pass its check: %s", lab->steps[step].slug, advice);
    if (output)
        *output = move_ptr(printed);
    return r;
}
