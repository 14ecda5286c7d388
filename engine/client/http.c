/* The wire: requests out, answers in. http_parser does the parsing, chunked bodies included; reads are large, so that an answer
 * usually takes one system call. */
#include "client/http.h"
#include "client/client.h"
#include "client/secure.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/sockets.h"
#include "base/tls.h"

#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define SANDBOX "sandbox://"

enum { READ_SIZE = 64 * 1024 };

static FILE *trace;

void client_trace(FILE *out) { trace = out; }

/* Names and values may come in pieces. */
static int on_name(http_parser *parser, const char *bytes, size_t len)
{
    struct http *http = parser->data;
    size_t have = http->in_name ? strlen(http->name) : 0;
    snprintf(http->name + have, sizeof http->name - have, "%.*s", (int)len, bytes);
    http->in_name = true;
    return 0;
}

static int on_value(http_parser *parser, const char *bytes, size_t len)
{
    struct http *http = parser->data;
    if (http->in_name)
        http->in_stat = strcasecmp(http->name, "X-Docker-Container-Path-Stat") == 0;
    http->in_name = false;
    if (http->in_stat) {
        char *whole = str_format("%s%.*s", http->path_stat ? http->path_stat : "", (int)len, bytes);
        free(http->path_stat);
        http->path_stat = whole;
    }
    return 0;
}

static int on_headers(http_parser *parser)
{
    struct http *http = parser->data;
    if (parser->status_code == 100)
        return 0;
    http->status = (int)parser->status_code;
    http->head_done = true;
    if (trace)
        fprintf(trace, "%s -> %d in %.1f ms\n", http->request, http->status, (double)(clock_mono_ns() - http->sent_ns) / 1e6);
    return str_starts(http->request, "HEAD "); /* 1: no body follows, whatever its length is said to be */
}

static int on_body(http_parser *parser, const char *bytes, size_t len)
{
    struct http *http = parser->data;
    if (!http->stopped && http->sink && !http->sink(http->sink_data, bytes, len))
        http->stopped = true;
    return 0;
}

static int on_end(http_parser *parser)
{
    struct http *http = parser->data;
    if (parser->status_code == 100)
        return 0;
    http->message_done = true;
    http->keep_alive = http_should_keep_alive(parser);
    http_parser_pause(parser, 1);
    return 0;
}

static const http_parser_settings SETTINGS = {.on_header_field = on_name,
                                              .on_header_value = on_value,
                                              .on_headers_complete = on_headers,
                                              .on_body = on_body,
                                              .on_message_complete = on_end};

/* "name:port"; -errno of the last address tried. */
static int tcp_connect(const char *where)
{
    cleanup_free char *name = xstrdup(where);
    char *colon = strrchr(name, ':'), *plain = name;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
    if (colon)
        *colon = '\0';
    if (*plain == '[') { /* an IPv6 address */
        plain++;
        plain[strcspn(plain, "]")] = '\0';
    }
    if (getaddrinfo(plain, colon ? colon + 1 : "2375", &hints, &list) != 0)
        return -EHOSTUNREACH;
    int fd = -EHOSTUNREACH;
    for (struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        int sock = socket(at->ai_family, at->ai_socktype | SOCK_CLOEXEC, at->ai_protocol);
        fd = sock < 0 || connect(sock, at->ai_addr, at->ai_addrlen) < 0 ? -errno : sock;
        if (fd < 0)
            fd_close(sock);
    }
    freeaddrinfo(list);
    return fd;
}

/* "ID" or "ID@HOST": to the engine inside a lab machine, through the one that made the machine. */
static int sandbox_connect(struct http *http, const char *where, struct error *err)
{
    const char *at = strchr(where, '@'), *outer = at ? at + 1 : client_host(NULL);
    if (str_starts(outer, SANDBOX))
        return error_set(err, EPROTO, "%s%s: say which engine has this sandbox, as in %sID@unix:///run/slipway.sock", SANDBOX,
                         where, SANDBOX);
    cleanup_free char *id = at ? xstrndup(where, (size_t)(at - where)) : xstrdup(where), *escaped = client_escape(id);
    cleanup_free char *path = str_format("/slipway/sandboxes/%s/engine", escaped);
    return client_hijack(outer, path, NULL, &http->fd, err);
}

int http_connect(struct http *http, const char *host, struct error *err)
{
    struct error why = ERROR_INIT;
    *http = (struct http){.fd = -EBADF, .host = host, .secure = secure_wanted() && str_starts(host, "tcp://")};
    if (str_starts(host, "unix://"))
        http->fd = unix_connect(host + strlen("unix://"), SOCK_STREAM, &why);
    else if (str_starts(host, "tcp://"))
        http->fd = tcp_connect(host + strlen("tcp://"));
    else if (str_starts(host, SANDBOX))
        return sandbox_connect(http, host + strlen(SANDBOX), err);
    else
        return error_set(err, EPROTO, "unable to parse docker host `%s`: it is unix:///path or tcp://name:port", host);
    if (http->fd >= 0)
        return 0;
    if (why.code == EACCES || why.code == EPERM)
        return error_set(
            err, ECONNREFUSED,
            "permission denied while trying to connect to the Docker daemon socket at %s: become root or join its group", host);
    if (why.code == ENAMETOOLONG)
        return error_set(err, ECONNREFUSED, "%s", why.message);
    return error_set(err, ECONNREFUSED, "Cannot connect to the Docker daemon at %s. Is the docker daemon running?", host);
}

void http_close(struct http *http)
{
    http->fd = fd_close(http->fd);
    tls_link_free(move_ptr(http->link));
    free(move_ptr(http->path_stat));
}

int http_detach(struct http *http)
{
    tls_link_free(move_ptr(http->link));
    free(move_ptr(http->path_stat));
    return move_fd(http->fd);
}

/* What Go's HTTP client says of a request that did not get through. */
static int undelivered(struct http *http, const char *problem, struct error *err)
{
    bool refused =
        strstr(problem, "remote error: tls: bad certificate") || strstr(problem, "remote error: tls: certificate required");
    const char *space = strchr(http->request, ' ');
    int method = space ? (int)(space - http->request) : 0;
    cleanup_free char *verb = xstrndup(http->request, (size_t)method);
    for (char *c = verb; *c; c++)
        *c = (char)(c == verb ? *c : tolower((unsigned char)*c));
    return error_set(err, EPROTO, "%s: %s \"https://%s%s\": %s",
                     refused ? "the server probably has client authentication (--tlsverify) enabled; check your TLS client "
                               "certification settings"
                             : "error during connect",
                     verb, http->host + strlen("tcp://"), space ? space + 1 : "", problem);
}

/* `code` is what read or write said; the daemon is gone or going. */
int http_lost(struct http *http, int code, struct error *err)
{
    cleanup_free char *problem = xstrdup(tls_link_problem(http->link));
    http_close(http);
    if (*problem)
        return undelivered(http, problem, err);
    if (code == ECONNRESET || code == EPIPE || code == 0)
        return error_set(err, EPIPE, "the engine at %s closed the connection before its answer was complete", http->host);
    return error_errno(err, EPROTO, "talk to the engine at %s: %s", http->host, strerror(code));
}

int http_write(struct http *http, const void *data, size_t len, struct error *err)
{
    const char *at = data;
    while (len) {
        ssize_t n = send(http->fd, at, len, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return http_lost(http, errno, err);
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

static void expect_answer(struct http *http)
{
    http_parser_init(&http->parser, HTTP_RESPONSE);
    http->parser.data = http;
    http->status = 0;
    http->head_done = http->message_done = http->keep_alive = http->stopped = http->touched = false;
    http->in_name = http->in_stat = false;
    free(move_ptr(http->path_stat));
}

int http_send(struct http *http, const char *method, const char *path, const char *extra, const char *body, size_t len,
              struct error *err)
{
    cleanup_buf struct buf out = BUF_INIT;
    buf_printf(&out, "%s %s HTTP/1.1\r\nHost: docker\r\nUser-Agent: slipway\r\n%s", method, path, extra ? extra : "");
    if (body)
        buf_printf(&out, "Content-Type: application/json\r\nContent-Length: %zu\r\n", len);
    else if (!str_equal(method, "GET") && !(extra && strstr(extra, "Transfer-Encoding")))
        buf_puts(&out, "Content-Length: 0\r\n");
    buf_puts(&out, "\r\n");
    if (body)
        buf_add(&out, body, len);
    expect_answer(http);
    snprintf(http->request, sizeof http->request, "%s %s", method, path);
    http->sent_ns = trace ? clock_mono_ns() : 0;
    struct error why = ERROR_INIT;
    if (http->secure && !http->link && secure_connect(&http->fd, http->host, &http->link, &why) < 0)
        return undelivered(http, why.message, err);
    return http_write(http, out.data, out.len, err);
}

static int parse(struct http *http, const char *bytes, size_t len, struct error *err)
{
    size_t used = http_parser_execute(&http->parser, &SETTINGS, bytes, len);
    enum http_errno problem = HTTP_PARSER_ERRNO(&http->parser);
    if (problem == HPE_PAUSED && http->message_done)
        return 1;
    if (problem != HPE_OK || (used != len && !http->parser.upgrade)) {
        http_close(http);
        return error_set(err, EPROTO, "the answer of %s is not HTTP: %s", http->host, http_errno_description(problem));
    }
    return 1;
}

int http_pump(struct http *http, bool wait, struct error *err)
{
    char bytes[READ_SIZE];
    ssize_t n;
    do
        n = recv(http->fd, bytes, sizeof bytes, wait ? 0 : MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
        return 0;
    if (n < 0)
        return http_lost(http, errno, err);
    if (n > 0)
        http->touched = true;
    if (n > 0)
        return parse(http, bytes, (size_t)n, err);
    if (http->head_done)
        http_parser_execute(&http->parser, &SETTINGS, bytes, 0); /* ends a body that has no length */
    if (!http->message_done)
        return http_lost(http, 0, err);
    http->keep_alive = false;
    return 1;
}

int http_pump_head(struct http *http, struct error *err)
{
    cleanup_buf struct buf head = BUF_INIT;
    while (!head.data || !strstr(head.data, "\r\n\r\n")) {
        char bytes[2048];
        ssize_t n = recv(http->fd, bytes, sizeof bytes, MSG_PEEK);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return http_lost(http, n < 0 ? errno : 0, err);
        size_t before = head.len;
        buf_add(&head, bytes, (size_t)n);
        char *end = strstr(head.data, "\r\n\r\n");
        size_t take = end ? (size_t)(end + 4 - head.data) - before : (size_t)n;
        ssize_t taken = recv(http->fd, bytes, take, 0);
        if (taken < 0)
            return http_lost(http, errno, err);
        head.data[head.len = before + (size_t)taken] = '\0';
        if (head.len > 256 * 1024)
            return error_set(err, EPROTO, "the answer of %s is not HTTP: its head has no end", http->host);
    }
    http->touched = true;
    int r = parse(http, head.data, head.len, err);
    return r < 0 ? r : 0;
}

bool http_reusable(const struct http *http) { return http->fd >= 0 && http->message_done && http->keep_alive && !http->stopped; }

static int status_errno(int status)
{
    switch (status) {
    case 400:
    case 406:
        return EINVAL;
    case 401:
    case 403:
        return EPERM;
    case 404:
        return ENOENT;
    case 409:
        return EBUSY;
    case 501:
        return ENOSYS;
    default:
        return EIO;
    }
}

int http_error(int status, const struct buf *body, struct error *err)
{
    cleanup_json json_t *doc = body->len ? json_loadb(body->data, body->len, JSON_DISABLE_EOF_CHECK, NULL) : NULL;
    const char *message = json_str(doc, "message", NULL);
    if (!message)
        message = json_str(doc, "error", NULL);
    if (message)
        return error_set(err, status_errno(status), "%s", message);
    if (!body->len)
        return error_set(err, status_errno(status), "request returned %s (status %d), without a reason",
                         http_status_str((enum http_status)status), status);
    cleanup_free char *text = xstrndup(body->data, body->len);
    return error_set(err, status_errno(status), "%s", str_trim(text));
}
