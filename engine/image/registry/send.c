/* What goes to a registry (distribution specification, "Pushing"): blobs that it lacks, taken over from elsewhere in it or in one
 * stream, and the manifest at the end. */
#include "image/registry/registry.h"

#include "base/clock.h"
#include "base/memory.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SKIP_BLOCK = 64 * 1024 };

static const char actions[] = "pull,push";

int registry_has(struct registry *registry, const char *name, const char *digest, int64_t *size, struct error *err)
{
    const struct access access = {name, actions, NULL};
    struct web_answer answer = {0};
    cleanup_free char *url = registry_path(registry, "%s/blobs/%s", name, digest);
    struct web_request request = {.method = "HEAD", .url = url};
    int r = registry_ask(registry, &access, &request, NULL, &answer, err);
    if (r == 0 && answer.status == 200 && answer.length >= 0) {
        *size = answer.length;
        r = 1;
    } else if (r == 0 && answer.status != 200 && answer.status != 404) {
        r = registry_problem(&answer, err);
    }
    web_answer_clear(&answer);
    return r;
}

/* Where the next request of an upload goes, as the last answer says; on failure what it says instead. */
static char *next_of(const struct web_answer *answer, const char *url, struct error *err)
{
    cleanup_free char *location = web_header(answer, "location");
    char *next = location ? url_resolve(url, location) : NULL;
    if (!next)
        error_set(err, EPROTO, "the registry does not say where to upload to: its answer %d has no usable Location",
                  answer->status);
    return next;
}

/* POST .../blobs/uploads/ */
static char *begin(struct registry *registry, const struct access *access, const char *query, int *status, struct error *err)
{
    struct web_answer answer = {0};
    char *next = NULL;
    cleanup_free char *url = registry_path(registry, "%s/blobs/uploads/%s", access->name, query);
    struct web_request request = {.method = "POST", .url = url};
    int r = registry_ask(registry, access, &request, NULL, &answer, err);
    *status = r == 0 ? answer.status : 0;
    if (r == 0 && answer.status == 202)
        next = next_of(&answer, url, err);
    else if (r == 0 && answer.status == 201 && !access->from)
        error_set(err, EPROTO, "the registry says that a blob is there of which it has not been told yet");
    else if (r == 0 && answer.status != 201)
        registry_problem(&answer, err);
    web_answer_clear(&answer);
    return next;
}

int registry_mount(struct registry *registry, const char *name, const char *digest, const char *from, char **upload,
                   struct error *err)
{
    const struct access access = {name, actions, from};
    int status;
    cleanup_free char *repository = url_escape(from), *query = str_format("?mount=%s&from=%s", digest, repository);
    *upload = begin(registry, &access, query, &status, err);
    return status == 201 ? 1 : *upload ? 0 : -err->code;
}

struct upload {
    struct registry *registry;
    const struct access *access;
    const struct blob_source *source;
    char *url;
    int64_t start; /* where the present request began */
    int64_t sent;  /* handed out, since the first byte */
    struct sha256_ctx hash;
};

static ssize_t give(void *data, char *out, size_t room, struct error *err)
{
    struct upload *upload = data;
    ssize_t got = upload->source->read(upload->source->data, out, room, err);
    if (got > 0) {
        sha256_update(&upload->hash, (size_t)got, (const uint8_t *)out);
        upload->sent += got;
    }
    return got;
}

/* Make the source anew and go to where the registry has it. */
static int seek(struct upload *upload, int64_t start, struct error *err)
{
    cleanup_free char *block = xmalloc(SKIP_BLOCK);
    upload->sent = 0;
    upload->start = start;
    sha256_init(&upload->hash);
    int r = upload->source->rewind(upload->source->data, err);
    while (r == 0 && upload->sent < start) {
        int64_t left = start - upload->sent;
        ssize_t got = give(upload, block, left < SKIP_BLOCK ? (size_t)left : SKIP_BLOCK, err);
        if (got == 0)
            return error_set(err, EPROTO, "the registry says that it has %lld bytes, of %lld", (long long)start,
                             (long long)upload->sent);
        r = got < 0 ? (int)got : 0;
    }
    return r;
}

static int again(void *data, struct error *err)
{
    struct upload *upload = data;
    return seek(upload, upload->start, err);
}

static int move_on(struct upload *upload, const struct web_answer *answer, struct error *err)
{
    char *next = next_of(answer, upload->url, err);
    if (!next)
        return -err->code;
    free(upload->url);
    upload->url = next;
    return 0;
}

/* All that is left, by PATCH. */
static int stream(struct upload *upload, struct error *err)
{
    struct web_answer answer = {0};
    char *const headers[] = {"Content-Type: application/octet-stream", NULL};
    cleanup_free char *url = xstrdup(upload->url);
    struct web_request request = {.method = "PATCH", .url = url, .headers = headers, .source = give, .source_data = upload};
    int r = registry_ask(upload->registry, upload->access, &request, again, &answer, err);
    if (r == 0 && answer.status != 202 && answer.status != 201 && answer.status != 204)
        r = registry_problem(&answer, err);
    if (r == 0)
        r = move_on(upload, &answer, err);
    web_answer_clear(&answer);
    return r;
}

/* How much of an interrupted upload has arrived; -err->code when it is lost. */
static int ask_progress(struct upload *upload, int64_t *have, struct error *err)
{
    struct web_answer answer = {0};
    long long last = -1;
    struct web_request request = {.method = "GET", .url = upload->url};
    int r = registry_ask(upload->registry, upload->access, &request, NULL, &answer, err);
    cleanup_free char *range = r == 0 ? web_header(&answer, "range") : NULL;
    if (r == 0 && answer.status != 204)
        r = answer.status == 404 ? error_set(err, ENOENT, "the upload is gone") : registry_problem(&answer, err);
    const char *dash = range ? strchr(range, '-') : NULL; /* "0-1023", some say "bytes=0-1023" */
    if (r == 0 && dash && !str_to_int(dash + 1, &last))
        last = -1;
    *have = last > 0 ? last + 1 : 0; /* "0-0" is what is said of nothing */
    cleanup_free char *location = r == 0 ? web_header(&answer, "location") : NULL;
    if (r == 0 && location)
        r = move_on(upload, &answer, err);
    web_answer_clear(&answer);
    return r;
}

static int take_up(struct upload *upload, struct error *err)
{
    int64_t have = 0;
    struct error lost = ERROR_INIT;
    int status;
    if (ask_progress(upload, &have, &lost) < 0) {
        have = 0;
        char *url = begin(upload->registry, upload->access, "", &status, err);
        if (!url)
            return -err->code;
        free(upload->url);
        upload->url = url;
    }
    return seek(upload, have, err);
}

static int commit(struct upload *upload, const char *digest, struct error *err)
{
    struct web_answer answer = {0};
    cleanup_free char *query = str_format("digest=%s", digest), *url = url_with(upload->url, query);
    char *const headers[] = {"Content-Type: application/octet-stream", NULL};
    struct web_request request = {.method = "PUT", .url = url, .headers = headers};
    int64_t size;
    int r = registry_ask(upload->registry, upload->access, &request, NULL, &answer, err);
    if (r == 0 && answer.status != 201 && answer.status != 204)
        r = registry_problem(&answer, err);
    /* One that was asked again because the first answer got lost has nothing left to do. */
    if (r < 0 && err->code != ECANCELED && registry_has(upload->registry, upload->access->name, digest, &size, NULL) == 1)
        r = 0;
    web_answer_clear(&answer);
    return r;
}

static void digest_of(const struct upload *upload, char digest[DIGEST_TEXT])
{
    unsigned char sum[SHA256_DIGEST_SIZE];
    struct sha256_ctx hash = upload->hash;
    sha256_digest(&hash, sizeof sum, sum);
    memcpy(digest, "sha256:", strlen("sha256:"));
    str_hex(sum, sizeof sum, digest + strlen("sha256:"));
}

int registry_send(struct registry *registry, const char *name, const char *start, const struct blob_source *source,
                  char digest[DIGEST_TEXT], int64_t *size, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    const struct access access = {name, actions, NULL};
    struct upload upload = {.registry = registry, .access = &access, .source = source};
    int status;
    upload.url = start ? xstrdup(start) : begin(registry, &access, "", &status, err);
    int r = upload.url ? seek(&upload, 0, err) : -err->code;
    for (int tried = 1; r == 0; tried++) {
        r = stream(&upload, err);
        if (r == 0 || !registry_transient(err) || tried >= registry_attempts(registry))
            break;
        r = web_pause(registry_web(registry), registry_backoff(NULL, tried), err);
        if (r == 0) {
            *err = ERROR_INIT;
            r = take_up(&upload, err);
        }
    }
    if (r == 0) {
        digest_of(&upload, digest);
        *size = upload.sent;
        r = commit(&upload, digest, err);
    }
    free(upload.url);
    return r;
}

struct text_source {
    const char *text;
    size_t len, given;
};

static ssize_t text_read(void *data, char *out, size_t room, struct error *err)
{
    (void)err;
    struct text_source *source = data;
    size_t left = source->len - source->given, count = left < room ? left : room;
    memcpy(out, source->text + source->given, count);
    source->given += count;
    return (ssize_t)count;
}

static int text_rewind(void *data, struct error *err)
{
    (void)err;
    ((struct text_source *)data)->given = 0;
    return 0;
}

int registry_send_text(struct registry *registry, const char *name, const char *text, size_t len, char digest[DIGEST_TEXT],
                       struct error *err)
{
    int64_t size = 0;
    digest_bytes(text, len, digest);
    int r = registry_has(registry, name, digest, &size, err);
    if (r != 0)
        return r < 0 ? r : 0;
    struct text_source source = {text, len, 0};
    const struct blob_source blob = {text_read, text_rewind, &source};
    return registry_send(registry, name, NULL, &blob, digest, &size, err);
}

int registry_send_manifest(struct registry *registry, const char *name, const char *reference, const char *type, const char *text,
                           struct error *err)
{
    const struct access access = {name, actions, NULL};
    struct web_answer answer = {0};
    cleanup_free char *url = registry_path(registry, "%s/manifests/%s", name, reference);
    cleanup_free char *content = str_format("Content-Type: %s", type);
    char *const headers[] = {content, NULL};
    struct web_request request = {.method = "PUT", .url = url, .headers = headers, .body = text, .body_len = strlen(text)};
    int r = registry_ask(registry, &access, &request, NULL, &answer, err);
    if (r == 0 && answer.status != 201 && answer.status != 200 && answer.status != 202)
        r = registry_problem(&answer, err);
    web_answer_clear(&answer);
    return r;
}
