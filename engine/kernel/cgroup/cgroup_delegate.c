/* Groups that are given to somebody else, and those that were given to us (cgroups(7), "Cgroups delegation"). */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What a delegatee owns besides the directory: on v2 what this kernel names. */
static char **delegated_files(bool unified)
{
    static const char *const v1[] = {"tasks", "cgroup.procs", "notify_on_release", "cgroup.clone_children"},
                             *const v2[] = {"cgroup.procs", "cgroup.subtree_control", "cgroup.threads"};
    char *text cleanup_free = unified ? file_read("/sys/kernel/cgroup/delegate", NULL, NULL) : NULL;
    char **list = text ? str_split(str_trim(text), '\n') : NULL;
    for (size_t i = 0; !text && i < (unified ? ARRAY_LEN(v2) : ARRAY_LEN(v1)); i++)
        strv_add(&list, unified ? v2[i] : v1[i]);
    return list;
}

static int give(const char *directory, bool unified, uid_t uid, gid_t gid, struct error *err)
{
    char **files cleanup_strv = delegated_files(unified);
    if (chown(directory, uid, gid) < 0)
        return error_errno(err, errno, "give %s to user %u", directory, uid);
    for (size_t i = 0; files && files[i]; i++) {
        char *file cleanup_free = path_join(directory, files[i]);
        if (chown(file, uid, gid) < 0 && errno != ENOENT)
            return error_errno(err, errno, "give %s to user %u", file, uid);
    }
    return 0;
}

int cgroup_give(struct steps *steps, const struct cgroup *cgroup, uid_t uid, struct error *err)
{
    int64_t start = step_start();
    const struct hierarchy *unified = cgroup_find(cgroup, "cgroup");
    if (!unified)
        return 0;
    char *directory cleanup_free = cgroup_directory(cgroup, unified);
    int rc = give(directory, true, uid, (gid_t)-1, err);
    step_recordf(steps, start, rc, "cgroup delegate", directory, "(cd %s && chown %u . $(cat /sys/kernel/cgroup/delegate))",
                 directory, uid);
    return rc;
}

int cgroup_delegate(struct steps *steps, const struct cgroup *cgroup, const char *name, uid_t uid, gid_t gid, struct cgroup *inner,
                    struct error *err)
{
    int64_t start = step_start();
    char *path cleanup_free = path_join(cgroup->path, name);
    int rc = cgroup_open(path, inner, err);
    if (!rc)
        rc = cgroup_make(NULL, inner, err);
    for (size_t i = 0; i < inner->count && !rc; i++) {
        char *directory cleanup_free = cgroup_directory(inner, &inner->hierarchies[i]);
        rc = give(directory, inner->hierarchies[i].unified, uid, gid, err);
    }
    step_recordf(steps, start, rc, "cgroup delegate", path, "chown %u:%u /sys/fs/cgroup/*%s{,/tasks,/cgroup.procs}", uid, gid,
                 path);
    if (rc < 0)
        cgroup_close(inner);
    return rc;
}

static bool may_write(const struct hierarchy *hierarchy, const char *path)
{
    char *directory cleanup_free = str_format("%s%s", hierarchy->mount_point, strcmp(path, "/") ? path : "");
    char *procs cleanup_free = path_join(directory, "cgroup.procs");
    return access(directory, W_OK | X_OK) == 0 && access(procs, W_OK) == 0;
}

/* "0::/user.slice/user-1000.slice/session-1.scope" */
static char *unified_path_of(pid_t pid)
{
    char *file cleanup_free = str_format("/proc/%d/cgroup", (int)pid);
    char *text cleanup_free = file_read(file, NULL, NULL);
    char *line = text ? str_starts(text, "0::") ? text : strstr(text, "\n0::") : NULL;
    if (!line)
        return NULL;
    line = strchr(line, '/');
    return line ? xstrndup(line, strcspn(line, "\n")) : NULL;
}

char *cgroup_delegated(pid_t pid)
{
    struct cgroup machine;
    char *own cleanup_free = unified_path_of(pid), *found = NULL;
    if (!own || cgroup_open("/", &machine, NULL) < 0)
        return NULL;
    const struct hierarchy *unified = cgroup_find(&machine, "cgroup");
    const char *slash = strrchr(own, '/');
    char *parent cleanup_free = slash == own ? xstrdup("/") : xstrndup(own, (size_t)(slash - own));
    if (unified && may_write(unified, parent))
        found = move_ptr(parent);
    else if (unified && may_write(unified, own))
        found = move_ptr(own);
    cgroup_close(&machine);
    return found;
}

void cgroup_keep_writable(struct cgroup *cgroup, const char *parent)
{
    size_t kept = 0;
    for (size_t i = 0; i < cgroup->count; i++) {
        if (may_write(&cgroup->hierarchies[i], parent)) {
            cgroup->hierarchies[kept++] = cgroup->hierarchies[i];
            continue;
        }
        free(cgroup->hierarchies[i].mount_point);
        strv_free(cgroup->hierarchies[i].controllers);
    }
    cgroup->count = kept;
}
