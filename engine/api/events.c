/* GET /events: what has happened and what happens, filtered. */
#include "api/events.h"

#include "api/times.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/events.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct session {
    struct engine *engine;
    json_t *filters;
    int64_t since_ns, until_ns;
    uint64_t seen;
    int client, bell;
};

static void session_free(void *data)
{
    struct session *session = data;
    bell_leave(event_bell(session->engine), &session->bell);
    event_follow(session->engine, -1);
    json_decref(session->filters);
    free(session);
}

/* By the beginning of its id or name, as dockerd does. */
static bool actor_is(const json_t *event, const char *type, const json_t *values)
{
    size_t i;
    json_t *value;
    if (!str_equal(json_str(event, "Type", ""), type))
        return false;
    const char *id = json_str(event, "Actor.ID", ""), *name = json_str(event, "Actor.Attributes.name", "");
    json_array_foreach(values, i, value)
    {
        const char *text = json_string_value(value) ? json_string_value(value) : "";
        if (str_starts(id, text) || str_starts(name, text))
            return true;
    }
    return false;
}

static bool names_image(const char *image, const char *wanted)
{
    const char *slash = strrchr(image, '/'), *colon = strchr(slash ? slash : image, ':');
    size_t bare = colon ? (size_t)(colon - image) : strlen(image);
    return str_equal(image, wanted) || (strlen(wanted) == bare && strncmp(image, wanted, bare) == 0);
}

/* Events of an image, and of the containers that were made of it; with or without its tag. */
static bool image_is(const json_t *event, const json_t *values)
{
    size_t i;
    json_t *value;
    bool own = str_equal(json_str(event, "Type", ""), "image");
    const char *id = own ? json_str(event, "Actor.ID", "") : "";
    const char *name = json_str(event, own ? "Actor.Attributes.name" : "Actor.Attributes.image", "");
    json_array_foreach(values, i, value)
    {
        const char *text = json_string_value(value);
        if (text && *text && (names_image(id, text) || names_image(name, text)))
            return true;
    }
    return false;
}

static bool event_is(const json_t *event, const json_t *values)
{
    size_t i;
    json_t *value;
    const char *action = json_str(event, "Action", "");
    json_array_foreach(values, i, value)
    {
        const char *text = json_string_value(value) ? json_string_value(value) : "";
        if (str_equal(action, text) || (str_starts(action, text) && action[strlen(text)] == ':'))
            return true;
    }
    return false;
}

static bool labels_match(const json_t *event, const json_t *values)
{
    size_t i;
    json_t *value;
    json_array_foreach(values, i, value)
    {
        const char *text = json_string_value(value) ? json_string_value(value) : "";
        cleanup_free char *key = xstrndup(text, strcspn(text, "="));
        const char *have = json_string_value(json_object_get(json_at(event, "Actor.Attributes"), key));
        if (!have || (strchr(text, '=') && !str_equal(have, strchr(text, '=') + 1)))
            return false;
    }
    return true;
}

static bool passes(const struct session *session, const json_t *event)
{
    static const char *const actors[] = {"container", "network", "volume", "daemon", "plugin"};
    int64_t at = json_num(event, "timeNano", 0);
    if (at < session->since_ns || (session->until_ns && at > session->until_ns))
        return false;
    const json_t *filters = session->filters;
    if (filter_given(filters, "type") && !filter_has(filters, "type", json_str(event, "Type", "")))
        return false;
    if (filter_given(filters, "event") && !event_is(event, json_object_get(filters, "event")))
        return false;
    if (filter_given(filters, "label") && !labels_match(event, json_object_get(filters, "label")))
        return false;
    if (filter_given(filters, "scope") && !filter_has(filters, "scope", json_str(event, "scope", "")))
        return false;
    if (filter_given(filters, "image") && !image_is(event, json_object_get(filters, "image")))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(actors); i++)
        if (filter_given(filters, actors[i]) && !actor_is(event, actors[i], json_object_get(filters, actors[i])))
            return false;
    return true;
}

static bool produce(void *data, struct buf *out)
{
    struct session *session = data;
    for (;;) {
        for (json_t *event; (event = event_next(session->engine, &session->seen));) {
            char *text = passes(session, event) ? json_text(event) : NULL;
            if (text)
                buf_printf(out, "%s\n", text);
            free(text);
            json_decref(event);
        }
        if (out->len)
            return true;
        int timeout = time_left_ms(session->until_ns);
        if (timeout == 0)
            return false;
        if (bell_wait(session->bell, session->client, timeout) == BELL_CLIENT_GONE)
            return false;
    }
}

enum MHD_Result events_follow(struct request *request)
{
    struct error err = ERROR_INIT;
    struct session *session = xcalloc(1, sizeof *session);
    session->engine = request->engine;
    session->client = request->client;
    session->filters = query_filters(request, &err);
    bool fine = session->filters && time_parse(query(request, "since"), &session->since_ns, &err) &&
                time_parse(query(request, "until"), &session->until_ns, &err);
    if (fine && session->until_ns && session->until_ns < session->since_ns) {
        char since[CLOCK_TEXT], until[CLOCK_TEXT];
        clock_rfc3339(session->since_ns, since);
        clock_rfc3339(session->until_ns, until);
        error_set(&err, EINVAL, "`since` time (%s) cannot be after `until` time (%s)", since, until);
        fine = false;
    }
    if (!fine) {
        json_decref(session->filters);
        free(session);
        return reply_error(request, &err);
    }
    session->bell = bell_join(event_bell(request->engine));
    session->seen = event_first(request->engine, session->since_ns || session->until_ns);
    event_follow(request->engine, 1);
    return reply_stream(request, 200, "application/json", produce, session_free, session);
}
