/* Checkpoint and restore: criu(8) is told which of a container's mounts, namespaces and open files are not its own, and how to find
 * them again. What is ours lies beside CRIU's images as slipway.json: the standard streams, and what was external. */
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/helper.h"
#include "kernel/process.h"
#include "runtime/setup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define NOTES "slipway.json"

/* --- criu itself --- */

static char *find_criu(struct error *err)
{
    char **places cleanup_strv = str_split(str_or(getenv("PATH"), "/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"), ':');
    for (size_t i = 0; places && places[i]; i++) {
        char *path cleanup_free = path_join(str_or(places[i], "."), "criu");
        if (access(path, X_OK) == 0)
            return move_ptr(path);
    }
    error_set(err, ENOENT, "checkpoint and restore need CRIU, and there is no criu in $PATH: install the package criu");
    return NULL;
}

/* The first error in CRIU's log is the cause, those after it are its consequences. */
static char *reason(const char *text)
{
    const char *line = text ? strstr(text, "Error (") : NULL;
    const char *words = line ? strstr(line, "): ") : NULL;
    return words ? xstrndup(words + 3, strcspn(words + 3, "\n")) : NULL;
}

static int run_criu(struct steps *steps, char *const *args, const char *work, const char *log, const int *fds, size_t count,
                    struct error *err)
{
    char *path cleanup_free = find_criu(err), *log_path cleanup_free = path_join(work, log);
    struct buf said cleanup_buf = BUF_INIT;
    struct error why = ERROR_INIT;
    if (!path)
        return -ENOENT;
    const struct helper helper = {.path = path, .args = args, .out = -1, .err = -1, .fds = fds, .fd_count = count};
    int rc = helper_run(steps, "criu", &helper, &said, &why);
    if (rc == 0)
        return 0;
    char *text cleanup_free = path_exists(log_path) ? file_read(log_path, NULL, NULL) : NULL, *cause cleanup_free = reason(text);
    if (!cause)
        cause = reason(said.data);
    return error_set(err, why.code, "criu %s: %s: %s (see %s)", args[1], why.message,
                     cause ? cause : str_or(said.len ? str_trim(said.data) : "", "it does not say why"), log_path);
}

static void add_common(char ***args, const char *action, const struct runtime_checkpoint *options, const char *work)
{
    const struct {
        bool wanted;
        const char *flag;
    } flags[] = {
        {options->tcp_established, "--tcp-established"},
        {options->ext_unix_sk, "--ext-unix-sk"},
        {options->shell_job, "--shell-job"},
        {options->file_locks, "--file-locks"},
    };
    strv_add(args, "criu");
    strv_add(args, action);
    strv_take(args, str_format("--images-dir=%s", options->image_path));
    strv_take(args, str_format("--work-dir=%s", work));
    strv_take(args, str_format("--log-file=%s.log", action));
    strv_add(args, "-v4");
    strv_take(args, str_format("--manage-cgroups=%s", str_or(options->manage_cgroups, "soft")));
    for (size_t i = 0; i < ARRAY_LEN(flags); i++)
        if (flags[i].wanted)
            strv_add(args, flags[i].flag);
}

static int check_options(const struct runtime_checkpoint *options, struct error *err)
{
    static const char *const modes[] = {"soft", "full", "strict", "ignore"};
    bool known = !options->manage_cgroups;
    for (size_t i = 0; i < ARRAY_LEN(modes) && !known; i++)
        known = !strcmp(options->manage_cgroups, modes[i]);
    if (str_empty(options->image_path))
        return error_set(err, EINVAL, "the path of the checkpoint's images is missing");
    return known ? 0
                 : error_set(err, EINVAL, "invalid manage-cgroups mode \"%s\": soft, full, strict and ignore are possible",
                             options->manage_cgroups);
}

/* --- what is not the container's own --- */

/* Bind mounts by their destinations. */
static void add_mounts(char ***args, const json_t *config, bool restore)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_object_get(config, "mounts"), i, item)
    {
        struct mount_options options = {0};
        const char *destination = json_str(item, "destination", "");
        mount_options_parse(json_object_get(item, "options"), &options);
        if (options.bind || str_equal(json_str(item, "type", ""), "bind"))
            strv_take(args, str_format("--external=mnt[%s]:%s", destination, restore ? json_str(item, "source", "") : destination));
        mount_options_free(&options);
    }
}

/* Namespaces that were joined by their paths: the network's and the pid's are all that CRIU lets be somebody else's. */
static void add_namespaces(char ***args, const json_t *config, pid_t pid)
{
    size_t i;
    json_t *item;
    json_array_foreach(json_at(config, "linux.namespaces"), i, item)
    {
        const struct namespace_kind *kind = namespace_kind(json_str(item, "type", ""));
        struct stat status;
        char *path cleanup_free = kind ? str_format("/proc/%d/ns/%s", (int)pid, kind->file) : NULL;
        if (kind && *json_str(item, "path", "") && kind->flag & (CLONE_NEWNET | CLONE_NEWPID) && stat(path, &status) == 0)
            strv_take(args, str_format("--external=%s[%llu]:extRoot%s", kind->file, (unsigned long long)status.st_ino, kind->file));
    }
}

/* Is the mount of this number one of the process's own mount namespace? */
static bool own_mount(pid_t pid, long long number)
{
    char *path cleanup_free = str_format("/proc/%d/mountinfo", (int)pid), *text cleanup_free = file_read(path, NULL, NULL);
    char *start cleanup_free = str_format("\n%lld ", number);
    return text && (strstr(text, start) || strncmp(text, start + 1, strlen(start + 1)) == 0);
}

/* "pipe:[123]", "socket:[5]", or "file[1f:2ab]" (both hexadecimal) of a file that lies outside; NULL for one of the container's
 * own. */
static char *stream_name(pid_t pid, int fd)
{
    char *path cleanup_free = str_format("/proc/%d/fd/%d", (int)pid, fd),
               *info_path cleanup_free = str_format("/proc/%d/fdinfo/%d", (int)pid, fd);
    char target[PATH_MAX];
    struct stat status;
    ssize_t len = readlink(path, target, sizeof target - 1);
    if (len <= 0)
        return NULL;
    target[len] = 0;
    if (str_starts(target, "pipe:[") || str_starts(target, "socket:["))
        return xstrdup(target);
    char *info cleanup_free = file_read(info_path, NULL, NULL), *line = info ? strstr(info, "mnt_id:") : NULL;
    long long number = line ? atoll(line + strlen("mnt_id:")) : 0;
    if (!line || own_mount(pid, number) || stat(path, &status) < 0)
        return NULL;
    return str_format("file[%llx:%llx]", number, (unsigned long long)status.st_ino);
}

static json_t *add_streams(char ***args, pid_t pid)
{
    json_t *list = json_array();
    for (int fd = 0; fd < 3; fd++) {
        char *name cleanup_free = stream_name(pid, fd);
        if (name && str_starts(name, "file["))
            strv_take(args, str_format("--external=%s", name));
        json_array_append_new(list, name ? json_string(name) : json_null());
    }
    return list;
}

/* --- checkpoint --- */

int runtime_checkpoint(const struct container *container, const struct runtime_checkpoint *options, struct error *err)
{
    const char *action = options->pre_dump ? "pre-dump" : "dump", *work = str_or(options->work_path, options->image_path);
    char **args cleanup_strv = NULL;
    int rc = check_options(options, err);
    if (!rc && container->pid <= 0)
        rc = error_set(err, ESRCH, "container %s is not running", container->id);
    if (!rc)
        rc = path_make_dirs(options->image_path, 0700, err);
    if (!rc)
        rc = path_make_dirs(work, 0700, err);
    if (rc < 0)
        return rc;
    add_common(&args, action, options, work);
    strv_take(&args, str_format("--tree=%d", (int)container->pid));
    if (options->leave_running && !options->pre_dump)
        strv_add(&args, "--leave-running");
    if (options->pre_dump || options->parent_path)
        strv_add(&args, "--track-mem");
    if (options->parent_path)
        strv_take(&args, str_format("--prev-images-dir=%s", options->parent_path));
    add_mounts(&args, container->config, false);
    add_namespaces(&args, container->config, container->pid);
    json_t *notes cleanup_json = json_pack("{so}", "streams", add_streams(&args, container->pid));
    char *log cleanup_free = str_format("%s.log", action), *path cleanup_free = path_join(options->image_path, NOTES);
    rc = run_criu(container->steps, args, work, log, NULL, 0, err);
    return rc || options->pre_dump ? rc : json_write_file(path, notes, 0600, false, err);
}

/* --- restore --- */

struct restoring {
    struct setup *setup;
    const struct runtime_checkpoint *options;
    char **args;
    int fds[8];
    size_t fd_count;
    bool made; /* the cgroup */
};

static void inherit(struct restoring *restoring, int fd, const char *resource)
{
    strv_take(&restoring->args, str_format("--inherit-fd=fd[%d]:%s", 3 + (int)restoring->fd_count, resource));
    restoring->fds[restoring->fd_count++] = fd;
}

static int add_old_streams(struct restoring *restoring, struct error *err)
{
    const struct runtime_stdio *io = &restoring->setup->io;
    const int streams[3] = {io->in >= 0 ? io->in : 0, io->out >= 0 ? io->out : 1, io->err >= 0 ? io->err : 2};
    char *path cleanup_free = path_join(restoring->options->image_path, NOTES);
    json_t *notes cleanup_json = json_read_file(path, err);
    if (!notes)
        return error_prefix(err, "%s holds no checkpoint of this runtime", restoring->options->image_path);
    for (size_t i = 0; i < 3; i++) {
        const char *name = json_string_value(json_array_get(json_object_get(notes, "streams"), i));
        bool seen = false;
        for (size_t k = 0; k < i && name; k++)
            seen |= str_equal(name, json_string_value(json_array_get(json_object_get(notes, "streams"), k)));
        if (name && !seen)
            inherit(restoring, streams[i], name);
    }
    return 0;
}

static void add_old_namespaces(struct restoring *restoring)
{
    for (size_t i = 0; i < restoring->setup->join_count; i++) {
        const struct setup_join *join = &restoring->setup->joins[i];
        char *name cleanup_free = str_format("extRoot%s", join->kind->file);
        if (join->kind->flag & (CLONE_NEWNET | CLONE_NEWPID))
            inherit(restoring, join->fd, name);
    }
}

/* CRIU wants the root to be a mount; it is one in a mount namespace that only CRIU and we are in, for as long as this takes. */
static int with_root(struct restoring *restoring, const char *work, struct error *err)
{
    struct setup *setup = restoring->setup;
    int root cleanup_close = -EBADF;
    int rc = rootfs_make(setup, &root, err);
    return rc ? rc : run_criu(setup->steps, restoring->args, work, "restore.log", restoring->fds, restoring->fd_count, err);
}

static int in_own_mounts(struct restoring *restoring, const char *work, struct error *err)
{
    int home cleanup_close = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC),
             directory cleanup_close = open(".", O_PATH | O_CLOEXEC);
    if (home < 0)
        return error_errno(err, errno, "open /proc/self/ns/mnt");
    int rc = namespace_unshare(restoring->setup->steps, CLONE_NEWNS, err);
    if (rc < 0)
        return rc;
    rc = with_root(restoring, work, err);
    (void)namespace_join(NULL, home, namespace_kind("mount"), "home", NULL);
    (void)!fchdir(directory);
    return rc;
}

static int take_over(const char *pid_path, struct container *out, struct error *err)
{
    char *text cleanup_free = file_read(pid_path, NULL, err);
    long long pid;
    unlink(pid_path);
    if (!text)
        return -err->code;
    if (!str_to_int(str_trim(text), &pid) || pid <= 0)
        return error_set(err, EPROTO, "criu restore: \"%s\" is no process id", text);
    out->pidfd = process_open((pid_t)pid);
    if (out->pidfd < 0)
        return error_errno(err, -out->pidfd, "the restored process %lld", pid);
    out->pid = (pid_t)pid;
    return 0;
}

static int restore(struct restoring *restoring, struct container *out, struct error *err)
{
    struct setup *setup = restoring->setup;
    const char *work = str_or(restoring->options->work_path, restoring->options->image_path);
    char *pid_path cleanup_free = str_format("%s/restore-%d.pid", work, (int)getpid());
    int rc = path_make_dirs(work, 0700, err);
    restoring->made = !rc; /* or half of it, if that fails */
    if (!rc)
        rc = setup_cgroup_make(setup, err);
    if (!rc)
        rc = setup_sources(setup, err);
    if (rc < 0)
        return rc;
    strv_add(&restoring->args, "--restore-detached");
    strv_add(&restoring->args, "--restore-sibling");
    strv_take(&restoring->args, str_format("--pidfile=%s", pid_path));
    strv_take(&restoring->args, str_format("--root=%s", setup->root.path));
    if (setup->cgroup.path)
        strv_take(&restoring->args, str_format("--cgroup-root=%s", setup->cgroup.path));
    add_mounts(&restoring->args, setup->config, true);
    rc = in_own_mounts(restoring, work, err);
    return rc ? rc : take_over(pid_path, out, err);
}

int runtime_restore(const char *id, const char *bundle, json_t *config, const struct runtime_checkpoint *options,
                    const struct runtime_stdio *io, struct steps *steps, struct container *out, struct error *err)
{
    struct setup setup = {.id = id, .bundle = bundle, .steps = steps, .io = *io};
    struct restoring restoring = {.setup = &setup, .options = options};
    char *path cleanup_free = str_format("%s/config.json", bundle);
    *out = (struct container){.pidfd = -EBADF, .start_fd = -EBADF, .steps = steps};
    setup.config = config ? json_incref(config) : json_read_file(path, err);
    if (!setup.config)
        return -err->code;
    setup_none(&setup);
    int rc = check_options(options, err);
    if (!rc)
        rc = setup_prepare(&setup, bundle, err);
    if (!rc) {
        add_common(&restoring.args, "restore", options, str_or(options->work_path, options->image_path));
        rc = add_old_streams(&restoring, err);
    }
    if (!rc) {
        add_old_namespaces(&restoring);
        rc = restore(&restoring, out, err);
    }
    if (rc < 0 && restoring.made)
        setup_cgroup_undo(&setup);
    if (!rc)
        setup_hand_over(&setup, out);
    strv_free(restoring.args);
    json_decref(setup.config);
    setup_free(&setup);
    return rc;
}
