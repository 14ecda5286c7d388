/* One learner's go at a lab: the sandbox's life, and the steps done in it.
 *
 * How far the learner got in this sandbox is a number in a file inside it, so that any program may go on where another stopped;
 * what counts for the learner's record is told to the school.
 */
#include "labs/lab.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/sandbox.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE      "slipway/lab:latest"
#define STEPS_FILE "/run/lab-steps-done"

static json_t *sandbox_config(const struct lab *lab)
{
    return json_pack("{s:s,s:s,s:I,s:I,s:f}", "lab", lab->slug, "image", IMAGE, "memory", (json_int_t)lab->memory, "pids",
                     (json_int_t)lab->pids, "cpus", lab->cpus);
}

/* The lease's stream begins with one JSON line that names the sandbox. */
static char *lease_id(int fd, struct error *err)
{
    cleanup_buf struct buf line = BUF_INIT;
    char c;
    while (line.len < 4096 && read_full(fd, &c, 1) == 1 && c != '\n')
        buf_putc(&line, c);
    cleanup_json json_t *named = json_parse(line.data ? line.data : "", line.len, "the engine's answer to a lease", err);
    const char *id = json_str(named, "Id", NULL);
    const char *message = json_str(named, "message", NULL);
    if (named && !id)
        error_set(err, EPROTO, "%s", message ? message : "the engine did not name the sandbox");
    return id ? xstrdup(id) : NULL;
}

static int sandbox_new(struct lab_session *session, bool leased, struct error *err)
{
    cleanup_json json_t *config = sandbox_config(session->lab);
    if (leased) {
        int r = client_hijack(session->host, "/slipway/sandboxes?lease=1", config, &session->lease, err);
        if (r < 0)
            return r;
        session->id = lease_id(session->lease, err);
        return session->id ? 0 : -err->code;
    }
    struct client *client = client_new(session->host);
    cleanup_json json_t *answer = NULL;
    int r = client_call(client, "POST", "/slipway/sandboxes", config, &answer, err);
    client_free(client);
    if (r == 0)
        session->id = xstrdup(json_str(answer, "Id", ""));
    return r;
}

static char *script_text(const struct lab *lab, const char *folder, const char *name, struct error *err)
{
    cleanup_free char *common_path = path_join(lab->folder, "common.sh"), *path = path_join(folder, name);
    cleanup_free char *common = path_exists(common_path) ? file_read(common_path, NULL, err) : xstrdup("");
    cleanup_free char *script = common ? file_read(path, NULL, err) : NULL;
    return script ? str_format("%s\n%s", common, script) : NULL;
}

int lab_script(struct lab_session *session, const char *script, char **output, struct error *err)
{
    cleanup_free char *name = str_format("LAB=%s", session->lab->slug);
    char *environment[] = {name, NULL};
    return sandbox_run(session->host, session->id, script, environment, output, err);
}

int lab_script_file(struct lab_session *session, const char *folder, const char *name, char **output, struct error *err)
{
    cleanup_free char *script = script_text(session->lab, folder, name, err);
    return script ? lab_script(session, script, output, err) : -err->code;
}

static int setup(struct lab_session *session, struct error *err)
{
    cleanup_free char *path = path_join(session->lab->folder, "setup.sh"), *output = NULL;
    if (!path_exists(path))
        return 0;
    int r = lab_script_file(session, session->lab->folder, "setup.sh", &output, err);
    if (r > 0)
        r = error_set(err, EIO, "lab %s: setup.sh ended with %d: %s", session->lab->slug, r, str_trim(output));
    return r;
}

static void remember(const struct lab_session *session)
{
    cleanup_json json_t *request =
        json_pack("{s:s,s:s,s:s,s:I,s:I,s:b}", "op", "progress.set", "kind", "lab", "id", session->lab->slug, "step",
                  (json_int_t)session->steps_done, "steps", (json_int_t)session->lab->step_count, "done",
                  session->steps_done == session->lab->step_count);
    json_t *reply = NULL;
    struct error err = ERROR_INIT;
    if (class_call(request, &reply, &err) < 0)
        fprintf(stderr, "slipway: progress was not stored: %s\n", err.message);
    json_decref(reply);
}

int lab_start(const char *host, const struct lab *lab, bool leased, struct lab_session *out, struct error *err)
{
    *out = (struct lab_session){.lab = lab, .host = xstrdup(host), .lease = -EBADF};
    int r = sandbox_new(out, leased, err);
    if (r == 0) {
        r = setup(out, err);
        if (r < 0)
            lab_stop(out, NULL);
    }
    if (r < 0)
        lab_close(out);
    return r;
}

static int read_steps_done(struct lab_session *session, struct error *err)
{
    cleanup_free char *output = NULL;
    int r = lab_script(session, "cat " STEPS_FILE " 2>/dev/null || true", &output, err);
    if (r < 0)
        return r;
    long long done = 0;
    str_to_int(str_trim(output), &done);
    session->steps_done = done > 0 && (size_t)done <= session->lab->step_count ? (size_t)done : 0;
    return 0;
}

int lab_locate(const char *host, const struct lab *lab, struct lab_session *out, struct error *err)
{
    *out = (struct lab_session){.lab = lab, .host = xstrdup(host), .lease = -EBADF};
    struct client *client = client_new(host);
    cleanup_json json_t *list = NULL;
    int r = client_call(client, "GET", "/slipway/sandboxes", NULL, &list, err);
    client_free(client);
    size_t i;
    json_t *sandbox;
    json_array_foreach(list, i, sandbox)
    {
        if (!out->id && str_equal(json_str(sandbox, "lab", ""), lab->slug) && json_num(sandbox, "uid", -1) == (long long)geteuid())
            out->id = xstrdup(json_str(sandbox, "Id", ""));
    }
    if (r == 0 && !out->id)
        r = error_set(err, ENOENT, "lab %s is not started; start it with `slipway lab start %s`", lab->slug, lab->slug);
    if (r < 0)
        lab_close(out);
    return r;
}

int lab_resume(const char *host, const struct lab *lab, struct lab_session *out, struct error *err)
{
    int r = lab_locate(host, lab, out, err);
    if (r == 0 && (r = read_steps_done(out, err)) < 0)
        lab_close(out);
    return r;
}

void lab_close(struct lab_session *session)
{
    session->lease = fd_close(session->lease);
    free(session->host);
    free(session->id);
    session->host = session->id = NULL;
}

int lab_stop(struct lab_session *session, struct error *err)
{
    if (str_empty(session->id))
        return 0;
    struct client *client = client_new(session->host);
    cleanup_free char *path = str_format("/slipway/sandboxes/%s", session->id);
    int r = client_call(client, "DELETE", path, NULL, NULL, err);
    client_free(client);
    session->lease = fd_close(session->lease);
    return r;
}

int lab_reset(struct lab_session *session, struct error *err)
{
    bool leased = session->lease >= 0;
    int r = lab_stop(session, err);
    if (r < 0)
        return r;
    free(session->id);
    session->id = NULL;
    session->steps_done = 0;
    r = sandbox_new(session, leased, err);
    return r < 0 ? r : setup(session, err);
}

/* Mark what is done, in the sandbox and in the learner's record. */
static int advance(struct lab_session *session, struct error *err)
{
    cleanup_free char *script = str_format("echo %zu > " STEPS_FILE, session->steps_done);
    int r = lab_script(session, script, NULL, err);
    remember(session);
    return r < 0 ? r : 0;
}

int lab_check(struct lab_session *session, char **advice, struct error *err)
{
    const struct lab *lab = session->lab;
    int passed = 0;
    cleanup_free char *output = NULL;
    while (session->steps_done < lab->step_count) {
        free(output);
        output = NULL;
        int r = lab_script_file(session, lab->steps[session->steps_done].folder, "verify.sh", &output, err);
        if (r < 0)
            return r;
        if (r > 0)
            break;
        output[0] = 0;
        session->steps_done++;
        passed++;
    }
    if (advice)
        *advice = xstrdup(output ? str_trim(output) : "");
    int r = passed ? advance(session, err) : 0;
    return r < 0 ? r : passed;
}

int lab_solve(struct lab_session *session, char **output, struct error *err)
{
    const struct lab *lab = session->lab;
    if (session->steps_done >= lab->step_count)
        return error_set(err, EALREADY, "lab %s: all %zu steps are done", lab->slug, lab->step_count);
    const struct lab_step *step = &lab->steps[session->steps_done];
    cleanup_free char *printed = NULL, *advice = NULL;
    int r = lab_script_file(session, step->folder, "solve.sh", &printed, err);
    if (r < 0)
        return r;
    r = lab_check(session, &advice, err);
    if (r == 0)
        r = error_set(err, EIO, "step %s: the solution did not pass its check: %s", step->slug, advice);
    if (output)
        *output = move_ptr(printed);
    return r;
}

json_t *lab_shell_config(const struct lab_session *session)
{
    cleanup_free char *name = str_format("LAB=%s", session->lab->slug);
    return json_pack("{s:b,s:b,s:b,s:b,s:[s,s],s:[s,s]}", "AttachStdin", 1, "AttachStdout", 1, "AttachStderr", 1, "Tty", 1, "Cmd",
                     "bash", "-l", "Env", name, "TERM=screen-256color");
}
