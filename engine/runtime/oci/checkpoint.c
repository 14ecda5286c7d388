/* slipway-oci checkpoint and restore: a container written to files by CRIU, and one made out of them. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/oci/bundle.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>

struct options {
    struct runtime_checkpoint criu;
    const char *bundle, *pid_file;
    bool detach, keep;
};
#define CRIU(member) offsetof(struct options, criu.member)
#define COMMON_FLAGS                                                                                                               \
    {0, "image-path", FLAG_STRING, CRIU(image_path), "directory", "where the images are (default: checkpoint)"},                   \
        {0, "work-path", FLAG_STRING, CRIU(work_path), "directory", "where CRIU's log is (default: with the images)"},             \
        {0, "tcp-established", FLAG_BOOL, CRIU(tcp_established), NULL, "with open TCP connections"},                               \
        {0, "ext-unix-sk", FLAG_BOOL, CRIU(ext_unix_sk), NULL, "with unix sockets whose other end is outside"},                    \
        {0, "shell-job", FLAG_BOOL, CRIU(shell_job), NULL, "with a terminal that is the caller's"},                                \
        {0, "file-locks", FLAG_BOOL, CRIU(file_locks), NULL, "with file locks"},                                                   \
    {                                                                                                                              \
        0, "manage-cgroups-mode", FLAG_STRING, CRIU(manage_cgroups), "mode", "soft (default), full, strict or ignore"              \
    }
static const struct flag checkpoint_flags[] = {
    COMMON_FLAGS,
    {0, "leave-running", FLAG_BOOL, CRIU(leave_running), NULL, "the container goes on afterwards"},
    {0, "pre-dump", FLAG_BOOL, CRIU(pre_dump), NULL, "its memory only, for a checkpoint later; it goes on"},
    {0, "parent-path", FLAG_STRING, CRIU(parent_path), "directory", "an earlier pre-dump, relative to the image path"},
    {0},
};
static const struct flag restore_flags[] = {
    COMMON_FLAGS,
    {'b', "bundle", FLAG_STRING, offsetof(struct options, bundle), "directory", "the bundle (default: the current directory)"},
    {'d', "detach", FLAG_BOOL, offsetof(struct options, detach), NULL, "do not stay with the container"},
    {0, "keep", FLAG_BOOL, offsetof(struct options, keep), NULL, "do not delete the container when it ends"},
    {0, "pid-file", FLAG_STRING, offsetof(struct options, pid_file), "path", "write the process id to this file"},
    {0},
};

int oci_checkpoint(int argc, char **argv, struct error *err)
{
    struct options options = {.criu.image_path = "checkpoint"};
    struct oci_state state;
    struct container container = {.pidfd = -EBADF, .start_fd = -EBADF};
    char **operands;
    int rc = oci_parse(checkpoint_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc || (rc = oci_open(operands[0], &state, err)) < 0)
        return rc;
    const char *status = oci_status(&state);
    if (strcmp(status, "running") != 0 && strcmp(status, "paused") != 0)
        rc = error_set(err, EBUSY, "cannot checkpoint container \"%s\": it is %s", operands[0], status);
    if (!rc)
        rc = oci_load(&state, &container, err);
    if (!rc)
        rc = runtime_checkpoint(&container, &options.criu, err);
    if (!rc && !options.criu.leave_running && !options.criu.pre_dump && (rc = runtime_destroy(&container, err)) == 0)
        rc = oci_forget(&state, err);
    container_free(&container);
    oci_close(&state);
    return rc;
}

static int restore(struct oci_state *state, const struct bundle *bundle, const struct options *options, const char *id,
                   struct container *container, struct error *err)
{
    struct runtime_stdio io = {.in = 0, .out = 1, .err = 2, .console_socket = -1};
    int rc = oci_announce(state, bundle, err);
    if (!rc)
        rc = runtime_restore(id, bundle->path, bundle->config, &options->criu, &io, NULL, container, err);
    if (!rc)
        rc = oci_remember(state, container, err);
    if (!rc)
        rc = oci_write_pid(options->pid_file, container->pid, err);
    if (rc < 0)
        oci_undo(state, container);
    return rc;
}

static int stay(struct oci_state *state, struct container *container, bool keep, struct error *err)
{
    struct oci_terminal terminal = OCI_TERMINAL_INIT;
    struct oci_process process = {container->pid, container->pidfd, -EBADF};
    oci_unlock(state);
    int rc = oci_foreground(&terminal, &process, err);
    if (!keep)
        oci_clean_up(state, container);
    return rc;
}

int oci_restore(int argc, char **argv, struct error *err)
{
    struct options options = {.criu.image_path = "checkpoint"};
    struct oci_state state;
    struct container container = {.pidfd = -EBADF, .start_fd = -EBADF};
    struct bundle bundle = {0};
    char **operands;
    int rc = oci_parse(restore_flags, &options, argc, argv, false, 1, 1, &operands, err);
    if (rc)
        return rc;
    if (!options.detach)
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    rc = bundle_read(&bundle, options.bundle, NULL, err);
    if (!rc && (rc = oci_new(operands[0], &state, err)) == 0) {
        rc = restore(&state, &bundle, &options, operands[0], &container, err);
        if (!rc && !options.detach)
            rc = stay(&state, &container, options.keep, err);
        oci_close(&state);
    }
    bundle_free(&bundle);
    container_free(&container);
    return rc;
}
