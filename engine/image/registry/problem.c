/* What a registry says when it refuses (distribution specification, error codes), and what is worth another attempt. */
#include "image/registry/registry.h"

#include "base/json.h"
#include "base/memory.h"
#include "image/registry/curl_library.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { WAIT_FIRST_MS = 500, WAIT_MOST_MS = 8000, RETRY_AFTER_MOST_S = 60, SHOWN = 200, ERRORS_MOST = 8 };

static json_t *errors_of(const struct web_answer *answer, json_t **doc)
{
    *doc = json_deeper(str_or(answer->body.data, ""), answer->body.len, JSON_DEPTH_MOST)
               ? NULL
               : json_loadb(str_or(answer->body.data, ""), answer->body.len, 0, NULL);
    return json_object_get(*doc, "errors");
}

static void put_error(struct buf *out, const json_t *error)
{
    cleanup_free char *code = str_lower(json_str(error, "code", "unknown"));
    for (char *p = code; *p; p++)
        *p = *p == '_' ? ' ' : *p;
    buf_printf(out, "%.*s: %.*s", SHOWN, code, SHOWN, json_str(error, "message", code));
}

void registry_problem_code(const struct web_answer *answer, char out[64])
{
    cleanup_json json_t *doc = NULL;
    json_t *errors = errors_of(answer, &doc);
    snprintf(out, 64, "%s", json_str(json_array_get(errors, 0), "code", ""));
}

static int code_of(int status)
{
    switch (status) {
    case 401:
    case 403:
        return EACCES;
    case 404:
        return ENOENT;
    case 429:
        return EAGAIN;
    default:
        return status >= 500 ? EAGAIN : EPROTO;
    }
}

int registry_problem(const struct web_answer *answer, struct error *err)
{
    cleanup_json json_t *doc = NULL;
    json_t *errors = errors_of(answer, &doc), *entry;
    cleanup_buf struct buf text = BUF_INIT;
    size_t i;
    int code = code_of(answer->status);
    json_array_foreach(errors, i, entry)
    {
        if (i == ERRORS_MOST)
            break;
        buf_puts(&text, i ? "\n" : json_array_size(errors) > 1 ? "errors:\n" : "");
        put_error(&text, entry);
    }
    if (text.len)
        return error_set(err, code, "%s", text.data);
    const char *details = json_str(doc, "details", json_str(doc, "message", NULL));
    if (details && answer->status == 401)
        return error_set(err, code, "unauthorized: %.*s", SHOWN, details);
    if (answer->status == 401 || answer->status == 403)
        return error_set(err, code,
                         answer->status == 401 ? "unauthorized: authentication required"
                                               : "denied: requested access to the resource is denied");
    if (answer->status == 429)
        return error_set(err, code, "toomanyrequests: %.*s", SHOWN, str_or(details, "too many requests"));
    return error_set(err, code, "received unexpected HTTP status: %d %s", answer->status, answer->reason);
}

bool registry_transient(const struct error *err)
{
    return err->code == ECONNRESET || err->code == ETIMEDOUT || err->code == EAGAIN;
}

int64_t registry_backoff(const struct web_answer *answer, int tried)
{
    cleanup_free char *said = answer ? web_header(answer, "retry-after") : NULL;
    int64_t wait = WAIT_FIRST_MS;
    for (int i = 1; i < tried && wait < WAIT_MOST_MS; i++)
        wait *= 2;
    long long seconds;
    const struct curl_library *curl = curl_library(NULL);
    if (said && !str_to_int(said, &seconds)) {
        time_t when = curl ? curl->getdate(said, NULL) : -1;
        seconds = when > 0 ? (long long)(when - time(NULL)) : -1;
    } else if (!said) {
        seconds = -1;
    }
    if (seconds >= 0)
        wait = (seconds < RETRY_AFTER_MOST_S ? seconds : RETRY_AFTER_MOST_S) * 1000;
    return wait < WAIT_MOST_MS || said ? wait : WAIT_MOST_MS;
}
