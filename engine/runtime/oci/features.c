/* slipway-oci features: what this runtime does, as features.md and features-linux.md of the runtime specification lay it out. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"
#include "kernel/seccomp.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>

static const char *const hooks[] = {"prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
                                    NULL};
static const char *const unsafe_annotations[] = {"org.slipway.", "run.oci.", NULL};

static json_t *names_of(const char *(*name)(int))
{
    json_t *list = json_array();
    for (int i = 0; name(i); i++)
        json_array_append_new(list, json_string(name(i)));
    return list;
}

static json_t *mount_options(void)
{
    json_t *list = names_of(mount_option_name), *ours cleanup_json = names_of(runtime_mount_option_name);
    json_array_extend(list, ours);
    return list;
}

static const char *namespace_name(int i) { return i < NAMESPACE_KINDS ? namespace_kinds[i].name : NULL; }

static json_t *seccomp_section(void)
{
    return json_pack("{sb so so so so so}", "enabled", 1, "actions", names_of(seccomp_action_name), "operators",
                     names_of(seccomp_operator_name), "archs", names_of(seccomp_architecture_name), "knownFlags",
                     names_of(seccomp_flag_name), "supportedFlags", names_of(seccomp_flag_name));
}

static json_t *linux_section(void)
{
    json_t *section = json_pack("{so so so}", "namespaces", names_of(namespace_name), "capabilities", names_of(capability_name),
                                "seccomp", seccomp_section());
    json_object_set_new(section, "cgroup",
                        json_pack("{sb sb sb sb sb}", "v1", 1, "v2", 1, "systemd", 1, "systemdUser", 1, "rdma", 1));
    json_object_set_new(section, "apparmor", json_pack("{sb}", "enabled", 1));
    json_object_set_new(section, "selinux", json_pack("{sb}", "enabled", 1));
    json_object_set_new(section, "intelRdt", json_pack("{sb}", "enabled", 0));
    json_object_set_new(section, "mountExtensions", json_pack("{s{sb}}", "idmap", "enabled", 1));
    json_object_set_new(section, "netDevices", json_pack("{sb}", "enabled", 1));
    return section;
}

static json_t *annotations(void)
{
    const struct scmp_version *version = seccomp_version();
    json_t *library = json_sprintf("%u.%u.%u", version->major, version->minor, version->micro);
    return json_pack("{so ss}", "io.github.seccomp.libseccomp.version", library, "org.opencontainers.runc.checkpoint.enabled",
                     "true");
}

int oci_features(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 0, 0, &operands, err);
    if (rc)
        return rc;
    json_t *features cleanup_json =
        json_pack("{ss ss so so so so so}", "ociVersionMin", "1.0.0", "ociVersionMax", RUNTIME_SPEC, "hooks",
                  json_from_strv((char *const *)hooks), "mountOptions", mount_options(), "linux", linux_section(), "annotations",
                  annotations(), "potentiallyUnsafeConfigAnnotations", json_from_strv((char *const *)unsafe_annotations));
    oci_print(features, JSON_INDENT(2));
    return 0;
}
