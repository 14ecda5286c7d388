/* runtime_mount: entries of config.mounts that come to a container while it runs, or go. Sources are copied here, with the host's
 * rights; a child joins the container's namespaces and does the rest, as init did. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int add_all(struct setup *setup, int *root, struct error *err)
{
    int rc = rootfs_mounts(setup, root, err);
    return rc ? rc : rootfs_seal(setup, err);
}

/* What came last goes first. */
static int remove_all(struct setup *setup, int root, struct error *err)
{
    int rc = 0;
    for (size_t i = setup->mount_count; i > 0 && !rc; i--)
        rc = mount_remove(setup->steps, root, setup->mounts[i - 1].destination, err);
    return rc;
}

_Noreturn static void visit(struct setup *setup, const struct container *container, bool add)
{
    struct error err = ERROR_INIT;
    unsigned long flags = namespaces_apart(container->pid) & ~(unsigned long)CLONE_NEWPID;
    init_clean_slate();
    int rc = namespaces_enter(setup->steps, container->pidfd, container->pid, flags, &err);
    if (!rc && flags & CLONE_NEWUSER)
        rc = program_root_inside(&setup->program, &err);
    int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (!rc)
        rc = add ? add_all(setup, &root, &err) : remove_all(setup, root, &err);
    channel_send(setup->channel, rc < 0 ? 'E' : 'R', rc < 0 ? &err : NULL, NULL, 0);
    _exit(0);
}

/* Born in the container's pid namespace, or a procfs would show the host's. */
static pid_t clone_visitor(struct setup *setup, const struct container *container, bool add, int *pidfd, struct error *err)
{
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    pid_t pid = namespace_clone_in(setup->steps, container->pidfd, container->pid, -EBADF, pidfd, err);
    if (pid == 0)
        visit(setup, container, add);
    return pid;
}

static int send_visitor(struct setup *setup, const struct container *container, bool add, struct error *err)
{
    int channels[2], pidfd cleanup_close = -EBADF;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
        return error_errno(err, errno, "make a socket pair");
    setup->parent_channel = channels[0];
    setup->channel = channels[1];
    pid_t pid = clone_visitor(setup, container, add, &pidfd, err);
    setup->channel = fd_close(setup->channel);
    int kind = pid < 0 ? 'E' : channel_receive(setup->parent_channel, err, NULL, NULL);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    return kind == 'R'   ? 0
           : kind == 'E' ? -err->code
                         : error_set(err, EIO, "who went to mount in container %s did not come back", container->id);
}

/* Whose map "idmap" without one of its own means. */
static int open_user(struct setup *setup, pid_t pid, struct error *err)
{
    const struct namespace_kind *kind = namespace_kind("user");
    char *path cleanup_free = str_format("/proc/%d/ns/user", (int)pid);
    int fd = namespace_open(kind, path, err);
    if (fd >= 0)
        setup->joins[setup->join_count++] = (struct setup_join){.kind = kind, .path = move_ptr(path), .fd = fd};
    return fd < 0 ? fd : 0;
}

static int prepare(struct setup *setup, const struct container *container, bool add, struct error *err)
{
    int rc = setup_mounts(setup, container->bundle, err);
    if (!rc && !namespace_privileged())
        rc = error_set(err, EPERM, "only root brings mounts of the host to a container that runs, or takes them away");
    for (size_t i = 0; i < setup->mount_count && !rc && add; i++)
        if (str_starts(setup->mounts[i].type, "cgroup"))
            rc = error_set(err, ENOTSUP, "mount on %s: a view of control groups is made with the container only",
                           setup->mounts[i].destination);
    if (!rc && add && setup->user_namespace)
        rc = open_user(setup, container->pid, err);
    return rc || !add ? rc : setup_bind_sources(setup, err);
}

int runtime_mount(const struct container *container, json_t *mounts, bool add, struct error *err)
{
    char *path cleanup_free = str_format("%s/config.json", container->bundle);
    json_t *own cleanup_json = container->config ? json_incref(container->config) : json_read_file(path, err);
    if (!own)
        return err && err->code ? -err->code : -EINVAL;
    struct error local = ERROR_INIT;
    json_t *config cleanup_json = json_copy(own);
    json_object_set(config, "mounts", mounts);
    struct setup setup = {.id = container->id,
                          .config = config,
                          .steps = container->steps,
                          .user_namespace = namespaces_apart(container->pid) & CLONE_NEWUSER};
    setup_none(&setup);
    int rc = prepare(&setup, container, add, &local);
    if (!rc)
        rc = send_visitor(&setup, container, add, &local);
    if (rc < 0 && err)
        *err = local;
    setup_free(&setup);
    return rc;
}
