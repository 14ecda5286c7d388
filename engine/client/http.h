/* One HTTP/1.1 connection to the engine, below client.h: send a request, pump its answer through http_parser.
 *
 * The answer's body is handed to `sink` in pieces as they arrive; a `sink` that returns false stops the transfer. Nothing here
 * knows JSON. The connection stays usable for the next request while `http_reusable` says so.
 */
#ifndef SLIPWAY_CLIENT_HTTP_H
#define SLIPWAY_CLIENT_HTTP_H

#include "base/error.h"
#include "base/strings.h"

#include <http_parser.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_link;

struct http {
    int fd;
    const char *host;      /* borrowed, for messages */
    bool secure;           /* speaks TLS, from the first request on */
    struct tls_link *link; /* NULL while it does not */
    http_parser parser;
    bool (*sink)(void *data, const char *bytes, size_t len);
    void *sink_data;
    int status;        /* 0 until the status line has been read */
    bool head_done;    /* status line and headers are complete */
    bool message_done; /* the body is complete */
    bool keep_alive;
    bool stopped;     /* the sink has had enough */
    char request[96]; /* for the trace */
    int64_t sent_ns;
    bool touched; /* a byte of this answer has arrived */
};

int http_connect(struct http *http, const char *host, struct error *err);
void http_close(struct http *http);

/* The connection's socket, which the caller then owns. */
int http_detach(struct http *http);

/* `extra` is header lines, each ended by CRLF; `body` may be NULL. Prepares for the answer. */
int http_send(struct http *http, const char *method, const char *path, const char *extra, const char *body, size_t len,
              struct error *err);
int http_write(struct http *http, const void *data, size_t len, struct error *err);
int http_lost(struct http *http, int code, struct error *err);

/* Read once and parse what came. `wait` false reads without blocking. >0: progress, 0: nothing now, <0: an error. */
int http_pump(struct http *http, bool wait, struct error *err);

/* Read exactly the head of the answer and nothing behind it, for a connection that is then used raw. */
int http_pump_head(struct http *http, struct error *err);

bool http_reusable(const struct http *http);

/* The engine's sentence in an error answer, as an error with the code that client.h promises. */
int http_error(int status, const struct buf *body, struct error *err);

#endif
