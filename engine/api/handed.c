/* See handed.h. Who the client is, the kernel says by a descriptor of the process that connected (SO_PEERPIDFD, unix(7)), which can
 * never come to mean another process as its number could. */
#include "api/handed.h"

#include "base/files.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/stat.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static int check(int fd, struct error *err)
{
    struct stat st;
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || (flags & O_ACCMODE) == O_WRONLY || (flags & O_PATH))
        return error_set(err, EINVAL, "the descriptor cannot be read from");
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return error_set(err, EINVAL, "the descriptor is not that of a regular file");
    return 0;
}

int handed_file(struct request *request, struct error *err)
{
    int peer = -EBADF;
    socklen_t len = sizeof peer;
    long long number;
    if (!query_number(request, "descriptor", -1, &number, err))
        return -EINVAL;
    if (number < 0 || number > INT_MAX)
        return error_set(err, EINVAL, "the parameter descriptor is missing, or none");
    if (getsockopt(request->client, SOL_SOCKET, SO_PEERPIDFD, &peer, &len) < 0)
        return error_set(err, EOPNOTSUPP, "a descriptor cannot be taken over on this connection: %s", strerror(errno));
    cleanup_close int process = peer;
    cleanup_close int fd = pidfd_getfd(process, (int)number, 0);
    if (fd < 0 && errno == EBADF)
        return error_set(err, EINVAL, "the client has no descriptor %lld", number);
    if (fd < 0)
        return error_set(err, EOPNOTSUPP, "the client's descriptor %lld cannot be taken over: %s", number, strerror(errno));
    int r = check(fd, err);
    return r < 0 ? r : move_fd(fd);
}
