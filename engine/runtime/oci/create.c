/* slipway-oci create, run and start. The order of the steps is what makes a kill at any moment harmless: the state that says where
 * to look is written before anything is made, and init ends with its maker until it has been written down as created. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "kernel/seal.h"
#include "runtime/oci/bundle.h"
#include "runtime/oci/notify.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

struct options {
    const char *bundle, *config, *pid_file, *console_socket, *pidfd_socket;
    long long preserve;
    bool no_pivot, no_keyring, no_subreaper, detach, keep;
};
#define COMMON_FLAGS                                                                                                               \
    {'b', "bundle", FLAG_STRING, offsetof(struct options, bundle), "directory", "the bundle (default: the current directory)"},    \
        {'f', "config", FLAG_STRING, offsetof(struct options, config), "file", "the config (default: config.json of the bundle)"}, \
        {0, "console-socket", FLAG_STRING, offsetof(struct options, console_socket), "path", "socket that receives the terminal"}, \
        {0, "pidfd-socket", FLAG_STRING, offsetof(struct options, pidfd_socket), "path", "socket that receives a pidfd of init"},  \
        {0, "pid-file", FLAG_STRING, offsetof(struct options, pid_file), "path", "write the process id to this file"},             \
        {0, "preserve-fds", FLAG_INT, offsetof(struct options, preserve), "uint16", "inherit so many descriptors from 3 up"},      \
        {0, "no-new-keyring", FLAG_BOOL, offsetof(struct options, no_keyring), NULL, "no session keyring of its own"},             \
        {0, "no-subreaper", FLAG_BOOL, offsetof(struct options, no_subreaper), NULL, "do not take over orphans (of run)"},         \
    {                                                                                                                              \
        0, "no-pivot", FLAG_BOOL, offsetof(struct options, no_pivot), NULL, "move the root filesystem instead of pivot_root"       \
    }
static const struct flag create_flags[] = {COMMON_FLAGS, {0}};
static const struct flag run_flags[] = {
    COMMON_FLAGS,
    {'d', "detach", FLAG_BOOL, offsetof(struct options, detach), NULL, "do not stay with the container"},
    {0, "keep", FLAG_BOOL, offsetof(struct options, keep), NULL, "do not delete the container when it ends"},
    {0},
};

int oci_write_pid(const char *path, pid_t pid, struct error *err)
{
    char text[32];
    int len = snprintf(text, sizeof text, "%d", (int)pid);
    return path ? file_write_atomic(path, text, (size_t)len, 0644, false, err) : 0;
}

int oci_send_pidfd(const char *path, int pidfd, struct error *err)
{
    if (!path)
        return 0;
    int sock cleanup_close = unix_connect(path, SOCK_STREAM, err);
    if (sock < 0)
        return sock;
    int rc = fds_send(sock, "pidfd", 6, &pidfd, 1);
    return rc < 0 ? error_errno(err, -rc, "send the pidfd to %s", path) : 0;
}

static void show_steps(struct steps *steps)
{
    json_t *list cleanup_json = steps_json(steps), *step;
    size_t i;
    if (oci_globals.debug)
        json_array_foreach(list, i, step)
        {
            fprintf(stderr, "%8lld us  %-14s %s%s%s\n", json_num(step, "duration_ns", 0) / 1000, json_str(step, "what", ""),
                    json_str(step, "command", ""), *json_str(step, "error", "") ? "  = " : "", json_str(step, "error", ""));
        }
}

/* What stdin, stdout and stderr are, as CRIU names them (external descriptors of a dump). */
static char *standard_streams(void)
{
    json_t *list cleanup_json = json_array();
    for (int fd = 0; fd < 3; fd++) {
        char path[32], target[PATH_MAX];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        ssize_t len = readlink(path, target, sizeof target - 1);
        json_array_append_new(list, json_stringn(target, len > 0 ? (size_t)len : 0));
    }
    return json_dumps(list, JSON_COMPACT);
}

static const char *user_name(void)
{
    const char *root = "root";
    static char number[16];
    snprintf(number, sizeof number, "%u", geteuid());
    return geteuid() ? number : root;
}

/* Before anything is made. */
int oci_announce(struct oci_state *state, const struct bundle *bundle, struct error *err)
{
    char now[CLOCK_TEXT], *rootfs cleanup_free = bundle_rootfs(bundle), *streams cleanup_free = standard_streams();
    clock_rfc3339(clock_wall_ns(), now);
    json_t *annotations = json_object_get(bundle->config, "annotations");
    json_object_set_new(state->json, "bundle", json_string(bundle->path));
    json_object_set_new(state->json, "rootfs", json_string(rootfs));
    json_object_set_new(state->json, "created", json_string(now));
    json_object_set_new(state->json, "owner", json_string(user_name()));
    json_object_set_new(state->json, "external_descriptors", json_string(streams));
    if (annotations)
        json_object_set(state->json, "annotations", annotations);
    int rc = oci_save_config(state, bundle->config, err);
    return rc ? rc : oci_save(state, err);
}

static void add_process(struct oci_state *state, pid_t pid, const char *cgroup, const char *unit)
{
    json_object_set_new(state->json, "pid", json_integer(pid));
    json_object_set_new(state->json, "start_time", json_integer(oci_process_start(pid)));
    if (unit)
        json_object_set_new(state->json, "unit", json_string(unit));
    if (cgroup)
        json_object_set_new(state->json, "cgroup", json_string(cgroup));
}

int oci_remember(struct oci_state *state, const struct container *container, struct error *err)
{
    add_process(state, container->pid, container->cgroup_path, container->unit);
    return oci_save(state, err);
}

struct making {
    const struct options *options;
    bool two_calls; /* create and start, not run */
    const json_t *config;
    struct oci_state state;
    struct oci_terminal terminal;
    struct container container;
};

/* Init, once ready, waits for this to be on disk; so it is written while init still works. */
static int get_ready(void *context, pid_t pid, const char *cgroup, const char *unit, const char *filter, struct error *err)
{
    struct making *making = context;
    add_process(&making->state, pid, cgroup, unit);
    int rc = oci_save_brief(&making->state, making->config, filter, err);
    return rc ? rc : oci_save_ready(&making->state, err);
}

static int check_terminal(const struct making *making, bool wanted, struct error *err)
{
    const struct options *options = making->options;
    if (wanted && !options->console_socket && (making->two_calls || options->detach))
        return error_set(err, EINVAL,
                         "process.terminal is set, and nobody stays to serve it: use --console-socket to say who does");
    if (!wanted && options->console_socket)
        return error_set(err, EINVAL, "--console-socket: process.terminal is not set, there is no terminal to send");
    return 0;
}

static int make_of(struct making *making, struct bundle *bundle, const char *id, struct error *err)
{
    const struct options *options = making->options;
    struct runtime_stdio io = {.in = 0,
                               .out = 1,
                               .err = 2,
                               .console_socket = -1,
                               .no_pivot = options->no_pivot,
                               .no_keyring = options->no_keyring,
                               .cloned = get_ready,
                               .context = making,
                               .preserve = bundle_listen(bundle, options->preserve)};
    making->config = bundle->config;
    bool terminal = json_flag(bundle->config, "process.terminal", false);
    char *waiting cleanup_free = oci_start_socket(&making->state);
    int rc = check_terminal(making, terminal, err);
    if (!rc)
        rc = notify_prepare(&making->state, bundle->config, err);
    if (!rc)
        rc = oci_announce(&making->state, bundle, err);
    if (!rc)
        rc = oci_terminal_open(&making->terminal, terminal, options->console_socket, &io.console_socket, err);
    if (!rc && making->two_calls)
        rc = io.start_socket = unix_listen(waiting, SOCK_SEQPACKET, 0600, err);
    struct steps *steps = oci_globals.debug ? steps_new() : NULL;
    if (rc >= 0)
        rc = runtime_create(id, bundle->path, bundle->config, &io, steps, &making->container, err);
    if (io.start_socket > 0)
        fd_close(io.start_socket);
    if (!rc)
        rc = oci_save_settled(&making->state, err);
    if (!rc && making->two_calls)
        rc = runtime_commit(&making->container, err);
    if (!rc)
        rc = oci_write_pid(options->pid_file, making->container.pid, err);
    if (!rc)
        rc = oci_send_pidfd(options->pidfd_socket ? options->pidfd_socket
                                                  : runtime_annotation(bundle->config, "run.oci.pidfd_receiver"),
                            making->container.pidfd, err);
    show_steps(steps);
    steps_free(steps);
    making->container.steps = NULL;
    return rc;
}

static int make(struct making *making, const char *id, struct error *err)
{
    struct bundle bundle = {0};
    making->terminal = OCI_TERMINAL_INIT;
    making->container = (struct container){.pidfd = -EBADF, .start_fd = -EBADF};
    int rc = bundle_read(&bundle, making->options->bundle, making->options->config, err);
    if (!rc && (rc = oci_new(id, &making->state, err)) == 0) {
        rc = make_of(making, &bundle, id, err);
        if (!rc && !making->two_calls)
            rc = runtime_start(&making->container, err);
        if (rc < 0) {
            oci_undo(&making->state, &making->container);
            oci_close(&making->state);
        }
    }
    bundle_free(&bundle);
    if (rc < 0) {
        oci_terminal_close(&making->terminal);
        container_free(&making->container);
    }
    return rc;
}

int oci_create(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct making making = {.options = &options, .two_calls = true};
    char **operands;
    int rc = oci_parse(create_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = make(&making, operands[0], err)) < 0)
        return rc;
    oci_terminal_close(&making.terminal);
    container_free(&making.container);
    oci_close(&making.state);
    return 0;
}

/* What is not needed any more goes while the container runs, rather than at its end, which somebody waits for. */
static void lighten(struct container *container)
{
    seal_let_go();
    container_forget_config(container);
}

int oci_run(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct making making = {.options = &options};
    char **operands;
    int rc = oci_parse(run_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc)
        return rc;
    if (!options.detach && !options.no_subreaper)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if ((rc = make(&making, operands[0], err)) < 0)
        return rc;
    struct oci_process process = {making.container.pid, making.container.pidfd, notify_open(&making.state, err)};
    oci_unlock(&making.state);
    lighten(&making.container);
    if (!options.detach)
        rc = oci_foreground(&making.terminal, &process, err);
    else if (process.notify >= 0)
        notify_wait(process.notify, process.pidfd);
    fd_close(process.notify);
    if (!options.detach && !options.keep)
        oci_clean_up(&making.state, &making.container);
    oci_close(&making.state);
    oci_terminal_close(&making.terminal);
    container_free(&making.container);
    return rc;
}

static int start(struct oci_state *state, int *notify, struct container *container, struct error *err)
{
    const char *status = oci_status(state);
    if (strcmp(status, "created"))
        return error_set(err, EBUSY, "cannot start container \"%s\": it is %s", json_str(state->json, "id", ""), status);
    int rc = oci_load(state, container, err);
    if (rc < 0)
        return rc;
    char *waiting cleanup_free = oci_start_socket(state);
    *notify = notify_open(state, err);
    container->start_fd = unix_connect(waiting, SOCK_SEQPACKET, err);
    rc = container->start_fd < 0 ? container->start_fd : runtime_start(container, err);
    unlinkat(state->fd, "start.sock", 0);
    /* A hook that fails ends the container, whose lifecycle goes on with its destruction (runtime.md#lifecycle). */
    if (rc == -ENOTRECOVERABLE)
        (void)oci_destroy(state, NULL);
    return rc;
}

int oci_start(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    struct oci_state state;
    struct container container = {.pidfd = -EBADF, .start_fd = -EBADF};
    int notify = -EBADF;
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    rc = start(&state, &notify, &container, err);
    oci_close(&state);
    if (!rc && notify >= 0)
        notify_wait(notify, container.pidfd);
    fd_close(notify);
    container_free(&container);
    return rc;
}
