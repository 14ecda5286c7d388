/* The table of abilities, each with the question that finds it out. Most are asked of the kernel anew: a controller may be mounted,
 * and a module loaded, while the engine runs. */
#include "daemon/sandbox_abilities.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/sandbox_disk.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static bool no(struct error *why, const char *reason)
{
    error_set(why, ENOTSUP, "%s", reason);
    return false;
}

/* `version`: 1, 2, or 0 for either. */
static bool has_controller(const char *name, int version)
{
    struct cgroup groups;
    struct error ignored = ERROR_INIT;
    if (cgroup_open("/", &groups, &ignored) < 0)
        return false;
    const struct hierarchy *found = cgroup_find(&groups, name);
    bool has = found && (!version || found->unified == (version == 2));
    cgroup_close(&groups);
    return has;
}

/* Why there is none that this engine may use. */
static bool no_controller(struct error *why)
{
    return no(why, namespace_confined() ? "this engine runs without privilege, and the host's groups belong to its root"
                                        : "this controller is not mounted on this host");
}

static bool cgroup_v1(struct engine *engine, struct error *why)
{
    (void)engine;
    if (!has_controller("memory", 0))
        return no_controller(why);
    return has_controller("memory", 1) ||
           no(why, "the memory controller of this host is on cgroup v2; boot with systemd.unified_cgroup_hierarchy=0 where systemd "
                   "still knows that");
}

static bool cgroup_v2(struct engine *engine, struct error *why)
{
    (void)engine;
    if (!has_controller("memory", 0))
        return no_controller(why);
    return has_controller("memory", 2) ||
           no(why, "the memory controller of this host is on cgroup v1; boot with systemd.unified_cgroup_hierarchy=1");
}

static bool controller(const char *name, struct error *why) { return has_controller(name, 0) || no_controller(why); }

static bool memory(struct engine *engine, struct error *why) { return (void)engine, controller("memory", why); }
static bool pids(struct engine *engine, struct error *why) { return (void)engine, controller("pids", why); }
static bool cpu(struct engine *engine, struct error *why) { return (void)engine, controller("cpu", why); }
static bool cpuset(struct engine *engine, struct error *why) { return (void)engine, controller("cpuset", why); }

static bool io(struct engine *engine, struct error *why)
{
    (void)engine;
    return has_controller("blkio", 0) || controller("io", why);
}

static bool freezer(struct engine *engine, struct error *why)
{
    (void)engine;
    return has_controller("memory", 2) || controller("freezer", why);
}

static bool swap(struct engine *engine, struct error *why)
{
    (void)engine;
    if (!has_controller("memory", 0))
        return no_controller(why);
    return path_exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes") || has_controller("memory", 2) ||
           no(why, "the kernel of this host does not account for swap; boot with swapaccount=1");
}

static bool disk(struct engine *engine, struct error *why) { return sandbox_disk_bounded(engine, why); }

static bool root(struct engine *engine, struct error *why)
{
    (void)engine;
    return !namespace_confined() || no(why, "this engine runs in a user namespace itself");
}

static bool devices(struct engine *engine, struct error *why)
{
    (void)engine;
    if (namespace_confined())
        return no_controller(why);
    return has_controller("devices", 1) || no(why, "the devices controller is a part of cgroup v1; on v2 a BPF program decides");
}

static bool kvm(struct engine *engine, struct error *why)
{
    (void)engine;
    int fd cleanup_close = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    return fd >= 0 || (error_errno(why, errno, "open /dev/kvm"), false);
}

bool sandbox_has_uml(struct error *why)
{
    if (access(SANDBOX_UML_KERNEL, X_OK) == 0 && path_exists(SANDBOX_UML_MODULES))
        return true;
    error_set(why, ENOTSUP, "the Debian package user-mode-linux is not installed on this host");
    return false;
}

static bool uml(struct engine *engine, struct error *why) { return (void)engine, sandbox_has_uml(why); }

static const struct ability {
    const char *name, *about;
    bool (*ask)(struct engine *engine, struct error *why);
} abilities[] = {
    {"cgroup-v1", "a machine's cgroups are version 1: a tree for each controller", cgroup_v1},
    {"cgroup-v2", "a machine's cgroups are version 2: one tree", cgroup_v2},
    {"memory", "memory limits, and groups with limits of their own inside", memory},
    {"pids", "limits on processes, and groups with limits of their own inside", pids},
    {"cpu", "shares and quotas of CPU time", cpu},
    {"cpuset", "CPUs for groups", cpuset},
    {"io", "speeds and weights of disk access", io},
    {"freezer", "freezing groups", freezer},
    {"devices", "rules of the devices controller, by cgset (the engine writes them)", devices},
    {"swap", "limits on memory and swap together", swap},
    {"disk", "disks of machines have a bound", disk},
    {"root", "machines have 65536 ids of their own", root},
    {"kvm", "virtual machines at the speed of the host", kvm},
    {"uml", "a kernel of one's own inside, by the command uml: devices, release_agent, loop mounts, either version of cgroups",
     uml},
};

json_t *sandbox_abilities(struct engine *engine)
{
    json_t *doc = json_object();
    for (size_t i = 0; i < ARRAY_LEN(abilities); i++) {
        struct error why = ERROR_INIT;
        bool able = abilities[i].ask(engine, &why);
        json_t *entry = json_pack("{s:b, s:s}", "able", able, "about", abilities[i].about);
        if (!able)
            json_object_set_new(entry, "reason", json_string(why.message));
        json_object_set_new(doc, abilities[i].name, entry);
    }
    return doc;
}

int sandbox_able(struct engine *engine, const char *lab, const json_t *needs, struct error *err)
{
    size_t i;
    json_t *need;
    if (needs && !json_is_array(needs) && !json_is_null(needs))
        return error_set(err, EINVAL, "\"needs\" is a list of names");
    json_array_foreach(needs, i, need)
    {
        const struct ability *found = NULL;
        const char *name = str_or(json_string_value(need), "");
        for (size_t at = 0; at < ARRAY_LEN(abilities); at++)
            if (str_equal(abilities[at].name, name))
                found = &abilities[at];
        struct error why = ERROR_INIT;
        if (!found)
            return error_set(err, EINVAL, "\"needs\": no host has \"%s\"; see /slipway/sandboxes/abilities", name);
        if (!found->ask(engine, &why))
            return error_set(err, ENOTSUP, "lab %s needs %s (%s), which this host cannot do: %s", lab, name, found->about,
                             why.message);
    }
    return 0;
}
