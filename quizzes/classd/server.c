/* One epoll loop. What is readable when it wakes is one batch: all requests run in one transaction, COMMIT makes them durable with
 * one fsync, and only then are the replies sent. While the disk works, the next batch gathers in the sockets.
 *
 * Answers go first: a whole class may give one at the same moment, and waits for it. Everything else (an exam that is handed in and
 * marked, a gradebook) takes its turn afterwards, a few milliseconds at a time, and whoever asked is not read from meanwhile. The
 * log that the disk was written to is put into the database itself when nobody asks anything. */
#include "quizzes/classd/server.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "quizzes/class_client.h"
#include "quizzes/classd/attempt.h"
#include "quizzes/classd/requests.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* PER_USER: connections at a time; without a limit one user could take all the descriptors that there are. */
enum { BATCH_MAX = 512, BATCH_BYTES = 16 << 20, REPLY_MAX = 400 << 10, PER_USER = 64 };
enum { SLICE_MS = 4, QUIET_MS = 20 };

struct client {
    int fd;
    uid_t uid;
    pid_t pid;
    bool waits; /* for an answer that is still to come */
    struct client *next, **link;
};

struct message {
    struct client *client;
    char *text;
    size_t len;
    json_t *reply;
};

/* In the order in which they came. */
struct queue {
    struct message *list;
    size_t count, room;
};

struct server {
    int listener, signals, epoll;
    int spare; /* descriptor */
    struct store *store;
    struct client *first;
    size_t clients;
    int64_t alone_since; /* boot time since when nobody is connected */
    bool ending;
    struct error gone; /* why it cannot go on */
    char *room;        /* one message */
    size_t bytes;      /* of what was taken in this turn */
    struct queue answers, others;
};

static int64_t boot_ms(void)
{
    struct time_now now;
    time_read(&now);
    return now.boot_ms;
}

static int watch(struct server *server, int fd, void *data)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    return epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event);
}

/* Who waits for an answer is not read from: requests of one client are served in their order. */
static void listen_to(struct server *server, struct client *client, bool listen)
{
    client->waits = !listen;
    struct epoll_event event = {.events = listen ? EPOLLIN : 0, .data.ptr = client};
    epoll_ctl(server->epoll, EPOLL_CTL_MOD, client->fd, &event);
}

static void drop(struct server *server, struct client *client)
{
    close(client->fd);
    *client->link = client->next;
    if (client->next)
        client->next->link = client->link;
    free(client);
    if (--server->clients == 0)
        server->alone_since = boot_ms();
}

/* A class's server is everybody's; a school of one has nobody to be guarded from. */
static bool has_too_many(const struct server *server, uid_t uid)
{
    size_t count = 0;
    for (const struct client *client = server->first; client; client = client->next)
        count += client->uid == uid;
    return server->store->classroom && count >= PER_USER;
}

static void adopt(struct server *server, struct client *client)
{
    client->next = server->first;
    client->link = &server->first;
    if (client->next)
        client->next->link = &client->next;
    server->first = client;
    server->clients++;
}

/* Told in one line why, before it is hung up on. */
static void turn_away(int fd, int code, const char *why)
{
    cleanup_json json_t *reply = refusal(code, why);
    cleanup_free char *text = json_text(reply);
    send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

/* Without a descriptor left even to turn somebody away, who comes would wait, and this loop spin: one is kept for that. */
static bool turn_one_away(struct server *server)
{
    fd_close(server->spare);
    int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        turn_away(fd, EMFILE, "slipway-classd has no file descriptor left for another connection; try again when others have gone");
    server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    return fd >= 0;
}

static void accept_all(struct server *server)
{
    for (;;) {
        int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EINTR || ((errno == EMFILE || errno == ENFILE) && turn_one_away(server))))
            continue;
        if (fd < 0)
            return;
        struct ucred who;
        socklen_t len = sizeof who;
        int size = 2 * CLASS_MESSAGE_MAX;
        struct client *client = xcalloc(1, sizeof *client);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &len) < 0 || has_too_many(server, who.uid) ||
            watch(server, fd, client) < 0) {
            turn_away(fd, EUSERS, "you have too many connections to the class open; close some");
            free(client);
            continue;
        }
        *client = (struct client){.fd = fd, .uid = who.uid, .pid = who.pid};
        adopt(server, client);
    }
}

static void enqueue(struct queue *queue, struct message message)
{
    if (queue->count == queue->room)
        queue->list = xrealloc(queue->list, (queue->room = queue->room ? queue->room * 2 : 64) * sizeof *queue->list);
    queue->list[queue->count++] = message;
}

/* Whether it says "op":"exam.answer". To be wrong about it costs time, no more. */
static bool is_answer(const char *text)
{
    const char *at = strstr(text, "\"op\"");
    if (!at)
        return false;
    at += strlen("\"op\"");
    at += strspn(at, " \t\r\n:");
    return str_starts(at, "\"exam.answer\"");
}

static void take_message(struct server *server, struct client *client)
{
    if (client->waits) /* it hung up: that is found out when the answer is sent */
        return;
    ssize_t got = recv(client->fd, server->room, CLASS_MESSAGE_MAX, MSG_DONTWAIT | MSG_TRUNC);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        drop(server, client);
        return;
    }
    /* One that is too long is known by its length alone (MSG_TRUNC) and refused by request_serve. */
    size_t kept = got > CLASS_MESSAGE_MAX ? 0 : (size_t)got;
    char *text = memcpy(xmalloc(kept + 1), server->room, kept);
    text[kept] = 0;
    server->bytes += kept;
    bool answer = is_answer(text);
    enqueue(answer ? &server->answers : &server->others, (struct message){.client = client, .text = text, .len = (size_t)got});
    if (!answer)
        listen_to(server, client, false);
}

static void send_reply(struct server *server, struct message *message)
{
    cleanup_free char *text = json_text(message->reply);
    if (strlen(text) > REPLY_MAX) {
        json_decref(message->reply);
        message->reply = refusal(EMSGSIZE, "the answer does not fit into one message; ask for less");
        free(text);
        text = json_text(message->reply);
    }
    /* A client that does not read its answers is none. */
    if (send(message->client->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        drop(server, message->client);
}

static void refuse_all(struct message *list, size_t count, const struct error *err)
{
    for (size_t i = 0; i < count; i++) {
        json_decref(list[i].reply);
        list[i].reply = refusal(err->code, err->message);
    }
}

/* Serves from the front of the queue for `ms`, and all of it with 0; what was served is acknowledged when it is on the disk. */
static void serve(struct server *server, struct queue *queue, int64_t ms)
{
    struct error err = ERROR_INIT;
    int64_t end = boot_ms() + ms;
    size_t count = 0;
    int r = store_begin(server->store, &err);
    while (count < queue->count && (r < 0 || !ms || count == 0 || boot_ms() < end)) {
        struct message *message = &queue->list[count++];
        if (r == 0)
            message->reply = request_serve(server->store, message->client->uid, message->client->pid, message->text, message->len);
    }
    if (r == 0)
        r = store_commit(server->store, &err);
    if (r < 0) {
        store_rollback(server->store);
        refuse_all(queue->list, count, &err);
        log_error("%s", err.message);
        if (err.code == ESTALE) { /* whatever comes now would be lost */
            server->gone = err;
            server->ending = true;
        }
    }
    for (size_t i = 0; i < count; i++) {
        struct message *message = &queue->list[i];
        if (queue == &server->others)
            listen_to(server, message->client, true);
        send_reply(server, message);
        json_decref(message->reply);
        free(message->text);
    }
    queue->count -= count;
    memmove(queue->list, queue->list + count, queue->count * sizeof *queue->list);
}

static void sweep(struct server *server)
{
    struct error err = ERROR_INIT;
    if (attempts_next_ms(server->store) != 0 || store_begin(server->store, &err) < 0)
        return;
    server->store->swept_ms = -1;
    if (attempts_sweep(server->store, &err) < 0 || store_commit(server->store, &err) < 0) {
        log_error("%s", err.message);
        store_rollback(server->store);
    }
}

/* Until the next attempt is over or the idle time has passed, whichever comes first. */
static int wait_ms(struct server *server, int64_t idle_ms)
{
    int64_t left = 60000, next = attempts_next_ms(server->store);
    if (server->clients == 0 && idle_ms < INT32_MAX) {
        left = server->alone_since + idle_ms - boot_ms();
        server->ending = server->ending || left <= 0;
    }
    if (next >= 0 && next < left)
        left = next + 1;
    if (store_wants_checkpoint(server->store) && left > QUIET_MS)
        left = QUIET_MS;
    return server->others.count || left < 0 ? 0 : left > 60000 ? 60000 : (int)left;
}

static int turn(struct server *server, int timeout, struct error *err)
{
    struct epoll_event events[BATCH_MAX];
    int ready = epoll_wait(server->epoll, events, BATCH_MAX, timeout);
    if (ready < 0)
        return errno == EINTR ? 0 : error_errno(err, errno, "epoll_wait");
    server->bytes = 0;
    for (int i = 0; i < ready && server->bytes < BATCH_BYTES; i++) {
        void *who = events[i].data.ptr;
        if (who == &server->signals)
            server->ending = true;
        else if (who == &server->listener)
            accept_all(server);
        else
            take_message(server, who);
    }
    if (server->answers.count)
        serve(server, &server->answers, 0);
    if (server->others.count)
        serve(server, &server->others, SLICE_MS);
    if (!ready && !server->others.count)
        store_checkpoint(server->store);
    sweep(server);
    return 0;
}

static int open_server(struct server *server, struct error *err)
{
    sigset_t mask;
    sigemptyset(&mask);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGINT);
    server->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    server->epoll = epoll_create1(EPOLL_CLOEXEC);
    server->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (server->signals < 0 || server->epoll < 0 || watch(server, server->signals, &server->signals) < 0 ||
        watch(server, server->listener, &server->listener) < 0)
        return error_errno(err, errno, "wait for clients");
    return 0;
}

int server_run(int listener, struct store *store, int64_t idle_ms, struct error *err)
{
    cleanup_free struct server *server = xcalloc(1, sizeof *server);
    cleanup_free char *room = xmalloc(CLASS_MESSAGE_MAX);
    server->listener = listener;
    server->store = store;
    server->room = room;
    server->alone_since = boot_ms();
    int r = open_server(server, err);
    while (r == 0) {
        int timeout = wait_ms(server, idle_ms);
        if (server->ending)
            break;
        r = turn(server, timeout, err);
    }
    while (server->others.count)
        serve(server, &server->others, 0);
    if (server->gone.code && r == 0)
        r = error_set(err, server->gone.code, "%s", server->gone.message);
    free(server->answers.list);
    free(server->others.list);
    fd_close(server->epoll);
    fd_close(server->signals);
    fd_close(server->spare);
    return r;
}
