/* A helper gets its input from a file in memory, so that one that does not read it cannot hold us up, and its secrets are never on
 * a disk or among arguments. */
#include "cli/credential_helper.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER_MOST = 8 << 20 };
static const char NOT_FOUND[] = "credentials not found in native keychain";

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
    cleanup_close int fd = memfd_create("credentials", MFD_CLOEXEC);
    if (fd < 0 || write_full(fd, text, strlen(text)) < 0 || lseek(fd, 0, SEEK_SET) < 0)
        return error_set(err, EPROTO, "keep the input of a credential helper: %s", strerror(errno));
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

static int start(const char *path, const char *name, const char *action, int input, int output, pid_t *pid, struct error *err)
{
    posix_spawn_file_actions_t actions;
    char *const argv[] = {(char *)name, (char *)action, NULL};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    int r = spawn_program(pid, path, &actions, 0, argv, environ);
    return r < 0 ? error_set(err, EPROTO, "fork/exec %s: %s", path, strerror(-r)) : 0;
}

/* What it says is in `out`, without white space at the end, also when it fails. */
static int run(const char *helper, const char *action, const char *text, struct buf *out, struct error *err)
{
    cleanup_free char *name = str_format("docker-credential-%s", helper), *path = find_program(name);
    cleanup_close int input = -EBADF, output = -EBADF;
    int ends[2], status = 0;
    pid_t pid;
    if (!path)
        return error_set(err, EPROTO, "exec: \"%s\": executable file not found in $PATH", name);
    if ((input = input_of(text, err)) < 0)
        return input;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_set(err, EPROTO, "pipe: %s", strerror(errno));
    output = ends[0];
    int r = start(path, name, action, input, ends[1], &pid, err);
    fd_close(ends[1]);
    if (r < 0)
        return r;
    read_answer(output, out);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        continue;
    buf_putc(out, '\0');
    out->len--;
    while (out->len && strchr(" \r\n\t", out->data[out->len - 1]))
        out->data[--out->len] = '\0';
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return 0;
    if (str_equal(out->data, NOT_FOUND))
        return error_set(err, ENOENT, "%s", NOT_FOUND);
    return WIFEXITED(status) ? error_set(err, EPROTO, "exit status %d", WEXITSTATUS(status))
                             : error_set(err, EPROTO, "signal: %s", strsignal(WTERMSIG(status)));
}

static int say(struct error *err, const char *doing, const struct buf *out)
{
    struct error why = *err;
    if (why.code == ENOENT)
        return -ENOENT;
    return error_set(err, why.code, "error %s credentials - err: %s, out: `%s`", doing, why.message, str_or(out->data, ""));
}

/* The object that it answers with. */
static json_t *ask(const char *helper, const char *action, const char *text, const char *doing, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    json_t *doc = NULL;
    if (run(helper, action, text, &out, err) < 0)
        return say(err, doing, &out), NULL;
    doc = json_loadb(out.data, out.len, 0, NULL);
    if (json_is_object(doc))
        return doc;
    json_decref(doc);
    return error_set(err, EPROTO, "error %s credentials - docker-credential-%s does not answer with JSON", doing, helper), NULL;
}

json_t *credential_helper_get(const char *helper, const char *server, struct error *err)
{
    return ask(helper, "get", server, "getting", err);
}

json_t *credential_helper_list(const char *helper, struct error *err) { return ask(helper, "list", "unused", "listing", err); }

int credential_helper_store(const char *helper, const json_t *credentials, struct error *err)
{
    cleanup_free char *text = json_text(credentials);
    cleanup_buf struct buf out = BUF_INIT;
    return run(helper, "store", text, &out, err) < 0 ? say(err, "storing", &out) : 0;
}

int credential_helper_erase(const char *helper, const char *server, struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    return run(helper, "erase", server, &out, err) < 0 ? say(err, "erasing", &out) : 0;
}
