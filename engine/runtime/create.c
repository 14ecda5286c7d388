/* runtime_create, the parent's side: cgroup, sources, clone, id maps, then wait until init is ready or says why not. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net_device.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static pid_t clone_init(struct setup *setup, int *pidfd, struct error *err)
{
    pid_t pid = spaces_clone(setup, pidfd, err);
    if (pid == 0)
        init_main(setup);
    setup_close_inside(setup);
    return pid;
}

static int give_maps(struct setup *setup, pid_t pid, struct error *err)
{
    int rc = spaces_give(setup, pid, err);
    /* Inside its user namespace init could not raise them; elsewhere it sets its own. */
    if (!rc && setup->user_namespace)
        rc = process_rlimits(setup->steps, pid, json_at(setup->config, "process.rlimits"), err);
    size_t count = 0;
    if (!rc && setup->root.idmap) {
        char *path cleanup_free = str_format("/proc/%d/ns/user", (int)pid);
        int userns cleanup_close = open(path, O_RDONLY | O_CLOEXEC);
        if (userns < 0)
            return error_errno(err, errno, "open %s", path);
        rc = setup_idmapped(setup, userns, err);
        count = strv_len(setup->root.lower);
        if (count > 16)
            return error_set(err, ENOTSUP, "%zu idmapped layers, at most 16 are possible", count);
    }
    return rc ? rc : channel_send(setup->parent_channel, 'M', NULL, setup->root.lower_trees, count);
}

/* linux.netDevices go to where init is by now; none of them when one is missing here or its name is taken there. What else the
 * kernel may refuse shows on the way only: those that went before share the fate of the container's namespace then. */
static int give_devices(struct setup *setup, pid_t pid, struct error *err)
{
    const char *device;
    json_t *item;
    const json_t *devices = json_at(setup->config, "linux.netDevices");
    int rc = 0;
    if (!json_object_size(devices))
        return 0;
    char *path cleanup_free = str_format("/proc/%d/ns/net", (int)pid);
    int netns cleanup_close = namespace_open(namespace_kind("network"), path, err);
    if (netns < 0)
        return netns;
    json_object_foreach((json_t *)devices, device, item)
    {
        if (!rc)
            rc = net_device_check_free(device, json_str(item, "name", NULL), netns, path, err);
    }
    json_object_foreach((json_t *)devices, device, item)
    {
        if (!rc)
            rc = net_device_hand_over(setup->steps, device, json_str(item, "name", NULL), netns, path, err);
    }
    return rc;
}

/* The namespaces are there, and all mounts; the root has not been changed yet. */
static int run_hooks(struct setup *setup, pid_t pid, struct error *err)
{
    const struct hook_call call = {
        .config = setup->config, .id = setup->id, .bundle = setup->bundle, .directory = setup->bundle, .pid = pid};
    int rc = give_devices(setup, pid, err);
    if (rc < 0)
        return rc;
    setup->hooks_begun = true;
    rc = hooks_run(setup->steps, &call, HOOK_PRESTART, err);
    if (!rc)
        rc = hooks_run(setup->steps, &call, HOOK_CREATE_RUNTIME, err);
    return rc ? rc : channel_send(setup->parent_channel, 'H', NULL, NULL, 0);
}

/* What init says until it is ready. */
static int converse(struct setup *setup, pid_t pid, struct error *err)
{
    for (;;) {
        int kind = channel_receive(setup->parent_channel, err, NULL, NULL);
        if (kind == 'R')
            return 0;
        int rc = kind == 'M'   ? give_maps(setup, pid, err)
                 : kind == 'H' ? run_hooks(setup, pid, err)
                 : kind == 'E' ? -err->code
                 : kind == 0   ? error_set(err, ECHILD, "the container's init died while it was being set up")
                               : kind;
        if (rc < 0)
            return rc;
    }
}

/* Only now, that all is set up: it would have been done under a real-time policy otherwise, and out of reach of the cgroup's own
 * rules for such. By the parent, as in a user namespace nobody may. */
static int set_priorities(const struct setup *setup, pid_t pid, struct error *err)
{
    const json_t *process = setup->program.process;
    int rc = schedule_io(setup->steps, pid, json_object_get(process, "ioPriority"), err);
    return rc ? rc : schedule_policy(setup->steps, pid, json_object_get(process, "scheduler"), err);
}

static int create(struct setup *setup, struct container *out, struct error *err)
{
    int channels[2], pidfd = -EBADF;
    int rc = setup_cgroup_make(setup, err);
    if (!rc && !setup->unprivileged && !setup->joins_mounts)
        rc = setup_sources(setup, err);
    if (!rc && !setup->unprivileged)
        rc = setup_host_sources(setup, err);
    if (rc < 0)
        return rc;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
        return error_errno(err, errno, "make a socket pair");
    setup->parent_channel = channels[0];
    setup->channel = channels[1];
    pid_t pid = clone_init(setup, &pidfd, err);
    if (pid < 0)
        return pid;
    const json_t *score = json_at(setup->config, "process.oomScoreAdj");
    if (json_is_integer(score))
        rc = process_oom_score(setup->steps, pid, json_integer_value(score), err);
    if (!rc && setup->io.cloned)
        rc = setup->io.cloned(setup->io.context, pid, setup->cgroup.path, setup->unit, setup->program.seccomp.name, err);
    if (!rc)
        rc = converse(setup, pid, err);
    if (!rc)
        rc = set_priorities(setup, pid, err);
    if (rc < 0) {
        process_end(pid, pidfd);
        return rc;
    }
    out->pid = pid;
    out->pidfd = pidfd;
    out->start_fd = move_fd(setup->parent_channel);
    return 0;
}

/* A hook that fails ends the container, and those after its end are run (runtime.md#lifecycle). */
static void undo(struct setup *setup)
{
    const struct hook_call call = {.config = setup->config, .id = setup->id, .bundle = setup->bundle, .directory = setup->bundle};
    setup_cgroup_undo(setup);
    if (setup->hooks_begun)
        (void)hooks_run(setup->steps, &call, HOOK_POSTSTOP, NULL);
}

int runtime_create(const char *id, const char *bundle, json_t *config, const struct runtime_stdio *io, struct steps *steps,
                   struct container *out, struct error *err)
{
    struct setup setup = {.id = id, .bundle = bundle, .steps = steps, .io = *io};
    char *path cleanup_free = str_format("%s/config.json", bundle);
    *out = (struct container){.pidfd = -EBADF, .start_fd = -EBADF, .steps = steps};
    setup.config = config ? json_incref(config) : json_read_file(path, err);
    if (!setup.config)
        return err && err->code ? -err->code : -EINVAL;
    struct error local = ERROR_INIT;
    int rc = setup_prepare(&setup, bundle, &local);
    if (!rc) {
        rc = create(&setup, out, &local);
        if (rc < 0)
            undo(&setup);
    }
    if (rc < 0 && err)
        *err = local;
    if (!rc)
        setup_hand_over(&setup, out);
    json_decref(setup.config);
    setup_free(&setup);
    return rc;
}
