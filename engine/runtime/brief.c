/* A config without what an exec never looks at, which is the most of it: to read the whole takes longer than all that an exec does
 * to the kernel. In place of the seccomp profile's rules is the name of the program that they were compiled to: beside the config,
 * not in it, where a bundle could have put one. */
#include "base/json.h"
#include "base/memory.h"
#include "runtime/setup.h"

#include <string.h>

static json_t *without(const json_t *object, const char *const *keys)
{
    json_t *rest = json_copy((json_t *)object);
    for (; *keys; keys++)
        json_object_del(rest, *keys);
    return rest;
}

json_t *runtime_brief(const json_t *config, const char *filter)
{
    static const char *const making[] = {"mounts", "hooks", "root", "linux", NULL};
    static const char *const made[] = {"namespaces",    "uidMappings", "gidMappings", "resources",   "devices",
                                       "readonlyPaths", "maskedPaths", "sysctl",      "timeOffsets", NULL};
    const json_t *linux_section = json_object_get(config, "linux");
    json_t *brief = without(config, making), *rest = linux_section ? without(linux_section, made) : json_object();
    json_t *seccomp = *filter ? seccomp_abridge(json_object_get(linux_section, "seccomp")) : NULL;
    if (seccomp)
        json_object_set_new(rest, "seccomp", seccomp);
    json_object_set_new(brief, "linux", rest);
    return json_pack("{so ss}", "config", brief, "program", seccomp ? filter : "");
}

bool runtime_recall(const json_t *brief, struct container *container)
{
    const char *name = json_str(brief, "program", NULL);
    struct seccomp_program program;
    if (!name || !*name)
        return name;
    if (!runtime_cache() || !seccomp_recall(json_at(brief, "config.linux.seccomp"), runtime_cache(), name, &program))
        return false;
    container->filter = xcalloc(1, sizeof *container->filter);
    *container->filter = program;
    return true;
}

int runtime_filter(const struct container *container, const json_t *config, struct seccomp_program *program, struct error *err)
{
    if (!container->filter)
        return seccomp_compile(json_at(config, "linux.seccomp"), runtime_cache(), program, err);
    *program = *container->filter;
    program->code = xcalloc(program->count, sizeof *program->code);
    memcpy(program->code, container->filter->code, program->count * sizeof *program->code);
    return 0;
}
