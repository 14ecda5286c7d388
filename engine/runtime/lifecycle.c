/* What happens to a container after it was created: start, signals, pause, removal. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "runtime/agent.h"
#include "runtime/defaults.h"
#include "runtime/manager.h"
#include "runtime/setup.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int runtime_commit(struct container *container, struct error *err)
{
    int rc = channel_send(container->start_fd, 'C', NULL, NULL, 0);
    container->start_fd = fd_close(container->start_fd);
    return rc < 0 ? error_set(err, ESRCH, "the init of container %s is gone", container->id) : 0;
}

json_t *container_after(const json_t *config)
{
    if (!json_object_size(json_object_get(config, "hooks")))
        return NULL;
    json_t *after = json_pack("{sO}", "hooks", json_object_get(config, "hooks"));
    if (json_object_get(config, "annotations"))
        json_object_set(after, "annotations", json_object_get(config, "annotations"));
    return after;
}

static int run_hooks(const struct container *container, enum hook_moment moment, pid_t pid, struct error *err)
{
    const struct hook_call call = {
        .config = container->after, .id = container->id, .bundle = container->bundle, .directory = container->bundle, .pid = pid};
    return hooks_run(container->steps, &call, moment, err);
}

int runtime_start(struct container *container, struct error *err)
{
    if (container->start_fd < 0)
        return error_set(err, EBUSY, "container %s was started before", container->id);
    const struct agent_call call = {.steps = container->steps,
                                    .config = container->config,
                                    .id = container->id,
                                    .bundle = container->bundle,
                                    .status = "created",
                                    .pid = container->pid,
                                    .init = container->pid};
    int rc = channel_send(container->start_fd, 'S', NULL, NULL, 0);
    rc = rc < 0 ? error_set(err, ESRCH, "the init of container %s is gone", container->id)
                : agent_wait(container->start_fd, &call, err);
    container->start_fd = fd_close(container->start_fd);
    if (!rc)
        rc = run_hooks(container, HOOK_POSTSTART, container->pid, err);
    if (rc < 0 && container->pidfd >= 0)
        (void)process_signal(container->pidfd, SIGKILL);
    return rc;
}

static void thaw_all(const struct container *container)
{
    struct cgroup cgroup;
    if (!container->cgroup_path || cgroup_open(container->cgroup_path, &cgroup, NULL) < 0)
        return;
    cgroup_thaw_all(&cgroup);
    cgroup_close(&cgroup);
}

int runtime_signal(const struct container *container, int signal, bool all, struct error *err)
{
    if (all && container->cgroup_path) {
        struct cgroup cgroup;
        int rc = cgroup_open(container->cgroup_path, &cgroup, err);
        if (!rc)
            rc = cgroup_kill(container->steps, &cgroup, signal, err);
        cgroup_close(&cgroup);
        return rc;
    }
    int64_t start = step_start();
    int rc = container->pid <= 0 ? -ESRCH : process_signal(container->pidfd, signal);
    if (rc < 0)
        error_errno(err, -rc, "send signal %d to container %s", signal, container->id);
    if (signal == SIGKILL)
        thaw_all(container);
    step_recordf(container->steps, start, rc, "kill", container->id, "kill -%d %d", signal, (int)container->pid);
    return rc;
}

static int freeze(const struct container *container, bool frozen, struct error *err)
{
    struct cgroup cgroup;
    if (!container->cgroup_path)
        return error_set(err, ENOTSUP, "container %s has no cgroup of its own, by which it could be frozen", container->id);
    int rc = cgroup_open(container->cgroup_path, &cgroup, err);
    if (!rc)
        rc = cgroup_freeze(container->steps, &cgroup, frozen, err);
    cgroup_close(&cgroup);
    return rc;
}

int runtime_pause(const struct container *container, struct error *err) { return freeze(container, true, err); }
int runtime_resume(const struct container *container, struct error *err) { return freeze(container, false, err); }

int runtime_update(const struct container *container, const json_t *resources, struct error *err)
{
    struct cgroup cgroup;
    if (!container->cgroup_path)
        return error_set(err, ENOTSUP, "container %s has no cgroup of its own, and so no limits", container->id);
    int rc = cgroup_open(container->cgroup_path, &cgroup, err);
    json_t *complete cleanup_json = json_deep_copy(resources);
    runtime_complete_device_rules(complete);
    if (!rc)
        rc = cgroup_update(container->steps, &cgroup, complete, err);
    const struct hierarchy *memory = rc ? NULL : cgroup_find(&cgroup, "memory");
    if (!rc && container->unit && runtime_systemd())
        rc = runtime_systemd()->update(container->steps, container->unit, complete, !memory || memory->unified, err);
    cgroup_close(&cgroup);
    return rc;
}

static int stop_unit(const struct container *container, struct error *err)
{
    if (!container->unit)
        return 0;
    if (!runtime_systemd())
        return error_set(err, ENOTSUP, "%s is systemd's, of which this program knows nothing", container->unit);
    return runtime_systemd()->stop(container->steps, container->unit, err);
}

static int empty_and_remove(struct container *container, const struct cgroup *cgroup, struct error *err)
{
    if (!container->unit && cgroup_remove_empty(container->steps, cgroup))
        return 0;
    pid_t *left cleanup_free = cgroup_pids(cgroup);
    if (left)
        (void)cgroup_kill(container->steps, cgroup, SIGKILL, NULL);
    int rc = stop_unit(container, err);
    return rc ? rc : cgroup_remove(container->steps, cgroup, err);
}

static int destroy_cgroup(struct container *container, struct error *err)
{
    struct cgroup cgroup;
    if (!container->cgroup_path)
        return 0;
    if (container->cgroup)
        return empty_and_remove(container, container->cgroup, err);
    int rc = cgroup_open(container->cgroup_path, &cgroup, err);
    if (rc < 0)
        return rc;
    rc = empty_and_remove(container, &cgroup, err);
    cgroup_close(&cgroup);
    return rc;
}

int runtime_destroy(struct container *container, struct error *err)
{
    int rc = destroy_cgroup(container, err);
    if (rc < 0)
        return rc;
    (void)run_hooks(container, HOOK_POSTSTOP, 0, NULL);
    json_decref(container->after);
    container->after = NULL;
    return 0;
}

void container_free(struct container *container)
{
    json_decref(container->config);
    json_decref(container->after);
    free(container->id);
    free(container->bundle);
    free(container->cgroup_path);
    if (container->cgroup)
        cgroup_close(container->cgroup);
    free(container->cgroup);
    free(container->unit);
    if (container->filter)
        seccomp_program_free(container->filter);
    free(container->filter);
    fd_close(container->pidfd);
    fd_close(container->start_fd);
    *container = (struct container){.pidfd = -EBADF, .start_fd = -EBADF};
}

void container_forget_config(struct container *container)
{
    json_decref(container->config);
    container->config = NULL;
    malloc_trim(0);
}

int runtime_load_config(const char *id, const char *bundle, json_t *config, pid_t pid, struct container *out, struct error *err)
{
    char *fallback cleanup_free = str_format("/%s", id);
    *out = (struct container){.pidfd = -EBADF, .start_fd = -EBADF};
    out->id = xstrdup(id);
    out->bundle = xstrdup(bundle);
    out->config = json_incref(config);
    out->after = container_after(config);
    out->cgroup_path = xstrdup(str_or(json_str(config, "linux.cgroupsPath", NULL), fallback));
    if (pid <= 0)
        return 0;
    out->pid = pid;
    out->pidfd = process_open(pid);
    if (out->pidfd >= 0)
        return 0;
    int rc = error_errno(err, -out->pidfd, "container %s: process %d", id, (int)pid);
    container_free(out);
    return rc;
}

int runtime_error_exit_code(const struct error *err)
{
    if (!str_starts(err->message, "exec: "))
        return 125;
    return err->code == ENOENT ? 127 : err->code == EACCES || err->code == ENOEXEC ? 126 : 125;
}
