/* The namespaces of a container: read from the config, made or joined on the way to init. Which process does what decides who has
 * the right to do it:
 *
 * - what is new comes with the clone; but a cgroup namespace, whose root is where init sits, and a time namespace, whose offsets
 * are set before anybody is in it, are made by init;
 * - what is joined is joined while the rights of the caller are there: before the user namespace. A pid namespace takes effect for
 *   children only, and a new user namespace is there from the clone on, so the caller goes to such places for the time of the
 * clone;
 * - a user namespace that is joined cannot be left again, and all that is new shall belong to it: a process of its own goes there
 * and clones init from inside;
 * - a mount namespace that is joined has a /proc of its own, or none: init goes there last.
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/id_maps.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { LATE = CLONE_NEWCGROUP | CLONE_NEWTIME };

/* The container's root becomes that of everybody in the namespace. */
static int check_mounts(const struct namespace_kind *kind, const char *path, int fd, struct error *err)
{
    if (!namespace_is_own(kind, fd) && !namespace_is_first(kind, fd))
        return 0;
    return error_set(err, EINVAL,
                     "linux.namespaces: the mount namespace %s is the %s own: the container's root would become its root; name "
                     "another one, or leave out the path",
                     path, namespace_is_own(kind, fd) ? "runtime's" : "machine's");
}

static int open_join(struct setup *setup, const struct namespace_kind *kind, const char *path, struct error *err)
{
    int fd cleanup_close = namespace_open(kind, path, err);
    if (fd < 0)
        return fd;
    int rc = kind->flag == CLONE_NEWNS ? check_mounts(kind, path, fd, err) : 0;
    if (rc < 0 || namespace_is_own(kind, fd)) /* we are there already; it is the runtime's, not the container's */
        return rc;
    setup->own |= kind->flag;
    setup->joins[setup->join_count++] = (struct setup_join){.kind = kind, .path = xstrdup(path), .fd = move_fd(fd)};
    return 0;
}

/* A new user namespace without mappings gets what /etc/subuid and /etc/subgid give the caller. */
static int complete_maps(struct setup *setup, struct error *err)
{
    json_t *linux_section = json_object_get(setup->config, "linux");
    const json_t *user = json_at(setup->config, "process.user");
    if (json_array_size(json_object_get(linux_section, "uidMappings")) ||
        json_array_size(json_object_get(linux_section, "gidMappings")))
        return id_maps_check(json_object_get(linux_section, "uidMappings"), json_object_get(linux_section, "gidMappings"), err);
    json_object_set_new(linux_section, "uidMappings", id_maps_default(ID_MAPS_USERS, (unsigned)json_num(user, "uid", 0)));
    json_object_set_new(linux_section, "gidMappings", id_maps_default(ID_MAPS_GROUPS, (unsigned)json_num(user, "gid", 0)));
    return 0;
}

int spaces_prepare(struct setup *setup, struct error *err)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_at(setup->config, "linux.namespaces"), i, item)
    {
        const struct namespace_kind *kind = namespace_kind(json_str(item, "type", ""));
        const char *path = json_str(item, "path", "");
        int rc = *path ? open_join(setup, kind, path, err) : 0;
        if (rc < 0)
            return rc;
        setup->fresh |= *path ? 0 : kind->flag;
    }
    setup->own |= setup->fresh;
    setup->user_namespace = setup->own & CLONE_NEWUSER;
    setup->joins_mounts = setup->own & ~setup->fresh & CLONE_NEWNS;
    if (!(setup->own & CLONE_NEWNS))
        return error_set(err, EINVAL, "linux.namespaces: a container needs a mount namespace of its own");
    if (setup->joins_mounts && setup->fresh & CLONE_NEWUSER)
        return error_set(err, EINVAL,
                         "linux.namespaces: a new user namespace has no rights in a mount namespace that is joined; join the user "
                         "namespace that it belongs to, or leave out its path");
    if (!(setup->own & CLONE_NEWUSER) && !namespace_privileged())
        return error_set(err, EPERM,
                         "linux.namespaces: without root's rights a container needs a user namespace; add {\"type\": \"user\"}");
    setup->unprivileged = !namespace_privileged();
    return setup->fresh & CLONE_NEWUSER ? complete_maps(setup, err) : 0;
}

/* --- the caller's side --- */

struct visit {
    int home[NAMESPACE_KINDS];
};

static bool visited(const struct setup *setup, const struct setup_join *join)
{
    return join->kind->flag == CLONE_NEWPID || setup->fresh & CLONE_NEWUSER;
}

static int visit_begin(struct setup *setup, struct visit *visit, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < NAMESPACE_KINDS; i++)
        visit->home[i] = -EBADF;
    for (size_t i = 0; i < setup->join_count && !rc; i++) {
        struct setup_join *join = &setup->joins[i];
        if (!visited(setup, join))
            continue;
        char *path cleanup_free = str_format("/proc/self/ns/%s", join->kind->file);
        int *home = &visit->home[join->kind - namespace_kinds];
        if ((*home = namespace_open(join->kind, path, err)) < 0)
            return *home;
        rc = namespace_join(setup->steps, join->fd, join->kind, join->path, err);
        join->fd = fd_close(join->fd);
    }
    return rc;
}

static void visit_end(struct visit *visit)
{
    for (size_t i = 0; i < NAMESPACE_KINDS; i++) {
        if (visit->home[i] >= 0)
            (void)namespace_join(NULL, visit->home[i], &namespace_kinds[i], "home", NULL);
        fd_close(visit->home[i]);
    }
}

static bool joins_user(const struct setup *setup) { return setup->own & ~setup->fresh & CLONE_NEWUSER; }

/* All that is to be joined but mounts; the user namespace when the others have been, and once more what only its rights allow. */
static int join_all(struct setup *setup, struct error *err)
{
    struct setup_join *user = NULL;
    for (size_t i = 0; i < setup->join_count; i++) {
        struct setup_join *join = &setup->joins[i];
        struct error why = ERROR_INIT;
        if (join->kind->flag == CLONE_NEWUSER)
            user = join;
        else if (join->fd < 0 || join->kind->flag == CLONE_NEWNS)
            continue;
        else if (namespace_join(setup->steps, join->fd, join->kind, join->path, &why) == 0)
            join->fd = fd_close(join->fd);
        else if (!joins_user(setup))
            return error_set(err, why.code, "%s", why.message);
    }
    int rc = user ? namespace_join(setup->steps, user->fd, user->kind, user->path, err) : 0;
    for (size_t i = 0; i < setup->join_count && !rc; i++)
        if (&setup->joins[i] != user && setup->joins[i].fd >= 0 && setup->joins[i].kind->flag != CLONE_NEWNS)
            rc = namespace_join(setup->steps, setup->joins[i].fd, setup->joins[i].kind, setup->joins[i].path, err);
    return rc;
}

static int go_inside(void *context, int line, struct error *err)
{
    (void)line;
    struct setup *setup = context;
    int rc = join_all(setup, err);
    return rc ? rc : program_root_inside(&setup->program, err);
}

/* The copy inherits it: at no moment can anybody inside look into a process on its way there (CVE-2016-9962). Only a caller who is
 * not root must wait until the maps are written, as files in /proc of a process that is not dumpable are root's; whoever could look
 * into it then has the caller's own rights. */
static void make_undumpable(const struct setup *setup)
{
    if (!setup->unprivileged || !(setup->fresh & CLONE_NEWUSER))
        prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* From within a cgroup namespace nobody gets into a group that is not below its root (cgroup-v2.rst, nsdelegate): who is cloned on
 * a visit in one is put into the group by the parent, when that is home again. */
static bool seated_later(const struct setup *setup)
{
    bool visit = false;
    for (size_t i = 0; i < setup->join_count; i++)
        visit |= setup->joins[i].kind->flag == CLONE_NEWCGROUP && visited(setup, &setup->joins[i]);
    return visit && !joins_user(setup) && setup->seats.unified >= 0;
}

static pid_t seat(struct setup *setup, pid_t pid, int *pidfd, struct error *err)
{
    int rc = cgroup_seat_unified(setup->steps, &setup->seats, pid, setup_seat(setup)->path, err);
    if (!rc)
        return pid;
    process_end(pid, *pidfd);
    *pidfd = -EBADF;
    return rc;
}

pid_t spaces_clone(struct setup *setup, int *pidfd, struct error *err)
{
    unsigned long flags = setup->fresh & ~(unsigned long)LATE;
    struct visit visit;
    make_undumpable(setup);
    if (joins_user(setup))
        return namespace_clone_through(setup->steps, go_inside, setup, flags, setup->seats.unified, pidfd, err);
    int rc = visit_begin(setup, &visit, err);
    bool later = seated_later(setup);
    pid_t pid = rc < 0 ? rc : namespace_clone(setup->steps, flags, later ? -EBADF : setup->seats.unified, pidfd, err);
    if (pid != 0)
        visit_end(&visit);
    return pid > 0 && later ? seat(setup, pid, pidfd, err) : pid;
}

int spaces_give(struct setup *setup, pid_t pid, struct error *err)
{
    const json_t *linux_section = json_object_get(setup->config, "linux");
    int rc = 0;
    if (setup->fresh & CLONE_NEWUSER)
        rc = id_maps_write(setup->steps, pid, json_object_get(linux_section, "uidMappings"),
                           json_object_get(linux_section, "gidMappings"), err);
    if (!rc && setup->fresh & CLONE_NEWTIME)
        rc = namespace_time_offsets(setup->steps, pid, json_object_get(linux_section, "timeOffsets"), err);
    return rc;
}

/* --- init's side --- */

/* Ask the parent for what only it may write (and for idmapped layers, which come with the answer). */
static int ask_parent(struct setup *setup, struct error *err)
{
    int fds[16];
    size_t count = ARRAY_LEN(fds);
    int rc = channel_send(setup->channel, 'M', NULL, NULL, 0);
    int kind = rc < 0 ? rc : channel_receive(setup->channel, err, fds, &count);
    if (kind != 'M')
        _exit(1); /* the parent has the reason */
    for (size_t i = 0; setup->root.idmap && i < count; i++)
        setup->root.lower_trees[i] = fds[i];
    return 0;
}

static int sit_down(struct setup *setup, struct error *err)
{
    return setup->seats.count ? cgroup_sit(setup->steps, &setup->seats, setup_seat(setup)->path, err) : 0;
}

static int join_mounts(struct setup *setup, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; i < setup->join_count && !rc; i++) {
        struct setup_join *join = &setup->joins[i];
        if (join->kind->flag != CLONE_NEWNS)
            continue;
        rc = namespace_join(setup->steps, join->fd, join->kind, join->path, err);
        join->fd = fd_close(join->fd);
    }
    return rc;
}

int spaces_enter(struct setup *setup, struct error *err)
{
    int rc = joins_user(setup) || setup->fresh & CLONE_NEWUSER ? 0 : join_all(setup, err);
    if (!rc && setup->fresh & CLONE_NEWTIME)
        rc = namespace_unshare(setup->steps, CLONE_NEWTIME, err);
    if (!rc && (setup->user_namespace || setup->fresh & CLONE_NEWTIME))
        rc = ask_parent(setup, err);
    if (!rc && setup->fresh & CLONE_NEWTIME)
        rc = namespace_enter_time(setup->steps, err);
    if (!rc && setup->fresh & CLONE_NEWUSER)
        rc = program_root_inside(&setup->program, err);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    /* After the maps: in a user namespace without them, no id is valid to the kernel. Before the cgroup namespace, whose root this
     * will be. */
    if (!rc)
        rc = sit_down(setup, err);
    if (!rc && setup->fresh & CLONE_NEWCGROUP)
        rc = namespace_unshare(setup->steps, CLONE_NEWCGROUP, err);
    if (!rc && setup->fresh & CLONE_NEWNET)
        rc = namespace_loopback_up(setup->steps, err);
    return rc ? rc : join_mounts(setup, err);
}
