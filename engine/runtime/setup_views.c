/* What a container sees at /sys/fs/cgroup, when its config mounts a "cgroup": copies of its own groups' directories, one a
 * hierarchy. In a cgroup namespace of its own they are that namespace's roots. */
#include "base/memory.h"
#include "base/strings.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>

static const struct setup_mount *wanted_view(const struct setup *setup)
{
    const struct setup_mount *wanted = NULL;
    for (size_t i = 0; i < setup->mount_count; i++)
        if (!setup->mounts[i].options.bind && !setup->mounts[i].remount && str_starts(setup->mounts[i].type, "cgroup"))
            wanted = &setup->mounts[i];
    return wanted;
}

static void add_view(struct setup *setup, const char *name, char **controllers, int tree)
{
    setup->views[setup->view_count++] = (struct setup_cgroup_view){xstrdup(name), controllers, tree};
}

/* Where the container has no group of its own, or sees where in the tree its group is: all of it, as the host has it. */
static int add_whole(struct setup *setup, const struct setup_mount *wanted, const char *place, struct error *err)
{
    struct mount_options options = wanted->options;
    options.recursive_bind = true;
    options.recursive_set |= options.set;
    int tree = mount_copy(AT_FDCWD, place, &options, wanted->destination, err);
    if (tree >= 0)
        add_view(setup, "", NULL, tree);
    return tree < 0 ? tree : 0;
}

static bool joins(const struct setup *setup, unsigned long flag)
{
    for (size_t i = 0; i < setup->join_count; i++)
        if (setup->joins[i].kind->flag == flag)
            return true;
    return false;
}

static int add_own(struct setup *setup, const struct setup_mount *wanted, const struct cgroup *cgroup,
                   const struct hierarchy *hierarchy, bool whole, struct error *err)
{
    char *directory cleanup_free = cgroup_directory(cgroup, hierarchy);
    int tree = mount_copy(AT_FDCWD, directory, &wanted->options, wanted->destination, err);
    if (tree >= 0)
        add_view(setup, whole ? "" : strrchr(hierarchy->mount_point, '/') + 1,
                 hierarchy->unified ? NULL : strv_copy(hierarchy->controllers), tree);
    return tree < 0 ? tree : 0;
}

int setup_views(struct setup *setup, struct error *err)
{
    const struct setup_mount *wanted = wanted_view(setup);
    const struct cgroup *cgroup = setup_seat(setup);
    if (!wanted)
        return 0;
    if (!cgroup->path)
        return add_whole(setup, wanted, "/sys/fs/cgroup", err);
    bool alone = cgroup->count == 1 && cgroup->hierarchies[0].unified, tree_only = str_equal(wanted->type, "cgroup2");
    if (alone && joins(setup, CLONE_NEWCGROUP))
        return add_view(setup, "", NULL, -EBADF), 0; /* that namespace's: mounted by who is in it */
    if (alone && !(setup->fresh & CLONE_NEWCGROUP))
        return add_whole(setup, wanted, cgroup->hierarchies[0].mount_point, err);
    int rc = 0;
    for (size_t i = 0; i < cgroup->count && !rc; i++)
        if (!tree_only || cgroup->hierarchies[i].unified)
            rc = add_own(setup, wanted, cgroup, &cgroup->hierarchies[i], alone || tree_only, err);
    if (!rc && tree_only && !setup->view_count)
        rc = error_set(err, ENODEV, "mount on %s: this host has no hierarchy of type %s", wanted->destination, wanted->type);
    return rc;
}
