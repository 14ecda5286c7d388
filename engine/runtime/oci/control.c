/* slipway-oci kill, delete, pause and resume. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

static const struct flag no_flags[] = {{0}};

struct kill_options {
    bool all;
};
static const struct flag kill_flags[] = {
    {'a', "all", FLAG_BOOL, offsetof(struct kill_options, all), NULL, "signal every process of the container"},
    {0},
};

int oci_kill(int argc, char **argv, struct error *err)
{
    struct kill_options options = {0};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(kill_flags, &options, argc, argv, false, 1, 2, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    int number = oci_signal_number(operands[1] ? operands[1] : "TERM");
    const char *status = oci_status(&state);
    if (number < 0)
        rc = error_set(err, EINVAL, "unknown signal \"%s\"", operands[1]);
    else if (!strcmp(status, "stopped") && !options.all)
        rc = error_set(err, ESRCH, "cannot signal container \"%s\": it is stopped", operands[0]);
    if (!rc && (rc = oci_load(&state, &container, err)) == 0) {
        rc = runtime_signal(&container, number, options.all, err);
        /* A frozen process keeps a signal until it is thawed; one that must die may do so. */
        if (!rc && number == SIGKILL && !strcmp(status, "paused"))
            rc = runtime_resume(&container, err);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}

struct delete_options {
    bool force;
};
static const struct flag delete_flags[] = {
    {'f', "force", FLAG_BOOL, offsetof(struct delete_options, force), NULL, "kill it first when it is still running"},
    {0},
};

static int destroy(struct oci_state *state, bool kill_first, struct error *err)
{
    struct container container;
    int rc = 0;
    if (json_object_get(state->json, "cgroup")) { /* otherwise its create died before anything was made */
        rc = oci_load(state, &container, err);
        if (rc < 0 && kill_first) /* the bundle may be gone; the cgroup is known */
            rc = 0, container = (struct container){.id = xstrdup(json_str(state->json, "id", "")),
                                                   .cgroup_path = xstrdup(json_str(state->json, "cgroup", "")),
                                                   .pidfd = -EBADF,
                                                   .start_fd = -EBADF};
        if (rc < 0)
            return rc;
        if (kill_first && container.pid) {
            struct pollfd gone = {container.pidfd, POLLIN, 0};
            (void)runtime_signal(&container, SIGKILL, false, err);
            (void)runtime_resume(&container, &(struct error){0});
            poll(&gone, 1, 10000);
        }
        rc = runtime_destroy(&container, err);
        container_free(&container);
    }
    return rc ? rc : oci_forget(state, err);
}

int oci_delete(int argc, char **argv, struct error *err)
{
    struct delete_options options = {0};
    struct oci_state state;
    char **operands;
    int rc = oci_parse(delete_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc)
        return rc;
    rc = oci_open(operands[0], &state, err);
    if (rc == -ENOENT && options.force)
        return 0; /* as runc: what is not there is deleted */
    if (rc < 0)
        return rc;
    const char *status = oci_status(&state);
    bool alive = strcmp(status, "stopped") != 0;
    if (alive && !options.force && strcmp(status, "created"))
        rc = error_set(err, EBUSY, "cannot delete container \"%s\": it is %s (see --force)", operands[0], status);
    else
        rc = destroy(&state, alive, err);
    oci_close(&state);
    return rc;
}

static int freeze(int argc, char **argv, const char *needed, int (*act)(const struct container *, struct error *),
                  struct error *err)
{
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(no_flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    const char *status = oci_status(&state);
    if (strcmp(status, needed) && !(*needed == 'r' && !strcmp(status, "created")))
        rc = error_set(err, EBUSY, "cannot %s container \"%s\": it is %s", argv[0], operands[0], status);
    else if ((rc = oci_load(&state, &container, err)) == 0) {
        rc = act(&container, err);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}

int oci_pause(int argc, char **argv, struct error *err) { return freeze(argc, argv, "running", runtime_pause, err); }
int oci_resume(int argc, char **argv, struct error *err) { return freeze(argc, argv, "paused", runtime_resume, err); }
