/* runtime_exec: one more process in a running container. It sits down in the container's cgroups, joins the namespaces of its init
 * and ends as init did: rights, directory, file, exec. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "runtime/agent.h"
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

struct visitor {
    const struct container *container;
    struct steps *steps;
    const json_t *config;
    struct setup_program program;
    struct runtime_stdio io;
    struct cgroup_seats seats;
    unsigned long namespaces; /* in which init differs from us */
    bool seated;              /* in the container's groups already */
    int null;                 /* stands in for a missing stdin: opened here, as inside anything may be there */
    int channel, parent_channel;
};

static int join(const struct visitor *visitor, unsigned long flags, struct error *err)
{
    const struct container *container = visitor->container;
    int rc = namespaces_enter(visitor->steps, container->pidfd, container->pid, flags, err);
    return rc < 0 ? error_errno(err, -rc, "join the namespaces of container %s", container->id) : 0;
}

static int set_priorities(const struct visitor *visitor, struct error *err)
{
    const json_t *process = visitor->program.process;
    int rc = schedule_cpus(visitor->steps, json_str(process, "execCPUAffinity.final", ""), err);
    if (!rc)
        rc = schedule_io(visitor->steps, 0, json_object_get(process, "ioPriority"), err);
    return rc ? rc : schedule_policy(visitor->steps, 0, json_object_get(process, "scheduler"), err);
}

static int visit(struct visitor *visitor, struct error *err)
{
    const json_t *process = visitor->program.process;
    const char *group = visitor->container->cgroup_path;
    bool terminal = json_flag(process, "terminal", false);
    int rc = visitor->seats.count && !visitor->seated ? cgroup_sit(visitor->steps, &visitor->seats, group, err) : 0;
    if (!rc)
        rc = set_priorities(visitor, err);
    if (!rc && !terminal)
        rc = program_stdio(&visitor->io, err);
    if (!rc)
        rc = process_rlimits(visitor->steps, 0, json_object_get(process, "rlimits"), err);
    if (!rc && visitor->namespaces)
        rc = join(visitor, visitor->namespaces & ~(unsigned long)CLONE_NEWPID, err);
    if (!rc && visitor->namespaces & CLONE_NEWUSER)
        rc = program_root_inside(&visitor->program, err);
    char *keyring cleanup_free = str_format("_ses.%s", visitor->container->id);
    if (!rc && !visitor->io.no_keyring)
        process_keyring(visitor->steps, keyring);
    if (!rc && terminal) {
        int root cleanup_close = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        rc = console_open(visitor->steps, root, process, visitor->io.console_socket, false, err);
    }
    init_close_others(visitor->channel, visitor->channel, visitor->io.preserve);
    return rc ? rc : program_become(visitor->steps, &visitor->program, err);
}

_Noreturn static void visitor_main(void *context)
{
    struct visitor *visitor = context;
    struct error err = ERROR_INIT;
    fd_close(visitor->parent_channel);
    init_clean_slate();
    if (visit(visitor, &err) == 0)
        program_exec(visitor->steps, &visitor->program, visitor->channel, &err);
    channel_send(visitor->channel, 'E', &err, NULL, 0);
    _exit(1);
}

static int go_inside(void *context, int line, struct error *err)
{
    (void)line;
    struct visitor *visitor = context;
    int rc = join(visitor, visitor->namespaces, err);
    if (!rc)
        rc = program_root_inside(&visitor->program, err);
    visitor->namespaces = 0;
    return rc;
}

static int by_number(const void *a, const void *b) { return *(const int *)a - *(const int *)b; }

static void close_but(int *kept, size_t count, int preserve)
{
    int next = 3 + preserve;
    qsort(kept, count, sizeof *kept, by_number);
    for (size_t i = 0; i < count; i++) {
        if (kept[i] > next)
            syscall(SYS_close_range, next, kept[i] - 1, 0);
        next = kept[i] >= next ? kept[i] + 1 : next;
    }
    syscall(SYS_close_range, next, ~0U, 0);
}

/* The process in between, which nobody in the container sees: from its birth on the visitor can be seen, and who may trace
 * everybody (CAP_SYS_PTRACE) has its root, its directory and what it has open. So it is born inside already, and with next to
 * nothing. */
static int go_unseen(void *context, int line, struct error *err)
{
    struct visitor *visitor = context;
    const struct runtime_stdio *io = &visitor->io;
    int rc = visitor->seats.count ? cgroup_sit(visitor->steps, &visitor->seats, visitor->container->cgroup_path, err) : 0;
    if (!rc)
        rc = join(visitor, visitor->namespaces, err);
    visitor->seated = true;
    visitor->namespaces = 0;
    int kept[] = {line, visitor->channel, io->console_socket, io->in, io->out, io->err};
    close_but(kept, ARRAY_LEN(kept), io->preserve);
    return rc;
}

/* By way of whom: a caller without rights has them in the container's user namespace only, and so goes there first. Who comes into
 * a user namespace from outside is nobody's to trace there; elsewhere it is, and comes unseen. By way of one that borrows our
 * memory, where that may be: a time namespace is joined by a process with memory of its own only, and when the kernel kills the
 * whole group for want of memory it would kill us with it. */
static pid_t clone_by_way(struct visitor *visitor, int *pidfd, struct error *err)
{
    const struct container *container = visitor->container;
    unsigned long apart = visitor->namespaces;
    int seat = visitor->seats.unified;
    if (apart & CLONE_NEWUSER && !namespace_privileged())
        return namespace_clone_through(visitor->steps, go_inside, visitor, 0, seat, pidfd, err);
    if (apart & CLONE_NEWUSER || !(apart & CLONE_NEWPID))
        return namespace_clone_in(visitor->steps, container->pidfd, container->pid, seat, pidfd, err);
    if (apart & CLONE_NEWTIME || cgroup_dies_as_one(&visitor->seats))
        return namespace_clone_through(visitor->steps, go_unseen, visitor, 0, seat, pidfd, err);
    return namespace_clone_borrowed(visitor->steps, go_unseen, visitor_main, visitor, seat, pidfd, err);
}

static pid_t clone_visitor(struct visitor *visitor, int *pidfd, struct error *err)
{
    const char *cpus = json_str(visitor->program.process, "execCPUAffinity.initial", "");
    struct schedule_list own_cpus;
    int rc = *cpus ? schedule_cpus_now(&own_cpus, err) : 0;
    if (!rc)
        rc = schedule_cpus(visitor->steps, cpus, err);
    if (rc < 0)
        return rc;
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the copy inherits it: at no moment can anybody inside look into it (CVE-2016-9962) */
    pid_t pid = clone_by_way(visitor, pidfd, err);
    if (pid == 0)
        visitor_main(visitor);
    if (*cpus)
        (void)schedule_cpus_back(&own_cpus, NULL);
    return pid;
}

static int seats(struct visitor *visitor, struct error *err)
{
    struct cgroup cgroup;
    bool below = visitor->io.cgroups && visitor->io.cgroups[0];
    if (!below)
        return visitor->container->cgroup_path ? cgroup_seats_of(visitor->container->pid, &visitor->seats, err) : 0;
    if (!visitor->container->cgroup_path)
        return error_set(err, EINVAL, "exec --cgroup: container %s has no cgroup of its own", visitor->container->id);
    int rc = cgroup_open(visitor->container->cgroup_path, &cgroup, err);
    if (!rc)
        rc = cgroup_seats_below(&cgroup, visitor->io.cgroups, &visitor->seats, err);
    cgroup_close(&cgroup);
    return rc;
}

static int prepare(struct visitor *visitor, json_t *config, json_t *process, struct error *err)
{
    int rc = program_parse(process, config, &visitor->program, err);
    visitor->program.preserve = visitor->io.preserve;
    if (sandbox_wanted(config))
        sandbox_capabilities(&visitor->program.capabilities);
    if (!rc)
        rc = runtime_filter(visitor->container, config, &visitor->program.seccomp, err);
    if (!rc)
        rc = seats(visitor, err);
    visitor->namespaces = namespaces_apart(visitor->container->pid);
    if (!rc && visitor->io.in < 0 && (visitor->io.in = visitor->null = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0)
        rc = error_errno(err, errno, "open /dev/null");
    return rc;
}

static int run(struct visitor *visitor, pid_t *pid, int *pidfd, struct error *err)
{
    int channels[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels) < 0)
        return error_errno(err, errno, "make a socket pair");
    visitor->parent_channel = channels[0];
    visitor->channel = channels[1];
    pid_t child = clone_visitor(visitor, pidfd, err);
    fd_close(channels[1]);
    int rc = child < 0 ? child : 0;
    const struct agent_call call = {.steps = visitor->steps,
                                    .config = visitor->config,
                                    .id = visitor->container->id,
                                    .bundle = visitor->container->bundle,
                                    .status = "running",
                                    .pid = child,
                                    .init = visitor->container->pid};
    if (!rc)
        rc = agent_wait(channels[0], &call, err);
    fd_close(channels[0]);
    if (child > 0 && rc < 0) {
        process_end(child, *pidfd);
        *pidfd = -EBADF;
    }
    *pid = rc < 0 ? 0 : child;
    return rc;
}

int runtime_exec(const struct container *container, json_t *process, const struct runtime_stdio *io, pid_t *pid, int *pidfd,
                 struct error *err)
{
    struct visitor visitor = {
        .container = container, .steps = container->steps, .io = *io, .seats.unified = -EBADF, .null = -EBADF};
    char *path cleanup_free = str_format("%s/config.json", container->bundle);
    json_t *config cleanup_json = container->config ? json_incref(container->config) : json_read_file(path, err);
    struct error local = ERROR_INIT;
    *pidfd = -EBADF;
    if (!config)
        return err && err->code ? -err->code : -EINVAL;
    visitor.config = config;
    int rc = prepare(&visitor, config, process, &local);
    if (!rc)
        rc = run(&visitor, pid, pidfd, &local);
    if (rc < 0 && err)
        *err = local;
    cgroup_seats_close(&visitor.seats);
    fd_close(visitor.null);
    program_free(&visitor.program);
    return rc;
}
