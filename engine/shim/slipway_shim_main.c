/* slipway-shim: one container's keeper. Reads the bundle in --state, makes the container, then serves shim.sock until it is
 * released. Descriptor 3 is the line to the daemon that started it: first the report of the creation, then events. */
#include "base/clock.h"
#include "base/files.h"
#include "base/flags.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "kernel/seal.h"
#include "shim/attach.h"
#include "shim/container_init.h"
#include "shim/machine_init.h"
#include "shim/server.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { REPORT_FD = 3 };

struct options {
    const char *id, *state, *log, *log_more, *cache;
    long long log_max_size, log_max_files;
    bool log_local, log_compress, open_stdin, stdin_once;
};

#define AT(member) offsetof(struct options, member)
static const struct flag flags[] = {
    {0, "id", FLAG_STRING, AT(id), NULL, "The container's id"},
    {0, "state", FLAG_STRING, AT(state), "directory", "Bundle and run-time files of the container"},
    {0, "log", FLAG_STRING, AT(log), "file", "File of the log (default none)"},
    {0, "log-max-size", FLAG_INT, AT(log_max_size), "bytes", "Rotate the log at this size (default never)"},
    {0, "log-max-files", FLAG_INT, AT(log_max_files), NULL, "How many log files to keep"},
    {0, "log-local", FLAG_BOOL, AT(log_local), NULL, "Write it in the format of the driver \"local\" instead of json-file's"},
    {0, "log-compress", FLAG_BOOL, AT(log_compress), NULL, "Compress the older log files"},
    {0, "log-more", FLAG_STRING, AT(log_more), "file", "Attributes of every line, log service: JSON, see log_writer.h"},
    {0, "cache", FLAG_STRING, AT(cache), "directory", "Compiled seccomp programs"},
    {0, "stdin", FLAG_BOOL, AT(open_stdin), NULL, "Keep stdin open for attachers"},
    {0, "stdin-once", FLAG_BOOL, AT(stdin_once), NULL, "Close stdin when the first attacher's input ends"},
    {0},
};

static struct shim_source children = {.fd = -EBADF};

static void ignored(int signal) { (void)signal; }

/* Handlers, not SIG_IGN: they are reset by exec, so the container does not inherit them. */
static int set_signals(struct error *err)
{
    static const int list[] = {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGALRM};
    struct sigaction action = {.sa_handler = ignored, .sa_flags = SA_RESTART};
    for (size_t i = 0; i < ARRAY_LEN(list); i++)
        sigaction(list[i], &action, NULL);
    shim_signals_block(true);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    children.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return children.fd < 0 ? error_errno(err, errno, "signalfd") : 0;
}

static void children_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    struct signalfd_siginfo info;
    while (read(source->fd, &info, sizeof info) == sizeof info)
        ;
    shim_reap(&shim_server);
}

/* By way of the directory's descriptor: socket paths end at 107 bytes, container directories do not. */
static int listen_in(const char *state, struct error *err)
{
    cleanup_close int directory = open(state, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return error_errno(err, errno, "open %s", state);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d/shim.sock", directory);
    return unix_listen(path, SOCK_STREAM, 0600, err);
}

static int open_log(const struct options *options, struct error *err)
{
    cleanup_json json_t *more = options->log_more ? json_read_file(options->log_more, err) : NULL;
    if (options->log_more && !more)
        return -err->code;
    const struct shim_log_options log = {.path = options->log,
                                         .local = options->log_local,
                                         .compress = options->log_compress,
                                         .max_size = options->log_max_size,
                                         .max_files = (int)options->log_max_files,
                                         .more = more};
    int r = shim_log_open(&shim_server.log, &log, err);
    if (r < 0)
        error_prefix(err, "failed to initialize logging driver");
    return r;
}

static int prepare(const struct options *options, struct error *err)
{
    struct shim_server *server = &shim_server;
    if (str_empty(options->id) || *str_or(options->state, "-") != '/' || *str_or(options->log, "/") != '/')
        return error_set(err, EINVAL, "slipway-shim: --id, --state and --log with absolute paths; the daemon starts this program");
    server->id = options->id;
    server->state = options->state;
    server->steps = steps_new();
    setsid();
    umask(022);
    if (chdir("/") < 0)
        return error_errno(err, errno, "chdir to /");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0)
        return error_errno(err, errno, "become a subreaper");
    cleanup_free char *config = path_join(options->state, "config.json");
    server->config = json_read_file(config, err);
    if (!server->config)
        return -err->code;
    int r = set_signals(err);
    if (r == 0)
        r = open_log(options, err);
    return r < 0 ? r : shim_loop_open(err);
}

static int create(const struct options *options, int *listener, struct error *err)
{
    int r = prepare(options, err);
    if (r < 0)
        return r;
    *listener = listen_in(options->state, err);
    if (*listener < 0)
        return *listener;
    runtime_set_cache(options->cache);
    shim_signals_block(false);
    r = shim_create(&shim_server, options->open_stdin, options->stdin_once, err);
    shim_signals_block(true);
    if (r < 0) {
        cleanup_free char *path = path_join(options->state, "shim.sock");
        unlink(path);
    }
    return r;
}

static int refuse(bool reports, const struct error *err)
{
    cleanup_json json_t *message = json_text_value(err->message, strlen(err->message));
    cleanup_json json_t *report = json_pack("{s:b,s:i,s:O}", "ok", 0, "code", err->code, "error", message);
    json_object_set_new(report, "steps", steps_json(shim_server.steps));
    cleanup_free char *text = json_text(report), *line = str_format("%s\n", text);
    if (reports)
        write_full(REPORT_FD, line, strlen(line));
    else
        fprintf(stderr, "%s\n", err->message);
    return 1;
}

/* 0 is no deadline. */
static int64_t earlier(int64_t first, int64_t deadline) { return deadline && deadline < first ? deadline : first; }

static int64_t earliest_deadline(void)
{
    int64_t first = earlier(shim_attach_deadline(), shim_server.oom.deadline);
    first = earlier(first, shim_server.init.deadline);
    for (const struct shim_process *exec = shim_server.execs; exec; exec = exec->next)
        first = earlier(first, exec->deadline);
    return first;
}

static void expire(int64_t now)
{
    shim_attach_expire(now);
    shim_oom_expire(&shim_server.oom, now);
    if (shim_process_expire(&shim_server.init, now))
        return;
    for (struct shim_process *exec = shim_server.execs; exec; exec = exec->next)
        if (shim_process_expire(exec, now))
            return; /* the list may have changed; what else is due is due at once */
}

static void serve(void)
{
    while (!shim_server.released || !shim_attach_idle() || !shim_connections_flushed()) {
        int64_t deadline = earliest_deadline(), now = deadline == INT64_MAX ? 0 : clock_mono_ns();
        int64_t wait_ms = deadline == INT64_MAX ? -1 : deadline <= now ? 0 : (deadline - now) / 1000000 + 1;
        shim_loop_step((int)wait_ms);
        if (deadline != INT64_MAX)
            expire(clock_mono_ns());
        shim_attach_sweep();
        shim_connection_sweep();
    }
}

int main(int argc, char **argv)
{
    if (container_init_called(argv[0]))
        return machine_init_called(argc, argv) ? machine_init_main(argc, argv) : container_init_main(argc, argv);
    seal_self(argv); /* nobody inside may overwrite this program (kernel/seal.h) */
    seal_let_go();
    struct options options = {0};
    struct error err = ERROR_INIT;
    char **operands;
    bool reports = fcntl(REPORT_FD, F_SETFD, FD_CLOEXEC) == 0;
    int listener = -EBADF;
    if (flags_parse(flags, &options, NULL, argc, argv, false, &operands, &err) < 0 || create(&options, &listener, &err) < 0)
        return refuse(reports, &err);
    struct shim_connection *daemon = shim_connections_open(listener, reports ? REPORT_FD : -EBADF, shim_handle_line);
    shim_server.start_steps = shim_take_steps(&shim_server);
    if (daemon) {
        cleanup_json json_t *report =
            json_pack("{s:b,s:i,s:O}", "ok", 1, "pid", (int)shim_server.init.pid, "steps", shim_server.start_steps);
        shim_connection_say(daemon, report);
    }
    children.ready = children_ready;
    shim_watch(&children, EPOLLIN);
    shim_created(&shim_server);
    shim_reap(&shim_server);
    malloc_trim(0); /* the set-up is done; from here on the heap does not grow */
    serve();
    return 0;
}
