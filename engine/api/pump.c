/* Two sockets joined: what the client types goes to the container, what the container says goes to the client. Nothing is read that
 * could not be passed on, so a slow side holds up the other and nothing else. */
#include "api/http.h"

#include "base/memory.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct lane { /* one direction */
    int from, to;
    char bytes[16 * 1024];
    size_t start, end;
    bool finished; /* the source has ended */
    bool closed;   /* and the destination knows */
};

static bool detach_one(const char *word, unsigned char *key)
{
    if (strlen(word) == 1) {
        *key = (unsigned char)*word;
        return true;
    }
    if (!str_starts(word, "ctrl-") || strlen(word) != 6)
        return false;
    char c = word[5];
    if (isalpha((unsigned char)c))
        *key = (unsigned char)(tolower((unsigned char)c) - 'a' + 1);
    else if (c == '@')
        *key = 0;
    else if (c >= '[' && c <= '_')
        *key = (unsigned char)(c - '[' + 27);
    else
        return false;
    return true;
}

bool detach_parse(const char *text, struct detach *detach, struct error *err)
{
    *detach = (struct detach){0};
    cleanup_strv char **words = str_split(str_or(text, "ctrl-p,ctrl-q"), ',');
    for (size_t i = 0; words[i]; i++) {
        if (detach->count == sizeof detach->keys || !detach_one(words[i], &detach->keys[detach->count++])) {
            error_set(err, EINVAL, "Invalid detach keys (%s) provided", text);
            return false;
        }
    }
    return true;
}

/* Takes the detach sequence out of what was typed: a begun one is held back, a broken one is given after all. True when complete.
 */
static bool detach_scan(struct detach *detach, const char *in, size_t len, char *out, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)in[i];
        if (detach->count && c == detach->keys[detach->matched]) {
            if (++detach->matched == detach->count)
                return true;
            continue;
        }
        for (size_t j = 0; j < detach->matched; j++)
            out[(*count)++] = (char)detach->keys[j];
        detach->matched = detach->count && c == detach->keys[0] ? 1 : 0;
        if (!detach->matched)
            out[(*count)++] = (char)c;
    }
    return false;
}

/* False when the lane can carry no more. */
static bool lane_read(struct lane *lane, struct detach *detach, bool *detached)
{
    char raw[sizeof lane->bytes - sizeof detach->keys];
    ssize_t got = read(lane->from, raw, sizeof raw);
    if (got < 0)
        return errno == EAGAIN || errno == EINTR;
    if (got == 0) {
        lane->finished = true;
        return true;
    }
    lane->start = 0;
    lane->end = (size_t)got;
    if (detach)
        *detached = detach_scan(detach, raw, (size_t)got, lane->bytes, &lane->end);
    else
        memcpy(lane->bytes, raw, (size_t)got);
    return true;
}

static bool lane_write(struct lane *lane)
{
    ssize_t put = send(lane->to, lane->bytes + lane->start, lane->end - lane->start, MSG_NOSIGNAL);
    if (put < 0)
        return errno == EAGAIN || errno == EINTR;
    lane->start += (size_t)put;
    return true;
}

static bool lane_empty(const struct lane *lane) { return lane->start == lane->end; }

static bool send_all(int fd, const char *data, size_t len)
{
    while (len > 0) {
        ssize_t put = send(fd, data, len, MSG_NOSIGNAL);
        if (put < 0 && errno != EAGAIN && errno != EINTR)
            return false;
        if (put < 0) {
            struct pollfd wait = {.fd = fd, .events = POLLOUT};
            poll(&wait, 1, -1);
            continue;
        }
        data += put;
        len -= (size_t)put;
    }
    return true;
}

static void make_nonblocking(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }

/* One round; false when all is over. */
static bool turn(struct lane *in, struct lane *out, struct detach *detach)
{
    short client = 0, stream = 0;
    bool detached = false;
    if (!in->finished && lane_empty(in))
        client |= POLLIN;
    if (!lane_empty(out))
        client |= POLLOUT;
    if (!out->finished && lane_empty(out))
        stream |= POLLIN;
    if (!lane_empty(in))
        stream |= POLLOUT;
    struct pollfd fds[2] = {{.fd = in->from, .events = client}, {.fd = out->from, .events = stream}};
    if (poll(fds, 2, -1) < 0 && errno != EINTR)
        return false;
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && (client & POLLIN)) {
        if (!lane_read(in, detach, &detached))
            return false;
    } else if (fds[0].revents & (POLLHUP | POLLERR)) {
        return false; /* nobody is there any more to read */
    }
    if (fds[1].revents & POLLOUT && !lane_write(in))
        in->start = in->end; /* the process reads no more; its output still counts */
    if (fds[1].revents & (POLLIN | POLLHUP | POLLERR) && (stream & POLLIN) && !lane_read(out, NULL, NULL))
        return false;
    if (!lane_empty(out) && !lane_write(out))
        return false;
    if (!lane_empty(in) && !lane_write(in))
        in->start = in->end;
    if (in->finished && lane_empty(in) && !in->closed)
        in->closed = true, shutdown(in->to, SHUT_WR);
    return !detached && !(out->finished && lane_empty(out));
}

/* Waits until the client has taken the head of the answer out of its socket, for a moment at most. Some clients (docker-py) read
 * the head through a buffer and what follows without it: what comes together with the head is lost to them. */
static void head_was_read(int client)
{
    struct timespec nap = {.tv_nsec = 50000};
    int unread;
    for (int i = 0; i < 200 && ioctl(client, SIOCOUTQ, &unread) == 0 && unread > 0; i++) {
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < 1000000)
            nap.tv_nsec *= 2;
    }
}

void pump(int client, int stream, const char *early, size_t len, struct detach *detach)
{
    struct lane in = {.from = client, .to = stream}, out = {.from = stream, .to = client};
    make_nonblocking(client);
    make_nonblocking(stream);
    if (len && !send_all(stream, early, len))
        return;
    head_was_read(client);
    while (turn(&in, &out, detach))
        continue;
}

ssize_t read_for(int client, int stream, char *bytes, size_t room)
{
    struct pollfd fds[2] = {{.fd = stream, .events = POLLIN}, {.fd = client, .events = POLLRDHUP}};
    int ready;
    do
        ready = poll(fds, 2, -1);
    while (ready < 0 && errno == EINTR);
    if (ready > 0 && fds[1].revents)
        return -ECANCELED;
    return read(stream, bytes, room);
}
