/* The thread that talks to a log service, and the queue before it. Locking: `lock` guards the queue and the flags below it. */
#include "shim/log_service.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/strings.h"
#include "shim/loop.h"
#include "shim/ring.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
    QUEUE = 256 * 1024,
    PART = 4 * 1024,
    WHOLE_READ = 64 * 1024 + 64 * 32,
    CLOSE_SECONDS = 5,
    SEND_SECONDS = 5,
    STACK = 128 * 1024
};

struct part {
    int64_t at;
    uint32_t stream, len;
};

struct shim_service {
    struct shim_message_style style;
    int type; /* SOCK_STREAM or SOCK_DGRAM */
    union {
        struct sockaddr any;
        struct sockaddr_un local;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } address;
    socklen_t address_len;
    int fd; /* the thread's, once it runs */
    bool non_blocking;
    struct shim_lines lines; /* the thread's */
    char message[SHIM_MESSAGE];
    char taken[PART];
    struct shim_source wake; /* the thread has made room */
    void (*resume)(void *owner);
    void *owner;
    bool started;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t news;
    struct shim_ring queue;
    bool held, closing;
    long long dropped; /* bytes that did not fit, not told yet */
};

/* Sending */

static int dial(struct shim_service *service)
{
    int fd = socket(service->address.any.sa_family, service->type | SOCK_CLOEXEC, 0);
    const struct timeval patience = {.tv_sec = SEND_SECONDS};
    if (fd < 0)
        return -errno;
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience); /* for connect(2) too */
    if (connect(fd, &service->address.any, service->address_len) == 0)
        return fd;
    int code = errno;
    fd_close(fd);
    return -code;
}

static int send_whole(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* A service that takes nothing for a while is still one to wait for; one that has gone away is called once more. */
static void send_message(struct shim_service *service, size_t len)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (service->fd < 0)
            service->fd = dial(service);
        int r = service->fd < 0 ? service->fd : send_whole(service->fd, service->message, len);
        while (r == -EAGAIN && service->type == SOCK_DGRAM && !__atomic_load_n(&service->closing, __ATOMIC_RELAXED))
            r = send_whole(service->fd, service->message, len);
        if (r == 0)
            return;
        service->fd = fd_close(service->fd);
    }
}

static void take(void *owner, const struct shim_piece *piece)
{
    struct shim_service *service = owner;
    send_message(service, shim_message(&service->style, service->message, piece));
}

static void tell_dropped(struct shim_service *service, long long dropped)
{
    char text[96];
    int len = snprintf(text, sizeof text, "slipway: %lld bytes of output were dropped: the log service is too slow", dropped);
    const struct shim_piece piece = {.stream = SHIM_STDERR, .data = text, .len = (size_t)len, .at = clock_wall_ns(), .ends = true};
    take(service, &piece);
}

/* Locked. */
static void copy_out(struct shim_ring *ring, void *out, size_t len)
{
    struct iovec pieces[2];
    char *to = out;
    size_t left = len;
    int count = shim_ring_peek(ring, pieces);
    for (int i = 0; i < count && left; i++) {
        size_t n = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        memcpy(to, pieces[i].iov_base, n);
        to += n;
        left -= n;
    }
    shim_ring_drop(ring, len);
}

/* The next part of the output, or false: all is sent and no more comes. */
static bool next_part(struct shim_service *service, struct part *part, long long *dropped)
{
    bool wake = false;
    pthread_mutex_lock(&service->lock);
    while (!service->queue.used && !service->closing)
        pthread_cond_wait(&service->news, &service->lock);
    bool any = service->queue.used > 0;
    if (any) {
        copy_out(&service->queue, part, sizeof *part);
        copy_out(&service->queue, service->taken, part->len);
        wake = service->held && service->queue.used <= service->queue.size / 2;
        service->held = service->held && !wake;
    }
    *dropped = service->dropped;
    service->dropped = 0;
    pthread_mutex_unlock(&service->lock);
    if (wake)
        eventfd_write(service->wake.fd, 1);
    return any;
}

static void *work(void *data)
{
    struct shim_service *service = data;
    struct part part;
    long long dropped;
    while (next_part(service, &part, &dropped)) {
        if (dropped)
            tell_dropped(service, dropped);
        shim_lines_feed(&service->lines, (enum shim_stream)part.stream, service->taken, part.len, part.at);
    }
    if (dropped)
        tell_dropped(service, dropped);
    for (int i = 0; i < SHIM_STREAMS; i++)
        shim_lines_end(&service->lines, (enum shim_stream)i, clock_wall_ns());
    return NULL;
}

/* Opening */

static int parse_address(struct shim_service *service, const char *transport, const char *text, struct error *err)
{
    service->type = str_equal(transport, "tcp") || str_equal(transport, "unix") ? SOCK_STREAM : SOCK_DGRAM;
    if (str_starts(transport, "unix")) {
        service->address.local.sun_family = AF_UNIX;
        if (strlen(text) >= sizeof service->address.local.sun_path)
            return error_set(err, EINVAL, "log service %s: the path is longer than a socket's may be", text);
        strcpy(service->address.local.sun_path, text);
        service->address_len = sizeof service->address.local;
        return 0;
    }
    const char *colon = strrchr(text, ':');
    cleanup_free char *host = xstrndup(text + (*text == '['), colon ? (size_t)(colon - text) - 2 * (*text == '[') : 0);
    in_port_t port = htons((uint16_t)atoi(colon ? colon + 1 : "0"));
    if (inet_pton(AF_INET, host, &service->address.v4.sin_addr) == 1) {
        service->address.v4.sin_family = AF_INET;
        service->address.v4.sin_port = port;
        service->address_len = sizeof service->address.v4;
    } else if (inet_pton(AF_INET6, host, &service->address.v6.sin6_addr) == 1) {
        service->address.v6.sin6_family = AF_INET6;
        service->address.v6.sin6_port = port;
        service->address_len = sizeof service->address.v6;
    } else {
        return error_set(err, EINVAL, "log service %s: not an address", text);
    }
    return 0;
}

static void wake_ready(struct shim_source *source, uint32_t events)
{
    (void)events;
    struct shim_service *service = source->owner;
    eventfd_t count;
    eventfd_read(source->fd, &count);
    if (service->resume)
        service->resume(service->owner);
}

/* The syslog daemon of this machine is wherever one listens, by datagrams or by a stream. */
static int dial_local(struct shim_service *service, struct error *err)
{
    static const char *const paths[] = {"/dev/log", "/var/run/syslog", "/var/run/log"};
    static const char *const transports[] = {"unixgram", "unix"};
    for (size_t t = 0; t < ARRAY_LEN(transports); t++) {
        for (size_t p = 0; p < ARRAY_LEN(paths); p++) {
            parse_address(service, transports[t], paths[p], NULL);
            service->fd = dial(service);
            if (service->fd >= 0)
                return 0;
        }
    }
    return error_set(err, ENOTCONN, "Unix syslog delivery error");
}

static int dial_first(struct shim_service *service, const json_t *config, struct error *err)
{
    const char *transport = json_str(config, "transport", ""), *address = json_str(config, "address", "");
    if (service->style.journald)
        transport = "unixgram", address = json_str(config, "socket", "/run/systemd/journal/socket");
    else if (!*transport)
        return dial_local(service, err);
    int r = parse_address(service, transport, address, err);
    if (r < 0)
        return r;
    service->fd = dial(service);
    if (service->fd >= 0)
        return 0;
    if (service->style.journald)
        return error_set(err, ENOTCONN, "journald is not enabled on this host");
    return error_errno(err, -service->fd, "dial %s %s", transport, address);
}

struct shim_service *shim_service_open(const json_t *config, struct error *err)
{
    struct shim_service *service = xcalloc(1, sizeof *service);
    long long buffer = json_num(config, "buffer", 0);
    service->non_blocking = json_flag(config, "non_blocking", false);
    service->queue.size = service->non_blocking && buffer > 0 ? (size_t)buffer : QUEUE;
    service->lines.take = take;
    service->lines.owner = service;
    service->fd = service->wake.fd = -EBADF;
    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->news, NULL);
    int r = shim_style_open(&service->style, config, err);
    if (r == 0)
        r = dial_first(service, config, err);
    if (r == 0) {
        service->wake = (struct shim_source){.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), .ready = wake_ready, .owner = service};
        r = service->wake.fd < 0 ? error_errno(err, errno, "eventfd") : 0;
    }
    if (r == 0)
        return service;
    shim_service_close(service);
    return NULL;
}

/* Not before there is something to send: the container is made by a process of one thread. */
static bool start(struct shim_service *service)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    service->started = pthread_create(&service->thread, &attributes, work, service) == 0;
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    shim_watch(&service->wake, EPOLLIN);
    return service->started;
}

/* Parts end with a line where they can, so that a part that is dropped takes whole lines with it. */
static size_t part_of(const char *data, size_t len)
{
    if (len <= PART)
        return len;
    const char *end = memrchr(data, '\n', PART);
    return end ? (size_t)(end - data) + 1 : PART;
}

void shim_service_put(struct shim_service *service, enum shim_stream stream, const char *data, size_t len, int64_t at)
{
    if (!service->started && !start(service))
        return;
    pthread_mutex_lock(&service->lock);
    while (len) {
        struct part part = {.at = at, .stream = stream, .len = (uint32_t)part_of(data, len)};
        if (shim_ring_room(&service->queue) >= sizeof part + part.len) {
            shim_ring_put(&service->queue, &part, sizeof part);
            shim_ring_put(&service->queue, data, part.len);
        } else {
            service->dropped += part.len;
        }
        data += part.len;
        len -= part.len;
    }
    pthread_cond_signal(&service->news);
    pthread_mutex_unlock(&service->lock);
}

bool shim_service_ready(struct shim_service *service)
{
    if (service->non_blocking)
        return true;
    pthread_mutex_lock(&service->lock);
    bool ready = shim_ring_room(&service->queue) >= WHOLE_READ;
    service->held = !ready;
    pthread_mutex_unlock(&service->lock);
    return ready;
}

void shim_service_on_ready(struct shim_service *service, void (*resume)(void *owner), void *owner)
{
    service->resume = resume;
    service->owner = owner;
}

void shim_service_close(struct shim_service *service)
{
    if (!service)
        return;
    pthread_mutex_lock(&service->lock);
    service->closing = true;
    pthread_cond_signal(&service->news);
    pthread_mutex_unlock(&service->lock);
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_SECONDS;
    shim_unwatch(&service->wake);
    if (service->started && pthread_timedjoin_np(service->thread, NULL, &until) != 0)
        return; /* it ends with us; nothing of it may be freed */
    shim_source_close(&service->wake);
    fd_close(service->fd);
    shim_ring_free(&service->queue);
    free(service->style.fields);
    free(service);
}
