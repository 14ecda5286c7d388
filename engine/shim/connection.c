/* The listening socket and the control connections; what a line means is the handler's business. */
#include "shim/connection.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

static struct shim_source listening = {.fd = -EBADF};
static struct shim_connection *connections;
static shim_line_handler handle_line;
static size_t open_count;

static void kill_connection(struct shim_connection *connection)
{
    shim_source_close(&connection->socket);
    connection->dead = true;
}

static void flush(struct shim_connection *connection)
{
    while (connection->out.len) {
        ssize_t n = send(connection->socket.fd, connection->out.data, connection->out.len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            kill_connection(connection);
            return;
        }
        buf_consume(&connection->out, (size_t)n);
    }
    if (!connection->out.len)
        buf_free(&connection->out);
    shim_watch(&connection->socket, EPOLLIN | (connection->out.len ? EPOLLOUT : 0));
}

void shim_connection_say(struct shim_connection *connection, const json_t *line)
{
    if (connection->dead)
        return;
    cleanup_free char *text = json_text(line);
    buf_puts(&connection->out, text);
    buf_putc(&connection->out, '\n');
    flush(connection);
    if (connection->out.len > SHIM_BACKLOG_MOST)
        kill_connection(connection); /* a subscriber that does not read */
}

/* A detached connection stays in the list as dead until the sweep: its handler may still be on the stack. */
int shim_connection_detach(struct shim_connection *connection, struct buf *rest)
{
    shim_unwatch(&connection->socket);
    *rest = connection->in;
    connection->in = BUF_INIT;
    connection->dead = true;
    return move_fd(connection->socket.fd);
}

static void take_lines(struct shim_connection *connection)
{
    char *end;
    while (!connection->dead && connection->in.len && (end = memchr(connection->in.data, '\n', connection->in.len))) {
        size_t len = (size_t)(end - connection->in.data);
        cleanup_free char *line = xstrndup(connection->in.data, len);
        buf_consume(&connection->in, len + 1);
        handle_line(connection, line, len);
    }
    if (!connection->in.len)
        buf_free(&connection->in);
    if (connection->in.len > SHIM_REQUEST_MOST)
        kill_connection(connection);
}

static void connection_ready(struct shim_source *source, uint32_t events)
{
    struct shim_connection *connection = source->owner;
    if (events & EPOLLOUT)
        flush(connection);
    if (connection->dead || !(events & (EPOLLIN | EPOLLHUP | EPOLLERR)))
        return;
    char bytes[16 * 1024];
    ssize_t n = recv(connection->socket.fd, bytes, sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        kill_connection(connection);
        return;
    }
    buf_add(&connection->in, bytes, (size_t)n);
    take_lines(connection);
}

static struct shim_connection *adopt(int fd)
{
    struct shim_connection *connection = xcalloc(1, sizeof *connection);
    connection->socket = (struct shim_source){.fd = fd, .ready = connection_ready, .owner = connection};
    connection->next = connections;
    connections = connection;
    open_count++;
    shim_watch(&connection->socket, EPOLLIN);
    return connection;
}

static void accept_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC);
    if (fd < 0)
        return;
    if (open_count >= SHIM_CONNECTIONS_MOST)
        fd_close(fd);
    else
        adopt(fd);
}

struct shim_connection *shim_connections_open(int listener, int first, shim_line_handler handler)
{
    handle_line = handler;
    listening = (struct shim_source){.fd = listener, .ready = accept_ready};
    shim_watch(&listening, EPOLLIN);
    if (first < 0)
        return NULL;
    struct shim_connection *connection = adopt(first);
    connection->events = true;
    return connection;
}

void shim_connections_stop_accepting(void) { shim_source_close(&listening); }

bool shim_tell(const json_t *event)
{
    bool heard = false;
    for (struct shim_connection *connection = connections; connection; connection = connection->next) {
        if (connection->dead || !connection->events)
            continue;
        shim_connection_say(connection, event);
        heard |= !connection->dead;
    }
    return heard;
}

bool shim_connections_flushed(void)
{
    for (const struct shim_connection *connection = connections; connection; connection = connection->next)
        if (!connection->dead && connection->out.len)
            return false;
    return true;
}

void shim_connection_sweep(void)
{
    for (struct shim_connection **at = &connections; *at;) {
        struct shim_connection *connection = *at;
        if (!connection->dead) {
            at = &connection->next;
            continue;
        }
        *at = connection->next;
        buf_free(&connection->in);
        buf_free(&connection->out);
        free(connection);
        open_count--;
    }
}
