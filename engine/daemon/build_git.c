/* A git repository as a build's context: `git` fetches one commit, where it can without the history. It runs without anybody's
 * configuration, asks nobody for a password, runs no hooks and follows no submodules; it is ended when nobody waits for it any
 * more. */
#include "daemon/build_internal.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "build/files.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_MS = 200, OUTPUT_MOST = 16 * 1024 };

bool build_is_git(const char *address)
{
    static const char *const begins[] = {"git://", "github.com/", "git@"};
    for (size_t i = 0; i < ARRAY_LEN(begins); i++)
        if (str_starts(address, begins[i]))
            return true;
    size_t len = strcspn(address, "#");
    return strstr(address, "://") && len >= 4 && strncmp(address + len - 4, ".git", 4) == 0;
}

/* Until it has ended or nobody wants it any more; what it says on the way. */
static void watch(pid_t pid, int said, const struct progress *progress, struct buf *out)
{
    char block[4096];
    struct pollfd wait = {.fd = said, .events = POLLIN};
    for (;;) {
        if (progress_cancelled(progress))
            kill(-pid, SIGKILL);
        if (poll(&wait, 1, LOOK_MS) <= 0)
            continue;
        ssize_t got = read(said, block, sizeof block);
        if (got <= 0)
            return;
        if (out->len < OUTPUT_MOST)
            buf_add(out, block, (size_t)got);
    }
}

static int run(char *const argv[], const struct progress *progress, struct buf *out, struct error *err)
{
    static char *const environment[] = {(char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                        (char *)"GIT_TERMINAL_PROMPT=0",
                                        (char *)"GIT_ALLOW_PROTOCOL=http:https:git:ssh",
                                        (char *)"GIT_CONFIG_NOSYSTEM=1",
                                        (char *)"GIT_SSH_COMMAND=ssh -o BatchMode=yes",
                                        (char *)"HOME=/nonexistent",
                                        (char *)"LC_ALL=C",
                                        NULL};
    int ends[2], status = 0;
    pid_t pid;
    if (access("/usr/bin/git", X_OK) < 0)
        return error_set(err, ENOSYS,
                         "git is not installed beside the engine, so it can fetch no repository: build from a local clone");
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    int r = spawn_program(&pid, "/usr/bin/git", &actions, POSIX_SPAWN_SETPGROUP, argv, environment);
    fd_close(ends[1]);
    if (r == 0)
        watch(pid, ends[0], progress, out);
    fd_close(ends[0]);
    while (r == 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (r < 0)
        return error_errno(err, -r, "start git");
    if (progress_cancelled(progress))
        return error_set(err, ECANCELED, "Build cancelled");
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -EPROTO;
}

struct clone {
    const char *directory;
    const struct progress *progress;
};

static int git(const struct clone *clone, const char *doing, struct error *err, const char *a, const char *b, const char *c,
               const char *d, const char *e)
{
    const char *const argv[] = {"git",
                                "-c",
                                "core.hooksPath=/dev/null",
                                "-c",
                                "http.lowSpeedLimit=1",
                                "-c",
                                "http.lowSpeedTime=60",
                                "-C",
                                clone->directory,
                                a,
                                b,
                                c,
                                d,
                                e,
                                NULL};
    cleanup_buf struct buf out = BUF_INIT;
    int r = run((char *const *)argv, clone->progress, &out, err);
    if (r != -EPROTO)
        return r;
    char *text = str_trim(out.len ? out.data : (char[]){""});
    return error_set(err, EINVAL, "error initializing context: failed to fetch the git repository: %s: %s", doing, text);
}

static int fetch(const struct clone *clone, const char *url, const char *ref, struct error *err)
{
    int r = git(clone, "init", err, "init", "--quiet", NULL, NULL, NULL);
    if (r == 0)
        r = git(clone, "fetch", err, "fetch", "--quiet", "--depth=1", url, ref);
    if (r < 0 && strstr(err->message, "shallow")) /* files on a plain web server can only be had with their history */
        r = git(clone, "fetch", err, "fetch", "--quiet", url, ref, NULL);
    return r < 0 ? r : git(clone, "checkout", err, "checkout", "--quiet", "--detach", "FETCH_HEAD", NULL);
}

/* What stands behind the second ':' of "URL#REF:DIRECTORY", within the repository. */
static int take_directory(const char *parent, const char *root, const char *name, struct build_context *out, struct error *err)
{
    cleanup_close int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cleanup_free char *clean = path_within(name), *resolved = NULL;
    struct stat st;
    if (fd < 0)
        return error_errno(err, errno, "open %s", root);
    int r = clean ? files_resolve(fd, clean, &resolved, err) : -EINVAL;
    if (r < 0 || files_stat(fd, resolved, &st) < 0 || !S_ISDIR(st.st_mode))
        return error_set(err, EINVAL, "error setting git context, %s not within git root", name);
    cleanup_free char *path = path_join(root, resolved);
    return build_context_adopt(parent, path, out, err);
}

int build_clone(const char *parent, const char *address, const struct progress *progress, struct build_context *out,
                struct error *err)
{
    cleanup_free char *text = str_format("%s%s", str_starts(address, "github.com/") ? "https://" : "", address);
    cleanup_free char *root = str_format("%s/docker-builder-git-XXXXXX", parent);
    char *ref = strchr(text, '#'), *name = ref ? strchr(ref, ':') : NULL;
    if (ref)
        *ref++ = 0;
    if (name)
        *name++ = 0;
    if (*text == '-' || (ref && *ref == '-'))
        return error_set(err, EINVAL, "invalid refspec: %s", *text == '-' ? text : ref);
    if (!mkdtemp(root))
        return error_errno(err, errno, "make a temporary directory below %s", parent);
    const struct clone clone = {root, progress};
    struct error ignored;
    int r = fetch(&clone, text, str_or(ref, "HEAD"), err);
    if (r == 0)
        r = take_directory(parent, root, str_or(name, ""), out, err);
    if (path_remove_tree(root, &ignored) < 0)
        log_warn("%s", ignored.message);
    return r;
}
