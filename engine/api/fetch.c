/* One GET of HTTP/1.0, whose answer has no chunks and ends when the connection does. */
#include "api/fetch.h"

#include "base/files.h"
#include "base/memory.h"
#include "base/strings.h"

#include <errno.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { HEAD_MOST = 64 * 1024, SECONDS = 30 };

static int reach(const char *host, const char *port, struct error *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    const struct timeval limit = {.tv_sec = SECONDS};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, port, &hints, &list), fd = -1, code = EHOSTUNREACH;
    if (rc)
        return error_set(err, EIO, "dial tcp: lookup %s: %s", host, gai_strerror(rc));
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        fd = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (fd < 0 || connect(fd, at->ai_addr, at->ai_addrlen) == 0)
            continue;
        code = errno;
        fd = fd_close(fd);
    }
    freeaddrinfo(list);
    return fd < 0 ? error_errno(err, code, "dial tcp %s:%s", host, port) : fd;
}

/* Read to the empty line and not beyond, so that what is left is the body. */
static int read_head(int fd, const char *url, struct error *err)
{
    cleanup_buf struct buf head = BUF_INIT;
    char c;
    while (head.len < HEAD_MOST && !(head.len >= 4 && strcmp(head.data + head.len - 4, "\r\n\r\n") == 0)) {
        if (read_full(fd, &c, 1) != 1)
            return error_set(err, EIO, "Get \"%s\": the server closed the connection", url);
        buf_putc(&head, c);
    }
    head.data[strcspn(head.data, "\r\n")] = 0;
    const char *status = strchr(head.data, ' ');
    if (!str_starts(head.data, "HTTP/") || !status)
        return error_set(err, EIO, "Get \"%s\": malformed HTTP response", url);
    return str_starts(status, " 200") ? 0 : error_set(err, EIO, "failed to GET %s with status%s", url, status);
}

int fetch_open(const char *url, struct error *err)
{
    const char *rest = url + strlen("http://");
    if (str_starts(url, "https://"))
        return error_set(err, ENOSYS, "import from %s: https is not available here; download the file and import that", url);
    if (!str_starts(url, "http://") || !*rest || url[strcspn(url, " \r\n\t")])
        return error_set(err, EINVAL, "invalid import source: %s is neither - nor an http:// address", url);
    size_t len = strcspn(rest, "/");
    cleanup_free char *host = xstrndup(rest, len);
    const char *path = rest[len] ? rest + len : "/";
    cleanup_free char *request = str_format("GET %s HTTP/1.0\r\nHost: %s\r\nUser-Agent: slipway\r\n\r\n", path, host);
    char *colon = strrchr(host, ':');
    if (colon)
        *colon = 0;
    cleanup_close int fd = reach(host, colon ? colon + 1 : "80", err);
    if (fd < 0)
        return fd;
    int r = write_full(fd, request, strlen(request));
    r = r < 0 ? error_errno(err, -r, "Get \"%s\"", url) : read_head(fd, url, err);
    return r < 0 ? r : move_fd(fd);
}
