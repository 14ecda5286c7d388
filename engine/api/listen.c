/* Addresses to sockets. Unix sockets belong to root and a group; whoever may use the engine is as good as root. */
#include "api/listen.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/strings.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { FIRST_PASSED = 3, KEEPALIVE_SECONDS = 180 };

static bool port_valid(const char *text)
{
    long long port;
    return isdigit((unsigned char)*text) && str_to_int(text, &port) && port <= 65535;
}

/* "name:port", "[::1]:port", ":port", "name" or nothing. */
static char *canonical_tcp(const char *whole, const char *rest, bool tls, struct error *err)
{
    cleanup_free char *name = xstrdup(rest);
    const char *port = tls ? "2376" : "2375";
    name[strcspn(name, "/?")] = '\0';
    char *bracket = strrchr(name, ']'), *colon = strrchr(bracket ? bracket : name, ':');
    bool ambiguous = !bracket && colon && strchr(name, ':') != colon;
    if (colon) {
        *colon = '\0';
        port = colon[1] ? colon + 1 : port;
    }
    if (ambiguous || !port_valid(port) || (bracket && (*name != '[' || bracket[1])) || strpbrk(name, " \t\"'")) {
        error_set(err, EINVAL, "invalid bind address format: %s", whole);
        return NULL;
    }
    return str_format("tcp://%s:%s", str_or(name, "127.0.0.1"), port);
}

char *listen_canonical(const char *text, bool tls, struct error *err)
{
    cleanup_free char *copy = xstrdup(text);
    const char *address = str_trim(copy);
    const char *sep = strstr(address, "://");
    if (str_equal(address, "unix://") || (!*address && !tls))
        return xstrdup("unix:///run/slipway.sock");
    if (str_starts(address, "unix://") && !strstr(address + 7, "://"))
        return xstrdup(address);
    if (str_starts(address, "fd://"))
        return xstrdup(address);
    if (!sep || str_starts(address, "tcp://"))
        return canonical_tcp(text, sep ? sep + 3 : address, tls, err);
    error_set(err, EINVAL, "invalid bind address format: %s", text);
    return NULL;
}

static void add(struct listeners *listeners, struct listener listener)
{
    listeners->list = xrealloc(listeners->list, (listeners->count + 1) * sizeof listener);
    listeners->list[listeners->count++] = listener;
}

/* Read without the name services, whose libraries would stay in the daemon's memory for this one question. */
static void open_to_group(const char *path, const char *name)
{
    cleanup_file FILE *file = fopen("/etc/group", "re");
    const struct group *group = NULL;
    while (file && *name && (group = fgetgrent(file)) && !str_equal(group->gr_name, name))
        continue;
    if (group && chown(path, 0, group->gr_gid) < 0)
        log_warn("chown %s: the group %s cannot use the socket", path, name);
}

static int open_unix(struct listeners *listeners, const char *path, const char *group, struct error *err)
{
    if (*path != '/')
        return error_set(err, EINVAL, "can't create unix socket %s: it has to be an absolute path", path);
    int fd = unix_listen(path, SOCK_STREAM, 0660, err);
    if (fd < 0)
        return error_prefix(err, "can't create unix socket %s", path);
    open_to_group(path, group);
    add(listeners, (struct listener){.fd = fd, .address = xstrdup(path), .path = xstrdup(path)});
    return 0;
}

/* Accepted sockets inherit these: a vanished client is found out, and a keystroke is sent at once. */
static void set_options(int fd)
{
    const int on = 1, idle = KEEPALIVE_SECONDS;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static int open_tcp(struct listeners *listeners, const char *where, struct error *err)
{
    cleanup_free char *copy = xstrdup(where);
    char *colon = strrchr(copy, ':'), *name = copy;
    *colon = '\0';
    if (*name == '[') {
        name++;
        name[strcspn(name, "]")] = '\0';
    }
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int rc = getaddrinfo(name, colon + 1, &hints, &found);
    if (rc)
        return error_set(err, EADDRNOTAVAIL, "listen tcp: lookup %s: %s", name, gai_strerror(rc));
    cleanup_close int fd = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0)
        set_options(fd);
    bool listening = fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) == 0 && listen(fd, 512) == 0;
    rc = errno;
    freeaddrinfo(found);
    if (!listening) {
        cleanup_free char *reason = str_lower(strerror(rc));
        return error_set(err, rc, "listen tcp %s: bind: %s", where, reason);
    }
    add(listeners, (struct listener){.fd = move_fd(fd), .tcp = true, .address = xstrdup(where)});
    return 0;
}

static bool is_unix(int fd)
{
    int domain = 0;
    socklen_t len = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) == 0 && domain == AF_UNIX;
}

/* "fd://" alone or with an asterisk is all sockets that were passed, "fd://3" is one. */
static int open_passed(struct listeners *listeners, const char *which, struct error *err)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    long long wanted = -1, owner = 0, passed = 0;
    if (!pid || !count || !str_to_int(pid, &owner) || owner != getpid() || !str_to_int(count, &passed) || passed < 1)
        return error_set(err, EINVAL, "no sockets found via socket activation: make sure the service was started by systemd");
    if (*which && !str_equal(which, "*") &&
        (!str_to_int(which, &wanted) || wanted < FIRST_PASSED || wanted >= FIRST_PASSED + passed))
        return error_set(err, EINVAL, "no such socket was passed: fd://%s", which);
    for (int fd = FIRST_PASSED; fd < FIRST_PASSED + (int)passed; fd++) {
        if (wanted >= 0 && fd != wanted)
            continue;
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        add(listeners, (struct listener){.fd = fd, .tcp = !is_unix(fd), .address = str_format("fd://%d", fd)});
    }
    return 0;
}

int listen_open(struct listeners *listeners, const char *address, const char *group, struct error *err)
{
    if (str_starts(address, "unix://"))
        return open_unix(listeners, address + strlen("unix://"), group, err);
    if (str_starts(address, "fd://"))
        return open_passed(listeners, address + strlen("fd://"), err);
    return open_tcp(listeners, address + strlen("tcp://"), err);
}

void listen_close(struct listeners *listeners)
{
    for (size_t i = 0; i < listeners->count; i++) {
        struct listener *listener = &listeners->list[i];
        if (listener->path)
            unlink(listener->path);
        free(listener->path);
        free(listener->address);
    }
    free(listeners->list);
    *listeners = (struct listeners){0};
}
