/* One learner's go at a lab: the machine's life. What was done in it is kept by the school (class_client.h, lab.go), so that any
 * program may go on where another stopped, also after a restart of the engine. */
#include "labs/session.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "labs/abilities.h"
#include "labs/sandbox.h"
#include "quizzes/class_client.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define IMAGE "slipway/lab:latest"

static json_t *sandbox_config(const struct lab *lab, const char *name)
{
    json_t *config = json_pack("{s:s,s:s,s:I,s:i,s:f}", "lab", name, "image", IMAGE, "memory", (json_int_t)lab->memory, "pids",
                               lab->pids, "cpus", lab->cpus);
    if (lab->engine)
        json_object_set_new(config, "engine", json_true());
    if (lab->disk)
        json_object_set_new(config, "disk", json_integer(lab->disk));
    if (lab->hosts)
        json_object_set_new(config, "hosts", json_from_strv(lab->hosts));
    if (lab->host_needs)
        json_object_set_new(config, "needs", json_from_strv(lab->host_needs));
    return config;
}

static void machine_add(struct lab_session *session, const char *name, const char *id)
{
    session->machines = xrealloc(session->machines, (session->machine_count + 1) * sizeof *session->machines);
    session->machines[session->machine_count++] = (struct lab_machine){name ? xstrdup(name) : NULL, xstrdup(id)};
    session->id = session->machines[0].id;
}

static void machines_clear(struct lab_session *session)
{
    for (size_t i = 0; i < session->machine_count; i++) {
        free(session->machines[i].name);
        free(session->machines[i].id);
    }
    free(session->machines);
    session->machines = NULL;
    session->machine_count = 0;
    session->id = NULL;
}

/* The machines of an answer of the engine, the main one first. */
static int machines_take(struct lab_session *session, const json_t *answer, struct error *err)
{
    const char *id = json_str(answer, "Id", NULL), *message = json_str(answer, "message", NULL);
    size_t i;
    json_t *host;
    if (!id)
        return error_set(err, EPROTO, "%s", message ? message : "the engine did not name the machine");
    machine_add(session, NULL, id);
    json_array_foreach(json_object_get(answer, "hosts"), i, host)
        machine_add(session, json_str(host, "name", ""), json_str(host, "Id", ""));
    if (session->machine_count != 1 + strv_len(session->lab->hosts))
        return error_set(err, ENOTSUP, "lab %s wants %zu further machines on its network, and the engine has made %zu",
                         session->lab->slug, strv_len(session->lab->hosts), session->machine_count - 1);
    return 0;
}

static int machine_new(struct lab_session *session, const char *name, bool leased, struct error *err)
{
    cleanup_json json_t *config = sandbox_config(session->lab, name), *answer = NULL;
    int r;
    if (leased) {
        answer = sandbox_lease(session->host, SANDBOX_LEASED, config, &session->lease, err);
        r = answer ? 0 : -err->code;
    } else {
        struct client *client = client_new(session->host);
        r = client_call(client, "POST", "/slipway/sandboxes", config, &answer, err);
        client_free(client);
    }
    return r < 0 ? r : machines_take(session, answer, err);
}

static int setup(struct lab_session *session, struct error *err)
{
    cleanup_free char *output = NULL;
    int r = lab_script_file(session, session->lab->folder, "setup", SETUP_SECONDS, &output, err);
    if (r > 0)
        r = error_set(err, EIO, "lab %s: setup.sh ended with %d: %s", session->lab->slug, r, str_trim(output));
    return r;
}

static int check_values(const struct lab *lab, struct error *err)
{
    for (size_t i = 0; i < lab->parameter_count; i++)
        if (!lab->parameters[i].value)
            return error_set(err, EINVAL, "lab %s: the parameter %s has no value yet", lab->slug, lab->parameters[i].name);
    return 0;
}

static int begin(const char *host, const struct lab *lab, const char *name, bool leased, struct lab_session *out, struct error *err)
{
    int r = check_values(lab, err);
    cleanup_free char *lacking = host_lacks(host, lab);
    out->leased = leased;
    if (r == 0 && lacking)
        r = error_set(err, ENOTSUP, "lab %s cannot be done on this host; it needs %s", lab->slug, lacking);
    if (r == 0)
        r = machine_new(out, name, leased, err);
    if (r == 0)
        r = setup(out, err);
    return r;
}

/* After a restart of the engine; or something else has ended the lease, and then most likely the machine too. */
int lab_lease_again(struct lab_session *session, struct error *err)
{
    cleanup_free char *path = str_format("/slipway/sandboxes/%s/lease", session->id);
    session->lease = fd_close(session->lease);
    cleanup_json json_t *answer = sandbox_lease(session->host, path, NULL, &session->lease, err);
    int r = answer ? 0 : -err->code;
    if (r == 0 && !json_str(answer, "Id", NULL))
        r = error_set(err, EPROTO, "%s", json_str(answer, "message", "the engine did not give the lease back"));
    if (r < 0)
        session->lease = fd_close(session->lease);
    return r;
}

bool lab_lease_lost(const struct lab_session *session)
{
    struct pollfd waiting = {.fd = session->lease, .events = POLLIN | POLLRDHUP};
    if (session->lease < 0)
        return session->leased;
    return poll(&waiting, 1, 0) > 0 && (waiting.revents & (POLLHUP | POLLRDHUP | POLLERR));
}

static struct lab_session fresh(const char *host, const struct lab *lab)
{
    return (struct lab_session){.lab = lab, .host = xstrdup(host), .lease = -EBADF};
}

static int begin_failed(struct lab_session *session, int r)
{
    lab_stop(session, NULL);
    lab_close(session);
    return r;
}

int lab_start(const char *host, const struct lab *lab, bool leased, struct lab_session *out, struct error *err)
{
    *out = fresh(host, lab);
    int r = begin(host, lab, lab->slug, leased, out, err);
    if (r == 0)
        r = school_go(out, false, err);
    return r < 0 ? begin_failed(out, r) : 0;
}

int lab_start_private(const char *host, const struct lab *lab, const char *name, struct lab_session *out, struct error *err)
{
    *out = fresh(host, lab);
    out->private = true;
    int r = begin(host, lab, name, true, out, err);
    return r < 0 ? begin_failed(out, r) : 0;
}

int lab_locate(const char *host, const struct lab *lab, struct lab_session *out, struct error *err)
{
    *out = fresh(host, lab);
    struct client *client = client_new(host);
    cleanup_json json_t *list = NULL;
    int r = client_call(client, "GET", "/slipway/sandboxes", NULL, &list, err);
    client_free(client);
    size_t i;
    json_t *sandbox;
    json_array_foreach(list, i, sandbox)
    {
        if (r == 0 && !out->id && str_equal(json_str(sandbox, "lab", ""), lab->slug) && !json_str(sandbox, "main", NULL) &&
            json_num(sandbox, "uid", -1) == (long long)geteuid())
            r = machines_take(out, sandbox, err);
    }
    if (r == 0 && !out->id)
        r = error_set(err, ENOENT, "lab %s is not started, or its machine is gone; `slipway lab start %s` makes a fresh one",
                      lab->slug, lab->slug);
    if (r < 0)
        lab_close(out);
    return r;
}

int lab_resume(const char *host, const struct lab *lab, struct lab_session *out, struct error *err)
{
    int r = lab_locate(host, lab, out, err);
    if (r == 0 && (r = school_go(out, false, err)) < 0)
        lab_close(out);
    return r;
}

void lab_close(struct lab_session *session)
{
    session->lease = fd_close(session->lease);
    machines_clear(session);
    free(session->host);
    session->host = NULL;
}

int lab_stop(struct lab_session *session, struct error *err)
{
    if (str_empty(session->id))
        return 0;
    struct client *client = client_new(session->host);
    cleanup_free char *path = str_format("/slipway/sandboxes/%s", session->id);
    struct error why = ERROR_INIT;
    int r = client_call(client, "DELETE", path, NULL, NULL, &why);
    client_free(client);
    session->lease = fd_close(session->lease);
    if (r == -ENOENT) /* gone already, however that came */
        return 0;
    return r < 0 ? error_set(err, why.code, "%s", why.message) : 0;
}

static int replace(struct lab_session *session, struct error *err)
{
    int r = lab_stop(session, err);
    if (r < 0)
        return r;
    machines_clear(session);
    r = machine_new(session, session->lab->slug, session->leased, err);
    return r < 0 ? r : setup(session, err);
}

int lab_reset(struct lab_session *session, struct error *err)
{
    memset(session->done, 0, sizeof session->done);
    memset(session->hints, 0, sizeof session->hints);
    session->steps_done = 0;
    int r = replace(session, err);
    return r < 0 ? r : school_go(session, false, err);
}

/* Whether doing `step` again takes `other` away too. */
static bool falls_with(const struct lab *lab, size_t other, size_t step)
{
    return other == step ||
           (other > step && (str_equal(lab->order_of_steps, "strict") || strv_has(lab->steps[other].needs, lab->steps[step].slug)));
}

static void fall(struct lab_session *session, size_t step)
{
    session->done[step] = false;
    for (size_t i = step + 1; i < session->lab->step_count; i++)
        if (session->done[i] && falls_with(session->lab, i, step))
            fall(session, i);
}

static int do_again(struct lab_session *session, struct error *err)
{
    for (size_t i = 0; i < session->lab->step_count; i++) {
        if (!session->done[i])
            continue;
        cleanup_free char *output = NULL;
        int r = lab_script_file(session, session->lab->steps[i].folder, "solve", SOLVE_SECONDS, &output, err);
        if (r < 0)
            return error_prefix(err, "step %s cannot be brought back", session->lab->steps[i].slug);
    }
    return 0;
}

int lab_reset_step(struct lab_session *session, size_t step, struct error *err)
{
    fall(session, step);
    session->steps_done = 0;
    for (size_t i = 0; i < session->lab->step_count; i++)
        session->steps_done += session->done[i];
    int r = replace(session, err);
    if (r == 0)
        r = do_again(session, err);
    return r < 0 ? r : school_go(session, true, err);
}

json_t *lab_shell_config(const struct lab_session *session)
{
    cleanup_free char *name = str_format("LAB=%s", session->lab->slug);
    return json_pack("{s:b,s:b,s:b,s:b,s:[s,s],s:[s,s]}", "AttachStdin", 1, "AttachStdout", 1, "AttachStderr", 1, "Tty", 1, "Cmd",
                     "bash", "-l", "Env", name, "TERM=screen-256color");
}
