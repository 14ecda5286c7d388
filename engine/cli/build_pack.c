/* Two walks: one that looks whether all can be read, since a build from half of its files would be a wrong one, and one that packs.
 */
#include "cli/build_pack.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const char IGNORE_FILE[] = ".dockerignore";

struct check {
    const char *directory;
    const struct ignore *ignore;
};

static enum walk_choice choose_checked(void *data, const char *path, const struct stat *st)
{
    const struct check *check = data;
    (void)st;
    return ignore_matches(check->ignore, path) ? WALK_LEAVE : WALK_TAKE;
}

static int check_one(void *data, int at, const char *name, const char *path, const struct stat *st, struct error *err)
{
    const struct check *check = data;
    if (!S_ISREG(st->st_mode) || faccessat(at, name, R_OK, AT_EACCESS) == 0 || errno != EACCES)
        return 0;
    return error_set(err, EPROTO, "error checking context: no permission to read from '%s/%s'", check->directory, path);
}

static int check_problem(void *data, const char *path, int code, struct error *err)
{
    const struct check *check = data;
    if (code == EACCES || code == EPERM)
        return error_set(err, EPROTO, "error checking context: can't stat '%s/%s'", check->directory, path);
    if (code == ENOENT)
        return error_set(err, EPROTO, "error checking context: file ('%s/%s') not found or excluded by .dockerignore",
                         check->directory, path);
    return error_set(err, EPROTO, "error checking context: lstat %s/%s: %s", check->directory, path, strerror(code));
}

int build_pack_check(const char *directory, const struct ignore *ignore, struct error *err)
{
    struct check check = {directory, ignore};
    const struct walk walk = {.choose = choose_checked, .visit = check_one, .problem = check_problem, .data = &check};
    return walk_inside(&walk, directory, err);
}

struct packing {
    const struct build_pack *what;
    struct pack *pack;
};

/* Something in an ignored directory may come back; the directory itself is then not sent. */
static enum walk_choice choose_packed(void *data, const char *path, const struct stat *st)
{
    const struct packing *packing = data;
    const struct ignore *ignore = packing->what->ignore;
    if (packing->what->ignore_text && str_equal(path, IGNORE_FILE))
        return WALK_LEAVE; /* another takes its place */
    if (!ignore_matches(ignore, path))
        return WALK_TAKE;
    return S_ISDIR(st->st_mode) && !ignore_skips(ignore, path) ? WALK_PASS : WALK_LEAVE;
}

static int pack_one(void *data, int at, const char *name, const char *path, const struct stat *st, struct error *err)
{
    struct packing *packing = data;
    (void)err; /* the one that the pack has */
    cleanup_free char *stored = S_ISDIR(st->st_mode) ? str_format("%s/", path) : xstrdup(path);
    return pack_add(packing->pack, at, name, stored, st);
}

int build_pack(const struct build_pack *what, int fd, const struct pack_options *options, struct error *err)
{
    struct packing packing = {.what = what, .pack = pack_new(fd, options, err)};
    const struct walk walk = {.choose = choose_packed, .visit = pack_one, .data = &packing};
    int64_t now = time(NULL);
    if (!packing.pack)
        return -ENOSYS;
    int r = what->directory ? walk_inside(&walk, what->directory, err) : 0;
    if (r == 0 && what->dockerfile)
        r = pack_text(packing.pack, what->dockerfile, what->directory ? 0600 : 0644, now, what->text, what->text_len);
    if (r == 0 && what->ignore_text)
        r = pack_text(packing.pack, IGNORE_FILE, 0600, now, what->ignore_text, strlen(what->ignore_text));
    int end = pack_end(packing.pack, NULL);
    return r < 0 ? r : end;
}

static int copy(int in, int out, struct error *err)
{
    char bytes[64 * 1024];
    ssize_t n;
    while ((n = read(in, bytes, sizeof bytes)) != 0) {
        if (n < 0 && errno == EINTR)
            continue;
        int r = n < 0 ? -errno : write_full(out, bytes, (size_t)n);
        if (r < 0)
            return error_set(err, EPROTO, "read the build context from standard input: %s", strerror(-r));
    }
    return 0;
}

int build_pack_copy(const char *head, size_t head_len, int in, int out, bool gzip, struct error *err)
{
    if (gzip)
        return pack_gzip(head, head_len, in, out, err);
    int r = write_full(out, head, head_len);
    return r < 0 ? error_set(err, EPROTO, "send the build context: %s", strerror(-r)) : copy(in, out, err);
}
