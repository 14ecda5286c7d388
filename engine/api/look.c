/* Looks without an engine, see look.h. */
#include "api/look.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "observe/observe.h"
#include "runtime/defaults.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *look_chains(pid_t pid, struct error *err)
{
    cleanup_json json_t *networks = json_array();
    (void)pid;
    return observe_rules(1, networks, err);
}

/* Which calls a filter refuses is known to who wrote it alone. */
static json_t *look_privileges(pid_t pid, struct error *err)
{
    cleanup_json json_t *usual = runtime_default_capabilities();
    json_t *doc = observe_privileges(pid, NULL, usual, err);
    json_object_del(doc, "seccomp");
    return doc;
}

/* The value of `name=` among a mount's options; allocated, NULL without one. */
static char *option(const char *options, const char *name)
{
    cleanup_strv char **all = str_split(options, ',');
    size_t len = strlen(name);
    for (char **each = all; *each; each++)
        if (str_starts(*each, name) && (*each)[len] == '=')
            return xstrdup(*each + len + 1);
    return NULL;
}

/* What stands after " - " in the line of the mount on "/". */
static char *root_options(pid_t pid, struct error *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/mountinfo", (int)pid);
    cleanup_free char *text = file_read(path, NULL, err);
    char *rest = text;
    for (char *line; text && (line = strsep(&rest, "\n"));) {
        char point[PATH_MAX];
        char *dash = strstr(line, " - overlay ");
        if (dash && sscanf(line, "%*d %*d %*s %*s %4095s", point) == 1 && str_equal(point, "/"))
            return xstrdup(strrchr(dash, ' ') + 1);
    }
    if (text)
        error_set(err, ENOTSUP, "its root file system is no overlay of layers");
    return NULL;
}

static json_t *look_layers(pid_t pid, struct error *err)
{
    cleanup_free char *options = root_options(pid, err);
    if (!options)
        return NULL;
    cleanup_free char *lower = option(options, "lowerdir"), *upper = option(options, "upperdir"),
                      *work = option(options, "workdir");
    if (!lower || !upper || *lower != '/') {
        error_set(err, ENOTSUP, "its layers are mounted by paths that mean something to its engine alone");
        return NULL;
    }
    cleanup_strv char **lowers = str_split(lower, ':');
    cleanup_free char *root = str_format("/proc/%d/root", (int)pid);
    return observe_layers(pid, (const char *const *)lowers, upper, str_or(work, ""), root, err);
}

static const struct section {
    const char *name;
    json_t *(*look)(pid_t pid, struct error *err);
} sections[] = {
    {"layers", look_layers}, {"namespaces", observe_namespaces}, {"cgroup", observe_cgroup},     {"network", observe_network},
    {"chains", look_chains}, {"signals", observe_signals},       {"privileges", look_privileges}};

static int of_container(pid_t pid, const char *id, struct error *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/cgroup", (int)pid);
    cleanup_free char *groups = file_read(path, NULL, err);
    if (!groups)
        return -err->code;
    return *id && strstr(groups, id) ? 0
                                     : error_set(err, ESRCH, "process %d of this machine is not of container %.12s", (int)pid, id);
}

int look_main(int argc, char **argv)
{
    struct error err = ERROR_INIT;
    long long pid;
    if (argc != 3 || !str_to_int(argv[0], &pid) || pid < 1 || pid > INT_MAX) {
        fprintf(stderr, "slipwayd --look takes a process, a section and the container's id\n");
        return 1;
    }
    const struct section *section = NULL;
    for (size_t i = 0; i < ARRAY_LEN(sections); i++)
        section = str_equal(sections[i].name, argv[1]) ? &sections[i] : section;
    cleanup_json json_t *doc = NULL;
    if (!section)
        error_set(&err, EINVAL, "nothing to see of \"%s\" without its engine", argv[1]);
    else if (of_container((pid_t)pid, argv[2], &err) == 0)
        doc = section->look((pid_t)pid, &err);
    if (!doc) {
        fprintf(stderr, "%s\n", err.message);
        return 1;
    }
    json_dumpf(doc, stdout, JSON_COMPACT);
    return 0;
}
