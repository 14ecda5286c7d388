/* Docker's defaults as pieces of an OCI config; see defaults.h. The seccomp profile is in defaults_seccomp.c. */
#include "runtime/defaults.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/namespaces.h"
#include "runtime/runtime.h"

#include <linux/capability.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static const char *const capabilities[] = {
    "CAP_CHOWN",  "CAP_DAC_OVERRIDE", "CAP_FSETID",  "CAP_FOWNER",           "CAP_MKNOD",      "CAP_NET_RAW", "CAP_SETGID",
    "CAP_SETUID", "CAP_SETFCAP",      "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL",    "CAP_AUDIT_WRITE",
};
static const char *const masked[] = {
    "/proc/asound",     "/proc/acpi",        "/proc/kcore",       "/proc/keys", "/proc/latency_stats",
    "/proc/timer_list", "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
};
static const char *const read_only[] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
static const char *const namespaces[] = {"mount", "network", "uts", "pid", "ipc", "cgroup"};

static json_t *strings(const char *const *list, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_string(list[i]));
    return array;
}

json_t *runtime_default_capabilities(void) { return strings(capabilities, ARRAY_LEN(capabilities)); }
json_t *runtime_default_masked_paths(void) { return strings(masked, ARRAY_LEN(masked)); }
json_t *runtime_default_readonly_paths(void) { return strings(read_only, ARRAY_LEN(read_only)); }

json_t *runtime_default_namespaces(void)
{
    json_t *array = json_array();
    for (size_t i = 0; i < ARRAY_LEN(namespaces); i++)
        json_array_append_new(array, json_pack("{ss}", "type", namespaces[i]));
    return array;
}

static json_t *capabilities_of(uint64_t set)
{
    json_t *array = json_array();
    for (int number = 0; number < CAPABILITY_COUNT; number++)
        if (set & (uint64_t)1 << number)
            json_array_append_new(array, json_string(capability_name(number)));
    return array;
}

json_t *runtime_all_capabilities(void) { return capabilities_of(capability_bounding()); }

json_t *runtime_sandbox_capabilities(void) { return capabilities_of(capability_bounding() & ~((uint64_t)1 << CAP_SYS_RESOURCE)); }

const char *runtime_capability_name(const char *name)
{
    for (int number = 0; number < CAPABILITY_COUNT; number++) {
        const char *full = capability_name(number);
        if (!strcasecmp(full, name) || !strcasecmp(full + strlen("CAP_"), name))
            return full;
    }
    return NULL;
}

/* Adds the capabilities of `list` to *set; ALL sets *all. False: *unknown names the culprit. */
static bool gather(const json_t *list, uint64_t *set, bool *all, const char **unknown)
{
    size_t i;
    json_t *item;
    json_array_foreach(list, i, item)
    {
        const char *name = str_or(json_string_value(item), ""), *full = runtime_capability_name(name);
        if (!strcasecmp(name, "ALL"))
            *all = true;
        else if (full)
            *set |= (uint64_t)1 << capability_number(full);
        else {
            *unknown = name;
            return false;
        }
    }
    return true;
}

/* As dockerd does: with ALL added, everything less what is dropped; with ALL dropped, only what is added. */
json_t *runtime_tweak_capabilities(const json_t *add, const json_t *drop, const char **unknown)
{
    uint64_t adds = 0, drops = 0, set = 0;
    bool add_all = false, drop_all = false;
    *unknown = NULL;
    if (!gather(add, &adds, &add_all, unknown) || !gather(drop, &drops, &drop_all, unknown))
        return NULL;
    if (!adds && !drops && !add_all && !drop_all)
        return runtime_default_capabilities();
    if (add_all) {
        set = capability_bounding() & ~drops;
    } else {
        for (size_t i = 0; !drop_all && i < ARRAY_LEN(capabilities); i++)
            set |= (uint64_t)1 << capability_number(capabilities[i]);
        set = (set & ~drops) | adds;
    }
    return capabilities_of(set);
}

json_t *runtime_capability_sets(const json_t *list, bool root)
{
    json_t *some = root ? json_deep_copy(list) : json_array();
    return json_pack("{so so so}", "bounding", json_deep_copy(list), "effective", some, "permitted", json_copy(some));
}

enum { TTY_GROUP = 5, DEVPTS = 2, DEVPTS_GROUP = 5 }; /* where "gid=5" stands below */

json_t *runtime_default_mounts(bool privileged, long long shm_size)
{
    const char *access = privileged ? "rw" : "ro";
    char *shm cleanup_free = str_format("size=%lld", shm_size > 0 ? shm_size : 67108864);
    json_t *list = json_pack(
        "[{ssssss s[sss]} {ssssss s[ssss]} {ssssss s[ssssss]} {ssssss s[ssss]} {ssssss s[ssss]} {ssssss s[sss]}"
        "{ssssss s[sssss]}]",
        "destination", "/proc", "type", "proc", "source", "proc", "options", "nosuid", "noexec", "nodev",                         //
        "destination", "/dev", "type", "tmpfs", "source", "tmpfs", "options", "nosuid", "strictatime", "mode=755", "size=65536k", //
        "destination", "/dev/pts", "type", "devpts", "source", "devpts", "options", "nosuid", "noexec", "newinstance",
        "ptmxmode=0666", "mode=0620", "gid=5",                                                                                 //
        "destination", "/sys", "type", "sysfs", "source", "sysfs", "options", "nosuid", "noexec", "nodev", access,             //
        "destination", "/sys/fs/cgroup", "type", "cgroup", "source", "cgroup", "options", access, "nosuid", "noexec", "nodev", //
        "destination", "/dev/mqueue", "type", "mqueue", "source", "mqueue", "options", "nosuid", "noexec", "nodev",            //
        "destination", "/dev/shm", "type", "tmpfs", "source", "shm", "options", "nosuid", "noexec", "nodev", "mode=1777", shm);
    if (namespace_ids() <= TTY_GROUP) /* this user namespace has no such group */
        json_array_remove(json_object_get(json_array_get(list, DEVPTS), "options"), DEVPTS_GROUP);
    return list;
}

/* Nodes that a container may use, and that it may make any node (which it then cannot open). */
static const struct {
    const char *type;
    int major, minor; /* -1: any */
    const char *access;
} device_rules[] = {
    {"c", -1, -1, "m"}, {"b", -1, -1, "m"}, {"c", 1, 3, "rwm"}, {"c", 1, 5, "rwm"}, {"c", 1, 7, "rwm"},    {"c", 1, 8, "rwm"},
    {"c", 1, 9, "rwm"}, {"c", 5, 0, "rwm"}, {"c", 5, 1, "rwm"}, {"c", 5, 2, "rwm"}, {"c", 136, -1, "rwm"},
};

json_t *runtime_default_device_rules(bool privileged)
{
    json_t *rules = json_array();
    json_array_append_new(rules, json_pack("{sb ss}", "allow", privileged, "access", "rwm"));
    for (size_t i = 0; !privileged && i < ARRAY_LEN(device_rules); i++) {
        json_t *rule = json_pack("{sb ss ss}", "allow", 1, "type", device_rules[i].type, "access", device_rules[i].access);
        if (device_rules[i].major >= 0)
            json_object_set_new(rule, "major", json_integer(device_rules[i].major));
        if (device_rules[i].minor >= 0)
            json_object_set_new(rule, "minor", json_integer(device_rules[i].minor));
        json_array_append_new(rules, rule);
    }
    return rules;
}

void runtime_complete_device_rules(json_t *resources)
{
    json_t *rules = json_object_get(resources, "devices");
    if (json_array_size(rules) == 0)
        return;
    json_t *defaults = runtime_default_device_rules(false), *wanted, *rule;
    size_t i, at;
    json_array_remove(defaults, 0); /* "deny all" is the config's own affair */
    json_array_foreach(defaults, i, wanted)
    {
        bool there = false;
        json_array_foreach(rules, at, rule) there = there || json_equal(rule, wanted);
        if (!there)
            json_array_append(rules, wanted);
    }
    json_decref(defaults);
}

/* Without root there is no network to set up, no other user to be, and cgroups belong to somebody else. */
static void make_rootless(json_t *spec)
{
    json_t *linux_section = json_object_get(spec, "linux"), *list = json_array(), *item;
    size_t i;
    json_array_foreach(json_object_get(linux_section, "namespaces"), i, item)
    {
        if (!str_equal(json_str(item, "type", ""), "network"))
            json_array_append(list, item);
    }

    json_array_append_new(list, json_pack("{ss}", "type", "user"));
    json_object_set_new(linux_section, "namespaces", list);
    const struct {
        const char *member;
        json_int_t own;
    } maps[] = {{"uidMappings", geteuid()}, {"gidMappings", getegid()}};
    for (i = 0; i < ARRAY_LEN(maps); i++)
        json_object_set_new(linux_section, maps[i].member,
                            json_pack("[{si sI si}]", "containerID", 0, "hostID", maps[i].own, "size", 1));
    json_object_del(linux_section, "resources");
}

json_t *runtime_default_spec(bool rootless)
{
    json_t *list cleanup_json = runtime_default_capabilities();
    json_t *process = json_pack("{sb s{si si} s[s] s[ss] ss so sb}", "terminal", 1, "user", "uid", 0, "gid", 0, "args", "sh", "env",
                                "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "cwd", "/",
                                "capabilities", runtime_capability_sets(list, true), "noNewPrivileges", 1);
    json_t *linux_section = json_pack("{s{so} so so so so}", "resources", "devices", runtime_default_device_rules(false),
                                      "namespaces", runtime_default_namespaces(), "maskedPaths", runtime_default_masked_paths(),
                                      "readonlyPaths", runtime_default_readonly_paths(), "seccomp", runtime_default_seccomp(list));
    json_t *spec =
        json_pack("{ss so s{ss sb} ss so so}", "ociVersion", RUNTIME_SPEC, "process", process, "root", "path", "rootfs", "readonly",
                  1, "hostname", "slipway", "mounts", runtime_default_mounts(false, 0), "linux", linux_section);
    if (rootless)
        make_rootless(spec);
    return spec;
}
