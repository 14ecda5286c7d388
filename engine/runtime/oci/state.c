/* What slipway-oci remembers of a container: <root>/<id>/state.json, locked by flock(2) on the directory. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup.h"
#include "runtime/oci/oci.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Letters, digits, and "_+-." inside, as runc has it: an id becomes the name of a directory. */
static int check_id(const char *id, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
    if (!*id || strlen(id) > 1024 || strspn(id, allowed) != strlen(id) || !strcmp(id, ".") || !strcmp(id, ".."))
        return error_set(err, EINVAL, "\"%s\" is no container id: letters, digits and _ + - . are possible", id);
    return 0;
}

static int lock_directory(struct oci_state *state, struct error *err)
{
    state->lock = open(state->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->lock < 0 || flock(state->lock, LOCK_EX) < 0)
        return error_errno(err, errno, "lock %s", state->directory);
    return 0;
}

int oci_new(const char *id, struct oci_state *state, struct error *err)
{
    *state = (struct oci_state){.lock = -EBADF};
    int rc = check_id(id, err);
    if (rc || (rc = path_make_dirs(oci_globals.root, 0711, err)) < 0)
        return rc;
    state->directory = path_join(oci_globals.root, id);
    if (mkdir(state->directory, 0711) < 0) {
        rc = errno == EEXIST ? error_set(err, EEXIST, "container with id %s exists already", id)
                             : error_errno(err, errno, "make %s", state->directory);
        oci_close(state);
        return rc;
    }
    state->json = json_pack("{ss ss si}", "ociVersion", "1.2.0", "id", id, "pid", 0);
    return lock_directory(state, err);
}

int oci_open(const char *id, struct oci_state *state, struct error *err)
{
    *state = (struct oci_state){.lock = -EBADF};
    int rc = check_id(id, err);
    if (rc < 0)
        return rc;
    state->directory = path_join(oci_globals.root, id);
    char *path cleanup_free = path_join(state->directory, "state.json");
    if (!path_exists(state->directory))
        rc = error_set(err, ENOENT, "container \"%s\" does not exist", id);
    else
        rc = lock_directory(state, err);
    if (!rc && !path_exists(path)) /* its create died in between */
        state->json = json_pack("{ss ss si}", "ociVersion", "1.2.0", "id", id, "pid", 0);
    else if (!rc && !(state->json = json_read_file(path, err)))
        rc = -err->code;
    if (rc < 0)
        oci_close(state);
    return rc;
}

int oci_save(const struct oci_state *state, struct error *err)
{
    char *path cleanup_free = path_join(state->directory, "state.json");
    return json_write_file(path, state->json, 0600, false, err);
}

int oci_forget(struct oci_state *state, struct error *err) { return path_remove_tree(state->directory, err); }

void oci_close(struct oci_state *state)
{
    free(state->directory);
    if (state->lock >= 0)
        flock(state->lock, LOCK_UN); /* an init that waits holds a copy of the descriptor, and with it the lock */
    fd_close(state->lock);
    json_decref(state->json);
    *state = (struct oci_state){.lock = -EBADF};
}

/* Field 22 of /proc/PID/stat, after the command in parentheses; field 3 is 'Z' for a zombie, which counts as none. */
long long oci_process_start(pid_t pid)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    char *text cleanup_free = pid > 0 ? file_read(path, NULL, NULL) : NULL;
    char *rest = text ? strrchr(text, ')') : NULL;
    if (!rest || rest[2] == 'Z' || rest[2] == 'X')
        return 0;
    rest += 2;
    for (int field = 3; field < 22 && rest; field++)
        (void)strsep(&rest, " ");
    return rest ? atoll(rest) : 0;
}

static bool is_paused(const struct oci_state *state)
{
    struct cgroup cgroup;
    struct error ignored = ERROR_INIT;
    bool paused = false;
    if (cgroup_open(json_str(state->json, "cgroup", "/"), &cgroup, &ignored) == 0) {
        paused = cgroup_frozen(&cgroup);
        cgroup_close(&cgroup);
    }
    return paused;
}

const char *oci_status(const struct oci_state *state)
{
    pid_t pid = (pid_t)json_num(state->json, "pid", 0);
    char *waiting cleanup_free = path_join(state->directory, "start.sock");
    long long start = oci_process_start(pid);
    if (!start || start != json_num(state->json, "start_time", -1))
        return "stopped";
    if (path_exists(waiting))
        return "created";
    return is_paused(state) ? "paused" : "running";
}

char **oci_ids(void)
{
    char **list = NULL;
    DIR *dir cleanup_dir = opendir(oci_globals.root);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (entry->d_name[0] != '.')
            strv_add(&list, entry->d_name);
    return list;
}

int oci_load(const struct oci_state *state, struct container *container, struct error *err)
{
    pid_t pid = (pid_t)json_num(state->json, "pid", 0);
    long long start = oci_process_start(pid);
    if (!start || start != json_num(state->json, "start_time", -1))
        pid = 0;
    int rc = runtime_load(json_str(state->json, "id", ""), json_str(state->json, "bundle", ""), pid, container, err);
    if (!rc && json_object_get(state->json, "cgroup")) {
        free(container->cgroup_path);
        container->cgroup_path = xstrdup(json_str(state->json, "cgroup", "/"));
    }
    return rc;
}
