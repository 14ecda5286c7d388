/* /slipway/sandboxes. With ?lease=1 a sandbox lives as long as the connection that asked for it: the answer is a stream that begins
 * with one line and stays open; when its reader is gone, however it went, so is the sandbox. */
#include "api/sandboxes.h"

#include "api/rootless.h"
#include "base/files.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "daemon/instance.h"
#include "daemon/lifecycle.h"
#include "daemon/sandbox.h"
#include "daemon/sandbox_abilities.h"
#include "daemon/sandbox_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum MHD_Result sandboxes_list(struct request *request)
{
    size_t count;
    struct instance **all = table_all(request->engine, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        if (all[i]->sandbox)
            json_array_append_new(list, sandbox_describe(all[i]));
    table_all_free(all, count);
    return reply_json(request, 200, list);
}

enum MHD_Result sandboxes_abilities(struct request *request)
{
    return reply_json(request, 200, sandbox_abilities(request->engine));
}

struct lease {
    struct instance *instance;
    bool told;
    int client, bell;
};

/* What is told of a new one. */
static json_t *answer_to(struct instance *instance)
{
    cleanup_json json_t *doc = sandbox_describe(instance);
    return json_pack("{s:s, s:s, s:O}", "Id", instance->id, "Name", json_str(doc, "Name", ""), "hosts",
                     json_object_get(doc, "hosts"));
}

static void lease_line(const struct lease *lease, struct buf *out)
{
    cleanup_json json_t *doc = answer_to(lease->instance);
    cleanup_free char *text = json_text(doc);
    buf_printf(out, "%s\n", text);
}

/* Until the sandbox is removed or the client is gone. */
static void lease_hold(const struct lease *lease)
{
    for (;;) {
        pthread_mutex_lock(&lease->instance->engine->lock);
        bool removed = lease->instance->removed;
        pthread_mutex_unlock(&lease->instance->engine->lock);
        if (removed || bell_wait(lease->bell, lease->client, -1) == BELL_CLIENT_GONE)
            return;
    }
}

static bool lease_produce(void *data, struct buf *out)
{
    struct lease *lease = data;
    if (lease->told) {
        lease_hold(lease);
        return false;
    }
    lease_line(lease, out);
    return lease->told = true;
}

static void lease_end(void *data)
{
    struct lease *lease = data;
    struct error err = ERROR_INIT;
    bell_leave(&lease->instance->bell, &lease->bell);
    int rc = sandbox_remove(lease->instance, &err);
    if (rc < 0 && rc != -EBUSY)
        log_error("ending sandbox %.12s: %s", lease->instance->id, err.message);
    instance_unref(lease->instance);
    free(lease);
}

/* The same over a raw connection (101), whose client holds nothing but a descriptor. */
static void lease_serve(void *data, int client, const char *early, size_t len)
{
    (void)early, (void)len;
    struct lease *lease = data;
    cleanup_buf struct buf line = BUF_INIT;
    lease_line(lease, &line);
    if (write_full(client, line.data, line.len) == 0) {
        lease->client = client;
        lease_hold(lease);
    }
    lease_end(lease);
}

static uid_t caller(const struct request *request)
{
    struct ucred who = {.uid = 0};
    socklen_t len = sizeof who;
    return getsockopt(request->client, SOL_SOCKET, SO_PEERCRED, &who, &len) == 0 ? rootless_outside(who.uid) : (uid_t)-1;
}

/* The stream that a sandbox lives by; consumes the reference. */
static enum MHD_Result reply_lease(struct request *request, struct instance *instance)
{
    struct lease *lease = xcalloc(1, sizeof *lease);
    *lease = (struct lease){.instance = instance, .client = request->client, .bell = bell_join(&instance->bell)};
    if (wants_upgrade(request))
        return reply_upgrade(request, true, lease_serve, lease_end, lease);
    return reply_stream(request, 200, "application/x-ndjson", lease_produce, lease_end, lease);
}

enum MHD_Result sandboxes_create(struct request *request)
{
    struct error err = ERROR_INIT;
    struct instance *instance = NULL;
    bool leased = query_flag(request, "lease", false);
    if (sandbox_create(request->engine, request->json, caller(request), leased, &instance, &err) < 0)
        return reply_error(request, &err);
    if (!leased) {
        enum MHD_Result result = reply_json(request, 201, answer_to(instance));
        instance_unref(instance);
        return result;
    }
    return reply_lease(request, instance);
}

/* The sandbox that the path names; NULL after having answered. */
static struct instance *requested_sandbox(struct request *request, enum MHD_Result *result)
{
    struct error err = ERROR_INIT;
    struct instance *instance = requested_container(request, result);
    if (!instance || instance->sandbox)
        return instance;
    instance_unref(instance);
    error_set(&err, ENOENT, "No such sandbox: %s", request->captured[0]);
    *result = reply_error(request, &err);
    return NULL;
}

static bool belongs_to_caller(const struct request *request, const struct instance *instance, struct error *err)
{
    uid_t who = caller(request);
    if (who == 0 || who == instance->sandbox->owner)
        return true;
    error_set(err, EPERM, "sandbox %.12s belongs to another user", instance->id);
    return false;
}

/* After a restart of the daemon, whoever held the lease comes back for it. */
enum MHD_Result sandboxes_lease(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_sandbox(request, &result);
    if (!instance)
        return result;
    if (!belongs_to_caller(request, instance, &err) || sandbox_claim(instance, &err) < 0)
        return reply_error(request, &err);
    return reply_lease(request, instance_ref(instance));
}

/* --- the engine inside: a raw stream to its socket */

static void engine_serve(void *data, int client, const char *early, size_t len)
{
    int *stream = data;
    pump(client, *stream, early, len, NULL);
    fd_close(*stream);
    free(stream);
}

static void engine_cancel(void *data)
{
    int *stream = data;
    fd_close(*stream);
    free(stream);
}

enum MHD_Result sandboxes_engine(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_sandbox(request, &result);
    if (!instance)
        return result;
    bool allowed = belongs_to_caller(request, instance, &err);
    if (allowed && !wants_upgrade(request))
        error_set(&err, EINVAL, "the connection becomes one to the engine of the sandbox: ask for \"Upgrade: tcp\"");
    int fd = err.code ? -1 : sandbox_engine_connect(instance, &err);
    if (fd < 0)
        return reply_error(request, &err);
    int *stream = xmalloc(sizeof *stream);
    *stream = fd;
    return reply_upgrade(request, true, engine_serve, engine_cancel, stream);
}

enum MHD_Result sandboxes_delete(struct request *request)
{
    struct error err = ERROR_INIT;
    enum MHD_Result result;
    cleanup_instance struct instance *instance = requested_sandbox(request, &result);
    if (!instance)
        return result;
    return sandbox_remove(instance, &err) < 0 ? reply_error(request, &err) : reply_empty(request, 204);
}
