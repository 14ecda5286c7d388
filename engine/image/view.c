/* The daemon's side of the archive process: what it is given, started with, and what is made of its answers. */
#include "image/view.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "image/archive_job.h"
#include "image/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE_ROOM = 1 << 20, LINE_MOST = 64 * 1024 };

static void add_layers(json_t *job, const struct rootfs *rootfs)
{
    json_object_set_new(job, "lower", json_from_strv(rootfs->lower));
    json_object_set_new(job, "upper", json_string(rootfs->upper));
    json_object_set_new(job, "work", json_string(rootfs->work));
    json_object_set_new(job, "target", json_string(rootfs->merged));
}

/* A stopped container that is only read keeps its upper layer to itself: it is the topmost of the lower ones here. */
static void make_scratch(json_t *job)
{
    json_array_insert(json_object_get(job, "lower"), 0, json_object_get(job, "upper"));
    json_object_del(job, "upper");
    json_object_del(job, "work");
    json_object_set_new(job, "scratch", json_true());
}

static json_t *job_for(const char *act, const struct view *view, const char *path, bool writes)
{
    json_t *job = json_pack("{s:s,s:b,s:b,s:b}", "act", act, "running", view->mount_namespace >= 0, "user",
                            view->user_namespace >= 0, "read_only", view->read_only);
    if (path)
        json_object_set_new(job, "path", json_stringn_nocheck(path, strlen(path)));
    if (view->mount_namespace >= 0)
        return job;
    add_layers(job, view->rootfs);
    if (!writes)
        make_scratch(job);
    if (view->mounts)
        json_object_set(job, "mounts", (json_t *)view->mounts);
    return job;
}

static int job_file(const json_t *job, struct error *err)
{
    char *text = json_dumps(job, JSON_COMPACT);
    int fd = text ? memfd_create("slipway-job", MFD_CLOEXEC) : -1;
    int r = fd < 0 ? -EINVAL : write_full(fd, text, strlen(text));
    free(text);
    if (r == 0)
        return fd;
    fd_close(fd);
    return error_set(err, EINVAL, "the path is no valid text");
}

/* Descriptors that must survive are moved out of the way of the numbers they are to get. */
static int spawn(const int given[], size_t count, pid_t *pid)
{
    enum { FIRST_FREE = 16 };
    char *argv[] = {(char *)archive_process_name, NULL}, *environment[] = {NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    int high[USER_NAMESPACE_FD + 1];
    for (size_t i = 0; i < count; i++) {
        high[i] = given[i] < 0 ? -EBADF : fcntl(given[i], F_DUPFD_CLOEXEC, FIRST_FREE);
        if (high[i] >= 0)
            posix_spawn_file_actions_adddup2(&actions, high[i], (int)i);
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, (int)count);
    int r = spawn_program(pid, helper_program(), &actions, POSIX_SPAWN_SETPGROUP, argv, environment);
    for (size_t i = 0; i < count; i++)
        fd_close(high[i]);
    return r;
}

static int start(const json_t *job, const struct view *view, int input, struct view_tar *out, struct error *err)
{
    int data[2] = {-EBADF, -EBADF}, report[2] = {-EBADF, -EBADF};
    *out = (struct view_tar){.fd = -EBADF, .report = -EBADF};
    cleanup_close int file = job_file(job, err), null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (file < 0)
        return file;
    if (pipe2(report, O_CLOEXEC) < 0 || pipe2(data, O_CLOEXEC) < 0) {
        fd_close(report[0]);
        fd_close(report[1]);
        return error_errno(err, errno, "pipe");
    }
    (void)fcntl(data[0], F_SETPIPE_SZ, PIPE_ROOM);
    const int given[] = {input < 0 ? null : input,
                         data[1],
                         STDERR_FILENO,
                         file,
                         report[1],
                         view ? view->mount_namespace : -EBADF,
                         view ? view->user_namespace : -EBADF};
    int r = spawn(given, ARRAY_LEN(given), &out->pid);
    fd_close(data[1]);
    fd_close(report[1]);
    out->fd = data[0];
    out->report = report[0];
    if (r < 0) {
        out->fd = fd_close(out->fd);
        out->report = fd_close(out->report);
        return error_errno(err, -r, "start the archive process");
    }
    return 0;
}

/* The next line of the report; NULL at its end. */
static json_t *next_report(struct view_tar *tar)
{
    cleanup_buf struct buf line = BUF_INIT;
    char c;
    while (line.len < LINE_MOST && read_full(tar->report, &c, 1) == 1 && c != '\n')
        buf_putc(&line, c);
    return line.len ? json_loadb(line.data, line.len, 0, NULL) : NULL;
}

/* The end of the process, and what it says of its work. */
static int outcome(struct view_tar *tar, json_t *doc, struct error *err)
{
    int status = 0;
    cleanup_json json_t *last = doc ? doc : next_report(tar);
    tar->fd = fd_close(tar->fd);
    tar->report = fd_close(tar->report);
    while (waitpid(tar->pid, &status, 0) < 0 && errno == EINTR)
        ;
    tar->pid = 0;
    if (!json_is_integer(json_object_get(last, "code")))
        return error_set(err, EIO, "the archive process ended without a report%s%s", WIFSIGNALED(status) ? ": " : "",
                         WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "");
    int code = (int)json_num(last, "code", EIO);
    return code ? error_set(err, code, "%s", json_str(last, "message", "")) : 0;
}

/* Until the process has something to show; its `stat` document or the error. */
static json_t *begin(const json_t *job, const struct view *view, int input, struct view_tar *out, struct error *err)
{
    if (start(job, view, input, out, err) < 0)
        return NULL;
    json_t *first = next_report(out), *stat_doc = json_object_get(first, "stat");
    if (stat_doc) {
        json_incref(stat_doc);
        json_decref(first);
        return stat_doc;
    }
    if (outcome(out, first ? first : json_null(), err) == 0)
        error_set(err, EIO, "the archive process ended without a report");
    return NULL;
}

json_t *view_stat(const struct view *view, const char *path, struct error *err)
{
    struct view_tar tar;
    cleanup_json json_t *job = job_for("stat", view, path, false);
    json_t *stat_doc = begin(job, view, -EBADF, &tar, err);
    if (stat_doc)
        outcome(&tar, NULL, NULL);
    return stat_doc;
}

int view_get(const struct view *view, const char *path, struct view_tar *out, json_t **stat_doc, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    cleanup_json json_t *job = job_for("get", view, path, false);
    *stat_doc = begin(job, view, -EBADF, out, err);
    return *stat_doc ? 0 : -err->code;
}

static int open_tar(const json_t *job, const struct view *view, struct view_tar *out, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    cleanup_json json_t *nothing = begin(job, view, -EBADF, out, err);
    return nothing ? 0 : -err->code;
}

int view_export(const struct view *view, struct view_tar *out, struct error *err)
{
    cleanup_json json_t *job = job_for("export", view, NULL, false);
    return open_tar(job, view, out, err);
}

int view_layer(const struct rootfs *rootfs, struct view_tar *out, struct error *err)
{
    cleanup_json json_t *job = json_pack("{s:s}", "act", "layer");
    add_layers(job, rootfs);
    return open_tar(job, NULL, out, err);
}

int view_close(struct view_tar *tar, struct error *err)
{
    if (tar->pid <= 0)
        return 0;
    tar->fd = fd_close(tar->fd); /* still writing: it ends by SIGPIPE */
    return outcome(tar, NULL, err);
}

int view_put(const struct view *view, const char *path, const struct view_put_options *options, int fd, struct error *err)
{
    struct view_tar tar;
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    cleanup_json json_t *job = job_for("put", view, path, true);
    json_object_set_new(job, "keep_kind", json_boolean(options->keep_kind));
    json_object_set_new(job, "owner", json_boolean(options->owner));
    json_object_set_new(job, "uid", json_integer(options->uid));
    json_object_set_new(job, "gid", json_integer(options->gid));
    cleanup_json json_t *ready = begin(job, view, fd, &tar, err);
    return ready ? outcome(&tar, NULL, err) : -err->code;
}

bool view_is_tar(int fd)
{
    struct view_tar tar;
    cleanup_json json_t *job = json_pack("{s:s}", "act", "probe");
    cleanup_json json_t *found = begin(job, NULL, fd, &tar, NULL);
    return found && outcome(&tar, NULL, NULL) == 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(json_str(*(json_t *const *)a, "Path", ""), json_str(*(json_t *const *)b, "Path", ""));
}

/* Records are a letter, the path, and NUL, a directory before what is in it. One that is there only because of what is below it
 * ('s') counts when something below it does: so they are read from the last to the first. */
static json_t *parse_changes(const char *data, size_t len)
{
    size_t count = 0, kept = 0, room = 64;
    const char **records = xmalloc(room * sizeof *records), *below = "";
    for (const char *p = data, *end = data + len; p < end; p += strlen(p) + 1) {
        if (count == room)
            records = xrealloc(records, (room *= 2) * sizeof *records);
        records[count++] = p;
    }
    json_t **list = xcalloc(count + 1, sizeof(json_t *)), *out = json_array();
    while (count--) {
        char kind = *records[count];
        const char *path = kind ? records[count] + 1 : "";
        size_t own = strlen(path);
        if (kind == 's' && (strncmp(below, path, own) != 0 || below[own] != '/'))
            continue;
        below = path;
        list[kept++] = json_pack("{s:o,s:i}", "Path", json_text_value(path, own), "Kind", kind == 'A' ? 1 : kind == 'D' ? 2 : 0);
    }
    qsort(list, kept, sizeof(json_t *), by_path);
    for (size_t i = 0; i < kept; i++)
        json_array_append_new(out, list[i]);
    free(list);
    free(records);
    return out;
}

json_t *view_changes(const struct rootfs *rootfs, struct error *err)
{
    struct view_tar tar;
    cleanup_buf struct buf all = BUF_INIT;
    char block[16 * 1024];
    cleanup_json json_t *job = json_pack("{s:s}", "act", "changes");
    add_layers(job, rootfs);
    if (open_tar(job, NULL, &tar, err) < 0)
        return NULL;
    for (ssize_t got; (got = read(tar.fd, block, sizeof block)) > 0;)
        buf_add(&all, block, (size_t)got);
    buf_putc(&all, 0);
    return outcome(&tar, NULL, err) < 0 ? NULL : parse_changes(all.data, all.len - 1);
}
