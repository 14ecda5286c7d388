/* GET /containers/{id}/logs */
#include "api/containers.h"
#include "api/log_reader.h"
#include "api/times.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/logging.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

enum { ENOUGH = 32 * 1024, UNWATCHED_MS = 200 };

struct session {
    struct instance *instance;
    struct log_reader *reader;
    bool follow;
    int64_t until_ns;
    int client, bell;
};

static void session_free(void *data)
{
    struct session *session = data;
    log_reader_close(session->reader);
    if (session->bell >= 0)
        bell_leave(&session->instance->bell, &session->bell);
    instance_unref(session->instance);
    free(session);
}

static bool running(struct instance *instance)
{
    pthread_mutex_lock(&instance->engine->lock);
    bool yes = instance->state.running && !instance->removed;
    pthread_mutex_unlock(&instance->engine->lock);
    return yes;
}

/* Until the log grows, the container changes, the time is over, or the client leaves; false for the last two. */
static bool wait_for_more(struct session *session)
{
    struct pollfd fds[3] = {{.fd = log_reader_watch(session->reader), .events = POLLIN},
                            {.fd = session->bell, .events = POLLIN},
                            {.fd = session->client, .events = POLLRDHUP}};
    int timeout = time_left_ms(session->until_ns);
    if (timeout == 0)
        return false;
    if (fds[0].fd < 0 && (timeout < 0 || timeout > UNWATCHED_MS))
        timeout = UNWATCHED_MS;
    int ready = poll(fds, 3, timeout);
    if (ready < 0)
        return errno == EINTR;
    if (ready == 0 || fds[2].revents)
        return !fds[2].revents && (!session->until_ns || time_left_ms(session->until_ns) > 0);
    char ignored[4096];
    for (int i = 0; i < 2; i++)
        if (fds[i].revents && read(fds[i].fd, ignored, sizeof ignored) < 0 && errno != EAGAIN)
            return false;
    return true;
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    bool past = false;
    for (;;) {
        /* Asked before reading: what was written before the end is read after it. */
        bool alive = session->follow && running(session->instance);
        while (out->len < ENOUGH && !past && log_reader_next(session->reader, out, &past))
            continue;
        if (past)
            return false;
        if (out->len)
            return true;
        if (!alive || !wait_for_more(session))
            return false;
    }
}

static int parse_options(struct request *request, struct log_options *options, struct error *err)
{
    const char *tail = str_or(query(request, "tail"), "all");
    *options = (struct log_options){
        .out = query_flag(request, "stdout", false),
        .errors = query_flag(request, "stderr", false),
        .timestamps = query_flag(request, "timestamps", false),
        .details = query_flag(request, "details", false),
        .tail = -1,
    };
    if (!options->out && !options->errors)
        return error_set(err, EINVAL, "Bad parameters: you must choose at least one stream");
    long long lines;
    if (str_to_int(tail, &lines))
        options->tail = lines; /* anything else means all, as dockerd has it */
    if (!time_parse(query(request, "since"), &options->since_ns, err))
        return -err->code;
    if (!time_parse(query(request, "until"), &options->until_ns, err))
        return -err->code;
    return 0;
}

enum MHD_Result containers_logs(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    struct log_options options;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    if (parse_options(request, &options, &err) < 0)
        return reply_error(request, &err);
    cleanup_free char *path = log_file(instance, &options.local);
    if (!path) {
        error_set(&err, ENOSYS, "configured logging driver does not support reading");
        return reply_error(request, &err);
    }
    bool tty = json_flag(instance->config, "Tty", false);
    options.framed = !tty;
    options.follow = query_flag(request, "follow", false);
    struct session *session = xcalloc(1, sizeof *session);
    *session = (struct session){.instance = instance_ref(instance),
                                .reader = log_reader_open(path, &options),
                                .follow = options.follow,
                                .until_ns = options.until_ns,
                                .client = request->client,
                                .bell = -EBADF};
    if (session->follow)
        session->bell = bell_join(&instance->bell);
    const char *type = NULL;
    if (request->version >= 42)
        type = tty ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream";
    return reply_stream(request, 200, type, produce, session_free, session);
}
