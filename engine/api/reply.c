/* Answers: documents, errors, streams. Every answer carries the headers by which clients recognise the engine. */
#include "api/http.h"

#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { STREAM_BLOCK = 16 * 1024 };

static void add_headers(struct MHD_Response *response, const char *type)
{
    MHD_add_response_header(response, "Api-Version", SLIPWAY_API_VERSION);
    MHD_add_response_header(response, "Docker-Experimental", "false");
    MHD_add_response_header(response, "Ostype", "linux");
    MHD_add_response_header(response, "Server", "Slipway/" SLIPWAY_VERSION " (linux)");
    if (type)
        MHD_add_response_header(response, "Content-Type", type);
}

static enum MHD_Result queue(struct request *request, unsigned status, struct MHD_Response *response)
{
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    request->answered = true;
    return result;
}

enum MHD_Result reply_text(struct request *request, unsigned status, const char *type, const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_MUST_COPY);
    add_headers(response, type);
    if (str_equal(request->path, "/_ping")) {
        MHD_add_response_header(response, "Cache-Control", "no-cache, no-store, must-revalidate");
        MHD_add_response_header(response, "Pragma", "no-cache");
        MHD_add_response_header(response, "Builder-Version", "1"); /* the classic builder, not BuildKit */
        MHD_add_response_header(response, "Swarm", "inactive");
    }
    return queue(request, status, response);
}

enum MHD_Result reply_json_text(struct request *request, unsigned status, struct buf *text)
{
    size_t len = text->len;
    struct MHD_Response *response = MHD_create_response_from_buffer(len, buf_take(text), MHD_RESPMEM_MUST_FREE);
    add_headers(response, "application/json");
    return queue(request, status, response);
}

enum MHD_Result reply_json(struct request *request, unsigned status, json_t *doc)
{
    struct buf text = BUF_INIT;
    if (doc) {
        json_put(&text, doc);
    } else { /* jansson makes no document of such text */
        status = 500;
        buf_puts(&text, "{\"message\":\"the answer cannot be told: it has text that is not UTF-8\"}");
    }
    json_decref(doc);
    buf_putc(&text, '\n');
    return reply_json_text(request, status, &text);
}

enum MHD_Result reply_empty(struct request *request, unsigned status)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    add_headers(response, NULL);
    return queue(request, status, response);
}

enum MHD_Result reply_status(struct request *request, unsigned status, const char *message)
{
    return reply_json(request, status, json_pack("{s:o}", "message", json_text_value(message, strlen(message))));
}

enum MHD_Result reply_error(struct request *request, const struct error *err)
{
    static const struct {
        int code;
        unsigned status;
    } statuses[] = {
        {ENOENT, 404}, {EINVAL, 400}, {EEXIST, 409}, {EBUSY, 409}, {EPERM, 403}, {ENOSYS, 501}, {EOPNOTSUPP, 501}, {EMSGSIZE, 413},
    };
    if (err->code == EALREADY)
        return reply_empty(request, 304);
    for (size_t i = 0; i < ARRAY_LEN(statuses); i++)
        if (statuses[i].code == err->code)
            return reply_status(request, statuses[i].status, err->message);
    return reply_status(request, 500, err->message);
}

struct stream {
    struct buf pending;
    size_t given; /* of it */
    bool over;
    bool (*produce)(void *data, struct buf *out);
    void (*done)(void *data);
    void *data;
};

static ssize_t stream_read(void *data, uint64_t position, char *out, size_t room)
{
    (void)position;
    struct stream *stream = data;
    while (stream->given == stream->pending.len) {
        if (stream->over)
            return MHD_CONTENT_READER_END_OF_STREAM;
        buf_clear(&stream->pending);
        stream->given = 0;
        stream->over = !stream->produce(stream->data, &stream->pending);
    }
    size_t left = stream->pending.len - stream->given, count = left < room ? left : room;
    memcpy(out, stream->pending.data + stream->given, count);
    stream->given += count;
    return (ssize_t)count;
}

static void stream_free(void *data)
{
    struct stream *stream = data;
    if (stream->done)
        stream->done(stream->data);
    buf_free(&stream->pending);
    free(stream);
}

enum MHD_Result reply_stream(struct request *request, unsigned status, const char *type,
                             bool (*produce)(void *data, struct buf *out), void (*done)(void *data), void *data)
{
    struct stream *stream = xcalloc(1, sizeof *stream);
    *stream = (struct stream){.produce = produce, .done = done, .data = data};
    struct MHD_Response *response =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK, stream_read, stream, stream_free);
    add_headers(response, type);
    return queue(request, status, response);
}

enum { PIPE_BLOCK = 256 * 1024 };

struct pipe_stream {
    int fd;
    bool (*complete)(void *data);
    void (*done)(void *data);
    void *data;
};

static ssize_t pipe_read(void *data, uint64_t position, char *out, size_t room)
{
    (void)position;
    struct pipe_stream *stream = data;
    ssize_t got;
    do
        got = read(stream->fd, out, room);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        return got;
    return got == 0 && stream->complete(stream->data) ? MHD_CONTENT_READER_END_OF_STREAM : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void pipe_free(void *data)
{
    struct pipe_stream *stream = data;
    fd_close(stream->fd);
    stream->done(stream->data);
    free(stream);
}

static enum MHD_Result reply_pipe_of(struct request *request, const char *type, uint64_t size, const char *name, const char *value,
                                     int fd, bool (*complete)(void *data), void (*done)(void *data), void *data)
{
    struct pipe_stream *stream = xcalloc(1, sizeof *stream);
    *stream = (struct pipe_stream){.fd = fd, .complete = complete, .done = done, .data = data};
    struct MHD_Response *response = MHD_create_response_from_callback(size, PIPE_BLOCK, pipe_read, stream, pipe_free);
    add_headers(response, type);
    if (name)
        MHD_add_response_header(response, name, value);
    return queue(request, 200, response);
}

enum MHD_Result reply_pipe(struct request *request, const char *type, const char *name, const char *value, int fd,
                           bool (*complete)(void *data), void (*done)(void *data), void *data)
{
    return reply_pipe_of(request, type, MHD_SIZE_UNKNOWN, name, value, fd, complete, done, data);
}

enum MHD_Result reply_pipe_sized(struct request *request, const char *type, int64_t size, int fd, bool (*complete)(void *data),
                                 void (*done)(void *data), void *data)
{
    return reply_pipe_of(request, type, (uint64_t)size, NULL, NULL, fd, complete, done, data);
}

enum MHD_Result reply_header(struct request *request, const char *name, const char *value)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    add_headers(response, NULL);
    MHD_add_response_header(response, name, value);
    return queue(request, 200, response);
}

struct upgrade {
    void (*serve)(void *data, int client, const char *early, size_t len);
    void *data;
};

/* In this threading mode the handler runs in the connection's own thread, so that it may stay until the stream is over. */
static void upgraded(void *data, struct MHD_Connection *connection, void *request_context, const char *early, size_t len,
                     MHD_socket client, struct MHD_UpgradeResponseHandle *handle)
{
    (void)connection;
    struct request *request = request_context;
    struct upgrade *upgrade = data;
    if (request)
        request->cleanup = NULL; /* `serve` owns the data now */
    upgrade->serve(upgrade->data, client, early, len);
    free(upgrade);
    MHD_upgrade_action(handle, MHD_UPGRADE_ACTION_CLOSE);
}

bool wants_upgrade(const struct request *request)
{
    const char *value = header(request, "Upgrade");
    return value && strcasecmp(value, "tcp") == 0;
}

enum MHD_Result reply_upgrade(struct request *request, bool tty,
                              void (*serve)(void *data, int client, const char *early, size_t len), void (*cancel)(void *data),
                              void *data)
{
    struct upgrade *upgrade = xcalloc(1, sizeof *upgrade);
    *upgrade = (struct upgrade){.serve = serve, .data = data};
    request->cleanup = cancel;
    request->cleanup_data = data;
    struct MHD_Response *response = MHD_create_response_for_upgrade(upgraded, upgrade);
    bool multiplexed = request->version >= 42 && !tty;
    add_headers(response, multiplexed ? "application/vnd.docker.multiplexed-stream" : "application/vnd.docker.raw-stream");
    MHD_add_response_header(response, "Upgrade", "tcp");
    return queue(request, MHD_HTTP_SWITCHING_PROTOCOLS, response);
}
