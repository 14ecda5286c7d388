/* Writing limits: values of both versions, each where its controller is mounted; errors that name controller and file; and, for a
 * group in use, all of them or none. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct cgroup_value *cgroup_values_add(struct cgroup_values *values, const char *controller, const char *file, char *value)
{
    values->list = xrealloc(values->list, (values->count + 1) * sizeof *values->list);
    struct cgroup_value *added = &values->list[values->count++];
    *added = (struct cgroup_value){.controller = xstrdup(controller), .file = xstrdup(file), .value = value};
    return added;
}

void cgroup_values_free(struct cgroup_values *values)
{
    for (size_t i = 0; i < values->count; i++) {
        free(values->list[i].controller);
        free(values->list[i].file);
        free(values->list[i].value);
    }
    free(values->list);
    *values = (struct cgroup_values){0};
}

/* One act of writing limits. `undo` is NULL where the group is new and goes away when it fails. */
struct writing {
    struct steps *steps;
    const struct cgroup *cgroup;
    bool unified;
    struct cgroup_values *undo; /* the controller of each is the directory */
};

/* v1's blkio is v2's io. */
static const char *other_name(const char *controller)
{
    return !strcmp(controller, "io") ? "blkio" : !strcmp(controller, "blkio") ? "io" : "none";
}

/* On v2 a file is missing when its controller was not handed down to the group. */
static int missing(const struct hierarchy *hierarchy, const struct cgroup_value *value, const char *directory, struct error *err)
{
    if (access(directory, F_OK) < 0)
        return error_set(err, ENOENT, "limit %s: the group %s is gone", value->file, directory);
    char *path cleanup_free = path_join(directory, "cgroup.controllers");
    char *text cleanup_free = hierarchy->unified ? file_read(path, NULL, NULL) : NULL;
    char **enabled cleanup_strv = text ? str_split(str_trim(text), ' ') : NULL;
    if (hierarchy->unified && strcmp(value->controller, "cgroup") && !strv_has(enabled, value->controller))
        return error_set(err, ENOTSUP,
                         "limit %s: the %s controller is not enabled for %s; every group above must hand it down in "
                         "cgroup.subtree_control, which none with processes of its own can",
                         value->file, value->controller, directory);
    return error_set(err, ENOTSUP, "limit %s: the %s controller of this kernel has no such file in %s", value->file,
                     value->controller, directory);
}

static void remember(const struct writing *writing, const char *directory, const char *file, const char *value)
{
    char *path cleanup_free = path_join(directory, file);
    char *text cleanup_free = writing->undo ? file_read(path, NULL, NULL) : NULL;
    if (text)
        cgroup_values_add(writing->undo, directory, file, cgroup_undo_text(file, text, value));
}

static char *with_first_word(const char *path, const char *rest)
{
    char *text cleanup_free = file_read(path, NULL, NULL);
    return text ? str_format("%.*s %s", (int)strcspn(text, " \n"), text, rest) : xstrdup(rest);
}

static int write_in(const struct writing *writing, const struct hierarchy *hierarchy, const struct cgroup_value *value,
                    struct error *err)
{
    char *directory cleanup_free = cgroup_directory(writing->cgroup, hierarchy);
    char *path cleanup_free = path_join(directory, value->file),
               *other cleanup_free = path_join(directory, str_or(value->other, ""));
    char *instead cleanup_free = value->unless ? path_join(directory, value->unless) : NULL;
    bool second = !path_exists(path) && value->other;
    if (instead && path_exists(instead))
        return 0;
    const char *file = second ? value->other : value->file;
    if (!path_exists(second ? other : path))
        return value->optional ? 0 : missing(hierarchy, value, directory, err);
    char *text cleanup_free = value->keep_first ? with_first_word(path, value->value) : xstrdup(value->value);
    remember(writing, directory, file, text);
    return cgroup_write(writing->steps, directory, file, text, err);
}

static int write_value(const struct writing *writing, const struct cgroup_value *value, struct error *err)
{
    const struct hierarchy *hierarchy = cgroup_find(writing->cgroup, value->controller);
    bool elsewhere =
        hierarchy ? hierarchy->unified != writing->unified : cgroup_find(writing->cgroup, other_name(value->controller)) != NULL;
    if (elsewhere && value->own)
        return error_set(err, ENOTSUP, "limit %s: the %s controller is mounted as version 1 on this machine", value->file,
                         value->controller);
    if (elsewhere || (!hierarchy && value->optional)) /* the other version's values take care of it */
        return 0;
    if (!hierarchy)
        return error_set(err, ENOTSUP, "limit %s: no %s controller is mounted on this machine", value->file, value->controller);
    if (value->refused)
        return error_set(err, ENOTSUP, "limit %s: %s", value->file, value->refused);
    if (value->remark) {
        step_recordf(writing->steps, step_start(), 0, "cgroup", value->file, "# %s: %s", value->file, value->remark);
        return 0;
    }
    return write_in(writing, hierarchy, value, err);
}

/* Some values bound each other: memory and memory+swap, period, quota and burst. What suits a new group may not suit one in use:
 * one that the kernel finds invalid now may be valid once the others of its controller are written. */
static bool may_become_valid(const struct cgroup_values *values, size_t at)
{
    for (size_t i = at + 1; i < values->count; i++)
        if (!strcmp(values->list[i].controller, values->list[at].controller))
            return true;
    return false;
}

static int write_values(const struct writing *writing, const struct cgroup_values *values, struct error *err)
{
    size_t later[64], count = 0;
    for (size_t i = 0; i < values->count; i++) {
        struct error local = ERROR_INIT;
        int rc = write_value(writing, &values->list[i], &local);
        if (rc == -EINVAL && count < ARRAY_LEN(later) && may_become_valid(values, i)) {
            later[count++] = i;
        } else if (rc < 0) {
            if (err)
                *err = local;
            return rc;
        }
    }
    int rc = 0;
    for (size_t i = 0; i < count && !rc; i++)
        rc = write_value(writing, &values->list[later[i]], err);
    return rc;
}

/* v1 takes any number and keeps another one; v2 has no such bounds. */
static int check_shares(const struct cgroup *cgroup, long long shares, struct error *err)
{
    enum { LEAST = 2, MOST = 262144 };
    const struct hierarchy *cpu = cgroup_find(cgroup, "cpu");
    if (!cpu || cpu->unified || shares == 0 || (shares >= LEAST && shares <= MOST))
        return 0;
    return error_set(err, EINVAL, "the %s allowed cpu-shares is %d", shares < LEAST ? "minimum" : "maximum",
                     shares < LEAST ? LEAST : MOST);
}

/* memory.checkBeforeUpdate: v1's kernel refuses a limit below what is in use, v2's kills instead, so it is asked first. */
static int check_memory(const struct cgroup *cgroup, const json_t *resources, struct error *err)
{
    long long limit = json_num(resources, "memory.limit", 0), swap = json_num(resources, "memory.swap", 0);
    const struct hierarchy *memory = cgroup_find(cgroup, "memory");
    if (limit > 0 && swap > 0 && swap < limit)
        return error_set(err, EINVAL, "memory+swap limit %lld should be >= memory limit %lld", swap, limit);
    if (!memory || !memory->unified || limit <= 0 || !json_flag(resources, "memory.checkBeforeUpdate", false))
        return 0;
    char *directory cleanup_free = cgroup_directory(cgroup, memory), *path cleanup_free = path_join(directory, "memory.current");
    char *text cleanup_free = file_read(path, NULL, NULL);
    if (!text || atoll(text) <= limit)
        return 0;
    return error_set(err, EBUSY, "rejecting memory limit %lld: %lld are in use (%s)", limit, atoll(text), path);
}

static int limit_devices(struct steps *steps, const struct cgroup *cgroup, const json_t *rules, struct error *err)
{
    const struct hierarchy *v1 = cgroup_find(cgroup, "devices"), *where = v1 ? v1 : cgroup_find(cgroup, "cgroup");
    bool confined = namespace_confined();
    if (json_array_size(rules) == 0 || (!where && confined))
        return 0;
    if (!where)
        return error_set(err, ENOTSUP, "device rules: neither the devices controller nor cgroup v2 is mounted");
    char *directory cleanup_free = cgroup_directory(cgroup, where);
    if (!confined)
        return v1 ? cgroup_v1_devices(steps, directory, rules, err) : cgroup_v2_devices(steps, directory, rules, err);
    step_record(steps, step_start(), -EPERM, v1 ? "cgroup write" : "bpf", directory,
                "# device rules: not for a user namespace, whose root can open no device that was not given to it");
    return 0;
}

/* Devices come last: nothing has to be written back after them. */
static int limit(struct writing *writing, const json_t *resources, struct error *err)
{
    void (*const convert[])(const json_t *, struct cgroup_values *) = {cgroup_v1_values, cgroup_v2_values};
    if (cgroup_is_root(writing->cgroup->path))
        return error_set(err, EINVAL, "the root cgroup is not ours to limit");
    int rc = check_shares(writing->cgroup, json_num(resources, "cpu.shares", 0), err);
    if (!rc)
        rc = check_memory(writing->cgroup, resources, err);
    for (size_t version = 0; version < ARRAY_LEN(convert) && !rc; version++) {
        struct cgroup_values values = {0};
        convert[version](resources, &values);
        writing->unified = version == 1;
        rc = write_values(writing, &values, err);
        cgroup_values_free(&values);
    }
    return rc ? rc : limit_devices(writing->steps, writing->cgroup, json_object_get(resources, "devices"), err);
}

int cgroup_limit(struct steps *steps, const struct cgroup *cgroup, const json_t *resources, struct error *err)
{
    struct writing writing = {.steps = steps, .cgroup = cgroup};
    return limit(&writing, resources, err);
}

int cgroup_update(struct steps *steps, const struct cgroup *cgroup, const json_t *resources, struct error *err)
{
    struct cgroup_values undo = {0};
    struct writing writing = {.steps = steps, .cgroup = cgroup, .undo = &undo};
    int rc = limit(&writing, resources, err);
    for (size_t i = undo.count; rc < 0 && i-- > 0;)
        (void)cgroup_write(steps, undo.list[i].controller, undo.list[i].file, undo.list[i].value, NULL);
    cgroup_values_free(&undo);
    return rc;
}
