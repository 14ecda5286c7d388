/* One program from fork to wait; see helper.h. The loop waits for three things at once: the program reads, writes, or ends. */
#include "kernel/helper.h"
#include "base/clock.h"
#include "base/memory.h"
#include "kernel/namespaces.h"
#include "kernel/process.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SAID_MOST = 64 * 1024 };

struct running {
    const struct helper *helper;
    struct buf *said;
    pid_t pid;
    int pidfd;
    int input[2], output[2], failure[2]; /* pipes: to read, to write */
    size_t written;
};

/* Out of the way of 0, 1, 2 and of the ones that the program is to have, then each to its place. */
static int arrange(const struct running *running, int *failure)
{
    const struct helper *helper = running->helper;
    int high = 3 + (int)helper->fd_count, rc = 0;
    int streams[3] = {running->input[0], helper->out >= 0 ? helper->out : running->output[1],
                      helper->err >= 0 ? helper->err : running->output[1]};
    int *extra cleanup_free = xcalloc(helper->fd_count + 1, sizeof *extra);
    *failure = fcntl(*failure, F_DUPFD_CLOEXEC, high);
    for (int i = 0; i < 3; i++)
        streams[i] = fcntl(streams[i], F_DUPFD_CLOEXEC, high);
    for (size_t i = 0; i < helper->fd_count; i++)
        extra[i] = fcntl(helper->fds[i], F_DUPFD_CLOEXEC, high);
    for (int i = 0; i < 3 && rc >= 0; i++)
        rc = dup2(streams[i], i);
    for (size_t i = 0; i < helper->fd_count && rc >= 0; i++)
        rc = dup2(extra[i], 3 + (int)i);
    return rc < 0 || syscall(SYS_close_range, high, ~0U, CLOSE_RANGE_CLOEXEC) < 0 ? -errno : 0;
}

_Noreturn static void become(const struct running *running)
{
    const struct helper *helper = running->helper;
    char *const alone[] = {(char *)helper->path, NULL};
    int failure = running->failure[1];
    setpgid(0, 0);
    process_default_signals();
    int code = -arrange(running, &failure);
    if (!code && helper->directory && chdir(helper->directory) < 0)
        code = errno;
    if (!code) {
        execve(helper->path, helper->args ? helper->args : alone, helper->env ? helper->env : environ);
        code = errno;
    }
    (void)!write(failure, &code, sizeof code);
    _exit(127);
}

static void feed(struct running *running)
{
    const char *text = running->helper->input ? running->helper->input : "";
    size_t left = strlen(text) - running->written;
    ssize_t n = left ? write(running->input[1], text + running->written, left) : 0;
    if (n > 0)
        running->written += (size_t)n;
    if (n > 0 ? (size_t)n == left : n == 0 || errno != EAGAIN) /* all said, or nobody listens */
        running->input[1] = fd_close(running->input[1]);
}

static bool collect(struct running *running)
{
    char chunk[4096];
    ssize_t n = read(running->output[0], chunk, sizeof chunk);
    if (n > 0 && running->said && running->said->len + (size_t)n <= SAID_MOST)
        buf_add(running->said, chunk, (size_t)n);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        running->output[0] = fd_close(running->output[0]);
    return n > 0;
}

/* 0 when it ended, 1 when its time is over. */
static int attend(struct running *running)
{
    int64_t end = running->helper->seconds ? clock_mono_ns() + running->helper->seconds * INT64_C(1000000000) : 0;
    for (;;) {
        struct pollfd fds[3] = {{running->pidfd, POLLIN, 0}, {running->output[0], POLLIN, 0}, {running->input[1], POLLOUT, 0}};
        int64_t left = end ? (end - clock_mono_ns()) / 1000000 : -1;
        if (end && left < 0)
            return 1;
        if (poll(fds, 3, (int)(end ? left + 1 : -1)) < 0 && errno != EINTR)
            return 0;
        if (fds[2].revents)
            feed(running);
        if (fds[1].revents)
            (void)collect(running);
        if (fds[0].revents)
            return 0;
    }
}

static int outcome(const struct running *running, bool late, struct error *err)
{
    int status = 0, code = 0;
    if (late) {
        kill(-running->pid, SIGKILL);
        (void)process_signal(running->pidfd, SIGKILL);
    }
    while (waitpid(running->pid, &status, 0) < 0 && errno == EINTR)
        ;
    if (late)
        return error_set(err, ETIMEDOUT, "still running after %d s", running->helper->seconds);
    if (read(running->failure[0], &code, sizeof code) == sizeof code)
        return error_errno(err, code, "execute %s", running->helper->path);
    if (WIFSIGNALED(status))
        return error_set(err, EIO, "killed by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status) ? error_set(err, EIO, "exit code %d", WEXITSTATUS(status)) : 0;
}

static int make_pipes(struct running *running, struct error *err)
{
    if (pipe2(running->input, O_CLOEXEC) < 0 || pipe2(running->output, O_CLOEXEC) < 0 || pipe2(running->failure, O_CLOEXEC) < 0 ||
        fcntl(running->input[1], F_SETFL, O_NONBLOCK) < 0 || fcntl(running->output[0], F_SETFL, O_NONBLOCK) < 0)
        return error_errno(err, errno, "make pipes");
    return 0;
}

static int run(struct running *running, struct error *err)
{
    int rc = make_pipes(running, err);
    if (rc < 0)
        return rc;
    running->pid = namespace_clone(NULL, 0, -1, &running->pidfd, err);
    if (running->pid < 0)
        return running->pid;
    if (running->pid == 0)
        become(running);
    running->input[0] = fd_close(running->input[0]);
    running->output[1] = fd_close(running->output[1]);
    running->failure[1] = fd_close(running->failure[1]);
    rc = outcome(running, attend(running) == 1, err);
    /* A child of its own may hold the pipe open: what is there is taken, nothing is waited for. */
    while (running->output[0] >= 0 && collect(running))
        ;
    return rc;
}

static char *shell_command(const struct helper *helper)
{
    struct buf line = BUF_INIT;
    char *const alone[] = {(char *)helper->path, NULL};
    char *const *args = helper->args && helper->args[0] ? helper->args : alone;
    for (size_t i = 0; args[i]; i++) {
        char *quoted cleanup_free = str_shell_quote(i ? args[i] : helper->path);
        buf_printf(&line, "%s%s", i ? " " : "", quoted);
    }
    return buf_take(&line);
}

int helper_run(struct steps *steps, const char *what, const struct helper *helper, struct buf *said, struct error *err)
{
    int64_t start = step_start();
    struct running running = {.helper = helper,
                              .said = said,
                              .pidfd = -EBADF,
                              .input = {-EBADF, -EBADF},
                              .output = {-EBADF, -EBADF},
                              .failure = {-EBADF, -EBADF}};
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before); /* it need not read what it is told */
    int rc = run(&running, err);
    sigaction(SIGPIPE, &before, NULL);
    fd_close(running.pidfd);
    for (int i = 0; i < 2; i++) {
        fd_close(running.input[i]);
        fd_close(running.output[i]);
        fd_close(running.failure[i]);
    }
    char *command cleanup_free = steps ? shell_command(helper) : NULL;
    step_record(steps, start, rc, what, helper->path, str_or(command, ""));
    return rc;
}
