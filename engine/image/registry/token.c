/* Tokens are kept for as long as their server said they are good, less a little; threads that want the same one wait for it. */
#include "image/registry/token.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "image/registry/registry.h"

#include <errno.h>
#include <nettle/base64.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { GOOD_FOR_S = 60, EARLY_S = 5, GOOD_MOST_S = 24 * 3600, KEPT = 32 };
#define CLIENT_ID "docker"

struct token {
    char *scopes, *text;
    int64_t until_ns; /* CLOCK_MONOTONIC */
};

struct tokens {
    struct web *web;
    char *url;
    json_t *auth;
    bool insecure;
    pthread_mutex_t lock; /* held while a token is asked for */
    struct challenge challenge;
    struct token kept[KEPT];
    int count;
};

struct tokens *tokens_new(struct web *web, const char *url, const json_t *auth, bool insecure)
{
    struct tokens *tokens = xcalloc(1, sizeof *tokens);
    *tokens = (struct tokens){.web = web, .url = xstrdup(url), .auth = json_incref((json_t *)auth), .insecure = insecure};
    pthread_mutex_init(&tokens->lock, NULL);
    return tokens;
}

static void forget(struct tokens *tokens, int at)
{
    free(tokens->kept[at].scopes);
    free(tokens->kept[at].text);
    tokens->kept[at] = tokens->kept[--tokens->count];
}

void tokens_free(struct tokens *tokens)
{
    if (!tokens)
        return;
    while (tokens->count > 0)
        forget(tokens, 0);
    challenge_clear(&tokens->challenge);
    json_decref(tokens->auth);
    free(tokens->url);
    pthread_mutex_destroy(&tokens->lock);
    free(tokens);
}

void tokens_challenge(struct tokens *tokens, const char *www_authenticate)
{
    struct challenge challenge;
    challenge_parse(str_or(www_authenticate, ""), &challenge);
    pthread_mutex_lock(&tokens->lock);
    challenge_clear(&tokens->challenge);
    tokens->challenge = challenge;
    pthread_mutex_unlock(&tokens->lock);
}

enum challenge_kind tokens_wanted(struct tokens *tokens)
{
    pthread_mutex_lock(&tokens->lock);
    enum challenge_kind kind = tokens->challenge.kind;
    pthread_mutex_unlock(&tokens->lock);
    return kind;
}

/* "Basic dXNlcjpwYXNzd29yZA=="; NULL when there is no name. Docker also sends "auth", which is the same encoded. */
static char *basic(const json_t *auth)
{
    const char *user = json_str(auth, "username", ""), *coded = json_str(auth, "auth", "");
    if (!*user && *coded)
        return str_format("Basic %s", coded);
    if (!*user)
        return NULL;
    cleanup_free char *plain = str_format("%s:%s", user, json_str(auth, "password", ""));
    size_t len = strlen(plain);
    cleanup_free char *text = xcalloc(BASE64_ENCODE_RAW_LENGTH(len) + 1, 1);
    base64_encode_raw(text, len, (const uint8_t *)plain);
    return str_format("Basic %s", text);
}

/* Credentials are not sent in clear text to a place that nobody called insecure. */
static int check_realm(const struct tokens *tokens, const char *realm, bool secret, struct error *err)
{
    cleanup_free char *whole = url_resolve(NULL, realm);
    if (!whole)
        return error_set(err, EPROTO, "the registry sends us to \"%.200s\" for a token: not a valid http or https URL", realm);
    if (secret && !tokens->insecure && str_starts(whole, "http:"))
        return error_set(err, EPROTO, "the registry sends us to %.200s for a token: credentials are sent over TLS only", realm);
    return 0;
}

static void put_scopes(struct buf *out, const char *scopes, const char *asked)
{
    cleanup_strv char **list = str_split(scopes, ' ');
    if (!str_empty(asked) && !strv_has(list, asked))
        strv_add(&list, asked);
    for (char **scope = list; scope && *scope; scope++) {
        cleanup_free char *escaped = url_escape(*scope);
        if (**scope)
            buf_printf(out, "%sscope=%s", out->len ? "&" : "", escaped);
    }
}

/* RFC 6749, 6: a refresh token for an access token. */
static int ask_by_identity(struct tokens *tokens, const char *scopes, const char *identity, struct web_answer *answer,
                           struct error *err)
{
    cleanup_free char *service = url_escape(str_or(tokens->challenge.service, "")), *token = url_escape(identity);
    cleanup_strv char **list = str_split(scopes, ' ');
    cleanup_free char *joined = strv_join(list, " "), *scope = url_escape(joined);
    cleanup_free char *body =
        str_format("grant_type=refresh_token&service=%s&client_id=" CLIENT_ID "&scope=%s&refresh_token=%s", service, scope, token);
    char *const headers[] = {"Content-Type: application/x-www-form-urlencoded", "Accept: application/json", NULL};
    const struct web_request request = {
        .method = "POST", .url = tokens->challenge.realm, .headers = headers, .body = body, .body_len = strlen(body)};
    return web_ask(tokens->web, &request, answer, err);
}

static int ask_by_name(struct tokens *tokens, const char *scopes, bool offline, struct web_answer *answer, struct error *err)
{
    cleanup_free char *authorization = basic(tokens->auth);
    cleanup_buf struct buf more = BUF_INIT;
    if (!str_empty(tokens->challenge.service)) {
        cleanup_free char *service = url_escape(tokens->challenge.service);
        buf_printf(&more, "service=%s", service);
    }
    put_scopes(&more, scopes, offline ? NULL : tokens->challenge.scope);
    if (authorization) {
        cleanup_free char *account = url_escape(json_str(tokens->auth, "username", ""));
        buf_printf(&more, "%saccount=%s", more.len ? "&" : "", account);
    }
    if (offline)
        buf_puts(&more, "&offline_token=true&client_id=" CLIENT_ID);
    cleanup_free char *url = url_with(tokens->challenge.realm, str_or(more.data, ""));
    char *const headers[] = {"Accept: application/json", NULL};
    const struct web_request request = {.method = "GET", .url = url, .headers = headers, .authorization = authorization};
    return web_ask(tokens->web, &request, answer, err);
}

static int read_token(const struct web_answer *answer, struct token *out, char **identity, struct error *err)
{
    if (answer->status != 200)
        return registry_problem(answer, err);
    bool deep = json_deeper(str_or(answer->body.data, ""), answer->body.len, JSON_DEPTH_MOST);
    cleanup_json json_t *doc = deep ? NULL : json_loadb(str_or(answer->body.data, ""), answer->body.len, 0, NULL);
    const char *text = json_str(doc, "token", json_str(doc, "access_token", ""));
    if (!*text || strpbrk(text, "\r\n"))
        return error_set(err, EPROTO, "authorization server did not include a token in the response");
    long long seconds = json_num(doc, "expires_in", 0);
    seconds = seconds < GOOD_FOR_S ? GOOD_FOR_S : seconds > GOOD_MOST_S ? GOOD_MOST_S : seconds;
    out->text = xstrdup(text);
    out->until_ns = clock_mono_ns() + (int64_t)(seconds - EARLY_S) * 1000000000;
    if (identity)
        *identity = xstrdup(json_str(doc, "refresh_token", ""));
    return 0;
}

/* With the lock held. */
static int get_token(struct tokens *tokens, const char *scopes, bool offline, struct token *out, char **identity, struct error *err)
{
    const char *refresh = offline ? "" : json_str(tokens->auth, "identitytoken", "");
    struct web_answer answer = {0};
    cleanup_free char *secret = basic(tokens->auth);
    int r = check_realm(tokens, tokens->challenge.realm, secret || *refresh, err);
    for (int tried = 1; r == 0; tried++) {
        r = *refresh ? ask_by_identity(tokens, scopes, refresh, &answer, err) : ask_by_name(tokens, scopes, offline, &answer, err);
        bool busy = r == 0 && (answer.status == 429 || answer.status >= 500);
        if (!busy || tried >= 3)
            break;
        r = web_pause(tokens->web, registry_backoff(&answer, tried), err);
    }
    if (r == 0)
        r = read_token(&answer, out, identity, err);
    web_answer_clear(&answer);
    return r;
}

static struct token *kept(struct tokens *tokens, const char *scopes)
{
    for (int i = 0; i < tokens->count; i++) {
        if (!str_equal(tokens->kept[i].scopes, scopes))
            continue;
        if (tokens->kept[i].until_ns > clock_mono_ns())
            return &tokens->kept[i];
        forget(tokens, i--);
    }
    return NULL;
}

static int bearer(struct tokens *tokens, const char *scopes, char **out, struct error *err)
{
    const char *given = json_str(tokens->auth, "registrytoken", "");
    struct token *token = kept(tokens, scopes), fresh = {0};
    if (*given) {
        *out = str_format("Bearer %s", given);
        return 0;
    }
    if (!token) {
        int r = get_token(tokens, scopes, false, &fresh, NULL, err);
        if (r < 0)
            return r;
        if (tokens->count == KEPT)
            forget(tokens, 0);
        fresh.scopes = xstrdup(scopes);
        token = &tokens->kept[tokens->count++];
        *token = fresh;
    }
    *out = str_format("Bearer %s", token->text);
    return 0;
}

int tokens_authorize(struct tokens *tokens, const char *scopes, char **out, struct error *err)
{
    int r = 0;
    *out = NULL;
    pthread_mutex_lock(&tokens->lock);
    if (tokens->challenge.kind == CHALLENGE_BEARER)
        r = bearer(tokens, scopes, out, err);
    else if (tokens->challenge.kind == CHALLENGE_BASIC && !(*out = basic(tokens->auth)))
        r = error_set(err, EACCES, "no basic auth credentials");
    pthread_mutex_unlock(&tokens->lock);
    return r;
}

void tokens_drop(struct tokens *tokens, const char *scopes)
{
    pthread_mutex_lock(&tokens->lock);
    for (int i = 0; i < tokens->count; i++)
        if (str_equal(tokens->kept[i].scopes, scopes))
            forget(tokens, i--);
    pthread_mutex_unlock(&tokens->lock);
}

int tokens_login(struct tokens *tokens, char **identity, char **authorization, struct error *err)
{
    struct token token = {0};
    pthread_mutex_lock(&tokens->lock);
    bool renews = !str_empty(json_str(tokens->auth, "identitytoken", ""));
    int r = get_token(tokens, "", !renews, &token, identity, err);
    pthread_mutex_unlock(&tokens->lock);
    if (r == 0)
        *authorization = str_format("Bearer %s", token.text);
    free(token.text);
    return r;
}
