/* Tar to files inside a live container. Each entry's parent is opened once and the entry made by descriptor, so that exchanging
 * directories meanwhile only moves where in the container a file ends up. What exists is replaced, directories are merged into. */
#include "image/archive_job.h"

#include "base/memory.h"
#include "base/strings.h"
#include "kernel/namespaces.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { READ_BLOCK = 1 << 18, HOLE = 4096, PARENT_MODE = 0755 };

/* A directory's time is set when nothing is put into it any more. */
struct later {
    char *path;
    struct timespec times[2];
};

struct place {
    int at;
    const char *shown;
    const struct place_options *options;
    struct archive *tar;
    struct later *later;
    size_t later_count, later_room;
};

/* Lexically clean and relative; NULL when it leads out by "..". "" is the directory itself. */
static char *clean_name(const char *text)
{
    cleanup_strv char **parts = str_split(text, '/');
    cleanup_strv char **out = NULL;
    size_t count = 0;
    for (char **part = parts; *part; part++) {
        if (!**part || str_equal(*part, "."))
            continue;
        if (str_equal(*part, "..")) {
            if (count == 0 && *text != '/')
                return NULL;
            if (count) {
                count--;
                free(move_ptr(out[count]));
            }
            continue;
        }
        strv_add(&out, *part);
        count++;
    }
    return out ? strv_join(out, "/") : xstrdup("");
}

static int open_parent(struct place *place, const char *path, const char **name, struct error *err)
{
    const char *slash = strrchr(path, '/');
    *name = slash ? slash + 1 : path;
    cleanup_free char *parent = slash ? xstrndup(path, (size_t)(slash - path)) : xstrdup(".");
    int fd = open_below(place->at, parent, O_RDONLY | O_DIRECTORY);
    if (fd != -ENOENT)
        return fd < 0 ? error_errno(err, -fd, "open %s/%s", place->shown, parent) : fd;
    const char *last;
    cleanup_close int above = open_parent(place, parent, &last, err);
    if (above < 0)
        return above;
    if (mkdirat(above, last, PARENT_MODE) < 0 && errno != EEXIST)
        return error_errno(err, errno, "mkdir %s/%s", place->shown, parent);
    fd = openat(above, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return fd < 0 ? error_errno(err, errno, "open %s/%s", place->shown, parent) : fd;
}

/* Makes way for the entry. */
static int clear_way(struct place *place, int parent, const char *name, const char *path, bool directory, struct error *err)
{
    struct stat st;
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    bool there = S_ISDIR(st.st_mode);
    const char *slash = str_ends(place->shown, "/") ? "" : "/";
    if (place->options->keep_kind && there && !directory)
        return error_set(err, EINVAL, "cannot overwrite directory \"%s%s%s\" with non-directory \"%s\"", place->shown, slash, path,
                         place->shown);
    if (place->options->keep_kind && !there && directory)
        return error_set(err, EINVAL, "cannot overwrite non-directory \"%s%s%s\" with directory \"%s\"", place->shown, slash, path,
                         place->shown);
    int r = there && directory ? 0 : remove_below(parent, name);
    return r < 0 ? error_errno(err, -r, "replace %s%s%s", place->shown, slash, path) : 0;
}

static bool all_zero(const char *bytes, size_t len) { return len == 0 || (!*bytes && memcmp(bytes, bytes + 1, len - 1) == 0); }

/* Blocks of zeros become holes. */
static int write_sparse(int fd, const char *bytes, size_t len, off_t at)
{
    while (len > 0) {
        size_t run = len < HOLE ? len : HOLE - (size_t)(at % HOLE);
        run = run > len ? len : run;
        bool zero = all_zero(bytes, run);
        while (!zero && run < len && !all_zero(bytes + run, len - run < HOLE ? len - run : HOLE))
            run += len - run < HOLE ? len - run : HOLE;
        ssize_t put = zero ? (ssize_t)run : pwrite(fd, bytes, run, at);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return -errno;
        bytes += put;
        len -= (size_t)put;
        at += put;
    }
    return 0;
}

static int fail_reading(struct place *place, struct error *err)
{
    return error_set(err, EINVAL, "unexpected end or damage in the tar: %s",
                     str_or(archive_error_string(place->tar), "unexpected EOF"));
}

static int fill(struct place *place, int fd, const char *path, int64_t size, struct error *err)
{
    const void *block;
    size_t len;
    la_int64_t offset;
    int r;
    while ((r = archive_read_data_block(place->tar, &block, &len, &offset)) == ARCHIVE_OK) {
        int written = write_sparse(fd, block, len, offset);
        if (written < 0)
            return error_errno(err, -written, "write %s/%s", place->shown, path);
    }
    if (r != ARCHIVE_EOF)
        return fail_reading(place, err);
    return ftruncate(fd, size) < 0 ? error_errno(err, errno, "write %s/%s", place->shown, path) : 0;
}

static void set_attributes(int fd, struct archive_entry *entry)
{
    const char *name;
    const void *value;
    size_t size;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
        if (str_equal(name, "security.capability") || (str_starts(name, "user.") && !str_starts(name, "user.overlay.")))
            (void)fsetxattr(fd, name, value, size, 0); /* not every file system keeps them */
}

struct owner {
    uid_t uid;
    gid_t gid;
};

static struct owner owner_of(const struct place *place, struct archive_entry *entry)
{
    if (place->options->owner)
        return (struct owner){place->options->uid, place->options->gid};
    return (struct owner){(uid_t)archive_entry_uid(entry), (gid_t)archive_entry_gid(entry)};
}

static void times_of(struct archive_entry *entry, struct timespec times[2])
{
    times[1] = (struct timespec){archive_entry_mtime(entry), archive_entry_mtime_nsec(entry)};
    times[0] = archive_entry_atime_is_set(entry) ? (struct timespec){archive_entry_atime(entry), archive_entry_atime_nsec(entry)}
                                                 : times[1];
}

/* Owner first: changing it takes setuid away. */
static int finish_open(struct place *place, int fd, struct archive_entry *entry, const char *path, struct error *err)
{
    struct owner owner = owner_of(place, entry);
    if (namespace_chown(fd, "", owner.uid, owner.gid) < 0 || fchmod(fd, archive_entry_perm(entry)) < 0)
        return error_errno(err, errno, "set owner and mode of %s/%s", place->shown, path);
    set_attributes(fd, entry);
    return 0;
}

static int make_regular(struct place *place, struct archive_entry *entry, int parent, const char *name, const char *path,
                        struct error *err)
{
    struct timespec times[2];
    cleanup_close int fd = openat(parent, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_errno(err, errno, "create %s/%s", place->shown, path);
    int r = fill(place, fd, path, archive_entry_size(entry), err);
    if (r == 0)
        r = finish_open(place, fd, entry, path, err);
    times_of(entry, times);
    return r == 0 && futimens(fd, times) < 0 ? error_errno(err, errno, "set times of %s/%s", place->shown, path) : r;
}

static int make_directory(struct place *place, struct archive_entry *entry, int parent, const char *name, const char *path,
                          struct error *err)
{
    if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
        return error_errno(err, errno, "mkdir %s/%s", place->shown, path);
    cleanup_close int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s/%s", place->shown, path);
    if (place->later_count == place->later_room) {
        place->later_room = place->later_room ? place->later_room * 2 : 64;
        place->later = xrealloc(place->later, place->later_room * sizeof *place->later);
    }
    struct later *later = &place->later[place->later_count++];
    later->path = xstrdup(path);
    times_of(entry, later->times);
    return finish_open(place, fd, entry, path, err);
}

/* What the entry of a link says of the file counts, too: it comes later than the file's own. */
static int finish_link(struct place *place, struct archive_entry *entry, int parent, const char *name, const char *path,
                       struct error *err)
{
    struct stat st;
    struct timespec times[2];
    struct owner owner = owner_of(place, entry);
    times_of(entry, times);
    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISLNK(st.st_mode))
        return 0;
    if (namespace_chown(parent, name, owner.uid, owner.gid) < 0 || fchmodat(parent, name, archive_entry_perm(entry), 0) < 0 ||
        utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "set owner and mode of %s/%s", place->shown, path);
    return 0;
}

static int make_hard_link(struct place *place, struct archive_entry *entry, int parent, const char *name, const char *path,
                          struct error *err)
{
    cleanup_free char *target = clean_name(archive_entry_hardlink(entry));
    const char *last;
    if (!target || !*target)
        return error_set(err, EINVAL, "invalid hardlink \"%s\" -> \"%s\"", path, archive_entry_hardlink(entry));
    cleanup_close int from = open_parent(place, target, &last, err);
    if (from < 0)
        return from;
    if (linkat(from, last, parent, name, 0) < 0)
        return error_errno(err, errno, "link %s/%s to %s", place->shown, path, target);
    return finish_link(place, entry, parent, name, path, err);
}

static int make_other(struct place *place, struct archive_entry *entry, int parent, const char *name, const char *path,
                      struct error *err)
{
    struct timespec times[2];
    struct owner owner = owner_of(place, entry);
    mode_t kind = archive_entry_filetype(entry);
    int r = kind == AE_IFLNK ? symlinkat(str_or(archive_entry_symlink(entry), ""), parent, name)
                             : mknodat(parent, name, kind | archive_entry_perm(entry), archive_entry_rdev(entry));
    times_of(entry, times);
    if (r < 0 || namespace_chown(parent, name, owner.uid, owner.gid) < 0 || utimensat(parent, name, times, AT_SYMLINK_NOFOLLOW) < 0)
        return error_errno(err, errno, "create %s/%s", place->shown, path);
    return 0;
}

static int place_entry(struct place *place, struct archive_entry *entry, struct error *err)
{
    const char *given = archive_entry_pathname(entry), *name;
    mode_t kind = archive_entry_filetype(entry);
    bool directory = kind == AE_IFDIR && !archive_entry_hardlink(entry);
    if (!given)
        return error_set(err, EINVAL, "an entry of the tar has no name");
    cleanup_free char *path = clean_name(given);
    if (!path)
        return error_set(err, EINVAL, "\"%s\" is outside of \"%s\"", given, place->shown);
    if (!*path)
        return 0;
    cleanup_close int parent = open_parent(place, path, &name, err);
    int r = parent < 0 ? parent : clear_way(place, parent, name, path, directory, err);
    if (r < 0)
        return r;
    if (archive_entry_hardlink(entry))
        return make_hard_link(place, entry, parent, name, path, err);
    if (directory)
        return make_directory(place, entry, parent, name, path, err);
    if (kind == AE_IFREG)
        return make_regular(place, entry, parent, name, path, err);
    return make_other(place, entry, parent, name, path, err);
}

static void set_directory_times(struct place *place)
{
    while (place->later_count) {
        struct later *later = &place->later[--place->later_count];
        cleanup_close int fd = open_below(place->at, later->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        if (fd >= 0)
            (void)futimens(fd, later->times);
        free(later->path);
    }
    free(place->later);
}

int place_tar(int at, const char *shown, const struct place_options *options, struct error *err)
{
    struct place place = {.at = at, .shown = shown, .options = options, .tar = archive_read_new()};
    struct archive_entry *entry;
    archive_read_support_filter_all(place.tar);
    archive_read_support_format_tar(place.tar);
    archive_read_support_format_empty(place.tar);
    int r = archive_read_open_fd(place.tar, STDIN_FILENO, READ_BLOCK) == ARCHIVE_OK ? 0 : fail_reading(&place, err);
    while (r == 0) {
        int got = archive_read_next_header(place.tar, &entry);
        if (got == ARCHIVE_EOF)
            break;
        r = got < ARCHIVE_WARN || got == ARCHIVE_RETRY ? fail_reading(&place, err) : place_entry(&place, entry, err);
    }
    set_directory_times(&place);
    archive_read_free(place.tar);
    return r;
}

int probe_tar(struct error *err)
{
    struct place place = {.tar = archive_read_new()};
    struct archive_entry *entry;
    archive_read_support_filter_all(place.tar);
    archive_read_support_format_tar(place.tar);
    int r = archive_read_open_fd(place.tar, STDIN_FILENO, READ_BLOCK) == ARCHIVE_OK ? 0 : fail_reading(&place, err);
    int got = r < 0 ? ARCHIVE_EOF : archive_read_next_header(place.tar, &entry);
    if (r == 0 && got != ARCHIVE_OK && got != ARCHIVE_WARN)
        r = fail_reading(&place, err);
    archive_read_free(place.tar);
    return r;
}
