/* The daemon's side: spawns shims and asks them, one short connection a question. Holds no lock and needs none. */
#include "shim/shim_client.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/spawn.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { REPORT_FD = 3 };

struct shim {
    char *id;
    int directory;       /* O_PATH; sockets are reached through it, as paths of sockets end at 107 bytes */
    _Atomic pid_t child; /* the shim, while it is our child and not reaped */
    int events;          /* the event connection; negative until it is wanted */
    struct buf unread;   /* of the event connection */
};

/* Reaping */

static void reap(struct shim *shim, bool wait)
{
    pid_t child = atomic_exchange(&shim->child, 0);
    if (child && waitpid(child, NULL, wait ? 0 : WNOHANG) == 0)
        atomic_store(&shim->child, child);
}

/* Shims that still had output to deliver when their owner let go of them. Collected whenever another one comes or goes. */
static struct {
    pthread_mutex_t lock;
    pid_t pids[256];
    size_t count;
} late = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void reap_late(pid_t another)
{
    pthread_mutex_lock(&late.lock);
    if (another && late.count < ARRAY_LEN(late.pids))
        late.pids[late.count++] = another;
    for (size_t i = 0; i < late.count;) {
        if (waitpid(late.pids[i], NULL, WNOHANG) != 0)
            late.pids[i] = late.pids[--late.count];
        else
            i++;
    }
    pthread_mutex_unlock(&late.lock);
}

/* Lines */

/* Read up to the newline and not a byte further: what follows may be a stream. */
static int read_line_exactly(int fd, struct buf *line)
{
    char bytes[4096];
    for (;;) {
        ssize_t n = recv(fd, bytes, sizeof bytes, MSG_PEEK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EPIPE;
        char *end = memchr(bytes, '\n', (size_t)n);
        size_t take = end ? (size_t)(end - bytes) + 1 : (size_t)n;
        n = recv(fd, bytes, take, 0);
        if (n != (ssize_t)take)
            return -EPIPE;
        buf_add(line, bytes, take);
        if (end)
            return 0;
    }
}

/* A line of a connection that carries nothing but lines; `unread` keeps what came after it. */
static json_t *read_line(int fd, struct buf *unread, const char *what, struct error *err)
{
    char bytes[16 * 1024], *end;
    size_t searched = 0;
    while (!(end = unread->len > searched ? memchr(unread->data + searched, '\n', unread->len - searched) : NULL)) {
        searched = unread->len;
        ssize_t n = recv(fd, bytes, sizeof bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            error_set(err, EPIPE, "%s: the shim is gone", what);
            return NULL;
        }
        buf_add(unread, bytes, (size_t)n);
    }
    size_t len = (size_t)(end - unread->data);
    json_t *doc = json_parse(unread->data, len, what, err);
    buf_consume(unread, len + 1);
    return doc;
}

/* The reply, or NULL and the error that it carries. */
static json_t *check_reply(json_t *reply, struct error *err)
{
    if (!reply || json_flag(reply, "ok", false))
        return reply;
    error_set(err, (int)json_num(reply, "code", EPROTO), "%s", json_str(reply, "error", "the shim refused without a reason"));
    json_decref(reply);
    return NULL;
}

static int connect_to(const struct shim *shim, struct error *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d/shim.sock", shim->directory);
    int fd = unix_connect(path, SOCK_STREAM, err);
    return fd < 0 && err ? error_set(err, -fd, "container %s: its shim does not answer: %s", shim->id, strerror(-fd)) : fd;
}

/* Send one request and take its reply; the connection stays usable and is the caller's. */
static json_t *converse(const struct shim *shim, json_t *request, int *connection, struct error *err)
{
    cleanup_json json_t *owned = request;
    cleanup_free char *text = json_text(request), *line = str_format("%s\n", text);
    cleanup_close int fd = connect_to(shim, err);
    if (fd < 0)
        return NULL;
    size_t len = strlen(line), sent = 0;
    while (sent < len) {
        ssize_t n = send(fd, line + sent, len - sent, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            error_errno(err, errno, "container %s: ask its shim", shim->id);
            return NULL;
        }
        sent += (size_t)n;
    }
    cleanup_buf struct buf answer = BUF_INIT;
    if (read_line_exactly(fd, &answer) < 0) {
        error_set(err, EPIPE, "container %s: its shim went away", shim->id);
        return NULL;
    }
    json_t *reply = check_reply(json_parse(answer.data, answer.len, "the shim's reply", err), err);
    if (reply)
        *connection = move_fd(fd);
    return reply;
}

static json_t *ask(const struct shim *shim, json_t *request, struct error *err)
{
    cleanup_close int connection = -EBADF;
    return converse(shim, request, &connection, err);
}

static int ask_plainly(const struct shim *shim, json_t *request, struct error *err)
{
    struct error own = ERROR_INIT;
    cleanup_json json_t *reply = ask(shim, request, &own);
    return reply ? 0 : error_set(err, own.code, "%s", own.message);
}

/* Spawning */

static struct shim *shim_new(const char *id, const char *state, struct error *err)
{
    int directory = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) {
        error_errno(err, errno, "container %s: open %s", id, state);
        return NULL;
    }
    struct shim *shim = xcalloc(1, sizeof *shim);
    shim->id = xstrdup(id);
    shim->directory = directory;
    shim->events = -EBADF;
    return shim;
}

static char **arguments(const struct shim_options *options)
{
    char **argv = NULL;
    strv_add(&argv, options->program);
    strv_add(&argv, "--id");
    strv_add(&argv, options->id);
    strv_add(&argv, "--state");
    strv_add(&argv, options->state);
    if (options->log_path) {
        strv_add(&argv, "--log");
        strv_add(&argv, options->log_path);
        strv_take(&argv, str_format("--log-max-size=%lld", options->log_max_size));
        strv_take(&argv, str_format("--log-max-files=%d", options->log_max_files));
        if (options->log_local)
            strv_add(&argv, "--log-local");
        if (options->log_compress)
            strv_add(&argv, "--log-compress");
    }
    if (options->log_more)
        strv_take(&argv, str_format("--log-more=%s/log.json", options->state));
    if (options->cache) {
        strv_add(&argv, "--cache");
        strv_add(&argv, options->cache);
    }
    if (options->open_stdin)
        strv_add(&argv, "--stdin");
    if (options->stdin_once)
        strv_add(&argv, "--stdin-once");
    return argv;
}

/* A session of its own, no descriptor but the report's, no signal blocked or ignored. */
static int spawn(const struct shim_options *options, int report, pid_t *pid)
{
    extern char **environ;
    cleanup_strv char **argv = arguments(options);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, report, REPORT_FD);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&actions, REPORT_FD + 1);
    return spawn_program(pid, options->program, &actions, POSIX_SPAWN_SETSID, argv, environ);
}

/* Through a file that only root reads: labels and variables are nobody else's business, and command lines are. */
static int write_log_more(const struct shim_options *options, struct error *err)
{
    cleanup_free char *path = options->log_more ? str_format("%s/log.json", options->state) : NULL;
    return path ? json_write_file(path, options->log_more, 0600, false, err) : 0;
}

/* The report must not sit on a descriptor that the spawned program's standard ones replace. */
static int report_pair(int ends[2], struct error *err)
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, errno, "socketpair");
    for (int i = 0; i < 2; i++) {
        if (ends[i] > REPORT_FD)
            continue;
        int higher = fcntl(ends[i], F_DUPFD_CLOEXEC, REPORT_FD + 1);
        close(ends[i]);
        ends[i] = higher;
    }
    return 0;
}

static json_t *read_report(struct shim *shim, struct error *err)
{
    struct error why = ERROR_INIT;
    json_t *report = read_line(shim->events, &shim->unread, "slipway-shim", &why);
    int status = 0;
    if (!report && waitpid(shim->child, &status, 0) > 0) {
        atomic_store(&shim->child, 0);
        error_set(err, EPIPE, "container %s: slipway-shim ended before the container was made (%s %d)", shim->id,
                  WIFSIGNALED(status) ? "signal" : "exit code", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
        return NULL;
    }
    return report;
}

static void give_steps(json_t *reply, json_t **steps)
{
    if (!steps)
        return;
    json_t *found = json_object_get(reply, "steps");
    *steps = found ? json_incref(found) : json_array();
}

struct shim *shim_spawn(const struct shim_options *options, pid_t *pid, json_t **steps, struct error *err)
{
    int ends[2];
    reap_late(0);
    struct shim *shim = shim_new(options->id, options->state, err);
    if (!shim)
        return NULL;
    if (write_log_more(options, err) < 0 || report_pair(ends, err) < 0) {
        shim_free(shim);
        return NULL;
    }
    shim->events = ends[0];
    pid_t child = 0;
    int r = spawn(options, ends[1], &child);
    close(ends[1]);
    if (r < 0) {
        error_errno(err, -r, "start %s", options->program);
        shim_free(shim);
        return NULL;
    }
    atomic_store(&shim->child, child);
    json_t *answer = read_report(shim, err);
    if (answer)
        give_steps(answer, steps);
    cleanup_json json_t *report = check_reply(answer, err);
    if (!report) {
        reap(shim, true);
        shim_free(shim);
        return NULL;
    }
    if (pid)
        *pid = (pid_t)json_num(report, "pid", 0);
    return shim;
}

struct shim *shim_connect(const char *state, pid_t *pid, struct error *err)
{
    const char *slash = strrchr(state, '/');
    struct shim *shim = shim_new(slash ? slash + 1 : state, state, err);
    cleanup_json json_t *reply = shim ? shim_state(shim, err) : NULL;
    if (!reply) {
        shim_free(shim);
        return NULL;
    }
    if (pid)
        *pid = (pid_t)json_num(reply, "pid", 0);
    return shim;
}

/* Requests */

json_t *shim_state(struct shim *shim, struct error *err) { return ask(shim, json_pack("{s:s}", "op", "state"), err); }

int shim_start(struct shim *shim, json_t **steps, struct error *err)
{
    struct error own = ERROR_INIT;
    cleanup_json json_t *reply = ask(shim, json_pack("{s:s}", "op", "start"), &own);
    if (!reply)
        return error_set(err, own.code, "%s", own.message);
    give_steps(reply, steps);
    return 0;
}

int shim_attach(struct shim *shim, const char *exec_id, bool in, bool out, bool errors, int *connection, struct error *err)
{
    struct error own = ERROR_INIT;
    json_t *request = json_pack("{s:s,s:s?,s:b,s:b,s:b}", "op", "attach", "exec", exec_id, "in", in, "out", out, "err", errors);
    cleanup_json json_t *reply = converse(shim, request, connection, &own);
    return reply ? 0 : error_set(err, own.code, "%s", own.message);
}

int shim_exec_prepare(struct shim *shim, const char *exec_id, json_t *process, bool open_stdin, struct error *err)
{
    return ask_plainly(
        shim, json_pack("{s:s,s:s,s:O,s:b}", "op", "exec-prepare", "exec", exec_id, "process", process, "stdin", open_stdin), err);
}

int shim_exec_start(struct shim *shim, const char *exec_id, pid_t *pid, struct error *err)
{
    struct error own = ERROR_INIT;
    cleanup_json json_t *reply = ask(shim, json_pack("{s:s,s:s}", "op", "exec-start", "exec", exec_id), &own);
    if (!reply)
        return error_set(err, own.code, "%s", own.message);
    if (pid)
        *pid = (pid_t)json_num(reply, "pid", 0);
    return 0;
}

int shim_signal(struct shim *shim, const char *exec_id, int signal, bool all, struct error *err)
{
    return ask_plainly(shim, json_pack("{s:s,s:s?,s:i,s:b}", "op", "signal", "exec", exec_id, "signal", signal, "all", all), err);
}

int shim_resize(struct shim *shim, const char *exec_id, unsigned rows, unsigned columns, struct error *err)
{
    return ask_plainly(
        shim, json_pack("{s:s,s:s?,s:i,s:i}", "op", "resize", "exec", exec_id, "rows", (int)rows, "columns", (int)columns), err);
}

int shim_pause(struct shim *shim, bool paused, struct error *err)
{
    return ask_plainly(shim, json_pack("{s:s,s:b}", "op", "pause", "paused", paused), err);
}

json_t *shim_next_event(struct shim *shim, struct error *err)
{
    if (shim->events < 0) {
        struct error own = ERROR_INIT;
        int connection = -EBADF;
        cleanup_json json_t *reply = converse(shim, json_pack("{s:s}", "op", "events"), &connection, &own);
        if (!reply) {
            error_set(err, EPIPE, "%s", own.message);
            return NULL;
        }
        shim->events = connection;
    }
    json_t *event = read_line(shim->events, &shim->unread, shim->id, err);
    if (!event)
        reap(shim, true); /* its end of the connection closes only with it */
    return event;
}

int shim_release(struct shim *shim, struct error *err)
{
    struct error own = ERROR_INIT;
    cleanup_json json_t *reply = ask(shim, json_pack("{s:s}", "op", "release"), &own);
    if (!reply)
        return error_set(err, own.code, "%s", own.message);
    if (!json_flag(reply, "lingers", false))
        reap(shim, true);
    return 0;
}

void shim_free(struct shim *shim)
{
    if (!shim)
        return;
    reap(shim, false);
    reap_late(atomic_load(&shim->child));
    fd_close(shim->events);
    fd_close(shim->directory);
    buf_free(&shim->unread);
    free(shim->id);
    free(shim);
}
