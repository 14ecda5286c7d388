/* slipwayd: the engine as a program. Parses its flags, opens the engine, listens, and waits for the signal to end. Containers do
 * not end with it: each has a shim of its own, and the next slipwayd takes them up again. */
#include "api/server.h"

#include "base/files.h"
#include "base/flags.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"
#include "daemon/engine.h"

#include <errno.h>
#include <grp.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

struct options {
    const char *data_root, *exec_root, *host, *bridge, *bip;
    bool debug, version, help;
};

static const struct flag flag_table[] = {
    {0, "data-root", FLAG_STRING, offsetof(struct options, data_root), "dir",
     "Images, containers and volumes (default \"/var/lib/slipway\")"},
    {0, "exec-root", FLAG_STRING, offsetof(struct options, exec_root), "dir",
     "State of running containers (default \"/run/slipway\")"},
    {'H', "host", FLAG_STRING, offsetof(struct options, host), "socket", "Where to listen (default \"unix:///run/slipway.sock\")"},
    {0, "bridge", FLAG_STRING, offsetof(struct options, bridge), "name", "Bridge for containers (default \"slipway0\")"},
    {0, "bip", FLAG_STRING, offsetof(struct options, bip), "CIDR", "The bridge's address and network (default \"172.18.0.1/16\")"},
    {'D', "debug", FLAG_BOOL, offsetof(struct options, debug), NULL, "Log every request"},
    {'v', "version", FLAG_BOOL, offsetof(struct options, version), NULL, "Print the version and quit"},
    {0},
};

static void usage(FILE *out)
{
    fputs("Usage:  slipwayd [OPTIONS]\n\nThe Slipway engine: makes containers, and shows how.\n\nOptions:\n", out);
    flags_help(flag_table, out);
}

static int fail(const char *message)
{
    fprintf(stderr, "failed to start daemon: %s\n", message);
    return 1;
}

/* The group of those who may use the engine: it is as good as root. Read without the name services, whose libraries would stay in
 * the daemon's memory for this one question. */
static void open_to_group(const char *path)
{
    cleanup_file FILE *file = fopen("/etc/group", "re");
    const struct group *group = NULL;
    while (file && (group = fgetgrent(file)) && !str_equal(group->gr_name, "slipway"))
        continue;
    if (group && chown(path, 0, group->gr_gid) < 0)
        log_warn("chown %s: the group slipway cannot use the socket", path);
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/* Many short-lived threads must not each keep an arena: the daemon's memory is part of what it promises. */
static void limit_memory(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 256 * 1024);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
}

static int serve(const struct engine_options *options, const char *socket_path)
{
    struct error err = ERROR_INIT;
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    pthread_sigmask(SIG_BLOCK, &ending, NULL); /* before any thread: all inherit it */
    signal(SIGPIPE, SIG_IGN);
    cleanup_close int listener = unix_listen(socket_path, SOCK_STREAM, 0660, &err);
    if (listener < 0)
        return fail(err.message);
    open_to_group(socket_path);
    struct engine *engine = engine_open(options, &err);
    if (!engine || !server_start(engine, listener, &err)) {
        unlink(socket_path);
        return fail(err.message);
    }
    log_info("slipwayd %s: API listens on %s", SLIPWAY_VERSION, socket_path);
    int signal_taken = 0;
    sigwait(&ending, &signal_taken);
    log_info("ending; containers keep running");
    unlink(socket_path);
    engine_close(engine);
    /* Threads that serve streams are still there; they end with the process. */
    fflush(NULL);
    _exit(0);
}

int main(int argc, char **argv)
{
    struct options given = {0};
    struct error err = ERROR_INIT;
    char **operands = NULL;
    if (flags_parse(flag_table, &given, NULL, argc, argv, false, &operands, &err) < 0) {
        if (err.code == ECANCELED) {
            usage(stdout);
            return 0;
        }
        fprintf(stderr, "%s\nSee 'slipwayd --help'.\n", err.message);
        return 125;
    }
    if (*operands) {
        fprintf(stderr, "unknown argument: %s\nSee 'slipwayd --help'.\n", *operands);
        return 125;
    }
    if (given.version) {
        puts("Slipway version " SLIPWAY_VERSION);
        return 0;
    }
    const struct engine_options options = {
        .data_root = str_or(given.data_root, "/var/lib/slipway"),
        .exec_root = str_or(given.exec_root, "/run/slipway"),
        .host = str_or(given.host, "unix:///run/slipway.sock"),
        .bridge = str_or(given.bridge, "slipway0"),
        .address = str_or(given.bip, "172.18.0.1/16"),
        .debug = given.debug,
    };
    if (!str_starts(options.host, "unix:///")) {
        fprintf(stderr, "invalid host %s: only unix:///path is served\n", options.host);
        return 125;
    }
    if (geteuid() != 0)
        return fail("slipwayd needs to be run as root");
    limit_memory();
    raise_file_limit();
    log_open(options.debug);
    return serve(&options, options.host + strlen("unix://"));
}
