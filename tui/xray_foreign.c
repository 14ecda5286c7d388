/* Looks at another engine's container, see xray_foreign.h. */
#include "tui/xray_foreign.h"

#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "tui/app.h"
#include "tui/format.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

struct look {
    const char *host;
    char id[80], section[24];
    answer_fn done;
    json_t *answer;
};

/* What the program says, its complaint too: all of one pipe. */
static char *said(const char *program, char *const words[], int *status, struct error *err)
{
    int pipe_fds[2];
    pid_t pid;
    if (pipe2(pipe_fds, O_CLOEXEC) < 0) {
        error_errno(err, errno, "run %s", program);
        return NULL;
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], STDERR_FILENO);
    int r = spawn_program(&pid, program, &actions, 0, words, environ);
    fd_close(pipe_fds[1]);
    struct buf text = BUF_INIT;
    char part[16384];
    for (ssize_t got; r == 0 && (got = read(pipe_fds[0], part, sizeof part)) != 0;) {
        if (got > 0)
            buf_add(&text, part, (size_t)got);
        else if (errno != EINTR)
            break;
    }
    fd_close(pipe_fds[0]);
    if (r < 0) {
        error_errno(err, -r, "run %s", program);
        return NULL;
    }
    while (waitpid(pid, status, 0) < 0 && errno == EINTR)
        ;
    buf_add(&text, "", 1);
    return text.data;
}

/* Of its first process; 0 with an error when it does not run. */
static long long pid_of(const struct look *look, struct error *err)
{
    struct client *client = client_new(look->host);
    cleanup_json json_t *container = NULL;
    cleanup_free char *path = str_format("/containers/%s/json", look->id);
    int r = client_call(client, "GET", path, NULL, &container, err);
    client_free(client);
    if (r < 0)
        return 0;
    long long pid = json_num(container, "State.Pid", 0);
    if (!pid)
        error_set(err, EBUSY, "the container does not run");
    return pid;
}

static void run_look(void *data, struct error *err)
{
    struct look *look = data;
    cleanup_free char *program = exe_sibling("slipwayd");
    if (!*program) {
        error_set(err, ENOENT, "there is no slipwayd beside this program, which would look");
        return;
    }
    long long number = pid_of(look, err);
    if (!number)
        return;
    int status = 0;
    cleanup_free char *pid = str_format("%lld", number);
    char *const words[] = {(char *)"slipwayd", (char *)"--look", pid, look->section, look->id, NULL};
    cleanup_free char *text = said(program, words, &status, err);
    if (!text)
        return;
    look->answer = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? json_loads(text, 0, NULL) : NULL;
    if (!look->answer)
        error_set(err, EIO, "%s", str_or(str_trim(text), "slipwayd --look gave no document"));
}

static void looked(struct app *app, void *owner, void *data, const struct error *err)
{
    struct look *look = data;
    if (owner)
        look->done(app, owner, look->answer, err);
    json_decref(look->answer);
    free(look);
}

void xray_foreign(struct app *app, const char *id, const char *section, answer_fn done, void *owner)
{
    struct look *look = xcalloc(1, sizeof *look);
    look->host = app->host;
    look->done = done;
    copy_text(look->id, sizeof look->id, id);
    copy_text(look->section, sizeof look->section, section);
    work_run(app->work, LANE_LIVE, run_look, looked, look, owner);
}

bool xray_foreign_can(const struct app *app) { return geteuid() == 0 && str_starts(str_or(app->host, ""), "unix://"); }
