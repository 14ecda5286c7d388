/* Groups below a container's, for `exec --cgroup`: which path belongs to which hierarchy. */
#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int check_path(const char *path, struct error *err)
{
    char **parts cleanup_strv = str_split(path, '/');
    if (strv_has(parts, ".."))
        return error_set(err, EINVAL, "bad sub cgroup path: %s (`..` components are not allowed)", path);
    if (strv_has(parts, "."))
        return error_set(err, EINVAL, "bad sub cgroup path: %s", path);
    return 0;
}

/* "cpu,memory:/below" names controllers, which must be mounted as v1, and each only once. */
static int take_controllers(const struct cgroup *cgroup, const char *text, const char *colon, const char **chosen,
                            struct error *err)
{
    char *names cleanup_free = xstrndup(text, (size_t)(colon - text));
    char **list cleanup_strv = str_split(names, ',');
    int rc = check_path(colon + 1, err);
    for (size_t i = 0; list && list[i] && !rc; i++) {
        const struct hierarchy *found = *list[i] ? cgroup_find(cgroup, list[i]) : NULL;
        if (!*list[i])
            rc = error_set(err, EINVAL, "invalid --cgroup argument: %s (empty <controller> prefix)", text);
        else if (!found || found->unified)
            rc = error_set(err, ENOENT, "invalid --cgroup argument: %s (no hierarchy of version 1 has the controller %s)", text,
                           list[i]);
        else if (chosen[found - cgroup->hierarchies])
            rc = error_set(err, EINVAL, "invalid --cgroup argument: %s (multiple definitions for %s)", text, list[i]);
        else
            chosen[found - cgroup->hierarchies] = colon + 1;
    }
    return rc;
}

static int choose(const struct cgroup *cgroup, char *const *paths, const char **chosen, struct error *err)
{
    int rc = 0;
    for (size_t i = 0; paths[i] && !rc; i++) {
        const char *colon = strchr(paths[i], ':');
        if (colon) {
            rc = take_controllers(cgroup, paths[i], colon, chosen, err);
        } else if (strv_len(paths) != 1) {
            rc = error_set(err, EINVAL, "invalid --cgroup argument: %s (missing <controller>: prefix)", paths[i]);
        } else {
            rc = check_path(paths[i], err);
            for (size_t k = 0; k < cgroup->count; k++)
                chosen[k] = paths[i];
        }
    }
    return rc;
}

/* Whoever runs in the container may have made the group in some hierarchies of version 1 only: in the others the process begins
 * where the container is. */
static int pass_over_missing(const struct cgroup *cgroup, const char **chosen, struct error *err)
{
    const char *wanted = cgroup->count ? chosen[0] : NULL;
    bool found = false;
    for (size_t i = 0; i < cgroup->count; i++) {
        char *directory cleanup_free = cgroup_directory(cgroup, &cgroup->hierarchies[i]);
        char *path cleanup_free = path_join(directory, chosen[i]);
        if (path_exists(path))
            found = true;
        else
            chosen[i] = NULL;
    }
    return found ? 0 : error_set(err, ENOENT, "exec --cgroup: no group %s below the container's", wanted);
}

int cgroup_seats_below(const struct cgroup *cgroup, char *const *paths, struct cgroup_seats *seats, struct error *err)
{
    const char *chosen[HIERARCHIES_MOST] = {NULL};
    *seats = (struct cgroup_seats){.unified = -EBADF};
    int rc = choose(cgroup, paths, chosen, err);
    if (!rc && !strchr(paths[0], ':'))
        rc = pass_over_missing(cgroup, chosen, err);
    for (size_t i = 0; i < cgroup->count && !rc; i++) {
        const char *below = str_or(chosen[i], "");
        char *path cleanup_free = str_format("%s%s%s", cgroup->path, *below && *below != '/' ? "/" : "", below);
        rc = cgroup_seat_open(&cgroup->hierarchies[i], path, seats, err);
    }
    if (rc < 0)
        cgroup_seats_close(seats);
    return rc;
}
