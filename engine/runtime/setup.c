/* A config becomes a struct setup: namespaces, root, process. Nothing is cloned or mounted here, only opened. */
#include "runtime/setup.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

static const char *cache_directory;

void runtime_set_cache(const char *directory) { cache_directory = directory; }
const char *runtime_cache(void) { return cache_directory; }

static bool has_init(const json_t *config) { return str_equal(runtime_annotation(config, "org.slipway.init"), "1"); }

static int prepare_overlay(struct setup *setup, const char *text, struct error *err)
{
    json_t *json cleanup_json = json_parse(text, strlen(text), "annotation org.slipway.rootfs", err);
    if (!json)
        return -err->code;
    setup->root.lower = json_to_strv(json_object_get(json, "lower"));
    const char *upper = json_str(json, "upper", ""), *work = json_str(json, "work", "");
    if (!strv_len(setup->root.lower))
        return error_set(err, EINVAL, "annotation org.slipway.rootfs: no lower layers");
    setup->root.upper = *upper ? xstrdup(upper) : NULL;
    setup->root.work = *upper ? xstrdup(work) : NULL;
    setup->root.disk = json_str(json, "disk", NULL) ? xstrdup(json_str(json, "disk", "")) : NULL;
    if (setup->root.disk && !setup->user_namespace)
        return error_set(err, EINVAL, "annotation org.slipway.rootfs: a disk needs a user namespace");
    setup->root.io = json_num(json, "io", 0);
    setup->root.user_xattr = json_flag(json, "userxattr", false);
    setup->root.idmap = json_flag(json, "idmap", false);
    return 0;
}

static int prepare_root(struct setup *setup, const char *bundle, struct error *err)
{
    const char *path = json_str(setup->config, "root.path", "");
    if (!*path)
        return error_set(err, EINVAL, "root.path is missing");
    setup->root.path = *path == '/' ? xstrdup(path) : str_format("%s/%s", bundle, path);
    const char *overlay = runtime_annotation(setup->config, "org.slipway.rootfs");
    setup->sandbox = sandbox_wanted(setup->config);
    return overlay ? prepare_overlay(setup, overlay, err) : 0;
}

void setup_none(struct setup *setup)
{
    setup->channel = setup->parent_channel = setup->nodes = -EBADF;
    setup->seats.unified = -EBADF;
    for (size_t i = 0; i < SETUP_KERNEL_TREES; i++)
        setup->kernel_trees[i] = -EBADF;
    setup->root.tree = setup->root.upper_tree = setup->root.upper_fd = setup->root.work_fd = -EBADF;
}

int setup_prepare(struct setup *setup, const char *bundle, struct error *err)
{
    setup_none(setup);
    int rc = check_config(setup->config, err);
    if (!rc)
        rc = hooks_check(setup->config, err);
    if (!rc)
        rc = spaces_prepare(setup, err);
    if (!rc)
        rc = prepare_root(setup, bundle, err);
    if (!rc)
        rc = rootfs_check_propagation(setup, err);
    if (!rc)
        rc = setup_mounts(setup, bundle, err);
    if (!rc)
        rc = setup_cgroup_find(setup, err);
    if (!rc)
        rc = program_parse(json_object_get(setup->config, "process"), setup->config, &setup->program, err);
    if (!rc) {
        setup->program.preserve = setup->io.preserve;
        setup->program.hold = has_init(setup->config);
        rc = seccomp_compile(json_at(setup->config, "linux.seccomp"), cache_directory, &setup->program.seccomp, err);
    }
    return rc;
}

void setup_hand_over(struct setup *setup, struct container *out)
{
    setup_cgroup_settled(setup);
    out->id = xstrdup(setup->id);
    out->bundle = xstrdup(setup->bundle);
    out->config = json_incref(setup->config);
    out->after = container_after(setup->config);
    out->unit = move_ptr(setup->unit);
    out->cgroup_path = setup->cgroup.path ? xstrdup(setup->cgroup.path) : NULL;
    if (!setup->cgroup.path)
        return;
    out->cgroup = xmalloc(sizeof *out->cgroup);
    *out->cgroup = setup->cgroup;
    setup->cgroup = (struct cgroup){0};
}

static void free_root(struct setup_root *root)
{
    for (size_t i = 0; root->lower_trees && root->lower && root->lower[i]; i++)
        fd_close(root->lower_trees[i]);
    fd_close(root->tree);
    fd_close(root->upper_tree);
    fd_close(root->upper_fd);
    fd_close(root->work_fd);
    strv_free(root->lower);
    free(root->lower_trees);
    free(root->path);
    free(root->disk);
    free(root->upper);
    free(root->work);
}

void setup_close_inside(struct setup *setup)
{
    for (size_t i = 0; i < setup->view_count; i++)
        setup->views[i].tree = fd_close(setup->views[i].tree);
    cgroup_seats_close(&setup->seats);
    setup->channel = fd_close(setup->channel);
}

void setup_free(struct setup *setup)
{
    for (size_t i = 0; i < setup->join_count; i++) {
        fd_close(setup->joins[i].fd);
        free(setup->joins[i].path);
    }
    for (size_t i = 0; i < setup->mount_count; i++) {
        fd_close(setup->mounts[i].tree);
        mount_options_free(&setup->mounts[i].options);
        free(setup->mounts[i].from);
        free(setup->mounts[i].link);
        json_decref(setup->mounts[i].own_maps);
    }
    for (size_t i = 0; i < setup->view_count; i++) {
        free(setup->views[i].name);
        strv_free(setup->views[i].controllers);
    }
    for (size_t i = 0; i < setup->device_count; i++) {
        fd_close(setup->devices[i].tree);
        free(setup->devices[i].path);
    }
    fd_close(setup->nodes);
    free(setup->mounts);
    free(setup->devices);
    free_root(&setup->root);
    cgroup_close(&setup->cgroup);
    cgroup_close(&setup->inner);
    free(setup->unit);
    free(setup->slice);
    program_free(&setup->program);
    setup_close_inside(setup);
    fd_close(setup->parent_channel);
}
