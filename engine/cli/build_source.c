/* What there is to send is found out first, so that everything that is wrong with it is said before the engine hears of the build.
 */
#include "cli/build_source.h"

#include "base/files.h"
#include "base/ignore.h"
#include "base/memory.h"
#include "base/strings.h"
#include "cli/build_git.h"
#include "cli/build_pack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TAR_HEADER = 512, TEXT_MOST = 64 << 20, PIPE_SIZE = 1 << 20 };

static const char *why(int code)
{
    return code == ENOENT ? "no such file or directory" : code == EACCES ? "permission denied" : strerror(code);
}

static int unprepared(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
static int unprepared(struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *text = str_vformat(format, args);
    va_end(args);
    return error_set(err, EPROTO, "unable to prepare context: %s", text);
}

/* Whether its checksum says that this is the first header of a tar. */
static bool is_tar(const char *head, size_t len)
{
    const unsigned char *bytes = (const unsigned char *)head;
    long sum = 0;
    if (len < TAR_HEADER || !*head)
        return false;
    for (size_t i = 0; i < TAR_HEADER; i++)
        sum += i >= 148 && i < 156 ? ' ' : bytes[i];
    char field[9] = "";
    memcpy(field, head + 148, 8);
    return strtol(field + strspn(field, " "), NULL, 8) == sum;
}

static bool is_archive(const char *head, size_t len)
{
    static const struct {
        const char *bytes;
        size_t len;
    } magic[] = {{"\x1f\x8b\x08", 3},
                 {"BZh", 3},
                 {"\xfd"
                  "7zXZ\0",
                  6},
                 {"\x28\xb5\x2f\xfd", 4}};
    for (size_t i = 0; i < ARRAY_LEN(magic); i++)
        if (len >= magic[i].len && memcmp(head, magic[i].bytes, magic[i].len) == 0)
            return true;
    return is_tar(head, len);
}

/* The rest of standard input behind what has been read of it: a Dockerfile. */
static int read_text(struct build_source *source, struct error *err)
{
    cleanup_buf struct buf text = BUF_INIT;
    char bytes[64 * 1024];
    ssize_t n;
    if (source->head)
        buf_add(&text, source->head, source->head_len);
    while ((n = read(STDIN_FILENO, bytes, sizeof bytes)) != 0) {
        if (n < 0 && errno != EINTR)
            return unprepared(err, "read standard input: %s", strerror(errno));
        if (n > 0)
            buf_add(&text, bytes, (size_t)n);
        if (text.len > TEXT_MOST)
            return unprepared(err, "the Dockerfile on standard input is larger than %d MiB", TEXT_MOST >> 20);
    }
    source->text_len = text.len;
    source->text = buf_take(&text);
    return 0;
}

static int from_stdin(struct build_source *source, const char *file, struct error *err)
{
    source->head = xmalloc(TAR_HEADER);
    ssize_t n = read_full(STDIN_FILENO, source->head, TAR_HEADER);
    if (n < 0)
        return error_set(err, EPROTO, "unable to prepare context from STDIN: failed to peek context header from STDIN: %s",
                         strerror((int)-n));
    source->head_len = (size_t)n;
    source->dockerfile = xstrdup(str_or(file, ""));
    if (is_archive(source->head, source->head_len)) {
        source->gzip = source->gzip && is_tar(source->head, source->head_len);
        return 0;
    }
    if (!str_empty(file))
        return unprepared(err, "ambiguous Dockerfile source: both stdin and flag correspond to Dockerfiles");
    int r = read_text(source, err);
    free(source->dockerfile);
    source->dockerfile = xstrdup("Dockerfile");
    free(move_ptr(source->head));
    return r;
}

/* realpath(3), and which part of the path is not there. */
static char *resolve(const char *path, struct error *err)
{
    char *resolved = realpath(path, NULL);
    int code = errno;
    struct stat st;
    if (resolved)
        return resolved;
    cleanup_free char *part = xstrdup(path);
    for (char *p = part + 1; *p; p++)
        if (*p == '/') {
            *p = '\0';
            if (lstat(part, &st) < 0)
                break;
            *p = '/';
        }
    return unprepared(err, "unable to evaluate symlinks in Dockerfile path: lstat %s: %s", part, why(code)), NULL;
}

/* An absolute path without "." and "..", as Go cleans it: a Dockerfile that is not there is called so. */
static char *clean(const char *path)
{
    cleanup_free char *here = *path == '/' ? NULL : getcwd(NULL, 0);
    cleanup_free char *whole = str_format("%s/%s", here ? here : "", path);
    cleanup_strv char **parts = str_split(whole, '/');
    struct buf out = BUF_INIT;
    for (size_t i = 0; parts[i]; i++) {
        if (str_equal(parts[i], "..")) {
            while (out.len && out.data[--out.len] != '/')
                continue;
            if (out.data)
                out.data[out.len] = '\0';
        } else if (*parts[i] && !str_equal(parts[i], ".")) {
            buf_printf(&out, "/%s", parts[i]);
        }
    }
    return out.len ? buf_take(&out) : xstrdup("/");
}

static int read_whole(const char *path, char **text, size_t *len, struct error *err)
{
    struct error problem = ERROR_INIT;
    *text = file_read(path, len, &problem);
    return *text ? 0 : error_set(err, EPROTO, "unable to open Dockerfile: open %s: %s", path, why(problem.code));
}

/* The Dockerfile's path in the context, or its text when it is elsewhere. `path`: where it is, allocated. */
static int find_dockerfile(struct build_source *source, const char *file, char **path, struct error *err)
{
    cleanup_free char *usual = path_join(source->directory, "Dockerfile"), *small = path_join(source->directory, "dockerfile");
    cleanup_free char *given = str_empty(file) ? xstrdup(path_exists(usual) || !path_exists(small) ? usual : small) : clean(file);
    size_t len = strlen(source->directory);
    *path = resolve(given, err);
    if (!*path)
        return -EPROTO;
    bool inside = str_equal(source->directory, "/") || str_equal(*path, source->directory) ||
                  (strncmp(*path, source->directory, len) == 0 && (*path)[len] == '/');
    if (!inside)
        return read_whole(*path, &source->text, &source->text_len, err);
    source->dockerfile = xstrdup((*path)[len] ? *path + len + (len > 1) : "."); /* of a directory the engine says what is wrong */
    return 0;
}

/* The patterns of DOCKERFILE.dockerignore, or of .dockerignore. */
static int read_ignore(struct build_source *source, const char *dockerfile, struct error *err)
{
    struct error problem = ERROR_INIT;
    cleanup_free char *usual = path_join(source->directory, ".dockerignore");
    cleanup_free char *own = dockerfile ? str_format("%s.dockerignore", dockerfile) : NULL;
    const char *path = own && path_exists(own) ? own : usual;
    size_t len = 0;
    cleanup_free char *text = path_exists(path) ? file_read(path, &len, &problem) : NULL;
    if (problem.code)
        return error_set(err, EPROTO, "error reading .dockerignore: %s", problem.message);
    if (ignore_parse(str_or(text, ""), len, &source->ignore, &problem) < 0)
        return error_set(err, EPROTO, "error checking context: %s", problem.message);
    source->ignore_text = move_ptr(text);
    return 0;
}

/* A Dockerfile from elsewhere goes among the files under a name that nobody else has, which .dockerignore then names: the engine
 * takes such files away before the first COPY. */
static void add_stray(struct build_source *source)
{
    unsigned char random[10];
    char name[2 * sizeof random + 1];
    if (getrandom(random, sizeof random, 0) != sizeof random)
        snprintf((char *)random, sizeof random, "%d", (int)getpid());
    str_hex(random, sizeof random, name);
    source->dockerfile = str_format(".dockerfile.%s", name);
    char *before = source->ignore_text;
    source->ignore_text = str_format("%s\n%s\n", before ? before : ".dockerignore", source->dockerfile);
    free(before);
}

/* What the engine needs is sent in any case; it takes it away before the first COPY when it is ignored. */
static int keep_needed(struct build_source *source, struct error *err)
{
    cleanup_free char *own = source->text ? NULL : str_format("%s.dockerignore", source->dockerfile);
    const char *const needed[] = {".dockerignore", source->text ? NULL : source->dockerfile, own};
    for (size_t i = 0; i < ARRAY_LEN(needed); i++) {
        cleanup_free char *pattern = needed[i] ? str_format("!%s", needed[i]) : NULL;
        if (pattern && ignore_matches(source->ignore, needed[i]) && ignore_add(source->ignore, pattern, err) < 0)
            return -err->code;
    }
    return 0;
}

static int from_directory(struct build_source *source, const char *context, const char *file, struct error *err)
{
    cleanup_free char *path = NULL;
    struct stat st;
    source->directory = realpath(context, NULL);
    if (!source->directory || stat(source->directory, &st) < 0)
        return unprepared(err, "unable to evaluate symlinks in context path: %s", why(errno));
    if (!S_ISDIR(st.st_mode))
        return unprepared(err, "context must be a directory: %s", source->directory);
    int r = str_equal(file, "-") ? read_text(source, err) : find_dockerfile(source, file, &path, err);
    if (r == 0)
        r = read_ignore(source, path, err);
    if (r == 0)
        r = build_pack_check(source->directory, source->ignore, err);
    if (r == 0 && source->text)
        add_stray(source);
    return r < 0 ? r : keep_needed(source, err);
}

static int make_tar(struct build_source *source)
{
    struct pack_options options = {.anonymous = true, .capabilities = true, .gzip = source->gzip};
    if (!source->directory && !source->text)
        return build_pack_copy(source->head, source->head_len, STDIN_FILENO, source->out, source->gzip, &source->err);
    struct build_pack what = {.directory = source->directory,
                              .ignore = source->ignore,
                              .dockerfile = source->text ? source->dockerfile : NULL,
                              .text = source->text,
                              .text_len = source->text_len,
                              .ignore_text = source->text ? source->ignore_text : NULL};
    return build_pack(&what, source->out, &options, &source->err);
}

static void *produce(void *data)
{
    struct build_source *source = data;
    source->result = make_tar(source);
    source->out = fd_close(source->out);
    return NULL;
}

static int start(struct build_source *source, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(err, EPROTO, "pipe: %s", strerror(errno));
    (void)fcntl(ends[0], F_SETPIPE_SZ, PIPE_SIZE);
    source->fd = ends[0];
    source->out = ends[1];
    int code = pthread_create(&source->thread, NULL, produce, source);
    source->running = code == 0;
    return code ? error_set(err, EPROTO, "start a thread: %s", strerror(code)) : 0;
}

static int from_address(struct build_source *source, const char *address, const char *file, struct error *err)
{
    if (str_equal(file, "-"))
        return unprepared(err, "the engine fetches %s: its Dockerfile cannot come from standard input", address);
    source->remote = xstrdup(address);
    source->dockerfile = xstrdup(str_or(file, ""));
    return 0;
}

/* The Dockerfile is one of the repository. */
static int from_git(struct build_source *source, const char *address, const char *file, struct error *err)
{
    cleanup_free char *directory = NULL;
    int r = build_git_clone(address, &source->cloned, &directory, err);
    if (r < 0)
        return error_prefix(err, "unable to prepare context");
    cleanup_free char *path = str_empty(file) || str_equal(file, "-") ? xstrdup(str_or(file, "")) : path_join(directory, file);
    return from_directory(source, directory, path, err);
}

int build_source_open(const char *context, const char *file, bool compress, struct build_source *source, struct error *err)
{
    *source = (struct build_source){.fd = -EBADF, .out = -EBADF, .gzip = compress};
    struct stat st;
    bool standard = str_equal(context, "-");
    int r;
    if (standard && str_equal(file, "-"))
        return error_set(err, EPROTO, "invalid argument: can't use stdin for both build context and dockerfile");
    if (standard)
        r = from_stdin(source, file, err);
    else if (stat(context, &st) == 0)
        r = from_directory(source, context, file, err);
    else if (build_git_is(context))
        r = from_git(source, context, file, err);
    else if (str_starts(context, "http://") || str_starts(context, "https://"))
        return from_address(source, context, file, err);
    else
        return unprepared(err, "path \"%s\" not found", context);
    return r < 0 ? r : start(source, err);
}

int build_source_end(struct build_source *source, struct error *err)
{
    if (source->running)
        pthread_join(source->thread, NULL);
    source->running = false;
    return source->result < 0 ? error_set(err, EPROTO, "%s", source->err.message) : 0;
}

void build_source_close(struct build_source *source)
{
    source->fd = fd_close(source->fd); /* a thread that still writes ends then */
    if (source->running && source->head)
        return; /* but not one that waits for standard input: it keeps what it has until the program ends */
    build_source_end(source, NULL);
    ignore_free(source->ignore);
    if (source->cloned)
        path_remove_tree(source->cloned, NULL);
    free(source->cloned);
    free(source->remote);
    free(source->dockerfile);
    free(source->directory);
    free(source->text);
    free(source->ignore_text);
    free(source->head);
}
