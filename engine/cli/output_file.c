/* The file has no name until it is whole (O_TMPFILE), so that not even a SIGKILL leaves half of one behind. Where the file system
 * cannot do that, it has a temporary name that is taken away also when a signal ends the program. */
#include "cli/output_file.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char doomed[4096]; /* what a signal handler takes away; "" is nothing */

static void on_signal(int number)
{
    if (*doomed)
        unlink(doomed);
    signal(number, SIG_DFL);
    raise(number);
}

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? xstrdup(".") : slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

static const char *why(int code)
{
    return code == ENOENT    ? "no such file or directory"
           : code == ENOTDIR ? "not a directory"
           : code == EACCES  ? "permission denied"
                             : strerror(code);
}

static int check(const char *path, const char *directory, struct error *err)
{
    struct stat st;
    if (stat(directory, &st) < 0)
        return error_set(err, EPROTO, "invalid output path: stat %s: %s", directory, why(errno));
    if (!S_ISDIR(st.st_mode))
        return error_set(err, EPROTO, "invalid output path: stat %s: not a directory", directory);
    if (str_ends(path, "/") || (stat(path, &st) == 0 && S_ISDIR(st.st_mode)))
        return error_set(err, EPROTO, "cannot write to a directory");
    if (stat(path, &st) < 0 || S_ISREG(st.st_mode))
        return 0;
    return error_set(err, EPROTO, "cannot write to a %s file",
                     S_ISCHR(st.st_mode)   ? "character device"
                     : S_ISBLK(st.st_mode) ? "block device"
                                           : "special");
}

static int open_named(struct output_file *file)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};
    file->temporary = str_format("%s.XXXXXX", file->path);
    file->fd = mkostemp(file->temporary, O_CLOEXEC);
    if (file->fd < 0) {
        int code = errno;
        free(move_ptr(file->temporary));
        return -code;
    }
    snprintf(doomed, sizeof doomed, "%s", file->temporary);
    for (size_t i = 0; i < ARRAY_LEN(signals); i++)
        signal(signals[i], on_signal);
    return 0;
}

int output_file_open(const char *path, struct output_file *file, struct error *err)
{
    *file = (struct output_file){.fd = -EBADF};
    char *resolved = realpath(path, NULL); /* a link stays one */
    file->path = resolved ? resolved : xstrdup(path);
    cleanup_free char *directory = directory_of(file->path);
    int r = check(path, directory, err);
    if (r < 0)
        return r;
    file->fd = open(directory, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (file->fd < 0 && (r = open_named(file)) < 0)
        return error_set(err, EPROTO, "open %s: %s", file->path, why(-r));
    return 0;
}

bool output_file_take(void *data, const char *bytes, size_t len)
{
    struct output_file *file = data;
    file->failure = -write_full(file->fd, bytes, len);
    return file->failure == 0;
}

/* A name for what has none; it is exchanged for the right one at once, since a link cannot replace a file. */
static int give_name(struct output_file *file)
{
    cleanup_free char *self = str_format("/proc/self/fd/%d", file->fd);
    for (int i = 0; i < 100; i++) {
        cleanup_free char *name = str_format("%s.%d.%d", file->path, (int)getpid(), i);
        if (linkat(AT_FDCWD, self, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            file->temporary = move_ptr(name);
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    return -errno;
}

int output_file_keep(struct output_file *file, struct error *err)
{
    int r = file->temporary ? 0 : give_name(file);
    if (r == 0 && rename(file->temporary, file->path) < 0)
        r = -errno;
    if (r < 0)
        return error_set(err, EPROTO, "write %s: %s", file->path, why(-r));
    *doomed = '\0';
    free(move_ptr(file->temporary));
    return 0;
}

void output_file_drop(struct output_file *file)
{
    file->fd = fd_close(file->fd);
    if (file->temporary)
        unlink(file->temporary);
    *doomed = '\0';
    free(move_ptr(file->temporary));
    free(move_ptr(file->path));
}
