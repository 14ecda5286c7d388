/* slipway-oci kill, delete, pause and resume; and the ways in which a container ends with the call that made it. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/signal_names.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/oci/oci.h"
#include "runtime/oci/select.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct kill_options {
    bool all, regex;
    int signal;
};
static const struct flag kill_flags[] = {
    {'a', "all", FLAG_BOOL, offsetof(struct kill_options, all), NULL, "signal every process of the container"},
    {'r', "regex", FLAG_BOOL, offsetof(struct kill_options, regex), NULL,
     "CONTAINER is a regular expression: signal all that match"},
    {0},
};

/* Without the lock: a create or start that hangs must not keep its container from being killed. */
static int kill_one(const char *id, const void *data, struct error *err)
{
    const struct kill_options *options = data;
    struct oci_state state;
    struct container container;
    int rc = oci_reach(id, &state, &container, err);
    if (rc < 0)
        return rc;
    const char *status = oci_status(&state);
    if (!strcmp(status, "stopped") && !options->all)
        rc = error_set(err, ESRCH, "cannot signal container \"%s\": it is stopped (container not running)", id);
    else
        rc = runtime_signal(&container, options->signal, options->all, err);
    /* A frozen process keeps a signal until it is thawed; one that must die may do so. */
    if (!rc && options->signal == SIGKILL && !strcmp(status, "paused"))
        rc = runtime_resume(&container, err);
    container_free(&container);
    oci_close(&state);
    return rc;
}

int oci_kill(int argc, char **argv, struct error *err)
{
    struct kill_options options = {0};
    char **operands;
    int rc = oci_parse(kill_flags, &options, argc, argv, false, 1, 2, &operands, err);
    if (rc)
        return rc;
    options.signal = signal_number(operands[1] ? operands[1] : "TERM");
    if (options.signal <= 0)
        return error_set(err, EINVAL, "unknown signal \"%s\"", operands[1]);
    return oci_select(operands[0], options.regex, kill_one, &options, err);
}

struct delete_options {
    bool force, regex;
};
static const struct flag delete_flags[] = {
    {'f', "force", FLAG_BOOL, offsetof(struct delete_options, force), NULL, "kill it first when it is still running"},
    {'r', "regex", FLAG_BOOL, offsetof(struct delete_options, regex), NULL,
     "CONTAINER is a regular expression: delete all that match"},
    {0},
};

/* Somebody has frozen the process in a group of their own, where it cannot even die (cgroup v1); in the container's it thaws. */
static void take_back(const struct container *container)
{
    struct cgroup cgroup;
    if (str_empty(container->cgroup_path) || cgroup_open(container->cgroup_path, &cgroup, NULL) < 0)
        return;
    const struct hierarchy *freezer = cgroup_find(&cgroup, "freezer");
    char *directory cleanup_free = freezer && !freezer->unified ? cgroup_directory(&cgroup, freezer) : NULL;
    char *pid cleanup_free = str_format("%d", (int)container->pid);
    if (directory)
        (void)cgroup_write(NULL, directory, "cgroup.procs", pid, NULL);
    cgroup_close(&cgroup);
}

static int end_process(struct container *container, struct error *err)
{
    struct pollfd gone = {container->pidfd, POLLIN, 0};
    (void)runtime_signal(container, SIGKILL, false, NULL);
    (void)runtime_resume(container, NULL);
    if (poll(&gone, 1, 500) == 0)
        take_back(container);
    if (poll(&gone, 1, 10000) == 0)
        return error_set(err, EBUSY, "container %s: process %d does not end, 10 seconds after SIGKILL", container->id,
                         (int)container->pid);
    return 0;
}

/* The config is written before anything else is made, and goes after everything else: without it there is nothing. */
int oci_destroy(struct oci_state *state, struct error *err)
{
    struct container container;
    if (faccessat(state->fd, "config.json", F_OK, 0) < 0)
        return oci_forget(state, err);
    int rc = oci_load(state, &container, err);
    if (rc < 0)
        return rc;
    if (container.pid)
        rc = end_process(&container, err);
    if (!rc)
        rc = runtime_destroy(&container, err);
    container_free(&container);
    return rc ? rc : oci_forget(state, err);
}

void oci_undo(struct oci_state *state, struct container *container)
{
    if (container->pid) {
        (void)runtime_signal(container, SIGKILL, false, NULL);
        waitpid(container->pid, NULL, 0);
        (void)runtime_destroy(container, NULL);
    }
    (void)oci_forget(state, NULL);
}

void oci_clean_up(struct oci_state *state, struct container *container)
{
    if (!oci_lock_again(state))
        return;
    (void)runtime_destroy(container, NULL);
    (void)oci_forget(state, NULL);
}

static int delete_one(const char *id, const void *data, struct error *err)
{
    const struct delete_options *options = data;
    struct oci_state state;
    struct container container;
    /* Whoever holds the lock may wait for a process that will not come to an end by itself. */
    if (options->force && oci_reach(id, &state, &container, NULL) == 0) {
        if (container.pid)
            (void)runtime_signal(&container, SIGKILL, false, NULL);
        container_free(&container);
        oci_close(&state);
    }
    int rc = oci_open(id, &state, err);
    if (rc == -ENOENT && options->force)
        return 0; /* as runc: what is not there is deleted */
    if (rc < 0)
        return rc;
    const char *status = oci_status(&state);
    /* One that waits to be started may be deleted, as with runc and crun, though runtime.md#delete speaks of stopped ones only. */
    if (!options->force && strcmp(status, "stopped") && strcmp(status, "created"))
        rc = error_set(err, EBUSY, "cannot delete container \"%s\" that is not stopped: it is %s (see --force)", id, status);
    else
        rc = oci_destroy(&state, err);
    oci_close(&state);
    return rc;
}

int oci_delete(int argc, char **argv, struct error *err)
{
    struct delete_options options = {0};
    char **operands;
    int rc = oci_parse(delete_flags, &options, argc, argv, false, 1, 1, &operands, err);
    return rc ? rc : oci_select(operands[0], options.regex, delete_one, &options, err);
}

static int freeze(int argc, char **argv, bool (*possible)(const char *status), int (*act)(const struct container *, struct error *),
                  struct error *err)
{
    static const struct flag no_flags[] = {{0}};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(no_flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    const char *status = oci_status(&state);
    if (!possible(status))
        rc = error_set(err, EBUSY, "cannot %s container \"%s\": it is %s", argv[0], operands[0], status);
    else if ((rc = oci_load(&state, &container, err)) == 0) {
        rc = act(&container, err);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}

static bool can_pause(const char *status) { return !strcmp(status, "running") || !strcmp(status, "created"); }
static bool can_resume(const char *status) { return !strcmp(status, "paused"); }

int oci_pause(int argc, char **argv, struct error *err) { return freeze(argc, argv, can_pause, runtime_pause, err); }
int oci_resume(int argc, char **argv, struct error *err) { return freeze(argc, argv, can_resume, runtime_resume, err); }
