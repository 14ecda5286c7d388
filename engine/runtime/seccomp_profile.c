/* From a profile of Docker's to one of the specification. What a name means to the kernel is kernel/seccomp.c's affair. */
#include "runtime/seccomp_profile.h"

#include "base/json.h"
#include "base/json_syntax.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#if defined(__x86_64__)
#define NATIVE         "amd64"
#define NATIVE_SECCOMP "SCMP_ARCH_X86_64"
#elif defined(__aarch64__)
#define NATIVE         "arm64"
#define NATIVE_SECCOMP "SCMP_ARCH_AARCH64"
#else
#define NATIVE         "unknown"
#define NATIVE_SECCOMP ""
#endif

enum kind { TEXT, NUMBER, LIST, TEXTS, OBJECT };

/* What each member must be, and what Go calls its place and type. */
struct member {
    const char *key;
    enum kind kind;
    const char *place, *type;
};
static const struct member profile_members[] = {
    {"defaultAction", TEXT, "Seccomp.defaultAction", "specs.LinuxSeccompAction"},
    {"defaultErrnoRet", NUMBER, "Seccomp.defaultErrnoRet", "uint"},
    {"architectures", TEXTS, "Seccomp.architectures", "[]specs.Arch"},
    {"flags", TEXTS, "Seccomp.flags", "[]specs.LinuxSeccompFlag"},
    {"listenerPath", TEXT, "Seccomp.listenerPath", "string"},
    {"archMap", LIST, "Seccomp.archMap", "[]seccomp.Architecture"},
    {"syscalls", LIST, "Seccomp.syscalls", "[]*seccomp.Syscall"},
};
static const struct member architecture_members[] = {
    {"architecture", TEXT, "Architecture.archMap.architecture", "specs.Arch"},
    {"subArchitectures", TEXTS, "Architecture.archMap.subArchitectures", "[]specs.Arch"},
};
static const struct member syscall_members[] = {
    {"name", TEXT, "Syscall.syscalls.name", "string"},
    {"names", TEXTS, "Syscall.syscalls.names", "[]string"},
    {"action", TEXT, "Syscall.syscalls.action", "specs.LinuxSeccompAction"},
    {"errnoRet", NUMBER, "Syscall.syscalls.errnoRet", "uint"},
    {"args", LIST, "Syscall.syscalls.args", "[]specs.LinuxSeccompArg"},
    {"comment", TEXT, "Syscall.syscalls.comment", "string"},
    {"includes", OBJECT, "Syscall.syscalls.includes", "seccomp.Filter"},
    {"excludes", OBJECT, "Syscall.syscalls.excludes", "seccomp.Filter"},
};
static const struct member argument_members[] = {
    {"index", NUMBER, "LinuxSeccompArg.syscalls.args.index", "uint"},
    {"value", NUMBER, "LinuxSeccompArg.syscalls.args.value", "uint64"},
    {"valueTwo", NUMBER, "LinuxSeccompArg.syscalls.args.valueTwo", "uint64"},
    {"op", TEXT, "LinuxSeccompArg.syscalls.args.op", "specs.LinuxSeccompOperator"},
};
static const struct member filter_members[] = {
    {"caps", TEXTS, "Filter.syscalls.caps", "[]string"},
    {"arches", TEXTS, "Filter.syscalls.arches", "[]string"},
    {"minKernel", TEXT, "Filter.syscalls.minKernel", "string"},
};

static int wrong_type(const json_t *value, const struct member *member, struct error *err)
{
    return error_set(err, EINVAL, "Decoding seccomp profile failed: json: cannot unmarshal %s into Go struct field %s of type %s",
                     json_kind_name(value), member->place, member->type);
}

static bool fits(const json_t *value, enum kind kind)
{
    size_t i;
    json_t *entry;
    if (kind == TEXT)
        return json_is_string(value);
    if (kind == NUMBER)
        return json_is_integer(value) && json_integer_value(value) >= 0;
    if (kind == OBJECT)
        return json_is_object(value);
    if (!json_is_array(value))
        return false;
    json_array_foreach(value, i, entry)
    {
        if (kind == TEXTS ? !json_is_string(entry) : !json_is_object(entry))
            return false;
    }
    return true;
}

static int check_members(const json_t *object, const struct member *members, size_t count, struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        const json_t *value = json_object_get(object, members[i].key);
        if (value && !json_is_null(value) && !fits(value, members[i].kind))
            return wrong_type(value, &members[i], err);
    }
    return 0;
}

static int check_each(const json_t *list, const struct member *members, size_t count, struct error *err)
{
    size_t i;
    json_t *entry;
    int rc = 0;
    json_array_foreach(list, i, entry)
    {
        if (!rc)
            rc = check_members(entry, members, count, err);
    }
    return rc;
}

static int check_types(const json_t *profile, struct error *err)
{
    size_t i;
    json_t *call;
    int rc = check_members(profile, profile_members, ARRAY_LEN(profile_members), err);
    if (!rc)
        rc = check_each(json_object_get(profile, "archMap"), architecture_members, ARRAY_LEN(architecture_members), err);
    if (!rc)
        rc = check_each(json_object_get(profile, "syscalls"), syscall_members, ARRAY_LEN(syscall_members), err);
    json_array_foreach(json_object_get(profile, "syscalls"), i, call)
    {
        if (!rc)
            rc = check_each(json_object_get(call, "args"), argument_members, ARRAY_LEN(argument_members), err);
        if (!rc)
            rc = check_members(json_object_get(call, "includes"), filter_members, ARRAY_LEN(filter_members), err);
        if (!rc)
            rc = check_members(json_object_get(call, "excludes"), filter_members, ARRAY_LEN(filter_members), err);
    }
    return rc;
}

static bool has(const json_t *list, const char *text)
{
    size_t i;
    json_t *entry;
    json_array_foreach(list, i, entry)
    {
        if (str_equal(json_string_value(entry), text))
            return true;
    }
    return false;
}

bool seccomp_kernel_reaches(const char *wanted, const char *release, struct error *err)
{
    unsigned major, minor, own_major = 0, own_minor = 0;
    int used = 0;
    if (sscanf(wanted, "%u.%u%n", &major, &minor, &used) != 2 || wanted[used] || (!major && !minor)) {
        error_set(err, EINVAL, "invalid kernel version: %s, expected \"<kernel>.<major>\"", wanted);
        return false;
    }
    sscanf(release, "%u.%u", &own_major, &own_minor);
    return own_major > major || (own_major == major && own_minor >= minor);
}

static bool kernel_reaches(const json_t *filter, struct error *err)
{
    struct utsname system;
    uname(&system);
    return seccomp_kernel_reaches(json_str(filter, "minKernel", ""), system.release, err);
}

/* Whether any of `excludes` holds. */
static bool excluded(const json_t *filter, const json_t *capabilities, struct error *err)
{
    size_t i;
    json_t *capability;
    if (has(json_object_get(filter, "arches"), NATIVE))
        return true;
    json_array_foreach(json_object_get(filter, "caps"), i, capability)
    {
        if (has(capabilities, json_string_value(capability)))
            return true;
    }
    return json_object_get(filter, "minKernel") && *json_str(filter, "minKernel", "") && kernel_reaches(filter, err);
}

/* Whether all of `includes` hold. */
static bool included(const json_t *filter, const json_t *capabilities, struct error *err)
{
    size_t i;
    json_t *capability;
    const json_t *arches = json_object_get(filter, "arches");
    if (json_array_size(arches) && !has(arches, NATIVE))
        return false;
    json_array_foreach(json_object_get(filter, "caps"), i, capability)
    {
        if (!has(capabilities, json_string_value(capability)))
            return false;
    }
    return !*json_str(filter, "minKernel", "") || kernel_reaches(filter, err);
}

static int add_call(json_t *calls, const json_t *call, const json_t *capabilities, struct error *err)
{
    static const char *const kept[] = {"action", "errnoRet", "args"};
    const json_t *names = json_object_get(call, "names");
    const char *name = json_str(call, "name", "");
    if (*name && json_array_size(names))
        return error_set(err, EINVAL, "'name' and 'names' were specified in the seccomp profile, use either 'name' or 'names'");
    struct error why = ERROR_INIT;
    bool wanted = !excluded(json_object_get(call, "excludes"), capabilities, &why) &&
                  included(json_object_get(call, "includes"), capabilities, &why);
    if (why.code) {
        if (err)
            *err = why;
        return -why.code;
    }
    if (!wanted)
        return 0;
    json_t *copy = json_object();
    json_object_set_new(copy, "names", *name ? json_pack("[s]", name) : names ? json_deep_copy(names) : json_array());
    for (size_t i = 0; i < ARRAY_LEN(kept); i++)
        if (json_object_get(call, kept[i]) && !json_is_null(json_object_get(call, kept[i])))
            json_object_set(copy, kept[i], json_object_get(call, kept[i]));
    json_array_append_new(calls, copy);
    return 0;
}

static json_t *architectures(const json_t *profile)
{
    const json_t *map = json_object_get(profile, "archMap"), *given = json_object_get(profile, "architectures");
    json_t *list = json_is_array(given) ? json_copy((json_t *)given) : json_array(), *entry;
    size_t i;
    json_array_foreach(map, i, entry)
    {
        if (!str_equal(json_str(entry, "architecture", ""), NATIVE_SECCOMP))
            continue;
        json_array_append(list, json_object_get(entry, "architecture"));
        if (json_is_array(json_object_get(entry, "subArchitectures")))
            json_array_extend(list, json_object_get(entry, "subArchitectures"));
        break;
    }
    return list;
}

static json_t *resolve(const json_t *profile, const json_t *capabilities, struct error *err)
{
    static const char *const kept[] = {"defaultAction", "defaultErrnoRet", "flags", "listenerPath"};
    json_t *out = json_object(), *calls = json_array(), *call;
    size_t i;
    int rc = 0;
    for (i = 0; i < ARRAY_LEN(kept); i++)
        if (json_object_get(profile, kept[i]) && !json_is_null(json_object_get(profile, kept[i])))
            json_object_set(out, kept[i], json_object_get(profile, kept[i]));
    json_object_set_new(out, "architectures", architectures(profile));
    json_object_set_new(out, "syscalls", calls);
    json_array_foreach(json_object_get(profile, "syscalls"), i, call)
    {
        if (!rc)
            rc = add_call(calls, call, capabilities, err);
    }
    if (!rc)
        return out;
    json_decref(out);
    return NULL;
}

json_t *runtime_seccomp_profile(const char *text, const json_t *capabilities, struct error *err)
{
    size_t len = strlen(text), end;
    char why[160];
    if (json_syntax_problem(text, len, &end, why, sizeof why)) {
        error_set(err, EINVAL, "Decoding seccomp profile failed: %s", why);
        return NULL;
    }
    end += strspn(text + end, " \t\r\n");
    if (end < len) {
        error_set(err, EINVAL, "Decoding seccomp profile failed: invalid character '%c' after top-level value", text[end]);
        return NULL;
    }
    cleanup_json json_t *profile = json_parse(text, len, "Decoding seccomp profile failed", err);
    if (!profile)
        return NULL;
    if (!json_is_object(profile)) {
        error_set(err, EINVAL, "Decoding seccomp profile failed: json: cannot unmarshal %s into Go value of type seccomp.Seccomp",
                  json_kind_name(profile));
        return NULL;
    }
    if (check_types(profile, err) < 0)
        return NULL;
    if (!*json_str(profile, "defaultAction", "") && !json_array_size(json_object_get(profile, "syscalls")))
        return json_null();
    if (json_array_size(json_object_get(profile, "architectures")) && json_array_size(json_object_get(profile, "archMap"))) {
        error_set(err, EINVAL,
                  "'architectures' and 'archMap' were specified in the seccomp profile, use either 'architectures' or 'archMap'");
        return NULL;
    }
    return resolve(profile, capabilities, err);
}
