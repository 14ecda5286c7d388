/* The two ends of a process's stdio: pipes, /dev/null, or a terminal that the runtime makes inside and sends out. */
#include "shim/process.h"

#include "base/memory.h"
#include "base/sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int nonblocking(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

/* `ours` is the index of our end; only that one is non-blocking, the container's programs expect the other not to be. */
static int pipe_open(int ours, struct shim_source *source, int *theirs, struct error *err)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return error_errno(err, errno, "pipe for stdio");
    source->fd = ends[ours];
    *theirs = ends[!ours];
    int r = nonblocking(source->fd);
    return r < 0 ? error_errno(err, -r, "stdio pipe") : 0;
}

static int open_pipes(struct shim_process *process, struct shim_stdio *io, struct error *err)
{
    int r = process->open_stdin ? pipe_open(1, &process->in, &io->child.in, err) : 0;
    if (r == 0)
        r = pipe_open(0, &process->out[SHIM_STDOUT], &io->child.out, err);
    return r < 0 ? r : pipe_open(0, &process->out[SHIM_STDERR], &io->child.err, err);
}

static int open_null(struct shim_stdio *io, struct error *err)
{
    io->child.out = open("/dev/null", O_WRONLY | O_CLOEXEC);
    io->child.err = open("/dev/null", O_WRONLY | O_CLOEXEC);
    return io->child.out < 0 || io->child.err < 0 ? error_errno(err, errno, "open /dev/null") : 0;
}

static int open_console(struct shim_stdio *io, struct error *err)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
        return error_errno(err, errno, "console socket");
    io->console = ends[0];
    io->child.console_socket = ends[1];
    return 0;
}

int shim_stdio_open(struct shim_process *process, bool quiet, struct shim_stdio *io, struct error *err)
{
    *io = (struct shim_stdio){.child = {-EBADF, -EBADF, -EBADF, -EBADF}, .console = -EBADF};
    int r = process->tty ? open_console(io, err) : quiet ? open_null(io, err) : open_pipes(process, io, err);
    if (r < 0)
        shim_stdio_abandon(process, io);
    return r;
}

static void close_child_ends(struct shim_stdio *io)
{
    int *const ends[] = {&io->child.in, &io->child.out, &io->child.err, &io->child.console_socket};
    for (size_t i = 0; i < ARRAY_LEN(ends); i++)
        *ends[i] = fd_close(*ends[i]);
}

/* One description, two descriptors: reading and writing are watched apart. */
static int take_terminal(struct shim_process *process, struct shim_stdio *io, struct error *err)
{
    char name[256];
    int master = -EBADF;
    size_t count = 1;
    ssize_t n = fds_receive(io->console, name, sizeof name, &master, &count);
    io->console = fd_close(io->console);
    if (n < 0 || count != 1)
        return error_set(err, EPROTO, "the runtime sent no terminal through the console socket");
    process->out[SHIM_STDOUT].fd = master;
    process->in.fd = fcntl(master, F_DUPFD_CLOEXEC, 3);
    int r = process->in.fd < 0 ? -errno : nonblocking(master);
    return r < 0 ? error_errno(err, -r, "terminal of the process") : 0;
}

int shim_stdio_settle(struct shim_process *process, struct shim_stdio *io, struct error *err)
{
    close_child_ends(io);
    if (process->tty) {
        int r = take_terminal(process, io, err);
        if (r < 0)
            return r;
        if (process->rows && process->columns)
            shim_process_resize(process, process->rows, process->columns, NULL);
    }
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_watch(&process->out[i], EPOLLIN);
    return 0;
}

void shim_stdio_abandon(struct shim_process *process, struct shim_stdio *io)
{
    close_child_ends(io);
    io->console = fd_close(io->console);
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_source_close(&process->out[i]);
    shim_source_close(&process->in);
}
