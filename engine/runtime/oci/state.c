/* What slipway-oci remembers of a container: <root>/<id>/status, and beside it config.json as it was when the container was
 * made. Both are replaced as a whole, so whoever only looks needs no lock; whoever changes something holds flock(2) on the
 * directory. What is known of a container is written before there is anything of it, so that `delete` finds what a create that was
 * killed left behind. */
#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/cgroup/cgroup.h"
#include "runtime/oci/oci.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define STATE_FILE  "status" /* as crun calls it: who looks there finds "pid" and "external_descriptors" */
#define CONFIG_FILE "config.json"
#define BRIEF_FILE  "exec.json"

/* Letters, digits, and "_+-." inside, as runc has it: an id becomes the name of a directory. */
static int check_id(const char *id, struct error *err)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-.";
    size_t good = strspn(id, allowed);
    if (id[good])
        return error_set(err, EINVAL,
                         "invalid character `%c` in container ID \"%s\", which is no container id: letters, digits and _ + - . are "
                         "possible",
                         id[good], id);
    if (!*id || *id == '.' || strlen(id) > 255)
        return error_set(err, EINVAL, "invalid container ID \"%s\": 1 to 255 characters, the first of them no dot", id);
    return 0;
}

/* Whoever held the lock may have deleted the container, and another of the same name may be there by now. */
static bool is_there(const struct oci_state *state)
{
    struct stat held, named;
    return fstat(state->fd, &held) == 0 && stat(state->directory, &named) == 0 && held.st_ino == named.st_ino;
}

static int open_directory(struct oci_state *state, bool lock, struct error *err)
{
    state->fd = open(state->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (state->fd < 0 && errno == ENOENT)
        return error_set(err, ENOENT, "container \"%s\" does not exist", strrchr(state->directory, '/') + 1);
    if (state->fd < 0)
        return error_errno(err, errno, "open %s", state->directory);
    if (!lock)
        return 0;
    state->locked = true;
    if (flock(state->fd, LOCK_EX) < 0)
        return error_errno(err, errno, "lock %s", state->directory);
    if (!is_there(state))
        return error_set(err, ENOENT, "container \"%s\" does not exist", strrchr(state->directory, '/') + 1);
    return 0;
}

static json_t *state_of_unknown(const char *id) { return json_pack("{ss ss si}", "ociVersion", RUNTIME_SPEC, "id", id, "pid", 0); }

int oci_new(const char *id, struct oci_state *state, struct error *err)
{
    *state = (struct oci_state){.fd = -EBADF};
    int rc = check_id(id, err);
    if (rc || (rc = path_make_dirs(oci_globals.root, 0711, err)) < 0)
        return rc;
    state->directory = path_join(oci_globals.root, id);
    if (mkdir(state->directory, 0711) < 0)
        rc = errno == EEXIST ? error_set(err, EEXIST, "container with id %s exists already", id)
                             : error_errno(err, errno, "make %s", state->directory);
    else
        rc = open_directory(state, true, err);
    state->json = state_of_unknown(id);
    json_object_set_new(state->json, "maker", json_integer(getpid()));
    json_object_set_new(state->json, "maker_start", json_integer(oci_process_start(getpid())));
    if (rc < 0)
        oci_close(state);
    return rc;
}

static int read_at(const struct oci_state *state, const char *name, json_t **json, struct error *err)
{
    struct error why = ERROR_INIT;
    size_t len;
    char *text cleanup_free = file_read_at(state->fd, name, &len, &why);
    *json = text ? json_parse(text, len, name, &why) : NULL;
    return *json ? 0 : error_set(err, why.code, "%s/%s: %s", state->directory, name, why.message);
}

static int open_state(const char *id, bool lock, struct oci_state *state, struct error *err)
{
    *state = (struct oci_state){.fd = -EBADF};
    int rc = check_id(id, err);
    if (rc < 0)
        return rc;
    state->directory = path_join(oci_globals.root, id);
    rc = open_directory(state, lock, err);
    if (!rc && faccessat(state->fd, STATE_FILE, F_OK, 0) < 0) /* its maker has not come that far, or died before */
        state->json = state_of_unknown(id);
    else if (!rc)
        rc = read_at(state, STATE_FILE, &state->json, err);
    if (rc < 0)
        oci_close(state);
    return rc;
}

int oci_open(const char *id, struct oci_state *state, struct error *err) { return open_state(id, true, state, err); }
int oci_look(const char *id, struct oci_state *state, struct error *err) { return open_state(id, false, state, err); }

/* Beside the file that it will replace. Whoever holds the lock is the only one to write here. */
static int write_new(const struct oci_state *state, const char *name, const json_t *json, struct error *err)
{
    char *text cleanup_free = json_text(json);
    int fd cleanup_close = openat(state->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc = fd < 0 ? -errno : write_full(fd, text, strlen(text));
    return rc < 0 ? error_errno(err, -rc, "write %s/%s", state->directory, name) : 0;
}

static int put_in_place(const struct oci_state *state, const char *name, const char *as, struct error *err)
{
    return renameat(state->fd, name, state->fd, as) < 0 ? error_errno(err, errno, "write %s/%s", state->directory, as) : 0;
}

int oci_save_ready(const struct oci_state *state, struct error *err)
{
    return write_new(state, STATE_FILE ".new", state->json, err);
}

int oci_save_settled(const struct oci_state *state, struct error *err)
{
    return put_in_place(state, STATE_FILE ".new", STATE_FILE, err);
}

int oci_save(const struct oci_state *state, struct error *err)
{
    int rc = oci_save_ready(state, err);
    return rc ? rc : oci_save_settled(state, err);
}

int oci_save_config(const struct oci_state *state, const json_t *config, struct error *err)
{
    int rc = write_new(state, CONFIG_FILE ".new", config, err);
    return rc ? rc : put_in_place(state, CONFIG_FILE ".new", CONFIG_FILE, err);
}

int oci_forget(struct oci_state *state, struct error *err)
{
    static const char *const usual[] = {STATE_FILE, CONFIG_FILE, BRIEF_FILE};
    for (size_t i = 0; i < ARRAY_LEN(usual); i++)
        unlinkat(state->fd, usual[i], 0);
    return rmdir(state->directory) == 0 ? 0 : path_remove_tree(state->directory, err);
}

void oci_unlock(struct oci_state *state)
{
    flock(state->fd, LOCK_UN);
    state->locked = false;
}

bool oci_lock_again(struct oci_state *state)
{
    state->locked = flock(state->fd, LOCK_EX) == 0;
    return state->locked && is_there(state);
}

void oci_close(struct oci_state *state)
{
    free(state->directory);
    if (state->fd >= 0)
        flock(state->fd, LOCK_UN); /* an init that waits holds a copy of the descriptor, and with it the lock */
    fd_close(state->fd);
    json_decref(state->json);
    *state = (struct oci_state){.fd = -EBADF};
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

static bool lives(const struct oci_state *state, const char *pid, const char *start)
{
    long long began = oci_process_start((pid_t)json_num(state->json, pid, 0));
    return began && began == json_num(state->json, start, -1);
}

bool oci_alive(const struct oci_state *state) { return lives(state, "pid", "start_time"); }

static bool is_paused(const struct oci_state *state)
{
    const char *path = json_str(state->json, "cgroup", "");
    struct cgroup cgroup;
    if (!*path || cgroup_open(path, &cgroup, NULL) < 0)
        return false;
    bool paused = cgroup_frozen(&cgroup);
    cgroup_close(&cgroup);
    return paused;
}

char *oci_start_socket(const struct oci_state *state) { return str_format("/proc/self/fd/%d/start.sock", state->fd); }

/* The socket's name may outlive its use, when `start` was killed; only an init that waits listens. */
static bool waits_for_start(const struct oci_state *state)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (faccessat(state->fd, "start.sock", F_OK, 0) < 0)
        return false;
    int probe cleanup_close = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/start.sock", state->fd);
    return connect(probe, (struct sockaddr *)&address, sizeof address) == 0 || errno == EAGAIN;
}

/* Whoever holds the lock knows that nobody else is making it. Without a word from its maker, a directory is one that has just been
 * made, or what is left of a maker that was killed. */
static bool is_being_made(const struct oci_state *state)
{
    struct stat status;
    if (state->locked || json_num(state->json, "pid", 0))
        return false;
    if (json_object_get(state->json, "maker"))
        return lives(state, "maker", "maker_start");
    return fstat(state->fd, &status) == 0 && time(NULL) - status.st_mtime < 2;
}

const char *oci_status(const struct oci_state *state)
{
    if (!oci_alive(state))
        return is_being_made(state) ? "creating" : "stopped";
    if (waits_for_start(state))
        return "created";
    return is_paused(state) ? "paused" : "running";
}

static int by_name(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

char **oci_ids(void)
{
    char **list = NULL;
    (void)directory_names(oci_globals.root, &list, NULL);
    if (list)
        qsort(list, strv_len(list), sizeof *list, by_name);
    return list;
}

static int load(const struct oci_state *state, json_t *config, struct container *container, struct error *err)
{
    const char *bundle = json_str(state->json, "bundle", ""), *id = json_str(state->json, "id", "");
    int rc = runtime_load_config(id, bundle, config, oci_alive(state) ? (pid_t)json_num(state->json, "pid", 0) : 0, container, err);
    const char *cgroup = json_str(state->json, "cgroup", NULL);
    if (!rc && (cgroup || json_num(state->json, "pid", 0))) { /* made without a group, it has none */
        free(container->cgroup_path);
        container->cgroup_path = cgroup ? xstrdup(cgroup) : NULL;
        container->unit = json_object_get(state->json, "unit") ? xstrdup(json_str(state->json, "unit", "")) : NULL;
    }
    return rc;
}

int oci_load(const struct oci_state *state, struct container *container, struct error *err)
{
    json_t *config cleanup_json = NULL;
    *container = (struct container){.pidfd = -EBADF, .start_fd = -EBADF};
    int rc = read_at(state, CONFIG_FILE, &config, err);
    return rc ? rc : load(state, config, container, err);
}

/* Nobody reads it before the container is there. */
int oci_save_brief(const struct oci_state *state, const json_t *config, const char *filter, struct error *err)
{
    json_t *brief cleanup_json = runtime_brief(config, filter);
    return write_new(state, BRIEF_FILE, brief, err);
}

int oci_load_brief(const struct oci_state *state, struct container *container, struct error *err)
{
    json_t *brief cleanup_json = NULL;
    *container = (struct container){.pidfd = -EBADF, .start_fd = -EBADF};
    json_t *config = read_at(state, BRIEF_FILE, &brief, NULL) < 0 ? NULL : json_object_get(brief, "config");
    int rc = config ? load(state, config, container, err) : 0;
    if (rc < 0 || (config && runtime_recall(brief, container)))
        return rc;
    container_free(container);
    return oci_load(state, container, err);
}

int oci_reach(const char *id, struct oci_state *state, struct container *container, struct error *err)
{
    int rc = oci_look(id, state, err);
    if (!rc && (rc = oci_load(state, container, err)) < 0)
        oci_close(state);
    return rc;
}
