/* Capabilities and --security-opt: what is asked for, and what of it is wrong. */
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/config.h"
#include "daemon/sysinfo.h"
#include "kernel/capabilities.h"
#include "runtime/defaults.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

static int capability_check(const json_t *host, const char *key, uint64_t available, struct error *err)
{
    size_t i;
    json_t *entry;
    json_array_foreach(json_object_get(host, key), i, entry)
    {
        const char *name = json_string_value(entry);
        if (!name)
            return error_set(err, EINVAL, "invalid %s: not a string", key);
        if (strcasecmp(name, "ALL") == 0)
            continue;
        const char *full = runtime_capability_name(name);
        cleanup_free char *upper = xstrdup(name);
        for (char *c = upper; *c; c++)
            *c = (char)toupper((unsigned char)*c);
        if (!full)
            return error_set(err, EINVAL, "invalid %s: unknown capability: \"%s%s\"", key, str_starts(upper, "CAP_") ? "" : "CAP_",
                             upper);
        if (!(available & (uint64_t)1 << capability_number(full)))
            return error_set(
                err, EINVAL,
                "invalid %s: capability not supported by your kernel or not available in the current environment: \"%s\"", key,
                full);
    }
    return 0;
}

static int bad_option(struct error *err, int which, const char *option)
{
    return error_set(err, EINVAL, "invalid --security-opt %d: \"%s\"", which, option);
}

/* As strconv.ParseBool. */
static bool parse_truth(const char *text, bool *value)
{
    static const char *const yes[] = {"1", "t", "T", "TRUE", "true", "True"}, *const no[] = {"0",     "f",     "F",
                                                                                             "FALSE", "false", "False"};
    for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
        if (str_equal(text, yes[i]) || str_equal(text, no[i])) {
            *value = str_equal(text, yes[i]);
            return true;
        }
    }
    return false;
}

static int label_check(const char *value, struct error *err)
{
    if (str_equal(value, "disable"))
        return 0;
    return error_set(err, EINVAL, "--security-opt label=%s: %s", value,
                     sysinfo_facts()->selinux ? "this engine sets no SELinux labels" : "SELinux is not enabled on this machine");
}

static int apparmor_check(const char *profile, struct error *err)
{
    if (str_equal(profile, "unconfined") || sysinfo_facts()->apparmor)
        return 0;
    return error_set(err, EINVAL, "--security-opt apparmor=%s: AppArmor is not enabled on this machine", profile);
}

static int read_option(const char *option, struct security *security, struct error *err)
{
    if (str_equal(option, "no-new-privileges")) {
        security->no_new_privileges = true;
        return 0;
    }
    if (str_equal(option, "disable"))
        return 0;
    const char *cut = strchr(option, '=');
    if (!cut)
        cut = strchr(option, ':');
    if (!cut)
        return bad_option(err, 1, option);
    cleanup_free char *key = xstrndup(option, (size_t)(cut - option));
    const char *value = cut + 1;
    if (str_equal(key, "label"))
        return label_check(value, err);
    if (str_equal(key, "apparmor")) {
        security->apparmor = value;
        return apparmor_check(value, err);
    }
    if (str_equal(key, "seccomp")) {
        security->seccomp = *value ? value : NULL;
        return 0;
    }
    if (str_equal(key, "no-new-privileges") && parse_truth(value, &security->no_new_privileges))
        return 0;
    return bad_option(err, 2, option);
}

int security_parse(const json_t *host, struct security *security, struct error *err)
{
    size_t i;
    json_t *entry;
    int rc = 0;
    *security = (struct security){0};
    json_array_foreach(json_object_get(host, "SecurityOpt"), i, entry)
    {
        if (rc == 0)
            rc = json_is_string(entry) ? read_option(json_string_value(entry), security, err)
                                       : error_set(err, EINVAL, "invalid --security-opt: not a string");
    }
    return rc;
}

int security_check(const json_t *host, struct error *err)
{
    struct security security;
    int rc = capability_check(host, "CapAdd", capability_bounding(), err);
    if (rc == 0)
        rc = capability_check(host, "CapDrop", UINT64_MAX, err);
    return rc ? rc : security_parse(host, &security, err);
}
