/* GET /containers/{id}/stats: figures once or every second, in the shape from which clients compute percentages. The figures come
 * as text (observe/usage.h), so that nothing is built only to be printed: two hundred of these streams run at once. */
#include "api/containers.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "observe/usage.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECOND 1000000000LL

struct session {
    struct instance *instance;
    struct observe_usage *usage;
    pid_t pid;
    struct buf before; /* cpu_stats of the last reading */
    int64_t before_ns; /* 0: there was none */
    int64_t next_ns;   /* monotonic */
    bool stream;
    int client, bell;
};

static void session_free(void *data)
{
    struct session *session = data;
    observe_usage_free(session->usage);
    buf_free(&session->before);
    if (session->bell >= 0)
        bell_leave(&session->instance->bell, &session->bell);
    instance_unref(session->instance);
    free(session);
}

/* The files belong to the process that runs now; a stopped container has none. */
static bool open_usage(struct session *session)
{
    struct error err = ERROR_INIT;
    struct state state = instance_state(session->instance);
    pid_t pid = state.running ? state.pid : 0;
    state_clear(&state);
    if (pid != session->pid)
        observe_usage_free(move_ptr(session->usage));
    session->pid = pid;
    if (pid && !session->usage)
        session->usage = observe_usage_new(pid, &err);
    return session->usage != NULL;
}

static void sample(struct session *session, struct buf *out)
{
    char now_text[CLOCK_TEXT] = CLOCK_ZERO, before_text[CLOCK_TEXT] = CLOCK_ZERO;
    struct usage_texts texts = {0}, none = {0};
    bool running = open_usage(session);
    int64_t now = clock_wall_ns();
    usage_texts_stopped(&none);
    if (running) {
        observe_usage_read(session->usage, &texts);
        clock_rfc3339(now, now_text);
    } else {
        usage_texts_stopped(&texts);
    }
    if (session->before_ns)
        clock_rfc3339(session->before_ns, before_text);
    pthread_mutex_lock(&session->instance->engine->lock);
    cleanup_free char *name = xstrdup(session->instance->name ? session->instance->name : "");
    pthread_mutex_unlock(&session->instance->engine->lock);
    buf_printf(out,
               "{\"read\":\"%s\",\"preread\":\"%s\",\"pids_stats\":%s,\"blkio_stats\":%s,\"num_procs\":0,\"storage_stats\":{},",
               now_text, before_text, texts.pids.data, texts.blkio.data);
    buf_printf(out, "\"cpu_stats\":%s,\"precpu_stats\":%s,\"memory_stats\":%s,\"name\":\"/%s\",\"id\":\"%s\"", texts.cpu.data,
               session->before_ns ? session->before.data : none.cpu.data, texts.memory.data, name, session->instance->id);
    if (texts.networks.len)
        buf_printf(out, ",\"networks\":%s", texts.networks.data);
    buf_puts(out, "}\n");
    buf_free(&session->before);
    session->before = texts.cpu;
    session->before_ns = running ? now : 0;
    texts.cpu = BUF_INIT;
    usage_texts_free(&texts);
    usage_texts_free(&none);
}

static bool removed(struct session *session)
{
    pthread_mutex_lock(&session->instance->engine->lock);
    bool yes = session->instance->removed;
    pthread_mutex_unlock(&session->instance->engine->lock);
    return yes;
}

/* Until the next reading is due; false when the client has left or the container is no more. */
static bool wait_until_due(struct session *session)
{
    for (;;) {
        int64_t left = session->next_ns - clock_mono_ns();
        if (removed(session))
            return false;
        if (left <= 0)
            return true;
        struct pollfd fds[2] = {{.fd = session->client, .events = POLLRDHUP}, {.fd = session->bell, .events = POLLIN}};
        int ready = poll(fds, 2, (int)(left / 1000000) + 1);
        char ignored[64];
        if (ready > 0 && fds[1].revents && read(session->bell, ignored, sizeof ignored) < 0 && errno != EAGAIN)
            return false;
        if (ready > 0 && fds[0].revents)
            return false;
    }
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    if (session->next_ns && !wait_until_due(session))
        return false;
    int64_t now = clock_mono_ns();
    session->next_ns = session->next_ns && now - session->next_ns < SECOND ? session->next_ns + SECOND : now + SECOND;
    sample(session, out);
    return true;
}

/* Two readings, for a percentage, unless only one is wanted. */
static enum MHD_Result answer_once(struct request *request, struct session *session)
{
    cleanup_buf struct buf text = BUF_INIT;
    sample(session, &text);
    session->next_ns = clock_mono_ns() + SECOND;
    if (session->pid && !query_flag(request, "one-shot", false) && wait_until_due(session)) {
        buf_clear(&text);
        sample(session, &text);
    }
    session_free(session);
    return reply_text(request, 200, "application/json", text.data);
}

enum MHD_Result containers_stats(struct request *request)
{
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct session *session = xcalloc(1, sizeof *session);
    *session = (struct session){.instance = instance_ref(instance),
                                .stream = query_flag(request, "stream", true),
                                .client = request->client,
                                .bell = bell_join(&instance->bell)};
    if (session->stream && query_flag(request, "one-shot", false)) {
        session_free(session);
        return reply_status(request, 400, "cannot have stream=true and one-shot=true");
    }
    return session->stream ? reply_stream(request, 200, "application/json", produce, session_free, session)
                           : answer_once(request, session);
}
