/* /containers: the table of routes and the short handlers (those that act and answer with next to nothing). */
#include "api/containers.h"

#include "base/json.h"
#include "base/memory.h"
#include "daemon/config.h"
#include "daemon/events.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/links.h"

#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>

const struct route container_routes[] = {
    {"GET", "/containers/json", containers_list, BODY_NONE, NULL},
    {"POST", "/containers/create", containers_create, BODY_JSON, NULL},
    {"GET", "/containers/**/json", containers_inspect, BODY_NONE, NULL},
    {"POST", "/containers/*/start", containers_start, BODY_NONE, NULL},
    {"POST", "/containers/*/stop", containers_stop, BODY_NONE, NULL},
    {"POST", "/containers/*/restart", containers_restart, BODY_NONE, NULL},
    {"POST", "/containers/*/kill", containers_kill, BODY_NONE, NULL},
    {"POST", "/containers/*/pause", containers_pause, BODY_NONE, NULL},
    {"POST", "/containers/*/unpause", containers_unpause, BODY_NONE, NULL},
    {"POST", "/containers/*/rename", containers_rename, BODY_NONE, NULL},
    {"POST", "/containers/*/resize", containers_resize, BODY_NONE, NULL},
    {"POST", "/containers/*/wait", containers_wait, BODY_NONE, NULL},
    {"POST", "/containers/*/update", containers_update, BODY_JSON, NULL},
    {"GET", "/containers/*/logs", containers_logs, BODY_NONE, NULL},
    {"POST", "/containers/*/attach", containers_attach, BODY_NONE, NULL},
    {"GET", "/containers/*/attach/ws", containers_attach_websocket, BODY_NONE, NULL},
    {"GET", "/containers/*/top", containers_top, BODY_NONE, NULL},
    {"GET", "/containers/*/stats", containers_stats, BODY_NONE, NULL},
    {"DELETE", "/containers/**", containers_remove, BODY_NONE, NULL},
    {0},
};

enum MHD_Result containers_create(struct request *request)
{
    struct error err = ERROR_INIT;
    json_t *warnings = NULL;
    cleanup_instance struct instance *instance = NULL;
    const char *name = query(request, "name"), *platform = query(request, "platform");
    if (!str_empty(platform))
        json_object_set_new(request->json, "Platform", json_string(platform));
    if (container_create(request->engine, str_empty(name) ? NULL : name, request->json, &instance, &warnings, &err) < 0)
        return reply_error(request, &err);
    return reply_json(request, 201, json_pack("{s:s, s:o}", "Id", instance->id, "Warnings", warnings));
}

enum MHD_Result containers_start(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    const char *keys = query(request, "detachKeys");
    struct detach detach;
    if (!str_empty(keys) && !detach_parse(keys, &detach, &err))
        return reply_error(request, &err);
    return container_start(instance, &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}

static enum MHD_Result with_timeout(struct request *request,
                                    int (*act)(struct instance *instance, const struct stop_request *stop, struct error *err))
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    long long seconds;
    if (!query_number(request, "t", INT_MIN, &seconds, &err))
        return reply_error(request, &err);
    seconds = seconds > INT_MAX ? INT_MAX : seconds < INT_MIN ? -1 : seconds;
    const char *signal = query(request, "signal");
    struct stop_request stop = {.seconds = (int)seconds, .signal = str_empty(signal) ? 0 : signal_number(signal)};
    if (!str_empty(signal) && !stop.signal) {
        error_set(&err, EINVAL, "Invalid signal: %s", signal);
        return reply_error(request, &err);
    }
    return act(instance, &stop, &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}

enum MHD_Result containers_stop(struct request *request) { return with_timeout(request, container_stop_with); }
enum MHD_Result containers_restart(struct request *request) { return with_timeout(request, container_restart); }

enum MHD_Result containers_kill(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    const char *text = str_or(query(request, "signal"), "KILL");
    int signal = signal_number(text);
    long long number;
    bool numeric = str_to_int(text, &number) && number != 0;
    if (!signal && !numeric) {
        error_set(&err, EINVAL, "Invalid signal: %s", text);
        return reply_error(request, &err);
    }
    if (numeric && (!signal || (signal > 31 && signal < SIGRTMIN)))
        error_set(&err, EIO, "The linux daemon does not support signal %lld", number);
    else if (container_kill(instance, signal, &err) == 0)
        return reply_empty(request, 204);
    error_prefix(&err, "Cannot kill container: %s", request->captured[0]);
    return reply_error(request, &err);
}

static enum MHD_Result set_paused(struct request *request, bool paused)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    return container_pause(instance, paused, &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}

enum MHD_Result containers_pause(struct request *request) { return set_paused(request, true); }
enum MHD_Result containers_unpause(struct request *request) { return set_paused(request, false); }

enum MHD_Result containers_rename(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    return container_rename(instance, str_or(query(request, "name"), ""), &err) < 0 ? reply_error(request, &err)
                                                                                    : reply_empty(request, 204);
}

enum MHD_Result containers_resize(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    long long rows, columns;
    if (!query_number(request, "h", 0, &rows, &err) || !query_number(request, "w", 0, &columns, &err))
        return reply_error(request, &err);
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct shim *shim = instance_shim(instance, &err);
    if (!shim)
        return reply_error(request, &err);
    int rc = shim_resize(shim, NULL, (unsigned)rows, (unsigned)columns, &err);
    instance_shim_done(instance);
    if (rc < 0)
        return reply_error(request, &err);
    event_container(instance, "resize",
                    json_pack("{s:o, s:o}", "height", json_sprintf("%lld", rows), "width", json_sprintf("%lld", columns)));
    return reply_empty(request, 200);
}

struct waiting {
    struct wait wait;
    int client;
    bool finished;
};

static bool wait_produce(void *data, struct buf *out)
{
    struct waiting *waiting = data;
    int exit_code = 0;
    waiting->finished = true;
    if (wait_finish(&waiting->wait, waiting->client, &exit_code) == 0)
        buf_printf(out, "{\"Error\":null,\"StatusCode\":%d}\n", exit_code);
    return false;
}

static void wait_done(void *data)
{
    struct waiting *waiting = data;
    if (!waiting->finished) { /* the client left before the answer's body was asked for */
        bell_leave(&waiting->wait.instance->bell, &waiting->wait.bell);
        instance_unref(waiting->wait.instance);
    }
    free(waiting);
}

enum MHD_Result containers_wait(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    static const char *const conditions[] = {"not-running", "next-exit", "removed"};
    const char *text = str_or(query(request, "condition"), "not-running");
    size_t condition = 0;
    while (condition < ARRAY_LEN(conditions) && !str_equal(conditions[condition], text))
        condition++;
    if (condition == ARRAY_LEN(conditions)) {
        error_set(&err, EINVAL, "invalid condition: \"%s\"", text);
        return reply_error(request, &err);
    }
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    struct waiting *waiting = xcalloc(1, sizeof *waiting);
    waiting->client = request->client;
    if (wait_begin(&waiting->wait, instance, (enum wait_condition)condition, &err) < 0) {
        free(waiting);
        return reply_error(request, &err);
    }
    /* The head goes out now: `docker run` reads it before it starts the container. */
    return reply_stream(request, 200, "application/json", wait_produce, wait_done, waiting);
}

enum MHD_Result containers_remove(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    if (query_flag(request, "link", false))
        return container_unlink(request->engine, request->captured[0], &err) < 0 ? reply_error(request, &err)
                                                                                 : reply_empty(request, 204);
    cleanup_instance struct instance *instance = requested_container(request, &result);
    if (!instance)
        return result;
    int rc = container_remove(instance, query_flag(request, "force", false), query_flag(request, "v", false), &err);
    return rc < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}
