/* What comes from a registry: manifests, lists of tags, blobs. Nothing is handed on whose digest is not what was asked for. */
#include "image/registry/registry.h"

#include "base/clock.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TAG_PAGES_MOST = 100, TAGS_MOST = 100000, WORTH_BYTES = 16 * 1024 };

static char *const accepted[] = {"Accept: " TYPE_MANIFEST ", " TYPE_MANIFEST_LIST ", " TYPE_OCI_MANIFEST ", " TYPE_OCI_INDEX, NULL};

static bool is_digest(const char *reference) { return strchr(reference, ':') != NULL; }

int registry_manifest(struct registry *registry, const char *name, const char *reference, struct manifest *out, struct error *err)
{
    const struct access access = {name, "pull", NULL};
    struct web_answer answer = {0};
    cleanup_free char *url = registry_path(registry, "%s/manifests/%s", name, reference);
    /* Docker asks twice, with HEAD first, and its errors are of that. */
    struct web_request request = {.method = "GET", .said = "HEAD", .url = url, .headers = accepted, .most = MANIFEST_MOST};
    *out = (struct manifest){0};
    int r = registry_ask(registry, &access, &request, NULL, &answer, err);
    if (r == 0 && answer.status != 200)
        r = registry_problem(&answer, err);
    cleanup_free char *type = r == 0 ? web_header(&answer, "content-type") : NULL;
    if (r == 0 && is_digest(reference)) {
        char digest[DIGEST_TEXT];
        digest_bytes(str_or(answer.body.data, ""), answer.body.len, digest);
        if (!str_equal(digest, reference))
            r = error_set(err, EPROTO, "manifest verification failed for digest %s: what came has %s", reference, digest);
    }
    if (r == 0)
        r = manifest_parse(str_or(answer.body.data, ""), answer.body.len, type, out, err);
    web_answer_clear(&answer);
    return r;
}

/* <path?n=..&last=..>; rel="next" (RFC 8288), as the specification's "Listing Tags" has it. */
static char *next_page(const struct web_answer *answer, const char *url)
{
    cleanup_free char *link = web_header(answer, "link");
    const char *open = link ? strchr(link, '<') : NULL, *close = open ? strchr(open, '>') : NULL;
    if (!close || !strstr(close, "next"))
        return NULL;
    cleanup_free char *target = xstrndup(open + 1, (size_t)(close - open - 1));
    char *next = url_resolve(url, target);
    if (next && !url_same_place(next, url))
        free(move_ptr(next));
    return next;
}

static int take_tags(const struct web_answer *answer, char ***tags, size_t *count, struct error *err)
{
    bool deep = json_deeper(str_or(answer->body.data, ""), answer->body.len, JSON_DEPTH_MOST);
    cleanup_json json_t *doc = deep ? NULL : json_loadb(str_or(answer->body.data, ""), answer->body.len, 0, NULL);
    json_t *list = json_object_get(doc, "tags"), *tag;
    size_t i;
    if (!doc || (list && !json_is_array(list) && !json_is_null(list)))
        return error_set(err, EPROTO, "the registry's list of tags is not valid");
    json_array_foreach(list, i, tag)
    {
        if (!json_is_string(tag) || ++*count > TAGS_MOST)
            return error_set(err, EPROTO, "the registry's list of tags is not valid, or has more than %d", TAGS_MOST);
        strv_add(tags, json_string_value(tag));
    }
    return 0;
}

int registry_tags(struct registry *registry, const char *name, char ***tags, struct error *err)
{
    const struct access access = {name, "pull", NULL};
    cleanup_free char *url = registry_path(registry, "%s/tags/list", name);
    size_t count = 0;
    int r = 0;
    *tags = NULL;
    for (int page = 0; r == 0 && url; page++) {
        struct web_answer answer = {0};
        struct web_request request = {.method = "GET", .url = url, .most = MANIFEST_MOST};
        r = page < TAG_PAGES_MOST ? registry_ask(registry, &access, &request, NULL, &answer, err)
                                  : error_set(err, EPROTO, "the registry's list of tags does not end");
        if (r == 0 && answer.status != 200)
            r = registry_problem(&answer, err);
        if (r == 0)
            r = take_tags(&answer, tags, &count, err);
        char *next = r == 0 ? next_page(&answer, url) : NULL;
        free(url);
        url = next;
        web_answer_clear(&answer);
    }
    if (r < 0) {
        strv_free(*tags);
        *tags = NULL;
    }
    return r;
}

/* A download under way. */
struct download {
    const struct descriptor *blob;
    const struct fetch_watch *watch;
    int fd;
    int64_t have;
    struct sha256_ctx hash;
    struct web_answer *answer;
};

static int restart(struct download *download, struct error *err)
{
    if (ftruncate(download->fd, 0) < 0 || lseek(download->fd, 0, SEEK_SET) < 0)
        return error_errno(err, errno, "empty the file of a download");
    download->have = 0;
    sha256_init(&download->hash);
    return 0;
}

/* 206 must go on where we stopped; whoever knows no ranges says 200, and all of it comes again. */
static int check_start(struct download *download, int status, struct error *err)
{
    long long start = -1;
    cleanup_free char *range = web_header(download->answer, "content-range");
    if (status == 200)
        return download->have ? restart(download, err) : 0;
    if (!range || sscanf(range, "bytes %lld-", &start) != 1 || start != (long long)download->have)
        return error_set(err, EPROTO, "the registry was asked for the rest of %.19s from byte %lld and sent \"%.60s\"",
                         download->blob->digest, (long long)download->have, str_or(range, ""));
    return 0;
}

struct download_call {
    struct download *download;
    bool started;
};

static int take_bytes(void *data, int status, const char *bytes, size_t len, struct error *err)
{
    struct download_call *call = data;
    struct download *download = call->download;
    if (!call->started) {
        int r = check_start(download, status, err);
        if (r < 0)
            return r;
        call->started = true;
    }
    if (download->have + (int64_t)len > download->blob->size)
        return error_set(err, EPROTO, "layer %.19s is larger than the %lld bytes that its manifest says", download->blob->digest,
                         (long long)download->blob->size);
    int r = write_full(download->fd, bytes, len);
    if (r < 0)
        return error_errno(err, -r, "keep a download");
    sha256_update(&download->hash, len, (const uint8_t *)bytes);
    download->have += (int64_t)len;
    if (download->watch && download->watch->got)
        download->watch->got(download->watch->data, download->have);
    return 0;
}

static int fetch_part(struct registry *registry, const char *name, struct download *download, struct error *err)
{
    const struct access access = {name, "pull", NULL};
    struct web_answer answer = {0};
    struct download_call call = {.download = download};
    cleanup_free char *url = registry_path(registry, "%s/blobs/%s", name, download->blob->digest);
    cleanup_free char *range = str_format("Range: bytes=%lld-", (long long)download->have);
    char *const headers[] = {"Accept-Encoding: identity", download->have ? range : NULL, NULL};
    struct web_request request = {.method = "GET", .url = url, .headers = headers, .sink = take_bytes, .sink_data = &call};
    download->answer = &answer;
    int r = registry_ask(registry, &access, &request, NULL, &answer, err);
    if (r == 0 && answer.status == 416) { /* it has no more: what came before was not the blob */
        r = error_set(err, EPROTO, "layer %.19s is smaller than the %lld bytes that its manifest says", download->blob->digest,
                      (long long)download->blob->size);
    } else if (r == 0 && answer.status != 200 && answer.status != 206) {
        r = registry_problem(&answer, err);
    }
    if (r == 0 && download->have < download->blob->size)
        r = error_set(err, ECONNRESET, "layer %.19s ended after %lld of %lld bytes", download->blob->digest,
                      (long long)download->have, (long long)download->blob->size);
    web_answer_clear(&answer);
    return r;
}

static int verify(struct download *download, struct error *err)
{
    unsigned char sum[SHA256_DIGEST_SIZE];
    char digest[DIGEST_TEXT] = "sha256:";
    if (download->watch && download->watch->verifying)
        download->watch->verifying(download->watch->data);
    sha256_digest(&download->hash, sizeof sum, sum);
    str_hex(sum, sizeof sum, digest + strlen("sha256:"));
    if (str_equal(digest, download->blob->digest))
        return 0;
    return error_set(err, EPROTO, "filesystem layer verification failed for digest %s", download->blob->digest);
}

int registry_blob(struct registry *registry, const char *name, const struct descriptor *blob, int fd,
                  const struct fetch_watch *watch, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    struct download download = {.blob = blob, .watch = watch, .fd = fd};
    sha256_init(&download.hash);
    for (int tried = 1;; tried++) {
        int64_t before = download.have;
        int r = blob->size ? fetch_part(registry, name, &download, err) : 0;
        if (r == 0)
            return verify(&download, err);
        if (download.have - before >= WORTH_BYTES) /* as long as it goes on, it may break as often as it likes */
            tried = 1;
        if (!registry_transient(err) || tried >= registry_attempts(registry))
            return r;
        int64_t wait = registry_backoff(NULL, tried);
        if (watch && watch->retrying)
            watch->retrying(watch->data, (int)((wait + 999) / 1000));
        r = web_pause(registry_web(registry), wait, err);
        if (r < 0)
            return r;
        *err = ERROR_INIT;
    }
}

char *registry_small_blob(struct registry *registry, const char *name, const struct descriptor *blob, struct error *err)
{
    const struct access access = {name, "pull", NULL};
    struct web_answer answer = {0};
    char digest[DIGEST_TEXT];
    cleanup_free char *url = registry_path(registry, "%s/blobs/%s", name, blob->digest);
    struct web_request request = {.method = "GET", .url = url, .most = MANIFEST_MOST};
    int r = registry_ask(registry, &access, &request, NULL, &answer, err);
    if (r == 0 && answer.status != 200)
        r = registry_problem(&answer, err);
    if (r == 0) {
        digest_bytes(str_or(answer.body.data, ""), answer.body.len, digest);
        if (!str_equal(digest, blob->digest) || (int64_t)answer.body.len != blob->size)
            r = error_set(err, EPROTO, "image config verification failed for digest %s", blob->digest);
        else if (memchr(str_or(answer.body.data, ""), 0, answer.body.len)) /* a text would end there, its size would not */
            r = error_set(err, EPROTO, "the image's configuration %.19s is not valid: no JSON object", blob->digest);
    }
    char *text = r == 0 ? xstrndup(str_or(answer.body.data, ""), answer.body.len) : NULL;
    web_answer_clear(&answer);
    return text;
}
