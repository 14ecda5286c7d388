/* Sources of COPY and ADD; see sources.h. */
#include "build/sources.h"
#include "build/files.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "image/view.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

int sources_open_context(struct turn *turn, struct sources *sources, struct error *err)
{
    sources->turn = turn;
    sources->root = fcntl(turn->build->context->fd, F_DUPFD_CLOEXEC, 3);
    return sources->root < 0 ? error_errno(err, errno, "open the build context") : 0;
}

int sources_open_image(struct turn *turn, const char *image, struct sources *sources, struct error *err)
{
    sources->turn = turn;
    int r = workspace_open(turn->build->store, image, &sources->workspace, err);
    if (r == 0)
        r = sources->root = workspace_mount(sources->workspace, err);
    return r < 0 ? r : 0;
}

void sources_clear(struct sources *sources)
{
    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = &sources->list[i];
        free(source->path);
        free(source->resolved);
        free(source->name);
        free(source->digest);
    }
    free(sources->list);
    sources->root = fd_close(sources->root);
    sources->scratch_fd = fd_close(sources->scratch_fd);
    workspace_close(sources->workspace);
    struct error why = ERROR_INIT;
    if (sources->scratch && path_remove_tree(sources->scratch, &why) < 0)
        log_warn("%s", why.message);
    free(sources->scratch);
    buf_free(&sources->lines);
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int fail(const struct sources *sources, int code, const char *path, const char *command, struct error *err)
{
    bool missing = code == ENOENT || code == ENOTDIR;
    return error_set(err, code, "%s failed: %sstat %s: %s", command,
                     missing && !sources->workspace ? "file not found in build context or excluded by .dockerignore: " : "", path,
                     missing ? "file does not exist" : strerror(code));
}

/* `path` is relative and leads nowhere outside. */
static int add(struct sources *sources, int root, const char *path, const char *shown, const char *command, struct error *err)
{
    struct stat st;
    struct error why = ERROR_INIT;
    const char *what = "";
    char hex[65];
    struct source source = {.root = root, .path = xstrdup(path), .name = xstrdup(base_name(path))};
    int r = files_resolve(root, path, &source.resolved, &why);
    if (r == 0)
        r = files_stat(root, source.resolved, &st);
    sources->list = xrealloc(sources->list, (sources->count + 1) * sizeof *sources->list);
    struct source *kept = &sources->list[sources->count++];
    *kept = source;
    if (r < 0)
        return fail(sources, -r, shown, command, err);
    kept->directory = S_ISDIR(st.st_mode);
    r = files_digest(root, kept->resolved, kept->name, &what, hex, &sources->lines, err);
    cleanup_free char *keeping = str_format("owners kept: %s", hex);
    char digest[DIGEST_TEXT];
    digest_bytes(keeping, strlen(keeping), digest);
    kept->digest = str_format("%s:%s", what, sources->keep_owner ? digest + strlen("sha256:") : hex);
    return r < 0 ? error_prefix(err, "%s failed", command) : 0;
}

int sources_add(struct sources *sources, const char *path, const char *command, struct error *err)
{
    while (*path == '/')
        path++;
    if (str_starts(path, "./"))
        path += 2;
    cleanup_free char *clean = path_within(path);
    if (!clean)
        return error_set(err, EINVAL, "%s failed: forbidden path outside the build context: %s ()", command, path);
    if (!has_wildcards(path))
        return add(sources, sources->root, clean, path, command, err);
    cleanup_strv char **found = files_match(sources->root, clean);
    int r = 0;
    for (char **each = found; each && *each && r == 0; each++)
        r = add(sources, sources->root, *each, *each, command, err);
    return r;
}

static int make_scratch(struct sources *sources, struct error *err)
{
    if (sources->scratch)
        return 0;
    char *path = str_format("%s-XXXXXX", sources->turn->build->context->directory);
    if (!mkdtemp(path)) {
        int code = errno;
        free(path);
        return error_errno(err, code, "make a temporary directory");
    }
    sources->scratch = path;
    sources->scratch_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return sources->scratch_fd < 0 ? error_errno(err, errno, "open %s", path) : 0;
}

/* A file of its own below the scratch directory; *path is "0/name". */
static int make_file(struct sources *sources, const char *name, mode_t mode, char **path, struct error *err)
{
    cleanup_free char *directory = str_format("%zu", sources->count);
    int r = make_scratch(sources, err);
    if (r < 0)
        return r;
    *path = str_format("%s/%s", directory, name);
    if (mkdirat(sources->scratch_fd, directory, 0700) < 0)
        return error_errno(err, errno, "make directory %s/%s", sources->scratch, directory);
    int fd = openat(sources->scratch_fd, *path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0)
        return error_errno(err, errno, "create %s/%s", sources->scratch, *path);
    (void)fchmod(fd, mode);
    return fd;
}

int sources_add_text(struct sources *sources, const struct heredoc *heredoc, struct error *err)
{
    cleanup_free char *path = NULL, *text = heredoc_text(heredoc);
    if (strchr(heredoc->name, '/'))
        return error_set(err, EINVAL, "a heredoc that becomes a file cannot be called %s", heredoc->name);
    cleanup_close int fd = make_file(sources, heredoc->name, 0644, &path, err);
    int r = fd < 0 ? fd : write_full(fd, text, strlen(text));
    if (fd >= 0 && r < 0)
        return error_errno(err, -r, "write %s", path);
    return r < 0 ? r : add(sources, sources->scratch_fd, path, heredoc->name, "COPY", err);
}

struct telling {
    struct turn *turn;
    int64_t told_ns;
};

static bool stop(void *data)
{
    struct telling *telling = data;
    struct error ignored;
    return turn_cancelled(telling->turn, &ignored);
}

/* {"status":"Downloading","progressDetail":{...},"progress":"[==>  ]  1kB/9kB"} */
static void count(void *data, int64_t current, int64_t total)
{
    struct telling *telling = data;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    int64_t ns = now.tv_sec * 1000000000LL + now.tv_nsec;
    if (current != total && ns - telling->told_ns < 100000000)
        return;
    telling->told_ns = ns;
    output_progress(telling->turn->build->output, telling->turn->index, "Downloading", current, total);
}

/* What a download is called: the end of its path. */
static char *name_of(const char *url, const char *dest, struct error *err)
{
    const char *host = strstr(url, "://") + 3;
    cleanup_free char *path = xstrndup(host, strcspn(host, "?#"));
    const char *slash = strchr(path, '/');
    const char *name = slash ? base_name(path) : "";
    if (*name)
        return xstrdup(name);
    if (str_ends(dest, "/")) {
        error_set(err, EINVAL, "ADD failed: cannot determine filename for source %s", url);
        return NULL;
    }
    return xstrdup("download");
}

static int check_sum(const struct sources *sources, const char *path, const char *checksum, struct error *err)
{
    char digest[DIGEST_TEXT];
    cleanup_free char *whole = path_join(sources->scratch, path);
    int r = *checksum ? digest_file(whole, digest, err) : 0;
    if (r == 0 && *checksum && !str_equal(digest, checksum))
        r = error_set(err, EINVAL, "digest mismatch %s: %s", digest, checksum);
    return r;
}

int sources_add_url(struct sources *sources, const char *url, const char *dest, const char *checksum, struct error *err)
{
    const struct build_host *host = sources->turn->build->host;
    cleanup_free char *name = name_of(url, dest, err), *path = NULL;
    struct telling telling = {.turn = sources->turn};
    int64_t modified = 0;
    cleanup_close int fd = name ? make_file(sources, name, 0600, &path, err) : -EINVAL;
    if (fd < 0)
        return fd;
    const struct build_listener listener = {.count = count, .stop = stop, .data = &telling};
    int r = host->fetch(host->data, url, fd, &modified, &listener, err);
    output_say(sources->turn->build->output, sources->turn->index, "\n");
    if (r == 0)
        r = check_sum(sources, path, checksum, err);
    if (r < 0)
        return error_prefix(err, "ADD failed");
    const struct timespec times[2] = {{.tv_sec = modified}, {.tv_sec = modified}};
    (void)futimens(fd, times);
    r = add(sources, sources->scratch_fd, path, url, "ADD", err);
    struct source *source = &sources->list[sources->count - 1];
    source->downloaded = true;
    if (r == 0) /* as Docker has it in the history: the number alone */
        memmove(source->digest, source->digest + strlen("file:"), strlen(source->digest) - strlen("file:") + 1);
    return r;
}

char *sources_digest(const struct sources *sources)
{
    if (sources->count == 1)
        return xstrdup(sources->list[0].digest);
    cleanup_buf struct buf all = BUF_INIT;
    char digest[DIGEST_TEXT];
    for (size_t i = 0; i < sources->count; i++)
        buf_printf(&all, "%s\n", sources->list[i].digest);
    digest_bytes(all.data, all.len, digest);
    return str_format("multi:%s", digest + strlen("sha256:"));
}

/* The sum in the header of a tar fits (POSIX.1, ustar): blanks stand for the field itself. */
static bool looks_like_tar(const unsigned char *head)
{
    unsigned sum = 0;
    for (int i = 0; i < 512; i++)
        sum += i >= 148 && i < 156 ? ' ' : head[i];
    char field[9] = {0};
    memcpy(field, head + 148, 8);
    return head[0] && sum == strtoul(field, NULL, 8);
}

bool source_is_archive(const struct source *source)
{
    static const struct {
        const char *bytes;
        size_t len;
    } magic[] = {{"\x1f\x8b", 2},
                 {"BZh", 3},
                 {"\xfd"
                  "7zXZ\0",
                  6},
                 {"\x28\xb5\x2f\xfd", 4}};
    unsigned char head[512];
    bool packed = false;
    if (source->directory || source->downloaded)
        return false;
    cleanup_close int fd = files_open(source->root, source->resolved, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    ssize_t len = fd < 0 ? -1 : read_full(fd, head, sizeof head);
    if (len < (ssize_t)sizeof head)
        memset(head + (len > 0 ? len : 0), 0, sizeof head - (size_t)(len > 0 ? len : 0));
    for (size_t i = 0; i < ARRAY_LEN(magic); i++)
        packed |= len > (ssize_t)magic[i].len && memcmp(head, magic[i].bytes, magic[i].len) == 0;
    if (!packed)
        return len == (ssize_t)sizeof head && looks_like_tar(head);
    return lseek(fd, 0, SEEK_SET) == 0 && view_is_tar(fd);
}
