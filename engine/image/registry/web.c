/* One request and its answer. Handles of libcurl keep their connections, so they are kept and used again. */
#include "image/registry/web.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "image/registry/curl_library.h"
#include "image/registry/trust.h"
#include "image/registry/web_error.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HANDLES = 8, HEADERS_MOST = 64 * 1024, ANSWER_MOST = 1024 * 1024, BLOCK = 256 * 1024, PAUSE_MS = 100 };
enum { CONNECT_S = 10, STALL_S = 60, STALL_BYTES = 128, REDIRECTIONS = 10 };

struct web {
    const struct curl_library *curl;
    struct web_options options;
    struct trust trust;
    pthread_mutex_t lock;
    CURL *idle[HANDLES];
    int idle_count;
};

struct exchange {
    struct web *web;
    const struct web_request *request;
    struct web_answer *answer;
    CURL *handle;
    struct error own; /* what a callback failed with */
    char message[CURL_ERROR_SIZE];
};

struct web *web_new(const struct web_options *options, struct error *err)
{
    const struct curl_library *curl = curl_library(err);
    if (!curl)
        return NULL;
    struct web *web = xcalloc(1, sizeof *web);
    web->curl = curl;
    web->options = *options;
    web->options.certs = NULL; /* read here and not needed later */
    pthread_mutex_init(&web->lock, NULL);
    if (trust_read(options->certs, &web->trust, err) < 0) {
        web_free(web);
        return NULL;
    }
    return web;
}

void web_free(struct web *web)
{
    if (!web)
        return;
    while (web->idle_count > 0)
        web->curl->easy_cleanup(web->idle[--web->idle_count]);
    trust_clear(&web->trust);
    pthread_mutex_destroy(&web->lock);
    free(web);
}

bool web_cancelled(const struct web *web) { return web->options.cancelled && web->options.cancelled(web->options.data); }

int web_pause(const struct web *web, int64_t ms, struct error *err)
{
    for (int64_t end = clock_mono_ns() + ms * 1000000; !web_cancelled(web);) {
        int64_t left = (end - clock_mono_ns()) / 1000000;
        if (left <= 0)
            return 0;
        poll(NULL, 0, left < PAUSE_MS ? (int)left : PAUSE_MS);
    }
    return error_set(err, ECANCELED, "context canceled");
}

static CURL *handle_take(struct web *web)
{
    pthread_mutex_lock(&web->lock);
    CURL *handle = web->idle_count > 0 ? web->idle[--web->idle_count] : NULL;
    pthread_mutex_unlock(&web->lock);
    return handle ? handle : web->curl->easy_init();
}

static void handle_give(struct web *web, CURL *handle)
{
    web->curl->easy_reset(handle);
    pthread_mutex_lock(&web->lock);
    bool kept = web->idle_count < HANDLES;
    if (kept)
        web->idle[web->idle_count++] = handle;
    pthread_mutex_unlock(&web->lock);
    if (!kept)
        web->curl->easy_cleanup(handle);
}

static void status_line(struct web_answer *answer, const char *line, size_t len)
{
    cleanup_free char *text = xstrndup(line, len);
    const char *status = strchr(text, ' ');
    buf_clear(&answer->headers);
    answer->reason[0] = '\0';
    if (status && strlen(status) > 5)
        snprintf(answer->reason, sizeof answer->reason, "%s", status + 5);
    answer->reason[strcspn(answer->reason, "\r\n")] = '\0';
}

static size_t take_header(char *line, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    struct web_answer *answer = exchange->answer;
    size_t len = size * count;
    if (len > 5 && strncmp(line, "HTTP/", 5) == 0) {
        status_line(answer, line, len);
        return len;
    }
    const char *colon = memchr(line, ':', len);
    if (!colon)
        return len;
    if (answer->headers.len + len > HEADERS_MOST) {
        error_set(&exchange->own, EFBIG, "the answer has more than %d bytes of headers", HEADERS_MOST);
        return 0;
    }
    for (const char *p = line; p < colon; p++)
        buf_putc(&answer->headers, (char)tolower((unsigned char)*p));
    buf_add(&answer->headers, ": ", 2);
    cleanup_free char *value = xstrndup(colon + 1, len - (size_t)(colon + 1 - line));
    buf_puts(&answer->headers, str_trim(value));
    buf_putc(&answer->headers, '\n');
    return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    const struct web_request *request = exchange->request;
    size_t len = size * count, most = request->most ? request->most : ANSWER_MOST;
    long status = 0;
    exchange->web->curl->easy_getinfo(exchange->handle, CURLINFO_RESPONSE_CODE, &status);
    if (request->sink && (status == 200 || status == 206))
        return request->sink(request->sink_data, (int)status, bytes, len, &exchange->own) < 0 ? 0 : len;
    if (exchange->answer->body.len + len > most) {
        error_set(&exchange->own, EFBIG, "the answer is larger than %zu bytes", most);
        return 0;
    }
    buf_add(&exchange->answer->body, bytes, len);
    return len;
}

static size_t give_body(char *out, size_t size, size_t count, void *data)
{
    struct exchange *exchange = data;
    ssize_t got = exchange->request->source(exchange->request->source_data, out, size * count, &exchange->own);
    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static int watch(void *data, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
    (void)down_all, (void)down, (void)up_all, (void)up;
    const struct exchange *exchange = data;
    return web_cancelled(exchange->web);
}

/* As Go: HTTP_PROXY in either case; nothing on this machine is reached through a proxy. libcurl reads the other variables itself.
 */
static void set_proxy(struct exchange *exchange)
{
    const struct curl_library *curl = exchange->web->curl;
    const char *own = getenv("HTTP_PROXY"), *lower = getenv("no_proxy"), *without = lower ? lower : getenv("NO_PROXY");
    cleanup_free char *direct = str_format("localhost,127.0.0.0/8,::1%s%s", without ? "," : "", str_or(without, ""));
    curl->easy_setopt(exchange->handle, CURLOPT_NOPROXY, str_equal(without, "*") ? "*" : direct);
    if (str_starts(exchange->request->url, "http:") && !getenv("http_proxy") && own)
        curl->easy_setopt(exchange->handle, CURLOPT_PROXY, own);
}

static void set_trust(struct exchange *exchange)
{
    const struct web *web = exchange->web;
    long verify = !web->options.insecure;
    web->curl->easy_setopt(exchange->handle, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    web->curl->easy_setopt(exchange->handle, CURLOPT_SSL_VERIFYPEER, verify);
    web->curl->easy_setopt(exchange->handle, CURLOPT_SSL_VERIFYHOST, 2 * verify);
    web->curl->easy_setopt(exchange->handle, CURLOPT_CAPATH, NULL);
    web->curl->easy_setopt(exchange->handle, CURLOPT_CAINFO, verify ? web->trust.path : NULL);
    web->curl->easy_setopt(exchange->handle, CURLOPT_SSLCERT, web->trust.cert);
    web->curl->easy_setopt(exchange->handle, CURLOPT_SSLKEY, web->trust.key);
}

static void set_limits(struct exchange *exchange)
{
    const struct web *web = exchange->web;
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_NOPROGRESS, 0},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_CONNECTTIMEOUT, web->options.stall && web->options.stall < CONNECT_S ? web->options.stall : CONNECT_S},
        {CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES},
        {CURLOPT_LOW_SPEED_TIME, web->options.stall ? web->options.stall : STALL_S},
        {CURLOPT_MAXREDIRS, REDIRECTIONS},
        {CURLOPT_SUPPRESS_CONNECT_HEADERS, 1},
        {CURLOPT_BUFFERSIZE, BLOCK},
        {CURLOPT_UPLOAD_BUFFERSIZE, BLOCK},
        {CURLOPT_TCP_KEEPALIVE, 1},
    };
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        web->curl->easy_setopt(exchange->handle, numbers[i].option, numbers[i].value);
    bool down = str_starts(exchange->request->url, "http:") || web->options.insecure;
    web->curl->easy_setopt(exchange->handle, CURLOPT_PROTOCOLS_STR, "http,https");
    web->curl->easy_setopt(exchange->handle, CURLOPT_REDIR_PROTOCOLS_STR, down ? "http,https" : "https");
}

static void set_method(struct exchange *exchange)
{
    const struct web_request *request = exchange->request;
    const struct curl_library *curl = exchange->web->curl;
    CURL *handle = exchange->handle;
    if (str_equal(request->method, "HEAD"))
        curl->easy_setopt(handle, CURLOPT_NOBODY, 1L);
    else if (request->source)
        curl->easy_setopt(handle, CURLOPT_UPLOAD, 1L);
    else if (!str_equal(request->method, "GET")) {
        curl->easy_setopt(handle, CURLOPT_POST, 1L);
        curl->easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        curl->easy_setopt(handle, CURLOPT_POSTFIELDS, request->body ? request->body : "");
    }
    bool reading = str_equal(request->method, "GET") || str_equal(request->method, "HEAD");
    if (!reading)
        curl->easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
    curl->easy_setopt(handle, CURLOPT_FOLLOWLOCATION, reading ? 1L : 0L);
    curl->easy_setopt(handle, CURLOPT_URL, request->url);
    curl->easy_setopt(handle, CURLOPT_USERAGENT, "slipway (linux)");
    curl->easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange->message);
}

static void set_callbacks(struct exchange *exchange)
{
    const struct curl_library *curl = exchange->web->curl;
    curl->easy_setopt(exchange->handle, CURLOPT_HEADERFUNCTION, take_header);
    curl->easy_setopt(exchange->handle, CURLOPT_HEADERDATA, exchange);
    curl->easy_setopt(exchange->handle, CURLOPT_WRITEFUNCTION, take_body);
    curl->easy_setopt(exchange->handle, CURLOPT_WRITEDATA, exchange);
    curl->easy_setopt(exchange->handle, CURLOPT_READFUNCTION, give_body);
    curl->easy_setopt(exchange->handle, CURLOPT_READDATA, exchange);
    curl->easy_setopt(exchange->handle, CURLOPT_XFERINFOFUNCTION, watch);
    curl->easy_setopt(exchange->handle, CURLOPT_XFERINFODATA, exchange);
}

static struct curl_slist *headers_of(const struct web *web, const struct web_request *request)
{
    struct curl_slist *list = web->curl->slist_append(NULL, "Expect:"); /* nobody waits for "100 Continue" */
    bool typed = false;
    for (char *const *header = request->headers; header && *header; header++) {
        list = web->curl->slist_append(list, *header);
        typed |= strncasecmp(*header, "content-type:", 13) == 0;
    }
    if (!typed)
        list = web->curl->slist_append(list, "Content-Type:"); /* libcurl would say that it is a form */
    if (request->authorization) {
        cleanup_free char *line = str_format("Authorization: %s", request->authorization);
        list = web->curl->slist_append(list, line);
    }
    return list;
}

int web_ask(struct web *web, const struct web_request *request, struct web_answer *answer, struct error *err)
{
    struct exchange exchange = {.web = web, .request = request, .answer = answer, .handle = handle_take(web)};
    web_answer_clear(answer);
    if (!exchange.handle)
        return error_set(err, ENOMEM, "libcurl gives no handle");
    set_limits(&exchange);
    set_method(&exchange);
    set_callbacks(&exchange);
    set_trust(&exchange);
    set_proxy(&exchange);
    struct curl_slist *headers = headers_of(web, request);
    web->curl->easy_setopt(exchange.handle, CURLOPT_HTTPHEADER, headers);
    CURLcode code = web->curl->easy_perform(exchange.handle);
    long status = 0;
    curl_off_t length = -1;
    web->curl->easy_getinfo(exchange.handle, CURLINFO_RESPONSE_CODE, &status);
    web->curl->easy_getinfo(exchange.handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    answer->status = (int)status;
    answer->length = length;
    const char *last = NULL;
    web->curl->easy_getinfo(exchange.handle, CURLINFO_EFFECTIVE_URL, &last);
    answer->elsewhere = last && !url_same_place(last, request->url);
    int r = 0;
    if (code != CURLE_OK)
        r = web_failure(web->curl, exchange.handle, code, &exchange.own, exchange.message, request, err);
    log_debug("registry: %s %s: %s", request->method, request->url, r < 0 ? err->message : answer->reason);
    web->curl->slist_free_all(headers);
    handle_give(web, exchange.handle);
    return r;
}

void web_answer_clear(struct web_answer *answer)
{
    buf_free(&answer->headers);
    buf_free(&answer->body);
    *answer = (struct web_answer){.length = -1};
}

char *web_header(const struct web_answer *answer, const char *name)
{
    struct buf found = BUF_INIT;
    size_t len = strlen(name);
    for (const char *line = answer->headers.data; line && *line; line = strchr(line, '\n') + 1) {
        if (strncmp(line, name, len) != 0 || line[len] != ':')
            continue;
        if (found.len)
            buf_puts(&found, ", ");
        buf_add(&found, line + len + 2, strcspn(line + len + 2, "\n"));
    }
    return found.data ? buf_take(&found) : NULL;
}

void web_verb(const char *method, char out[16])
{
    snprintf(out, 16, "%s", method);
    for (char *p = out + 1; *out && *p; p++)
        *p = (char)tolower((unsigned char)*p);
}
