/* Pid 1 of a lab machine; see machine_init.h. Runs inside: uses nothing but libc, and believes nothing that it finds there. */
#include "shim/machine_init.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define ENGINE "/usr/lib/slipway/bin/slipwayd"
#define SOCKET "/run/slipway.sock"
#define LOG    "/var/log/slipwayd.log"
#define GROUPS "/sys/fs/cgroup"
#define LEAF   GROUPS "/init.scope"

enum { PASSED_FD = 3 };

struct engine {
    int socket; /* negative: none is wanted now */
    pid_t pid;  /* 0: not running */
};

bool machine_init_called(int argc, char **argv)
{
    return argc > 1 && (strcmp(argv[1], "--machine") == 0 || strcmp(argv[1], "--host") == 0);
}

/* `docker-init --host FILE GROUP RULE`: daemon/sandbox_host.h is the other side. */
static int ask_host(int argc, char **argv)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "/run/slipway-host/socket"};
    char text[512];
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0), len = -1;
    if (argc == 5)
        len = snprintf(text, sizeof text, "%s\n%s\n%s", argv[2], argv[3], argv[4]);
    if (len < 0 || len >= (int)sizeof text) {
        fputs("usage: docker-init --host devices.allow|devices.deny GROUP RULE\n", stderr);
        return 2;
    }
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) < 0 || send(fd, text, (size_t)len, MSG_NOSIGNAL) < 0) {
        perror("the engine of the host does not answer at /run/slipway-host/socket");
        return 1;
    }
    ssize_t got = recv(fd, text, sizeof text - 1, 0);
    if (got <= 0) /* an empty packet: done */
        return got < 0;
    fprintf(stderr, "%.*s\n", (int)got, text);
    return 1;
}

static void raise_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request) < 0)
        perror("init: bring lo up");
    if (fd >= 0)
        close(fd);
}

static bool put(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool good = fd >= 0 && write(fd, text, strlen(text)) >= 0;
    if (fd >= 0)
        close(fd);
    return good;
}

/* A group of version 2 that holds processes hands no controllers down (cgroup-v2.rst, "no internal process constraint"), so pid 1,
 * and with it whatever joins the machine later, lives in a leaf. Of no use beside version 1. */
static void prepare_groups(void)
{
    char controllers[256], word[64];
    int fd = open(GROUPS "/cgroup.controllers", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd < 0 ? -1 : read(fd, controllers, sizeof controllers - 1);
    if (fd >= 0)
        close(fd);
    if (len <= 0)
        return;
    controllers[len] = '\0';
    if ((mkdir(LEAF, 0755) < 0 && errno != EEXIST) || !put(LEAF "/cgroup.procs", "0")) {
        perror("init: enter " LEAF);
        return;
    }
    for (char *name = strtok(controllers, " \n"); name; name = strtok(NULL, " \n")) {
        snprintf(word, sizeof word, "+%s", name);
        put(GROUPS "/cgroup.subtree_control", word);
    }
}

static void append(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0 || write(fd, text, strlen(text)) < 0)
        perror(path);
    if (fd >= 0)
        close(fd);
}

/* Its own name, and those of the machines beside it. */
static void write_names(const char *hosts)
{
    char name[65] = "", line[96];
    gethostname(name, sizeof name - 1);
    snprintf(line, sizeof line, "%s\n", name);
    unlink("/etc/hostname");
    append("/etc/hostname", line);
    unlink("/etc/hosts");
    append("/etc/hosts", "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n");
    snprintf(line, sizeof line, "127.0.1.1\t%s\n", name);
    append("/etc/hosts", hosts ? hosts : line);
}

static int listen_for_engine(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = SOCKET};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink(SOCKET);
    mode_t before = umask(0117);
    bool good = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 128) == 0;
    umask(before);
    if (!good) {
        perror("init: listen at " SOCKET);
        if (fd >= 0)
            close(fd);
        return -1;
    }
    (void)symlink(SOCKET, "/run/docker.sock");
    return fd;
}

static void become_engine(int socket)
{
    char pid[16];
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setsid();
    int log = open(LOG, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0640);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    /* The socket may have a number below 3 by itself, were the others closed. */
    int high = fcntl(socket, F_DUPFD_CLOEXEC, 10);
    dup2(null, STDIN_FILENO);
    dup2(log >= 0 ? log : null, STDOUT_FILENO);
    dup2(log >= 0 ? log : null, STDERR_FILENO);
    dup2(high, PASSED_FD);
    put("/proc/self/oom_score_adj", "0");
    snprintf(pid, sizeof pid, "%d", (int)getpid());
    setenv("LISTEN_PID", pid, 1);
    setenv("LISTEN_FDS", "1", 1);
    setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
    execl(ENGINE, "slipwayd", "-H", "fd://", NULL);
    perror("init: exec " ENGINE);
    _exit(127);
}

/* Whoever waits for an engine that will not come is told so, as an engine would; the next may try again. */
static void turn_away(const struct engine *engine, const char *why)
{
    char text[256];
    struct pollfd waiting = {.fd = engine->socket, .events = POLLIN};
    int len = snprintf(text, sizeof text,
                       "HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n"
                       "Content-Length: %zu\r\n\r\n{\"message\":\"%s\"}",
                       strlen(why) + strlen("{\"message\":\"\"}"), why);
    while (engine->socket >= 0 && poll(&waiting, 1, 0) > 0) {
        int client = accept4(engine->socket, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (client < 0)
            return;
        char asked[4096];
        (void)send(client, text, (size_t)len, MSG_NOSIGNAL);
        shutdown(client, SHUT_WR);
        (void)recv(client, asked, sizeof asked, 0); /* unread bytes would take the answer back */
        close(client);
    }
}

static void start_engine(struct engine *engine)
{
    engine->pid = fork();
    if (engine->pid == 0)
        become_engine(engine->socket);
    if (engine->pid < 0) { /* pids.max: the machine is full of something else */
        engine->pid = 0;
        turn_away(engine, "the engine of this machine cannot be started: no process is left for it");
    }
}

static void reap(struct engine *engine)
{
    int status;
    for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
        if (pid != engine->pid)
            continue;
        engine->pid = 0;
        if (WIFEXITED(status) && WEXITSTATUS(status)) /* by itself, and not content: a wrong daemon.json, a full disk */
            turn_away(engine, "the engine of this machine does not start: see /var/log/slipwayd.log in it");
    }
}

static void close_socket(struct engine *engine)
{
    if (engine->socket >= 0)
        close(engine->socket);
    engine->socket = -1;
    unlink(SOCKET);
}

/* True when the machine is to end: only who is outside has no pid here. */
static bool take_signals(int fd, bool has_engine, struct engine *engine)
{
    struct signalfd_siginfo info;
    bool end = false;
    while (read(fd, &info, sizeof info) == sizeof info) {
        end |= info.ssi_signo == SIGTERM && info.ssi_pid == 0;
        if (has_engine && info.ssi_signo == SIGUSR1)
            close_socket(engine);
        else if (has_engine && info.ssi_signo == SIGUSR2 && engine->socket < 0)
            engine->socket = listen_for_engine();
    }
    reap(engine);
    return end;
}

static void serve(int signals, bool has_engine, struct engine *engine)
{
    for (;;) {
        bool waiting = engine->socket >= 0 && !engine->pid;
        struct pollfd ready[] = {{.fd = signals, .events = POLLIN}, {.fd = waiting ? engine->socket : -1, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return;
        if (ready[0].revents & POLLIN && take_signals(signals, has_engine, engine))
            return;
        if (ready[1].revents & POLLIN && !engine->pid)
            start_engine(engine);
    }
}

int machine_init_main(int argc, char **argv)
{
    if (strcmp(argv[1], "--host") == 0)
        return ask_host(argc, argv);
    struct engine engine = {.socket = -1};
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    int signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
    raise_loopback();
    prepare_groups();
    const char *hosts = NULL;
    bool has_engine = false;
    for (int i = 2; i < argc; i++) {
        has_engine |= strcmp(argv[i], "--engine") == 0;
        if (strcmp(argv[i], "--hosts") == 0 && i + 1 < argc)
            hosts = argv[++i];
    }
    write_names(hosts);
    if (has_engine)
        engine.socket = listen_for_engine();
    prctl(PR_SET_NAME, MACHINE_READY);
    if (signals >= 0)
        serve(signals, has_engine, &engine);
    return 0;
}
