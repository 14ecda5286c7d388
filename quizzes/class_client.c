/* Ask slipway-classd, and start it when nobody listens. The program forks into the background itself and holds its end of a pipe
 * open until it listens: end of file means "ask now", text means "I cannot start, and this is why". */
#include "quizzes/class_client.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/spawn.h"
#include "base/strings.h"
#include "quizzes/class_config.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_MS = 3000, ANSWER_MS = 10000, RETRY_MS = 20, TRIES = 2 };

extern char **environ;

char *class_socket_path(void)
{
    const char *given = getenv("SLIPWAY_CLASS_SOCKET"), *runtime = getenv("XDG_RUNTIME_DIR");
    if (!str_empty(given))
        return xstrdup(given);
    cleanup_class_config struct class_config class = {0};
    if (class_config_read(&class, NULL) == 0)
        return xstrdup(class.socket);
    if (geteuid() == 0)
        return xstrdup("/run/slipway-classd.sock");
    if (!str_empty(runtime) && path_exists(runtime))
        return path_join(runtime, "slipway-classd.sock");
    return str_format("/tmp/slipway-classd-%u.sock", geteuid());
}

char *class_db_path(void)
{
    const char *given = getenv("SLIPWAY_CLASS_DB");
    if (!str_empty(given))
        return xstrdup(given);
    if (geteuid() == 0)
        return xstrdup("/var/lib/slipway/class.db");
    return path_join(str_or(getenv("HOME"), "/tmp"), ".local/share/slipway/class.db");
}

static int64_t now_ms(void) { return clock_mono_ns() / 1000000; }

/* ./slipway-classd beside this program, or one level up (a test program lives in build/tests). */
static char *program_path(struct error *err)
{
    char *path = exe_sibling("slipway-classd");
    if (*path)
        return path;
    free(path);
    path = str_format("%s/../slipway-classd", exe_dir());
    if (access(path, X_OK) == 0)
        return path;
    free(path);
    error_set(err, ENOENT, "slipway-classd is not beside this program in %s: build or install Slipway completely", exe_dir());
    return NULL;
}

static int spawn_background(const char *program, const char *socket, const char *db, int output, pid_t *pid)
{
    char *argv[] = {"slipway-classd", "--background", "--socket", (char *)socket, "--db", (char *)db, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    return spawn_program(pid, program, &actions, POSIX_SPAWN_SETSID, argv, environ);
}

static bool wait_readable(int fd, int64_t deadline)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    int ready;
    do {
        int64_t left = deadline - now_ms();
        ready = poll(&wait, 1, left > 0 ? (int)left : 0);
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* What the starting program says until it closes its output; "" when it is up (or when another one was faster). */
static int read_until_closed(int fd, int64_t deadline, struct buf *said)
{
    for (;;) {
        if (!wait_readable(fd, deadline))
            return -ETIMEDOUT;
        char chunk[1024];
        ssize_t got = read(fd, chunk, sizeof chunk);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return 0;
        if (said->len < sizeof chunk)
            buf_add(said, chunk, (size_t)got);
    }
}

static int start_program(const char *socket, int64_t deadline, struct error *err)
{
    cleanup_free char *program = program_path(err);
    if (!program)
        return -err->code;
    cleanup_free char *db = class_db_path();
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "start slipway-classd: pipe");
    cleanup_close int from = ends[0];
    pid_t pid;
    int r = spawn_background(program, socket, db, ends[1], &pid);
    fd_close(ends[1]);
    if (r < 0)
        return error_errno(err, -r, "start %s", program);
    cleanup_buf struct buf said = BUF_INIT;
    r = read_until_closed(from, deadline, &said);
    if (r == 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
    if (said.len) {
        char *line = str_trim(said.data);
        return error_set(err, EIO, "%s", str_starts(line, "slipway-classd: ") ? line + 16 : line);
    }
    return r < 0 ? error_set(err, ETIMEDOUT, "slipway-classd did not start within %d seconds", START_MS / 1000) : 0;
}

/* Whether `path` is where the class of this machine is served; *uid is by whom. */
static bool is_class(const char *path, uid_t *uid)
{
    cleanup_class_config struct class_config class = {0};
    if (class_config_read(&class, NULL) < 0 || !str_equal(class.socket, path))
        return false;
    *uid = class.uid;
    return true;
}

/* In /tmp anybody may have been there first: answers go only to a program of our own, of root's, or of the class's user. */
static int connect_trusted(const char *path, struct error *err)
{
    cleanup_close int fd = unix_connect(path, SOCK_SEQPACKET, err);
    if (fd < 0)
        return fd;
    struct ucred who;
    socklen_t len = sizeof who;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0)
        return error_errno(err, errno, "find out who serves %s", path);
    uid_t class_user = 0;
    if (is_class(path, &class_user) ? who.uid != class_user : who.uid != geteuid() && who.uid != 0)
        return error_set(err, EPERM, "socket %s is served by user %u; set SLIPWAY_CLASS_SOCKET to a path of your own", path,
                         who.uid);
    return move_fd(fd);
}

int class_here(struct error *err)
{
    cleanup_class_config struct class_config class = {0};
    int r = class_config_read(&class, err);
    if (r < 0)
        return r;
    cleanup_free char *socket = class_socket_path();
    return str_equal(class.socket, socket) ? 0
                                           : error_set(err, ENOENT,
                                                       "SLIPWAY_CLASS_SOCKET is %s, and the class of this machine is served on "
                                                       "%s; unset it",
                                                       socket, class.socket);
}

static int connect_or_start(struct error *err)
{
    cleanup_free char *socket = class_socket_path();
    uid_t class_user;
    bool class = is_class(socket, &class_user);
    int64_t deadline = now_ms() + START_MS;
    for (;;) {
        int fd = connect_trusted(socket, err);
        if (fd >= 0 || (err->code != ENOENT && err->code != ECONNREFUSED))
            return fd;
        if (class && now_ms() >= deadline)
            return error_set(err, ENOTCONN, "the class's server does not answer on %s; root starts it: slipway class serve",
                             socket);
        if (now_ms() >= deadline)
            return error_set(err, ETIMEDOUT, "slipway-classd does not answer on %s", socket);
        if (class) { /* root starts it, not whoever comes first; one that was killed is back at once (class_serve.c) */
            poll(NULL, 0, RETRY_MS);
            continue;
        }
        int r = start_program(socket, deadline, err);
        if (r < 0)
            return r;
        fd = connect_trusted(socket, NULL);
        if (fd >= 0)
            return fd;
        /* Another one is starting or ending at this moment. */
        poll(NULL, 0, RETRY_MS);
    }
}

static int exchange(int fd, const char *text, struct buf *answer, struct error *err)
{
    int size = 2 * CLASS_MESSAGE_MAX;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    size_t len = strlen(text);
    if (len > CLASS_MESSAGE_MAX)
        return error_set(err, EMSGSIZE, "ask slipway-classd: the request has %zu bytes, %d KiB is the most", len,
                         CLASS_MESSAGE_MAX >> 10);
    /* One that is turned away at the door is told why before the door is shut. */
    if (send(fd, text, len, MSG_NOSIGNAL) < 0 && (errno != EPIPE || !wait_readable(fd, now_ms())))
        return error_errno(err, errno, "ask slipway-classd");
    if (!wait_readable(fd, now_ms() + ANSWER_MS))
        return error_set(err, ETIMEDOUT, "slipway-classd did not answer within %d seconds", ANSWER_MS / 1000);
    cleanup_free char *room = xmalloc(2 * CLASS_MESSAGE_MAX);
    ssize_t got = recv(fd, room, 2 * CLASS_MESSAGE_MAX, 0);
    if (got < 0 && errno == ECONNRESET) /* what it said before it hung up on the request comes behind that error */
        got = recv(fd, room, 2 * CLASS_MESSAGE_MAX, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN)
        got = 0;
    if (got < 0)
        return error_errno(err, errno, "hear slipway-classd");
    if (got == 0)
        return error_set(err, ECONNRESET,
                         "slipway-classd ended before it answered; nothing it had acknowledged is lost, ask again");
    buf_add(answer, room, (size_t)got);
    return 0;
}

int class_call(json_t *request, json_t **reply, struct error *err)
{
    struct error local = ERROR_INIT;
    err = err ? err : &local;
    if (reply)
        *reply = NULL;
    cleanup_free char *text = json_text(request);
    cleanup_buf struct buf answer = BUF_INIT;
    int r = -1;
    /* A program that was killed just now gets one successor: every request may be sent twice without harm. */
    for (int tries = 0; tries < TRIES; tries++) {
        cleanup_close int fd = connect_or_start(err);
        if (fd < 0)
            return fd;
        r = exchange(fd, text, &answer, err);
        if (r != -ECONNRESET && r != -EPIPE)
            break;
    }
    if (r < 0)
        return r;
    json_t *doc = json_parse(answer.data, answer.len, "reply of slipway-classd", err);
    if (!doc)
        return -EPROTO;
    bool ok = json_flag(doc, "ok", false);
    if (ok)
        *err = ERROR_INIT; /* what went wrong on the way was mended */
    else
        error_set(err, (int)json_num(doc, "code", EPROTO), "%s", json_str(doc, "error", "slipway-classd refused without a reason"));
    if (reply)
        *reply = doc;
    else
        json_decref(doc);
    return ok ? 0 : -(err->code > 0 ? err->code : EPROTO);
}

/* In a class that is the instructors' affair. */
static bool imports_banks(void)
{
    cleanup_free char *socket = class_socket_path();
    uid_t class_user;
    if (!is_class(socket, &class_user))
        return true;
    cleanup_json json_t *request = json_pack("{s:s}", "op", "class.info"), *reply = NULL;
    return class_call(request, &reply, NULL) < 0 || str_equal(json_str(reply, "role", ""), "instructor");
}

int class_import_shipped(struct error *err)
{
    if (!imports_banks())
        return 0;
    cleanup_free char *dir = content_dir("quizzes");
    cleanup_free char *pattern = path_join(dir, "*.md");
    glob_t found;
    int r = glob(pattern, 0, NULL, &found);
    if (r == GLOB_NOMATCH)
        return error_set(err, ENOENT, "no question bank (*.md) in %s", dir);
    if (r != 0)
        return error_set(err, EIO, "cannot read the question banks in %s", dir);
    int first = 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        cleanup_free char *path = realpath(found.gl_pathv[i], NULL);
        cleanup_json json_t *request = json_pack("{s:s,s:s}", "op", "bank.import", "path", path ? path : found.gl_pathv[i]);
        r = class_call(request, NULL, first ? NULL : err);
        first = first ? first : r;
    }
    globfree(&found);
    return first;
}
