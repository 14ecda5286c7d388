/* The container's group: where it is, its limits, whose it is, and the seats in it (runtime-spec config-linux.md#control-groups).
 */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/defaults.h"
#include "runtime/setup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

enum manager { CGROUPFS, DISABLED, MANAGERS };
static const char *const managers[MANAGERS] = {[CGROUPFS] = "cgroupfs", [DISABLED] = "disabled"};
static enum manager manager = CGROUPFS;

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

int setup_cgroup_find(struct setup *setup, struct error *err)
{
    const char *path = json_str(setup->config, "linux.cgroupsPath", "");
    char *fallback cleanup_free = str_format("/%s", setup->id);
    if (manager == DISABLED)
        return refuse_limits(setup, "the manager of cgroups is disabled", err);
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
        char **words cleanup_strv = str_split(str_or(mount->options.as_given, ""), ',');
        writable = !strv_has(words, "ro");
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
        int rc = cgroup_delegate(setup->steps, &setup->cgroup, "inner", uid, gid, &setup->inner, err);
        setup->has_inner = !rc;
        return rc;
    }
    if (!wants_ownership(setup))
        return 0;
    return cgroup_give(setup->steps, &setup->cgroup, namespace_outer_id(json_object_get(linux_section, "uidMappings"), uid), err);
}

int setup_cgroup_make(struct setup *setup, struct error *err)
{
    json_t *resources = json_at(setup->config, "linux.resources");
    if (!setup->cgroup.path)
        return 0;
    runtime_complete_device_rules(resources);
    int rc = cgroup_make(setup->steps, &setup->cgroup, err);
    if (!rc) {
        rc = cgroup_limit(setup->steps, &setup->cgroup, resources, err);
        if (rc < 0)
            error_prefix(err, "unable to start container process: error during container init: error setting cgroup config for "
                              "procHooks process");
    }
    if (!rc)
        rc = give_away(setup, err);
    return rc ? rc : cgroup_seats_open(setup->has_inner ? &setup->inner : &setup->cgroup, &setup->seats, err);
}

void setup_cgroup_undo(struct setup *setup)
{
    if (setup->cgroup.path)
        (void)cgroup_remove(NULL, &setup->cgroup, NULL);
}
