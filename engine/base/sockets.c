/* Unix-domain sockets; unix(7) for the address length, SCM_RIGHTS and stale files. */
#include "base/sockets.h"

#include "base/memory.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static int address(const char *path, struct sockaddr_un *out, struct error *err)
{
    if (strlen(path) >= sizeof out->sun_path)
        return error_set(err, ENAMETOOLONG, "socket path %s: longer than %zu bytes; choose a shorter directory", path,
                         sizeof out->sun_path - 1);
    *out = (struct sockaddr_un){.sun_family = AF_UNIX};
    strcpy(out->sun_path, path);
    return 0;
}

int unix_connect(const char *path, int type, struct error *err)
{
    struct sockaddr_un to;
    int r = address(path, &to, err);
    if (r < 0)
        return r;
    cleanup_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return error_errno(err, errno, "connect to %s", path);
    return move_fd(fd);
}

int unix_listen(const char *path, int type, mode_t mode, struct error *err)
{
    struct sockaddr_un at;
    int r = address(path, &at, err);
    if (r < 0)
        return r;
    cleanup_close int probe = unix_connect(path, type, NULL);
    if (probe >= 0)
        return error_set(err, EADDRINUSE, "socket %s: another process is listening there", path);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISSOCK(st.st_mode))
        unlink(path);
    cleanup_close int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    mode_t old = umask(0777);
    r = bind(fd, (struct sockaddr *)&at, sizeof at) < 0 ? -errno : 0;
    umask(old);
    if (r < 0)
        return error_errno(err, -r, "bind %s", path);
    if (chmod(path, mode) < 0 || listen(fd, 512) < 0)
        return error_errno(err, errno, "listen on %s", path);
    return move_fd(fd);
}

int fds_send(int sock, const void *data, size_t len, const int *fds, size_t count)
{
    char control[CMSG_SPACE(16 * sizeof(int))] = {0};
    struct iovec iov = {.iov_base = (void *)data, .iov_len = len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
    if (count > 16)
        return -EINVAL;
    if (count) {
        msg.msg_control = control;
        msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
        struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    }
    ssize_t sent;
    do
        sent = sendmsg(sock, &msg, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

ssize_t fds_receive(int sock, void *data, size_t len, int *fds, size_t *count)
{
    char control[CMSG_SPACE(16 * sizeof(int))];
    struct iovec iov = {.iov_base = data, .iov_len = len};
    struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    size_t room = count ? *count : 0, got = 0;
    ssize_t n;
    do
        n = recvmsg(sock, &msg, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return -errno;
    for (struct cmsghdr *head = CMSG_FIRSTHDR(&msg); head; head = CMSG_NXTHDR(&msg, head)) {
        if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
            continue;
        size_t have = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < have; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
            if (got < room)
                fds[got++] = fd;
            else
                close(fd);
        }
    }
    if (count)
        *count = got;
    return n;
}
