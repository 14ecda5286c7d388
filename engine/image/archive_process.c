/* The archive process: this very program, started again (posix_spawn; the daemon is never forked) under the name below. A
 * constructor takes over before main, reads its job, enters the container's view, confines itself and does the job. It answers with
 * lines of JSON: {"stat":...} as soon as there is something to look at, and {"code","message"} at the end. */
#include "image/archive_job.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "kernel/mount/mount.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

const char archive_process_name[] = "slipway-archive";

static void say(json_t *doc)
{
    char *text = json_dumps(doc, JSON_COMPACT | JSON_ENSURE_ASCII);
    cleanup_free char *line = str_format("%s\n", text ? text : "{\"code\":5,\"message\":\"a name that is no text\"}");
    free(text);
    json_decref(doc);
    write_full(REPORT_FD, line, strlen(line));
}

static int look(int root, const char *path, int *parent, char **name, struct stat *st, struct error *err)
{
    *parent = path_parent(root, path, name);
    if (*parent < 0)
        return error_errno(err, -*parent, "%s", path);
    if (fstatat(*parent, *name, st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "%s", path);
    return 0;
}

static int job_get(const json_t *job, struct error *err)
{
    struct stat st;
    int parent = -EBADF;
    cleanup_free char *name = NULL, *path = path_absolute(json_str(job, "path", "")), *room = xmalloc(strlen(path) + 1);
    int root = view_enter(job, false, err);
    int r = root < 0 ? root : archive_confine(false, err);
    if (r == 0)
        r = look(root, path, &parent, &name, &st, err);
    if (r < 0)
        return r;
    json_t *stat_doc = path_stat(root, path, parent, name, &st);
    if (!stat_doc)
        return error_set(err, EINVAL, "%s: its name cannot be told as JSON", path);
    say(json_pack("{s:o}", "stat", stat_doc));
    if (str_equal(json_str(job, "act", ""), "stat"))
        return 0;
    struct pack *pack = archive_pack_new();
    r = archive_pack_tree(pack, parent, name, path_base(path, room), err);
    int s = archive_pack_end(pack, r < 0 ? NULL : err);
    return r < 0 ? r : s;
}

static int pack_root(int root, struct error *err)
{
    struct pack *pack = archive_pack_new();
    int r = 0;
    cleanup_strv char **names = names_in(root);
    for (char **name = names; name && *name && r == 0; name++)
        r = archive_pack_tree(pack, root, *name, *name, err);
    int s = archive_pack_end(pack, r < 0 ? NULL : err);
    return r < 0 ? r : s;
}

static int job_export(const json_t *job, struct error *err)
{
    int root = view_enter(job, true, err);
    int r = root < 0 ? root : archive_confine(false, err);
    if (r < 0)
        return r;
    cleanup_close int top = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    say(json_pack("{s:{}}", "stat"));
    return top < 0 ? error_errno(err, errno, "open the root of the container") : pack_root(top, err);
}

/* The mount that a path is in, told by the kernel, is what counts: the root, or a volume. */
static int check_writable(int root, int directory, struct error *err)
{
    struct statvfs fs;
    struct statx here = {0}, top = {0};
    if (fstatvfs(directory, &fs) < 0 || !(fs.f_flag & ST_RDONLY))
        return 0;
    statx(directory, "", AT_EMPTY_PATH, STATX_MNT_ID, &here);
    statx(root, "", AT_EMPTY_PATH, STATX_MNT_ID, &top);
    return error_set(err, EPERM, "%s",
                     here.stx_mnt_id == top.stx_mnt_id ? "container rootfs is marked read-only"
                                                       : "mounted volume is marked read-only");
}

static int job_put(const json_t *job, struct error *err)
{
    cleanup_free char *path = path_absolute(json_str(job, "path", ""));
    const struct place_options options = {.keep_kind = json_flag(job, "keep_kind", false),
                                          .owner = json_flag(job, "owner", false),
                                          .uid = (unsigned)json_num(job, "uid", 0),
                                          .gid = (unsigned)json_num(job, "gid", 0)};
    int root = view_enter(job, false, err);
    int r = root < 0 ? root : archive_confine(false, err);
    if (r < 0)
        return r;
    cleanup_close int directory = root_open(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory == -ENOTDIR)
        return error_set(err, ENOTDIR, "extraction point is not a directory");
    if (directory < 0)
        return error_errno(err, -directory, "%s", path);
    r = check_writable(root, directory, err);
    if (r < 0)
        return r;
    say(json_pack("{s:{}}", "stat"));
    return place_tar(directory, path, &options, err);
}

struct layers {
    int upper;
    int *lowers;
    size_t count;
};

/* By descriptors only, from a root of our own that holds nothing. */
static int open_layers(const json_t *job, struct layers *layers, struct error *err)
{
    cleanup_strv char **lower = json_to_strv(json_at(job, "lower"));
    const char *upper = json_str(job, "upper", "");
    layers->lowers = xcalloc(strv_len(lower) + 1, sizeof(int));
    layers->upper = open(upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (layers->upper < 0)
        return error_errno(err, errno, "open %s", upper);
    for (; lower && lower[layers->count]; layers->count++) {
        layers->lowers[layers->count] = open(lower[layers->count], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (layers->lowers[layers->count] < 0)
            return error_errno(err, errno, "open layer %s", lower[layers->count]);
    }
    (void)namespace_confined(); /* asked now: there will be no /proc */
    if (chdir(json_str(job, "target", "/")) < 0 || chroot(".") < 0)
        return error_errno(err, errno, "leave the file system of the host");
    return 0;
}

static int visit_layer(void *data, char kind, int at, const char *name, const char *path, const struct stat *st, bool same,
                       struct error *err)
{
    (void)same;
    if (kind == 'D')
        return archive_pack_whiteout(data, path, err);
    if (kind == 'O')
        return archive_pack_opaque(data, path, err);
    cleanup_free char *stored = S_ISDIR(st->st_mode) ? str_format("%s/", path) : xstrdup(path);
    return archive_pack_entry(data, at, name, stored, st, err);
}

/* One line per change, for archive_changes. */
static int visit_change(void *data, char kind, int at, const char *name, const char *path, const struct stat *st, bool same,
                        struct error *err)
{
    (void)at;
    (void)name;
    (void)st;
    (void)err;
    struct buf *out = data;
    char head[2] = {same ? 's' : kind, '/'};
    buf_add(out, head, 2);
    buf_add(out, path, strlen(path) + 1);
    if (out->len < 1 << 16)
        return 0;
    int r = write_full(STDOUT_FILENO, out->data, out->len);
    buf_clear(out);
    return r;
}

static int job_upper(const json_t *job, struct error *err)
{
    struct layers layers = {0};
    int r = open_layers(job, &layers, err);
    if (r == 0)
        r = archive_confine(true, err);
    if (r < 0)
        return r;
    say(json_pack("{s:{}}", "stat"));
    if (str_equal(json_str(job, "act", ""), "changes")) {
        cleanup_buf struct buf out = BUF_INIT;
        r = upper_walk(layers.upper, layers.lowers, layers.count, &(struct upper_visitor){visit_change, &out, false}, err);
        return r == 0 && out.len ? write_full(STDOUT_FILENO, out.data, out.len) : r;
    }
    struct pack *pack = archive_pack_new();
    r = upper_walk(layers.upper, layers.lowers, layers.count, &(struct upper_visitor){visit_layer, pack, true}, err);
    int s = archive_pack_end(pack, r < 0 ? NULL : err);
    return r < 0 ? r : s;
}

/* It needs nothing but standard input: its root is a directory in which nothing can be opened or made. */
static int job_probe(const json_t *job, struct error *err)
{
    (void)job;
    int r = chroot("/proc/self/fdinfo") < 0 || chdir("/") < 0 ? error_errno(err, errno, "leave the file system of the host")
                                                              : archive_confine(false, err);
    if (r == 0)
        r = probe_tar(err);
    if (r == 0)
        say(json_pack("{s:{}}", "stat"));
    return r;
}

static const struct {
    const char *act;
    int (*work)(const json_t *job, struct error *err);
} jobs[] = {
    {"stat", job_get},    {"get", job_get},       {"export", job_export}, {"put", job_put},
    {"layer", job_upper}, {"changes", job_upper}, {"probe", job_probe},
};

static int work(struct error *err)
{
    struct rlimit files = {0};
    size_t len;
    cleanup_free char *text = file_read("/proc/self/fd/3", &len, err);
    cleanup_json json_t *job = text ? json_parse(text, len, "the job", err) : NULL;
    if (!job)
        return -err->code;
    umask(0);
    setlocale(LC_CTYPE, "C.UTF-8"); /* names in pax headers are UTF-8 and shall stay what they are */
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max; /* a descriptor for each level of each layer */
    setrlimit(RLIMIT_NOFILE, &files);
    for (size_t i = 0; i < ARRAY_LEN(jobs); i++)
        if (str_equal(jobs[i].act, json_str(job, "act", "")))
            return jobs[i].work(job, err);
    return error_set(err, ENOSYS, "no such job");
}

__attribute__((constructor)) static void archive_process(int argc, char **argv)
{
    if (argc != 1 || !str_equal(argv[0], archive_process_name))
        return;
    struct error err = ERROR_INIT;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, argv[0]); /* the kernel has called it by the number of a descriptor */
    int r = work(&err);
    if (r < 0 && !err.code)
        error_set(&err, -r, "%s", strerror(-r));
    say(json_pack("{s:i,s:o}", "code", r < 0 ? err.code : 0, "message", json_text_value(err.message, strlen(err.message))));
    _exit(0);
}
