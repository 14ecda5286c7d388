/* What RUN --mount asks for, and how it comes to the container: binds and caches as directories, secrets as files on a tmpfs. What
 * is taken from an image, or may be written to, is a copy that goes away with the step. */
#include "build/mounts.h"
#include "build/files.h"
#include "build/mount_caches.h"
#include "build/mount_flags.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "base/units.h"
#include "observe/overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct mounts {
    struct turn *turn;
    struct mount *list;
    size_t count;
    char *key;
    char *scratch;  /* copies */
    char **secrets; /* files to remove */
    json_t *made;
};

static void mount_clear(struct mount *mount)
{
    if (mount->taken)
        cache_give_back(mount->taken);
    free(mount->taken);
    free(mount->target);
    free(mount->id);
    free(mount->from);
    free(mount->source);
}

static void forget(struct mounts *mounts)
{
    struct error why = ERROR_INIT;
    for (char **path = mounts->secrets; path && *path; path++)
        unlink(*path);
    strv_free(mounts->secrets);
    mounts->secrets = NULL;
    if (mounts->scratch && path_remove_tree(mounts->scratch, &why) < 0)
        log_warn("%s", why.message);
    free(move_ptr(mounts->scratch));
    for (size_t i = 0; i < mounts->count; i++) {
        if (mounts->list[i].taken)
            cache_give_back(mounts->list[i].taken);
        free(move_ptr(mounts->list[i].taken));
    }
}

void mounts_free(struct mounts *mounts)
{
    if (!mounts)
        return;
    forget(mounts);
    for (size_t i = 0; i < mounts->count; i++)
        mount_clear(&mounts->list[i]);
    json_decref(mounts->made);
    free(mounts->list);
    free(mounts->key);
    free(mounts);
}

const char *mounts_key(const struct mounts *mounts) { return mounts->key; }

/* The root that a bind's source lies in: the context's, or an image's through *workspace. A new descriptor. */
static int open_root(struct mounts *mounts, const struct mount *mount, struct workspace **workspace, struct error *err)
{
    char image[DIGEST_TEXT];
    if (str_empty(mount->from)) {
        int fd = fcntl(mounts->turn->build->context->fd, F_DUPFD_CLOEXEC, 3);
        return fd < 0 ? error_errno(err, errno, "open the build context") : fd;
    }
    int r = source_image(mounts->turn, mount->from, image, err);
    if (r == 0)
        r = workspace_open(mounts->turn->build->store, image, workspace, err);
    return r < 0 ? r : workspace_mount(*workspace, err);
}

static int find_source(int root, const struct mount *mount, char **resolved, struct stat *st, struct error *err)
{
    cleanup_free char *clean = path_within(str_or(mount->source, ""));
    if (!clean)
        return error_set(err, EINVAL, "forbidden path outside the build context: %s ()", mount->source);
    int r = files_resolve(root, clean, resolved, err);
    if (r == 0 && files_stat(root, *resolved, st) < 0)
        r = error_set(err, ENOENT, "RUN --mount: stat %s: file does not exist", str_or(mount->source, "/"));
    return r;
}

/* What a bind shows counts for the cache. */
static int add_bind_key(struct mounts *mounts, const struct mount *mount, struct buf *key, struct error *err)
{
    struct workspace *workspace = NULL;
    struct stat st;
    cleanup_free char *resolved = NULL;
    const char *what = "";
    char hex[65] = "";
    cleanup_close int root = open_root(mounts, mount, &workspace, err);
    int r = root < 0 ? root : find_source(root, mount, &resolved, &st, err);
    if (r == 0)
        r = files_digest(root, resolved, "", &what, hex, NULL, err);
    buf_printf(key, "%s %s\n", what, hex);
    root = fd_close(root);
    workspace_close(workspace);
    return r;
}

static void set_key(struct mounts *mounts, const struct buf *text)
{
    char digest[DIGEST_TEXT] = "";
    if (text->len)
        digest_bytes(text->data, text->len, digest);
    mounts->key = xstrdup(digest);
}

int mounts_read(struct turn *turn, const struct instruction *instruction, struct mounts **out, struct error *err)
{
    struct mounts *mounts = xcalloc(1, sizeof *mounts);
    cleanup_buf struct buf key = BUF_INIT;
    const char *flag;
    size_t at = 0;
    int r = 0;
    *out = mounts;
    mounts->turn = turn;
    while (r == 0 && (flag = instruction_flag_next(instruction, "mount", &at))) {
        mounts->list = xrealloc(mounts->list, (mounts->count + 1) * sizeof *mounts->list);
        struct mount *mount = &mounts->list[mounts->count++];
        r = mount_parse(turn, flag, mount, err);
        buf_printf(&key, "%s\n", flag);
        if (r == 0 && mount->kind == BIND)
            r = add_bind_key(mounts, mount, &key, err);
    }
    if (instruction_flag(instruction, "network"))
        buf_printf(&key, "network %s\n", instruction_flag(instruction, "network"));
    set_key(mounts, &key);
    mounts->made = json_array();
    return r;
}

static int scratch_path(struct mounts *mounts, char **path, struct error *err)
{
    if (!mounts->scratch) {
        char *made = str_format("%s-XXXXXX", mounts->turn->build->context->directory);
        if (!mkdtemp(made)) {
            int code = errno;
            free(made);
            return error_errno(err, code, "make a temporary directory");
        }
        mounts->scratch = made;
    }
    *path = str_format("%s/%zu", mounts->scratch, json_array_size(mounts->made));
    return 0;
}

static void add_made(struct mounts *mounts, const char *type, const char *source, const char *target, bool writable)
{
    json_t *entry = json_pack("{s:s,s:s,s:b}", "Type", type, "Target", target, "ReadOnly", !writable);
    if (*source)
        json_object_set_new(entry, "Source", json_string(source));
    json_array_append_new(mounts->made, entry);
}

static bool stop(void *data)
{
    struct error ignored;
    return turn_cancelled(data, &ignored);
}

/* A directory's contents into `to`, or a file as `to`. */
static int copy_into(struct mounts *mounts, int root, const char *resolved, const struct stat *st, const char *to,
                     struct error *err)
{
    bool directory = S_ISDIR(st->st_mode);
    cleanup_free char *parent = xstrndup(to, (size_t)(strrchr(to, '/') - to));
    if (directory && mkdir(to, st->st_mode & 0777) < 0 && errno != EEXIST)
        return error_errno(err, errno, "make directory %s", to);
    cleanup_close int at = open(directory ? to : parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct placing placing = {.root = at, .shown = parent, .keep_owner = true, .stop = stop, .data = mounts->turn};
    if (at < 0)
        return error_errno(err, errno, "open %s", directory ? to : parent);
    return directory ? place_directory(&placing, root, resolved, "", err)
                     : place_file(&placing, root, resolved, strrchr(to, '/') + 1, err);
}

static int make_bind(struct mounts *mounts, struct mount *mount, struct error *err)
{
    struct workspace *workspace = NULL;
    struct stat st;
    cleanup_free char *resolved = NULL, *path = NULL;
    cleanup_close int root = open_root(mounts, mount, &workspace, err);
    int r = root < 0 ? root : find_source(root, mount, &resolved, &st, err);
    if (r == 0 && !workspace && !mount->writable) {
        path = path_join(mounts->turn->build->context->directory, resolved);
    } else if (r == 0) {
        r = scratch_path(mounts, &path, err);
        if (r == 0)
            r = copy_into(mounts, root, resolved, &st, path, err);
    }
    if (r == 0)
        add_made(mounts, "bind", path, mount->target, mount->writable);
    root = fd_close(root);
    workspace_close(workspace);
    return r;
}

/* A new one begins with what `from` has. */
static int fill_cache(struct mounts *mounts, struct mount *mount, struct error *err)
{
    struct workspace *workspace = NULL;
    struct stat st;
    cleanup_free char *resolved = NULL;
    cleanup_close int root = open_root(mounts, mount, &workspace, err);
    int r = root < 0 ? root : find_source(root, mount, &resolved, &st, err);
    if (r == 0)
        r = copy_into(mounts, root, resolved, &st, mount->taken, err);
    root = fd_close(root);
    workspace_close(workspace);
    return r;
}

static int make_cache(struct mounts *mounts, struct mount *mount, struct error *err)
{
    bool fresh;
    int r = cache_take(mounts->turn->build->options->cache_directory, mount->id, mount->sharing, stop, mounts->turn, &mount->taken,
                       &fresh, err);
    if (r == 0 && fresh &&
        (chmod(mount->taken, mount->mode < 0 ? 0755 : (mode_t)mount->mode) < 0 || chown(mount->taken, mount->uid, mount->gid) < 0))
        r = error_errno(err, errno, "set the owner of %s", mount->taken);
    if (r == 0 && fresh && !str_empty(mount->from))
        r = fill_cache(mounts, mount, err);
    if (r == 0)
        add_made(mounts, "bind", mount->taken, mount->target, mount->writable);
    return r;
}

static int make_tmpfs(struct mounts *mounts, struct mount *mount, struct error *err)
{
    (void)err;
    add_made(mounts, "tmpfs", "", mount->target, true);
    json_t *entry = json_array_get(mounts->made, json_array_size(mounts->made) - 1);
    json_object_set_new(entry, "TmpfsOptions", json_pack("{s:I}", "SizeBytes", (json_int_t)mount->size));
    return 0;
}

static int make_secret(struct mounts *mounts, struct mount *mount, struct error *err)
{
    const struct build_options *options = mounts->turn->build->options;
    const char *given = json_string_value(json_object_get(options->secrets, mount->id));
    char random[ID_TEXT];
    if (!given && !mount->required) {
        mount->skipped = true;
        return 0;
    }
    if (!given)
        return error_set(err, EINVAL,
                         "secret %s: not found: the client sent no secret of this name (slipway build --secret id=%s,src=FILE)",
                         mount->id, mount->id);
    struct base64_decode_ctx decoder;
    size_t len = BASE64_DECODE_LENGTH(strlen(given));
    cleanup_free uint8_t *text = xmalloc(len + 1);
    base64_decode_init(&decoder);
    if (!base64_decode_update(&decoder, &len, text, strlen(given), given) || !base64_decode_final(&decoder))
        return error_set(err, EINVAL, "secret %s: it did not come as base64", mount->id);
    id_generate(random);
    char *path = path_join(options->secret_directory, random);
    strv_take(&mounts->secrets, path);
    int r = path_make_dirs(options->secret_directory, 0700, err);
    cleanup_close int fd = r < 0 ? -EBADF : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (r == 0 && (fd < 0 || write_full(fd, text, len) < 0 || fchown(fd, mount->uid, mount->gid) < 0 ||
                   fchmod(fd, mount->mode < 0 ? 0400 : (mode_t)mount->mode) < 0))
        r = error_errno(err, errno, "write a secret");
    explicit_bzero(text, len);
    if (r == 0)
        add_made(mounts, "bind", path, mount->target, false);
    return r;
}

int mounts_add_script(struct mounts *mounts, const char *text, const char *target, struct error *err)
{
    cleanup_free char *path = NULL;
    int r = scratch_path(mounts, &path, err);
    if (r == 0)
        r = file_write(path, text, strlen(text), 0755, err);
    if (r == 0 && chmod(path, 0755) < 0)
        r = error_errno(err, errno, "chmod %s", path);
    if (r == 0)
        add_made(mounts, "bind", path, target, false);
    return r;
}

int mounts_make(struct mounts *mounts, json_t **out, struct error *err)
{
    static int (*const makers[])(struct mounts * mounts, struct mount * mount, struct error * err) = {
        [BIND] = make_bind, [CACHE] = make_cache, [TMPFS] = make_tmpfs, [SECRET] = make_secret};
    int r = 0;
    for (size_t i = 0; i < mounts->count && r == 0; i++)
        r = makers[mounts->list[i].kind](mounts, &mounts->list[i], err);
    *out = json_incref(mounts->made);
    return r;
}

static bool was_there(const struct rootfs *rootfs, const char *path)
{
    struct stat st;
    return overlay_lstat((const char *const *)rootfs->lower, path, &st) == 0;
}

/* Empty, and not of the image: made to mount something on it. Its parents, too. */
static void remove_place(const struct rootfs *rootfs, int upper, const char *target)
{
    cleanup_free char *path = xstrdup(target + 1);
    while (*path && !was_there(rootfs, path)) {
        struct stat st;
        const char *name;
        cleanup_close int parent = files_parent(upper, path, &name);
        if (parent < 0 || fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || (S_ISREG(st.st_mode) && st.st_size) ||
            !(S_ISREG(st.st_mode) || S_ISDIR(st.st_mode)))
            return;
        if (unlinkat(parent, name, S_ISDIR(st.st_mode) ? AT_REMOVEDIR : 0) < 0)
            return;
        char *slash = strrchr(path, '/');
        *(slash ? slash : path) = 0;
    }
}

void mounts_tidy(struct mounts *mounts, const struct rootfs *rootfs)
{
    cleanup_close int upper = rootfs ? open(rootfs->upper, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -EBADF;
    for (size_t i = 0; upper >= 0 && i < mounts->count; i++)
        if (!mounts->list[i].skipped)
            remove_place(rootfs, upper, mounts->list[i].target);
    forget(mounts);
}
