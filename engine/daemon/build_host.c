/* What the builder asks of the engine: images, pulled when they are missing; containers, made, run and listened to; downloads. */
#include "daemon/build_internal.h"

#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/strings.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/pull.h"
#include "image/reference.h"
#include "image/registry/web.h"
#include "shim/frame.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* A pull takes its lines and its question from the builder's listener. */
static void pass_line(void *data, json_t *line)
{
    const struct build_listener *listener = data;
    listener->tell(listener->data, line);
}

static bool pass_question(void *data)
{
    const struct build_listener *listener = data;
    return listener->stop(listener->data);
}

static int pull(struct build_job *job, const char *name, const char *platform, const struct build_listener *listener,
                struct error *err)
{
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    const struct progress progress = {.tell = pass_line, .cancelled = pass_question, .data = (void *)listener, .lock = &lock};
    const struct pull_request request = {.image = name, .platform = platform, .auth = pull_auth_of(job->request->auths, name)};
    return image_pull(job->engine, &request, &progress, err);
}

static int host_image(void *data, const char *name, bool always, const char *platform, const struct build_listener *listener,
                      char id[DIGEST_TEXT], json_t **config, struct error *err)
{
    struct build_job *job = data;
    struct image_store *store = job->engine->images;
    struct error why = ERROR_INIT;
    bool by_id = reference_is_id(name) || str_starts(name, "sha256:");
    int r = always && !by_id ? -ENOENT : image_find(store, name, id, config, &why);
    if (r == -ENOENT && !always && !atomic_load(&job->engine->images_ready)) { /* the shipped ones may still be coming in */
        engine_wait_images(job->engine);
        r = image_find(store, name, id, config, &why);
    }
    if (r == -ENOENT && !by_id) {
        r = pull(job, name, platform, listener, err);
        return r < 0 ? r : image_find(store, name, id, config, err);
    }
    return r < 0 ? error_set(err, why.code, "%s", why.message) : 0;
}

static int host_create(void *data, const json_t *request, char id[ID_TEXT], json_t **warnings, struct error *err)
{
    struct build_job *job = data;
    struct instance *instance = NULL;
    int r = container_create(job->engine, NULL, request, &instance, warnings, err);
    if (r < 0)
        return r;
    memcpy(id, instance->id, ID_TEXT);
    instance_unref(instance);
    build_job_note(job, id);
    return 0;
}

typedef void output_function(void *sink, int stream, const char *bytes, size_t len);

/* Frames until the end of the stream; see shim/frame.h. */
static void listen_to(int connection, output_function *output, void *sink)
{
    unsigned char head[SHIM_FRAME];
    enum { BLOCK = 32 * 1024 };
    cleanup_free char *block = xmalloc(BLOCK);
    while (read_full(connection, head, sizeof head) == (ssize_t)sizeof head) {
        size_t left = (size_t)head[4] << 24 | (size_t)head[5] << 16 | (size_t)head[6] << 8 | head[7];
        while (left) {
            ssize_t got = read_full(connection, block, left < BLOCK ? left : BLOCK);
            if (got <= 0)
                return;
            output(sink, head[0], block, (size_t)got);
            left -= (size_t)got;
        }
    }
}

static int run_instance(struct instance *instance, output_function *output, void *sink, int *exit_code, struct error *err)
{
    struct wait wait;
    int connection = -EBADF;
    struct attacher *attacher = attach_begin(instance, false, true, true, err);
    if (!attacher)
        return -err->code;
    int r = wait_begin(&wait, instance, WAIT_NEXT_EXIT, err);
    if (r < 0) {
        attach_cancel(attacher);
        return r;
    }
    r = container_start(instance, err);
    if (r < 0) {
        attach_cancel(attacher);
        bell_leave(&instance->bell, &wait.bell);
        instance_unref(wait.instance);
        return r;
    }
    if (attach_finish(attacher, -1, &connection, err) == 0)
        listen_to(connection, output, sink);
    fd_close(connection);
    return wait_finish(&wait, -1, exit_code);
}

static int host_run(void *data, const char *container, output_function *output, void *sink, int *exit_code, struct error *err)
{
    struct build_job *job = data;
    cleanup_instance struct instance *instance = table_find(job->engine, container, err);
    return instance ? run_instance(instance, output, sink, exit_code, err) : -err->code;
}

/* Nobody waits for the end of a container that is only removed. */
static void host_remove(void *data, const char *container)
{
    struct build_job *job = data;
    struct error err = ERROR_INIT;
    cleanup_instance struct instance *instance = table_find(job->engine, container, &err);
    if (instance && container_remove(instance, true, true, &err) < 0)
        log_warn("removing a build's container %.12s: %s", container, err.message);
}

struct download {
    const char *url;
    int fd;
    int64_t current, total;
    const struct build_listener *listener;
    struct web_answer *answer;
};

static int take_bytes(void *data, int status, const char *bytes, size_t len, struct error *err)
{
    struct download *download = data;
    (void)status;
    int r = write_full(download->fd, bytes, len);
    if (r < 0)
        return error_errno(err, -r, "write what comes from %s", download->url);
    if (!download->current) {
        cleanup_free char *told = web_header(download->answer, "content-length");
        long long total;
        download->total = told && str_to_int(told, &total) ? total : -1;
    }
    download->current += (int64_t)len;
    if (download->listener->count)
        download->listener->count(download->listener->data, download->current, download->total);
    return 0;
}

/* "Mon, 30 Nov 2026 15:00:00 GMT" (RFC 7231, 7.1.1.1); 0 when there is none. */
static int64_t last_modified(const struct web_answer *answer)
{
    struct tm tm = {0};
    cleanup_free char *text = web_header(answer, "last-modified");
    return text && strptime(text, "%a, %d %b %Y %H:%M:%S GMT", &tm) ? (int64_t)timegm(&tm) : 0;
}

int build_fetch(const char *url, int fd, int64_t *modified, const struct build_listener *listener, struct error *err)
{
    struct web_answer answer = {.length = -1};
    struct download download = {.url = url, .fd = fd, .listener = listener, .answer = &answer};
    const struct web_options options = {.cancelled = listener->stop, .data = listener->data};
    struct web *web = web_new(&options, err);
    if (!web)
        return -err->code;
    const struct web_request request = {.method = "GET", .url = url, .sink = take_bytes, .sink_data = &download};
    int r = web_ask(web, &request, &answer, err);
    if (r == 0 && answer.status != 200)
        r = error_set(err, EIO, "failed to GET %s with status %d %s: %.200s", url, answer.status, answer.reason,
                      str_or(answer.body.data, ""));
    *modified = r < 0 ? 0 : last_modified(&answer);
    web_answer_clear(&answer);
    web_free(web);
    return r;
}

static int host_fetch(void *data, const char *url, int fd, int64_t *modified, const struct build_listener *listener,
                      struct error *err)
{
    (void)data;
    return build_fetch(url, fd, modified, listener, err);
}

static void host_tagged(void *data, const char *id, const char *name)
{
    struct build_job *job = data;
    event_emit(job->engine, "image", "tag", id, json_pack("{s:s}", "name", name));
}

struct build_host build_host_of(struct build_job *job)
{
    return (struct build_host){.data = job,
                               .image = host_image,
                               .create = host_create,
                               .run = host_run,
                               .kill = host_remove,
                               .remove = host_remove,
                               .fetch = host_fetch,
                               .tagged = host_tagged};
}
