/* Images from and to registries: POST /images/create?fromImage=, POST /images/NAME/push. */
#include "api/registry.h"

#include "api/narrate.h"
#include "base/json.h"
#include "base/memory.h"
#include "daemon/pull.h"
#include "daemon/push.h"
#include "image/reference.h"

#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

enum { AUTH_MOST = 64 * 1024 };

json_t *registry_auth(const struct request *request) { return registry_header(request, "X-Registry-Auth"); }

json_t *registry_header(const struct request *request, const char *name)
{
    const char *coded = header(request, name);
    size_t len = coded ? strlen(coded) : 0;
    if (!len || len > AUTH_MOST)
        return NULL;
    struct base64_decode_ctx decoder;
    cleanup_free uint8_t *plain = xcalloc(BASE64_DECODE_LENGTH(len) + 1, 1);
    cleanup_free char *text = xstrndup(coded, strcspn(coded, "="));
    size_t got = BASE64_DECODE_LENGTH(len);
    base64url_decode_init(&decoder);
    for (char *p = text; *p; p++) /* both alphabets are sent */
        *p = *p == '+' ? '-' : *p == '/' ? '_' : *p;
    if (!base64_decode_update(&decoder, &got, plain, strlen(text), text) || json_deeper((char *)plain, got, JSON_DEPTH_MOST))
        return NULL;
    json_t *auth = json_loadb((char *)plain, got, 0, NULL);
    if (json_is_object(auth))
        return auth;
    json_decref(auth);
    return NULL;
}

char *registry_name(const char *image, const char *tag, bool *bare, struct error *err)
{
    cleanup_free char *name = xstrdup(image);
    size_t len = strlen(name);
    if (len && name[len - 1] == ':')
        name[len - 1] = '\0';
    struct reference reference;
    int r = reference_parse(name, &reference, err);
    const char *last = strrchr(name, '/') ? strrchr(name, '/') : name;
    *bare = str_empty(tag) && !strpbrk(last, ":@");
    char *whole = NULL;
    if (r == 0)
        whole = str_empty(tag) ? xstrdup(name) : str_format("%s%c%s", reference.familiar, strchr(tag, ':') ? '@' : ':', tag);
    reference_clear(&reference);
    if (whole && reference_parse(whole, &reference, err) < 0)
        free(move_ptr(whole));
    reference_clear(&reference);
    return whole;
}

struct transfer {
    char *name, *platform;
    json_t *auth;
    bool all;
};

static void transfer_free(void *data)
{
    struct transfer *transfer = data;
    free(transfer->name);
    free(transfer->platform);
    json_decref(transfer->auth);
    free(transfer);
}

static int pull(struct engine *engine, void *data, const struct progress *progress, struct error *err)
{
    const struct transfer *transfer = data;
    const struct pull_request request = {
        .image = transfer->name, .all_tags = transfer->all, .platform = transfer->platform, .auth = transfer->auth};
    return image_pull(engine, &request, progress, err);
}

static int push(struct engine *engine, void *data, const struct progress *progress, struct error *err)
{
    const struct transfer *transfer = data;
    const struct push_request request = {.image = transfer->name, .all_tags = transfer->all, .auth = transfer->auth};
    return image_push(engine, &request, progress, err);
}

static enum MHD_Result begin(struct request *request, const char *image,
                             int (*work)(struct engine *engine, void *data, const struct progress *progress, struct error *err))
{
    struct error err = ERROR_INIT;
    struct transfer *transfer = xcalloc(1, sizeof *transfer);
    transfer->name = registry_name(image, query(request, "tag"), &transfer->all, &err);
    transfer->auth = registry_auth(request);
    transfer->platform = xstrdup(str_or(query(request, "platform"), ""));
    if (transfer->name)
        return reply_narrated(request, work, transfer_free, transfer);
    transfer_free(transfer);
    return reply_error(request, &err);
}

enum MHD_Result images_pull(struct request *request) { return begin(request, query(request, "fromImage"), pull); }

static enum MHD_Result images_push(struct request *request)
{
    engine_wait_images(request->engine);
    return begin(request, request->captured[0], push);
}

const struct route registry_routes[] = {
    {"POST", "/images/**/push", images_push, BODY_NONE, NULL},
    {"GET", "/images/search", images_search, BODY_NONE, NULL},
    {"GET", "/distribution/**/json", distribution_inspect, BODY_NONE, NULL},
    {"GET", "/slipway/manifests/**", manifest_inspect, BODY_NONE, NULL},
    {0},
};
