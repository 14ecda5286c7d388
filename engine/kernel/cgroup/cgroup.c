/* Making groups in all hierarchies. Where those are is cgroup_hierarchies.c's affair; what differs between versions is in
 * cgroup_v1.c and cgroup_v2.c; processes of a group are in cgroup_processes.c. */
#include "kernel/cgroup/cgroup.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "/", and other ways to write it. */
bool cgroup_is_root(const char *path) { return strspn(path, "/.") == strlen(path); }

int cgroup_open(const char *path, struct cgroup *out, struct error *err)
{
    if (!*path) {
        *out = (struct cgroup){0};
        return error_set(err, EINVAL, "a cgroup without a path");
    }
    *out = (struct cgroup){.path = str_format("%s%s", *path == '/' ? "" : "/", path)};
    int rc = cgroup_hierarchies(out, err);
    if (rc < 0)
        cgroup_close(out);
    return rc;
}

void cgroup_close(struct cgroup *cgroup)
{
    for (size_t i = 0; i < cgroup->count; i++) {
        free(cgroup->hierarchies[i].mount_point);
        strv_free(cgroup->hierarchies[i].controllers);
    }
    free(cgroup->path);
    *cgroup = (struct cgroup){0};
}

char *cgroup_directory(const struct cgroup *cgroup, const struct hierarchy *hierarchy)
{
    return str_format("%s%s", hierarchy->mount_point, strcmp(cgroup->path, "/") ? cgroup->path : "");
}

const struct hierarchy *cgroup_find(const struct cgroup *cgroup, const char *controller)
{
    const struct hierarchy *unified = NULL;
    for (size_t i = 0; i < cgroup->count; i++) {
        if (strv_has(cgroup->hierarchies[i].controllers, controller))
            return &cgroup->hierarchies[i];
        if (cgroup->hierarchies[i].unified)
            unified = &cgroup->hierarchies[i];
    }
    return str_starts(controller, "cgroup") ? unified : NULL; /* the core files of v2 */
}

int cgroup_write(struct steps *steps, const char *directory, const char *file, const char *value, struct error *err)
{
    int64_t start = step_start();
    char *path cleanup_free = path_join(directory, file);
    int fd cleanup_close = open(path, O_WRONLY | O_CLOEXEC | O_TRUNC);
    int rc = 0;
    if (fd < 0 || write(fd, value, strlen(value)) < 0)
        rc = error_errno(err, errno, "write \"%s\" to %s", value, path);
    step_recordf(steps, start, rc, "cgroup write", path, "echo %s > %s", strpbrk(value, " *") ? "\"...\"" : value, path);
    return rc;
}

/* A new cpuset is empty, and nothing can run in an empty one: take the parent's (cpuset is the only controller like that). */
static int inherit_cpuset(const char *parent, const char *directory, struct error *err)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    for (size_t i = 0; i < ARRAY_LEN(files); i++) {
        char *mine cleanup_free = path_join(directory, files[i]), *theirs cleanup_free = path_join(parent, files[i]);
        char *now cleanup_free = file_read(mine, NULL, err);
        if (now && *str_trim(now))
            continue;
        char *value cleanup_free = now ? file_read(theirs, NULL, err) : NULL;
        if (!value)
            return -err->code;
        if (!*str_trim(value))
            continue;
        int rc = cgroup_write(NULL, directory, files[i], str_trim(value), err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* v2: a parent must hand each controller down (cgroup-v2.rst, "Top-down Constraint"). One that it cannot (realtime threads hold
 * cpu) is left out here and reported when a limit needs it. */
static void hand_down(const struct hierarchy *hierarchy, const char *parent)
{
    char *path cleanup_free = path_join(parent, "cgroup.subtree_control");
    char *now cleanup_free = file_read(path, NULL, NULL);
    char **there cleanup_strv = now ? str_split(str_trim(now), ' ') : NULL;
    for (size_t i = 0; hierarchy->controllers && hierarchy->controllers[i]; i++) {
        if (strv_has(there, hierarchy->controllers[i]))
            continue;
        char *word cleanup_free = str_format("+%s", hierarchy->controllers[i]);
        (void)cgroup_write(NULL, parent, "cgroup.subtree_control", word, NULL);
    }
}

static int make_level(const struct hierarchy *hierarchy, const char *parent, const char *directory, struct error *err)
{
    if (hierarchy->unified)
        hand_down(hierarchy, parent);
    if (mkdir(directory, 0755) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make the cgroup %s", directory);
    return strv_has(hierarchy->controllers, "cpuset") && !hierarchy->unified ? inherit_cpuset(parent, directory, err) : 0;
}

static int make_in(struct steps *steps, const struct cgroup *cgroup, const struct hierarchy *hierarchy, struct error *err)
{
    int64_t start = step_start();
    char *directory cleanup_free = cgroup_directory(cgroup, hierarchy), *parent cleanup_free = xstrdup(hierarchy->mount_point);
    size_t at = strlen(hierarchy->mount_point);
    int rc = 0;
    while (!rc && directory[at]) {
        size_t next = at + 1 + strcspn(directory + at + 1, "/");
        char *level cleanup_free = xstrndup(directory, next);
        if (next > at + 1)
            rc = make_level(hierarchy, parent, level, err);
        free(parent);
        parent = move_ptr(level);
        at = next;
    }
    step_recordf(steps, start, rc, "cgroup make", directory, "mkdir -p %s", directory);
    return rc;
}

int cgroup_make(struct steps *steps, const struct cgroup *cgroup, struct error *err)
{
    int rc = 0;
    if (strstr(cgroup->path, "/..") || strstr(cgroup->path, "//"))
        return error_set(err, EINVAL, "cgroup path %s: neither \"..\" nor empty parts are possible", cgroup->path);
    for (size_t i = 0; i < cgroup->count && !rc; i++)
        rc = make_in(steps, cgroup, &cgroup->hierarchies[i], err);
    return rc;
}
