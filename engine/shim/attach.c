/* Attach connections; one list for the whole shim, a handful of entries at most. */
#include "shim/attach.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum {
    QUEUE = 256 * 1024,
    RESERVE = 2 * (64 * 1024 + 16 * SHIM_FRAME), /* two full pipes, read in pieces */
    LEAST = 4 * 1024                             /* smaller pieces are not worth a read */
};
static const int64_t stuck_ns = 10000000000LL;

struct attach {
    struct attach *next;
    struct shim_process *process; /* NULL once it has finished */
    struct shim_source socket;
    struct shim_ring queue;
    pid_t peer;
    bool wants[SHIM_STREAMS];
    bool in;         /* its input is the process's */
    bool input_over; /* it will send no more */
    bool gone;       /* it will read no more */
    bool ending;     /* close when the queue is empty */
    bool dead;       /* closed; freed by shim_attach_sweep, when no caller can hold it any more */
    int64_t since;   /* when it last took something while there was something to take; 0: nothing to take */
};

static struct attach *attached;

static void destroy(struct attach *a)
{
    bool blocked = a->queue.used > 0;
    /* Closing a socket with unread input would give its reader a reset instead of an end of file. */
    char scrap[4096];
    while (!a->gone && recv(a->socket.fd, scrap, sizeof scrap, MSG_DONTWAIT) > 0)
        ;
    shim_source_close(&a->socket);
    shim_ring_free(&a->queue);
    a->dead = a->gone = true;
    a->since = 0;
    if (a->process && blocked)
        shim_process_resume_output(a->process);
}

void shim_attach_sweep(void)
{
    for (struct attach **at = &attached; *at;) {
        struct attach *a = *at;
        if (a->dead) {
            *at = a->next;
            free(a);
        } else {
            at = &a->next;
        }
    }
}

/* A process that is on its way out closes its connections before it is a zombie; PF_EXITING tells it from one that hangs up. */
static bool is_dying(pid_t pid)
{
    enum { FLAGS_FIELD = 9, PF_EXITING_BIT = 0x4 };
    char path[40], text[512];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    cleanup_file FILE *file = pid > 0 ? fopen(path, "re") : NULL;
    if (!file)
        return pid > 0;
    size_t len = fread(text, 1, sizeof text - 1, file);
    text[len] = 0;
    char *p = strrchr(text, ')');
    char state = 0;
    unsigned flags = 0;
    if (!p || sscanf(p + 1, " %c %*d %*d %*d %*d %*d %u", &state, &flags) != 2)
        return true;
    return state == 'Z' || state == 'X' || (flags & PF_EXITING_BIT);
}

static void input_over(struct attach *a)
{
    a->input_over = true;
    struct shim_process *process = a->process;
    if (!a->in || !process || is_dying(a->peer))
        return;
    if (process->stdin_once && !process->tty)
        shim_process_input_end(process);
    else
        a->ending = true;
}

static void take_input(struct attach *a)
{
    char bytes[16 * 1024];
    size_t room = a->in && a->process ? shim_process_input_room(a->process) : SIZE_MAX;
    if (!room || a->input_over)
        return;
    ssize_t n = recv(a->socket.fd, bytes, room < sizeof bytes ? room : sizeof bytes, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0)
        input_over(a);
    else if (a->in && a->process)
        shim_process_input(a->process, bytes, (size_t)n);
}

static void hang_up(struct attach *a)
{
    a->gone = true;
    bool blocked = a->queue.used > 0;
    shim_ring_free(&a->queue);
    a->since = 0;
    if (blocked && a->process)
        shim_process_resume_output(a->process);
}

static void flush(struct attach *a)
{
    struct iovec pieces[2];
    int count;
    while ((count = shim_ring_peek(&a->queue, pieces)) > 0) {
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t n = sendmsg(a->socket.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            hang_up(a);
            return;
        }
        shim_ring_drop(&a->queue, (size_t)n);
        a->since = clock_mono_ns();
    }
    if (!a->queue.used)
        a->since = 0;
    if (a->process && a->queue.used <= (QUEUE - RESERVE) / 2)
        shim_process_resume_output(a->process);
}

/* What the loop shall wait for now, or the end of the connection. */
static void update(struct attach *a)
{
    if (a->dead)
        return;
    bool room = !a->in || !a->process || shim_process_input_room(a->process) > 0;
    bool reads = !a->input_over && room;
    if ((a->ending && !a->queue.used) || (a->gone && (a->input_over || !a->in || !a->process))) {
        destroy(a);
        return;
    }
    if (a->gone && !reads)
        shim_unwatch(&a->socket);
    else
        shim_watch(&a->socket, (reads ? EPOLLIN : 0) | (a->queue.used ? EPOLLOUT : 0));
}

static void attach_ready(struct shim_source *source, uint32_t events)
{
    struct attach *a = source->owner;
    if (events & EPOLLOUT && !a->gone)
        flush(a);
    if (events & (EPOLLHUP | EPOLLERR) && !a->gone)
        hang_up(a);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR) && !a->dead)
        take_input(a);
    update(a);
}

void shim_attach_add(int fd, struct shim_process *process, struct shim_attach_request what, const char *early, size_t early_len)
{
    struct attach *a = xcalloc(1, sizeof *a);
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0)
        a->peer = peer.pid;
    a->process = process;
    a->socket = (struct shim_source){.fd = fd, .ready = attach_ready, .owner = a};
    a->queue.size = QUEUE;
    a->in = what.in;
    a->wants[SHIM_STDOUT] = what.out;
    a->wants[SHIM_STDERR] = what.err;
    a->ending = process->phase == SHIM_FINISHED;
    a->next = attached;
    attached = a;
    if (a->in && early_len && early_len <= shim_process_input_room(process))
        shim_process_input(process, early, early_len);
    update(a);
}

bool shim_attach_any(const struct shim_process *process)
{
    for (const struct attach *a = attached; a; a = a->next)
        if (a->process == process && !a->gone)
            return true;
    return false;
}

size_t shim_attach_room(struct shim_process *process)
{
    size_t least = SIZE_MAX, reserve = process->phase == SHIM_ENDED ? 0 : RESERVE;
    for (struct attach *a = attached; a; a = a->next) {
        if (a->process != process || a->gone || a->ending || (!a->wants[SHIM_STDOUT] && !a->wants[SHIM_STDERR]))
            continue;
        size_t room = shim_ring_room(&a->queue), usable = room > reserve + SHIM_FRAME ? room - reserve - SHIM_FRAME : 0;
        if (usable < least)
            least = usable;
    }
    return least < LEAST ? 0 : least;
}

static void send_or_queue(struct attach *a, struct iovec *pieces, int count)
{
    size_t sent = 0;
    if (!a->queue.used) {
        struct msghdr message = {.msg_iov = pieces, .msg_iovlen = (size_t)count};
        ssize_t n = sendmsg(a->socket.fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR) {
            a->gone = true; /* the hang-up is on its way through the loop as well */
            return;
        }
        sent = n > 0 ? (size_t)n : 0;
    }
    for (int i = 0; i < count; i++) {
        size_t skip = sent < pieces[i].iov_len ? sent : pieces[i].iov_len;
        shim_ring_put(&a->queue, (char *)pieces[i].iov_base + skip, pieces[i].iov_len - skip);
        sent -= skip;
    }
    if (a->queue.used) {
        if (!a->since)
            a->since = clock_mono_ns();
        shim_watch(&a->socket, a->socket.watched | EPOLLOUT);
    }
}

void shim_attach_deliver(struct shim_process *process, enum shim_stream stream, const char *data, size_t len)
{
    unsigned char header[SHIM_FRAME];
    shim_frame(header, stream, (uint32_t)len);
    for (struct attach *a = attached; a; a = a->next) {
        if (a->process != process || a->gone || a->ending || !a->wants[stream])
            continue;
        struct iovec pieces[] = {{header, process->tty ? 0 : sizeof header}, {(char *)data, len}};
        send_or_queue(a, pieces, 2);
    }
}

void shim_attach_resume_input(struct shim_process *process)
{
    for (struct attach *a = attached; a; a = a->next) {
        if (a->process == process && a->in)
            update(a);
    }
}

void shim_attach_end(struct shim_process *process)
{
    for (struct attach *a = attached; a; a = a->next) {
        if (a->process != process)
            continue;
        a->process = NULL;
        a->ending = true;
        update(a);
    }
}

static bool has_company(const struct attach *one)
{
    for (const struct attach *a = attached; a; a = a->next)
        if (a != one && a->process == one->process && !a->gone)
            return true;
    return false;
}

static bool is_limited(const struct attach *a)
{
    return a->since && (!a->process || a->process->phase >= SHIM_ENDED || has_company(a));
}

int64_t shim_attach_deadline(void)
{
    int64_t first = INT64_MAX;
    for (const struct attach *a = attached; a; a = a->next)
        if (is_limited(a) && a->since + stuck_ns < first)
            first = a->since + stuck_ns;
    return first;
}

void shim_attach_expire(int64_t now)
{
    for (struct attach *a = attached; a; a = a->next)
        if (is_limited(a) && now >= a->since + stuck_ns)
            destroy(a);
}

bool shim_attach_idle(void) { return !attached; }
