/* slipway-oci create, run and start. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

struct options {
    const char *bundle, *pid_file, *console_socket;
    bool no_pivot, detach, keep;
};
#define COMMON_FLAGS                                                                                                               \
    {'b', "bundle", FLAG_STRING, offsetof(struct options, bundle), "directory", "the bundle (default: the current directory)"},    \
        {0, "console-socket", FLAG_STRING, offsetof(struct options, console_socket), "path", "socket that receives the terminal"}, \
        {0, "pid-file", FLAG_STRING, offsetof(struct options, pid_file), "path", "write the process id to this file"},             \
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

static int remember(struct oci_state *state, const struct container *container, struct error *err)
{
    char now[CLOCK_TEXT];
    clock_rfc3339(clock_wall_ns(), now);
    json_t *annotations = json_object_get(container->config, "annotations");
    json_object_set_new(state->json, "pid", json_integer(container->pid));
    json_object_set_new(state->json, "start_time", json_integer(oci_process_start(container->pid)));
    json_object_set_new(state->json, "bundle", json_string(container->bundle));
    json_object_set_new(state->json, "cgroup", json_string(container->cgroup_path));
    json_object_set_new(state->json, "created", json_string(now));
    if (annotations)
        json_object_set(state->json, "annotations", annotations);
    return oci_save(state, err);
}

static char *socket_path(const struct oci_state *state) { return str_format("/proc/self/fd/%d/start.sock", state->lock); }

static int make(struct oci_state *state, const char *id, const struct options *options, bool two_calls,
                struct oci_terminal *terminal, struct container *container, struct error *err)
{
    char *bundle cleanup_free = realpath(options->bundle ? options->bundle : ".", NULL);
    if (!bundle)
        return error_errno(err, errno, "bundle %s", options->bundle);
    char *path cleanup_free = path_join(bundle, "config.json");
    json_t *config cleanup_json = json_read_file(path, err);
    if (!config)
        return -err->code;
    struct runtime_stdio io = {.in = 0, .out = 1, .err = 2, .console_socket = -1, .no_pivot = options->no_pivot};
    bool wants_terminal = json_flag(config, "process.terminal", false);
    if (wants_terminal && !options->console_socket && (two_calls || options->detach))
        return error_set(err, EINVAL, "process.terminal is set: --console-socket must say who takes the terminal");
    int rc = oci_terminal_open(terminal, wants_terminal, options->console_socket, &io.console_socket, err);
    char *waiting cleanup_free = socket_path(state);
    if (!rc && two_calls)
        rc = io.start_socket = unix_listen(waiting, SOCK_SEQPACKET, 0600, err);
    struct steps *steps = oci_globals.debug ? steps_new() : NULL;
    if (rc >= 0)
        rc = runtime_create(id, bundle, config, &io, steps, container, err);
    if (io.start_socket > 0)
        fd_close(io.start_socket);
    if (!rc)
        rc = remember(state, container, err);
    if (!rc)
        rc = oci_write_pid(options->pid_file, container->pid, err);
    show_steps(steps);
    return rc;
}

static void undo(struct oci_state *state, struct container *container)
{
    if (container->pid) {
        (void)runtime_signal(container, SIGKILL, false, NULL);
        waitpid(container->pid, NULL, 0);
        (void)runtime_destroy(container, NULL);
    }
    (void)oci_forget(state, NULL);
}

int oci_create(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct oci_state state;
    struct oci_terminal terminal = {{-EBADF, -EBADF}};
    struct container container = {.pidfd = -EBADF, .start_fd = -EBADF};
    char **operands;
    int rc = oci_parse(create_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_new(operands[0], &state, err)) < 0)
        return rc;
    rc = make(&state, operands[0], &options, true, &terminal, &container, err);
    if (rc < 0)
        undo(&state, &container);
    oci_terminal_close(&terminal);
    container_free(&container);
    oci_close(&state);
    return rc;
}

static void clean_up(const char *id)
{
    struct oci_state state;
    struct container container;
    if (oci_open(id, &state, &(struct error){0}) < 0)
        return;
    if (oci_load(&state, &container, &(struct error){0}) == 0) {
        (void)runtime_destroy(&container, &(struct error){0});
        container_free(&container);
    }
    (void)oci_forget(&state, NULL);
    oci_close(&state);
}

int oci_run(int argc, char **argv, struct error *err)
{
    struct options options = {0};
    struct oci_state state;
    struct oci_terminal terminal = {{-EBADF, -EBADF}};
    struct container container = {.pidfd = -EBADF, .start_fd = -EBADF};
    char **operands;
    int rc = oci_parse(run_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_new(operands[0], &state, err)) < 0)
        return rc;
    rc = make(&state, operands[0], &options, false, &terminal, &container, err);
    if (!rc)
        rc = runtime_start(&container, err);
    if (rc < 0)
        undo(&state, &container);
    oci_close(&state);
    if (!rc && !options.detach) {
        rc = oci_foreground(&terminal, container.pid, err);
        if (!options.keep)
            clean_up(operands[0]);
    }
    oci_terminal_close(&terminal);
    container_free(&container);
    return rc;
}

int oci_start(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    struct oci_state state;
    struct container container;
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    const char *status = oci_status(&state);
    if (strcmp(status, "created"))
        rc = error_set(err, EBUSY, "cannot start container \"%s\": it is %s", operands[0], status);
    if (!rc && (rc = oci_load(&state, &container, err)) == 0) {
        char *waiting cleanup_free = socket_path(&state), *path cleanup_free = path_join(state.directory, "start.sock");
        container.start_fd = unix_connect(waiting, SOCK_SEQPACKET, err);
        rc = container.start_fd < 0 ? container.start_fd : runtime_start(&container, err);
        unlink(path);
        container_free(&container);
    }
    oci_close(&state);
    return rc;
}
