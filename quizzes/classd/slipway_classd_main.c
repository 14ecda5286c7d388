/* slipway-classd: the school's one writer. It holds its pid file locked, so that of several started at once one serves and the
 * others leave; with --background its output stays open until it listens, which tells who started it how that went. */
#include "base/files.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "quizzes/classd/roles.h"
#include "quizzes/classd/server.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
    const char *socket, *db;
    const char *found;
    long long idle, instructor;
    bool background, class;
};

static const struct flag flags[] = {
    {0, "socket", FLAG_STRING, offsetof(struct options, socket), "path", "Unix socket to listen on (SOCK_SEQPACKET)"},
    {0, "db", FLAG_STRING, offsetof(struct options, db), "path", "SQLite database; made when missing"},
    {0, "idle", FLAG_INT, offsetof(struct options, idle), "seconds", "End when nobody was connected for so long (default 600)"},
    {0, "class", FLAG_BOOL, offsetof(struct options, class), NULL, "Serve a class: everybody may connect, the roster decides"},
    {0, "found", FLAG_STRING, offsetof(struct options, found), "title", "Make the database a class's, and end"},
    {0, "instructor", FLAG_INT, offsetof(struct options, instructor), "uid", "With --found: the class's first instructor"},
    {0, "background", FLAG_BOOL, offsetof(struct options, background), NULL, "Detach, and close the output once listening"},
    {0},
};

static int fail(const struct error *err)
{
    fprintf(stderr, "slipway-classd: %s\n", err->message);
    return 1;
}

static char *pid_path(const char *socket)
{
    size_t len = strlen(socket) - (str_ends(socket, ".sock") ? 5 : 0);
    return str_format("%.*s.pid", (int)len, socket);
}

/* The locked pid file, or -EWOULDBLOCK when another one serves. Its file may have been removed between opening and locking. */
static int lock_pid_file(const char *path, struct error *err)
{
    for (;;) {
        cleanup_close int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
            return error_errno(err, errno, "open %s", path);
        if (flock(fd, LOCK_EX | LOCK_NB) < 0)
            return error_errno(err, errno, "lock %s", path);
        struct stat mine, there;
        if (fstat(fd, &mine) < 0 || stat(path, &there) < 0 || mine.st_ino != there.st_ino || mine.st_dev != there.st_dev)
            continue;
        char text[24];
        int len = snprintf(text, sizeof text, "%d\n", getpid());
        if (ftruncate(fd, 0) < 0 || write_full(fd, text, (size_t)len) < 0)
            return error_errno(err, errno, "write %s", path);
        return move_fd(fd);
    }
}

static void detach_output(void)
{
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd <= 2 && null >= 0; fd++)
        dup2(null, fd);
    fd_close(null);
}

/* The file mode of the socket decides who may connect; for a class that is everybody, and idleness is no reason to end. */
static int listen_and_run(const struct options *options, struct store *store, struct error *err)
{
    if (options->class != store->classroom)
        return options->class ? error_set(err, ENOTSUP, "database %s is no class's; `slipway class init` founds one", options->db)
                              : error_set(err, EPERM, "database %s is a class's; `slipway class serve` serves it", options->db);
    cleanup_close int listener = unix_listen(options->socket, SOCK_SEQPACKET, options->class ? 0666 : 0600, err);
    if (listener < 0)
        return listener;
    fcntl(listener, F_SETFL, O_NONBLOCK);
    if (options->background)
        detach_output();
    int r = server_run(listener, store, options->class ? INT64_MAX : options->idle * 1000, err);
    unlink(options->socket);
    return r;
}

static int found(const struct options *options, struct error *err)
{
    struct store store;
    int r = store_open(&store, options->db, err);
    if (r < 0)
        return r;
    r = class_found(&store, options->found, (uid_t)options->instructor, err);
    store_close(&store);
    return r;
}

static int serve(const struct options *options, struct error *err)
{
    cleanup_free char *pid_file = pid_path(options->socket);
    cleanup_close int lock = lock_pid_file(pid_file, err);
    if (lock == -EWOULDBLOCK && options->background)
        return 0;
    if (lock < 0)
        return lock == -EWOULDBLOCK ? error_set(err, EADDRINUSE, "another one serves %s already", options->socket) : lock;
    struct store store;
    int r = store_open(&store, options->db, err);
    if (r == 0)
        r = listen_and_run(options, &store, err);
    unlink(pid_file);
    if (store.db)
        store_close(&store);
    return r;
}

static void prepare(void)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    sigprocmask(SIG_BLOCK, &mask, NULL);
    signal(SIGPIPE, SIG_IGN);
    prctl(PR_SET_DUMPABLE, 0); /* keys are in this memory: no debugger, no core */
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
}

static char *absolute(const char *path)
{
    cleanup_free char *here = getcwd(NULL, 0);
    return *path == '/' || !here ? xstrdup(path) : path_join(here, path);
}

int main(int argc, char **argv)
{
    struct options options = {.idle = 600};
    struct error err = ERROR_INIT;
    char **rest;
    int r = flags_parse(flags, &options, NULL, argc, argv, false, &rest, &err);
    if (r == 0 && (*rest || (str_empty(options.socket) && !options.found) || str_empty(options.db) || options.idle < 1))
        r = error_set(&err, EINVAL, "needs --socket and --db, and takes no operands");
    if (r < 0) {
        if (r != -ECANCELED)
            fail(&err);
        printf("Usage:  slipway-classd --socket PATH --db PATH [OPTIONS]\n\nOptions:\n");
        flags_help(flags, stdout);
        return r == -ECANCELED ? 0 : 1;
    }
    cleanup_free char *socket = absolute(str_or(options.socket, "")), *db = absolute(options.db);
    options.socket = socket;
    options.db = db;
    log_open(false);
    prepare();
    if (options.found)
        return found(&options, &err) < 0 ? fail(&err) : 0;
    if (options.background) {
        close_range(3, ~0U, 0);
        pid_t pid = fork();
        if (pid != 0)
            return pid < 0;
        setsid();
        if (chdir("/") < 0)
            return 1;
    }
    return serve(&options, &err) < 0 ? fail(&err) : 0;
}
