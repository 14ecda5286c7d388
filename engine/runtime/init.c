/* The child of runtime_create: from clone to exec. Each stage may fail; the reason goes to the parent as one message. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

_Noreturn static void fail(int channel, const struct error *err)
{
    channel_send(channel, 'E', err, NULL, 0);
    _exit(1);
}

/* A fresh process must not inherit what its parent blocked, ignored or leads. */
void init_clean_slate(void)
{
    process_default_signals();
    umask(0);
    setsid();
}

static int set_sysctls(struct setup *setup, struct error *err)
{
    const char *key;
    json_t *value;
    const json_t *sysctls = json_at(setup->config, "linux.sysctl");
    int rc = 0;
    if (!json_object_size(sysctls))
        return 0;
    int proc cleanup_close = mount_new("proc", "proc", NULL, "a private place", err);
    if (proc < 0)
        return proc;
    json_object_foreach((json_t *)sysctls, key, value)
    {
        if (!rc)
            rc = process_sysctl(setup->steps, proc, key, str_or(json_string_value(value), ""), setup->own, err);
    }
    return rc;
}

static int set_names(struct setup *setup, struct error *err)
{
    const char *hostname = json_str(setup->config, "hostname", ""), *domainname = json_str(setup->config, "domainname", "");
    int rc = *hostname ? process_hostname(setup->steps, hostname, err) : 0;
    if (rc < 0)
        return error_prefix(err, "unable to start container process: error during container init");
    return rc || !*domainname ? rc : process_domainname(setup->steps, domainname, err);
}

/* The parent hands over network devices and runs the hooks of the runtime's namespaces, then this process the ones whose paths are
 * the runtime's still but whose namespaces are its own. */
static int creation_hooks(struct setup *setup, struct error *err)
{
    const struct hook_call call = {
        .config = setup->config, .id = setup->id, .bundle = setup->bundle, .directory = setup->bundle, .pid = getpid()};
    bool outside = hooks_any(setup->config, HOOK_PRESTART) || hooks_any(setup->config, HOOK_CREATE_RUNTIME) ||
                   json_object_size(json_at(setup->config, "linux.netDevices"));
    if (!outside && !hooks_any(setup->config, HOOK_CREATE_CONTAINER))
        return 0;
    int rc = channel_send(setup->channel, 'H', NULL, NULL, 0);
    if (rc < 0 || channel_receive(setup->channel, err, NULL, NULL) != 'H')
        _exit(1); /* the parent has the reason */
    return hooks_run(setup->steps, &call, HOOK_CREATE_CONTAINER, err);
}

static int start_hooks(struct setup *setup, struct error *err)
{
    const struct hook_call call = {.config = setup->config, .id = setup->id, .bundle = setup->bundle, .pid = getpid()};
    return hooks_run(setup->steps, &call, HOOK_START_CONTAINER, err);
}

/* Made by the container's root when the image lacks it, as runc does, and while it may still be written to; not when something else
 * stands in the way. */
static void make_directory(int root, const char *cwd)
{
    struct error ignored;
    fd_close(root_make(root, cwd, false, 0755, &ignored));
}

/* All that is mounted; in a namespace where others are, nothing of it stays if the container does not come about. */
static int build_root(struct setup *setup, int *root, struct error *err)
{
    int rc = setup->unprivileged || setup->joins_mounts ? setup_sources(setup, err) : 0;
    if (!rc && setup->unprivileged)
        rc = setup_host_sources(setup, err);
    if (!rc)
        rc = rootfs_make(setup, root, err);
    if (!rc)
        rc = rootfs_mounts(setup, root, err);
    if (!rc)
        rc = rootfs_devices(setup, *root, err);
    if (!rc)
        rc = creation_hooks(setup, err);
    if (rc < 0 && setup->joins_mounts && *root >= 0)
        (void)mount_let_go(setup->steps, *root, NULL);
    return rc;
}

static int build(struct setup *setup, struct error *err)
{
    const json_t *process = setup->program.process;
    int root cleanup_close = -EBADF;
    int rc = build_root(setup, &root, err);
    if (!rc)
        rc = mount_pivot(setup->steps, root, setup->io.no_pivot, err);
    if (!rc && json_flag(process, "terminal", false))
        rc = console_open(setup->steps, root, process, setup->io.console_socket, !setup->bound_dev, err);
    if (!rc)
        make_directory(root, json_str(process, "cwd", "/"));
    if (!rc)
        rc = set_names(setup, err);
    if (!rc)
        rc = set_sysctls(setup, err);
    if (!rc && setup->sandbox)
        rc = sandbox_finish(setup, root, err);
    if (!rc)
        rc = rootfs_hide(setup, root, err);
    if (!rc)
        rc = rootfs_propagate(setup, err);
    return rc;
}

static void close_range_of(int first, int last)
{
    if (first <= last)
        syscall(SYS_close_range, first, last, 0);
}

void init_close_others(int a, int b, int preserve)
{
    int low = a < b ? a : b, high = a < b ? b : a, first = 3 + preserve;
    for (int fd = 3; fd < first; fd++) {
        int flags = fd == a || fd == b ? 0 : fcntl(fd, F_GETFD);
        if (flags > 0 && flags & FD_CLOEXEC)
            close(fd);
    }
    close_range_of(first, low - 1);
    close_range_of(low + 1 > first ? low + 1 : first, high - 1);
    syscall(SYS_close_range, high + 1 > first ? high + 1 : first, ~0U, 0);
}

/* `create` and `start` may be two programs: then init waits at a listening socket for the second. Whoever connects and goes away
 * again, as one who was killed does, changes nothing. */
static int wait_for_start(struct setup *setup)
{
    int kind = channel_receive(setup->channel, NULL, NULL, NULL);
    while (setup->io.start_socket > 0 && (kind == 'C' || kind == 0)) {
        if (kind == 0 && !setup->committed)
            return 0; /* the maker died */
        setup->committed = true;
        fd_close(setup->channel);
        setup->channel = accept4(setup->io.start_socket, NULL, NULL, SOCK_CLOEXEC);
        kind = channel_receive(setup->channel, NULL, NULL, NULL);
    }
    return kind;
}

_Noreturn void init_main(struct setup *setup)
{
    struct error err = ERROR_INIT;
    const json_t *process = setup->program.process;
    char *keyring cleanup_free = str_format("_ses.%s", setup->id);
    fd_close(setup->parent_channel);
    init_clean_slate();
    int rc = spaces_enter(setup, &err);
    if (!rc && !setup->io.no_keyring)
        process_keyring(setup->steps, keyring);
    if (!rc && !json_flag(process, "terminal", false))
        rc = program_stdio(&setup->io, &err);
    if (!rc)
        rc = build(setup, &err);
    init_close_others(setup->channel, setup->io.start_socket > 0 ? setup->io.start_socket : setup->channel, setup->io.preserve);
    if (!rc && !setup->user_namespace) {
        rc = process_rlimits(setup->steps, 0, json_object_get(process, "rlimits"), &err);
        if (rc < 0 && str_starts(err.message, "error setting"))
            error_prefix(&err, "unable to start container process: error during container init: error setting rlimits for ready "
                               "process");
    }
    if (!rc)
        rc = program_become(setup->steps, &setup->program, &err);
    if (rc < 0)
        fail(setup->channel, &err);
    if (channel_send(setup->channel, 'R', NULL, NULL, 0) < 0 || wait_for_start(setup) != 'S')
        _exit(1); /* whoever made this container is gone */
    if (!process)
        error_set(&err, EINVAL, "container \"%s\" cannot be started: its config.json has no process", setup->id);
    else if (start_hooks(setup, &err) == 0)
        program_exec(setup->steps, &setup->program, setup->channel, &err);
    fail(setup->channel, &err);
}
