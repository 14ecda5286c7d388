/* What a config says that cannot be done, found before anything is made: combinations that contradict one another, and members that
 * are other systems'. Where runc refuses the same, the words are runc's. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/net_device.h"
#include "kernel/process.h"
#include "kernel/schedule.h"
#include "runtime/setup.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

static bool says_something(const json_t *value)
{
    return value && !json_is_null(value) && !(json_is_string(value) && !*json_string_value(value)) &&
           !((json_is_object(value) || json_is_array(value)) && !json_object_size(value) && !json_array_size(value));
}

/* What needs a namespace of the container's own to be set in. */
static const struct {
    const char *path;
    unsigned long needs;
    const char *message;
} needed[] = {
    {"hostname", CLONE_NEWUTS, "unable to set hostname without a private UTS namespace"},
    {"domainname", CLONE_NEWUTS, "unable to set domainname without a private UTS namespace"},
    {"linux.maskedPaths", CLONE_NEWNS, "unable to restrict sys entries without a private MNT namespace"},
    {"linux.readonlyPaths", CLONE_NEWNS, "unable to restrict sys entries without a private MNT namespace"},
    {"linux.uidMappings", CLONE_NEWUSER, "user namespace mappings specified, but user namespace isn't enabled in the config"},
    {"linux.gidMappings", CLONE_NEWUSER, "user namespace mappings specified, but user namespace isn't enabled in the config"},
    {"linux.timeOffsets", CLONE_NEWTIME, "time namespace offsets specified, but time namespace isn't enabled in the config"},
    {"linux.netDevices", CLONE_NEWNET, "unable to move network devices without a NET namespace"},
};

/* What a namespace that is joined by its path has already. */
static const struct {
    const char *path;
    unsigned long made;
    const char *message;
} given[] = {
    {"linux.timeOffsets", CLONE_NEWTIME,
     "time namespace enabled, but both namespace path and time offsets specified -- you may only provide one"},
    {"linux.uidMappings", CLONE_NEWUSER,
     "user namespace enabled, but both namespace path and mappings specified -- you may only provide one"},
    {"linux.gidMappings", CLONE_NEWUSER,
     "user namespace enabled, but both namespace path and mappings specified -- you may only provide one"},
};

static int check_namespaces(const json_t *list, unsigned long *listed, unsigned long *joined, struct error *err)
{
    size_t i;
    json_t *item;
    *listed = *joined = 0;
    json_array_foreach(list, i, item)
    {
        const char *type = json_str(item, "type", ""), *path = json_str(item, "path", "");
        const struct namespace_kind *kind = namespace_kind(type);
        if (!kind || strcmp(kind->name, type))
            return error_set(err, EINVAL, "linux.namespaces: namespace type \"%s\" does not exist", type);
        if (*listed & kind->flag)
            return error_set(err, EINVAL, "linux.namespaces: duplicated namespace \"%s\"", type);
        if (*path && *path != '/')
            return error_set(err, EINVAL, "linux.namespaces: the path \"%s\" of the %s namespace is not absolute", path, type);
        *listed |= kind->flag;
        *joined |= *path ? kind->flag : 0;
    }
    return 0;
}

/* Two places that say the same thing differently. */
static int check_names(const json_t *config, struct error *err)
{
    static const char *const names[] = {"hostname", "domainname"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        char *key cleanup_free = str_format("kernel.%s", names[i]);
        const char *own = json_str(config, names[i], "");
        const char *other = json_string_value(json_object_get(json_at(config, "linux.sysctl"), key));
        if (*own && other && strcmp(own, other) != 0)
            return error_set(err, EINVAL, "sysctl \"%s\" is not allowed as it conflicts with the OCI \"%s\" field", key, names[i]);
    }
    return 0;
}

static int check_combinations(const json_t *config, struct error *err)
{
    unsigned long listed, joined;
    int rc = check_namespaces(json_at(config, "linux.namespaces"), &listed, &joined, err);
    for (size_t i = 0; i < ARRAY_LEN(needed) && !rc; i++)
        if (!(listed & needed[i].needs) && says_something(json_at(config, needed[i].path)))
            rc = error_set(err, EINVAL, "%s", needed[i].message);
    for (size_t i = 0; i < ARRAY_LEN(given) && !rc; i++)
        if (joined & given[i].made && says_something(json_at(config, given[i].path)))
            rc = error_set(err, EINVAL, "%s", given[i].message);
    return rc ? rc : namespace_time_check(json_at(config, "linux.timeOffsets"), err);
}

static int check_devices(const json_t *devices, struct error *err)
{
    const char *device;
    json_t *item, *names cleanup_json = json_object();
    int rc = 0;
    json_object_foreach((json_t *)devices, device, item)
    {
        const char *name = str_or(json_str(item, "name", ""), device);
        if (!rc)
            rc = net_device_check(device, err);
        if (!rc)
            rc = net_device_check(name, err);
        if (!rc && !strchr(name, '%') && json_object_get(names, name))
            rc = error_set(err, EEXIST, "linux.netDevices gives two devices the name %s", name);
        json_object_set_new(names, name, json_true());
    }
    return rc;
}

/* There is no machine with it to try it on, and half of it would be worse than none. */
static int check_rdt(const json_t *rdt, struct error *err)
{
    if (!says_something(rdt))
        return 0;
    if (!process_resctrl_mounted())
        return error_set(err, ENOTSUP,
                         "intelRdt is specified in config, but Intel RDT is not enabled: no resctrl file system is mounted at "
                         "/sys/fs/resctrl");
    return error_set(err, ENOTSUP, "linux.intelRdt is not supported by this runtime");
}

static int check_labels(const json_t *process, struct error *err)
{
    if (*json_str(process, "selinuxLabel", "") && !process_selinux_enabled())
        return error_set(err, ENOTSUP, "selinux label is specified in config, but selinux is disabled or not supported");
    if (*json_str(process, "apparmorProfile", "") && !process_apparmor_enabled())
        return error_set(err, ENOTSUP,
                         "apparmor: config provided but apparmor not supported: this kernel has no AppArmor, or it is "
                         "switched off; leave out process.apparmorProfile");
    return 0;
}

int check_process(const json_t *process, const json_t *linux_section, struct error *err)
{
    if (*json_str(process, "commandLine", ""))
        return error_set(err, EINVAL, "process.commandLine is for Windows: what to run here stands in process.args");
    int rc = process_rlimits_check(json_object_get(process, "rlimits"), err);
    if (!rc)
        rc = schedule_check(process, linux_section, err);
    return rc ? rc : check_labels(process, err);
}

/* The annotation "run.oci.seccomp_fail_unknown_syscall": a profile is for this libseccomp, or for none. */
static int check_calls(const json_t *config, struct error *err)
{
    bool strict = json_object_get(json_object_get(config, "annotations"), "run.oci.seccomp_fail_unknown_syscall");
    return strict ? seccomp_check_names(json_at(config, "linux.seccomp"), err) : 0;
}

int check_config(const json_t *config, struct error *err)
{
    int rc = check_combinations(config, err);
    if (!rc)
        rc = check_names(config, err);
    if (!rc)
        rc = check_devices(json_at(config, "linux.netDevices"), err);
    if (!rc)
        rc = check_calls(config, err);
    if (!rc)
        rc = check_rdt(json_at(config, "linux.intelRdt"), err);
    return rc;
}
