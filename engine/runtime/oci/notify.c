/* The proxy for sd_notify; see notify.h. Only READY=1 goes out: everything else that a service may tell its manager (MAINPID,
 * FDSTORE, WATCHDOG) would be the container's word about the host's processes. */
#include "runtime/oci/notify.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char ready[] = "READY=1";

static json_t *section(json_t *parent, const char *key, json_t *(*make)(void))
{
    json_t *value = json_object_get(parent, key);
    if (!value)
        json_object_set_new(parent, key, value = make());
    return value;
}

int notify_prepare(const struct oci_state *state, json_t *config, struct error *err)
{
    const char *outside = getenv("NOTIFY_SOCKET");
    if (!outside || *outside != '/')
        return 0;
    char *directory cleanup_free = path_join(state->directory, "notify");
    if (mkdir(directory, 0755) < 0)
        return error_errno(err, errno, "make %s", directory);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/notify/notify", state->fd);
    int sock cleanup_close = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (bind(sock, (struct sockaddr *)&address, sizeof address) < 0)
        return error_errno(err, errno, "make the socket %s/notify", directory);
    /* Anybody in the container may say so, whoever it is outside; the state directory keeps others away. */
    if (fchmodat(state->fd, "notify/notify", 0777, 0) < 0)
        return error_errno(err, errno, "open the socket %s/notify to the container", directory);
    char *variable cleanup_free = str_format("NOTIFY_SOCKET=%s/notify", outside);
    json_array_append_new(section(json_object_get(config, "process"), "env", json_array), json_string(variable));
    json_array_append_new(section(config, "mounts", json_array),
                          json_pack("{ss ss ss s[sssss]}", "destination", outside, "type", "bind", "source", directory, "options",
                                    "bind", "nosuid", "noexec", "nodev", "ro"));
    json_object_set_new(state->json, "notify", json_true());
    return 0;
}

int notify_open(const struct oci_state *state, struct error *err)
{
    if (!json_flag(state->json, "notify", false) || !getenv("NOTIFY_SOCKET"))
        return -EBADF;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/notify/notify", state->fd);
    /* Whoever made it is gone; its name is taken over. */
    int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    unlinkat(state->fd, "notify/notify", 0);
    if (bind(sock, (struct sockaddr *)&address, sizeof address) < 0 || fchmodat(state->fd, "notify/notify", 0777, 0) < 0) {
        int rc = error_errno(err, errno, "take over the container's notify socket");
        fd_close(sock);
        return rc;
    }
    return sock;
}

static void tell(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path)
        return;
    strcpy(address.sun_path, path);
    int sock cleanup_close = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    (void)sendto(sock, ready, strlen(ready), 0, (struct sockaddr *)&address,
                 (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
}

bool notify_forward(int fd)
{
    char text[4096];
    ssize_t n = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    if (n <= 0)
        return false;
    text[n] = 0;
    for (char *rest = text, *line; (line = strsep(&rest, "\n"));)
        if (!strcmp(line, ready)) {
            tell(getenv("NOTIFY_SOCKET"));
            return true;
        }
    return false;
}

void notify_wait(int fd, int pidfd)
{
    struct pollfd polled[] = {{fd, POLLIN, 0}, {pidfd, POLLIN, 0}};
    while (poll(polled, 2, -1) >= 0 || errno == EINTR) {
        if (polled[0].revents & POLLIN && notify_forward(fd))
            return;
        if (polled[1].revents && !(polled[0].revents & POLLIN))
            return;
    }
}
