/* Reaching a registry, and asking it with patience. */
#include "image/registry/registry.h"

#include "base/digest.h"
#include "base/files.h"
#include "base/json.h"
#include "base/memory.h"
#include "image/registry/token.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define CERTS_DEFAULT "/etc/docker/certs.d"
enum { ATTEMPTS = 5 };

struct registry {
    char *url;
    struct web *web;
    struct tokens *tokens;
    int attempts;
    char key[DIGEST_TEXT];
};

/* GET /v2/ (distribution specification, "Determining Support"). Whatever answers is taken for a registry; what it is will be seen.
 */
static int ping(struct registry *registry, struct error *err)
{
    struct web_answer answer = {0};
    cleanup_free char *url = str_format("%s/v2/", registry->url);
    const struct web_request request = {.method = "GET", .url = url};
    int r = web_ask(registry->web, &request, &answer, err);
    for (int tried = 1; r == 0 && (answer.status == 429 || answer.status >= 500) && tried < registry->attempts; tried++) {
        r = web_pause(registry->web, registry_backoff(&answer, tried), err);
        if (r == 0)
            r = web_ask(registry->web, &request, &answer, err);
    }
    if (r == 0 && (answer.status == 429 || answer.status >= 500)) {
        r = registry_problem(&answer, err);
        error_prefix(err, "Get \"%s\"", url);
    }
    /* Another place to which it sent us does not say who gets our credentials. */
    cleanup_free char *challenge =
        r == 0 && answer.status == 401 && !answer.elsewhere ? web_header(&answer, "www-authenticate") : NULL;
    if (r == 0)
        tokens_challenge(registry->tokens, challenge);
    web_answer_clear(&answer);
    return r;
}

/* What goes into a header as it came from the client must not end it. */
static int check_auth(const struct place *place, const json_t *auth, struct error *err)
{
    static const char *const sent[] = {"auth", "registrytoken"};
    for (size_t i = 0; i < ARRAY_LEN(sent); i++)
        for (const char *p = json_str(auth, sent[i], ""); *p; p++)
            if ((unsigned char)*p < ' ' || *p == 0x7f)
                return error_set(err, EINVAL, "the credentials for %s cannot be sent: %s has a control character in it",
                                 place->host, sent[i]);
    return 0;
}

static void make_key(struct registry *registry, const json_t *auth)
{
    cleanup_free char *credentials = auth ? json_dumps(auth, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    cleanup_free char *text = str_format("%s\n%s", registry->url, str_or(credentials, ""));
    digest_bytes(text, strlen(text), registry->key);
}

struct registry *registry_open(const struct registry_options *options, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    const json_t *auth = options->place->mirror ? NULL : options->auth;
    if (check_auth(options->place, auth, err) < 0)
        return NULL;
    cleanup_free char *certs = path_join(str_or(options->certs, CERTS_DEFAULT), options->place->host);
    const struct web_options web = {.certs = certs,
                                    .insecure = options->place->insecure,
                                    .stall = options->stall,
                                    .cancelled = options->cancelled,
                                    .data = options->data};
    struct registry *registry = xcalloc(1, sizeof *registry);
    registry->url = xstrdup(options->place->url);
    registry->attempts = options->attempts > 0 ? options->attempts : ATTEMPTS;
    registry->web = web_new(&web, err);
    if (registry->web)
        registry->tokens = tokens_new(registry->web, registry->url, auth, options->place->insecure);
    make_key(registry, auth);
    if (registry->web && ping(registry, err) == 0)
        return registry;
    registry_close(registry);
    return NULL;
}

void registry_close(struct registry *registry)
{
    if (!registry)
        return;
    tokens_free(registry->tokens);
    web_free(registry->web);
    free(registry->url);
    free(registry);
}

const char *registry_url(const struct registry *registry) { return registry->url; }
const char *registry_key(const struct registry *registry) { return registry->key; }
bool registry_cancelled(const struct registry *registry) { return web_cancelled(registry->web); }
int registry_attempts(const struct registry *registry) { return registry->attempts; }
struct web *registry_web(struct registry *registry) { return registry->web; }

char *registry_path(const struct registry *registry, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    cleanup_free char *path = str_vformat(format, args);
    va_end(args);
    return str_format("%s/v2/%s", registry->url, path);
}

static char *scopes_of(const struct access *access)
{
    if (!access)
        return xstrdup("");
    cleanup_free char *from = access->from ? str_format(" repository:%s:pull", access->from) : xstrdup("");
    return str_format("repository:%s:%s%s", access->name, access->actions, from);
}

/* One attempt, with a second one when the token was no longer good: it may have run out on the way. */
static int ask_once(struct registry *registry, const char *scopes, struct web_request *request,
                    int (*again)(void *source_data, struct error *err), struct web_answer *answer, struct error *err)
{
    bool ours = url_same_place(request->url, registry->url); /* an upload may lead elsewhere, and brings its own right along */
    for (int round = 0;; round++) {
        cleanup_free char *authorization = NULL;
        int r = ours ? tokens_authorize(registry->tokens, scopes, &authorization, err) : 0;
        if (r < 0) {
            char verb[16];
            web_verb(str_or(request->said, request->method), verb);
            return str_equal(request->method, "GET") || str_equal(request->method, "HEAD")
                       ? error_prefix(err, "%s \"%s\"", verb, request->url)
                       : r;
        }
        request->authorization = authorization;
        r = web_ask(registry->web, request, answer, err);
        request->authorization = NULL;
        if (r < 0 || answer->status != 401 || !ours || answer->elsewhere || round > 0 || (request->source && !again))
            return r;
        cleanup_free char *challenge = web_header(answer, "www-authenticate");
        if (challenge)
            tokens_challenge(registry->tokens, challenge);
        if (tokens_wanted(registry->tokens) == CHALLENGE_NONE ||
            (tokens_wanted(registry->tokens) == CHALLENGE_BASIC && authorization))
            return 0;
        tokens_drop(registry->tokens, scopes);
        r = request->source ? again(request->source_data, err) : 0;
        if (r < 0)
            return r;
    }
}

static bool busy(int status) { return status == 429 || status == 500 || status == 502 || status == 503 || status == 504; }

int registry_ask(struct registry *registry, const struct access *access, struct web_request *request,
                 int (*again)(void *source_data, struct error *err), struct web_answer *answer, struct error *err)
{
    struct error own = ERROR_INIT;
    err = err ? err : &own;
    cleanup_free char *scopes = scopes_of(access);
    for (int tried = 1;; tried++) {
        int r = ask_once(registry, scopes, request, again, answer, err);
        bool worth = r < 0 ? registry_transient(err) && !request->sink : busy(answer->status);
        if (!worth || request->source || tried >= registry->attempts)
            return r;
        r = web_pause(registry->web, registry_backoff(r < 0 ? NULL : answer, tried), err);
        if (r < 0)
            return r;
        *err = ERROR_INIT;
    }
}

int registry_login(struct registry *registry, char **identity, struct error *err)
{
    struct web_answer answer = {0};
    cleanup_free char *url = str_format("%s/v2/", registry->url), *authorization = NULL;
    *identity = NULL;
    enum challenge_kind wanted = tokens_wanted(registry->tokens);
    int r = 0;
    if (wanted == CHALLENGE_BEARER && (r = tokens_login(registry->tokens, identity, &authorization, err)) < 0) {
        err->code = err->code == EACCES ? EPERM : err->code;
        return error_prefix(err, "Get \"%s\"", url);
    }
    if (!*identity)
        *identity = xstrdup("");
    if (wanted == CHALLENGE_BASIC && (r = tokens_authorize(registry->tokens, "", &authorization, err)) < 0)
        return error_prefix(err, "Get \"%s\"", url);
    const struct web_request request = {.method = "GET", .url = url, .authorization = authorization};
    r = web_ask(registry->web, &request, &answer, err);
    if (r == 0 && answer.status != 200)
        r = error_set(err, EACCES, "login attempt to %s failed with status: %d %s", url, answer.status, answer.reason);
    web_answer_clear(&answer);
    return r;
}
