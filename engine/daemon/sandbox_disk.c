/* Disks of lab machines; see sandbox_disk.h. */
#include "daemon/sandbox_disk.h"

#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "daemon/instance.h"
#include "daemon/sandbox_engine.h"
#include "kernel/mount/loop.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MKFS "/sbin/mkfs.ext4"

enum { UNUSED_DAYS = 7 };

extern char **environ;

static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER; /* of templates */
static enum { UNTRIED, BOUNDED, UNBOUNDED } known;         /* with `making` */
static struct error reason;

char *sandbox_disk_path(const struct instance *instance)
{
    char *image = path_join(instance->directory, "disk.ext4");
    if (path_exists(image))
        return image;
    free(image);
    return path_join(instance->directory, "disk");
}

/* What is in it at first. */
static int make_tree(struct engine *engine, const char *tree, bool with_engine, struct error *err)
{
    static const char *const names[] = {SANDBOX_UPPER, SANDBOX_SCRATCH, SANDBOX_WORK};
    /* Where disks are directories, files of the learner's root lie here as the host's root's, set-user-ID bits and all: nobody of
     * the host may reach them. */
    int rc = path_make_dirs(tree, 0700, err);
    for (size_t i = 0; i < ARRAY_LEN(names) && rc == 0; i++) {
        cleanup_free char *path = path_join(tree, names[i]);
        rc = path_make_dirs(path, 0755, err);
    }
    cleanup_free char *root = path_join(tree, SANDBOX_ENGINE);
    return rc == 0 && with_engine ? sandbox_engine_files(engine, root, err) : rc;
}

static int run(char *const argv[], struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    pid_t pid;
    int status, rc = spawn_program(&pid, argv[0], &actions, 0, argv, environ);
    if (rc < 0)
        return error_errno(err, -rc, "run %s", argv[0]);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : error_set(err, EIO, "%s failed", argv[0]);
}

/* No journal: nobody looks at it after a crash. */
static int make_image(const char *image, const char *tree, int64_t bytes, int64_t inodes, struct error *err)
{
    char count[24], size[24];
    snprintf(count, sizeof count, "%lld", (long long)inodes);
    snprintf(size, sizeof size, "%lldk", (long long)bytes / 1024);
    char *const argv[] = {(char *)MKFS,
                          (char *)"-q",
                          (char *)"-F",
                          (char *)"-m",
                          (char *)"0",
                          (char *)"-b",
                          (char *)"4096",
                          (char *)"-I",
                          (char *)"256",
                          (char *)"-N",
                          count,
                          (char *)"-O",
                          (char *)"^has_journal,^resize_inode",
                          (char *)"-E",
                          (char *)"lazy_itable_init=1,nodiscard,root_owner=0:0",
                          (char *)"-d",
                          (char *)tree,
                          (char *)image,
                          size,
                          NULL};
    return run(argv, err);
}

/* Named by all that it is made from, so that another image in the store has another. */
static char *template_path(struct engine *engine, bool with_engine, int64_t bytes, int64_t inodes)
{
    cleanup_free char *images = with_engine ? sandbox_engine_stamp(engine) : xstrdup("");
    cleanup_free char *text = str_format("%d %lld %lld %s", with_engine, (long long)bytes, (long long)inodes, images);
    char digest[DIGEST_TEXT];
    digest_bytes(text, strlen(text), digest);
    return str_format("%s/machines/%.16s.ext4", engine->data_root, digest + strlen("sha256:"));
}

static int make_template(struct engine *engine, const char *path, bool with_engine, int64_t bytes, int64_t inodes,
                         struct error *err)
{
    cleanup_free char *tree = str_format("%s.tree", path), *image = str_format("%s.new", path);
    path_remove_tree(tree, NULL);
    unlink(image);
    int rc = make_tree(engine, tree, with_engine, err);
    if (rc == 0)
        rc = make_image(image, tree, bytes, inodes, err);
    if (rc == 0 && rename(image, path) < 0)
        rc = error_errno(err, errno, "rename %s", image);
    unlink(image);
    path_remove_tree(tree, NULL);
    return rc;
}

/* Templates of other sizes and other images that nobody has wanted for a while. */
static void forget_old(const char *directory)
{
    cleanup_dir DIR *dir = opendir(directory);
    time_t now = time(NULL);
    struct stat st;
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (str_ends(entry->d_name, ".ext4") && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            now - st.st_mtime > UNUSED_DAYS * 86400)
            unlinkat(dirfd(dir), entry->d_name, 0);
}

static int get_template_locked(struct engine *engine, const char *path, bool with_engine, int64_t bytes, int64_t inodes,
                               struct error *err)
{
    cleanup_free char *directory = path_join(engine->data_root, "machines");
    int rc = path_make_dirs(directory, 0700, err);
    if (rc < 0 || utimensat(AT_FDCWD, path, NULL, 0) == 0) /* its time says when it was used last */
        return rc;
    forget_old(directory);
    return make_template(engine, path, with_engine, bytes, inodes, err);
}

/* Only where something is: the rest stays a hole. */
static int copy_sparse(int from, int to, off_t size)
{
    if (ftruncate(to, size) < 0)
        return -errno;
    for (off_t at = 0; (at = lseek(from, at, SEEK_DATA)) >= 0;) {
        off_t end = lseek(from, at, SEEK_HOLE), out = at;
        while (at < end) {
            ssize_t n = copy_file_range(from, &at, to, &out, (size_t)(end - at), 0);
            if (n <= 0)
                return n < 0 ? -errno : -EIO;
        }
    }
    return errno == ENXIO ? 0 : -errno;
}

static int copy_template(const char *from_path, const char *to_path, struct error *err)
{
    cleanup_close int from = open(from_path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (from < 0 || fstat(from, &st) < 0)
        return error_errno(err, errno, "open %s", from_path);
    cleanup_close int to = open(to_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    int rc = to < 0 ? -errno : copy_sparse(from, to, st.st_size);
    return rc < 0 ? error_errno(err, -rc, "copy %s to %s", from_path, to_path) : 0;
}

/* Where loop devices are a module, nobody may have asked for them yet. */
static void load_loop(void)
{
    char *const argv[] = {(char *)"/sbin/modprobe", (char *)"-q", (char *)"loop", NULL};
    struct error ignored = ERROR_INIT;
    if (!path_exists("/dev/loop-control") && path_exists(argv[0]))
        (void)run(argv, &ignored);
}

static void try_locked(struct engine *engine, const char *image)
{
    struct error why = ERROR_INIT;
    load_loop();
    int tree = loop_mount(NULL, image, &why);
    known = tree < 0 ? UNBOUNDED : BOUNDED;
    fd_close(tree);
    if (known == UNBOUNDED) {
        error_set(&reason, why.code, "%s", why.message);
        log_warn("the disks of lab machines below %s have no bound: %s", engine->data_root, why.message);
    }
}

/* The template's path, or NULL where disks are directories. */
static char *template(struct engine *engine, bool with_engine, int64_t bytes, int64_t inodes)
{
    struct error why = ERROR_INIT;
    char *path = template_path(engine, with_engine, bytes, inodes);
    pthread_mutex_lock(&making);
    int rc = known == UNBOUNDED ? -ENOTSUP : get_template_locked(engine, path, with_engine, bytes, inodes, &why);
    if (rc == 0 && known == UNTRIED)
        try_locked(engine, path);
    else if (rc < 0 && known == UNTRIED) {
        known = UNBOUNDED;
        error_set(&reason, why.code, "%s", why.message);
        log_warn("the disks of lab machines have no bound: %s", why.message);
    }
    bool usable = rc == 0 && known == BOUNDED;
    pthread_mutex_unlock(&making);
    if (usable)
        return path;
    free(path);
    return NULL;
}

bool sandbox_disk_bounded(struct engine *engine, struct error *why)
{
    cleanup_free char *path = template(engine, false, 16 << 20, 1024);
    if (!path)
        *why = reason;
    return path != NULL;
}

int sandbox_disk_make(struct instance *instance, int64_t bytes, int64_t inodes, struct error *err)
{
    bool with_engine = instance->sandbox->engine;
    cleanup_free char *from = template(instance->engine, with_engine, bytes, inodes);
    cleanup_free char *image = path_join(instance->directory, "disk.ext4"), *tree = path_join(instance->directory, "disk");
    return from ? copy_template(from, image, err) : make_tree(instance->engine, tree, with_engine, err);
}
