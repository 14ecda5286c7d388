/* A config without what an exec never looks at, which is the most of it: to read the whole takes longer than all that an exec does
 * to the kernel. In place of the seccomp profile stands the name of the program that it was compiled to. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

static json_t *without(const json_t *object, const char *const *keys)
{
    json_t *rest = json_copy((json_t *)object);
    for (; *keys; keys++)
        json_object_del(rest, *keys);
    return rest;
}

json_t *runtime_brief(const json_t *config, const char *filter)
{
    static const char *const making[] = {"mounts", "hooks", "root", "linux", NULL}, *const made[] = {"namespaces",  "uidMappings",
                                                                                                     "gidMappings", "resources",
                                                                                                     "devices",     "readonlyPaths",
                                                                                                     "maskedPaths", "sysctl",
                                                                                                     "timeOffsets", NULL};
    const json_t *linux_section = json_object_get(config, "linux");
    json_t *brief = without(config, making), *rest = linux_section ? without(linux_section, made) : json_object();
    json_t *seccomp = seccomp_abridge(json_object_get(linux_section, "seccomp"), filter);
    if (seccomp)
        json_object_set_new(rest, "seccomp", seccomp);
    json_object_set_new(brief, "linux", rest);
    return brief;
}

bool runtime_brief_serves(const json_t *brief)
{
    const char *program = seccomp_abridged(json_at(brief, "linux.seccomp"));
    char *path cleanup_free = *program && runtime_cache() ? path_join(runtime_cache(), program) : NULL;
    return !*program || (path && path_exists(path));
}
