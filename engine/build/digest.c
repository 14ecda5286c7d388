/* What files are, as a number: the cache knows by it whether a COPY would give the same again. */
#include "build/files.h"

#include "base/digest.h"
#include "base/memory.h"
#include "image/archive_job.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { BLOCK = 128 * 1024, DEEPEST = 1000, SHOWN = 32, LINES_MOST = 4 << 20 };

struct digester {
    struct sha256_ctx all;
    struct buf *lines;
    char *block;
    void *linked; /* tsearch(3): files with several names that were seen, by the first of these */
};

struct linked {
    dev_t device;
    ino_t inode;
    char *path;
};

static int by_inode(const void *a, const void *b)
{
    const struct linked *left = a, *right = b;
    if (left->device != right->device)
        return left->device < right->device ? -1 : 1;
    return left->inode < right->inode ? -1 : left->inode > right->inode;
}

static void forget_linked(void *data)
{
    free(((struct linked *)data)->path);
    free(data);
}

/* The name under which the same file was there before, or NULL; then it is known from now on. */
static const char *linked_to(struct digester *digester, const struct stat *st, const char *path)
{
    if (!S_ISREG(st->st_mode) || st->st_nlink < 2)
        return NULL;
    struct linked *own = xmalloc(sizeof *own);
    *own = (struct linked){st->st_dev, st->st_ino, xstrdup(path)};
    struct linked **at = tsearch(own, &digester->linked, by_inode);
    if (!at) /* no memory: as elsewhere (memory.h) there is no going on */
        abort();
    if (*at == own)
        return NULL;
    forget_linked(own);
    return (*at)->path;
}

static void hex_of(struct sha256_ctx *ctx, char out[65])
{
    unsigned char raw[SHA256_DIGEST_SIZE];
    sha256_digest(ctx, sizeof raw, raw);
    str_hex(raw, sizeof raw, out);
}

static void add_text(struct sha256_ctx *ctx, const char *text) { sha256_update(ctx, strlen(text) + 1, (const uint8_t *)text); }

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

bool attribute_is_copied(const char *name)
{
    return str_equal(name, "security.capability") || (str_starts(name, "user.") && !str_starts(name, "user.overlay."));
}

static void add_attributes(struct sha256_ctx *ctx, int fd)
{
    char list[4096], value[4096];
    ssize_t len = flistxattr(fd, list, sizeof list);
    cleanup_strv char **names = NULL;
    for (char *name = list; len > 0 && name < list + len; name += strlen(name) + 1)
        if (attribute_is_copied(name))
            strv_add(&names, name);
    if (names)
        qsort(names, strv_len(names), sizeof *names, by_text);
    for (char **name = names; name && *name; name++) {
        ssize_t got = fgetxattr(fd, *name, value, sizeof value);
        char len_text[24];
        snprintf(len_text, sizeof len_text, "%zd", got);
        add_text(ctx, *name);
        add_text(ctx, len_text);
        if (got > 0)
            sha256_update(ctx, (size_t)got, (const uint8_t *)value);
    }
}

static int add_contents(struct digester *digester, struct sha256_ctx *ctx, int fd, const char *path, struct error *err)
{
    for (;;) {
        ssize_t got = read(fd, digester->block, BLOCK);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s", path);
        if (got == 0)
            return 0;
        sha256_update(ctx, (size_t)got, (const uint8_t *)digester->block);
    }
}

/* Directories are gone through by recursion: what needs room on the stack stays out of it. */
__attribute__((noinline)) static int add_file(struct digester *digester, struct sha256_ctx *ctx, int at, const char *name,
                                              const char *path, const struct stat *st, struct error *err)
{
    char head[160], target[4096];
    long long size = S_ISREG(st->st_mode) ? (long long)st->st_size : 0;
    snprintf(head, sizeof head, "%o %u %u %lld %llx", st->st_mode, st->st_uid, st->st_gid, size,
             S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? (unsigned long long)st->st_rdev : 0);
    add_text(ctx, head);
    if (S_ISLNK(st->st_mode)) {
        ssize_t len = readlinkat(at, name, target, sizeof target);
        sha256_update(ctx, len > 0 ? (size_t)len : 0, (const uint8_t *)target);
    }
    if (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))
        return 0;
    cleanup_close int fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    add_attributes(ctx, fd);
    return S_ISDIR(st->st_mode) ? 0 : add_contents(digester, ctx, fd, path, err);
}

static int add_entry(struct digester *digester, int at, const char *name, const char *path, int depth, struct error *err);

static int add_directory(struct digester *digester, int at, const char *name, const char *path, int depth, struct error *err)
{
    int r = 0;
    cleanup_close int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (depth == DEEPEST)
        return error_set(err, ENAMETOOLONG, "%.200s...: directories are nested deeper than %d", path, DEEPEST);
    cleanup_strv char **names = names_in(fd);
    for (char **each = names; each && *each && r == 0; each++) {
        cleanup_free char *below = *path ? str_format("%s/%s", path, *each) : xstrdup(*each);
        r = add_entry(digester, fd, *each, below, depth + 1, err);
    }
    return r;
}

static int add_entry(struct digester *digester, int at, const char *name, const char *path, int depth, struct error *err)
{
    struct stat st;
    struct sha256_ctx ctx;
    char hex[65];
    if (fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "%s", path);
    if (S_ISSOCK(st.st_mode)) /* no layer can hold one */
        return 0;
    sha256_init(&ctx);
    const char *first = linked_to(digester, &st, path);
    if (first) { /* a copy keeps hard links */
        add_text(&ctx, "hard link");
        add_text(&ctx, first);
    }
    int r = first ? 0 : add_file(digester, &ctx, at, name, path, &st, err);
    if (r < 0)
        return r;
    hex_of(&ctx, hex);
    add_text(&digester->all, path);
    add_text(&digester->all, hex);
    if (digester->lines && digester->lines->len < LINES_MOST)
        buf_printf(digester->lines, "%.*s %s\n", SHOWN, hex, path);
    return S_ISDIR(st.st_mode) ? add_directory(digester, at, name, path, depth, err) : 0;
}

int files_digest(int root, const char *resolved, const char *name, const char **what, char hex[65], struct buf *lines,
                 struct error *err)
{
    struct stat st;
    const char *last;
    struct digester digester = {.lines = lines};
    cleanup_close int parent = files_parent(root, resolved, &last);
    if (parent < 0 || fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, parent < 0 ? -parent : errno, "%s", name);
    cleanup_free char *block = digester.block = xmalloc(BLOCK);
    sha256_init(&digester.all);
    *what = S_ISDIR(st.st_mode) ? "dir" : "file";
    int r =
        S_ISDIR(st.st_mode) ? add_directory(&digester, parent, last, "", 0, err) : add_entry(&digester, parent, last, name, 0, err);
    tdestroy(digester.linked, forget_linked);
    hex_of(&digester.all, hex);
    if (lines && lines->len >= LINES_MOST) /* a list of a part of them would tell wrong things */
        buf_clear(lines);
    return r;
}
