/* Between libmicrohttpd and the handlers: a request with its captured path parts and body, and the ways to answer it.
 *
 * Each connection has a thread of its own, so a handler may block; what waits watches `request->client` for a hang-up. Handlers are
 * found in tables of routes, one table a resource; a pattern's "*" captures one path segment ("**" the rest, for names with
 * slashes).
 */
#ifndef SLIPWAY_API_HTTP_H
#define SLIPWAY_API_HTTP_H

#include "base/error.h"
#include "base/strings.h"
#include "daemon/engine.h"

#include <jansson.h>
#include <microhttpd.h>
#include <stdbool.h>

enum { CAPTURES = 3 };

struct request {
    struct engine *engine;
    struct MHD_Connection *connection;
    const char *method;
    char *path;  /* without version prefix and query */
    int version; /* minor number: 41 for v1.41; the newest when the path has none */
    char *captured[CAPTURES];
    int client; /* the connection's socket; for poll(2) only */
    struct buf body;
    json_t *json; /* the parsed body of a route that wants JSON; an empty object when there is none */
    const struct route *route;
    struct upload *upload;
    bool answered, too_large;
    void (*cleanup)(void *data); /* called when the connection is done with the request and nobody took `data` */
    void *cleanup_data;
};

enum body_kind {
    BODY_NONE,
    BODY_JSON,   /* parsed into request->json; Content-Type must say so */
    BODY_STREAM, /* handed to `consume` through a pipe while it arrives */
};

struct route {
    const char *method; /* NULL ends a table */
    const char *pattern;
    enum MHD_Result (*handle)(struct request *request);
    enum body_kind body;
    /* BODY_STREAM: runs in a thread of its own beside the upload; its result is what `handle` finds with upload_result. */
    json_t *(*consume)(struct request *request, int fd, struct error *err);
};

/* One table per resource. */
extern const struct route system_routes[], container_routes[], exec_routes[], image_routes[], network_routes[], volume_routes[],
    prune_routes[], slipway_routes[], absent_routes[], archive_routes[], df_routes[], metrics_routes[], auth_routes[],
    build_routes[], registry_routes[], saved_routes[], check_routes[];

/* Query parameters; NULL or the default when missing. Booleans as Docker reads them: anything but "", "0", "no", "false", "none".
 */
const char *query(const struct request *request, const char *name);
bool query_flag(const struct request *request, const char *name, bool otherwise);
bool query_number(const struct request *request, const char *name, long long otherwise, long long *value, struct error *err);
const char *header(const struct request *request, const char *name);
/* The `filters` parameter as {"name":["a","b"]} whichever of its two forms was sent; an empty object when missing. */
json_t *query_filters(const struct request *request, struct error *err);
json_t *filters_parse(const char *text, struct error *err); /* the same from its text, which may be NULL */
bool filter_has(const json_t *filters, const char *key, const char *value);
bool filter_given(const json_t *filters, const char *key);
/* As Docker filters by name: some value of `key` is a part of `text`, or none was given. */
bool filter_part_of(const json_t *filters, const char *key, const char *text);
/* Docker's MatchKVList: every "key" or "key=value" of `label` is among `labels` (an object), and not all of `label!` are. */
bool filter_labels(const json_t *filters, const json_t *labels);
/* EINVAL for the first key that is none of `known`, which ends with NULL. */
bool filters_valid(const json_t *filters, const char *const *known, struct error *err);

/* Answers. Documents are taken over. */
enum MHD_Result reply_json(struct request *request, unsigned status, json_t *doc);
enum MHD_Result reply_json_text(struct request *request, unsigned status, struct buf *text); /* written already, newline included */
enum MHD_Result reply_text(struct request *request, unsigned status, const char *type, const char *text);
enum MHD_Result reply_empty(struct request *request, unsigned status);
enum MHD_Result reply_error(struct request *request, const struct error *err); /* {"message":...}; status from err->code */
enum MHD_Result reply_status(struct request *request, unsigned status, const char *message);

/* A body that comes piece by piece. `produce` blocks until it has added something to `out`; false means that it was the last.
 * `done` frees `data`. */
enum MHD_Result reply_stream(struct request *request, unsigned status, const char *type,
                             bool (*produce)(void *data, struct buf *out), void (*done)(void *data), void *data);

/* What `fd` (taken over) gives until its end. `complete` is asked then, once: false breaks the connection off, so that the client
 * knows that something is missing. `done` frees `data` in any case. `name` and `value` are one more header; NULL: none. */
enum MHD_Result reply_pipe(struct request *request, const char *type, const char *name, const char *value, int fd,
                           bool (*complete)(void *data), void (*done)(void *data), void *data);
/* The same for what is known to have `size` bytes; `complete` is asked only when `fd` ends before. */
enum MHD_Result reply_pipe_sized(struct request *request, const char *type, int64_t size, int fd, bool (*complete)(void *data),
                                 void (*done)(void *data), void *data);
/* An empty 200 with one header: the answer to HEAD. */
enum MHD_Result reply_header(struct request *request, const char *name, const char *value);

/* Turn the connection into a raw stream (101 UPGRADED). `serve` runs in the connection's thread and owns `data`; the socket is
 * closed after it. `early` are bytes that came behind the head. When the connection breaks before, `cancel` frees data. */
enum MHD_Result reply_upgrade(struct request *request, bool tty,
                              void (*serve)(void *data, int client, const char *early, size_t len), void (*cancel)(void *data),
                              void *data);
bool wants_upgrade(const struct request *request);

json_t *upload_result(struct request *request, struct error *err); /* a new reference or NULL with the consumer's error */

/* The container that the path names; NULL after having answered 404. */
struct instance *requested_container(struct request *request, enum MHD_Result *result);

/* Connect `client` and `stream` both ways until the stream ends, the client leaves, or types the detach keys (NULL: none). */
struct detach {
    unsigned char keys[16];
    size_t count, matched;
};
bool detach_parse(const char *text, struct detach *detach, struct error *err); /* "ctrl-p,ctrl-q" when empty */
void pump(int client, int stream, const char *early, size_t len, struct detach *detach);
/* What a stream says next, for a client that only listens: as read(2), but -ECANCELED as soon as the client is gone. */
ssize_t read_for(int client, int stream, char *bytes, size_t room);

#endif
