/* slipway-oci spec and features. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/capabilities.h"
#include "kernel/mount.h"
#include "kernel/namespaces.h"
#include "runtime/defaults.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>

struct spec_options {
    const char *bundle;
    bool rootless;
};
static const struct flag spec_flags[] = {
    {'b', "bundle", FLAG_STRING, offsetof(struct spec_options, bundle), "directory", "where to write it (default: here)"},
    {0, "rootless", FLAG_BOOL, offsetof(struct spec_options, rootless), NULL, "for a user other than root"},
    {0},
};

int oci_spec(int argc, char **argv, struct error *err)
{
    struct spec_options options = {.bundle = "."};
    char **operands;
    int rc = oci_parse(spec_flags, &options, argc, argv, false, 0, 0, &operands, err);
    if (rc)
        return rc;
    char *path cleanup_free = path_join(options.bundle, "config.json");
    if (path_exists(path))
        return error_set(err, EEXIST, "%s exists already; remove it first", path);
    json_t *spec cleanup_json = runtime_default_spec(options.rootless);
    char *text cleanup_free = json_dumps(spec, JSON_INDENT(2));
    char *line cleanup_free = str_format("%s\n", text);
    return file_write_atomic(path, line, strlen(line), 0644, true, err);
}

static json_t *names_of(const char *(*name)(int))
{
    json_t *list = json_array();
    for (int i = 0; name(i); i++)
        json_array_append_new(list, json_string(name(i)));
    return list;
}

static const char *namespace_name(int i) { return i < NAMESPACE_KINDS ? namespace_kinds[i].name : NULL; }

static const char *const annotations[] = {"org.slipway.rootfs", "org.slipway.sandbox"};

int oci_features(int argc, char **argv, struct error *err)
{
    static const struct flag flags[] = {{0}};
    const struct scmp_version *version = seccomp_version();
    char **operands;
    int rc = oci_parse(flags, NULL, argc, argv, false, 0, 0, &operands, err);
    if (rc)
        return rc;
    char *seccomp cleanup_free = str_format("%u.%u.%u", version->major, version->minor, version->micro);
    json_t *section =
        json_pack("{so so s{sb sb sb sb} s{sb} s{sb} s{sb} s{s{sb}}}", "namespaces", names_of(namespace_name), "capabilities",
                  names_of(capability_name), "cgroup", "v1", 1, "v2", 1, "systemd", 0, "systemdUser", 0, "seccomp", "enabled", 1,
                  "apparmor", "enabled", 0, "selinux", "enabled", 0, "mountExtensions", "idmap", "enabled", 0);
    json_t *ours = json_array();
    for (size_t i = 0; i < ARRAY_LEN(annotations); i++)
        json_array_append_new(ours, json_string(annotations[i]));
    json_t *features cleanup_json =
        json_pack("{ss ss so so so s{ss}}", "ociVersionMin", "1.0.0", "ociVersionMax", "1.2.0", "mountOptions",
                  names_of(mount_option_name), "linux", section, "potentiallyUnsafeConfigAnnotations", ours, "annotations",
                  "io.github.seccomp.libseccomp.version", seccomp);
    json_dumpf(features, stdout, JSON_INDENT(2));
    putchar('\n');
    return 0;
}
