/* A program gets its input from a file in memory, so that one that does not read it cannot hold us up, and what is secret is never
 * on a disk. */
#include "cli/program.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MOST = 8 << 20 };

static char *find_program(const char *name)
{
    cleanup_strv char **directories = str_split(str_or(getenv("PATH"), "/usr/bin:/bin"), ':');
    for (size_t i = 0; directories[i]; i++) {
        char *path = path_join(*directories[i] ? directories[i] : ".", name);
        if (access(path, X_OK) == 0)
            return path;
        free(path);
    }
    return NULL;
}

/* A file in memory with this content, to be read from its beginning. */
static int input_of(const char *text, struct error *err)
{
    cleanup_close int fd = memfd_create("input", MFD_CLOEXEC);
    if (fd < 0 || write_full(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return error_set(err, EPROTO, "keep the input of a program: %s", strerror(errno));
    return move_fd(fd);
}

static void read_answer(int fd, struct buf *out)
{
    char bytes[4096];
    ssize_t n;
    while ((n = read(fd, bytes, sizeof bytes)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0 && out->len < ANSWER_MOST)
            buf_add(out, bytes, (size_t)n);
}

static int start(const char *path, char *const argv[], int input, int output, bool errors, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (errors)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    int r = spawn_program(pid, path, &actions, 0, argv, environ);
    return r < 0 ? error_set(err, EPROTO, "fork/exec %s: %s", path, strerror(-r)) : 0;
}

static void trim_end(struct buf *out)
{
    buf_putc(out, '\0');
    out->len--;
    while (out->len && strchr(" \r\n\t", out->data[out->len - 1]))
        out->data[--out->len] = '\0';
}

int program_run(char *const argv[], const char *text, bool errors, struct buf *out, struct error *err)
{
    cleanup_free char *path = find_program(argv[0]);
    cleanup_close int input = -EBADF, output = -EBADF;
    int ends[2], status = 0;
    pid_t pid;
    if (!path)
        return error_set(err, EPROTO, "exec: \"%s\": executable file not found in $PATH", argv[0]);
    if ((input = input_of(text, err)) < 0)
        return input;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(err, EPROTO, "pipe: %s", strerror(errno));
    output = ends[0];
    int r = start(path, argv, input, ends[1], errors, &pid, err);
    fd_close(ends[1]);
    if (r < 0)
        return r;
    read_answer(output, out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    trim_end(out);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    return WIFEXITED(status) ? error_set(err, EPROTO, "exit status %d", WEXITSTATUS(status))
                             : error_set(err, EPROTO, "signal: %s", strsignal(WTERMSIG(status)));
}
