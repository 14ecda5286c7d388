/* The container's group: where it is, its limits, whose it is, and the seats in it (runtime-spec config-linux.md#control-groups).
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/manager.h"
#include "runtime/setup.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum manager { CGROUPFS, SYSTEMD, DISABLED, MANAGERS };
static const char *const managers[MANAGERS] = {[CGROUPFS] = "cgroupfs", [SYSTEMD] = "systemd", [DISABLED] = "disabled"};
static enum manager manager = CGROUPFS;
static const struct runtime_manager *systemd;

void runtime_offer_systemd(const struct runtime_manager *offered) { systemd = offered; }
const struct runtime_manager *runtime_systemd(void) { return systemd; }

int runtime_set_cgroup_manager(const char *name, struct error *err)
{
    for (size_t i = 0; i < MANAGERS; i++)
        if (!strcmp(name, managers[i])) {
            manager = (enum manager)i;
            return 0;
        }
    return error_set(err, EINVAL, "unknown cgroup manager \"%s\": cgroupfs, systemd and disabled are possible", name);
}

/* Without a group nothing can be limited. Rules for devices are in every config; that they bind nobody is told as a step. */
static int refuse_limits(struct setup *setup, const char *why, struct error *err)
{
    const char *member;
    json_t *value;
    json_object_foreach(json_at(setup->config, "linux.resources"), member, value)
    {
        bool asks = json_object_size(value) || json_array_size(value);
        if (!strcmp(member, "devices"))
            step_recordf(setup->steps, step_start(), -ENOTSUP, "cgroup", "devices", "# device rules bind nobody: %s", why);
        else if (asks)
            return error_set(err, ENOTSUP, "linux.resources.%s: cannot limit a container without a cgroup: %s", member, why);
    }
    return 0;
}

/* Somebody without privilege may make groups where some were given to him: beside the group that he is in, or below it. */
static int find_delegated(struct setup *setup, const char *path, struct error *err)
{
    char *parent cleanup_free = cgroup_delegated(getpid());
    if (!parent)
        return refuse_limits(
            setup,
            "this user may make groups in no hierarchy; log in through systemd with cgroup v2, or be given a group "
            "(man 7 cgroups, \"delegation\")",
            err);
    char *whole cleanup_free = str_format("%s%s%s", strcmp(parent, "/") ? parent : "", *path == '/' ? "" : "/", path);
    int rc = cgroup_open(whole, &setup->cgroup, err);
    if (!rc)
        cgroup_keep_writable(&setup->cgroup, parent);
    return rc;
}

/* "slice:prefix:name", as runc reads it: the scope is "prefix-name.scope"; an empty path is "system.slice:slipway:ID". */
static int find_unit(struct setup *setup, const char *path, struct error *err)
{
    char **parts cleanup_strv = str_split(*path ? path : "::", ':');
    const char *prefix = *path ? parts[1] : "slipway";
    if (!systemd)
        return error_set(err, ENOTSUP, "the cgroup manager systemd is not part of this program");
    if (strv_len(parts) != 3 || strchr(path, '/'))
        return error_set(err, EINVAL,
                         "expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"%s\" instead",
                         path);
    setup->slice = xstrdup(str_or(parts[0], geteuid() ? "user.slice" : "system.slice"));
    setup->unit = str_format("%s%s%s.scope", str_or(prefix, ""), str_empty(prefix) ? "" : "-", str_or(parts[2], setup->id));
    return 0;
}

int setup_cgroup_find(struct setup *setup, struct error *err)
{
    const char *path = json_str(setup->config, "linux.cgroupsPath", "");
    char *fallback cleanup_free = str_format("/%s", setup->id);
    if (manager == DISABLED)
        return refuse_limits(setup, "the manager of cgroups is disabled", err);
    if (manager == SYSTEMD)
        return find_unit(setup, path, err);
    if (*path && cgroup_is_root(path))
        return error_set(err, EINVAL, "linux.cgroupsPath \"%s\": the root cgroup cannot be a container's", path);
    if (strchr(path, ':'))
        return error_set(err, EINVAL,
                         "linux.cgroupsPath \"%s\": systemd's slice:prefix:name form needs --systemd-cgroup; a path otherwise",
                         path);
    if (geteuid() != 0 && *path != '/')
        return find_delegated(setup, *path ? path : fallback, err);
    return cgroup_open(*path ? path : fallback, &setup->cgroup, err);
}

/* "Runtimes SHOULD change the cgroup ownership if and only if the cgroup filesystem is to be mounted read/write", and there is a
 * cgroup namespace to be the root of; of v1, never. */
static bool wants_ownership(const struct setup *setup)
{
    bool writable = false;
    for (size_t i = 0; i < setup->mount_count; i++) {
        const struct setup_mount *mount = &setup->mounts[i];
        if (strcmp(mount->destination, "/sys/fs/cgroup") || !str_starts(mount->type, "cgroup"))
            continue;
        writable = !((mount->options.set | mount->options.recursive_set) & MOUNT_ATTR_RDONLY);
    }
    return writable && setup->fresh & CLONE_NEWCGROUP;
}

static int give_away(struct setup *setup, struct error *err)
{
    const json_t *linux_section = json_object_get(setup->config, "linux");
    uid_t uid = (uid_t)json_num(setup->config, "process.user.uid", 0);
    if (setup->sandbox) {
        gid_t gid = namespace_outer_id(json_object_get(linux_section, "gidMappings"), 0);
        uid = namespace_outer_id(json_object_get(linux_section, "uidMappings"), 0);
        return cgroup_delegate(setup->steps, &setup->cgroup, "inner", uid, gid, &setup->inner, err);
    }
    if (!wants_ownership(setup))
        return 0;
    return cgroup_give(setup->steps, &setup->cgroup, namespace_outer_id(json_object_get(linux_section, "uidMappings"), uid), err);
}

/* A scope begins with a process, and ends when it has none. Ours is not there yet, and is not to be moved once it is (that waits
 * for a grace period): so somebody else keeps the place until init has sat down. */
static pid_t keep_place(struct error *err)
{
    pid_t parent = getpid(), keeper = fork();
    if (keeper < 0)
        return error_errno(err, errno, "fork");
    if (keeper == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        while (getppid() == parent)
            pause();
        _exit(0);
    }
    return keeper;
}

void setup_cgroup_settled(struct setup *setup)
{
    if (setup->keeper <= 0)
        return;
    kill(setup->keeper, SIGKILL);
    waitpid(setup->keeper, NULL, 0);
    setup->keeper = 0;
}

static bool memory_is_unified(void)
{
    struct cgroup machine;
    if (cgroup_open("/", &machine, NULL) < 0)
        return false;
    const struct hierarchy *memory = cgroup_find(&machine, "memory");
    bool unified = memory ? memory->unified : cgroup_find(&machine, "cgroup") != NULL;
    cgroup_close(&machine);
    return unified;
}

static int start_unit(struct setup *setup, struct error *err)
{
    char *path cleanup_free = NULL;
    setup->keeper = keep_place(err);
    if (setup->keeper < 0)
        return setup->keeper;
    int rc = systemd->start(setup->steps, setup->unit, setup->slice, setup->keeper, setup->config, memory_is_unified(), &path, err);
    setup->unit_started = !rc;
    return rc ? rc : cgroup_open(path, &setup->cgroup, err);
}

/* What is in the group would share the container's fate: its limits, its pause, its end. Who is ending there may do so. */
static int check_empty(struct setup *setup, struct error *err)
{
    for (int tries = 0;; tries++) {
        pid_t *pids cleanup_free = cgroup_pids(&setup->cgroup);
        if (!pids && !cgroup_frozen(&setup->cgroup))
            return 0;
        if (!pids)
            error_set(err, EBUSY, "the cgroup %s is frozen", setup->cgroup.path);
        else
            error_set(err, EBUSY, "the cgroup %s is not empty: process %d is in it", setup->cgroup.path, (int)pids[0]);
        if (tries == 100)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    cgroup_close(&setup->cgroup); /* not ours: nothing of it is to be taken away again */
    return -EBUSY;
}

static int make(struct setup *setup, json_t *resources, struct error *err)
{
    int rc = cgroup_make(setup->steps, &setup->cgroup, err);
    if (rc < 0)
        return rc;
    rc = cgroup_limit(setup->steps, &setup->cgroup, resources, err);
    if (rc < 0)
        error_prefix(err, "unable to start container process: error during container init: error setting cgroup config for "
                          "procHooks process");
    return rc ? rc : give_away(setup, err);
}

int setup_cgroup_make(struct setup *setup, struct error *err)
{
    json_t *resources = json_at(setup->config, "linux.resources");
    runtime_complete_device_rules(resources);
    int rc = setup->unit ? start_unit(setup, err) : setup->cgroup.path ? check_empty(setup, err) : 0;
    if (rc < 0 || !setup->cgroup.path)
        return rc;
    rc = make(setup, resources, err);
    return rc ? rc : cgroup_seats_open(setup_seat(setup), &setup->seats, err);
}

void setup_cgroup_undo(struct setup *setup)
{
    setup_cgroup_settled(setup);
    if (setup->unit_started)
        (void)systemd->stop(NULL, setup->unit, NULL);
    if (setup->cgroup.path)
        (void)cgroup_remove(NULL, &setup->cgroup, NULL);
}
